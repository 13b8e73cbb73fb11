/** The package as it is installed: built, found through `exports`, used from ES modules, from CommonJS and by tsc. */

import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'
import { build, transformSync } from 'esbuild'
import webpack from 'webpack'
import { deadLinks, home, type LinkedText, relativeLinks, repositoryLinks } from '../docs/links.ts'
import { pages } from '../docs/pages.ts'
import { linkDependencies } from '../helpers/dependencies.ts'
import { Project, root, run, shortLived } from '../helpers/project.ts'
import { requireBanner } from '../helpers/require-banner.ts'

const project = new Project('package')

test.before(async () => {
  const installed = project.path('node_modules/prisma-session-proxy')
  mkdirSync(installed, { recursive: true })
  copyFileSync(join(root, 'package.json'), join(installed, 'package.json'))
  const script = fileURLToPath(new URL('../../scripts/build.js', import.meta.url))
  await run(process.execPath, [script, join(installed, 'dist')], { cwd: root })
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
  project.write('db.mjs', adapted('./client.mjs'))
  project.write(
    'db.cjs',
    `const { PrismaBetterSqlite3 } = require('@prisma/adapter-better-sqlite3')
    const { PrismaClient } = require('./client.cjs')
    exports.prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: 'file:./app.db' }) })`,
  )
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
    const { stdout } = await run(process.execPath, ['--no-warnings', shortLived, file], { cwd: project.folder })
    t.deepEqual(JSON.parse(stdout), ['number', 1, 'await'])
  })
}

/** A module that exports a client. */
const adapted = (client: string) => `
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaClient } from '${client}'
export const prisma = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: 'file:./app.db' }) })`

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
    project.write(file, head + syncProgram)
    const sync = await run(process.execPath, ['--no-warnings', shortLived, file], {
      cwd: project.folder,
      timeout: 30_000,
    })
    t.deepEqual(JSON.parse(sync.stdout), ['number', true, false, 'P2025', true])
    project.write(file, head + runSyncProgram)
    const inside = await run(process.execPath, ['--no-warnings', shortLived, file], {
      cwd: project.folder,
      timeout: 30_000,
    })
    t.deepEqual(JSON.parse(inside.stdout), ['run', 1])
    await project.execute('app.db', `DELETE FROM "Query" WHERE text = 'run'`)
  })
}

const bundled = `
import { createSession } from 'prisma-session-proxy'
import { createSyncClient } from 'prisma-session-proxy/sync'
import { prisma } from './client-of-bundle.mjs'

async function main() {
  const client = createSyncClient(process.cwd() + '/db.mjs')
  const found = [client.query.count() >= 0]
  client.close()
  const session = createSession(prisma)
  found.push(await session.runSync((inside) => inside.query.count() >= 0))
  await session.close()
  console.log(JSON.stringify(found))
}
main().catch((error) => console.log(error.code, error.message))
`

/** The client of the generator for ES modules asks for its own place, which CommonJS made by esbuild has not. */
const outside = `
import { createRequire } from 'node:module'
export const { prisma } = createRequire(process.cwd() + '/')('./db.cjs')`

/** What is not for a bundle: native modules, and Prisma's, which look for files of their own. */
const external = ['@prisma/*', 'better-sqlite3']

type Bundler = (entry: string, out: string) => Promise<unknown>

const esbuilt = (format: 'esm' | 'cjs'): Bundler => {
  const logOverride = { 'empty-import-meta': 'silent' } as const
  const common = { bundle: true, platform: 'node', external, logOverride } as const
  return (entry, outfile) =>
    build({ ...common, format, entryPoints: [entry], outfile, banner: { js: format === 'esm' ? requireBanner : '' } })
}

const webpacked: Bundler = async (entry, out) => {
  const compiler = webpack({
    mode: 'production',
    target: 'node20',
    entry,
    output: { path: dirname(out), filename: basename(out), library: { type: 'commonjs2' } },
    externals: [
      ({ request }, callback) => callback(undefined, isExternal(request) ? `commonjs ${request}` : undefined),
    ],
  })
  const stats = await promisify(compiler.run.bind(compiler))()
  if (!stats || stats.hasErrors()) throw new Error(stats?.toString())
}

const isExternal = (request = '') => /^(@prisma\/|better-sqlite3$)/.test(request)

const bundlers: Readonly<Record<string, readonly [file: string, bundle: Bundler]>> = {
  'esbuild, ES module': ['bundle.mjs', esbuilt('esm')],
  'esbuild, CommonJS': ['bundle.cjs', esbuilt('cjs')],
  webpack: ['bundle.webpack.cjs', webpacked],
}

