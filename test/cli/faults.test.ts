// Faults while scripts run: each has a message that names the script and the way out, nothing is lost, and nothing runs
// twice.

import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { type AddressInfo, createServer, type Socket } from 'node:net'
import { parse } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { clientFile } from '../../scripts/test/package.js'
import type { PrismaClient } from '../helpers/clients.js'
import { CommandProject, runHere, Terminal } from '../helpers/command.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'

const { version } = createRequire(import.meta.url)('prisma-session-proxy/package.json') as { version: string }

const onSqlite = databases.filter(({ name }) => name === 'better-sqlite3')
const onBoth = databases.filter(({ name }) => name === 'better-sqlite3' || name === 'postgresql')

/** Walks over users by twos, each page only when the test lets it. */
const gatedWalk = `
  import { existsSync } from 'node:fs'
  import { setTimeout } from 'node:timers/promises'
  export const transaction = 'batch'
  export async function up(session, { batch, log, signal }) {
    let page = 0
    for await (const users of batch('User', { size: 2 })) {
      page++
      log('page', page)
      while (!existsSync(new URL('../../gate-' + page, import.meta.url))) await setTimeout(10)
      for (const user of users) user.kind += 'x'
    }
  }`

async function users(project: { readonly client: PrismaClient }, count: number): Promise<void> {
  const data = Array.from({ length: count }, (_, index) => ({ name: `user ${index + 1}`, kind: '' }))
  await project.client.user.createMany({ data })
}

async function kinds({ client }: { readonly client: PrismaClient }): Promise<string> {
  return (await client.user.findMany({ orderBy: { id: 'asc' } })).map(({ kind }) => kind || '-').join('')
}

function open(project: CommandProject, ...pages: number[]): void {
  for (const page of pages) writeFileSync(project.path(`gate-${page}`), '')
}

/** The ledger's rows as they are. */
async function ledger({ client }: { readonly client: PrismaClient }): Promise<Record<string, unknown>[]> {
  const rows = await client.$queryRawUnsafe<Record<string, unknown>[]>('SELECT * FROM "_prisma_session_migrations"')
  return rows.map(({ processed, total, ...rest }) => ({ ...rest, processed: Number(processed), total: Number(total) }))
}

