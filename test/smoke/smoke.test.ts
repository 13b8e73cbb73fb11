// The packed package in an empty project: on each line of Node, with both of Prisma's generators, from both module formats.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core'
import test from 'ava'
import { build } from 'esbuild'
import { publint } from 'publint'
import { formatMessage } from 'publint/utils'
import { requireBanner } from '../helpers/require-banner.js'
import { App } from './app.js'
import { Consumer, nodes } from './consumer.js'
import { Example } from './example.js'
import { frameworks, importers, traced } from './frameworks.js'
import { OtherProject, packageManagers } from './package-managers.js'
import { programs, schema } from './programs.js'
import { serverPrograms } from './servers.js'

let consumer: Consumer
let generated: Example | undefined

test.before(async (t) => {
  t.timeout(1_800_000) // a registry may take its time
  consumer = await Consumer.create()
  await consumer.generate(schema)
  for (const [file, text] of Object.entries(programs)) consumer.write(file, text)
})

test.after.always(() => consumer?.remove())

for (const line of nodes) {
  test.serial(`prisma-client, TypeScript under tsx [Node ${line}]`, async (t) => {
    t.deepEqual(seen(await consumer.node(line, '--import', 'tsx', 'program.ts')), expected(line))
  })

  test.serial(`prisma-client-js from ES modules [Node ${line}]`, async (t) => {
    t.deepEqual(seen(await consumer.node(line, 'program.mjs')), expected(line))
  })

  test.serial(`prisma-client-js from CommonJS [Node ${line}]`, async (t) => {
    t.deepEqual(seen(await consumer.node(line, 'program.cjs')), expected(line))
  })

  test.serial(`the command [Node ${line}]`, async (t) => {
    const help = await consumer.node(line, 'node_modules/prisma-session-proxy/dist/cli.js', 'migrate', '--help')
    t.regex(help, /^Usage: prisma-session migrate/)
  })
}

test.serial('TypeScript without tsx, where Node takes the types away by itself [Node 24]', async (t) => {
  t.deepEqual(seen(await consumer.node('24', '--no-warnings', 'program.ts')), expected('24'))
})

for (const line of ['20', '24'] as const)
  test.serial(`Jest, with rollbackEach [Node ${line}]`, async (t) => {
    const config = JSON.stringify({ testMatch: ['**/*.test.cjs'], transform: {} })
    await consumer.node(
      line,
      'node_modules/jest/bin/jest.js',
      '--ci',
      '--json',
      '--outputFile=jest.json',
      '--config',
      config,
    )
    const { numPassedTests, numTotalTests } = JSON.parse(consumer.read('jest.json'))
    t.deepEqual([numPassedTests, numTotalTests], [2, 2])
  })

test.serial('Vitest, with rollbackEach [Node 22]', async (t) => {
  const vitest = 'node_modules/vitest/vitest.mjs'
  await consumer.node('22', vitest, 'run', 'isolated.test.mjs', '--reporter=json', '--outputFile=vitest.json')
  const { numPassedTests, numTotalTests } = JSON.parse(consumer.read('vitest.json'))
  t.deepEqual([numPassedTests, numTotalTests], [2, 2])
})

for (const [title, framework] of Object.entries(frameworks))
  test.serial(`an application builds, starts and answers [${title}]`, async (t) => {
    t.timeout(1_800_000)
    await using app = await App.create(consumer, framework)
    t.deepEqual(await app.post('/api/users', { name: 'ada', title: 'Notes' }), { id: 1 })
    t.deepEqual(await app.json('/api/users'), [{ id: 1, name: 'ada', posts: ['Notes'] }])
    t.regex(await app.text('/users'), /<input name="name" value="ada"\/>/)
    t.regex(await app.submit('/users', { id: '1', name: 'Ada Lovelace' }), /<input name="name" value="Ada Lovelace"\/>/)
    t.like(await app.json('/api/users'), { 0: { name: 'Ada Lovelace' } })
    t.is(await app.json('/api/count'), 1)
    t.deepEqual(importers(app.folder), framework.importers ?? [])
    // A tracer that looks into what starts workers takes the declarations as well, and fails on them.
    t.deepEqual(
      traced(app.folder).filter((file) => file.includes('prisma-session-proxy/dist/types')),
      [],
    )
  })

for (const [file, program] of Object.entries(serverPrograms))
  test.serial(`examples/servers/${file} answers requests`, async (t) => {
    t.timeout(600_000)
    const example = await servers()
    await example.createTables()
    example.write('ask.mjs', program)
    t.deepEqual(seen(await example.run('--import', 'tsx', 'ask.mjs')), [1, [{ id: 1, name: 'ada' }]])
  })

