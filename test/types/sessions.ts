import type { Prisma, PrismaClient } from '../../generated/test/client.ts'
import type {
  AnySession,
  AsyncSession,
  Entity,
  Session,
  SessionMaker,
  SessionTransaction,
  SyncSession,
} from '../../src/types/index.js'
import {
  type C,
  createSession,
  type Extended,
  extended,
  open,
  prisma,
  sessionMaker,
  syncExtended,
  syncPrisma,
} from './clients.ts'
import { type Equal, type Expect, expectType, type Fits, type Refuse } from './equal.ts'

const session = createSession(prisma)
const blocking = createSession(syncPrisma)
expectType<AsyncSession<C>>()(session)
expectType<SyncSession<C>>()(blocking)
expectType<AsyncSession<C>>()(createSession(session))
expectType<SyncSession<C>>()(createSession(blocking))

// one function for both
async function signUp(session: Session<typeof prisma>, email: string) {
  const user = session.add('User', { name: 'new', email })
  session.add('Post', { title: 'Hello', author: user })
  await session.commit()
  const count = await session.user.count({ where: { kind: 'plain' } })
  const same = await session.getOne('User', user.id)
  return count > 0 && same === user
}
signUp(session, 'a')
signUp(blocking, 'a')
prisma.$transaction(async (tx) => await signUp(createSession(tx), 'a'))
// @ts-expect-error a client is no session
signUp(prisma, 'a')

async function ofExtended(session: Session<Extended>) {
  const user = await session.getOne('User', 1)
  return (
    user.loud +
    (await session.user.findFirstOrThrow()).loud +
    ((await session.post.exists(1)) ? await session.$now() : '')
  )
}
ofExtended(createSession(extended))
ofExtended(createSession(syncExtended))

// an asynchronous session passes for the client it wraps
export type Passes = Expect<
  [
    Fits<AsyncSession<C>, PrismaClient>,
    Fits<AsyncSession<C>, Prisma.TransactionClient>,
    Fits<AsyncSession<C>, Session<C>>,
    Fits<SyncSession<C>, Session<C>>,
    Fits<Session<C>, AnySession>,
  ]
>
export type DoesNotPass = Refuse<
  [Fits<SyncSession<C>, PrismaClient>, Fits<AsyncSession<C>, SyncSession<C>>, Fits<Session<C>, AsyncSession<C>>]
>

// results by mode
expectType<true>()(session.isAsync)
expectType<false>()(blocking.isAsync)
expectType<Promise<void>>()(session.commit())
expectType<void>()(blocking.commit())
expectType<void | PromiseLike<void>>()(open.commit())
expectType<Promise<Entity<C, 'User'> | null>>()(session.get('User', 1))
expectType<Entity<C, 'User'> | null>()(blocking.get('User', 1))
expectType<Entity<C, 'User'> | null | PromiseLike<Entity<C, 'User'> | null>>()(open.get('User', 1))
expectType<Promise<number>>()(session.transaction(async () => 1))
expectType<number>()(blocking.transaction(() => 1))
expectType<C>()(session.getBind())
expectType<typeof syncPrisma>()(blocking.getBind())

// callbacks get the session itself
session.transaction((inside, tx) => {
  expectType<AsyncSession<C>>()(inside)
  expectType<SessionTransaction<'async'>>()(tx)
})
blocking.begin((inside) => expectType<SyncSession<C>>()(inside))
expectType<number>()(session.noAutoflush(() => 1))
{
  using _ = session.noAutoflush()
}

// scopes
export async function scopes() {
  await using one = createSession(prisma)
  using two = createSession(syncPrisma)
  await using tx = await one.begin({ isolationLevel: 'Serializable' })
  using savepoint = two.beginNested()
  await using either = await open.beginNested()
  await using made = sessionMaker(prisma)()
  await tx.parent?.rollback()
  savepoint.rollback()
  await either.commit()
  return [made]
}
async function withMaker(maker: SessionMaker<C>) {
  await using session = maker({ autoflush: false })
  await maker.begin((session) => session.add('User', { name: 'a' }), { retry: { times: 3, delay: 10 } })
  return await signUp(session, 'a')
}
withMaker(sessionMaker(prisma))
withMaker(sessionMaker(syncPrisma))
expectType<Promise<Entity<C, 'User'>>>()(sessionMaker(prisma).begin((session) => session.add('User', { name: 'a' })))
expectType<number>()(sessionMaker(syncPrisma).with((session) => session.user.count()))

