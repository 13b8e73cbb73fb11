import type { Prisma, User } from '../../generated/test/client.ts'
import { type C, createSession, extended, open, prisma, syncExtended, syncPrisma } from './clients.ts'
import { type Equal, type Expect, expectType } from './equal.ts'

const session = createSession(prisma)
const blocking = createSession(syncPrisma)

// asynchronous: Prisma's own, as it is
export type Own = Expect<
  [
    Equal<(typeof session)['user'], C['user']>,
    Equal<(typeof session)['$queryRaw'], C['$queryRaw']>,
    Equal<(typeof session)['$transaction'], C['$transaction']>,
    Equal<(typeof session)['$on'], C['$on']>,
    Equal<ReturnType<typeof session.delegate<'User'>>, C['user']>,
  ]
>
expectType<Prisma.PrismaPromise<User[]>>()(session.user.findMany())
session.user.findUnique({ where: { id: 1 } }).posts({ take: 1 })
session.$transaction([session.user.count(), session.user.findMany()]).then(([count, users]) => count + users.length)
session.$transaction(async (tx) => await tx.user.count(), { timeout: 1 })

// synchronous: the same arguments, the result unwrapped
expectType<User[]>()(blocking.user.findMany())
expectType<{ name: string } | null>()(blocking.user.findFirst({ select: { name: true } }))
expectType<string | undefined>()(blocking.user.findMany({ include: { posts: true } })[0]?.posts[0]?.title)
expectType<number>()(blocking.user.count())
expectType<number>()(blocking.user.createMany({ data: [{ name: 'a' }] }).count)
expectType<number | null>()(blocking.user.aggregate({ _max: { id: true } })._max.id)
expectType<string | undefined>()(blocking.user.groupBy({ by: ['name'], _count: true })[0]?.name)
expectType<{ n: number }[]>()(blocking.$queryRaw<{ n: number }[]>`select ${1} n`)
expectType<number>()(blocking.$executeRaw`select 1`)
expectType<number>()(blocking.$executeRawUnsafe('select ?', 1))
expectType<number>()(blocking.$transaction((tx) => tx.user.count()))
expectType<void>()(blocking.$disconnect())
expectType<number>()(blocking.delegate('User').count())
expectType<number>()(syncPrisma.user.count())
// @ts-expect-error no fluent chaining
blocking.user.findFirst()?.posts()
// @ts-expect-error data is required
blocking.user.create()
// @ts-expect-error no such argument
blocking.user.findMany({ wher: { id: 1 } })
// @ts-expect-error no such field
blocking.user.findMany({ where: { nmae: 'a' } })
// @ts-expect-error name is text
blocking.user.create({ data: { name: 1 } })
// @ts-expect-error one of both
blocking.user.findMany({ select: { id: true }, include: { posts: true } })
// @ts-expect-error the array form is for asynchronous sessions
blocking.$transaction([])

// open: callable, and awaited
export async function either() {
  expectType<User[]>()(await open.user.findMany())
  const [user] = await open.user.findMany({ where: { name: 'a' }, include: { posts: true } })
  expectType<string | undefined>()(user?.posts[0]?.title)
  expectType<number>()(await open.user.count())
  expectType<string>()((await open.user.create({ data: { name: 'a' } })).name)
  expectType<string | undefined>()((await open.user.groupBy({ by: ['name'], _count: true }))[0]?.name)
  expectType<number | null>()((await open.user.aggregate({ _max: { id: true } }))._max.id)
  expectType<{ n: number }[]>()(await open.$queryRaw<{ n: number }[]>`select ${1} n`)
  expectType<number>()(await open.$executeRaw`select 1`)
  expectType<number>()(await open.$transaction(async (tx) => await tx.user.count()))
  expectType<number>()(await (await open.connection()).user.count())
  expectType<number>()(await open.delegate('User').count())
}
// @ts-expect-error no such argument
open.user.findMany({ wher: { id: 1 } })
// @ts-expect-error no such field
open.user.findMany({ where: { nmae: 'a' } })
// @ts-expect-error no such model
open.usr.findMany()
// @ts-expect-error no such model
open.delegate('Usr')
// @ts-expect-error may be no promise
open.user.findMany().then()

// extensions of results, models and the client
expectType<string>()(createSession(syncExtended).user.findFirstOrThrow().loud)
expectType<boolean>()(createSession(syncExtended).user.exists(1))
expectType<number[]>()(createSession(syncExtended).post.newest(1))
expectType<Date>()(createSession(syncExtended).$now())
expectType<Promise<Date>>()(createSession(extended).$now())
