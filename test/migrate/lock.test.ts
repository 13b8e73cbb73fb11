// The lock, taken by two runners in one process: the holder, when it is free, and the fence.

import { PrismaLibSql } from '@prisma/adapter-libsql'
import type { ExecutionContext } from 'ava'
import { Failure } from '../../src/migrate/failure.js'
import { Keeper, type KeeperSetting } from '../../src/migrate/lock/keeper.js'
import { forgetLock, lockHolder, lockOf, passFence } from '../../src/migrate/lock/lock.js'
import { type AsyncClient, sqlOver } from '../../src/migrate/open-client.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'

async function twoClients(t: ExecutionContext, row: (typeof databases)[number]) {
  const database = await row.create('test')
  const clients = [database.connect(), database.connect()] as const
  t.teardown(async () => {
    for (const client of clients) await database.release(client)
    await database.drop()
  })
  return clients.map((client) => ({ client, sql: sqlOver(client as unknown as AsyncClient) })) as [Side, Side]
}

type Side = { readonly client: object; readonly sql: ReturnType<typeof sqlOver> }

for (const row of databases) {
  testOn(row, `a second runner sees the holder and gets the lock next [${row.name}]`, async (t) => {
    const [one, two] = await twoClients(t, row)
    const first = lockOf(one.client, one.sql, 'first')
    const second = lockOf(two.client, two.sql, 'second')
    t.is(await lockHolder(two.sql), null)
    t.is(await first.take(), null)
    t.like(await second.take(), { pid: process.pid, command: 'first' })
    t.like(await lockHolder(two.sql), { pid: process.pid, command: 'first' })
    await first.keep(false)
    t.true(await inTransaction(one, (side) => passFence(side, first.token)))
    t.false(await inTransaction(two, (side) => passFence(side, '0')))
    await first.release()
    t.is(await lockHolder(two.sql), null)
    t.is(await second.take(), null)
    t.false(await inTransaction(one, (side) => passFence(side, first.token)))
    t.true(await inTransaction(one, (side) => passFence(side, second.token)))
    await second.release()
  })

  testOn(row, `a holder whose lock is taken cannot keep it [${row.name}]`, async (t) => {
    const [one, two] = await twoClients(t, row)
    t.is(await forgetLock(two.sql), null)
    const first = lockOf(one.client, one.sql, 'first')
    t.is(await first.take(), null)
    t.like(await forgetLock(two.sql), { pid: process.pid, command: 'first' })
    await t.throwsAsync(first.keep(false))
    t.false(await inTransaction(two, (side) => passFence(side, first.token)))
    const second = lockOf(two.client, two.sql, 'second')
    t.is(await second.take(), null)
    await second.release()
    await first.release().catch(() => {}) // its connection was ended
  })

  testOn(
    row,
    `a runner waits for the lock, and gives up in time or when it is interrupted [${row.name}]`,
    async (t) => {
      const [one, two] = await twoClients(t, row)
      const seen: string[] = []
      let isSeen = () => {}
      const waiting = new Promise<void>((resolve) => {
        isSeen = resolve
      })
      const setting: KeeperSetting = {
        command: 'test',
        patience: 0,
        onWaiting: (holder: string) => {
          seen.push(holder)
          isSeen()
        },
        isUnwanted: () => false,
        onLost: () => {},
        heartbeat: (send) => send(false),
      }
      const first = await Keeper.take(one.client, one.sql, setting)
      const error = await t.throwsAsync(Keeper.take(two.client, two.sql, setting), { instanceOf: Failure })
      t.regex(
        (error as Failure).message,
        new RegExp(`^process ${process.pid} on .* \\(test\\), since .* is running scripts`),
      )
      const next = Keeper.take(two.client, two.sql, { ...setting, patience: 20_000 })
      await waiting
      await first.release()
      const held = await next
      t.is(seen.length, 1)
      let isUnwanted = false
      const onWaiting = () => {
        isUnwanted = true
      }
      const stopped = { ...setting, patience: 20_000, onWaiting, isUnwanted: () => isUnwanted }
      const end = await t.throwsAsync(Keeper.take(one.client, one.sql, stopped), { instanceOf: Failure })
      t.like(end, { code: 'INTERRUPTED', message: 'interrupted while it waited for its turn' })
      await held.release()
    },
  )
}

for (const row of databases.filter(({ name }) => name !== 'postgresql')) {
  testOn(row, `a lease is free when its holder is dead or has been silent for long [${row.name}]`, async (t) => {
    const [one, two] = await twoClients(t, row)
    const first = lockOf(one.client, one.sql, 'first')
    t.is(await first.take(), null)
    const set = (assignment: string) => two.sql.execute(`UPDATE "_prisma_session_lock" SET ${assignment}`)
    const second = lockOf(two.client, two.sql, 'second')

    await set(`"host" = 'elsewhere', "pid" = 999999999`)
    t.like(await second.take(), { host: 'elsewhere' }) // whether it lives cannot be seen, but its heart beats
    t.like(await lockHolder(two.sql), { host: 'elsewhere' })
    await set(`"heartbeat_at" = "heartbeat_at" - 60000`)
    t.is(await lockHolder(two.sql), null)
    t.is(await second.take(), null)
    await t.throwsAsync(first.keep(false), { message: /belongs to somebody else/ })

    await set(`"heartbeat_at" = "heartbeat_at" - 60000`)
    t.like(await lockHolder(two.sql), { command: 'second' }) // its process lives
    await set(`"pid" = 999999999`)
    t.is(await lockHolder(two.sql), null)
    t.is(await first.take(), null)
    await first.release()
  })
}

