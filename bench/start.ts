import { spawnSync } from 'node:child_process'
import { buildSync } from 'esbuild'
import { generateModels } from '../test/helpers/many-models.ts'
import { Project } from '../test/helpers/project.ts'
import { builtFolder } from './built.ts'
import { spread } from './pairs.ts'
import { milliseconds, print } from './print.ts'

const runs = 9

/** What a program waits for before its first query: the import of the package, and its first session. */
export async function start(): Promise<void> {
  const project = new Project('start')
  try {
    importing(project)
    firstSession(project)
  } finally {
    project.remove()
  }
}

/** A process each, turn about. Most of the time is that of Prisma's runtime, which the client loads as well. */
function importing(project: Project): void {
  project.write('empty.mjs', '')
  project.write('prisma.mjs', "import '@prisma/client/runtime/client'")
  const files = [project.path('empty.mjs'), project.path('prisma.mjs'), `${builtFolder}/index.js`]
  const rounds = Array.from({ length: runs }, () => files.map(processTime) as [number, number, number])
  const over = (at: 1 | 2) => spread(rounds.map((round) => round[at] - round[0]))
  print('import of the package, over an empty module', milliseconds(over(2)), over(2).median <= 60, 'at most 60 ms')
  print('    the import of @prisma/client/runtime/client by itself', milliseconds(over(1)))
}

function processTime(file: string): number {
  const begin = performance.now()
  const { status, stderr } = spawnSync(process.execPath, [file], { encoding: 'utf8' })
  if (status !== 0) throw new Error(stderr)
  return performance.now() - begin
}

function firstSession(project: Project): void {
  generateModels(project, 100)
  buildSync({
    entryPoints: [project.path('client/client.ts')],
    outfile: project.path('client.mjs'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  })
  project.write('session.mjs', program)
  const times = Array.from({ length: runs }, () => sessionTimes(project))
  const first = spread(times.map((each) => each.first))
  print('first createSession(), 100 models', milliseconds(first), first.median <= 30, 'at most 30 ms')
  print('    the second', milliseconds(spread(times.map((each) => each.second))))
}

function sessionTimes(project: Project): { first: number; second: number } {
  const { stdout, stderr } = spawnSync(process.execPath, [project.path('session.mjs')], { encoding: 'utf8' })
  if (stdout === '') throw new Error(stderr)
  return JSON.parse(stdout)
}

const program = `
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { createSession } from '${builtFolder}/index.js'
import { PrismaClient } from './client.mjs'
const time = () => {
  const prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: ':memory:' }) })
  const begin = performance.now()
  createSession(prisma)
  return performance.now() - begin
}
console.log(JSON.stringify({ first: time(), second: time() }))
`
