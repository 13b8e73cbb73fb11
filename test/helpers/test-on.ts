import test, { type ExecutionContext } from 'ava'
import { absent } from './absent.js'
import { type DatabaseName, dropDatabases } from './databases.js'

export type ModeName = 'async' | 'sync'

/**
 * Declares a test of one database. Tests of a process run one after the other: side by side they would use up each other's
 * maxWait. A database without a server skips it by name.
 */
export function testOn(
  row: { readonly name: DatabaseName; readonly mode?: ModeName },
  title: string,
  body: (t: ExecutionContext) => unknown,
): void {
  if (!isHere(row)) return
  if (absent.has(row.name)) test.skip(`${title}: no server`, () => {})
  else test.serial(title, (t) => awake(t, body))
}

/** Declares a test that needs no database, in a file whose other tests do: it runs in one of the processes only. */
export function testOnce(title: string, body: (t: ExecutionContext) => unknown): void {
  testOn({ name: 'better-sqlite3' }, title, body)
}

/** Prisma's timers do not keep a process alive: one that only waits for them would end in the middle of a test. */
async function awake(t: ExecutionContext, body: (t: ExecutionContext) => unknown): Promise<void> {
  const timer = setInterval(() => {}, 60_000)
  try {
    await body(t)
  } finally {
    clearInterval(timer)
  }
}

/**
 * One process runs the tests of one database and mode, of many files: scripts/test/entries.ts makes a file for each.
 * `TARGET=postgresql:sync` chooses one when files are run by themselves.
 */
function isHere({ name, mode }: { readonly name: DatabaseName; readonly mode?: ModeName }): boolean {
  if (target === undefined) return true
  // A test that is in no mode is in that of its file, or runs with the asynchronous ones.
  const [wantedName, wantedMode] = target.split(':')
  return name === wantedName && (mode ?? (entry === undefined ? wantedMode : 'async')) === wantedMode
}

const [, entry] = /\/targets\/([\w-]+\.\w+)\.js$/.exec(test.meta.file) ?? []
const target = entry?.replace('.', ':') ?? process.env.TARGET

test.after.always('no database is left on a server', () => dropDatabases())
