import { type Prisma, Prisma as sqlite } from '../../generated/test/client.ts'
import type {
  AsyncResult,
  Entity,
  Insert,
  Remove,
  Result,
  ScalarResult,
  Select,
  Statement,
  Update,
} from '../../src/types/index.js'
import { type C, createSession, prisma, statements, syncPrisma } from './clients.ts'
import { type Any, expectType } from './equal.ts'

type User = Entity<C, 'User'>
declare const plain: { select: Select; insert: Insert; update: Update; remove: Remove }
const { select, insert, update, remove, entity } = statements<typeof prisma>()
const session = createSession(prisma)
const blocking = createSession(syncPrisma)

export async function typed() {
  expectType<User[]>()((await session.scalars(select('User'))).all())
  // @ts-expect-error values have no first column
  session.scalars(select('User')).then((users) => users.scalar())
  expectType<User | null>()((await session.scalars(select('User', { where: { kind: 'plain' }, yieldPer: 10 }))).first())
  expectType<Entity<C, 'Post'>[]>()((await session.scalars(select('User', { include: { posts: true } }))).one().posts)
  expectType<User | null>()(await session.scalar(select('User')))
  expectType<string | null>()(await session.scalar(select('User', { select: { name: true } })))

  const row = (await session.execute(select('User', { select: { id: true, name: true } }))).one()
  expectType<number>()(row.id)
  expectType<string>()(row.name)
  expectType<number>()(row.length)
  expectType<{ id: number; name: string }>()(row._mapping)
  // @ts-expect-error not chosen
  row.email
  // @ts-expect-error rows are frozen
  row.name = 'a'

  const result = await session.execute(select('User', { select: { id: true, name: true } }))
  expectType<string[]>()(result.scalars('name').all())
  expectType<{ id: number; name: string } | null>()(result.mappings().first())
  expectType<(string | number)[]>()(result.scalars().unique().fetchMany(2))
  expectType<typeof result>()(result.unique((row) => row.name).freeze()())
  // @ts-expect-error no such column
  result.scalars('nmae')
  // @ts-expect-error values have no next row
  result.scalars().fetchOne()

  expectType<User>()((await session.execute(select('User'))).one().User)
  expectType<{ User: User }[]>()((await session.execute(select('User'))).mappings().all())

  expectType<number>()((await session.execute(insert('User', [{ name: 'a' }, { name: 'b' }]))).rowCount)
  expectType<number[]>()((await session.scalars(insert('User', { name: 'a' }, { select: { id: true } }))).all())
  expectType<string>()(
    (await session.execute(update('User', { where: { id: 1 }, data: { name: 'a' } }, { select: { name: true } }))).one()
      .name,
  )
  await session.execute(remove('Post', { where: { authorId: null } }, { synchronize: 'fetch' }))
  await session.execute(insert('User'), [{ name: 'a' }])

  const ada = entity('User', { name: 'Ada', posts: [{ title: 'Notes' }] })
  expectType<Entity<C, 'Post'>[]>()(session.add(ada).posts)

  for await (const user of await session.streamScalars(select('User'), { yieldPer: 10 })) expectType<User>()(user)
  for await (const users of (await session.streamScalars(select('User'))).partitions(2)) expectType<User[]>()(users)
}
expectType<User[]>()(blocking.scalars(select('User')).all())

// those that do not know the client: the session types them
export async function typedBySession() {
  expectType<User[]>()((await session.scalars(plain.select('User'))).all())
  expectType<User | null>()(await session.scalar(plain.select('User', { where: { kind: 'plain' }, yieldPer: 10 })))
  expectType<User[]>()(blocking.scalars(plain.select('User')).all())
  expectType<string>()((await session.execute(plain.select('User', { select: { name: true } }))).one().name)
  expectType<Entity<C, 'Post'>[]>()(
    (await session.scalars(plain.select('User', { include: { posts: true } }))).one().posts,
  )
  expectType<User>()((await session.execute(plain.select('User'))).one().User)
  for await (const user of await session.streamScalars(plain.select('User'))) expectType<User>()(user)
  expectType<AsyncResult<Any, Any>['closed']>()((await session.stream(plain.select('User'))).closed)
  expectType<number[]>()((await session.scalars(plain.insert('User', { name: 'a' }, { select: { id: true } }))).all())
  expectType<number[]>()(
    (await session.scalars(plain.update('User', { data: { name: 'a' } }, { select: { id: true } }))).all(),
  )
  await session.execute(plain.insert('User'), [{ name: 'a' }])
  await session.execute(plain.remove('Post', { where: { authorId: null } }, { synchronize: false }))
}

