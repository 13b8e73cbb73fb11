// Deferred foreign keys: checked at COMMIT only, and broken there.
import { createSession, inspect } from '../../src/index.js'
import { behaviour, type Context, inClientTransaction, type TestSession } from '../helpers/conformance.js'
import { inOrder, needsRollback, refused } from '../helpers/steps.js'

interface AtCommit extends Error {
  cause: { kind: string }
}

/** Has the keys of the transaction checked at its end. */
function defer(x: Context, s: TestSession = x.s): PromiseLike<number> {
  if (x.database === 'postgresql') return s.$executeRawUnsafe('SET CONSTRAINTS ALL DEFERRED')
  return s.$executeRawUnsafe('PRAGMA defer_foreign_keys = ON')
}

/** PostgreSQL defers only what is declared so. */
async function declare(t: { teardown(undo: () => Promise<void>): void }, x: Context): Promise<void> {
  if (x.database !== 'postgresql') return
  const alter = 'ALTER TABLE "Post" ALTER CONSTRAINT "Post_authorId_fkey"'
  await x.raw.$executeRawUnsafe(`${alter} DEFERRABLE`)
  const { raw } = x
  t.teardown(async () => void (await raw.$executeRawUnsafe(`${alter} NOT DEFERRABLE`)))
}

const databases = ['better-sqlite3', 'libsql', 'postgresql'] as const

behaviour(
  'a deferred key that fails at COMMIT throws the error of the database, writes nothing, and can be rolled back',
  async (t, x) => {
    await declare(t, x)
    await defer(x)
    const user = x.s.add('User', { name: 'Ada' })
    x.s.add('Post', { title: 'of nobody', authorId: 999 })
    await x.s.flush()
    const error = await refused<AtCommit>(t, () => x.s.commit())
    t.is(error.name, 'DriverAdapterError')
    t.is(error.cause.kind, 'ForeignKeyConstraintViolation')
    t.is(inspect(user).state, 'transient')
    await needsRollback(t, () => x.s.user.count(), error)
    t.is(await x.raw.user.count(), 0)
    await x.raw.user.create({ data: { name: 'another writer' } })
    await x.s.rollback()
    x.s.add('User', { name: 'after' })
    await x.s.commit()
    t.deepEqual(
      (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name),
      ['another writer', 'after'],
    )
    t.is(await x.raw.post.count(), 0)
  },
  { databases },
)

behaviour(
  'a deferred key that holds at COMMIT does not affect this transaction or the next',
  async (t, x) => {
    await declare(t, x)
    await defer(x)
    await x.s.post.create({ data: { title: 'early', authorId: 1 } })
    x.s.add('User', { id: 1, name: 'Ada' })
    await x.s.commit()
    x.s.add('Post', { title: 'late', authorId: 1 })
    await x.s.commit()
    t.is(await x.raw.post.count({ where: { authorId: 1 } }), 2)
  },
  { databases },
)

behaviour(
  'a deferred key broken in a savepoint is repaired by its rollback',
  async (t, x) => {
    await declare(t, x)
    await defer(x)
    x.s.add('User', { name: 'Ada' })
    const savepoint = await x.s.beginNested()
    x.s.add('Post', { title: 'of nobody', authorId: 999 })
    await x.s.flush()
    await savepoint.rollback()
    await x.s.commit()
    t.deepEqual([await x.raw.user.count(), await x.raw.post.count()], [1, 0])
  },
  { databases },
)

behaviour(
  'a transaction(fn) whose commit fails on a deferred key is rolled back, and its session stays usable',
  async (t, x) => {
    await declare(t, x)
    const error = await refused<AtCommit>(t, () =>
      x.s.transaction((s) =>
        inOrder(
          () => defer(x, s as TestSession),
          () => void s.add('Post', { title: 'of nobody', authorId: 999 }),
        ),
      ),
    )
    t.is(error.cause.kind, 'ForeignKeyConstraintViolation')
    x.s.add('User', { name: 'after' })
    await x.s.commit()
    t.deepEqual([await x.raw.user.count(), await x.raw.post.count()], [1, 0])
  },
  { databases },
)

