import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { built, root, update } from './build.js'

/** Databases and modes of which each has a process of its own. Those that wait for a server begin first. */
export const targets: readonly string[] = ['mariadb', 'postgresql', 'libsql', 'better-sqlite3'].flatMap((database) => [
  `${database}:async`,
  `${database}:sync`,
])

/** Tests of databases: one process runs all of them on one database in one mode (test/helpers/test-on.ts). */
const byDatabase = /^(conformance|current|drop-in|faults|writing)\//

/** Tests that start threads, commands or compilers: each file has a process of its own. The longest begin first. */
const alone = [
  'sync',
  'cli',
  'soak',
  'docs',
  'types',
  'examples',
  'build',
  'demo',
  'bridge/crossing',
  'migrate/lock',
  'migrate/wait-for-writers',
]

/**
 * Writes the files that ava runs by default, and returns them in the order in which to begin. Every test
 * file is in one of them: by database and mode, alone, or with the others, which need neither.
 */
export function writeEntries(): string[] {
  const files = testFiles()
  const rank = (file: string) => alone.findIndex((name) => file.startsWith(`${name}/`) || file === `${name}.test.ts`)
  const own = files.filter((file) => rank(file) !== -1).sort((a, b) => rank(a) - rank(b))
  const bodies = files.filter((file) => byDatabase.test(file) && usesDatabases(file))
  const units = files.filter((file) => !own.includes(file) && !bodies.includes(file))
  removeEntries()
  const shared = targets.map((target) => writeEntry(target, bodies))
  return inTurns(shared, [...own.map(compiledTest), writeEntry('units', units)])
}

/** Alternates the two lists, so that processes that wait for servers run beside processes that compute. */
function inTurns(some: readonly string[], others: readonly string[]): string[] {
  return others.flatMap((other, index) => [...some.slice(index, index + 1), other]).concat(some.slice(others.length))
}

function compiledTest(file: string): string {
  return join(built, 'test', file).replace(/\.ts$/, '.js')
}

/** The file of one process that runs the tests of many files: a target's, or that of the units. */
export function entryFile(name: string): string {
  return join(folder, `${name.replace(':', '.')}.js`)
}

const folder = join(built, 'targets')

/** Removes entries of earlier runs that are not written any more. */
function removeEntries(): void {
  const wanted = new Set([...targets, 'units'].map(entryFile))
  for (const name of existsSync(folder) ? readdirSync(folder) : [])
    if (name.endsWith('.js') && !wanted.has(join(folder, name))) rmSync(join(folder, name), { force: true })
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
  return /\b(behaviour|testOn|testOnce|related)\(/.test(readFileSync(join(root, 'test', file), 'utf8'))
}
