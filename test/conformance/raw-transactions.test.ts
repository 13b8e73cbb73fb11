// Raw SQL that begins or ends a transaction, by itself or, on MariaDB, because it is DDL.
import { Prisma } from '../../generated/test/client.ts'
import { InvalidRequestError, PendingRollbackError } from '../../src/index.js'
import { committingWords, transactionWords } from '../../src/session/statements/transaction-sql.js'
import { behaviour } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'
import { testOnce } from '../helpers/test-on.js'

behaviour('raw SQL that would end the transaction is refused before anything is sent', async (t, x) => {
  const { s } = x
  const user = s.add('User', { name: 'ada' })
  await s.flush()
  s.add('User', { name: 'grace' })
  x.clear()
  const refused = async (send: () => unknown, message: RegExp) => {
    const error = await t.throwsAsync(async () => await send(), { instanceOf: InvalidRequestError })
    t.regex((error as Error).message, message)
  }
  for (const sql of ['COMMIT', ' /* so */ commit work;', 'END', 'SELECT 1; COMMIT'])
    await refused(() => s.$executeRawUnsafe(sql), /^(COMMIT|END) as SQL would end .*: use session\.commit\(\)/)
  for (const sql of ['ROLLBACK', '-- back\nrollback', 'ABORT'])
    await refused(() => s.$queryRawUnsafe(sql), /^(ROLLBACK|ABORT) as SQL .*: use session\.rollback\(\)/)
  for (const sql of ['BEGIN', 'START  TRANSACTION READ ONLY'])
    await refused(() => s.$executeRawUnsafe(sql), /^(BEGIN|START TRANSACTION) as SQL .*: use session\.begin\(\)/)
  await refused(() => s.$executeRaw`COMMIT`, /use session\.commit/)
  await refused(() => s.execute(Prisma.sql`COMMIT`), /use session\.commit/)
  if (x.mode === 'async') await refused(() => s.$transaction([s.$executeRaw`COMMIT`]), /use session\.commit/)
  t.deepEqual(x.sql(), [])
  await s.commit()
  t.is(user.name, 'ada')
  t.is(await x.raw.user.count(), 2)
})

behaviour('raw savepoints, and words in literals and comments, are sent', async (t, x) => {
  const { s } = x
  await s.$executeRawUnsafe('SAVEPOINT one')
  await s.user.create({ data: { name: 'ada' } })
  await s.$executeRawUnsafe('ROLLBACK TO SAVEPOINT one')
  await s.$executeRawUnsafe('RELEASE SAVEPOINT one')
  t.deepEqual(await s.$queryRawUnsafe(`SELECT 'a; COMMIT' AS a /* ; COMMIT */`), [{ a: 'a; COMMIT' }])
  await s.commit()
  t.is(await x.raw.user.count(), 0)
})

behaviour('a COMMIT or ROLLBACK that is sent past the session is noticed at its commit', async (t, x) => {
  for (const sql of ['COMMIT', 'ROLLBACK']) {
    const s = x.session()
    s.add('User', { name: sql })
    const client = (await s.connection()) as typeof x.client
    await s.flush()
    await client.$executeRawUnsafe(sql)
    await t.throwsAsync(async () => await s.commit(), {
      instanceOf: PendingRollbackError,
      message: /the transaction has ended in the database: by a fault, or by ROLLBACK or COMMIT sent past the session/,
    })
    await s.rollback()
    await s.close()
  }
  t.deepEqual(
    (await x.raw.user.findMany()).map(({ name }) => name),
    ['COMMIT'],
  )
})

const ddl = 'ALTER TABLE "User" COMMENT = \'\''.replaceAll('"', '`')

behaviour(
  'DDL commits what was written before it, and what follows can be rolled back',
  async (t, x) => {
    const { s } = x
    const warnings: string[] = []
    s.on('warning', ({ message }) => void warnings.push(message))
    const before = s.add('User', { name: 'before' })
    await s.flush()
    await s.$executeRawUnsafe(ddl)
    t.is(warnings.length, 1)
    t.regex(
      warnings[0] ?? '',
      /^ALTER TABLE has made MySQL or MariaDB commit the transaction: what was written before it cannot be rolled back/,
    )
    await s.$executeRawUnsafe(ddl)
    t.is(warnings.length, 1) // nothing was written since
    before.name = 'changed'
    const after = s.add('User', { name: 'after' })
    await s.flush()
    t.is(await x.raw.user.count(), 1) // as others see it
    await s.rollback()
    t.true(s.contains(before))
    t.false(s.contains(after))
    t.is(before.name, 'before')
    t.deepEqual(
      (await x.raw.user.findMany()).map(({ name }) => name),
      ['before'],
    )
    await t.throwsAsync(async () => await s.$executeRawUnsafe('DROP TABLE none'), { message: /none/ })
    s.add('User', { name: 'late' })
    await s.flush()
    await s.rollback()
    t.is(await x.raw.user.count(), 1)
  },
  { databases: ['mariadb'] },
)

