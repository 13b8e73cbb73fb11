// Models named like a member of the session: which of the two a name gives, and how to reach the other.
import type { PrismaClient as ClashClient } from '../../generated/clash/client.ts'
import { createSession, NotImplementedError, select, UnmappedModelError } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'

const clash = { schema: 'clash' } as const

interface Delegate {
  create(args: object): unknown
  findMany(): object[] | Promise<object[]>
}

/** `x.s` with the models of prisma/clash.prisma. */
function clashing(x: Context) {
  return createSession(x.client as unknown as ClashClient)
}

behaviour(
  'a method named like a model is both the verb and the delegate',
  async (t, x) => {
    const s = clashing(x)
    await s.transaction(() => {
      s.add('Transaction', { amount: 10 })
    })
    t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
    t.is((await s.transaction.findMany()).length, 1)
    const made = await s.transaction.create({ data: { amount: 5, lines: { create: { text: 'a line' } } } })
    t.is(await s.transaction.count(), 2)
    // The fluent form is for calls that are still to be sent.
    if (x.mode === 'async') t.is((await s.transaction.findUnique({ where: { id: made.id } }).lines())?.length, 1)
    await s.close()
  },
  clash,
)

behaviour(
  'a refused method named like a model still carries the delegate',
  async (t, x) => {
    const s = clashing(x)
    const refusing = s as unknown as Record<'query', () => unknown>
    if (s.isAsync) t.throws(() => refusing.query(), { instanceOf: NotImplementedError, message: /query/ })
    await s.query.create({ data: { text: 'a' } })
    t.is(await s.query.count(), 1)
    t.true(s.supports('query.findMany'))
    await s.close()
  },
  clash,
)

behaviour(
  'a property named like a model hides the delegate, which delegate(…) returns',
  async (t, x) => {
    const s = clashing(x)
    t.is(s.session, x.client as unknown)
    t.deepEqual(s.info, {})
    const sessions = s.delegate('Session') as ClashClient['session']
    await sessions.create({ data: { token: 'a' } })
    t.is(await sessions.count(), 1)
    const infos = s.delegate('Info') as ClashClient['info']
    t.is(await infos.count(), 0)
    t.deepEqual(x.wire(), ['BEGIN'])
    await s.close()
  },
  clash,
)

behaviour(
  'entities of models named like members work like any other',
  async (t, x) => {
    const s = clashing(x)
    const token = s.add('Session', { token: 'a' })
    const line = s.add('Line', { text: 'a line', transaction: { amount: 1 } })
    const query = s.add('Query', { text: 'a' })
    await s.commit()
    t.is(await s.get('Session', token.id), token)
    t.is(await s.getOne('Query', query.id), query)
    t.is((await s.scalars(select('Transaction'))).one().id, line.transactionId)
    await s.close()
  },
  clash,
)

behaviour('delegate(…) returns the delegate itself where no name clashes', async (t, x) => {
  t.is(x.s.delegate('User'), x.s.user)
  t.throws(() => x.s.delegate('Nobody' as never), { instanceOf: UnmappedModelError })
})

behaviour(
  'one warning names the models that clash',
  async (t, x) => {
    const s = clashing(x)
    const warnings: string[] = []
    s.on('warning', (payload) => {
      warnings.push((payload as { message: string }).message)
    })
    await s.transaction.count()
    s.delegate('Session')
    await s.close()
    const naming = warnings.filter((message) => /delegate\(/.test(message))
    t.is(naming.length, 1)
    t.regex(naming[0] ?? '', /Session/)
  },
  clash,
)

behaviour(
  'a member wins over a model of its name, and one warning points to delegate(…)',
  async (t, x) => {
    const warnings = x.events(x.s, ['warning'])
    const s = x.s as unknown as { query: Delegate; transaction: Delegate }

    t.is(x.s.session, x.client)
    t.deepEqual(x.s.info, {})
    t.deepEqual(await s.query.findMany(), [])
    await s.transaction.create({ data: { amount: '1.50' } })
    t.is((await s.transaction.findMany()).length, 1)
    t.is(typeof x.s.transaction, 'function')
    const sessions = x.s.delegate('Session' as never) as unknown as Delegate
    await sessions.create({ data: { token: 'secret' } })
    t.is((await sessions.findMany()).length, 1)

    t.is(warnings.length, 1)
    t.regex(String(warnings[0]?.payload.message), /delegate\('Session'\)/)
  },
  { schema: 'clash' },
)

behaviour('a session over a schema without clashes emits no warning', async (t, x) => {
  const warnings = x.events(x.s, ['warning'])
  x.s.add('User', { name: 'ada' })
  await x.s.commit()
  t.deepEqual(warnings, [])
})

behaviour(
  'a model named like a verb that is not there is in the session, for its methods are',
  async (t, x) => {
    const s = clashing(x)
    t.true('query' in s)
    t.true('transaction' in s)
    t.is(typeof (s as unknown as Record<'Query', Delegate>).Query.findMany, 'function')
    t.is(typeof (s as unknown as Record<'Session', Delegate>).Session.findMany, 'function')
    await s.close()
  },
  clash,
)
