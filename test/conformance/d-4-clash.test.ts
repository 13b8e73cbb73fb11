import type { PrismaClient as ClashClient } from '../../generated/clash/client.ts'
import { createSession, NotImplementedError, select, UnmappedModelError } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.ts'

const clash = { schema: 'clash' } as const

/** `x.s` with the models of prisma/clash.prisma. */
function clashing(x: Context) {
  return createSession(x.client as unknown as ClashClient)
}

behaviour(
  'a model named like a method: the member is both, the verb and the delegate',
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
  'a refused method still carries the delegate',
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
  'a model named like a property: the property wins, the delegate is delegate(…)',
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
  'entities of such models are like any other',
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

behaviour('without a clash delegate(…) is the delegate itself', async (t, x) => {
  t.is(x.s.delegate('User'), x.s.user)
  t.throws(() => x.s.delegate('Nobody' as never), { instanceOf: UnmappedModelError })
})

behaviour(
  'a warning names the clash, once',
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