for (const [name, [file, bundle]] of Object.entries(bundlers))
  test.serial(`a bundle of ${name} finds the files of workers in the installed package`, async (t) => {
    project.write('bundled.mjs', bundled)
    project.write('client-of-bundle.mjs', file.endsWith('bundle.cjs') ? outside : adapted('./client.mjs'))
    await bundle(project.path('bundled.mjs'), project.path('out', file))
    const { stdout } = await run(process.execPath, ['--no-warnings', join('out', file)], {
      cwd: project.folder,
      timeout: 20_000,
    })
    t.is(stdout, '[true,true]\n')
  })

test('no ES module of the package declares what the usual banner of a bundle declares', (t) => {
  const folder = project.path('node_modules/prisma-session-proxy/dist')
  const files = readdirSync(folder).filter((name) => name.endsWith('.js'))
  t.true(files.length > 10)
  t.regex(requireBanner, /createRequire/)
  for (const name of files) {
    const text = readFileSync(join(folder, name), 'utf8').replace(/^#!.*/, '')
    t.notThrows(() => transformSync(`${requireBanner}\n${text}`, { format: 'esm', target: 'node20.19' }), name)
  }
})

test.serial('a bundle beside another version of the package fails with an error that names the version', async (t) => {
  const manifest = project.path('node_modules/prisma-session-proxy/package.json')
  const text = readFileSync(manifest, 'utf8')
  t.teardown(() => writeFileSync(manifest, text))
  writeFileSync(manifest, text.replace(/"version": ".*?"/, '"version": "0.0.1"'))
  const { stdout } = await run(process.execPath, ['--no-warnings', 'out/bundle.mjs'], { cwd: project.folder })
  t.regex(
    stdout,
    /^BRIDGE this program is bundled, .* 0\.0\.1 is installed there\. Leave the package out of the bundle/,
  )
})

test.serial('the installed command shows its version and its help', async (t) => {
  const installed = project.path('node_modules/prisma-session-proxy')
  const { bin, version } = JSON.parse(readFileSync(join(installed, 'package.json'), 'utf8'))
  const command = join(installed, bin['prisma-session'])
  t.true(readFileSync(command, 'utf8').startsWith('#!/usr/bin/env node\n'))
  t.is((await run(process.execPath, [command, '--version'])).stdout, `${version}\n`)
  t.regex((await run(process.execPath, [command, 'migrate', '--help'])).stdout, /^Usage: prisma-session migrate/)
})

test.serial('a program given on the command line uses a synchronous client', async (t) => {
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

test.serial('a TypeScript module without tsx fails with an error that says what to install', async (t) => {
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

test('the links of what is published lead to published files, or to files of the repository', async (t) => {
  const { stdout } = await run('npm', ['pack', '--dry-run', '--json', '--ignore-scripts'], { cwd: root })
  const [{ files }] = JSON.parse(stdout) as [{ files: { path: string }[] }]
  const published = new Set(files.flatMap(({ path }) => [path, dirname(path)]))
  const texts = pages.filter(({ file }) => published.has(file))
  t.deepEqual(
    pages.map(({ file }) => file).filter((file) => !published.has(file)),
    ['CONTRIBUTING.md'],
  )
  const relative = texts.flatMap(relativeLinks)
  t.true(relative.length > 100)
  t.deepEqual(
    deadLinks(relative, texts, (file) => published.has(file)),
    [],
  )
  const absolute = [...texts, ...publishedComments()]
  const isInRepository = (file: string) => existsSync(join(root, file))
  t.true(absolute.flatMap(repositoryLinks).length > 10)
  t.deepEqual(deadLinks(absolute.flatMap(repositoryLinks), pages, isInRepository), [])
  // An editor that shows a comment does not know where a relative link begins.
  t.deepEqual(
    publishedComments()
      .flatMap(relativeLinks)
      .map(({ from, target }) => `${from}: ${target}`),
    [],
  )
})

test('the manifest names one repository', (t) => {
  const { homepage, bugs, repository } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  t.regex(homepage, /^https:\/\/github\.com\/[\w-]+\/[\w-]+#readme$/)
  t.deepEqual([bugs, repository], [{ url: `${home}/issues` }, { type: 'git', url: `git+${home}.git` }])
})

/** The comments of the declarations, in which editors show Markdown. */
function publishedComments(): LinkedText[] {
  const folder = project.path('node_modules/prisma-session-proxy/dist/types')
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.d.ts'))
    .map((name) => {
      const comments = readFileSync(join(folder, name), 'utf8').match(/\/\*\*[\s\S]*?\*\//g) ?? []
      return { file: `dist/types/${name}`, text: comments.join('\n') }
    })
}
