// Errors hidden from the session: commit() never reports success for a transaction that the server has rolled back.
import { createSession, inspect, PendingRollbackError, select } from '../../src/index.js'
import { behaviour, type Context, type TestSession } from '../helpers/conformance.js'
import { needsRollback, refused } from '../helpers/steps.js'

/** Sends SQL past the session, and keeps its error. */
async function swallow(x: Context, sql: string): Promise<void> {
  const client = await x.s.connection()
  try {
    await client.$executeRawUnsafe(sql)
  } catch {
    // The fault under test: the error never reaches the session.
  }
}

async function usableAfterRollback(x: Context): Promise<unknown> {
  await x.s.rollback()
  x.s.add('User', { name: 'after' })
  await x.s.commit()
  return (await x.raw.user.findMany()).map(({ name }) => name)
}

behaviour(
  'commit() reports an error that was swallowed on connection()',
  async (t, x) => {
    x.s.add('User', { name: 'before' })
    await x.s.flush()
    await swallow(x, 'SELECT * FROM nowhere')
    const error = await refused<PendingRollbackError>(t, () => x.s.commit(), { instanceOf: PendingRollbackError })
    t.regex(String((error.cause as Error).message), /the transaction has ended in the database/)
    t.regex(String((error.cause as Error).cause), /aborted/)
    t.false(x.s.isActive)
    await needsRollback(t, () => x.s.commit(), error.cause)
    t.deepEqual(await usableAfterRollback(x), ['after'])
  },
  { databases: ['postgresql'] },
)

behaviour(
  'a failed statement on connection() leaves the transaction open except on PostgreSQL',
  async (t, x) => {
    x.s.add('User', { name: 'before' })
    await x.s.flush()
    await swallow(x, 'SELECT * FROM nowhere')
    await x.s.commit()
    t.is(await x.raw.user.count(), 1)
  },
  { databases: ['better-sqlite3', 'libsql', 'mariadb'] },
)

behaviour('commit() reports a transaction that was rolled back through connection()', async (t, x) => {
  x.s.add('User', { name: 'before' })
  await x.s.flush()
  await swallow(x, 'ROLLBACK')
  const error = await refused<PendingRollbackError>(t, () => x.s.commit(), { instanceOf: PendingRollbackError })
  t.regex(String((error.cause as Error).message), /the transaction has ended in the database/)
  t.deepEqual(await usableAfterRollback(x), ['after'])
})

behaviour('rows written through connection() are committed with the rest', async (t, x) => {
  x.s.add('User', { name: 'ours' })
  await x.s.flush()
  await (await x.s.connection()).user.create({ data: { name: 'theirs' } })
  await x.s.commit()
  t.deepEqual(
    (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name),
    ['ours', 'theirs'],
  )
})

behaviour('values written through connection() in a savepoint are read again after its rollback', async (t, x) => {
  const user = x.s.add('User', { name: 'first' })
  await x.s.commit()
  await x.s.get('User', user.id)
  const savepoint = await x.s.beginNested()
  await (await x.s.connection()).user.update({ where: { id: user.id }, data: { name: 'second' } })
  await x.s.refresh(user)
  t.is(user.name, 'second')
  await savepoint.rollback()
  t.is((await x.s.get('User', user.id))?.name, 'first')
})

behaviour(
  'commit() reports an error that a query extension swallowed',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'first', email: 'taken' } })
    const s = createSession(x.extended('forgiving')) as TestSession
    t.teardown(async () => void (await s.close()))
    t.is(await s.user.create({ data: { name: 'second', email: 'taken' } }), null as never)
    await refused(t, () => s.commit(), { instanceOf: PendingRollbackError })
    await s.rollback()
    t.is((await s.scalars(select('User'))).all().length, 1)
    await s.user.create({ data: { name: 'third' } })
    await s.commit()
    t.is(await x.raw.user.count(), 2)
  },
  { databases: ['postgresql'] },
)

behaviour(
  'the commit of a savepoint reports an error that was swallowed in it, and undoes what was done in it',
  async (t, x) => {
    const kept = x.s.add('User', { name: 'outer' })
    await x.s.flush()
    const savepoint = await x.s.beginNested()
    const lost = x.s.add('User', { name: 'inner' })
    await x.s.flush()
    await swallow(x, 'SELECT * FROM nowhere')
    await refused(t, () => savepoint.commit(), { message: /aborted/ })
    t.is(inspect(lost).state, 'transient')
    t.is(inspect(kept).state, 'transient') // nothing is left that could be gone back to
    t.false(x.s.isActive)
    await savepoint.rollback()
    await refused(t, () => x.s.commit(), { instanceOf: PendingRollbackError })
    t.deepEqual(await usableAfterRollback(x), ['after'])
  },
  { databases: ['postgresql'] },
)
