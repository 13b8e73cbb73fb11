// Raw SQL and TypedSQL given to execute, scalars and scalar.

import { makeTypedQueryFactory } from '@prisma/client/runtime/client'
import { Prisma } from '../../generated/test/client.ts'
import { ArgumentError } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

behaviour('execute runs a raw SQL statement', async (t, x) => {
  for (const data of [{ name: 'Ada' }, { name: 'Bob', kind: 'admin' }]) await x.raw.user.create({ data })
  const result = await x.s.execute(Prisma.sql`select name, kind from ${Prisma.raw('"User"')} order by id`)
  t.true(result.returnsRows)
  t.deepEqual(result.mappings().all(), [
    { name: 'Ada', kind: 'plain' },
    { name: 'Bob', kind: 'admin' },
  ])
  t.is(x.ops().length, 1)
})

behaviour('raw rows are Prisma objects, where a repeated column name keeps the last value', async (t, x) => {
  const result = await x.s.execute(Prisma.sql`SELECT 1 AS a, 2 AS a, 3 AS b`)
  t.true(result.returnsRows)
  t.deepEqual([...result.keys()].sort(), ['a', 'b'])
  const row = result.mappings().one()
  t.is(Number(row.a), 2)
  t.is(Number(row.b), 3)
})

behaviour('an empty raw result has no keys', async (t, x) => {
  const result = await x.s.execute(Prisma.sql`SELECT id, name FROM "User"`)
  t.deepEqual(result.keys(), [])
  t.deepEqual(result.all(), [])
})

behaviour('parameters of raw SQL are bound, not interpolated', async (t, x) => {
  const name = `'; DROP TABLE "User"; --`
  await x.raw.user.create({ data: { name } })
  t.is(Number(await x.s.scalar(Prisma.sql`SELECT count(*) AS n FROM "User" WHERE name = ${name}`)), 1)
})

behaviour('aliases name the columns of raw rows, and a repeated alias keeps the last value', async (t, x) => {
  const alias = await x.s.execute(Prisma.sql`select 'a' as label, 'b' as note`)
  t.deepEqual([...alias.keys()].sort(), ['label', 'note'])
  t.is(alias.one().label, 'a')
  const repeated = await x.s.execute(Prisma.sql`select 'a' as label, 'b' as label`)
  t.deepEqual(repeated.keys(), ['label'])
  t.is(repeated.one().label, 'b')
  const none = await x.s.execute(Prisma.sql`select 'a' as label where 1 = 0`)
  t.deepEqual(none.all(), [])
})

behaviour('TypedSQL is recognized and run by $queryRawTyped', async (t, x) => {
  await x.raw.user.createMany({ data: [{ name: 'a' }, { name: 'b' }] })
  const byName = makeTypedQueryFactory(
    `SELECT id, name FROM "User" WHERE name = ${x.database === 'postgresql' ? '$1' : '?'}`,
  )
  t.is(await x.s.scalar(byName('b')), 2)
  t.deepEqual(
    x.ops().map(({ operation }) => operation),
    ['$queryRawTyped'],
  )
  const rows = (await x.s.execute(byName('a'))).mappings().all()
  t.is(rows.length, 1)
  t.is(rows[0].name, 'a')
})

behaviour('a plain string is an ArgumentError in each verb that takes a statement', async (t, x) => {
  for (const call of [
    () => x.s.execute('SELECT 1' as never),
    () => x.s.scalars('SELECT 1' as never),
    () => x.s.scalar('SELECT 1' as never),
  ]) {
    const error = await refused(t, call, { instanceOf: ArgumentError })
    t.regex(error.message, /Prisma\.sql/)
  }
  t.deepEqual(x.ops(), [])
  t.deepEqual(x.wire(), [])
})

behaviour('the error for a plain string shows the tagged template', async (t, x) => {
  const { s } = x
  const text = 'select 1' as unknown as object
  for (const verb of ['execute', 'scalars', 'scalar'] as const) {
    await refused(t, () => s[verb](text), { instanceOf: ArgumentError, message: /sql`/ })
  }
  t.deepEqual(x.ops(), [])
  t.deepEqual(x.wire(), [])
})

behaviour('execute refuses a value that is not a statement with an ArgumentError', async (t, x) => {
  for (const statement of [null, undefined, {}, 1, []]) {
    await refused(t, () => x.s.execute(statement as never), { instanceOf: ArgumentError })
  }
  t.deepEqual(x.ops(), [])
})