for (const row of onBoth) {
  testOn(row, `a script that throws leaves only its ledger row with the error [${row.name}]`, async (t) => {
    const project = await CommandProject.create(t, row.name)
    project.script(
      '1_a',
      `export async function up(session) {
      session.add('User', { name: 'a' })
      await session.flush()
      await session.$executeRawUnsafe(\`UPDATE "User" SET "kind" = 'y'\`)
      throw new Error('on purpose')
    }`,
    )
    project.script('2_b', `export async function up(session) { session.add('User', { name: 'b' }) }`)
    const failed = await project.run('migrate', 'up')
    t.is(failed.code, 1)
    t.regex(
      failed.err,
      /^error: 1_a failed: on purpose\nAll that it did is rolled back\. Mend it, and run the same command/,
    )
    t.regex(failed.err, /at up \(.*1_a\.mjs:5:/)
    t.false(failed.out.includes('2_b'))
    t.is(await project.client.user.count(), 0)
    const [one, two] = await ledger(project)
    t.like(one, { name: '1_a', finished_at: null })
    t.regex(String(one?.error), /^on purpose\n {4}at up/)
    t.is(two, undefined)

    project.script('1_a', `export async function up(session) { session.add('User', { name: 'a' }) }`)
    const mended = await project.run('migrate', 'up')
    t.is(mended.code, 0, mended.err)
    t.is(await project.client.user.count(), 2)
  })

  testOn(
    row,
    `after SIGKILL between pages the lock is free at once and the script resumes at its page [${row.name}]`,
    async (t) => {
      const project = await CommandProject.create(t, row.name)
      await users(project, 7)
      project.script('1_walk', gatedWalk)
      const killed = project.start('migrate', 'up')
      open(project, 1)
      await killed.printed('page 2')
      killed.child.kill('SIGKILL')
      await killed.ended
      t.is(await kinds(project), 'xx-----')
      open(project, 2, 3)
      const again = await project.run('migrate', 'up')
      t.is(again.code, 0, again.err)
      t.regex(again.out, /^1_walk runs, from row 2 on\n/)
      t.is(await kinds(project), 'xxxxxxx')
    },
  )

  testOn(row, `an unreachable database is reported in one failure [${row.name}]`, async (t) => {
    const project = await CommandProject.create(t, row.name)
    project.writeClient(row.name, row.name === 'postgresql' ? 'postgresql://127.0.0.1:1/none' : 'file:/none/none.db')
    project.script('1_a', 'export const up = () => {}')
    const up = await project.run('migrate', 'up', '--json')
    t.is(up.code, 1)
    t.like(up.objects.at(-1), { event: 'failure', code: 'FAILED', exitCode: 1 })
    t.regex(
      String(up.objects.at(-1)?.message),
      /(the database of file:.*db\.mjs does not answer: .+\. Nothing was run; see that its server runs)/,
    )
  })
}

for (const row of databases.filter(({ name }) => name === 'mariadb')) {
  testOn(
    row,
    'a pool that gives no connection is reported with the reason: a wrong password, a closed port',
    async (t) => {
      const project = await CommandProject.create(t, row.name)
      const text = readFileSync(project.path('db.mjs'), 'utf8')
      const [, server = ''] = /PrismaMariaDb\('(.*?)'\)/.exec(text) ?? []
      const faults: [change: Partial<URL>, reason: RegExp][] = [
        [{ username: 'nobody', password: 'wrong' }, /does not answer: .*Access denied for user 'nobody'/],
        [{ host: '127.0.0.1:1' }, /does not answer: .*connect ECONNREFUSED 127\.0\.0\.1:1/],
      ]
      for (const [index, [change, reason]] of faults.entries()) {
        const url = Object.assign(new URL(server), { search: '?connectTimeout=1000&acquireTimeout=1500' }, change)
        project.write(`db-${index}.mjs`, text.replace(server, url.href))
        const { code, err } = await project.run('migrate', 'status', '--client', `db-${index}.mjs`)
        t.is(code, 1)
        t.regex(err, reason)
        t.is(err.split('\n').length, 2, err) // one line
      }
    },
  )
}

for (const row of databases.filter(({ name }) => name === 'postgresql')) {
  testOn(row, 'Ctrl-C ends the command although the server does not answer', async (t) => {
    const project = await CommandProject.create(t, row.name)
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    t.teardown(() => silent.close())
    project.writeClient(row.name, `postgresql://127.0.0.1:${(silent.address() as AddressInfo).port}/none`)
    project.script('1_a', 'export const up = () => {}')
    const hangs = project.start('migrate', 'up')
    const [socket] = (await once(silent, 'connection')) as [Socket]
    t.teardown(() => socket.destroy())
    hangs.child.kill('SIGINT')
    await hangs.printed('once more ends at once')
    hangs.child.kill('SIGINT')
    const { code, err } = await hangs.ended
    t.is(code, 130)
    t.regex(err, /interrupted twice, and ended at once/)
  })
}

for (const row of onBoth) {
  testOn(row, `a second runner waits for the first or is refused [${row.name}]`, async (t) => {
    const project = await CommandProject.create(t, row.name)
    await users(project, 4)
    project.script('1_walk', gatedWalk)
    project.script(
      '2_once',
      `export async function up(session) { await session.user.create({ data: { name: 'once', kind: '.' } }) }`,
    )
    const first = project.start('migrate', 'up')
    await first.printed('page 1')
    const refused = await project.run('migrate', 'up', '--wait', '0')
    const repair = await project.run('migrate', 'baseline', '--yes')
    t.is(repair.code, 5, repair.err)
    t.is(refused.code, 5)
    t.regex(
      refused.err,
      new RegExp(
        `process ${first.child.pid} on \\S+ \\(migrate up\\), since .* is running scripts on this database: wait`,
      ),
    )
    const second = project.start('migrate', 'up', '--wait', '30')
    await second.printed(`waiting for process ${first.child.pid}`)
    open(project, 1, 2)
    t.is((await first.ended).code, 0)
    const { code, out } = await second.ended
    t.is(code, 0)
    t.true(out.endsWith('Nothing to run: every script is done.\n'), out)
    t.is(await kinds(project), 'xxxx.')
  })
}

for (const row of databases.filter(({ name }) => name !== 'libsql')) {
  testOn(row, `status shows the script that another runner is at work on [${row.name}]`, async (t) => {
    const project = await CommandProject.create(t, row.name)
    await users(project, 4)
    project.script('1_walk', `${gatedWalk}\nexport const down = () => {}`)
    project.script('2_b', 'export const up = () => {}')
    const first = project.start('migrate', 'up', '--step', '1')
    await first.printed('page 1')
    const running = await project.run('migrate', 'status')
    t.is(running.code, 3, running.err)
    const process = `running \\(pid ${first.child.pid}, \\S+, since \\d{4}-\\d\\d-\\d\\dT[\\d:.]+Z\\)`
    t.regex(running.out, new RegExp(`^1_walk +${process}.*\\n2_b +pending\\n1_walk is running, 1 to run\\n$`, 'm'))
    const seen = (await project.run('migrate', 'status', '--json')).objects[0]
    t.like(seen, { scripts: [{ name: '1_walk', state: 'running' }, { name: '2_b' }], pending: ['2_b'], problems: [] })
    t.like(seen?.runner, { pid: first.child.pid, command: 'migrate up' })
    open(project, 1, 2)
    t.is((await first.ended).code, 0)
    const done = await project.run('migrate', 'status', '--json')
    t.like(done.objects[0], { scripts: [{ name: '1_walk', state: 'done' }, { name: '2_b' }], runner: null })
  })
}

/** What makes a connection's time zone another than UTC. */
const inAnotherZone = {
  postgresql: (url: string) => `${url}?options=-c%20timezone%3DAmerica/New_York`,
  mariadb: (url: string) => `${url}?sessionVariables={"time_zone":"-05:00"}`,
}

for (const row of databases.filter(({ name }) => name in inAnotherZone)) {
  testOn(row, `times are right whatever the time zone of the connection is [${row.name}]`, async (t) => {
    const project = await CommandProject.create(t, row.name)
    const [, url = ''] =
      /'((?:postgresql|mariadb):.*?)(?:\?.*?)?'/.exec(readFileSync(project.path('db.mjs'), 'utf8')) ?? []
    const moved = inAnotherZone[row.name as keyof typeof inAnotherZone](url)
    project.write(
      'db.mjs',
      readFileSync(project.path('db.mjs'), 'utf8').replace(/'(postgresql|mariadb):.*?'/, `'${moved}'`),
    )
    await users(project, 4)
    project.script('1_walk', gatedWalk)
    const before = Date.now()
    const first = project.start('migrate', 'up')
    await first.printed('page 1')
    const { runner } = (await project.run('migrate', 'status', '--json')).objects[0] as { runner: { since: string } }
    const isNow = (time: unknown) =>
      Date.parse(String(time)) >= before - 2000 && Date.parse(String(time)) <= Date.now() + 2000
    t.true(isNow(runner.since), runner.since)
    open(project, 1, 2)
    t.is((await first.ended).code, 0)
    const [status] = (await project.run('migrate', 'status', '--json')).objects as [
      { scripts: Record<string, unknown>[] },
    ]
    const [script] = status.scripts
    t.true(isNow(script?.startedAt) && isNow(script?.finishedAt), JSON.stringify(script))
  })
}

for (const row of onSqlite) {
  testOn(row, 'status shows a down, a redo and a repair at work, and no runner that was killed', async (t) => {
    const project = await CommandProject.create(t, row.name)
    await users(project, 4)
    project.script(
      '1_walk',
      `${gatedWalk.replace('function up', 'function down')}
      export const up = () => {}`,
    )
    project.script('2_b', 'export const up = () => {}')
    t.is((await project.run('migrate', 'up', '--step', '1')).code, 0)
    const down = project.start('migrate', 'down', '--yes')
    open(project, 1)
    await down.printed('page 2')
    const running = await project.run('migrate', 'status')
    t.regex(running.out, /^1_walk +running \(pid \d+, .*2\/4\n2_b +pending\n1_walk is running, 1 to run\n$/ms)
    t.is(running.code, 3, running.err) // what is being undone is no disagreement
    down.child.kill('SIGKILL')
    await down.ended
    const killed = await project.run('migrate', 'status')
    t.is(killed.code, 4)
    t.regex(killed.out, /^1_walk +reverting/m)

    rmSync(project.path('gate-1'))
    const redo = project.start('migrate', 'redo', '--yes')
    await redo.printed('page 1') // of what is left
    t.regex((await project.run('migrate', 'status')).out, /^1_walk +running \(pid/m)
    open(project, 1)
    t.is((await redo.ended).code, 0)
    const holder = `UPDATE "_prisma_session_lock" SET "owner" = 'x', "host" = 'elsewhere', "pid" = 7, "command" = 'migrate repair', "taken_at" = 0`
    const now = `CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)`
    await project.client.$executeRawUnsafe(`${holder}, "heartbeat_at" = ${now}`)
    const repair = await project.run('migrate', 'status')
    t.regex(
      repair.out,
      /^A runner is at work: process 7 on elsewhere \(migrate repair\), since 1970-01-01T00:00:00\.000Z\n/,
    )
    t.regex(repair.out, /^1_walk +done/m)
    await project.client.$executeRawUnsafe(`${holder}, "heartbeat_at" = ${now} - 60000`)
    t.notRegex((await project.run('migrate', 'status')).out, /elsewhere/)
  })

  testOn(row, 'up runs to its end although the reader of its output is gone, and reports failures', async (t) => {
    const project = await CommandProject.create(t, row.name)
    await users(project, 4)
    project.script('1_walk', gatedWalk)
    const cut = project.start('migrate', 'up')
    await cut.printed('page 1')
    cut.child.stdout?.destroy()
    open(project, 1, 2)
    t.like(await cut.ended, { code: 0, err: '' })
    t.is(await kinds(project), 'xxxx')
    t.like((await ledger(project))[0], { name: '1_walk', processed: 4 })

    project.script('2_b', `export const up = () => { throw new Error('on purpose') }`)
    const failing = project.start('migrate', 'up')
    failing.child.stdout?.destroy()
    const { code, err } = await failing.ended
    t.is(code, 1)
    t.regex(err, /^error: 2_b failed: on purpose\n/)
    const status = project.start('migrate', 'status')
    status.child.stdout?.destroy()
    t.like(await status.ended, { code: 3, err: '' })
    const both = project.start('migrate', 'up')
    both.child.stdout?.destroy()
    both.child.stderr?.destroy()
    t.is((await both.ended).code, 1)
  })
}

/** A row of the ledger for a script that has not run. */
const noteSecond = `INSERT INTO "_prisma_session_migrations" ("name", "checksum", "started_at") VALUES ('2_b', '', '2026-01-01T00:00:00Z')`

const waitForSignal = `
  export const transaction = 'none'
  export async function up(session, { log, signal }) {
    await session.user.create({ data: { name: 'a' } })
    log('waits')
    await new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason)))
  }`

for (const row of onBoth.filter(({ name }) => name === 'postgresql')) {
  testOn(row, `a runner stops when its lock is taken [${row.name}]`, async (t) => {
    const project = await CommandProject.create(t, row.name)
    project.script('1_waits', waitForSignal)
    const first = project.start('migrate', 'up')
    await first.printed('waits')
    const unlocked = await project.runAlone('migrate', 'unlock', '--yes')
    t.is(unlocked.code, 0, unlocked.err)
    t.regex(unlocked.out, new RegExp(`The lock was taken from process ${first.child.pid} on`))
    const { code, err, out } = await first.ended
    t.is(code, 5, err)
    t.regex(out, /the lock is lost: /)
    t.regex(err, /1_waits was stopped because another runner has taken the lock/)
    t.is((await project.run('migrate', 'unlock', '--yes')).out, 'Nobody holds the lock.\n')
  })
}

for (const row of databases.filter(({ name }) => name === 'libsql')) {
  testOn(row, `the lock of a runner with an open transaction cannot be taken [${row.name}]`, async (t) => {
    const project = await CommandProject.create(t, row.name)
    await users(project, 4)
    project.script('1_walk', gatedWalk)
    const first = project.start('migrate', 'up')
    open(project, 1)
    await first.printed('page 2')
    const unlocked = await project.run('migrate', 'unlock', '--yes')
    const isTaken = row.name === 'postgresql'
    t.is(unlocked.code, isTaken ? 0 : 5, unlocked.err)
    if (!isTaken) t.regex(unlocked.err, /has a transaction open, and the lock is a part of it/)
    open(project, 2)
    const { code, err } = await first.ended
    t.is(code, isTaken ? 5 : 0)
    if (isTaken) t.regex(err, /1_walk was stopped because another runner has taken the lock/)
    t.is(await kinds(project), isTaken ? 'xx--' : 'xxxx')
  })
}

for (const row of onSqlite) {
  testOn(row, `Ctrl-C ends after the page at work, and the same command resumes there [${row.name}]`, async (t) => {
    const project = await CommandProject.create(t, row.name)
    await users(project, 6)
    project.script('1_walk', gatedWalk)
    project.script('2_b', 'export const up = () => {}')
    const stopped = project.start('migrate', 'up')
    open(project, 1)
    await stopped.printed('page 2')
    stopped.child.kill('SIGINT')
    await stopped.printed('SIGINT: ends after the page that it is at')
    open(project, 2, 3)
    const { code, out, err } = await stopped.ended
    t.is(code, 130)
    t.regex(out, /1_walk +interrupted +4/)
    t.regex(err, /1_walk was interrupted after 4 rows, which are committed: run the same command to go on/)
    t.is(await kinds(project), 'xxxx--')
    const [one, two] = await ledger(project)
    t.like(one, { name: '1_walk', finished_at: null, processed: 4, total: 6, error: null })
    t.is(two, undefined)
    t.is((await project.run('migrate', 'up')).code, 0)
    t.is(await kinds(project), 'xxxxxx')
  })

  testOn(row, 'no script runs when one of them cannot be loaded', async (t) => {
    const project = await CommandProject.create(t, row.name)
    project.script('1_a', `export async function up(session) { session.add('User', { name: 'a' }) }`)
    const faults: [file: string, text: string, message: RegExp][] = [
      [
        '2_b',
        'export async function up( {',
        /^error: 2_b cannot be loaded: its syntax is wrong: .*Mend it; nothing was run/,
      ],
      [
        '2_b.ts',
        'export async function up( {',
        /^error: 2_b cannot be loaded: its syntax is wrong: [\s\S]*2_b\.ts:1:27: ERROR/,
      ],
      [
        '2_b',
        `import 'no-such-package'`,
        /^error: 2_b cannot be loaded: Cannot find package 'no-such-package'.*Install what it imports/,
      ],
      [
        '2_b',
        `import '../../names.ts'`,
        /^error: 2_b cannot be loaded: it is TypeScript, or imports some, .*: npm install tsx, and name the script \.ts/,
      ],
    ]
    project.write('names.ts', `export enum Name { First = 'a' }`)
    for (const [file, text, message] of faults) {
      project.script(file, text)
      const { code, err } = await project.run('migrate', 'up')
      t.true(code === 1 || code === 2, err)
      t.regex(err, message)
      t.is(await project.client.user.count(), 0)
      project.script(file, null)
    }
  })

  testOn(
    row,
    'a script that ends its transaction, exits the process or leaves a rejected promise fails and is rolled back',
    async (t) => {
      const project = await CommandProject.create(t, row.name)
      const begin = `session.add('User', { name: 'a' }); await session.flush();`
      const faults: [text: string, message: RegExp][] = [
        ['await session.commit()', /1_a commits by itself: its transaction is committed together with its row/],
        ['await session.rollback()', /1_a has ended its transaction by itself, and what it did in it is undone/],
        [`throw 'no error'`, /1_a failed: no error\nAll that it did is rolled back/],
        ['process.exit(3)', /1_a failed: it has ended the process with process\.exit\(3\)/],
        [
          `Promise.reject(new Error('left alone')); await new Promise((go) => setTimeout(go, 5000))`,
          /1_a failed: left alone/,
        ],
      ]
      project.script(
        '1_a',
        `export const transaction = 'none'
      export async function up(session) { await session.begin(); ${begin} }`,
      )
      const left = await project.run('migrate', 'up')
      t.is(left.code, 1)
      t.regex(left.err, /1_a has not ended the transaction that it has begun/)
      t.is(await project.client.user.count(), 0)
      t.is((await project.run('migrate', 'repair', '--yes')).code, 0)
      for (const [text, message] of faults) {
        project.script('1_a', `export async function up(session) { ${begin} ${text} }`)
        const { code, err, out } = await project.run('migrate', 'up')
        t.is(code, 1)
        t.regex(err, message)
        t.regex(out, /1_a +failed/)
        t.is(await project.client.user.count(), 0)
      }
      project.script(
        '1_a',
        `export async function up(session) { ${begin} await (await session.beginNested()).commit() }`,
      )
      t.is((await project.run('migrate', 'up')).code, 0)
      t.is(await project.client.user.count(), 1)
    },
  )

  testOn(row, 'a failure that cannot be noted in the ledger is reported with a warning', async (t) => {
    const project = await CommandProject.create(t, row.name)
    for (const end of [`throw new Error('on purpose')`, 'process.exit(3)']) {
      project.script(
        '1_a',
        `export const transaction = 'none'
        export async function up(session) {
          await session.$executeRawUnsafe('DROP TABLE "_prisma_session_migrations"')
          ${end}
        }`,
      )
      const { code, out, err } = await project.run('migrate', 'up')
      t.is(code, 1)
      t.regex(out, /^warning: that 1_a failed could not be noted in the ledger: .*no such table/ms)
      t.regex(err, /^error: 1_a failed: /)
    }
  })

  testOn(row, 'a script is rolled back when its row in the ledger or the lock changes while it runs', async (t) => {
    const project = await CommandProject.create(t, row.name)
    await users(project, 4)
    const deletion = `DELETE FROM "_prisma_session_migrations" WHERE "name" = '1_a'`
    const walk = `for await (const users of batch('User', { size: 2 })) {
      for (const user of users) user.kind = 'x'
      await session.$executeRawUnsafe(\`${deletion}\`)
    }`
    const page = `await session.user.updateMany({ data: { kind: 'x' } })`
    const changes = [
      `${page}; await session.$executeRawUnsafe(\`${deletion}\`)`,
      `${page}; await session.$executeRawUnsafe(\`UPDATE "_prisma_session_lock" SET "owner" = 'other'\`)`,
      walk,
    ]
    for (const change of changes) {
      const transaction = change === walk ? 'batch' : 'script'
      project.script(
        '1_a',
        `export const transaction = '${transaction}'
        export async function up(session, { batch }) { ${change} }`,
      )
      const { code, err } = await project.run('migrate', 'up')
      t.is(code, 5, err)
      t.regex(err, /^error: 1_a was stopped because another runner has taken the lock, .* or its row in the ledger was/)
      t.is(await kinds(project), '----')
    }
    project.script('1_a', `export async function up(session) { await session.$executeRawUnsafe(\`${noteSecond}\`) }`)
    project.script('2_b', `export async function up(session) { ${page} }`)
    const { code, out, err } = await project.run('migrate', 'up')
    t.is(code, 5, err)
    t.regex(out, /1_a +done/)
    t.regex(err, /^error: 2_b was stopped because another runner .* has run it meanwhile/)
    t.is(await kinds(project), '----')
  })

  testOn(row, 'no script begins after another runner has taken the lock', async (t) => {
    const project = await CommandProject.create(t, row.name)
    const take = `await session.$executeRawUnsafe(\`UPDATE "_prisma_session_lock" SET "owner" = 'other'\`)`
    const isTold = `await new Promise((go) => signal.addEventListener('abort', go))`
    const add = `await session.user.create({ data: { name: 'a' } })`
    const script = (text: string, transaction: string) => `export const transaction = '${transaction}'
      export async function up(session, { signal }) { ${text} }`
    const cases: [first: string, next: 'script' | 'none'][] = [
      [take, 'script'],
      [take, 'none'],
      [`${take}; ${isTold}`, 'script'],
    ]
    for (const [index, [first, next]] of cases.entries()) {
      project.script(`${index}_a`, script(first, 'none'))
      project.script(`${index}_b`, script(add, next))
      const { code, out, err } = await project.run('migrate', 'up')
      t.is(code, 5, err)
      t.regex(out, new RegExp(`${index}_a +done`))
      t.regex(err, new RegExp(`^error: ${index}_b was stopped because another runner has taken the lock`))
      if (first !== take) t.regex(out, /the lock is lost: its row belongs to somebody else/)
      t.is(await project.client.user.count(), index) // what the case before has left to do is done first
      t.is((await project.run('migrate', 'unlock', '--yes')).code, 0)
      t.is((await project.run('migrate', 'up')).code, 0)
    }
  })

  testOn(row, 'a walk inside another walk, or inside a transaction of the script, is refused', async (t) => {
    const project = await CommandProject.create(t, row.name)
    await users(project, 4)
    const walk = (text: string) => `for await (const users of batch('User', { size: 2 })) { ${text} }`
    const faults: [transaction: string, text: string, message: RegExp][] = [
      [
        'batch',
        walk(walk('')),
        /^error: 1_a walks over User by batch\(\) inside another walk, .*: read the inner rows/,
      ],
      [
        'none',
        `await session.begin(); ${walk('')}`,
        /^error: 1_a walks by batch\(\) inside a transaction that it has begun: .*commit it first/,
      ],
    ]
    for (const [transaction, text, message] of faults) {
      project.script(
        '1_a',
        `export const transaction = '${transaction}'
        export async function up(session, { batch }) { ${text} }`,
      )
      const { code, err } = await project.run('migrate', 'up')
      t.is(code, 1)
      t.regex(err, message)
      t.is((await project.run('migrate', 'repair', '--yes')).code, 0)
    }
  })

  testOn(row, 'a walk that meets a row again ends with an error', async (t) => {
    const project = await CommandProject.create(t, row.name)
    // A number with a fraction, which is not what Prisma reads there.
    await project.client.$executeRawUnsafe('INSERT INTO "every thing" ("id") VALUES (1.5), (3)')
    project.script(
      '1_a',
      `export async function up(session, { batch }) {
        for await (const rows of batch('Everything', { size: 1 }));
      }`,
    )
    const { code, err } = await project.run('migrate', 'up')
    t.is(code, 1)
    t.regex(
      err,
      /1_a failed: batch\('Everything'\) finds the row 1 after itself: its key is not kept as Prisma writes it/,
    )
  })

  testOn(row, 'Ctrl-C ends the command between two scripts, and after a script that swallows it', async (t) => {
    const project = await CommandProject.create(t, row.name)
    await users(project, 4)
    const isTold = `await new Promise((go) => signal.addEventListener('abort', go))`
    project.script(
      '1_a',
      `export async function up(session, { log, signal }) {
        log('waits')
        ${isTold}
        session.add('User', { name: 'last', kind: '' })
      }`,
    )
    project.script(
      '2_b',
      `export const transaction = 'batch'
      export async function up(session, { batch, log, signal }) {
        try {
          for await (const users of batch('User', { size: 2 })) {
            for (const user of users) user.kind = 'x'
            log('waits')
            ${isTold}
          }
        } catch {}
      }`,
    )
    project.script('3_c', `export async function up(session) { session.add('User', { name: 'more' }) }`)
    const ends: [message: RegExp, kinds: string][] = [
      [/^error: interrupted before 2_b: run the same command to go on\n$/, '-----'],
      [/^error: 2_b was interrupted after 2 rows, which are committed: run the same command to go on\n$/, 'xx---'],
    ]
    for (const [message, left] of ends) {
      const running = project.start('migrate', 'up')
      await running.printed('waits')
      running.child.kill('SIGINT')
      const { code, err } = await running.ended
      t.is(code, 130)
      t.regex(err, message)
      t.is(await kinds(project), left)
    }
  })

  testOn(row, 'a page that is rolled back is not recorded, and a walk ends although rows are added', async (t) => {
    const project = await CommandProject.create(t, row.name)
    await users(project, 4)
    const walk = (text: string) => `export const transaction = 'batch'
      export async function up(session, { batch }) {
        for await (const users of batch('User', { size: 2 })) {
          for (const user of users) user.kind += 'x'
          ${text}
        }
      }`
    project.script('1_a', walk("if (users[0].name === 'user 3') await session.rollback()"))
    const failed = await project.run('migrate', 'up')
    t.is(failed.code, 1)
    t.regex(failed.err, /1_a has ended its transaction by itself/)
    t.is(await kinds(project), 'xx--')
    project.script('1_a', walk("for (const { name } of users) session.add('User', { name, kind: '+' })"))
    const ends = await project.run('migrate', 'up', '--allow-changed')
    t.is(ends.code, 0, ends.err)
    t.is(await kinds(project), 'xxxx++')
  })

  testOn(row, 'a stopped repeatable script starts over when it has changed, and run always starts over', async (t) => {
    const project = await CommandProject.create(t, row.name)
    await users(project, 4)
    const seed = (kind: string, check: string) => `export const transaction = 'batch'
      export async function up(session, { batch }) {
        for await (const users of batch('User', { size: 2 })) {
          ${check}
          for (const user of users) user.kind = '${kind}'
        }
      }`
    const fails = "if (users[0].name === 'user 3') throw new Error('not yet')"
    project.script('R__seed', seed('o', fails))
    t.is((await project.run('migrate', 'up')).code, 1)
    t.is(await kinds(project), 'oo--')
    project.script('R__seed', seed('n', ''))
    t.is((await project.run('migrate', 'up')).code, 0)
    t.is(await kinds(project), 'nnnn')

    project.write('once.mjs', seed('r', fails))
    const once = await project.run('run', 'once.mjs')
    t.is(once.code, 1)
    t.regex(once.err, /once failed: not yet\n2 rows are committed, the page it was at is rolled back\. It begins anew/)
  })

  testOn(row, 'an error that a script throws after Ctrl-C is reported as a failure', async (t) => {
    const project = await CommandProject.create(t, row.name)
    project.script(
      '1_a',
      `export async function up(session, { log, signal }) {
      log('waits')
      await new Promise((go) => signal.addEventListener('abort', go))
      throw new Error('a fault of its own')
    }`,
    )
    const running = project.start('migrate', 'up')
    await running.printed('waits')
    running.child.kill('SIGINT')
    const { code, err } = await running.ended
    t.is(code, 1)
    t.regex(err, /1_a failed: a fault of its own/)
  })

  testOn(row, 'a script without a transaction that did not finish runs again only after repair', async (t) => {
    const project = await CommandProject.create(t, row.name)
    const script = (text: string) => `export const transaction = 'none'
      export async function up(session) {
        await session.user.create({ data: { name: 'a' } })
        ${text}
        await session.transaction(() => session.user.create({ data: { name: 'b' } }))
      }`
    project.script('1_a', script(`throw new Error('half way')`))
    const failed = await project.run('migrate', 'up')
    t.is(failed.code, 1)
    t.regex(
      failed.err,
      /1_a failed: half way\nIt runs without a transaction, so that what it did before stays.*migrate repair 1_a/,
    )
    t.is(await project.client.user.count(), 1)
    project.script('1_a', script(''))
    const refused = await project.run('migrate', 'up')
    t.is(refused.code, 4)
    t.regex(refused.err, /1_a was begun .* and has not finished, and it runs without a transaction/)
    t.is((await project.run('migrate', 'repair', '1_a', '--yes')).code, 0)
    t.is((await project.run('migrate', 'up')).code, 0)
    t.is(await project.client.user.count(), 3)
  })

  testOn(
    row,
    'a second Ctrl-C ends a script that ignores the first, and a synchronous script stops at the first',
    async (t) => {
      const project = await CommandProject.create(t, row.name)
      await users(project, 4)
      project.script(
        '1_a',
        `export async function up(session, { log }) {
      session.add('User', { name: 'a' })
      await session.flush()
      log('hangs')
      await new Promise((go) => setTimeout(go, 60000))
    }`,
      )
      const hangs = project.start('migrate', 'up')
      await hangs.printed('hangs')
      hangs.child.kill('SIGINT')
      await hangs.printed('once more ends at once')
      hangs.child.kill('SIGINT')
      const { code, err, out } = await hangs.ended
      t.is(code, 130)
      t.regex(err, /1_a failed: interrupted twice, and ended at once\. What was not committed is rolled back/)
      t.regex(out, /1_a +interrupted/)
      t.is(await project.client.user.count(), 4)

      project.script(
        '1_a',
        `
      export const mode = 'sync'
      export const transaction = 'batch'
      export function up(session, { batch, log, signal }) {
        for (const users of batch('User', { size: 2 })) {
          for (const user of users) user.kind = 'x'
          log('sync page')
          while (!signal.aborted);
        }
      }`,
      )
      const sync = project.start('migrate', 'up')
      await sync.printed('sync page')
      sync.child.kill('SIGINT')
      t.is((await sync.ended).code, 130)
      t.is(await kinds(project), 'xx--')
    },
  )

  testOn(row, 'a second Ctrl-C shows rows and time so far, and which rows are committed', async (t) => {
    const project = await CommandProject.create(t, row.name)
    await users(project, 6)
    project.script('1_walk', gatedWalk)
    open(project, 1)
    const endedTwice = async (running: ReturnType<CommandProject['start']>, reached: string) => {
      await running.printed(reached)
      await setTimeout(200) // it takes a time that shows
      running.child.kill('SIGINT')
      await running.printed('once more ends at once')
      running.child.kill('SIGINT')
      return await running.ended
    }
    const first = await endedTwice(project.start('migrate', 'up'), 'page 2')
    t.is(first.code, 130)
    t.regex(first.out, /^1_walk interrupted, 2 rows, ([2-9]\d\d ms|\d\.\d s)$/m)
    t.regex(first.out, /^1_walk +interrupted +2 +([2-9]\d\d ms|\d\.\d s)$/m)
    const stopped = '1_walk failed: interrupted twice, and ended at once. What was not committed is rolled back'
    t.is(first.err, `error: ${stopped}, and 2 rows of earlier pages stay committed: run the same command to go on\n`)
    t.is(await kinds(project), 'xx----')

    rmSync(project.path('gate-1')) // what follows has the rows of the first run only
    const again = await endedTwice(project.start('migrate', 'up', '--json'), '"page 1"')
    t.like(
      again.objects.find(({ event }) => event === 'summary'),
      { scripts: [{ script: '1_walk', outcome: 'interrupted', processed: 2 }] },
    )
    const dry = await endedTwice(project.start('migrate', 'up', '--dry-run'), 'page 1')
    t.is(dry.err, `error: ${stopped}: it begins anew when it is run again\n`)
    t.is(await kinds(project), 'xx----')

    project.script('2_b', waitForSignal.replace('signal.addEventListener', 'void'))
    open(project, 1, 2)
    const without = await endedTwice(project.start('migrate', 'up'), 'waits')
    t.regex(
      without.err,
      /rolled back: it runs without a transaction: look at the data, .* prisma-session migrate repair 2_b/,
    )
  })

  testOn(row, 'a script that ends its process shows rows and time so far, and which rows are committed', async (t) => {
    const project = await CommandProject.create(t, row.name)
    await users(project, 6)
    const exits = gatedWalk.replace('page++', 'page++; if (page === 2) process.exit(3)')
    project.script('1_walk', exits)
    open(project, 1)
    const crash =
      'failed: it has ended the process with process.exit(3)\nWhat it had not committed is rolled back. Mend it, and'
    const failed = await project.run('migrate', 'up')
    t.is(failed.code, 1)
    t.regex(failed.out, /^1_walk failed, 2 rows, /m)
    t.regex(
      failed.err,
      /\nWhat it had not committed is rolled back\. Mend it, and run the same command again with --allow-changed: 2 rows of earlier pages stay committed, and it goes on after them\n$/,
    )
    t.true(failed.err.startsWith(`error: 1_walk ${crash}`))
    const once = await project.run('run', 'prisma/scripts/1_walk.mjs')
    t.is(
      once.err,
      `error: 1_walk ${crash} run the same command again: 2 rows of earlier pages stay committed, and it begins anew\n`,
    )
  })

  testOn(row, 'a script and a client that fail are reported with the causes of their errors', async (t) => {
    const project = await CommandProject.create(t, row.name)
    project.write('none.mjs', `await fetch('http://127.0.0.1:1/')`)
    const client = await project.run('migrate', 'status', '--client', 'none.mjs')
    t.regex(client.err, /^error: no client: .*it throws: TypeError: fetch failed: bad port/)
    project.script(
      '1_a',
      `export const up = () => Promise.any([Promise.reject(new Error('one')), fetch('http://127.0.0.1:1/')])`,
    )
    const failed = await project.run('migrate', 'up')
    t.regex(failed.err, /^error: 1_a failed: All promises were rejected: one; fetch failed: bad port\n/)
    t.regex(String((await ledger(project))[0]?.error), /^All promises were rejected: one; fetch failed: bad port/)
  })

  testOn(row, 'invalid usage exits with code 2 and explains what is wrong', async (t) => {
    const project = await CommandProject.create(t, row.name)
    const faults: [words: string[], message: RegExp][] = [
      [
        ['migrate', 'up', '--to', '1_a', '--step', '1'],
        /option '--to <name>' cannot be used with option '--step <count>'/,
      ],
      [['migrate', 'down', '--dry-run', '--yes'], /option '--dry-run' cannot be used with option '--yes'/],
      [['migrate', 'up', '--step', '0'], /option '--step <count>' argument '0' is invalid\. It is a number from 1/],
      [['migrate', 'up', '--too', '1'], /unknown option '--too'\n\(Did you mean --to\?\)/],
      [['migrate', 'sideways'], /unknown command 'sideways'/],
      [
        ['migrate', 'up', '--client', 'none.ts'],
        /Client module 'none\.ts' not found: \S+none\.ts does not exist and no package none\.ts can be imported/,
      ],
      [['migrate', 'up', '--to', '7_none'], /--to 7_none: there is no script of that name/],
      [
        ['migrate', 'up', '--batch-size', '0'],
        /'--batch-size <rows>' argument '0' is invalid\. Expected a number of rows from 1 to 2147483647\./,
      ],
      [['run', '--batch-size', '2147483648', '1_a'], /argument '2147483648' is invalid\. Expected a number of rows/],
      [['migrate', 'redo', '--dry-run', '--yes'], /option '--dry-run' cannot be used with option '--yes'/],
      [['migrate', 'redo', '7_none', '--yes'], /7_none: there is no script of that name in .*prisma.scripts/],
      [['migrate', 'redo', '1_a', '--yes'], /1_a: that script is not done \(pending\), so there is nothing to undo/],
      [['migrate', 'up', '--wait', 'long'], /argument 'long' is invalid\. It is a number of seconds/],
      [
        ['migrate', 'down', '--yes', '--to', '1_a'],
        /--to 1_a: that script is not done \(pending\), so there is nothing/,
      ],
      [['migrate', 'baseline', '--to', '7_none'], /--to 7_none: there is no such script in .*prisma.scripts/],
      [['migrate', 'baseline', '--to', '0_z'], /--to 0_z: that script is baseline/],
    ]
    for (const name of ['0_z', '1_a']) project.script(name, 'export const up = () => {}')
    t.is((await project.run('migrate', 'baseline', '--to', '0_z', '--yes')).code, 0)
    for (const [words, message] of faults) {
      const { code, err } = await project.run(...words)
      t.is(code, 2, words.join(' '))
      t.regex(err, message)
    }
    project.script('misnamed', 'export const up = () => {}')
    t.regex((await project.run('migrate', 'status')).err, /misnamed\.mjs is not named as a script/)
    const settings: [text: string, message: RegExp][] = [
      ['{', /package\.json cannot be read as JSON: SyntaxError/],
      [
        '{ "prisma-session": [] }',
        /"prisma-session" in .*package\.json is an object: \{ client, dir, migrationsDir \}/,
      ],
      [
        '{ "prisma-session": { "client": 7 } }',
        /"prisma-session" in .*package\.json: client is a path or the name of a package, not 7/,
      ],
      ['{ "prisma-session": { "dir": "" } }', /"prisma-session" in .*package\.json: dir is a path, not ""/],
      ['{ "prisma-session": { "cleint": "./db.mjs" } }', /has no key "cleint": it takes client, dir, migrationsDir/],
    ]
    for (const [text, message] of settings) {
      project.write('package.json', text)
      const { code, err } = await project.run('migrate', 'status')
      t.is(code, 2)
      t.regex(err, message)
    }
    project.write('package.json', '{}')
    t.regex(
      (await project.run('migrate', 'status')).err,
      /which PrismaClient\? Give the module that exports it, --client/,
    )
    t.false(existsSync(project.path('dist')))
    const nowhere = await runHere(parse(project.folder).root, ['migrate', 'status']) // where no package.json is
    t.is(nowhere.code, 2)
    t.regex(nowhere.err, /which PrismaClient\?/)
  })

  testOn(row, 'a module without a client that can be used is refused', async (t) => {
    const project = await CommandProject.create(t, row.name)
    project.script('1_a', 'export const up = () => {}')
    const faults: [text: string, words: string[], code: number, message: RegExp][] = [
      [
        'export const other = 1',
        ['status'],
        1,
        /^error: no client: .*client-0\.mjs has no export 'prisma', 'client', 'default' \(it exports other\).* --client names; .*--client <module>#<name>\n$/,
      ],
      [
        `export const prisma = { _activeProvider: 'cockroachdb', async $disconnect() {} }`,
        ['status'],
        2,
        /^error: migration scripts run on SQLite, PostgreSQL and MariaDB or MySQL, not on cockroachdb\n$/,
      ],
      [
        `import { PrismaClient } from '${pathToFileURL(clientFile('sqlite')).href}'
        export const prisma = new PrismaClient({ accelerateUrl: 'prisma://127.0.0.1/?api_key=none' })`,
        ['up', '--dry-run'],
        2,
        /^error: a dry run needs a client that was made with a driver adapter, .*: new PrismaClient\(\{ adapter \}\)\n$/,
      ],
    ]
    for (const [index, [text, words, code, message]] of faults.entries()) {
      project.write(`client-${index}.mjs`, text)
      const refused = await project.run('migrate', ...words, '--client', `client-${index}.mjs`)
      t.is(refused.code, code, refused.err)
      t.regex(refused.err, message)
    }
  })

  testOn(row, 'help and version are printed, and an output that fails is not swallowed', async (t) => {
    const project = await CommandProject.create(t, row.name)
    const help = await project.run('migrate', 'up', '--help')
    t.is(help.code, 0)
    t.regex(help.out, /^Usage: prisma-session migrate up \[options\]\n\nRun the scripts that wait\./)
    t.like(await project.run('--version'), { code: 0, out: `${version}\n`, err: '' })
    const broken = new Terminal()
    broken.out.write = () => {
      throw new Error('no screen')
    }
    await t.throwsAsync(runHere(project.folder, ['--version'], { terminal: broken }), { message: 'no screen' })
  })
}

for (const row of databases.filter(({ name }) => name === 'libsql')) {
  testOn(row, 'a command that finds the database kept by another process says so', async (t) => {
    const project = await CommandProject.create(t, row.name)
    project.script('1_a', 'export const up = () => {}')
    await project.client.$transaction(async (tx) => {
      await tx.user.create({ data: { name: 'a' } })
      const { code, err } = await project.run('migrate', 'baseline', '--yes')
      t.is(code, 5)
      t.regex(err, /^error: another process is writing to the database of .*db\.mjs, and keeps it to itself\. Nothing/)
    })
    t.is((await project.run('migrate', 'baseline', '--yes')).code, 0)
  })
}