// made beforehand, they are typed and checked where they are run
export async function typedLater() {
  const users = plain.select('User', { include: { posts: true }, where: { AND: [{ id: 1 }, { name: { in: ['a'] } }] } })
  expectType<Entity<C, 'Post'>[]>()((await session.scalars(users)).one().posts)
  const wide = plain.select('Everything', { where: { at: { lt: new Date() }, json: { equals: { a: [1] } } } })
  expectType<Entity<C, 'Everything'> | null>()(await session.scalar(wide))
  const made = plain.insert('User', [{ name: 'a' }, { name: 'b' }], { select: { id: true } })
  expectType<number[]>()((await session.scalars(made)).all())
  const renamed = plain.update('User', { where: { id: 1 }, data: { name: { set: 'a' } } }, { select: { name: true } })
  expectType<string>()((await session.scalars(renamed)).one())
  await session.execute(plain.remove('User', { where: { posts: { some: { title: 'a' } } } }))
  const misspelt = plain.select('Usr')
  // @ts-expect-error no such model
  await session.scalars(misspelt)
  const unknown = plain.select('User', { where: { name: 'a', nmae: 'a' } })
  // @ts-expect-error no such field
  await session.scalars(unknown)
  const wrong = plain.select('User', { where: { name: 1 } })
  // @ts-expect-error a name is a string
  await session.scalars(wrong)
  const relation = plain.select('User', { include: { psots: true } })
  // @ts-expect-error no such relation
  await session.execute(relation)
  const row = plain.insert('User', [{ name: 'a', nmae: 'b' }])
  // @ts-expect-error no such field
  await session.execute(row)
  const data = plain.update('User', { data: { nmae: 'b' } })
  // @ts-expect-error no such field
  await session.execute(data)
  const where = plain.remove('User', { where: { nmae: 'b' } })
  // @ts-expect-error no such field
  await session.execute(where)
}

// those of which nothing is known: untyped rows
export async function untyped(statement: Statement) {
  expectType<Result<Any, Any>>()(await session.execute(statement))
  expectType<ScalarResult<Any>>()(await session.scalars(statement))
  expectType<Any>()(await session.scalar(sqlite.sql`select 1`))
  expectType<AsyncResult<Any, Any>>()(await session.stream(statement))
}

// TypedSQL knows its rows
declare const byName: import('@prisma/client/runtime/client').TypedSql<[string], { id: number; name: string | null }>
export async function generated() {
  expectType<number>()((await session.execute(byName)).one().id)
  expectType<string | number | null>()(await session.scalar(byName))
}
export type Json = Prisma.JsonValue

// @ts-expect-error a text is no statement
session.execute('select 1')
// @ts-expect-error no such model
select('Usr')
// @ts-expect-error no such argument
select('User', { wher: {} })
// @ts-expect-error no such field
select('User', { where: { name: 'a', nmae: 'a' } })
// @ts-expect-error no such relation
select('User', { include: { psots: true } })
// @ts-expect-error no such field
insert('User', { nmae: 'a' })
// @ts-expect-error name is required
insert('User', [{ name: 'a' }, { email: 'b' }])
// @ts-expect-error no such field
update('User', { data: { nmae: 'a' } })
// @ts-expect-error no such field
remove('User', { where: { nmae: 'a' } })
// @ts-expect-error no such way
remove('User', {}, { synchronize: 'always' })
// @ts-expect-error objects, not nested writes
entity('Post', { title: 'a', author: { connect: { id: 1 } } })
// @ts-expect-error no such option
session.stream(select('User'), { pageSize: 1 })
