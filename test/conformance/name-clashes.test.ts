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
  'a property named like a model is both the delegate and the property',
  async (t, x) => {
    const s = clashing(x)
    await s.session.create({ data: { token: 'a' } })
    t.is((await s.session.findUnique({ where: { token: 'a' } }))?.token, 'a')
    t.is((await s.session.findMany()).length, 1)
    t.is(await s.info.count(), 0)
    t.deepEqual(x.wire(), ['BEGIN'])
    t.is(s.session, s.session)
    t.is(s.getBind() as unknown, x.client as unknown)
    const wrapped = s.session as unknown as ClashClient
    t.is(typeof wrapped.$queryRaw, 'function')
    t.is(wrapped.line, (x.client as unknown as ClashClient).line)

    const info = s.info as unknown as Record<string, unknown>
    info.tenant = 1
    t.is(info.tenant, 1)
    t.true('tenant' in info && 'findMany' in info)
    await s.close()
  },
  clash,
)

behaviour(
  'a method of a delegate that a property carries takes a spy and gives it back',
  async (t, x) => {
    const s = clashing(x)
    const own = s.session.count
    s.session.count = (() => 7) as never
    t.is(Number(await s.session.count()), 7)
    s.session.count = own
    t.is(await s.session.count(), 0)
    await s.close()
  },
  clash,
)

behaviour(
  'a second proxy carries the delegate before the session it stands for',
  async (t, x) => {
    const s = clashing(x)
    const second = createSession(s)
    t.is(await second.session.count(), 0)
    t.true((second.session as unknown as typeof s).equals(s))
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

behaviour('session is what was wrapped where no model has its name', async (t, x) => {
  t.is(x.s.session, x.client)
  t.is(createSession(x.s as never as typeof x.s).session, x.s)
})

behaviour(
  'models named like members emit no warning',
  async (t, x) => {
    const s = clashing(x)
    const warnings: unknown[] = []
    s.on('warning', (payload) => {
      warnings.push(payload)
    })
    await s.transaction.count()
    await s.session.count()
    await s.close()
    t.deepEqual(warnings, [])
  },
  clash,
)

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
