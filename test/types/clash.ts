// Models named like members of a session: the member is both.
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
expectType<typeof clash>()(session.getBind())
expectType<Promise<{ id: number; token: string }[]>>()(
  session.session.findMany({ where: { token: 'a' } }).then((found) => found),
)
// @ts-expect-error no such field
session.session.findMany({ where: { tokn: 'a' } })
session.info.count()
session.delegate('Session').findMany({ where: { token: 'a' } })
session.delegate('Info').count()
session.add('Line', { text: 'a', transaction: { amount: '1.5' } })
session.get('Session', { token: 'a' })

expectType<number>()(blocking.query.count())
expectType<string | undefined>()(blocking.query('Query').first()?.text)
expectType<number>()(blocking.transaction(() => blocking.transaction.count()))
expectType<number>()(blocking.session.count())
expectType<number>()(blocking.delegate('Session').count())

export async function either(open: Session<typeof clash>) {
  await open.transaction(() => 1)
  expectType<number>()(await open.transaction.count())
  expectType<number>()(await open.query.count())
  expectType<number>()(await open.session.count())
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
js.session.findUnique({ where: { token: 'a' } })
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
