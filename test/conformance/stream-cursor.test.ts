// stream() of raw SQL, which is read by a cursor of the database.

import { makeTypedQueryFactory } from '@prisma/client/runtime/client'
import { Prisma } from '../../generated/test/client.ts'
import { ArgumentError, NotImplementedError, ResourceClosedError, select } from '../../src/index.js'
import { type BehaviourOptions, behaviour } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'
import { addUsers, streaming, upTo } from '../helpers/stream-rows.js'

const rawUsers = () => Prisma.sql`SELECT id, name FROM "User" WHERE id > ${2} ORDER BY id`

behaviour(
  'streaming raw SQL throws NotImplementedError where the database has no cursors',
  async (t, x) => {
    await refused(t, () => x.s.stream(rawUsers()), { instanceOf: NotImplementedError, message: /select/ })
    t.false(x.s.supports('cursor'))
    t.deepEqual(x.wire(), [])
  },
  { ...streaming, databases: ['better-sqlite3', 'libsql', 'mariadb'] },
)

const withCursor: BehaviourOptions = { ...streaming, databases: ['postgresql'] }

behaviour(
  'raw SQL is streamed by a cursor, which is closed at the end',
  async (t, x) => {
    await addUsers(x, 12)
    const rows = await x.s.stream(rawUsers(), { yieldPer: 4 })
    t.deepEqual(rows.keys(), ['id', 'name'])
    t.deepEqual(await rows.scalars().all(), upTo(12).slice(2))
    const open = async () => (await x.s.connection()) as { $queryRaw(sql: unknown): Promise<{ n: number }[]> }
    const cursors = async () =>
      (await (await open()).$queryRaw(Prisma.sql`SELECT count(*)::int AS n FROM pg_cursors`))[0]?.n
    t.is(await cursors(), 0)
    const half = await x.s.stream(rawUsers(), { yieldPer: 4 })
    for await (const row of half) if (row.id === 3) break
    t.is(await cursors(), 0)
    const other = await x.s.stream(rawUsers(), { yieldPer: 4 })
    const third = await x.s.stream(Prisma.sql`SELECT 1 AS one WHERE false`, { yieldPer: 4 })
    t.deepEqual(await third.scalars().all(), [])
    t.is(await cursors(), 1)
    t.is((await other.fetchMany(6)).length, 6)
    await other.close()
    t.is(await cursors(), 0)
  },
  withCursor,
)

behaviour(
  'a cursor survives writes and savepoints, and ends with the transaction',
  async (t, x) => {
    await addUsers(x, 12)
    const rows = await x.s.stream(rawUsers(), { yieldPer: 2 })
    await rows.fetchMany(3)
    const savepoint = await x.s.beginNested()
    x.s.add('User', { id: 100, name: 'inside' })
    await x.s.flush()
    await savepoint.rollback()
    t.is((await rows.fetchMany(3)).length, 3)
    await x.s.commit()
    await refused(t, () => rows.fetchMany(3), { instanceOf: ResourceClosedError, message: /commit/ })
    await rows.close()
    const again = await x.s.stream(rawUsers(), { yieldPer: 2 })
    await x.s.rollback()
    await again.fetchMany(2) // already fetched
    await refused(t, () => again.fetchMany(2), { instanceOf: ResourceClosedError })
  },
  withCursor,
)

behaviour(
  'invalid SQL rejects the call of stream() itself',
  async (t, x) => {
    await refused(t, () => x.s.stream(Prisma.sql`SELECT * FROM nowhere`), { code: 'P2010' } as object)
    await x.s.rollback()
    t.deepEqual(await (await x.s.stream(Prisma.sql`SELECT 1 AS one`)).scalars().all(), [1])
  },
  withCursor,
)

behaviour(
  'stream() takes raw SQL that a cursor can be declared for, and nothing else',
  async (t, x) => {
    await addUsers(x, 5)
    const queries = [
      Prisma.sql`SELECT id FROM "User" ORDER BY id;`,
      Prisma.sql`/* all */ SELECT id FROM "User" ORDER BY id -- all`,
      Prisma.sql`VALUES (1), (2), (3), (4), (${5}::int)`,
      Prisma.sql`WITH found AS (SELECT id FROM "User" WHERE name LIKE ${'user%'}) SELECT * FROM found ORDER BY id`,
    ]
    for (const query of queries) {
      t.deepEqual(await (await x.s.stream(query, { yieldPer: 2 })).scalars().all(), upTo(5))
    }
    for (const sql of [
      Prisma.sql`INSERT INTO "User" (name) VALUES ('x') RETURNING id`,
      Prisma.sql`SHOW server_version`,
    ]) {
      await refused(t, () => x.s.stream(sql), { instanceOf: ArgumentError, message: /execute\(\)/ })
    }
    t.is((await (await x.s.stream(select('User'))).all()).length, 5)
  },
  withCursor,
)

behaviour(
  'TypedSQL is streamed by a cursor',
  async (t, x) => {
    await addUsers(x, 5)
    const usersFrom = makeTypedQueryFactory('SELECT id FROM "User" WHERE id > $1 ORDER BY id')
    const rows = await x.s.streamScalars(usersFrom(2) as never, { yieldPer: 2 })
    t.deepEqual(await rows.all(), upTo(5).slice(2))
  },
  withCursor,
)
