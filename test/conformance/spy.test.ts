// The spy around a client, and the parser of the SQL that it sees.
import { databases } from '../helpers/databases.js'
import { type Log, spyOn } from '../helpers/spy.js'
import { parseControl, parseWrite } from '../helpers/sql.js'
import { testOn, testOnce } from '../helpers/test-on.js'

for (const row of databases) {
  testOn(row, `the spy records what is sent, when it is sent [${row.name}]`, async (t) => {
    const database = await row.create('test')
    const real = database.connect()
    const log: Log = { ops: [], wire: [] }
    const client = spyOn(real, log)
    t.teardown(async () => {
      await real.$disconnect()
      await database.drop()
    })

    t.is(client.user, client.user)
    const lazy = client.user.findMany({ where: { name: 'ada' } })
    t.deepEqual(log, { ops: [], wire: [] })
    t.deepEqual(await lazy, [])
    t.deepEqual(await lazy, [])
    t.deepEqual(log.ops, [{ model: 'User', operation: 'findMany', args: { where: { name: 'ada' } } }])

    log.ops = []
    await client.$transaction(async (tx) => {
      await tx.user.create({ data: { id: 1, name: 'ada', posts: { create: { title: 'a' } } } })
      await tx.$executeRawUnsafe('SAVEPOINT one')
      await tx.user.deleteMany()
      await tx.$executeRawUnsafe('ROLLBACK TO SAVEPOINT one')
      await tx.$transaction(async (inner) => {
        await inner.$queryRaw`SELECT 1 AS one`
      })
    })
    t.deepEqual(
      log.ops.map((op) => [op.model, op.operation]),
      [
        ['User', 'create'],
        ['User', 'deleteMany'],
        [undefined, '$queryRaw'],
      ],
    )
    t.deepEqual(log.wire, ['BEGIN', 'SAVEPOINT', 'ROLLBACK TO', 'SAVEPOINT', 'RELEASE', 'COMMIT'])

    log.ops = []
    log.wire = []
    await t.throwsAsync(
      client.$transaction(async () => {
        throw new Error('no')
      }),
      { message: 'no' },
    )
    t.deepEqual(log.wire, ['BEGIN', 'ROLLBACK'])
    t.is((await client.user.findUnique({ where: { id: 1 } }).posts())?.length, 1)
    t.is(log.ops.length, 1)
    await client.$transaction([client.user.count(), client.post.count()])
    t.is(log.ops.length, 3)
    await client.$extends({}).user.count()
    t.is(log.ops.length, 4)
  })
}

testOnce('parseWrite reads the table and the columns written', (t) => {
  t.deepEqual(parseWrite('INSERT INTO `main`.`User` (`name`, `kind`) VALUES (?,?) RETURNING `id` AS `id`'), {
    verb: 'INSERT',
    table: 'User',
    columns: ['name', 'kind'],
  })
  t.deepEqual(
    parseWrite(
      'WITH s AS (SELECT 1) UPDATE "every thing" SET "a note" = coalesce(s."x", 1), "b"=s.b FROM json_each(?) s WHERE "c" = 1',
    ),
    { verb: 'UPDATE', table: 'every thing', columns: ['a note', 'b'] },
  )
  t.deepEqual(parseWrite('DELETE FROM "public"."Post" WHERE id IN (SELECT value FROM json_each(?))'), {
    verb: 'DELETE',
    table: 'Post',
    columns: [],
  })
  t.is(parseWrite('INSERT OR IGNORE INTO `main`.`_PostToTag` (`A`, `B`) VALUES (?,?)')?.table, '_PostToTag')
  t.is(parseWrite('SELECT * FROM "User" /* UPDATE "User" SET x = 1 */'), null)
  t.is(parseControl(' rollback  to savepoint s1'), 'ROLLBACK TO')
  t.is(parseControl('SELECT 1'), null)
})
