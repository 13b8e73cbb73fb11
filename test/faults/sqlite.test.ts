// SQLite under Prisma: RAISE(ROLLBACK) in a trigger, and the single connection of a client.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { PendingRollbackError, select } from '../../src/index.js'
import { isConflict } from '../../src/session/transaction/conflict.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { root } from '../helpers/project.js'
import { refused } from '../helpers/steps.js'

const sqlite = { databases: ['better-sqlite3', 'libsql'] } as const
/** A trigger that ends the whole transaction. */
async function addFatalTrigger(x: Context): Promise<void> {
  await x.raw.$executeRawUnsafe(
    `CREATE TRIGGER fatal BEFORE INSERT ON "Tag" BEGIN SELECT RAISE(ROLLBACK, 'fatal'); END`,
  )
}

async function assertRolledBack(t: Parameters<Parameters<typeof behaviour>[1]>[0], x: Context): Promise<void> {
  t.is(await x.raw.user.count(), 0)
  await x.s.rollback()
  x.s.add('User', { name: 'after' })
  await x.s.commit()
  t.is(await x.raw.user.count(), 1)
}

behaviour(
  'RAISE(ROLLBACK) during a flush writes nothing, and rollback() makes the session usable',
  async (t, x) => {
    await addFatalTrigger(x)
    x.s.add('User', { name: 'before' })
    await x.s.flush()
    x.s.add('Tag', { label: 'fatal' })
    await refused(t, () => x.s.flush(), { code: 'P2003' })
    await refused(t, () => x.s.user.count(), { instanceOf: PendingRollbackError })
    await assertRolledBack(t, x)
  },
  sqlite,
)

behaviour(
  'RAISE(ROLLBACK) in a forwarded call whose error is caught fails commit()',
  async (t, x) => {
    await addFatalTrigger(x)
    x.s.add('User', { name: 'before' })
    await x.s.flush()
    await refused(t, () => x.s.tag.create({ data: { label: 'fatal' } }), { code: 'P2003' })
    x.s.add('User', { name: 'after' })
    await refused(t, () => x.s.commit(), { instanceOf: PendingRollbackError })
    await assertRolledBack(t, x)
  },
  sqlite,
)

behaviour(
  'RAISE(ROLLBACK) in a savepoint ends the whole transaction and fails the commit of the savepoint',
  async (t, x) => {
    await addFatalTrigger(x)
    x.s.add('User', { name: 'before' })
    const savepoint = await x.s.beginNested()
    await refused(t, () => x.s.tag.create({ data: { label: 'fatal' } }), { code: 'P2003' })
    await refused(t, () => savepoint.commit(), { instanceOf: PendingRollbackError })
    await assertRolledBack(t, x)
  },
  sqlite,
)

behaviour(
  'a call on a better-sqlite3 client is part of the open transaction of its session',
  async (t, x) => {
    x.s.add('User', { name: 'ours' })
    await x.s.flush()
    await x.client.user.create({ data: { name: 'theirs' } })
    t.is(await x.client.user.count(), 2)
    t.is(await x.raw.user.count(), 0)
    await x.s.rollback()
    t.is(await x.client.user.count(), 0)
  },
  { databases: ['better-sqlite3'] },
)

behaviour(
  'a second session over a better-sqlite3 client waits for the first and gives up after maxWait',
  async (t, x) => {
    await x.s.user.count()
    const second = x.session({ maxWait: 100 })
    await refused(t, () => second.user.count(), { code: 'P2028' })
    await x.s.commit()
    t.is(await second.user.count(), 0)
  },
  { databases: ['better-sqlite3'] },
)

behaviour(
  'a call on a libsql client waits until the transaction of its session has ended',
  async (t, x) => {
    x.s.add('User', { name: 'ours' })
    await x.s.flush()
    let isThere = false
    const theirs = x.client.user.create({ data: { name: 'theirs' } }).then((user) => {
      isThere = true
      return user
    })
    await x.s.scalars(select('User'))
    await new Promise((resolve) => setTimeout(resolve, 50))
    t.false(isThere)
    await x.s.commit()
    t.is((await theirs).name, 'theirs')
    t.is(await x.raw.user.count(), 2)
  },
  { databases: ['libsql'], modes: ['async'] }, // a synchronous caller would wait for ever
)

for (const journal of ['DELETE', 'WAL'])
  behaviour(
    `a reader in the way of COMMIT fails it with a conflict, and the connection is free after rollback [${journal}]`,
    async (t, x) => {
      await x.raw.user.create({ data: { name: 'before' } })
      await x.raw.$queryRawUnsafe(`PRAGMA journal_mode = ${journal}`)
      await reading(x, async () => {
        const s = x.session()
        s.add('User', { name: 'new' })
        if (journal === 'WAL') {
          await s.commit()
          return
        }
        const error = await refused(t, () => s.commit())
        t.true(isConflict(error), String(error))
        await s.rollback()
        await s.close()
      })
      const next = x.session()
      next.add('User', { name: 'after' })
      await next.commit()
      const names = (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name)
      t.deepEqual(names, journal === 'WAL' ? ['before', 'new', 'after'] : ['before', 'after'])
      await x.raw.$queryRawUnsafe('PRAGMA journal_mode = WAL')
    },
    // libsql keeps the file locked after such a COMMIT, under Prisma's own $transaction(fn) too.
    { databases: ['better-sqlite3'], modes: ['async'] },
  )

/** Runs `work` while another process reads the database. */
async function reading(x: Context, work: () => Promise<void>): Promise<void> {
  const [{ file }] = await x.raw.$queryRawUnsafe<[{ file: string }]>('PRAGMA database_list')
  const program = `
    const db = new (require('better-sqlite3'))(${JSON.stringify(file)}, { readonly: true })
    const rows = db.prepare('SELECT * FROM "User"').iterate()
    rows.next()
    process.stdout.write('reading')
    process.stdin.on('data', () => { rows.return(); db.close(); process.exit(0) })`
  const child = spawn(process.execPath, ['-e', program], { cwd: root, stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  try {
    await work()
  } finally {
    child.stdin.write('end')
    await ended
  }
}
