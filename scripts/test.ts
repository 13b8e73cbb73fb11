/**
 * Runs the tests: compiles them, starts a PostgreSQL from the registry where none answers, and runs ava. Takes ava's
 * arguments, with source files or globs of them (`test/conformance/get.test.ts`).
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { constants } from 'node:os'
import { fileURLToPath } from 'node:url'
import { isServed } from '../test/helpers/servers.js'
import { startPostgres } from './embedded-postgres.js'
import { avaArguments } from './test/arguments.js'
import { buildTests } from './test/build.js'
import { writeEntries } from './test/entries.js'
import { builtPackage } from './test/package.js'

// A terminal's Ctrl-C reaches ava and the server by itself; this process outlives both, to remove what it has made.
const signals: NodeJS.Signals[] = []
const running: ChildProcess[] = []
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => {
    signals.push(signal)
    for (const child of running) child.kill(signal)
  })

await buildTests()
builtPackage() // which tests of the command would otherwise build side by side
const words = toAva(writeEntries())
const embedded = (await isPostgresExpected()) ? null : await embeddedPostgres()
try {
  const [signal] = signals
  process.exitCode = signal ? codeOf(signal) : await runAva(embedded ? { POSTGRES_URL: embedded.url } : {})
} finally {
  await embedded?.stop()
}
process.exit() // what asked for the server may hold a connection

/** With REQUIRE_SERVERS the tests themselves say that it is not there. */
async function isPostgresExpected(): Promise<boolean> {
  return Boolean(process.env.REQUIRE_SERVERS) || (await isServed('postgresql'))
}

async function embeddedPostgres() {
  try {
    return await startPostgres()
  } catch (error) {
    if (signals.length === 0)
      console.error(`no PostgreSQL answers, and none could be started: its tests are skipped. ${error}`)
    return null
  }
}

/** Wrong arguments end the run with a line that says so. */
function toAva(entries: readonly string[]): readonly string[] {
  try {
    return avaArguments(process.argv.slice(2), process.env.TARGET, entries)
  } catch (error) {
    console.error((error as Error).message)
    process.exit(2)
  }
}

/** Gives ava's exit code. */
function runAva(environment: Readonly<Record<string, string>>): Promise<number> {
  const cli = fileURLToPath(new URL('cli.mjs', import.meta.resolve('ava')))
  const ava = spawn(process.execPath, [cli, ...words], {
    stdio: 'inherit',
    env: { ...process.env, ...environment },
  })
  running.push(ava)
  return new Promise((resolve, reject) => {
    ava.once('error', reject)
    ava.once('exit', (code, signal) => resolve(signal ? codeOf(signal) : (code ?? 1)))
  })
}

/** As shells count. */
function codeOf(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal]
}
