import { makeTypedQueryFactory } from '@prisma/client/runtime/client'
import { Prisma } from '../../generated/test/client.ts'
import { ArgumentError } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.ts'
import { refused } from '../helpers/steps.ts'

behaviour('raw rows are Prisma’s objects: a repeated column name keeps the last', async (t, x) => {
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

behaviour('parameters are bound, not pasted', async (t, x) => {
  const name = `'; DROP TABLE "User"; --`
  await x.raw.user.create({ data: { name } })
  t.is(Number(await x.s.scalar(Prisma.sql`SELECT count(*) AS n FROM "User" WHERE name = ${name}`)), 1)
})

behaviour('TypedSQL is recognised and run by $queryRawTyped', async (t, x) => {
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

behaviour('no statement at all is an ArgumentError too', async (t, x) => {
  for (const statement of [null, undefined, {}, 1, []]) {
    await refused(t, () => x.s.execute(statement as never), { instanceOf: ArgumentError })
  }
  t.deepEqual(x.ops(), [])
})
