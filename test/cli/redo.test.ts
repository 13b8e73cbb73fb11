// `prisma-session migrate down` and `redo`: the scripts that are undone are named, agreed on, and no others undone.

import type { PrismaClient } from '../helpers/clients.js'
import { CommandProject } from '../helpers/command.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'

const onSqlite = databases.filter(({ name }) => name === 'better-sqlite3')
const onServers = databases.filter(({ name }) => name !== 'libsql')

/** Adds a user, and takes away those of that name. */
const adding = (name: string, text = name) => `
export async function up(session) { session.add('User', { name: '${text}' }) }
export async function down(session) { await session.user.deleteMany({ where: { name: { startsWith: '${name}' } } }) }`

async function names({ client }: { readonly client: PrismaClient }): Promise<string[]> {
  return (await client.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name)
}

for (const row of onServers) {
  testOn(row, `redo undoes the last script, or the one named, and runs it again [${row.name}]`, async (t) => {
    const project = await CommandProject.create(t, row.name)
    for (const name of ['1_a', '2_b', '3_c']) project.script(name, adding(name))
    t.is((await project.run('migrate', 'up')).code, 0)

    const last = await project.run('migrate', 'redo', '--yes')
    t.is(last.code, 0, last.err)
    t.regex(
      last.out,
      /^To be undone, then run it again: 3_c\n3_c is undone\n3_c reverted, .*\n3_c runs\n3_c done, .*\n\nscript .*\n3_c +reverted.*\n3_c +done.*\n$/,
    )
    t.deepEqual(await names(project), ['1_a', '2_b', '3_c'])

    const named = await project.run('migrate', 'redo', '1_a.mjs', '--yes', '--json')
    t.is(named.code, 0, named.out)
    t.like(
      named.objects.find(({ event }) => event === 'planned'),
      { direction: 'redo', scripts: ['1_a'] },
    )
    t.like(named.objects.at(-1), {
      event: 'summary',
      scripts: [
        { script: '1_a', outcome: 'reverted' },
        { script: '1_a', outcome: 'done' },
      ],
    })
    t.deepEqual(await names(project), ['2_b', '3_c', '1_a'])
    t.is((await project.run('migrate', 'status')).code, 0)

    project.script('3_c', adding('3_c', '3_c, new'))
    const changed = await project.run('migrate', 'redo', '--yes')
    t.is(changed.code, 4)
    t.regex(changed.err, /^error: 3_c has changed since it ran: .*--allow-changed\nNothing was run\n$/)
    t.is((await project.run('migrate', 'redo', '--yes', '--allow-changed')).code, 0)
    t.deepEqual(await names(project), ['2_b', '1_a', '3_c, new'])
    t.is((await project.run('migrate', 'status')).code, 0) // the ledger has the new text
  })

  testOn(row, `a dry run of redo shows what both parts send and changes nothing [${row.name}]`, async (t) => {
    const project = await CommandProject.create(t, row.name)
    project.script('1_a', adding('1_a'))
    t.is((await project.run('migrate', 'up')).code, 0)
    const before = await project.client.user.findMany()
    const dry = await project.run('migrate', 'redo', '--dry-run')
    t.is(dry.code, 0, dry.err)
    t.regex(dry.out, /^1_a is undone\n1_a tried.*\n.*DELETE FROM.*\n1_a runs\n1_a tried.*\n.*INSERT INTO/s)
    t.deepEqual(await project.client.user.findMany(), before)
    t.is((await project.run('migrate', 'status')).code, 0)
  })
}

