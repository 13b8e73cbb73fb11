/** The package as it would be installed: built, found through `exports`, used from ES modules, from CommonJS and by tsc. */
import { copyFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { build } from 'esbuild'
import { linkDependencies } from '../helpers/dependencies.ts'
import { Project, root, run } from '../helpers/project.ts'

const project = new Project('package')

test.before(async () => {
  const installed = project.path('node_modules/prisma-session-proxy')
  mkdirSync(installed, { recursive: true })
  copyFileSync(join(root, 'package.json'), join(installed, 'package.json'))
  await run(process.execPath, ['--import=tsx/esm', 'scripts/build.ts', join(installed, 'dist')], { cwd: root })
  project.write('package.json', '{ "name": "consumer", "private": true }') // else our name would mean the project around it
  // The client of one generator is TypeScript for ES modules, that of the other is CommonJS.
  await build({
    entryPoints: [join(root, 'generated/clash/client.ts')],
    outfile: project.path('client.mjs'),
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
  })
  project.write('client.cjs', "module.exports = require('../../generated/clash-js')\n")
  await project.createDatabase('app.db', 'clash.sql')
})

test.after.always(() => project.remove())

const program = `
async function main() {
  const prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: 'file:./app.db' }) })
  const session = createSession(prisma)
  const query = session.add('Query', { text: 'packed' })
  await session.flush()
  console.log(JSON.stringify([typeof query.id, await session.query.count(), matrix.commit.async]))
  await session.close()
}
main()
`

const imports = {
  'program.mjs': `
    import { createSession } from 'prisma-session-proxy'
    import matrix from 'prisma-session-proxy/matrix.json' with { type: 'json' }
    import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
    import { PrismaClient } from './client.mjs'`,
  'program.cjs': `
    const { createSession } = require('prisma-session-proxy')
    const matrix = require('prisma-session-proxy/matrix.json')
    const { PrismaBetterSqlite3 } = require('@prisma/adapter-better-sqlite3')
    const { PrismaClient } = require('./client.cjs')`,
}

for (const [file, head] of Object.entries(imports)) {
  test.serial(`the built package works in ${file}`, async (t) => {
    project.write(file, head + program)
    const { stdout } = await run(process.execPath, ['--no-warnings', file], { cwd: project.folder })
    t.deepEqual(JSON.parse(stdout), ['number', 1, 'await'])
  })
}

const syncProgram = `
const client = createSyncClient(SCHEMA_MODULE)
const session = createSession(client)
const query = session.add('Query', { text: 'in step' })
session.flush()
let code
try { session.delegate('Query').findUniqueOrThrow({ where: { id: -1 } }) } catch (error) { code = error.code }
let isOurs
try { session.stream() } catch (error) { isOurs = error instanceof NotImplementedError }
console.log(JSON.stringify([typeof query.id, session.delegate('Query').count() > 0, session.isAsync, code, isOurs]))
session.close() // the client is left open: the program ends all the same
`

const runSyncProgram = `
async function main() {
  const session = createSession(prisma)
  const text = await session.runSync((inside, text) => inside.add('Query', { text }).text, 'run')
  console.log(JSON.stringify([text, await session.query.count({ where: { text } })]))
  await session.close()
}
main()
`

const syncImports = {
  'sync.mjs': `
    import { createSession, NotImplementedError } from 'prisma-session-proxy'
    import { createSyncClient } from 'prisma-session-proxy/sync'
    import { prisma } from './db.mjs'
    const SCHEMA_MODULE = new URL('./db.mjs', import.meta.url)`,
  'sync.cjs': `
    const { createSession, NotImplementedError } = require('prisma-session-proxy')
    const { createSyncClient } = require('prisma-session-proxy/sync')
    const { prisma } = require('./db.cjs')
    const SCHEMA_MODULE = require.resolve('./db.cjs')`,
}

for (const [file, head] of Object.entries(syncImports)) {
  test.serial(`a synchronous client and runSync of the built package work in ${file}`, async (t) => {
    project.write(
      'db.mjs',
      `import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
      import { PrismaClient } from './client.mjs'
      export const prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: 'file:./app.db' }) })`,
    )
    project.write(
      'db.cjs',
      `const { PrismaBetterSqlite3 } = require('@prisma/adapter-better-sqlite3')
      const { PrismaClient } = require('./client.cjs')
      exports.prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: 'file:./app.db' }) })`,
    )
    project.write(file, head + syncProgram)
    const sync = await run(process.execPath, ['--no-warnings', file], { cwd: project.folder, timeout: 30_000 })
    t.deepEqual(JSON.parse(sync.stdout), ['number', true, false, 'P2025', true])
    project.write(file, head + runSyncProgram)
    const inside = await run(process.execPath, ['--no-warnings', file], { cwd: project.folder, timeout: 30_000 })
    t.deepEqual(JSON.parse(inside.stdout), ['run', 1])
    await run(process.execPath, ['-e', cleanUp], { cwd: project.folder })
  })
}

const cleanUp = "require('better-sqlite3')('app.db').exec(`DELETE FROM \"Query\" WHERE text = 'run'`)"

test.serial('in a bundle the workers have no files: an error that says so, at once', async (t) => {
  project.write(
    'bundled.ts',
    `import { createSession } from 'prisma-session-proxy'
    import { createSyncClient } from 'prisma-session-proxy/sync'
    import { prisma } from './db.mjs'
    try { createSyncClient(new URL('./db.mjs', import.meta.url)) } catch (error) { console.log(error.code, error.message) }
    const session = createSession(prisma)
    await session.runSync(() => 1).catch((error) => console.log(error.code, error.message))
    console.log(await session.query.count() >= 0)
    await session.close()`,
  )
  await build({
    entryPoints: [project.path('bundled.ts')],
    outfile: project.path('bundled.mjs'),
    bundle: true,
    platform: 'node',
    format: 'esm',
    external: ['@prisma/*'],
  })
  const { stdout } = await run(process.execPath, ['--no-warnings', 'bundled.mjs'], {
    cwd: project.folder,
    timeout: 20_000,
  })
  t.regex(stdout, /^BRIDGE .* out of the bundle\nBRIDGE .* out of the bundle\ntrue\n$/)
})

test.serial('the command is there, and knows its version', async (t) => {
  const installed = project.path('node_modules/prisma-session-proxy')
  const { bin, version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  const command = join(installed, bin['prisma-session'])
  t.true(readFileSync(command, 'utf8').startsWith('#!/usr/bin/env node\n'))
  t.is((await run(process.execPath, [command, '--version'])).stdout, `${version}\n`)
  t.regex((await run(process.execPath, [command, 'migrate', '--help'])).stdout, /^Usage: prisma-session migrate/)
})

test.serial('a program given on the command line can have a synchronous client', async (t) => {
  const source = `import { createSyncClient } from 'prisma-session-proxy/sync'
    const client = createSyncClient(new URL('./db.mjs', 'file://' + process.cwd() + '/'))
    console.log(client.query.count() >= 0)
    client.close()`
  const { stdout } = await run(process.execPath, ['--no-warnings', '--input-type=module', '-e', source], {
    cwd: project.folder,
    timeout: 30_000,
  })
  t.is(stdout, 'true\n')
})

test.serial('a module in TypeScript without tsx: an error that says what to install', async (t) => {
  // Outside of this project, where nothing finds its tsx.
  const folder = mkdtempSync(join(tmpdir(), 'no-tsx-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  const installed = 'node_modules/prisma-session-proxy'
  cpSync(project.path(installed), join(folder, installed), { recursive: true })
  linkDependencies(folder)
  writeFileSync(join(folder, 'db.ts'), 'export const prisma: unknown = 1\n')
  writeFileSync(
    join(folder, 'program.mjs'),
    `import { createSyncClient } from 'prisma-session-proxy/sync'
    try { createSyncClient(new URL('./db.ts', import.meta.url)) } catch (error) { console.log(error.code, error.message) }`,
  )
  const { stdout } = await run(process.execPath, ['--no-warnings', 'program.mjs'], { cwd: folder, timeout: 30_000 })
  // A Node that strips types by itself loads it, and finds no client in it.
  t.regex(
    stdout,
    'typescript' in process.features ? /^BRIDGE .*(npm install tsx|is no PrismaClient)/ : /^BRIDGE .*npm install tsx/,
  )
})

test('the built package has types for both formats', async (t) => {
  const use = `
    declare const prisma: PrismaClient
    export const id: number = createSession(prisma).add('Info', { text: 'packed' }).id
    // @ts-expect-error there is no such model
    createSession(prisma).add('Nothing', {})
    `
  project.write(
    'types.mts',
    `import { createSession } from 'prisma-session-proxy'
    import { createSyncClient } from 'prisma-session-proxy/sync'
    import type { PrismaClient } from '../../generated/clash/client.ts'
    export const count: number = createSyncClient<PrismaClient>(new URL('file:///db.ts')).query.count()${use}`,
  )
  project.write(
    'types.cts',
    `import proxy = require('prisma-session-proxy')
    import type { PrismaClient } from '../../generated/clash-js'
    const { createSession } = proxy${use}`,
  )
  t.is(await project.typeErrors(['types.*'], { verbatimModuleSyntax: false }), '')
})
