/** Facts in the pages that the code knows: models, commands, options, errors, events, and the example's recorded output. */

import { readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import * as errors from '../../src/errors.js'
import * as functions from '../../src/index.js'
import { sessionEvents } from '../../src/session/events.js'
import { runHere } from '../helpers/command.ts'
import { root, run } from '../helpers/project.ts'
import { likeShown } from './like-shown.ts'
import { pageAt, pages } from './pages.ts'

test('the npm scripts that the pages name exist', (t) => {
  const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  const named = pages.flatMap(({ text }) => [...text.matchAll(/npm run ([\w:-]+)/g)].map(([, name = '']) => name))
  t.true(named.length > 10)
  t.deepEqual(
    [...new Set(named), 'test'].filter((name) => !(name in scripts)),
    [],
  )
})

test('the models of the pages are those of the test schema', (t) => {
  const wordsOf = (text: string) => text.split('\n').map((line) => line.trim().replace(/\s+/g, ' '))
  const schema = wordsOf(readFileSync(join(root, 'prisma/test.prisma'), 'utf8'))
  const shown = pages.flatMap(({ blocks }) => blocks.filter(({ language }) => language === 'prisma'))
  t.true(shown.length > 0)
  t.deepEqual(
    shown.flatMap(({ code }) => wordsOf(code)).filter((line) => !schema.includes(line)),
    [],
  )
})

test('the page of errors lists every class with its code', (t) => {
  const classes = Object.values(errors).map(({ name, code }) => `| \`${name}\` | \`${code}\` |`)
  const rows = [...pageAt('docs/errors.md').text.matchAll(/^\| `\w+Error` \| `\w+` \|/gm)].map(([row]) => row)
  t.deepEqual(rows.sort(), classes.sort())
})

test('the page of options lists every option with its default', (t) => {
  const { text } = pageAt('docs/options.md')
  const source = readFileSync(join(root, 'src/types/options.ts'), 'utf8')
  const [, body = ''] = /interface SessionOptions \{\n(.*?)\n\}/s.exec(source) ?? []
  const options = [...body.matchAll(/\/\*\*(.*?)\*\/\s+(\w+)\?:/gs)]
  t.true(options.length > 10)
  for (const [, comment = '', name] of options) {
    const [, value] = /@default (\S+)/.exec(comment) ?? []
    const row = text.split('\n').find((line) => line.startsWith(`| \`${name}\` |`)) ?? ''
    t.not(row, '', `option ${name}`)
    if (value) t.is(row.split('|')[2]?.trim(), `\`${value}\``, `the default of ${name}`)
  }
})

test('the page of migration scripts lists every command with its options', async (t) => {
  const { text } = pageAt('docs/migration-scripts.md')
  const helpOf = async (words: string[]) => (await runHere(root, [...words, '--help'])).out
  let count = 0
  for (const group of [[], ['migrate'], ['sql']]) {
    const [, commands = ''] = (await helpOf(group)).split(/^Commands:$/m)
    for (const [, name = ''] of commands.matchAll(/^ {2}([a-z]+)\b/gm)) {
      const words = [...group, name]
      if (words.length === 2 && name === 'help') continue
      const help = await helpOf(words)
      if (/^Commands:$/m.test(help)) continue
      t.true(text.includes(`| \`prisma-session ${words.join(' ')}`), words.join(' '))
      const flags = [...help.matchAll(/^ {2}(--[a-z-]+)/gm)].map(([, flag]) => flag)
      for (const flag of flags) t.true(text.includes(`| \`${flag}`), `${words.join(' ')} ${flag}`)
      count += flags.length
    }
  }
  t.true(count > 30, String(count))
})

test('the page of concepts names every event', (t) => {
  const { text } = pageAt('docs/concepts.md')
  t.deepEqual(
    sessionEvents.filter((name) => !text.includes(`\`${name}\``)),
    [],
  )
})

test('the API reference has every export and agrees with the comments', async (t) => {
  const { text } = pageAt('docs/api.md')
  const left = Object.keys(functions).filter(
    (name) => !text.includes(`\n### ${name}\n`) && !text.includes(`\n| \`${name}\` | `),
  )
  t.deepEqual(left, [])
  const script = fileURLToPath(new URL('../../scripts/api-reference.js', import.meta.url))
  const { stdout } = await run(process.execPath, [script, '--check']).catch((error) => ({ stdout: error.stderr }))
  t.is(stdout, 'docs/api.md agrees with the types\n')
})

test('the example prints its recorded output, except for the progress bar', async (t) => {
  const file = join(root, `.tmp/docs-example-${process.pid}.db`)
  t.teardown(() => rmSync(file, { force: true }))
  const shown = pages.flatMap(({ blocks }) => blocks).find((each) => each.code.includes('split_names runs'))?.code ?? ''
  const env = { ...process.env, EXAMPLE_DATABASE: file }
  const words = ['--import=tsx/esm', 'scripts/example/index.ts', String(rowsOfExample)]
  const { stdout } = await run(process.execPath, words, { cwd: root, env })
  const lines = likeShown(stdout).split('\n')
  const recorded = likeShown(atSize(shown))
    .split('\n')
    .filter((line) => line !== '' && !line.includes('█'))
  t.true(recorded.length > 5)
  t.deepEqual(
    recorded.filter((line) => !lines.includes(line)),
    [],
  )
})

/** The page shows 100 000; ten of each 1100 have one name. */
const rowsOfExample = process.env.SOAK === undefined ? 10_000 : 100_000
const oneNamed = Math.ceil(rowsOfExample / 110)

function atSize(shown: string): string {
  return shown.replaceAll('100000', String(rowsOfExample)).replace(/\d+(?= of them)/, String(oneNamed))
}