behaviour(
  'a routine that ends the transaction leaves the session to be rolled back',
  async (t, x) => {
    const { s } = x
    await x.raw.$executeRawUnsafe(
      'CREATE OR REPLACE PROCEDURE ends(IN how INT) BEGIN IF how = 1 THEN COMMIT; END IF; END',
    )
    t.teardown(() => x.raw.$executeRawUnsafe('DROP PROCEDURE ends'))
    s.add('User', { name: 'ada' })
    await s.flush()
    await s.$executeRawUnsafe('CALL ends(0)')
    t.is(await s.user.count(), 1)
    await s.$executeRawUnsafe('CALL ends(1)')
    await t.throwsAsync(async () => await s.commit(), {
      instanceOf: PendingRollbackError,
      message: /has ended in the database/,
    })
    await s.rollback()
    await s.commit()
  },
  { databases: ['mariadb'] },
)

behaviour(
  'DDL inside a savepoint, which it would drop, is refused before anything is sent',
  async (t, x) => {
    const { s } = x
    const refused = {
      instanceOf: InvalidRequestError,
      message: /^ALTER TABLE makes .* drop its savepoints, and nothing was sent/,
    }
    s.add('User', { name: 'ada' })
    await s.beginNested()
    await t.throwsAsync(async () => await s.$executeRawUnsafe(ddl), refused)
    if (x.mode === 'async') await t.throwsAsync(async () => await s.$transaction([s.$executeRawUnsafe(ddl)]), refused)
    await s.rollback()
    t.is(await x.raw.user.count(), 0)
  },
  { databases: ['mariadb'] },
)

testOnce('SQL that begins or ends a transaction is told from other SQL', (t) => {
  const controls = ['commit', 'Rollback And Chain', 'begin immediate', "PREPARE TRANSACTION 'a'", 'a();\n\tEND']
  for (const sql of controls) t.not(transactionWords(sql), null, sql)
  const others = [
    'ROLLBACK WORK TO SAVEPOINT a',
    'rollback to a',
    'SELECT 1 AS "begin; commit"',
    "SELECT 'it''s; COMMIT', $x$; COMMIT $x$",
    'CREATE TRIGGER a AFTER INSERT ON b BEGIN UPDATE c SET d = 1; END',
    'BEGIN NOT ATOMIC SELECT 1; COMMIT; END',
    'DO $$ BEGIN PERFORM 1; END $$',
    'RELEASE SAVEPOINT a',
    'SELECT committed FROM ends -- ; COMMIT',
  ]
  for (const sql of others) t.is(transactionWords(sql), null, sql)
  const committing = ['create or replace view a as select 1', 'TRUNCATE a', 'lock tables a read', 'drop  table a']
  for (const sql of committing) t.not(committingWords(sql), null, sql)
  const quiet = ['CREATE TEMPORARY TABLE a (b INT)', 'drop temporary table a', 'DROP PREPARE a', 'UPDATE a SET b = 1']
  for (const sql of quiet) t.is(committingWords(sql), null, sql)
})

behaviour(
  'ROLLBACK TO a savepoint of the program saves the transaction after a failed statement, as under Prisma',
  async (t, x) => {
    await x.s.user.create({ data: { id: 1, name: 'before' } })
    await x.s.$executeRawUnsafe('SAVEPOINT own')
    await refused(t, () => x.s.user.create({ data: { id: 1, name: 'taken' } }), { code: 'P2002' })
    await x.s.$executeRawUnsafe('ROLLBACK TO SAVEPOINT own')
    t.true(x.s.isActive)
    await x.s.user.create({ data: { id: 2, name: 'after' } })
    await x.s.commit()
    t.is(await x.raw.user.count(), 2)
  },
  { databases: ['better-sqlite3', 'libsql', 'postgresql'] },
)

behaviour(
  'ROLLBACK TO a savepoint that is not there leaves the session to be rolled back',
  async (t, x) => {
    await x.s.user.create({ data: { id: 1, name: 'before' } })
    await refused(t, () => x.s.user.create({ data: { id: 1, name: 'taken' } }), { code: 'P2002' })
    await refused(t, () => x.s.$executeRawUnsafe('ROLLBACK TO SAVEPOINT none'), { code: 'P2010' })
    await refused(t, () => x.s.commit(), { instanceOf: PendingRollbackError })
    await x.s.rollback()
    t.is(await x.raw.user.count(), 0)
  },
  { databases: ['postgresql'] },
)

behaviour(
  'ROLLBACK TO a savepoint after a failed flush, which has undone all, is refused until rollback()',
  async (t, x) => {
    await x.s.user.create({ data: { id: 1, name: 'before' } })
    await x.s.$executeRawUnsafe('SAVEPOINT own')
    x.s.add('User', { id: 1, name: 'taken' })
    await refused(t, () => x.s.flush(), { code: 'P2002' })
    await refused(t, () => x.s.$executeRawUnsafe('ROLLBACK TO SAVEPOINT own'), { instanceOf: PendingRollbackError })
    await x.s.rollback()
    t.is(await x.raw.user.count(), 0)
  },
  { databases: ['postgresql'] },
)
