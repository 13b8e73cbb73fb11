// `prisma-session migrate` and `run`: scripts from the folder to the ledger, and back.

import { readFileSync } from 'node:fs'
import type { PrismaClient } from '../helpers/clients.js'
import { CommandProject } from '../helpers/command.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'

const onSqlite = databases.filter(({ name }) => name === 'better-sqlite3')
const onBoth = databases.filter(({ name }) => name === 'better-sqlite3' || name === 'postgresql')

const addUser = (name: string, rest = '') => `
export async function up(session, { log }) {
  session.add('User', { name: '${name}' })
  log('added %s', '${name}')
}
export async function down(session) {
  await session.user.deleteMany({ where: { name: '${name}' } })
}
${rest}`

/** Ten rows to walk over, and what a walk has made of them. */
async function tenUsers(project: { readonly client: PrismaClient }): Promise<void> {
  const data = Array.from({ length: 10 }, (_, index) => ({ name: `user ${index + 1}`, kind: '' }))
  await project.client.user.createMany({ data })
}

for (const row of onBoth) {
  testOn(row, `up runs scripts once, status lists them, and down undoes them [${row.name}]`, async (t) => {
    const project = await CommandProject.create(t, row.name)
    const { client } = project
    const names = async () => (await client.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name)
    project.script('10_a', addUser('a'))
    project.script('10_b', addUser('b'))
    project.script(
      '10_c',
      `export const mode = 'sync'
      export function up(session, { log, progress }) {
        session.add('User', { name: 'c' })
        session.flush()
        log('now', session.user.count())
        progress(7)
      }`,
    )
    project.script('_helpers.mjs', 'export const none = 1')

    const two = await project.run('migrate', 'up', '--to', '10_b.mjs', '--json')
    t.is(two.code, 0, two.out)
    t.deepEqual(
      two.objects.map(({ event }) => event),
      ['planned', 'begun', 'log', 'ended', 'begun', 'log', 'ended', 'summary'],
    )
    t.like(two.objects[2], { script: '10_a', text: 'added a' })
    t.like(two.objects.at(-1), {
      scripts: [
        { script: '10_a', outcome: 'done' },
        { script: '10_b', outcome: 'done' },
      ],
    })
    t.deepEqual(await names(), ['a', 'b'])

    const three = await project.run('migrate', 'up')
    t.is(three.code, 0, three.err)
    t.regex(
      three.out,
      /^10_c runs\n {2}now 3\n10_c done, 7 rows, (\d+ ms|[\d.]+ s)\n\nscript +outcome +rows +took\n10_c +done +7 +(\d+ ms|[\d.]+ s)\n$/,
    )
    t.deepEqual(await names(), ['a', 'b', 'c'])

    const status = await project.run('migrate', 'status', '--json')
    t.is(status.code, 0, status.out)
    const { scripts } = status.objects[0] as { scripts: Record<string, unknown>[] }
    t.deepEqual(
      scripts.map(({ name, state, processed }) => [name, state, processed]),
      [
        ['10_a', 'done', null],
        ['10_b', 'done', null],
        ['10_c', 'done', 7],
      ],
    )

    const unable = await project.run('migrate', 'down', '--yes')
    t.is(unable.code, 2)
    t.regex(unable.err, /10_c cannot be undone, it exports no function down/)
    project.script(
      '10_c',
      `export const up = () => {}\nexport async function down(session) {\n  await session.user.deleteMany({ where: { name: 'c' } })\n}`,
    )
    const all = await project.run('migrate', 'down', '--yes', '--to', '0', '--allow-changed')
    t.is(all.code, 0, all.err)
    t.regex(all.out, /10_c is undone\n10_c reverted.*\n10_b is undone\n10_b reverted.*\n10_a is undone\n10_a reverted/)
    t.deepEqual(await names(), [])
  })

  testOn(row, `a dry run shows what it sends and leaves nothing behind [${row.name}]`, async (t) => {
    const project = await CommandProject.create(t, row.name)
    const { client } = project
    await tenUsers(project)
    project.script(
      '1_walk',
      `
      export const transaction = 'batch'
      export async function up(session, { batch }) {
        for await (const users of batch('User', { where: { name: { not: 'user 1' } }, size: 5 })) for (const user of users) user.kind = 'x'
      }`,
    )
    project.script(
      '2_count',
      `
      export async function up(session, { log, isDryRun }) {
        log('seen', await session.user.count({ where: { kind: 'x' } }), isDryRun)
      }`,
    )
    project.script('3_none', `export const transaction = 'none'\nexport const up = () => {}`)
    const tried = await project.run('migrate', 'up', '--dry-run', '--json')
    t.is(tried.code, 0, tried.out)
    const ended = tried.objects.filter(({ event }) => event === 'ended')
    t.deepEqual(
      ended.map(({ script, outcome, processed }) => [script, outcome, processed]),
      [
        ['1_walk', 'tried', 9],
        ['2_count', 'tried', null],
        ['3_none', 'skipped', null],
      ],
    )
    const statements = ended[0]?.statements as { sql: string; times: number; rows: number }[]
    const update = statements.find(({ sql }) => sql.startsWith('UPDATE'))
    t.like(update, { times: 2, rows: 9 })
    t.false(statements.some(({ sql }) => sql.includes('_prisma_session')))
    t.like(
      tried.objects.find(({ event }) => event === 'log'),
      { text: 'seen 9 true' },
    )
    t.regex(String(tried.objects.find(({ event }) => event === 'warning')?.text), /3_none runs without a transaction/)
    t.is(await client.user.count({ where: { kind: 'x' } }), 0)
  })
}