behaviour(
  'a table declared with deferred keys fails the commit of every session over a client',
  async (t, x) => {
    const deferrable = 'REFERENCES "User" (id) DEFERRABLE INITIALLY DEFERRED'
    await x.raw.$executeRawUnsafe(`CREATE TABLE "Note" (id INTEGER PRIMARY KEY, "userId" INTEGER ${deferrable})`)
    const { raw } = x
    t.teardown(async () => void (await raw.$executeRawUnsafe('DROP TABLE "Note"')))
    for (const s of [x.s, x.session()]) {
      await s.$executeRawUnsafe('INSERT INTO "Note" VALUES (1, 999)')
      const error = await refused<AtCommit>(t, () => s.commit())
      t.is(error.cause.kind, 'ForeignKeyConstraintViolation')
      await s.rollback()
    }
    const s = x.session()
    s.add('User', { name: 'after' })
    await s.commit()
    t.is(await x.raw.user.count(), 1)
  },
  { databases },
)

behaviour(
  'a deferred key that fails at COMMIT can be rolled back over a client with query extensions',
  async (t, x) => {
    await declare(t, x)
    const s = createSession(x.extended('rewriting')) as unknown as TestSession
    t.teardown(async () => void (await s.close()))
    await defer(x, s)
    s.add('Post', { title: 'of nobody', authorId: 999 })
    const error = await refused<AtCommit>(t, () => s.commit())
    t.is(error.cause.kind, 'ForeignKeyConstraintViolation')
    await s.rollback()
    s.add('User', { name: 'after' })
    await s.commit()
    t.is(await x.raw.user.count(), 1)
  },
  { databases },
)

behaviour(
  'a commit looks for deferred keys once per client, and again after raw SQL',
  async (t, x) => {
    x.s.add('User', { name: 'first' })
    await x.s.commit()
    x.clear()
    x.s.add('User', { name: 'second' })
    await x.s.commit()
    await x.s.user.count()
    await x.s.commit()
    t.deepEqual(
      x.sql().filter((sql) => /defer|sqlite_schema/i.test(sql)),
      [],
    )
    await x.s.$queryRaw`SELECT 1`
    await x.s.commit()
    t.is(x.sql().filter((sql) => /defer|sqlite_schema/i.test(sql)).length, 2)
  },
  { databases: ['better-sqlite3'] },
)

behaviour(
  'the $transaction of a synchronous client throws the error of a deferred key',
  async (t, x) => {
    await declare(t, x)
    const client = x.client as unknown as { $transaction(fn: (tx: TestSession) => unknown): unknown }
    const error = t.throws<AtCommit>(() =>
      client.$transaction((tx) => {
        defer(x, tx)
        tx.post.create({ data: { title: 'of nobody', authorId: 999 } })
      }),
    )
    t.is(error?.cause.kind, 'ForeignKeyConstraintViolation')
    await x.raw.user.create({ data: { name: 'another writer' } })
    client.$transaction((tx) => tx.user.create({ data: { name: 'after' } }))
    t.deepEqual([await x.raw.user.count(), await x.raw.post.count()], [2, 0])
  },
  { databases, modes: ['sync'] },
)

behaviour(
  'over an external transaction client with deferred keys, commit() does not end the transaction',
  async (t, x) => {
    const mine = new Error('mine')
    await refused(
      t,
      () =>
        inClientTransaction(x, (tx) => {
          const s = createSession(tx) as TestSession
          return inOrder(
            () => defer(x, s),
            () => void s.add('User', { name: 'Ada' }),
            () => s.commit(),
            () => {
              throw mine
            },
          )
        }),
      { is: mine },
    )
    t.is(await x.raw.user.count(), 0)
  },
  { databases: ['better-sqlite3', 'libsql'] },
)
