// The examples of test isolation, run by their own test runners: processes side by side on one database, which stays empty.

import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { databases } from '../helpers/databases.js'
import { root, run } from '../helpers/project.js'
import { testOn } from '../helpers/test-on.js'

const ava = [join(root, 'node_modules/ava/entrypoints/cli.mjs'), '--tap', '--config']
const nodeTest = ['--test', '--test-reporter=tap']
const compiled = (file: string) => fileURLToPath(new URL(`../../${file}.js`, import.meta.url))

/**
 * Each runner twice at the same time, on one database only, for it starts many processes. The examples of ava run by its
 * configuration as users have it, with tsx; everything else is compiled.
 */
const runners = [
  {
    name: 'ava',
    on: 'postgresql',
    examples: [...ava, 'examples/testing/ava.config.js'],
    failing: [...ava, 'test/examples/fixtures/ava.config.js'],
  },
  {
    name: 'node:test',
    on: 'better-sqlite3',
    examples: [
      ...nodeTest,
      compiled('examples/testing/signup.node-test'),
      compiled('examples/testing/move-profile.node-test'),
    ],
    failing: [...nodeTest, compiled('test/examples/fixtures/failing.node-test')],
  },
]

for (const { name, on, examples, failing } of runners)
  for (const row of databases.filter((each) => each.name === on))
    testOn(
      row,
      `${name} isolates tests that pass from tests that fail and leaves nothing behind [${row.name}]`,
      async (t) => {
        const database = await row.create('test')
        const raw = database.connect()
        t.teardown(async () => {
          await database.release(raw)
          await database.drop()
        })
        const [passed, failed] = await Promise.all([runTests(examples, database.url), runTests(failing, database.url)])
        t.deepEqual(passed.summary, { code: 0, tests: 7, pass: 7, fail: 0 }, passed.output)
        t.deepEqual(failed.summary, { code: 1, tests: 8, pass: 4, fail: 4 }, failed.output)
        t.deepEqual(failed.fails, [
          'after a commit',
          'in a failed transaction',
          'with a failed flush',
          'with transactions open',
        ])
        t.deepEqual(await Promise.all([raw.user.count(), raw.profile.count()]), [0, 0])
      },
    )

async function runTests(args: readonly string[], url: string) {
  const env = { ...process.env, DATABASE_URL: url }
  const ended = await run(process.execPath, [...args], { cwd: root, env }).then(
    (streams) => ({ ...streams, code: 0 }),
    (error: { stdout: string; stderr: string; code: number }) => error,
  )
  const tap = ended.stdout
  const count = (name: string) => Number(new RegExp(`^# ${name} (\\d+)$`, 'm').exec(tap)?.[1])
  return {
    summary: { code: ended.code, tests: count('tests'), pass: count('pass'), fail: count('fail') },
    fails: [...tap.matchAll(/^not ok .*\bfails (.*)$/gm)].map(([, title]) => title).sort(),
    output: tap + ended.stderr,
  }
}
