// Two runners that start at once: both end well, and every row is written exactly once.
import type { ExecutionContext } from 'ava'
import { CommandProject } from '../helpers/command.js'
import { type DatabaseName, databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'
import { times } from './runs.js'

const rounds = 20 * times
const rows = 100

for (const row of databases)
  testOn(row, `two runners that start at once write every row exactly once [${row.name}]`, async (t) => {
    t.timeout(600_000)
    for (let round = 0; round < rounds; round++) await run(t, row.name, round)
  })

/** Every other round is synchronous; of two pairs on SQLite, one is without a write-ahead log. */
async function run(t: ExecutionContext, name: DatabaseName, round: number): Promise<void> {
  const project = await CommandProject.create(t, name)
  const { client } = project
  const isFile = name === 'better-sqlite3' || name === 'libsql'
  if (isFile && round % 4 > 1) await client.$queryRawUnsafe('PRAGMA journal_mode = DELETE')
  await client.user.createMany({ data: Array.from({ length: rows }, (_, id) => ({ name: `user ${id}`, kind: '' })) })
  project.script('1_walk', round % 2 === 0 ? walk : syncWalk)
  project.script('2_once', `export const up = (session) => void session.add('User', { name: 'once', kind: 'once' })`)
  await client.$disconnect()
  const runners = [project.start('migrate', 'up', '--wait', '300'), project.start('migrate', 'up', '--wait', '300')]
  for (const { code, out, err } of await Promise.all(runners.map(({ ended }) => ended)))
    t.is(code, 0, `round ${round}: ${out}${err}`)
  const kinds = await client.user.groupBy({ by: ['kind'], _count: true, orderBy: { kind: 'asc' } })
  t.deepEqual(
    kinds.map(({ kind, _count: count }) => [kind, count]),
    [
      ['once', 1],
      ['x', rows],
    ],
    `round ${round}`,
  )
  const [status] = (await project.run('migrate', 'status', '--json')).objects
  t.like(status, { scripts: [{ state: 'done', processed: rows, error: null }, { state: 'done' }], runner: null })
}

/** It lasts longer than the time between two heartbeats of the lock. */
const walk = `
  import { setTimeout } from 'node:timers/promises'
  export const transaction = 'batch'
  export async function up(session, { batch }) {
    for await (const users of batch('User', { size: 2 })) {
      for (const user of users) user.kind += 'x'
      await setTimeout(50)
    }
  }`

const syncWalk = `
  export const mode = 'sync'
  export const transaction = 'batch'
  export function up(session, { batch }) {
    const numbers = new Int32Array(new SharedArrayBuffer(4))
    for (const users of batch('User', { size: 2 })) {
      for (const user of users) user.kind += 'x'
      Atomics.wait(numbers, 0, 0, 50)
    }
  }`
