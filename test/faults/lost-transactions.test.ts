// A database that gives up the whole transaction while a savepoint is open: nothing of it is committed, and nothing more sent.
import type { ExecutionContext } from 'ava'
import { inspect, PendingRollbackError, type SessionTransaction } from '../../src/index.js'
import { behaviour, type Context, inClientTransaction } from '../helpers/conformance.js'
import { untilLockWait } from '../helpers/open-transactions.js'
import { catching, inOrder, needsRollback, refused } from '../helpers/steps.js'

const mariadb = { databases: ['mariadb'] } as const
const sqlite = { databases: ['better-sqlite3', 'libsql'] } as const

interface Deadlock {
  /** The row that the other transaction has written. */
  readonly id: number
  /** Ends the other transaction. */
  end(): Promise<void>
}

/** Another transaction, with more to lose, holds a row and waits for one that the session has written. */
async function nearDeadlock(x: Context): Promise<Deadlock> {
  const [first, second] = [
    await x.raw.user.create({ data: { name: 'first' } }),
    await x.raw.user.create({ data: { name: 'second' } }),
  ]
  await x.s.user.update({ where: { id: first.id }, data: { name: 'of the session' } })
  const raw = x.raw.$transaction(
    async (tx) => {
      await tx.tag.createMany({ data: Array.from({ length: 50 }, (_, index) => ({ label: `tag ${index}` })) })
      await tx.user.update({ where: { id: second.id }, data: { name: 'of the other' } })
      await tx.user.update({ where: { id: first.id }, data: { name: 'of the other' } })
    },
    { timeout: 60_000 },
  )
  await untilLockWait(x.raw, x.database)
  return { id: second.id, end: async () => void (await raw) }
}

/** What reaches for the row, and with it into the deadlock. */
const reaches: Readonly<Record<string, (x: Context, id: number) => unknown>> = {
  'a flush': (x, id) => {
    x.s.ref('User', id).name = 'reached'
    return x.s.flush()
  },
  'a forwarded call': ({ s }, id) => s.user.update({ where: { id }, data: { name: 'reached' } }),
  'raw SQL': ({ s }, id) => s.$executeRaw`UPDATE User SET name = 'reached' WHERE id = ${id}`,
}

/** Every later call is refused, and nothing is written, until a rollback. */
async function isLost(t: ExecutionContext, x: Context, error: Error, savepoint: SessionTransaction): Promise<void> {
  t.false(x.s.isActive)
  x.clear()
  await needsRollback(t, () => x.s.user.count(), error)
  await needsRollback(t, () => x.s.commit(), error)
  await savepoint.rollback() // ends the savepoint only
  await needsRollback(t, () => x.s.$executeRawUnsafe('SELECT 1'), error)
  await needsRollback(t, () => x.s.commit(), error)
  t.deepEqual(x.ops(), [])
  await x.s.rollback()
  t.false(x.s.inTransaction())
  x.s.add('User', { name: 'after' })
  await x.s.commit()
}

for (const [what, reach] of Object.entries(reaches)) {
  behaviour(
    `a deadlock by ${what} inside a savepoint ends the whole transaction on MariaDB`,
    async (t, x) => {
      const { id, end } = await nearDeadlock(x)
      const before = x.s.add('User', { name: 'before' })
      await x.s.flush()
      const savepoint = await x.s.beginNested()
      const error = await refused(t, () => reach(x, id))
      await isLost(t, x, error, savepoint)
      await end()
      t.is(inspect(before).state, 'transient')
      const names = (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name)
      t.deepEqual(names, ['of the other', 'of the other', 'after'])
    },
    mariadb,
  )

  behaviour(
    `a deadlock by ${what} in transaction(fn) within transaction(fn) fails both on MariaDB`,
    async (t, x) => {
      const { id, end } = await nearDeadlock(x)
      await x.s.rollback()
      await end()
      const again = await nearDeadlockIn(x, id)
      const caught: unknown[] = []
      const error = await refused(t, () =>
        x.s.transaction(() =>
          inOrder(
            () => again.write(),
            () => again.wait(),
            catching(caught, () => x.s.transaction(() => reach(x, again.id))),
            () => x.s.add('User', { name: 'later' }),
          ),
        ),
      )
      t.is(caught.length, 1)
      t.true(error instanceof PendingRollbackError)
      t.is(error.cause, caught[0])
      await again.end()
      t.is(await x.raw.user.count({ where: { name: { in: ['later', 'reached'] } } }), 0)
    },
    { ...mariadb, modes: ['async'] },
  )
}

