// Connections that the server ends: while idle, during a query or a flush, and under a stream.
import type { ExecutionContext } from 'ava'
import { createSession, inspect, PendingRollbackError, select } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { databases as everyDatabase } from '../helpers/databases.js'
import { openTransactions } from '../helpers/open-transactions.js'
import { needsRollback, refused } from '../helpers/steps.js'
import { giveSyncClient, type SyncTestClient, takeSyncClient } from '../helpers/sync-clients.js'
import { testOn } from '../helpers/test-on.js'

const databases = ['postgresql', 'mariadb'] as const
const serversHere = everyDatabase.filter(({ name }) => name === 'postgresql' || name === 'mariadb')
const postgresql = { databases: ['postgresql'] } as const

/** What the server knows the session's connection by. */
async function connectionOf({ s, database }: Pick<Context, 's' | 'database'>): Promise<number> {
  const sql = database === 'postgresql' ? 'SELECT pg_backend_pid() AS id' : 'SELECT CONNECTION_ID() AS id'
  const [row] = await s.$queryRawUnsafe<{ id: number }[]>(sql)
  return Number(row?.id)
}

function killing(database: string, id: number | string): string {
  return database === 'postgresql' ? `SELECT pg_terminate_backend(${id})::text` : `KILL ${id}`
}

/** Gives a row as long as the connection is there. */
function living(database: string, id: number): string {
  return database === 'postgresql'
    ? `SELECT pid FROM pg_stat_activity WHERE pid = ${id}`
    : `SELECT id FROM information_schema.processlist WHERE id = ${id}`
}

/** Ends the session's connection, and waits until it is gone. */
async function kill(x: Context): Promise<void> {
  const id = await connectionOf(x)
  await x.raw.$queryRawUnsafe(killing(x.database, id))
  while ((await x.raw.$queryRawUnsafe<unknown[]>(living(x.database, id))).length > 0);
}

/** After a rollback: nothing of the work is there, and the session and every connection of its client works. */
async function assertUsable(t: ExecutionContext, x: Context): Promise<void> {
  await x.s.rollback()
  t.true(x.s.isActive)
  t.is(await x.raw.user.count(), 0)
  t.is(await openTransactions(x.raw, x.database), 0)
  x.s.add('User', { name: 'after' })
  await x.s.commit()
  t.is(await x.raw.user.count(), 1)
  const sessions = [x.session(), x.session(), x.session(), x.session()] // as many as the pool has connections
  for (const session of sessions) t.is((await session.scalars(select('User'))).all().length, 1)
  for (const session of sessions) await session.rollback()
}

behaviour(
  'a connection killed while idle fails the next call, and every other until rollback()',
  async (t, x) => {
    const user = x.s.add('User', { name: 'before' })
    await x.s.flush()
    await kill(x)
    const error = await refused(t, () => x.s.user.count())
    t.false(error instanceof PendingRollbackError)
    t.false(x.s.isActive)
    await needsRollback(t, () => x.s.user.count(), error)
    await refused(t, () => x.s.commit(), { instanceOf: PendingRollbackError })
    await assertUsable(t, x)
    t.is(inspect(user).state, 'transient')
  },
  { databases },
)

behaviour(
  'a connection killed while idle fails the next flush, which is undone in memory',
  async (t, x) => {
    x.s.add('User', { name: 'before' })
    await x.s.flush()
    await kill(x)
    const user = x.s.add('User', { name: 'late' })
    const error = await refused(t, () => x.s.flush())
    t.is(inspect(user).state, 'transient')
    await needsRollback(t, () => x.s.user.count(), error)
    await assertUsable(t, x)
  },
  { databases },
)

behaviour(
  'a connection killed while idle fails commit()',
  async (t, x) => {
    const user = x.s.add('User', { name: 'before' })
    await x.s.flush()
    await kill(x)
    await refused(t, () => x.s.commit())
    t.is(inspect(user).state, 'transient')
    await assertUsable(t, x)
  },
  { databases },
)

behaviour(
  'a connection killed while idle does not fail rollback() or close()',
  async (t, x) => {
    x.s.add('User', { name: 'before' })
    await x.s.flush()
    await kill(x)
    await x.s.rollback()
    await assertUsable(t, x)
    await x.s.user.deleteMany()
    await x.s.commit()
    await x.s.user.count()
    await kill(x)
    await x.s.close()
    x.s.add('User', { name: 'before' })
    await x.s.beginNested()
    await x.s.user.count()
    await kill(x)
    await x.s.rollback()
    await assertUsable(t, x)
  },
  { databases },
)

behaviour(
  'a connection killed by its own query can be rolled back',
  async (t, x) => {
    x.s.add('User', { name: 'before' })
    await x.s.flush()
    const suicide =
      x.database === 'postgresql' ? 'SELECT pg_terminate_backend(pg_backend_pid())' : 'KILL CONNECTION_ID()'
    const error = await refused(t, () => x.s.$executeRawUnsafe(suicide))
    t.false(x.s.isActive)
    await needsRollback(t, () => x.s.user.count(), error)
    await assertUsable(t, x)
  },
  { databases },
)