test.serial('examples/servers agrees with the types of its libraries', async (t) => {
  t.timeout(600_000)
  const example = await servers()
  t.is(await example.run('../node_modules/typescript/bin/tsc'), '')
})

test.serial('Bun', async (t) => {
  await consumer.run(process.execPath, ['install.js'], { cwd: consumer.installed('bun', '') }) // its own install script
  const bun = consumer.installed('bun', 'bin/bun.exe')
  for (const program of ['program.mjs', 'program.ts'])
    t.deepEqual(seen(await consumer.run(bun, [program])).slice(0, 4), expected('').slice(0, 4), program)
})

test.serial('Deno', async (t) => {
  const printed = await consumer.node('22', 'node_modules/deno/bin.cjs', 'run', '--allow-all', 'program.mjs')
  t.deepEqual(seen(printed).slice(0, 4), expected('').slice(0, 4))
})

for (const [title, manager] of Object.entries(packageManagers))
  test.serial(`a project that is installed by ${title}`, async (t) => {
    t.timeout(1_800_000)
    using project = await OtherProject.create(consumer, manager)
    const args = ['--no-warnings', ...manager.loaders, 'program.ts']
    t.deepEqual(seen(await consumer.run(consumer.nodeOf('24'), args, { cwd: project.folder })), expected('24'))
  })

test.serial('a bundle of Rollup, the whole package in it', async (t) => {
  t.timeout(600_000)
  await consumer.node('22', 'node_modules/rollup/dist/bin/rollup', '--config', 'rollup.config.mjs', '--silent')
  t.notRegex(consumer.read('dist-rollup/outside.mjs'), /from 'prisma-session-proxy/)
  t.deepEqual(seen(await consumer.node('22', '--no-warnings', 'dist-rollup/outside.mjs')), expected('22'))
})

test.serial('a bundle of Vite for a server, everything in it', async (t) => {
  t.timeout(600_000)
  await consumer.node('22', 'node_modules/vite/bin/vite.js', 'build', '--config', 'vite.config.mjs')
  t.deepEqual(seen(await consumer.node('22', '--no-warnings', 'dist-vite/bundled.mjs')), expected('22'))
})

for (const format of ['esm', 'cjs'] as const)
  test.serial(`a bundle of esbuild, everything in it [${format}]`, async (t) => {
    const outfile = join(consumer.folder, `dist-esbuild/bundled.${format === 'esm' ? 'mjs' : 'cjs'}`)
    const entryPoints = [join(consumer.folder, format === 'esm' ? 'bundled.ts' : 'bundled-cjs.ts')]
    const external = ['@prisma/adapter-libsql'] // it has native files
    const logOverride = { 'empty-import-meta': 'silent' } as const
    const banner = { js: format === 'esm' ? requireBanner : '' }
    await build({ entryPoints, outfile, bundle: true, platform: 'node', format, external, logOverride, banner })
    t.deepEqual(seen(await consumer.node('20', '--no-warnings', outfile)), expected('20'))
  })

test.serial('the types of the package are right by themselves, for both generators', async (t) => {
  t.is(await consumer.typeErrors(['program.ts', 'types.cts']), '')
})

test('only the built package and its documents are in it', (t) => {
  const others = consumer.files.filter(
    (file) => !/^(dist|docs)\/|^(README|CHANGELOG)\.md$|^LICENSE$|^package\.json$/.test(file),
  )
  t.deepEqual(others, [])
  for (const file of [
    'dist/index.js',
    'dist/index.cjs',
    'dist/sync.js',
    'dist/worker.js',
    'dist/matrix.json',
    'docs/api.md',
  ])
    t.true(consumer.files.includes(file), file)
})

test('publint has nothing to say', async (t) => {
  const data = readFileSync(consumer.tarball)
  const tarball = data.buffer.slice(data.byteOffset, data.byteOffset + data.byteLength) as ArrayBuffer
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true })
  t.deepEqual(
    messages.map((message) => formatMessage(message, pkg)),
    [],
  )
})

test('are-the-types-wrong has nothing to say', async (t) => {
  const result = await checkPackage(createPackageFromTarballData(new Uint8Array(readFileSync(consumer.tarball))))
  t.deepEqual('problems' in result && result.problems, [])
})

/** examples/servers with its client, once for all of its tests. */
async function servers(): Promise<Example> {
  if (!generated) {
    generated = new Example(consumer, 'servers')
    await generated.generate()
  }
  return generated
}

function seen(printed: string): unknown[] {
  return JSON.parse(printed.trim().split('\n').at(-1) ?? '')
}

function expected(line: string): unknown[] {
  return ['number', 'Ada', ['Ada', 'bob'], 'await', line]
}
