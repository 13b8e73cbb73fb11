// Values that are no numbers, no dates or no JSON: read without becoming changes, and written as Prisma writes them.
import { PrismaClientValidationError } from '@prisma/client/runtime/client'
import { behaviour, type Context } from '../helpers/conformance.js'
import type { DatabaseName } from '../helpers/databases.js'
import { quotedFor } from '../helpers/sql.js'
import { refused } from '../helpers/steps.js'

/** What a database holds and JavaScript does not. */
const stored: Partial<Record<DatabaseName, readonly (readonly [column: string, sql: string])[]>> = {
  postgresql: [
    ['at', "'infinity'"],
    ['at', "'-infinity'"],
    ['at', "'0044-03-15 BC'"],
    ['decimal', "'NaN'"],
    ['float', "'NaN'"],
    ['float', "'Infinity'"],
  ],
  'better-sqlite3': [
    ['at', "'no time'"],
    ['float', '9e999'],
    ['decimal', '9e999'],
  ],
  libsql: [
    ['at', "'no time'"],
    ['float', '9e999'],
  ],
}

async function store(x: Context, column: string, sql: string): Promise<void> {
  await x.raw.everything.create({ data: { id: 1, text: 'old' } })
  await x.raw.$executeRawUnsafe(quotedFor(x.database as DatabaseName, `UPDATE "every thing" SET "${column}" = ${sql}`))
}

for (const [name, values] of Object.entries(stored)) {
  for (const [column, sql] of values)
    behaviour(
      `a row with ${column} = ${sql} is read unchanged, and its other columns are written`,
      async (t, x) => {
        await store(x, column, sql)
        const row = await x.s.getOne('Everything', 1n)
        t.false(x.s.isModified(row))
        x.clear()
        t.is(await x.s.everything.count(), 1)
        t.deepEqual(x.written(), [])
        row.text = 'new'
        await x.s.commit()
        t.deepEqual(x.written(), ['UPDATE every thing'])
        t.false(x.s.isModified(row))
        await x.s.refresh(row)
        t.false(x.s.isModified(row))
        const [kept] = (await x.raw.$queryRawUnsafe(
          `SELECT COUNT(*) AS "count" FROM "every thing" WHERE "${column}" = ${sql} AND "text" = 'new'`,
        )) as { count: bigint }[]
        t.is(Number(kept?.count), 1)
      },
      { databases: [name as DatabaseName] },
    )
}

behaviour(
  'a date that the driver cannot read fails the query, and the session goes on',
  async (t, x) => {
    await store(x, 'text', "'x'")
    await x.raw.$transaction(async (tx) => {
      const [mode] = await tx.$queryRawUnsafe<{ mode: string }[]>('SELECT @@sql_mode AS mode')
      await tx.$executeRawUnsafe("SET SESSION sql_mode = ''")
      await tx.$executeRawUnsafe("UPDATE `every thing` SET at = '0000-00-00 00:00:00'")
      await tx.$executeRawUnsafe(`SET SESSION sql_mode = '${mode?.mode}'`) // the connection goes back to its pool
    })
    await refused(t, () => x.s.getOne('Everything', 1n))
    await x.s.rollback()
    x.s.add('User', { name: 'ada' })
    await x.s.commit()
    t.is(await x.raw.user.count(), 1)
  },
  { databases: ['mariadb'] },
)

const noNumbers = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]

for (const value of noNumbers) {
  behaviour(`${value} in an Int or in Json is written once, as null`, async (t, x) => {
    const row = x.s.add('Everything', { id: 1n, int: 1, json: { a: 1 } })
    const top = x.s.add('Everything', { id: 2n, int: value, json: value })
    await x.s.flush()
    t.is(top.int, null)
    Object.assign(row, { int: value, json: { a: value, list: [value] } })
    t.true(x.s.isModified(row))
    await x.s.flush()
    x.clear()
    t.false(x.s.isModified(row))
    t.false(x.s.isModified(top))
    await x.s.everything.count()
    t.deepEqual(x.written(), [])
    await x.s.commit()
    const rows = await x.raw.everything.findMany({ orderBy: { id: 'asc' }, select: { int: true, json: true } })
    t.deepEqual(rows, [
      { int: null, json: { a: null, list: [null] } },
      { int: null, json: null },
    ])
  })
}

/** By name: a document that JSON does not have. Prisma says what becomes of it. */
const documents: Readonly<Record<string, () => unknown>> = {
  'big integers': () => ({ one: 1n, list: [2n] }),
  'a big integer': () => 5n,
  'a Buffer': () => ({ bytes: Buffer.from('abc') }),
  'bytes alone': () => new Uint8Array([1, 2]),
  'a view of bytes': () => ({ part: new Uint8Array([1, 2, 3]).subarray(1) }),
  'a Date': () => [new Date(0)],
}

for (const [what, make] of Object.entries(documents)) {
  behaviour(`Json with ${what} is stored as Prisma stores it`, async (t, x) => {
    const asPrisma = await x.raw.everything.create({ data: { id: 1, json: make() as never } })
    const row = x.s.add('Everything', { id: 2n, json: make() as never })
    const changed = x.s.add('Everything', { id: 3n, json: {} })
    await x.s.flush()
    changed.json = make() as never
    await x.s.flush()
    t.false(x.s.isModified(row))
    t.false(x.s.isModified(changed))
    await x.s.commit()
    const rows = await x.raw.everything.findMany({ select: { json: true } })
    t.deepEqual(rows, Array(3).fill({ json: asPrisma.json }))
  })
}

const refusedDocuments: Readonly<Record<string, () => unknown>> = {
  'a list with holes': () => Object.assign([1], { 3: 2 }),
  'undefined in a list': () => [1, undefined],
  'an invalid Date': () => ({ at: new Date(Number.NaN) }),
}

for (const [what, make] of Object.entries(refusedDocuments)) {
  behaviour(`Json with ${what} is refused as Prisma refuses it`, async (t, x) => {
    const data = { id: 1, json: make() as never }
    await t.throwsAsync(x.raw.everything.create({ data }), { instanceOf: PrismaClientValidationError })
    x.s.add('Everything', { id: 1n, json: make() as never })
    const error = await refused(t, () => x.s.flush())
    t.is(error.name, 'PrismaClientValidationError')
    await x.s.rollback()
    t.is(await x.raw.everything.count(), 0)
  })
}
