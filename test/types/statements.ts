import { type Prisma, Prisma as sqlite } from '../../generated/test/client.ts'
import type { AsyncResult, Entity, Result, ScalarResult, Select, Statement } from '../../src/types/index.js'
import { type C, createSession, prisma, statements, syncPrisma } from './clients.ts'
import { type Any, expectType } from './equal.ts'

type User = Entity<C, 'User'>
declare const loose: Select
const { select, insert, update, remove, entity } = statements<typeof prisma>()
const session = createSession(prisma)
const blocking = createSession(syncPrisma)

export async function typed() {
  expectType<User[]>()((await session.scalars(select('User'))).all())
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

// those that do not know the client: untyped rows
export async function untyped(statement: Statement) {
  expectType<Result<Any, Any>>()(await session.execute(statement))
  expectType<ScalarResult<Any>>()(await session.scalars(loose('User', { where: { anything: 1 } })))
  expectType<Any>()(await session.scalar(sqlite.sql`select 1`))
  expectType<AsyncResult<Any, Any>>()(await session.stream(loose('User')))
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
