// `prisma-session migrate down` and `redo` where a script has committed a part of its work and is not finished.

import type { PrismaClient } from '../helpers/clients.js'
import { CommandProject } from '../helpers/command.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'

const onSqlite = databases.filter(({ name }) => name === 'better-sqlite3')

const adding = (name: string) => `
export async function up(session) { session.add('User', { name: '${name}' }) }
export async function down(session) { await session.user.deleteMany({ where: { name: '${name}' } }) }`

async function names({ client }: { readonly client: PrismaClient }): Promise<string[]> {
  return (await client.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name)
}

/** Walks over users by twos, and fails at the second page until the project has a file `mended`. */
const halfWay = `
import { existsSync } from 'node:fs'
export const transaction = 'batch'
export async function up(session, { batch }) {
  for await (const users of batch('User', { where: { name: { startsWith: 'user' } }, size: 2 })) {
    if (users[0].name === 'user 3' && !existsSync(new URL('../../mended', import.meta.url))) throw new Error('no third')
    for (const user of users) user.kind = 'x'
  }
}
export async function down(session) { await session.user.updateMany({ where: { kind: 'x' }, data: { kind: '' } }) }`

for (const row of onSqlite) {
  const halfDone = async (t: Parameters<typeof CommandProject.create>[0]) => {
    const project = await CommandProject.create(t, row.name)
    await project.client.user.createMany({ data: [1, 2, 3, 4].map((at) => ({ name: `user ${at}`, kind: '' })) })
    project.script('1_a', adding('1_a'))
    project.script('2_walk', halfWay)
    t.is((await project.run('migrate', 'up')).code, 1)
    const walked = () => project.client.user.count({ where: { kind: 'x' } })
    t.is(await walked(), 2)
    return { project, walked }
  }
  const goOn = (flags = '') =>
    `2_walk is half done: it was stopped after 2 rows, which are committed and stay. Finish it with prisma-session migrate up --to 2_walk${flags}, and run the same command again; or give it up with prisma-session migrate repair 2_walk, which leaves these rows as they are\nNothing was run\n`

  testOn(row, 'a script that is half done is neither undone nor passed over, until it is finished', async (t) => {
    const { project, walked } = await halfDone(t)
    project.script('3_late', adding('3_late'))
    const commands = ['down --yes', 'down', 'down --dry-run', 'down --to 0 --yes', 'down --to 1_a --yes', 'redo --yes']
    for (const command of [...commands, 'down --to 2_walk --yes', 'redo 2_walk --yes', 'redo 1_a --yes']) {
      const { code, out, err } = await project.run('migrate', ...command.split(' '))
      t.is(code, 4, `${command}: ${out}`)
      t.is(err, `error: ${goOn()}`, command)
    }
    t.regex((await project.run('migrate', 'down', '--to', '3_late')).err, /3_late: that script is not done \(pending\)/)
    project.script('2_walk', `${halfWay}\n`)
    for (const flags of ['', ' --allow-changed'])
      t.is((await project.run(...`migrate down --yes${flags}`.split(' '))).err, `error: ${goOn(' --allow-changed')}`)
    t.is(await walked(), 2)
    project.write('mended', '')
    t.is((await project.run('migrate', 'up', '--to', '2_walk', '--allow-changed')).code, 0)
    t.is(await walked(), 4)
    const undone = await project.run('migrate', 'down', '--yes', '--to', '0')
    t.regex(undone.out, /^To be undone: 2_walk, 1_a\n/)
    t.is(await walked(), 0)
  })

  testOn(row, 'a script that is half done and comes before the one to undo is left as it is', async (t) => {
    const { project, walked } = await halfDone(t)
    project.script('3_c', adding('3_c'))
    t.is((await project.run('migrate', 'repair', '2_walk', '--yes')).code, 0)
    project.script('2_walk', null)
    t.is((await project.run('migrate', 'up')).code, 0)
    project.script('2_walk', halfWay)
    t.is((await project.run('migrate', 'up', '--allow-out-of-order')).code, 1)
    const redone = await project.run('migrate', 'redo', '--yes')
    t.is(redone.code, 0, redone.err)
    t.is((await project.run('migrate', 'down', '--yes')).code, 0)
    t.is((await project.run('migrate', 'down', '--yes')).err, `error: ${goOn()}`)
    t.deepEqual((await names(project)).slice(4), ['1_a'])
    t.is(await walked(), 2)
  })

  testOn(row, 'a script that is half done is given up by repair, or undone after baseline', async (t) => {
    const { project, walked } = await halfDone(t)
    t.is((await project.run('migrate', 'baseline', '--to', '2_walk', '--yes')).code, 0)
    t.regex((await project.run('migrate', 'down', '--yes')).out, /^To be undone: 2_walk\n/)
    t.is(await walked(), 0)
    t.is((await project.run('migrate', 'up')).code, 1)
    t.is((await project.run('migrate', 'repair', '2_walk', '--yes')).code, 0)
    t.regex((await project.run('migrate', 'down', '--yes')).out, /^To be undone: 1_a\n/)
    t.is(await walked(), 2)
  })

  testOn(
    row,
    'down refuses while a script without a transaction is unfinished, and not after a rollback',
    async (t) => {
      const project = await CommandProject.create(t, row.name)
      project.script('1_a', adding('1_a'))
      const fails = `export const up = () => { throw new Error('on purpose') }`
      project.script('2_b', `export const transaction = 'none'\n${fails}`)
      t.is((await project.run('migrate', 'up')).code, 1)
      const refused = await project.run('migrate', 'down', '--yes')
      t.is(refused.code, 4)
      t.regex(
        refused.err,
        /^error: 2_b was begun .* and has not finished, and it runs without a transaction: .*repair 2_b/,
      )
      t.is((await project.run('migrate', 'repair', '2_b', '--yes')).code, 0)
      project.script('2_b', fails)
      t.is((await project.run('migrate', 'up')).code, 1)
      project.script('2_b', 'export function up( {') // it is being mended
      t.regex((await project.run('migrate', 'down', '--yes')).out, /^To be undone: 1_a\n/)
    },
  )
}