for (const row of onSqlite) {
  testOn(row, 'down and redo name the scripts before they ask, and undo none unless the answer is yes', async (t) => {
    const project = await CommandProject.create(t, row.name)
    for (const name of ['1_a', '2_b', '3_c']) project.script(name, adding(name))
    t.is((await project.run('migrate', 'up')).code, 0)
    const questions: [words: string[], question: string][] = [
      [['down'], 'Undo 3_c?'],
      [['down', '--step', '2'], 'Undo 3_c, 2_b?'],
      [['down', '--to', '0'], 'Undo 3_c, 2_b, 1_a?'],
      [['redo', '2_b'], 'Undo 2_b, then run it again?'],
    ]
    for (const [words, question] of questions) {
      const left = await project.runOnTerminal(['migrate', ...words], () => 'n\r')
      t.is(left.code, 2)
      t.true(left.out.includes(`${question} (y/N) `), left.out)
      const unasked = await project.run('migrate', ...words)
      t.is(unasked.code, 2)
      t.regex(unasked.err, /--yes\n$/)
      t.true(unasked.err.startsWith(`error: ${question} `), unasked.err)
    }
    t.deepEqual(await names(project), ['1_a', '2_b', '3_c'])
    const undone = await project.runOnTerminal(['migrate', 'down'], () => 'y\r')
    t.is(undone.code, 0, undone.err)
    t.deepEqual(await names(project), ['1_a', '2_b'])
    const listed = await project.run('migrate', 'down', '--yes', '--step', '5')
    t.regex(listed.out, /^To be undone: 2_b, 1_a\n2_b is undone\n/)
    for (const command of ['down', 'redo'])
      t.like(await project.run('migrate', command), { code: 0, out: 'Nothing to undo.\n' })
  })

  testOn(row, 'down undoes nothing when other scripts would be undone than those that were agreed on', async (t) => {
    const project = await CommandProject.create(t, row.name)
    for (const name of ['1_a', '2_b']) project.script(name, adding(name))
    t.is((await project.run('migrate', 'up')).code, 0)
    const late = await project.runOnTerminal(['migrate', 'down'], async () => {
      await project.client.$executeRawUnsafe(`DELETE FROM "_prisma_session_migrations" WHERE "name" = '2_b'`)
      return 'y\r'
    })
    t.is(late.code, 4)
    t.regex(late.err, /the ledger has changed meanwhile: look at prisma-session migrate status, then try again/)
    t.deepEqual(await names(project), ['1_a', '2_b'])
  })

  testOn(row, 'redo refuses scripts that cannot be undone, before it undoes anything', async (t) => {
    const project = await CommandProject.create(t, row.name)
    project.script('1_a', adding('1_a'))
    project.script('2_b', `export const up = () => {}`)
    project.script('R__seed', `export const up = () => {}`)
    t.is((await project.run('migrate', 'up')).code, 0)
    const faults: [words: string[], code: number, message: RegExp][] = [
      [[], 2, /^error: 2_b cannot be undone, it exports no function down/],
      [
        ['R__seed'],
        2,
        /^error: R__seed: repeatable scripts cannot be undone\. To run it again, change its text and use/,
      ],
    ]
    for (const [words, code, message] of faults) {
      const refused = await project.run('migrate', 'redo', ...words, '--yes')
      t.is(refused.code, code)
      t.regex(refused.err, message)
    }
    project.script('1_a', `${adding('1_a')}\nexport const requires = 'none_of_prismas'`)
    const unready = await project.run('migrate', 'redo', '1_a', '--yes', '--allow-changed')
    t.is(unready.code, 4)
    t.regex(unready.err, /1_a requires Prisma's migration none_of_prismas, which is not applied/)
    t.deepEqual(await names(project), ['1_a'])
  })

  testOn(row, 'a redo that ends after its down says how to run the script, not to undo another', async (t) => {
    const project = await CommandProject.create(t, row.name)
    project.script('1_a', adding('1_a'))
    const script = (up: string, down = '') => `
      export async function up(session) { ${up} }
      export async function down(session, { log, signal }) { ${down} }`
    const goOn = 'run prisma-session migrate up --to 2_b'
    const faults: [up: string, message: string][] = [
      [`throw new Error('no')`, `2_b failed: no\nAll that it did is rolled back. Mend it, and ${goOn}\n`],
      ['process.exit(3)', `process.exit(3)\nWhat it had not committed is rolled back. Mend it, and ${goOn}\n`],
    ]
    for (const [up, message] of faults) {
      project.script('2_b', script(''))
      t.is((await project.run('migrate', 'up', '--allow-changed')).code, 0)
      project.script('2_b', script(up))
      const failed = await project.run('migrate', 'redo', '--yes', '--allow-changed')
      t.is(failed.code, 1)
      t.true(failed.err.includes(message), failed.err)
      t.regex((await project.run('migrate', 'status')).out, /^2_b +failed/m)
      project.script('2_b', script(''))
      t.is((await project.run('migrate', 'up', '--to', '2_b')).code, 0)
    }
    const isTold = `log('waits'); await new Promise((go) => signal.addEventListener('abort', go))`
    project.script('2_b', script('', isTold))
    const stopped = project.start('migrate', 'redo', '--yes', '--allow-changed')
    await stopped.printed('waits')
    stopped.child.kill('SIGINT')
    const { code, err } = await stopped.ended
    t.is(code, 130)
    t.is(err, `error: interrupted before 2_b: ${goOn} to go on\n`)
    t.is((await project.run('migrate', 'up', '--to', '2_b')).code, 0)
    t.deepEqual(await names(project), ['1_a'])
  })

  testOn(
    row,
    '--batch-size takes the place of the sizes in a script, both ways and after an interruption',
    async (t) => {
      const project = await CommandProject.create(t, row.name)
      const data = Array.from({ length: 10 }, (_, index) => ({ name: `user ${index + 1}`, kind: '' }))
      await project.client.user.createMany({ data })
      const walk = (stop: string) => `
      export const transaction = 'batch'
      const walk = async (batch, log) => {
        for await (const users of batch('User', { size: 5 })) {
          ${stop}
          log('page of', users.length)
        }
      }
      export const up = (session, { batch, log }) => walk(batch, log)
      export const down = up`
      const pages = (out: string) => [...out.matchAll(/page of (\d+)/g)].map(([, count]) => Number(count))
      project.script('1_walk', walk(`if (users[0].name === 'user 7') throw new Error('no seventh')`))
      const stopped = await project.run('migrate', 'up', '--batch-size', '3')
      t.is(stopped.code, 1)
      t.deepEqual(pages(stopped.out), [3, 3])
      project.script('1_walk', walk(''))
      const rest = await project.run('migrate', 'up', '--batch-size', '2', '--allow-changed')
      t.is(rest.code, 0, rest.err)
      t.deepEqual(pages(rest.out), [2, 2])
      const redone = await project.run('migrate', 'redo', '--yes', '--batch-size', '4')
      t.deepEqual(pages(redone.out), [4, 4, 2, 4, 4, 2])
      t.deepEqual(pages((await project.run('migrate', 'down', '--yes', '--batch-size', '7')).out), [7, 3])
      const script = project.path('prisma/scripts/1_walk.mjs')
      t.deepEqual(pages((await project.run('run', '--batch-size', '9', script)).out), [9, 1])
      t.deepEqual(pages((await project.run('migrate', 'up', '--dry-run', '--batch-size', '6')).out), [6, 4])
      t.deepEqual(pages((await project.run('migrate', 'up')).out), [5, 5])
    },
  )
}
