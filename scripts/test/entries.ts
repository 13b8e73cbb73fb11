import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { built, root, update } from './build.js'

const databases = ['mariadb', 'postgresql', 'libsql', 'better-sqlite3']
const modes = ['async', 'sync']

/** Tests of databases: one process runs all of them on one database in one mode (test/helpers/test-on.ts). */
const byDatabase = /^(conformance|current|drop-in|faults|writing)\//

/** Tests that start threads, commands or compilers: each file has a process of its own. The longest begin first. */
const alone = ['sync', 'cli', 'soak', 'docs', 'types', 'examples', 'build', 'demo', 'bridge/crossing', 'migrate/lock']

/**
 * Writes the files that ava runs when it is not told which, and returns them in the order in which to begin. Every test
 * file is in one of them: by database and mode, alone, or with the others, which need neither.
 */
export function writeEntries(): string[] {
  const files = testFiles()
  const rank = (file: string) => alone.findIndex((name) => file.startsWith(name))
  const own = files.filter((file) => rank(file) !== -1).sort((a, b) => rank(a) - rank(b))
  const bodies = files.filter((file) => byDatabase.test(file) && usesDatabases(file))
  const units = files.filter((file) => !own.includes(file) && !bodies.includes(file))
  const targets = databases.flatMap((database) => modes.map((mode) => writeEntry(`${database}.${mode}`, bodies)))
  return inTurns(targets, [...own.map(compiledTest), writeEntry('units', units)])
}

/** What waits for servers beside what computes. */
function inTurns(some: readonly string[], others: readonly string[]): string[] {
  return others.flatMap((other, index) => [...some.slice(index, index + 1), other]).concat(some.slice(others.length))
}

function compiledTest(file: string): string {
  return join(built, 'test', file).replace(/\.ts$/, '.js')
}

/** The file of one process that runs the tests of many files. */
export function entryFile(name: string): string {
  return join(built, 'targets', `${name}.js`)
}

function writeEntry(name: string, bodies: readonly string[]): string {
  const file = entryFile(name)
  update(file, Buffer.from(bodies.map((body) => `import '../test/${body.replace(/\.ts$/, '.js')}'\n`).join('')))
  return file
}

function testFiles(): string[] {
  const names = readdirSync(join(root, 'test'), { recursive: true, encoding: 'utf8' })
  return names.filter((name) => name.endsWith('.test.ts') && !name.startsWith('smoke/')).sort()
}

function usesDatabases(file: string): boolean {
  return /\b(behaviour|testOn)\b/.test(readFileSync(join(root, 'test', file), 'utf8'))
}
