// Models named like members of a session: a function is both, a property stands before the delegate.
import type { AsyncSession, Session, SyncSession } from '../../src/types/index.js'
import { clash, clashJs, createSession, syncClash } from './clients.ts'
import { expectType } from './equal.ts'

const session = createSession(clash)
const js = createSession(clashJs)
const blocking = createSession(syncClash)

expectType<Promise<void>>()(session.transaction((inside) => expectType<AsyncSession<typeof clash>>()(inside)))
expectType<Promise<number>>()(session.transaction.count().then((count) => count))
session.transaction.findUnique({ where: { id: 1 } }).lines()
session.query.findMany()
// @ts-expect-error the model is there, the verb is for synchronous sessions
session.query('Query')
expectType<unknown>()(session.session)
expectType<object>()(session.info)
session.delegate('Session').findMany({ where: { token: 'a' } })
session.delegate('Info').count()
// @ts-expect-error the wrapped client, not the model
session.session.findMany()
session.add('Line', { text: 'a', transaction: { amount: '1.5' } })
session.get('Session', { token: 'a' })

expectType<number>()(blocking.query.count())
expectType<string | undefined>()(blocking.query('Query').first()?.text)
expectType<number>()(blocking.transaction(() => blocking.transaction.count()))
expectType<number>()(blocking.delegate('Session').count())

export async function either(open: Session<typeof clash>) {
  await open.transaction(() => 1)
  expectType<number>()(await open.transaction.count())
  expectType<number>()(await open.query.count())
  expectType<number>()(await open.delegate('Session').count())
}
either(session)
either(blocking)

// the other generator
expectType<AsyncSession<typeof clashJs>>()(js)
js.transaction.findMany({ include: { lines: true } })
js.add('Line', { text: 'a', transactionId: 1 })
js.get('Session', { token: 'a' })
js.delegate('Info').findMany()
js.$extends((client) => client.$extends({ client: { $hello: () => 'hello' } })).$hello()
// @ts-expect-error no such field
js.add('Line', { txt: 'a', transactionId: 1 })
export async function eitherJs(open: Session<typeof clashJs>) {
  const lines = await open.line.findMany({ include: { transaction: true } })
  return lines[0]?.transaction.id
}
eitherJs(js)
eitherJs(createSession({} as import('../../src/types/index.js').SyncPrismaClient<typeof clashJs>))
export declare const typed: SyncSession<typeof clash>