// by one mode only
// @ts-expect-error query is for synchronous sessions
session.query('User')
// @ts-expect-error stream is for asynchronous sessions
blocking.stream({})
// @ts-expect-error so is streamScalars
blocking.streamScalars({})
// @ts-expect-error so is runSync
blocking.runSync(() => 1)
// @ts-expect-error so is aclose
blocking.aclose()
// @ts-expect-error no session is a promise
session.then()
// @ts-expect-error a synchronous session is no AsyncDisposable
export const wrong: AsyncDisposable = blocking

expectType<Promise<number>>()(session.runSync((session, kind) => session.user.count({ where: { kind } }), 'plain'))
expectType<Promise<string>>()(session.runSync<string, [number]>({ module: new URL('file:///a.js'), name: 'work' }, 1))

const query = blocking.query('User')
expectType<Entity<C, 'User'>[]>()(
  query
    .filter({ name: { contains: 'a' } })
    .filterBy({ kind: 'plain' })
    .orderBy('name', { id: 'desc' })
    .limit(1)
    .all(),
)
expectType<number>()(query.update({ kind: 'plain' }))
expectType<Entity<C, 'User'> | null>()(query.get(1))
// @ts-expect-error no such field
query.filterBy({ nmae: 'a' })

// arguments
session.merge('User', { id: 1, name: 'a' })
expectType<Promise<Entity<C, 'User'>>>()(
  session.merge('User', {} as object, { fields: ['name', 'posts.title', 'posts'] }),
)
// @ts-expect-error no such field
session.merge('User', { id: 1 }, { fields: ['nmae'] })
// @ts-expect-error data may lack required fields only with `fields`
session.merge('User', { id: 1 })
expectType<Promise<{ a: number }>>()(session.merge({ a: 1 }))
session.refresh(open, ['posts'], { withForUpdate: true })
session.attach('User', { id: 1, name: 'a', email: null, kind: 'plain', inviterId: null })
// @ts-expect-error the row lacks fields
session.attach('User', { id: 1 })
// @ts-expect-error no object
session.delete(1)
// @ts-expect-error no object
session.expire('User')
// @ts-expect-error no such option
createSession(prisma, { autofush: true })
// @ts-expect-error no such value
createSession(prisma, { identityMap: 'weak' })
// @ts-expect-error no client
createSession({})
// @ts-expect-error no client
createSession(1)
// @ts-expect-error isolation levels are text
session.begin({ isolationLevel: 1 })

// a new session over the extended client
const loud = session.$extends({
  result: { user: { loud: { needs: { name: true }, compute: (user) => user.name.toUpperCase() } } },
  model: { user: { shout: (text: string) => text } },
  client: { $hello: (): string => 'hello' },
})
expectType<string>()(loud.add('User', { name: 'a' }).loud)
expectType<string>()(loud.user.shout('a'))
expectType<string>()(loud.$hello())
expectType<string>()(
  createSession(extended)
    .$extends({ client: { $hello: () => 'hello' } })
    .add('User', { name: 'a' }).loud,
)
// @ts-expect-error no such field
session.$extends({ result: { user: { loud: { needs: { nmae: true }, compute: () => 1 } } } })

export type Handles = Expect<
  [
    Fits<SessionTransaction<'async'>, AsyncDisposable>,
    Fits<SessionTransaction<'sync'>, Disposable>,
    Equal<SessionTransaction, SessionTransaction<'async' | 'sync'>>,
    Fits<SessionTransaction<'async'>, SessionTransaction>,
    Fits<SessionTransaction<'sync'>, SessionTransaction>,
  ]
>

// Over the client of a synchronous transaction a session is synchronous too.
expectType<SyncSession<C>>()(syncPrisma.$transaction((tx) => createSession(tx)))
expectType<SyncSession<C>>()(createSession(blocking.connection()))