behaviour(
  'a connection killed during a flush leaves nothing written',
  async (t, x) => {
    const { raw } = x
    t.teardown(async () => void (await raw.$executeRawUnsafe('DROP FUNCTION IF EXISTS suicide() CASCADE')))
    await raw.$executeRawUnsafe(`CREATE FUNCTION suicide() RETURNS trigger LANGUAGE plpgsql AS
      'BEGIN PERFORM pg_terminate_backend(pg_backend_pid()); RETURN NEW; END'`)
    await raw.$executeRawUnsafe(
      'CREATE TRIGGER suicide BEFORE INSERT ON "Post" FOR EACH ROW EXECUTE FUNCTION suicide()',
    )
    const user = x.s.add('User', { name: 'before', posts: [{ title: 'fatal' }] })
    const error = await refused(t, () => x.s.flush())
    t.is(inspect(user).state, 'transient')
    await needsRollback(t, () => x.s.user.count(), error)
    await assertUsable(t, x)
  },
  postgresql,
)

behaviour(
  'a connection killed by another client fails the running query',
  async (t, x) => {
    x.s.add('User', { name: 'before' })
    await x.s.flush()
    const id = await connectionOf(x)
    const sleep = x.database === 'postgresql' ? 'SELECT pg_sleep(20)' : 'SELECT SLEEP(20)'
    const query = x.s.$queryRawUnsafe(sleep).then(
      () => null,
      (error: unknown) => error,
    )
    const [running, command] =
      x.database === 'postgresql'
        ? [
            `SELECT 1 FROM pg_stat_activity WHERE pid = ${id} AND wait_event = 'PgSleep'`,
            `SELECT pg_terminate_backend(${id})`,
          ]
        : [`SELECT 1 FROM information_schema.processlist WHERE id = ${id} AND state = 'User sleep'`, `KILL ${id}`]
    while ((await x.raw.$queryRawUnsafe<unknown[]>(running)).length === 0);
    await x.raw.$queryRawUnsafe(command)
    t.true((await query) instanceof Error)
    await refused(t, () => x.s.user.count(), { instanceOf: PendingRollbackError })
    await assertUsable(t, x)
  },
  { databases, modes: ['async'] }, // a synchronous session would keep the killer waiting
)

behaviour(
  'a connection killed under an open stream fails the stream',
  async (t, x) => {
    await x.raw.user.createMany({ data: [1, 2, 3, 4, 5].map((id) => ({ id, name: `${id}` })) })
    const users = await x.s.streamScalars(select('User'), { yieldPer: 2 })
    const seen: unknown[] = []
    await refused(t, async () => {
      for await (const user of users) {
        seen.push(user)
        if (seen.length === 2) await kill(x)
      }
    })
    t.is(seen.length, 2)
    await refused(t, () => x.s.user.count(), { instanceOf: PendingRollbackError })
    await x.raw.user.deleteMany()
    await assertUsable(t, x)
  },
  { databases, modes: ['async'] },
)

behaviour(
  'no connection of the pool is lost when connections are killed repeatedly',
  async (t, x) => {
    for (let turn = 0; turn < 9; turn++) {
      x.s.add('User', { name: 'before' })
      await x.s.flush()
      await kill(x)
      if (turn % 3 === 0) await refused(t, () => x.s.commit())
      if (turn % 3 === 1) await refused(t, () => x.s.user.count())
      await x.s.rollback()
    }
    await assertUsable(t, x)
  },
  { databases },
)

for (const row of serversHere)
  testOn(
    { name: row.name, mode: 'async' },
    `a connection that ended while idle in the pool is replaced at BEGIN [${row.name}]`,
    async (t) => {
      const database = await row.create('test', 'ended')
      const client = database.connect()
      const kind = { schema: 'test', adapter: database.adapter } as const
      const killer = takeSyncClient(kind, database.url) as SyncTestClient & Asking
      const session = createSession(client)
      t.teardown(async () => {
        await session.close()
        giveSyncClient(kind, killer)
        await database.release(client)
        await database.drop()
      })
      const id = await connectionOf({ s: session, database: row.name })
      await session.rollback() // its connection goes back to the pool
      // The event loop does not run until BEGIN is sent, and cannot hear that the connection has ended.
      killer.$queryRawUnsafe(killing(row.name, id))
      while (killer.$queryRawUnsafe(living(row.name, id)).length > 0);
      t.is(await session.user.count(), 0)
      t.true(session.inTransaction())
    },
  )

interface Asking {
  $queryRawUnsafe(sql: string): unknown[]
}

behaviour(
  'a connection killed in the middle of $transaction([…]) fails every call until rollback()',
  async (t, x) => {
    const call = x.s.user.create({ data: { name: 'before' } })
    const id = x.database === 'postgresql' ? 'pg_backend_pid()' : 'CONNECTION_ID()'
    const killed = x.s.$queryRawUnsafe(killing(x.database, id))
    const error = await refused(t, () => x.s.$transaction([call, killed]))
    await needsRollback(t, () => x.s.user.count(), error)
    await assertUsable(t, x)
  },
  { databases, modes: ['async'] },
)