for (const row of onBoth) {
  testOn(row, `baseline records scripts without running them [${row.name}]`, async (t) => {
    const project = await CommandProject.create(t, row.name)
    for (const name of ['1_a', '2_b', '3_c']) project.script(name, addUser(name))
    t.is((await project.run('migrate', 'baseline', '--to', '2_b', '--yes', '--json')).code, 0)
    const up = await project.run('migrate', 'up')
    t.regex(up.out, /^3_c runs/)
    t.is(await project.client.user.count(), 1)
    const status = await project.run('migrate', 'status')
    t.is(status.code, 0)
    t.regex(status.out, /1_a +baseline .*\n2_b +baseline .*\n3_c +done/)
    t.is((await project.run('migrate', 'baseline', '--yes')).out, 'Nothing to note: every script is done.\n')
    t.is((await project.run('migrate', 'up', '--to', '2_b')).out, 'Nothing to run: 2_b is done.\n')
  })
}

for (const row of onBoth.filter(({ name }) => name === 'postgresql')) {
  testOn(row, `a corrected script resumes after the last committed page [${row.name}]`, async (t) => {
    const project = await CommandProject.create(t, row.name)
    const { client } = project
    await tenUsers(project)
    const kinds = async () => (await client.user.findMany({ orderBy: { id: 'asc' } })).map(({ kind }) => kind).join('')
    const walk = (check: string) => `
      export const transaction = 'batch'
      export async function up(session, { batch }) {
        for await (const users of batch('User', { size: 3 })) {
          for (const user of users) {
            ${check}
            user.kind += 'x'
          }
        }
        await session.user.create({ data: { name: 'last', kind: '.' } })
      }`
    project.script('1_walk', walk("if (user.name === 'user 8') throw new Error('no eighth')"))

    const failed = await project.run('migrate', 'up')
    t.is(failed.code, 1)
    t.regex(failed.out, /1_walk +failed +6/)
    t.regex(failed.err, /1_walk failed: no eighth\n6 rows are committed, the page it was at is rolled back/)
    t.regex(failed.err, /at up \(.*1_walk\.mjs:6:/)
    t.is(await kinds(), 'xxxxxx')

    const status = await project.run('migrate', 'status')
    t.is(status.code, 3)
    t.regex(status.out, /1_walk +failed +6\/10 +no eighth/)

    project.script('1_walk', walk(''))
    const refused = await project.run('migrate', 'up')
    t.is(refused.code, 4)
    t.regex(refused.err, /1_walk has changed since it was stopped after 6 rows.*--allow-changed.*migrate repair 1_walk/)
    t.is(await kinds(), 'xxxxxx')

    const mended = await project.run('migrate', 'up', '--allow-changed')
    t.is(mended.code, 0, mended.err)
    t.regex(mended.out, /1_walk runs, from row 6 on\n.*9 of 10 rows[\s\S]*1_walk done, 10 rows/)
    t.is(await kinds(), 'xxxxxxxxxx.')
  })

  testOn(
    row,
    `a script waits for the migration it requires, and a repeatable script runs again when it changes [${row.name}]`,
    async (t) => {
      const project = await CommandProject.create(t, row.name)
      const { client } = project
      project.script('1_a', addUser('a', `export const requires = ['20260101_init']`))
      project.script('R__seed', addUser('seed 1'))
      const early = await project.run('migrate', 'up')
      t.is(early.code, 4)
      t.regex(early.err, /1_a requires Prisma's migration 20260101_init, which is not applied/)
      t.is(await client.user.count(), 0)

      await client.$executeRawUnsafe(
        'CREATE TABLE "_prisma_migrations" ("migration_name" TEXT, "finished_at" TEXT, "rolled_back_at" TEXT)',
      )
      t.teardown(() => client.$executeRawUnsafe('DROP TABLE IF EXISTS "_prisma_migrations"'))
      await client.$executeRawUnsafe(
        `INSERT INTO "_prisma_migrations" VALUES ('20260101_init', CAST(now() AS TEXT), NULL)`,
      )
      t.is((await project.run('migrate', 'up')).code, 0)
      project.script('R__seed', addUser('seed 2'))
      const again = await project.run('migrate', 'up')
      t.regex(again.out, /^R__seed runs/)
      const same = addUser('seed 2').replaceAll('\n', '\r\n')
      project.script('R__seed', same)
      t.is((await project.run('migrate', 'up')).out, 'Nothing to run: every script is done.\n')
      const users = await client.user.findMany({ orderBy: { id: 'asc' } })
      t.deepEqual(
        users.map(({ name }) => name),
        ['a', 'seed 1', 'seed 2'],
      )
      await client.$executeRawUnsafe('DROP TABLE "_prisma_migrations"')
    },
  )
}

for (const row of databases.filter(({ name }) => name === 'mariadb')) {
  testOn(row, 'a dry run refuses statements that MariaDB would commit', async (t) => {
    const project = await CommandProject.create(t, row.name)
    await tenUsers(project)
    project.script(
      '1_a',
      `export async function up(session) {
        await session.user.updateMany({ data: { kind: 'x' } })
        await session.$executeRawUnsafe('CREATE TABLE extra (a INTEGER)')
      }`,
    )
    const tried = await project.run('migrate', 'up', '--dry-run')
    t.is(tried.code, 1)
    t.regex(tried.err, /1_a failed: [\s\S]*a dry run cannot send what MySQL and MariaDB commit by themselves/)
    t.is(await project.client.user.count({ where: { kind: 'x' } }), 0)
  })
}

for (const row of onSqlite) {
  testOn(row, 'a down that was stopped partway resumes, and nothing else runs before it', async (t) => {
    const project = await CommandProject.create(t, row.name)
    const { client } = project
    await tenUsers(project)
    const script = (check: string) => `
      export const transaction = 'batch'
      export const up = () => {}
      export async function down(session, { batch }) {
        for await (const users of batch('User', { size: 4 })) {
          ${check}
          for (const user of users) user.kind += 'x'
        }
      }`
    project.script('1_a', script("if (users[0].name === 'user 5') throw new Error('not yet')"))
    t.is((await project.run('migrate', 'up')).code, 0)
    const stopped = await project.runAlone('migrate', 'down', '--yes')
    t.is(stopped.code, 1)
    t.regex(stopped.err, /1_a failed: not yet\n4 rows are committed/)
    const refused = await project.run('migrate', 'up')
    t.is(refused.code, 4)
    t.regex(
      refused.err,
      /1_a was being undone, and its down was stopped after 4 rows: go on with prisma-session migrate down/,
    )
    project.script('1_a', script(''))
    const changed = await project.run('migrate', 'down', '--yes')
    t.is(changed.code, 4)
    t.regex(changed.err, /1_a has changed since its down was stopped: go on .* by prisma-session migrate down --allow-/)
    const undone = await project.run('migrate', 'down', '--yes', '--allow-changed')
    t.is(undone.code, 0, undone.err)
    t.regex(undone.out, /1_a is undone, from row 4 on/)
    t.is(await client.user.count({ where: { kind: 'x' } }), 10)
    t.is((await project.run('migrate', 'status')).code, 3)
  })

  testOn(row, 'a down without a transaction that was stopped runs again from its beginning after repair', async (t) => {
    const project = await CommandProject.create(t, row.name)
    project.script(
      '1_a',
      `import { existsSync } from 'node:fs'
      export const transaction = 'none'
      export const up = () => {}
      export async function down(session) {
        await session.user.create({ data: { name: 'undone' } })
        if (!existsSync(new URL('../../mended', import.meta.url))) throw new Error('not yet')
      }`,
    )
    t.is((await project.run('migrate', 'up')).code, 0)
    t.is((await project.run('migrate', 'down', '--yes')).code, 1)
    project.write('mended', '')
    const refused = await project.run('migrate', 'down', '--yes')
    t.is(refused.code, 4)
    t.regex(refused.err, /1_a was being undone, without a transaction, and that has not finished.*migrate repair 1_a/)
    t.is(await project.client.user.count(), 1)
    const repaired = await project.run('migrate', 'repair', '1_a', '--yes')
    t.regex(repaired.out, /^1_a: it is taken for done, though its down was begun, and its down runs from its beginning/)
    const undone = await project.run('migrate', 'down', '--yes')
    t.is(undone.code, 0, undone.err)
    t.is(await project.client.user.count(), 2)
  })

  testOn(row, 'repair asks on a terminal, and changes nothing unless the answer is yes', async (t) => {
    const project = await CommandProject.create(t, row.name)
    const { client } = project
    project.script('1_a', addUser('a'))
    project.script('2_b', addUser('b'))
    t.is((await project.run('migrate', 'up')).code, 0)
    project.script('1_a', null)
    project.script('2_b', null)
    const names = () => client.$queryRawUnsafe('SELECT "name" FROM "_prisma_session_migrations"')
    const answers: [typed: string, code: number, message: string][] = [
      ['n\r', 2, 'left as it was'],
      ['\r', 2, 'left as it was'],
      ['\u0003', 130, 'interrupted: nothing was changed'], // Ctrl-C
      ['\u0004', 130, 'interrupted: nothing was changed'], // Ctrl-D
    ]
    for (const [typed, code, message] of answers) {
      const left = await project.runOnTerminal(['migrate', 'repair'], () => typed)
      t.is(left.code, code)
      t.is(left.err, `error: ${message}\n`)
      t.deepEqual(await names(), [{ name: '1_a' }, { name: '2_b' }])
    }
    const late = await project.runOnTerminal(['migrate', 'repair'], async () => {
      await client.$executeRawUnsafe(`DELETE FROM "_prisma_session_migrations" WHERE "name" = '1_a'`)
      return 'y\r'
    })
    t.is(late.code, 4)
    t.regex(late.err, /the ledger has changed meanwhile: look at prisma-session migrate status, then try again/)
    t.deepEqual(await names(), [{ name: '2_b' }])
    const done = await project.runOnTerminal(['migrate', 'repair'], () => 'Yes\r')
    t.is(done.code, 0, done.err)
    t.regex(done.out, /2_b: its row is removed, as its file is gone\nDo that\? \(y\/N\) /)
    t.deepEqual(await names(), [])
  })

  testOn(row, 'up refuses files that differ from the ledger, and repair fixes the ledger', async (t) => {
    const project = await CommandProject.create(t, row.name)
    const { client } = project
    project.script('1_a', addUser('a'))
    project.script('3_c', addUser('c'))
    project.script('4_d', addUser('d'))
    t.is((await project.run('migrate', 'up')).code, 0)
    project.script('1_a', addUser('other'))
    project.script('2_b', addUser('b'))
    project.script('3_c', null)
    project.script('3_renamed', addUser('c'))
    project.script('4_d', null)

    const refused = await project.run('migrate', 'up')
    t.is(refused.code, 4)
    t.deepEqual(
      refused.err.split('\n').map((line) => line.replace(/:.*/, '')),
      [
        'error',
        '2_b has not run, and scripts that come after it have',
        '3_c has run, and its file is now called 3_renamed, with the same text',
        '3_renamed has not run, and scripts that come after it have',
        '4_d has run, and its file is gone',
        'Nothing was run',
        '',
      ],
    )
    t.regex(refused.err, /^error: 1_a has changed since it ran/)
    t.is(await client.user.count(), 3)

    const shown = await project.run('migrate', 'status')
    t.is(shown.code, 4)
    t.regex(shown.out, /1_a +done .* changed\n2_b +pending +out of order\n3_c +missing .* now 3_renamed\n/)
    t.regex(shown.err, /^error: 1_a has changed since it ran.*\n2_b has not run/)

    const unasked = await project.run('migrate', 'repair', '3_c')
    t.is(unasked.code, 2)
    t.regex(unasked.err, /3_c: its row is renamed to 3_renamed\nDo that\? Nobody can be asked here: say it with --yes/)
    t.is((await project.runAlone('migrate', 'repair', '3_c', '4_d', '--yes')).code, 0)
    t.regex(
      (await project.run('migrate', 'up', '--allow-changed')).err,
      /2_b has not run.*--allow-out-of-order\nNothing/,
    )
    t.is((await project.run('migrate', 'up', '--allow-changed', '--allow-out-of-order')).code, 0)
    const repaired = await project.run('migrate', 'repair', '--yes')
    t.is(repaired.out, '1_a: its text is taken as it is now\n')
    const status = await project.run('migrate', 'status', '--json')
    t.is(status.code, 0, status.out)
    t.is(await client.user.count(), 4)
    project.script('5_e', addUser('e'))
    t.is((await project.run('migrate', 'repair', '--yes')).out, 'Nothing to repair: ledger and files agree.\n')
    t.is((await project.run('migrate', 'repair', '9_z', '--yes')).code, 2)
  })

  testOn(row, 'batch() walks over all rows of a model, and refuses wrong arguments', async (t) => {
    const project = await CommandProject.create(t, row.name)
    await tenUsers(project)
    project.write(
      'walks.mjs',
      `export async function up(session, { batch, log }) {
        for await (const users of batch('User')) log('%d users', users.length)
        const wrong = [['Usr'], [undefined], ['User', null], ['User', { limit: 5 }], ['User', { size: 0 }], ['User', { name: '' }]]
        for (const words of wrong) {
          try {
            for await (const page of batch(...words)) log('a page')
          } catch (error) {
            log(error.message)
          }
        }
      }`,
    )
    const { code, out, err } = await project.run('run', 'walks.mjs')
    t.is(code, 0, err)
    const messages = [
      /^ {2}10 users$/,
      /^ {2}batch\(\): there is no model Usr: it takes one of User, Profile, /,
      /^ {2}batch\(\): there is no model undefined: it takes one of User, Profile, /,
      /^ {2}the options of batch\(\) are an object: \{ where, include, size, name \}$/,
      /^ {2}batch\(\) has no option 'limit': use where, include, size, name$/,
      /^ {2}batch\(\): size is a number of rows from 1, not 0$/,
      /^ {2}batch\(\): name is a text by which the walk is known when it is gone on with$/,
    ]
    const lines = out.split('\n').filter((line) => /^ {2}(?!.* rows \()/.test(line))
    t.is(lines.length, messages.length, out)
    for (const [index, message] of messages.entries()) t.regex(lines[index] as string, message)
  })

  testOn(row, 'progress() refuses what is no number of rows', async (t) => {
    const project = await CommandProject.create(t, row.name)
    project.write('wrong.mjs', 'export function up(session, { args, progress }) { progress(1, Number(args[0])) }')
    const { code, err } = await project.run('run', 'wrong.mjs', '0.5')
    t.is(code, 1)
    t.regex(err, /wrong failed: progress\(processed, total\): total is a number of rows, not 0\.5/)
    t.is((await project.run('run', 'wrong.mjs', '5')).code, 0)
  })

  testOn(row, 'pages of a script without a transaction are committed one by one', async (t) => {
    const project = await CommandProject.create(t, row.name)
    await tenUsers(project)
    project.script(
      '1_a',
      `export const transaction = 'none'
      export async function up(session, { batch }) {
        for await (const users of batch('User', { size: 4 })) {
          if (users[0].name === 'user 9') throw new Error('no ninth')
          for (const user of users) user.kind = 'x'
        }
      }`,
    )
    const failed = await project.run('migrate', 'up')
    t.is(failed.code, 1)
    t.regex(failed.err, /1_a failed: no ninth\n8 rows are committed, the page it was at is rolled back/)
    t.is(await project.client.user.count({ where: { kind: 'x' } }), 8)
  })

  testOn(row, 'run passes arguments to one script and runs it in one transaction', async (t) => {
    const project = await CommandProject.create(t, row.name)
    project.write(
      'once.mjs',
      `
      export async function up(session, { args, log }) {
        for (const name of args) session.add('User', { name })
        await session.flush()
        if (args.includes('--bad')) throw new Error('bad one')
        console.log('plain')
        log('seen', await session.user.count())
      }`,
    )
    const tried = await project.run('run', '--dry-run', 'once.mjs', 'a', 'b')
    t.is(tried.code, 0, tried.err)
    t.regex(tried.out, /2 rows: INSERT INTO/)
    const done = await project.runAlone('run', 'once.mjs', 'a', '--json')
    t.is(done.code, 0, done.err)
    t.regex(done.out, /seen 2/) // a, and the word behind the script is its own
    t.regex(done.out, /plain\n/)
    const bad = await project.run('run', 'once.mjs', '--bad')
    t.is(bad.code, 1)
    t.regex(bad.err, /once failed: bad one\nAll that it did is rolled back/)
    t.is(await project.client.user.count(), 2)
    t.regex((await project.run('run', 'none.mjs')).err, /there is no script .*none\.mjs/)
  })

  testOn(row, 'a dry run of a synchronous script shows what it sends and leaves nothing behind', async (t) => {
    const project = await CommandProject.create(t, row.name)
    await tenUsers(project)
    project.script(
      '1_sync',
      `
      export const mode = 'sync'
      export function up(session, { batch }) {
        for (const users of batch('User', { size: 4 })) for (const user of users) user.kind = 'x'
      }`,
    )
    project.script('2_async', addUser('a'))
    const tried = await project.run('migrate', 'up', '--dry-run')
    t.is(tried.code, 0, tried.err)
    t.regex(tried.out, /10 rows in 3 statements: UPDATE/)
    t.regex(tried.out, /warning: 2_async runs in async mode, on another connection/)
    t.is(await project.client.user.count({ where: { kind: 'x' } }), 0)
  })

  testOn(row, 'a dry run of a synchronous script uses an export of a TypeScript module as its client', async (t) => {
    const project = await CommandProject.create(t, row.name)
    const text = readFileSync(project.path('db.mjs'), 'utf8')
    project.write('db.ts', text.replace('export const prisma', 'enum Mode { Plain }\nexport const database'))
    project.script(
      '1_sync',
      `export const mode = 'sync'
      export function up(session) { session.add('User', { name: 'a' }) }`,
    )
    const tried = await project.run('migrate', 'up', '--dry-run', '--client', 'db.ts#database')
    t.is(tried.code, 0, tried.err)
    t.regex(tried.out, /1 row: INSERT/)
    t.is(await project.client.user.count(), 0)
  })

  testOn(row, 'a TypeScript script runs in a CommonJS project', async (t) => {
    const project = await CommandProject.create(t, row.name)
    project.write('package.json', JSON.stringify({ 'prisma-session': { client: './db.mjs' } }))
    project.script(
      '1_typed.ts',
      `
      import { select } from 'prisma-session-proxy'
      import type { AsyncSession, MigrationContext } from 'prisma-session-proxy'
      export async function up(session: AsyncSession<any>, { log }: MigrationContext<any>): Promise<void> {
        session.add('User', { name: typeof require })
        const [user] = await session.scalars(select('User'))
        log(user.name, __filename.length > 0)
      }`,
    )
    const up = await project.run('migrate', 'up')
    t.is(up.code, 0, up.err)
    t.regex(up.out, /function true/)
  })
}
