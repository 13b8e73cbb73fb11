/** Every block of code in the README is type-checked and, unless it says otherwise, run against a database of its own. */
import { copyFileSync, mkdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'
import test from 'ava'
import { build } from 'esbuild'
import * as errors from '../../src/errors.js'
import { sessionEvents } from '../../src/session/events.js'
import { Project, root, run } from '../helpers/project.ts'
import { type Block, blocksOf, programsOf } from './readme-blocks.ts'

const readme = readFileSync(join(root, 'README.md'), 'utf8')
const blocks = blocksOf(readme)
const programs = programsOf(blocks)
const runnable = programs.filter(({ isRun }) => isRun)
const project = new Project('readme')

test.before(async () => {
  // The built package, as whoever copies an example has it.
  const installed = project.path('node_modules/prisma-session-proxy')
  mkdirSync(installed, { recursive: true })
  copyFileSync(join(root, 'package.json'), join(installed, 'package.json'))
  await run(process.execPath, ['--import=tsx/esm', 'scripts/build.ts', join(installed, 'dist')], { cwd: root })
  project.write('package.json', '{ "name": "reader", "private": true, "type": "module" }')
  mkdirSync(project.path('generated/prisma'), { recursive: true })
  project.write('generated/prisma/client.ts', "export * from '../../../../generated/test/client.ts'\n")
  for (const { file, code } of programs) {
    mkdirSync(dirname(project.path(file)), { recursive: true })
    project.write(file, code)
  }
  await project.createDatabase('template.db', 'test.sql')
  await build({
    entryPoints: runnable.map(({ file }) => project.path(file)),
    outdir: project.folder,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'error',
  })
})

test.after.always(() => project.remove())

test('the blocks of the README have types that agree', async (t) => {
  const compilerOptions = {
    module: 'esnext',
    moduleResolution: 'bundler',
    paths: {
      'prisma-session-proxy': ['../../src/index.ts'],
      'prisma-session-proxy/sync': ['../../src/sync.ts'],
    },
  }
  t.is(await project.typeErrors(['*.ts', 'prisma/scripts/*.ts'], compilerOptions), '')
})

for (const { file, prints } of runnable) {
  test.serial(`the README's block at ${file} runs and prints what it says`, async (t) => {
    const cwd = project.path(file.replace('.ts', ''))
    mkdirSync(cwd)
    copyFileSync(project.path('template.db'), join(cwd, 'app.db'))
    t.deepEqual(await printed(cwd, pathToFileURL(`${cwd}.mjs`).href), [...prints])
  })
}

test.serial('the commands of the README print what it says', async (t) => {
  const { code: shown } = blocks.find(({ language }) => language === 'console') as Block
  const { code: settings } = blocks.find(({ language }) => language === 'json') as Block
  project.write('package.json', JSON.stringify({ type: 'module', ...JSON.parse(settings) }))
  copyFileSync(project.path('template.db'), project.path('app.db'))
  const cli = project.path('node_modules/prisma-session-proxy/dist/cli.js')
  let printed = ''
  for (const [, words = ''] of shown.matchAll(/^\$ npx prisma-session (.*)$/gm)) {
    const { stdout } = await run(process.execPath, [cli, ...words.split(' ')], { cwd: project.folder })
    printed += `$ npx prisma-session ${words}\n${stdout}`
  }
  t.is(likeShown(printed), likeShown(shown))
})

/** Without what differs from run to run, and statements cut as the page cuts them. */
function likeShown(text: string): string {
  return text
    .replace(/\b[\d.]+ (ms|s)\b/g, 'TIME')
    .replace(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, 'DATE')
    .replace(/: (SELECT COUNT\(\*\)|SELECT|UPDATE) .*$/gm, ': $1 …')
    .replace(/ +$/gm, '')
    .replace(/(\S) {2,}/g, '$1  ')
}

test('the example prints what the README has recorded of it, but for the bar', async (t) => {
  const shown = blocks.find(({ language, code }) => language === 'text' && code.includes('split_names'))?.code ?? ''
  const env = { ...process.env, EXAMPLE_DATABASE: project.path('example.db') }
  const { stdout } = await run(process.execPath, ['--import=tsx/esm', 'scripts/example/index.ts'], { cwd: root, env })
  const lines = likeShown(stdout).split('\n')
  const recorded = likeShown(shown)
    .split('\n')
    .filter((line) => line !== '' && !line.includes('█'))
  t.true(recorded.length > 5)
  t.deepEqual(
    recorded.filter((line) => !lines.includes(line)),
    [],
  )
})

test('the commands of the README are there', (t) => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const named = [...readme.matchAll(/npm run ([\w-]+)/g)].map(([, name = '']) => name)
  t.deepEqual(
    [...new Set(named), 'test'].filter((name) => !(name in scripts)),
    [],
  )
})

test('the models of the README are those of the test schema', (t) => {
  const words = (text: string) => text.split('\n').map((line) => line.trim().replace(/\s+/g, ' '))
  const schema = words(readFileSync(join(root, 'prisma/test.prisma'), 'utf8'))
  const shown = blocks.filter(({ language }) => language === 'prisma').flatMap(({ code }) => words(code))
  t.true(shown.length > 0)
  t.deepEqual(
    shown.filter((line) => !schema.includes(line)),
    [],
  )
})

test('the README has every class of error, with its code', (t) => {
  const classes = Object.values(errors).map(({ name, code }) => `| \`${name}\` | \`${code}\` |`)
  const rows = [...readme.matchAll(/^\| `\w+Error` \| `\w+` \|/gm)].map(([row]) => row)
  t.deepEqual(rows.sort(), classes.sort())
})

test('the README has every option, with its default', (t) => {
  const source = readFileSync(join(root, 'src/types/options.ts'), 'utf8')
  const [, body = ''] = /interface SessionOptions \{\n(.*?)\n\}/s.exec(source) ?? []
  const options = [...body.matchAll(/\/\*\*(.*?)\*\/\s+(\w+)\?:/gs)]
  t.true(options.length > 10)
  for (const [, comment = '', name] of options) {
    const [, value] = /@default (\S+)/.exec(comment) ?? []
    const row = readme.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? ''
    t.not(row, '', `option ${name}`)
    if (value) t.is(row.split('|')[2]?.trim(), `\`${value}\``, `the default of ${name}`)
  }
})

test('the README has every event', (t) => {
  t.deepEqual(
    sessionEvents.filter((name) => !readme.includes(`\`${name}\``)),
    [],
  )
})

// Not in a process of its own, of which loading Prisma would take a second and more.
async function printed(cwd: string, program: string): Promise<string[]> {
  const lines: string[] = []
  const [before, { log }] = [process.cwd(), console]
  console.log = (...values) => lines.push(format(...values))
  process.chdir(cwd)
  try {
    await import(program)
  } finally {
    process.chdir(before)
    console.log = log
  }
  return lines
}
