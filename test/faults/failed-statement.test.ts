// A single failed statement: PostgreSQL aborts the transaction, the other databases keep it.
import { behaviour, type Context } from '../helpers/conformance.js'
import { needsRollback, refused } from '../helpers/steps.js'

/** A trigger that refuses every Tag. */
async function refuseTags({ raw, database }: Context): Promise<() => Promise<unknown>> {
  const create = {
    'better-sqlite3': [`CREATE TRIGGER refusing BEFORE INSERT ON "Tag" BEGIN SELECT RAISE(ABORT, 'refused'); END`],
    mariadb: [
      `CREATE TRIGGER refusing BEFORE INSERT ON "Tag" FOR EACH ROW SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'refused'`,
    ],
    postgresql: [
      `CREATE FUNCTION refusing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RAISE EXCEPTION ''refused''; END'`,
      'CREATE TRIGGER refusing BEFORE INSERT ON "Tag" FOR EACH ROW EXECUTE FUNCTION refusing()',
    ],
  }[database === 'libsql' ? 'better-sqlite3' : (database as 'mariadb')]
  for (const sql of create) await raw.$executeRawUnsafe(sql)
  const drop = database === 'postgresql' ? 'DROP FUNCTION refusing() CASCADE' : 'DROP TRIGGER refusing'
  return () => raw.$executeRawUnsafe(drop)
}

behaviour(
  'a row refused by a trigger and invalid SQL leave the transaction open except on PostgreSQL',
  async (t, x) => {
    const drop = await refuseTags(x)
    t.teardown(async () => void (await drop()))
    x.s.add('User', { name: 'before' })
    await x.s.flush()
    await refused(t, () => x.s.tag.create({ data: { label: 'a' } }))
    t.true(x.s.isActive)
    await refused(t, () => x.s.$executeRawUnsafe('SELECT * FROM nowhere'), { code: 'P2010' })
    t.true(x.s.isActive)
    await x.s.commit()
    t.is(await x.raw.user.count(), 1)
  },
  { databases: ['better-sqlite3', 'libsql', 'mariadb'] },
)

behaviour(
  'commit() throws after a caught statement error on PostgreSQL',
  async (t, x) => {
    const drop = await refuseTags(x)
    t.teardown(async () => void (await drop()))
    for (const fail of [
      () => x.s.tag.create({ data: { label: 'a' } }),
      () => x.s.$executeRawUnsafe('SELECT * FROM nowhere'),
    ]) {
      x.s.add('User', { name: 'before' })
      await x.s.flush()
      const error = await refused(t, fail)
      await needsRollback(t, () => x.s.commit(), error)
      await x.s.rollback()
    }
    t.is(await x.raw.user.count(), 0)
  },
  { databases: ['postgresql'] },
)

behaviour(
  'of two calls of one tick that fail each gets its error, and PostgreSQL needs one rollback()',
  async (t, x) => {
    const wrong = () => x.s.$queryRawUnsafe('SELECT nothing')
    const [first, second] = await Promise.allSettled([wrong(), wrong()])
    t.is(first.status, 'rejected')
    t.is(second.status, 'rejected')
    t.is(x.s.isActive, x.database !== 'postgresql')
    await x.s.rollback()
    t.is(await x.s.user.count(), 0)
  },
  { modes: ['async'] },
)

behaviour(
  'a read that fails beside others of its tick leaves each of them its rows, or an error on PostgreSQL',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'ada' } })
    await x.s.$executeRawUnsafe('ALTER TABLE "Use" RENAME TO "Used"')
    const reads = [x.s.user.count(), x.s.use.findMany(), x.s.user.findMany(), x.s.user.findUnique({ where: { id: 1 } })]
    const [count, use, users, user] = await Promise.allSettled<unknown>(reads)
    t.like(count, { status: 'fulfilled', value: 1 })
    t.is(use?.status, 'rejected')
    t.is(users?.status, x.database === 'postgresql' ? 'rejected' : 'fulfilled')
    for (const each of [users, user]) if (each?.status === 'fulfilled') t.truthy(each.value)
    await x.s.rollback()
  },
  { modes: ['async'], databases: ['better-sqlite3', 'libsql', 'postgresql'] },
)