/** The same inside a callback of the session's. */
async function nearDeadlockIn(x: Context, id: number) {
  const { id: mine } = await x.raw.user.create({ data: { name: 'mine' } })
  let other: Promise<unknown> = Promise.resolve()
  return {
    id,
    write: () => x.s.user.update({ where: { id: mine }, data: { name: 'of the session' } }),
    wait: async () => {
      other = x.raw.$transaction(
        async (tx) => {
          await tx.tag.createMany({ data: Array.from({ length: 50 }, (_, index) => ({ label: `again ${index}` })) })
          await tx.user.update({ where: { id }, data: { name: 'of the other' } })
          await tx.user.update({ where: { id: mine }, data: { name: 'of the other' } })
        },
        { timeout: 60_000 },
      )
      await untilLockWait(x.raw, x.database)
    },
    end: async () => void (await other),
  }
}

behaviour(
  'a deadlock in $transaction([…]) ends the whole transaction on MariaDB',
  async (t, x) => {
    const { id, end } = await nearDeadlock(x)
    const { user } = x.s
    const error = await refused(t, () =>
      x.s.$transaction([user.create({ data: { name: 'batch' } }), user.update({ where: { id }, data: { name: 'x' } })]),
    )
    t.false(x.s.isActive)
    await needsRollback(t, () => x.s.commit(), error)
    await x.s.rollback()
    await end()
    t.is(await x.raw.user.count({ where: { name: 'of the other' } }), 2)
    t.is(await x.raw.user.count(), 2)
  },
  { ...mariadb, modes: ['async'] },
)

/** A trigger that ends the whole transaction. */
async function addFatalTrigger(x: Context): Promise<void> {
  await x.raw.$executeRawUnsafe(
    `CREATE TRIGGER fatal BEFORE INSERT ON "Tag" BEGIN SELECT RAISE(ROLLBACK, 'fatal'); END`,
  )
}

const fatal: Readonly<Record<string, (x: Context) => unknown>> = {
  'a flush': (x) => {
    x.s.add('Tag', { label: 'fatal' })
    return x.s.flush()
  },
  'a forwarded call': ({ s }) => s.tag.create({ data: { label: 'fatal' } }),
  'raw SQL': ({ s }) => s.$executeRaw`INSERT INTO "Tag" (label) VALUES ('fatal')`,
}

for (const [what, fail] of Object.entries(fatal)) {
  behaviour(
    `RAISE(ROLLBACK) by ${what} inside a savepoint ends the whole transaction`,
    async (t, x) => {
      await addFatalTrigger(x)
      const before = x.s.add('User', { name: 'before' })
      await x.s.flush()
      const savepoint = await x.s.beginNested()
      const error = await refused(t, () => fail(x))
      await isLost(t, x, error, savepoint)
      t.is(inspect(before).state, 'transient')
      t.deepEqual(
        (await x.raw.user.findMany()).map(({ name }) => name),
        ['after'],
      )
    },
    sqlite,
  )
}

behaviour(
  'RAISE(ROLLBACK) in a call of $transaction(fn) that is caught fails the whole of it',
  async (t, x) => {
    await addFatalTrigger(x)
    const caught: unknown[] = []
    const session = x.session({ autobegin: false })
    const error = await refused(t, () =>
      inClientTransaction({ ...x, client: session as never }, (tx) =>
        inOrder(
          () => tx.user.create({ data: { name: 'before' } }),
          catching(caught, () => tx.tag.create({ data: { label: 'fatal' } })),
          catching(caught, () => tx.user.create({ data: { name: 'later' } })),
        ),
      ),
    )
    t.is(caught.length, 2)
    t.true(error instanceof PendingRollbackError)
    t.is(await x.raw.user.count(), 0)
  },
  sqlite,
)

behaviour(
  'a savepoint that cannot be rolled back to ends the whole transaction',
  async (t, x) => {
    x.s.add('User', { name: 'before' })
    await x.s.flush()
    const savepoint = await x.s.beginNested()
    x.s.add('User', { name: 'inside' })
    await x.s.flush()
    const [name] = x.sql().flatMap((sql) => /^SAVEPOINT (session_\d+)/.exec(sql)?.[1] ?? [])
    await x.s.$executeRawUnsafe(`RELEASE SAVEPOINT ${name}`)
    const error = await refused(t, () => savepoint.rollback())
    await needsRollback(t, () => x.s.commit(), error)
    await x.s.rollback()
    t.is(await x.raw.user.count(), 0)
  },
  { databases: ['better-sqlite3', 'libsql', 'postgresql'] },
)