for (const row of databases.filter(({ name }) => name === 'postgresql')) {
  testOn(row, 'the next runner waits for the open transaction of one that has lost the lock', async (t) => {
    const [one, two] = await twoClients(t, row)
    const first = lockOf(one.client, one.sql, 'first')
    t.is(await first.take(), null)
    const second = lockOf(two.client, two.sql, 'second')
    await inTransaction(one, async (side) => {
      t.true(await passFence(side, first.token))
      t.truthy(await forgetLock(two.sql))
      t.truthy(await second.take())
      return true
    }).catch(() => {})
    t.is(await second.take(), null)
    await second.release()
    await first.release().catch(() => {})
  })
}

// better-sqlite3 waits five seconds for another's transaction, with the whole thread.
for (const row of databases.filter(({ name }) => name === 'libsql' || name === 'mariadb')) {
  testOn(row, `a transaction behind the fence keeps the lease however silent it is [${row.name}]`, async (t) => {
    const [one, two] = await twoClients(t, row)
    const first = lockOf(one.client, one.sql, 'first')
    t.is(await first.take(), null)
    await one.sql.execute(`UPDATE "_prisma_session_lock" SET "host" = 'elsewhere', "heartbeat_at" = 0`)
    const second = lockOf(two.client, two.sql, 'second')
    await inTransaction(one, async (side) => {
      t.true(await passFence(side, first.token))
      t.truthy(await second.take())
      if (row.name === 'mariadb') t.like(await lockHolder(two.sql), { host: 'elsewhere' }) // its row is locked
      await first.keep(true) // without a heartbeat, which would wait for the transaction
      await t.throwsAsync(forgetLock(two.sql), {
        instanceOf: Failure,
        message: /has a transaction open, and the lock is/,
      })
      return true
    })
    t.truthy(await second.take()) // its heart has beaten in that transaction
    await first.release()
  })
}

// Where a busy database is an error at once.
for (const row of databases.filter(({ name }) => name === 'libsql')) {
  testOn(row, 'a heartbeat that a transaction keeps from being written does not lose the lease', async (t) => {
    const [one, two] = await twoClients(t, row)
    const first = lockOf(one.client, one.sql, 'first')
    t.is(await first.take(), null)
    await inTransaction(two, async (side) => {
      t.true(await passFence(side, first.token))
      await t.notThrowsAsync(first.keep(false))
      return true
    })
    await first.release()
  })
}

// Without a write-ahead log, a large transaction keeps readers out too.
for (const row of databases.filter(({ name }) => name === 'libsql')) {
  testOn(row, 'a runner that cannot read the file waits for its turn, as for an unknown holder', async (t) => {
    const database = await row.create('test')
    const client = database.connect()
    t.teardown(async () => {
      await database.release(client)
      await database.drop()
    })
    const writer = await new PrismaLibSql({ url: database.url }).connect()
    t.teardown(() => writer.dispose())
    const send = (sql: string) => writer.executeRaw({ sql, args: [], argTypes: [] })
    await writer.executeScript('PRAGMA journal_mode = DELETE')
    const sql = sqlOver(client as unknown as AsyncClient)
    const lock = lockOf(client, sql, 'first')
    await sql.query('SELECT 1') // it is connected
    await send('BEGIN EXCLUSIVE')
    await t.throwsAsync(async () => await sql.query('SELECT 1 FROM "Tag"'), { message: /SQLITE_BUSY/ })
    t.deepEqual(await lock.take(), { pid: null, host: null, command: null, since: null })
    await send('ROLLBACK')
    t.is(await lock.take(), null)
    await lock.release()
  })
}

for (const row of databases.filter(({ name }) => name === 'better-sqlite3')) {
  testOn(row, 'a lock whose table is not as it was made is an error', async (t) => {
    const [{ client, sql }] = await twoClients(t, row)
    const lock = lockOf(client, sql, 'first')
    t.is(await lock.take(), null)
    await sql.execute('ALTER TABLE "_prisma_session_lock" DROP COLUMN "owner"')
    await t.throwsAsync(lock.keep(false), { message: /no such column: "?owner/ })
    await t.throwsAsync(lock.take(), { message: /no such column: "?owner/ })
  })
}

function inTransaction({ client, sql }: Side, work: (sql: Side['sql']) => unknown): Promise<unknown> {
  const { $transaction } = client as { $transaction(work: (tx: never) => Promise<unknown>): Promise<unknown> }
  return $transaction.call(client, async (tx) => work(sql.over(tx)))
}
