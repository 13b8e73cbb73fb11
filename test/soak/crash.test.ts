// A process that is killed in the middle of its commits leaves every unit of work wholly there or wholly absent.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { setTimeout } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import type { PrismaClient } from '../helpers/clients.js'
import type { Database, DatabaseRow } from '../helpers/databases.js'
import { openTransactions } from '../helpers/open-transactions.js'
import { fixture, inBothModes, isLong, times } from './runs.js'

/** The second kill shows that work goes on after the first. */
const kills = Math.max(2, 2 * times)
const unitsBeforeKill = isLong ? 100 : 10

inBothModes('a process that is killed in the middle of a commit leaves no unit of work torn', crash)

async function crash(t: ExecutionContext, row: DatabaseRow, mode: string): Promise<void> {
  t.timeout(600_000)
  const database = await row.create('test')
  const client = database.connect()
  t.teardown(async () => {
    await database.release(client)
    await database.drop()
  })
  let last = -1
  for (let kill = 0; kill < kills; kill++) {
    const printed = await committedUntilKilled(t, database, mode, last + 1, kill)
    await quiet(database, client)
    last = await assertWhole(t, client)
    t.true(last >= printed, `unit ${printed} was committed, and ${last} is the last one found`)
    t.true(last <= printed + 1)
  }
  if (database.adapter === 'better-sqlite3' || database.adapter === 'libsql')
    t.deepEqual(await client.$queryRawUnsafe('PRAGMA integrity_check'), [{ integrity_check: 'ok' }])
}

/** Returns the number of the last unit that the process printed before it was killed, each time at another moment. */
async function committedUntilKilled(
  t: ExecutionContext,
  { adapter, url }: Database,
  mode: string,
  first: number,
  kill: number,
): Promise<number> {
  const child = spawn(process.execPath, fixture('commit-units', adapter, url, mode, String(first)), {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  t.teardown(() => void child.kill('SIGKILL'))
  const ended = once(child, 'close')
  let printed = first - 1
  for await (const line of createInterface({ input: child.stdout })) {
    printed = Number(line)
    if (printed === first + unitsBeforeKill) void killAfter(child, (kill * 7) % 20)
  }
  const [, signal] = await ended
  t.is(signal, 'SIGKILL')
  t.true(printed >= first + unitsBeforeKill)
  return printed
}

async function killAfter(child: ChildProcess, milliseconds: number): Promise<void> {
  await setTimeout(milliseconds)
  child.kill('SIGKILL')
}

/** Waits until the server has noticed that the process is gone, and has rolled back its transaction. */
async function quiet({ adapter }: Database, client: PrismaClient): Promise<void> {
  while ((await openTransactions(client, adapter)) > 0) await setTimeout(5)
}

/** Asserts that each unit in the database is complete; returns the last one's number. */
async function assertWhole(t: ExecutionContext, client: PrismaClient): Promise<number> {
  const users = await client.user.findMany({ include: { posts: { include: { tags: true } } }, orderBy: { id: 'asc' } })
  for (const [unit, { name, posts }] of users.entries()) {
    const expected = `unit ${unit}`
    t.is(name, expected)
    t.deepEqual(
      posts.map(({ title, body }) => [title, body]),
      [
        [expected, expected],
        [expected, expected],
      ],
    )
    t.deepEqual(
      posts.flatMap(({ tags }) => tags.map(({ label }) => label)),
      [expected],
    )
  }
  const last = users.length - 1
  t.is(await client.post.count(), users.length * 2)
  t.is(await client.tag.count(), users.length)
  t.is((await client.code.findUnique({ where: { code: 'last' } }))?.label, `unit ${last}`)
  t.deepEqual(
    (await client.doc.findMany()).map(({ body }) => body),
    [`unit ${last}`],
  )
  return last
}
