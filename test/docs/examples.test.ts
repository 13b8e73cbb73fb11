/** Type-checks every block of TypeScript in the pages and, unless it is marked otherwise, runs it against its own database. */

import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'
import test from 'ava'
import { runHere } from '../helpers/command.ts'
import { root, run, shortLived } from '../helpers/project.ts'
import type { Block } from './blocks.ts'
import { likeShown } from './like-shown.ts'
import { pageAt, pages } from './pages.ts'
import { isProgram, programsOf, sourceOf } from './programs.ts'
import { Reader } from './reader.ts'

/** A block in another language, or with other words, would not be checked. */
const languages = ['ts', 'console', 'json', 'mermaid', 'prisma', 'python', 'sh', 'sql', 'text']
const words = /^(setup|no-run|signature|(file|from)=\S+)$/

const programs = pages.flatMap(programsOf)
let reader: Reader

test.before(async () => {
  reader = await Reader.with(programs)
})

test.after.always(() => reader?.remove())

test('each block has a known language, and each block of TypeScript is a program', (t) => {
  const blocks = pages.flatMap(({ file, blocks }) => blocks.map((block) => ({ ...block, file })))
  const odd = blocks.filter(
    (each) => !languages.includes(each.language) || !each.words.every((word) => words.test(word)),
  )
  t.deepEqual(
    odd.map(({ file, line, language }) => `${file}:${line} ${language}`),
    [],
  )
  const excerpts = blocks.filter((each) => sourceOf(each) !== undefined)
  const signatures = blocks.filter((each) => each.language === 'ts' && !isProgram(each) && !excerpts.includes(each))
  t.true(signatures.every(({ file }) => file === 'docs/api.md'))
  t.is(programs.length + signatures.length + excerpts.length, blocks.filter(({ language }) => language === 'ts').length)
  t.is(new Set(programs.map(({ file }) => file)).size, programs.length, 'two blocks are the same file')
  const fences = pages.map(({ text }) => [...text.matchAll(/^ *```/gm)].length).reduce((sum, count) => sum + count, 0)
  t.is(fences, 2 * blocks.length, 'a fence is indented, or has no end')
})

test('a block that is an excerpt of an example is what stands in that file', (t) => {
  const excerpts = pages.flatMap(({ file: page, blocks }) =>
    blocks.flatMap(({ code, line, ...block }) => {
      const source = sourceOf(block)
      return source === undefined ? [] : [{ at: `${page}:${line} ${source}`, source, code }]
    }),
  )
  t.true(excerpts.length > 5)
  t.deepEqual(
    excerpts.filter(({ source, code }) => !readFileSync(join(root, source), 'utf8').includes(code)).map(({ at }) => at),
    [],
  )
})

test('the blocks of the pages type-check', async (t) => {
  t.is(await reader.wrongTypes(programs), '')
})

for (const { page, line, file, prints } of programs.filter(({ isRun }) => isRun)) {
  test.serial(`${page}:${line} runs and prints what its comments say`, async (t) => {
    const folder = basename(file, '.ts')
    reader.giveDatabase(folder)
    t.deepEqual(await printed(reader.path(folder), pathToFileURL(reader.path(`${folder}.mjs`)).href), [...prints])
  })
}

// The last command in a process of its own, as readers run them all.
test.serial('the commands of the README print what it shows', async (t) => {
  const { blocks } = pageAt('README.md')
  const { code: shown } = blocks.find(({ language }) => language === 'console') as Block
  const { code: settings } = blocks.find(({ language }) => language === 'json') as Block
  reader.write('package.json', JSON.stringify({ type: 'module', ...JSON.parse(settings) }))
  reader.giveDatabase()
  const cli = reader.path('node_modules/prisma-session-proxy/dist/cli.js')
  let printed = ''
  const commands = [...shown.matchAll(/^\$ npx prisma-session (.*)$/gm)].map(([, words = '']) => words)
  for (const command of commands) {
    const words = command.split(' ')
    if (command === commands.at(-1)) {
      const { stdout } = await run(process.execPath, [shortLived, cli, ...words], { cwd: reader.folder })
      printed += `$ npx prisma-session ${command}\n${stdout}`
    } else {
      const { code, out, err } = await within(reader.folder, () => runHere(reader.folder, words))
      t.is(code, 0, err)
      printed += `$ npx prisma-session ${command}\n${out}`
    }
  }
  t.is(likeShown(printed), likeShown(shown))
  t.is(pages.flatMap((page) => page.blocks).filter(({ language }) => language === 'console').length, 1)
})

// In this process: loading Prisma takes a process more than a second.
async function printed(cwd: string, program: string): Promise<string[]> {
  const lines: string[] = []
  const { log } = console
  console.log = (...values) => lines.push(format(...values))
  try {
    await within(cwd, () => import(program))
  } finally {
    console.log = log
  }
  return lines
}

/** Runs `work` with that folder as the process's own: the tests of this file are serial. */
async function within<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const before = process.cwd()
  process.chdir(folder)
  try {
    return await work()
  } finally {
    process.chdir(before)
  }
}
