// Walks that a script leaves early, and transactions that it ends by itself.
import type { PrismaClient } from '../helpers/clients.js'
import { CommandProject } from '../helpers/command.js'
import { testOnce } from '../helpers/test-on.js'

async function sixUsers({ client }: { readonly client: PrismaClient }): Promise<void> {
  await client.user.createMany({ data: Array.from({ length: 6 }, (_, id) => ({ name: `user ${id}`, kind: '' })) })
}

async function kinds({ client }: { readonly client: PrismaClient }): Promise<string[]> {
  return (await client.user.findMany({ orderBy: { id: 'asc' } })).map(({ kind }) => kind)
}

async function processed(project: CommandProject): Promise<unknown> {
  const [status] = (await project.run('migrate', 'status', '--json')).objects as [{ scripts: object[] }]
  return status.scripts[0]
}

for (const transaction of ['script', 'batch', 'none'])
  for (const mode of ['async', 'sync'])
    testOnce(`the page at which a loop is left by break counts as processed [${transaction}, ${mode}]`, async (t) => {
      const project = await CommandProject.create(t, 'better-sqlite3')
      await sixUsers(project)
      const [begin, loop] = mode === 'sync' ? ['function', 'for'] : ['async function', 'for await']
      project.script(
        '1_walk',
        `export const [mode, transaction] = ['${mode}', '${transaction}']
        export ${begin} up(session, { batch }) {
          let pages = 0
          ${loop} (const users of batch('User', { size: 2 })) {
            for (const user of users) user.kind += 'x'
            pages++
            if (pages === 2) break
          }
          ${transaction === 'none' ? `${mode === 'sync' ? '' : 'await '}session.commit()` : ''}
        }`,
      )
      const up = await project.run('migrate', 'up')
      t.is(up.code, 0, up.err)
      t.regex(up.out, /^1_walk done, 4 rows, /m)
      t.like(await processed(project), { state: 'done', processed: 4, total: 6 })
      t.deepEqual(await kinds(project), ['x', 'x', 'x', 'x', '', ''])
    })

testOnce('a page at which a loop is left is not processed again after a later fault', async (t) => {
  const project = await CommandProject.create(t, 'better-sqlite3')
  await sixUsers(project)
  const script = (fault: string) => `
    export const transaction = 'batch'
    export async function up(session, { batch }) {
      for await (const users of batch('User', { size: 2 })) {
        for (const user of users) user.kind += 'x'
        break
      }
      let pages = 0
      for await (const users of batch('User', { size: 2, where: { name: { not: '' } } })) {
        for (const user of users) user.kind += 'y'
        pages++
        ${fault}
      }
    }`
  project.script('1_walk', script(`if (pages === 2) throw new Error('on purpose')`))
  const failed = await project.run('migrate', 'up')
  t.regex(failed.err, /on purpose\n4 rows are committed, the page it was at is rolled back/)
  t.deepEqual(await kinds(project), ['xy', 'xy', '', '', '', ''])
  project.script('1_walk', script(''))
  const resumed = await project.run('migrate', 'up', '--allow-changed')
  t.is(resumed.code, 0, resumed.err)
  t.deepEqual(await kinds(project), ['xy', 'xy', 'y', 'y', 'y', 'y'])
  t.like(await processed(project), { state: 'done', processed: 8, total: 12 })
})

testOnce('a page whose loop throws is not processed', async (t) => {
  const project = await CommandProject.create(t, 'better-sqlite3')
  await sixUsers(project)
  project.script(
    '1_walk',
    `export const transaction = 'batch'
    export async function up(session, { batch }) {
      for await (const users of batch('User', { size: 2 })) if (users[0].id === 3) throw new Error('on purpose')
    }`,
  )
  t.regex((await project.run('migrate', 'up')).out, /^1_walk failed, 2 rows, /m)
  t.like(await processed(project), { state: 'failed', processed: 2 })
})

for (const [name, text, message, rows] of [
  [
    'a script',
    `session.$executeRawUnsafe('COMMIT')`,
    /COMMIT as SQL would end the session's transaction without the session/,
    0,
  ],
  [
    'its client',
    `(await session.connection()).$executeRawUnsafe('COMMIT')`,
    /the transaction has ended in the database/,
    1,
  ],
] as const)
  testOnce(`a script fails whose transaction is ended by raw SQL of ${name}`, async (t) => {
    const project = await CommandProject.create(t, 'better-sqlite3')
    project.script(
      '1_a',
      `export async function up(session) {
        session.add('User', { name: 'a' })
        await session.flush()
        await ${text}
      }`,
    )
    const { code, err } = await project.run('migrate', 'up')
    t.is(code, 1)
    t.regex(err, message)
    t.is(await project.client.user.count(), rows)
  })
