// Streams: 100 000 rows, with SOAK a million, pass through a small heap.
import type { ExecutionContext } from 'ava'
import { type Database, type DatabaseName, type DatabaseRow, databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'
import { fixture, isLong, printed } from './runs.js'

/** The decimal digits of the rows' keys. */
const digits = isLong ? 6 : 5
const rows = 10 ** digits
const heap = 64 // megabytes
/** The names of all rows together are as long as the heap is large. */
const nameLength = Math.ceil((heap * 2 ** 20) / rows)
/** The ways of reading that show the most; with SOAK all. */
const ways: Readonly<Record<DatabaseName, readonly string[]>> = isLong
  ? {
      'better-sqlite3': ['tracked', 'plain'],
      libsql: ['tracked', 'plain'],
      postgresql: ['tracked', 'plain', 'cursor'],
      mariadb: ['tracked', 'plain'],
    }
  : { 'better-sqlite3': ['tracked'], libsql: [], postgresql: ['cursor'], mariadb: [] }

for (const row of databases)
  for (const way of ways[row.name])
    testOn(row, `${rows} rows stream through a heap of ${heap} MB, ${way} [${row.name}]`, (t) => passes(t, row, way))

interface Seen {
  readonly rows: number
  readonly sum: number
  readonly most: number
}

async function passes(t: ExecutionContext, row: DatabaseRow, way: string): Promise<void> {
  t.timeout(300_000)
  const database = await row.create('test')
  t.teardown(() => database.drop())
  await fill(database)
  const args = fixture('stream-million', database.adapter, database.url, way)
  const seen = await printed<Seen>([`--max-old-space-size=${heap}`, ...args])
  t.is(seen.rows, rows)
  t.is(seen.sum, (rows * (rows + 1)) / 2)
  if (way === 'tracked') t.true(seen.most > 0 && seen.most <= 2000, `${seen.most} objects in the identity map`)
}

/** Writes the rows in one statement: a million would take Prisma a minute. */
async function fill(database: Database): Promise<void> {
  const client = database.connect()
  const digit =
    '(SELECT 0 d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)'
  const places = ['a', 'b', 'c', 'd', 'e', 'f'].slice(0, digits)
  const number = places.map((place, index) => `${place}.d * ${10 ** index}`).join(' + ')
  await client.$executeRawUnsafe(
    `INSERT INTO "User" (id, name) SELECT ${number} + 1, '${'n'.repeat(nameLength)}' FROM ${places.map((place) => `${digit} ${place}`).join(', ')}`,
  )
  await database.release(client)
}
