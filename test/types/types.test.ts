// The types: the files beside this one, the places of errors, the examples of the comments, and the cost of the types.

import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import test from 'ava'
import { CheckedCalls } from '../helpers/checked-calls.ts'
import { Project, root } from '../helpers/project.ts'

const project = new Project('types')
const examples = examplesOf(join(root, 'src/types'))
let errors: Promise<readonly string[]>

// One run of tsc checks all of them: most of its time goes into the files that they share.
test.before(() => {
  project.write('wrong.ts', wrongLines.join('\n'))
  project.write('db.ts', "export { prisma } from '../../test/types/clients.ts'")
  for (const { name, code, isSync } of examples) {
    const session = isSync ? 'const session = blocking' : ''
    project.write(`${name}.ts`, `${prelude}\nexport async function example() {\n${session}\n{\n${code}\n}\n}\n`)
  }
  errors = typeErrors()
})

test.after.always(() => project.remove())

test('the type tests compile', async (t) => {
  t.deepEqual(
    (await errors).filter((error) => !isInProject(error)),
    [],
  )
})

/** Each mark ^ is under the place of an error. */
const wrong = `
createSession(prisma, { autofush: true })
//                      ^^^^^^^^
session.add('Usr', { name: 'a' })
//          ^^^^^
session.add('User', { name: 'a', nmae: 'b' })
//                               ^^^^
session.add('User', { email: 'a' })
//                  ^^^^^^^^^^^^^^
session.add('User', { name: 1 })
//                    ^^^^
session.add('Post', { title: 'a', author: { connect: { id: 1 } } })
//                                          ^^^^^^^
session.add('User', { name: 'a', posts: [{ titel: 'a' }] })
//                                         ^^^^^
session.get('User', 'a')
//                  ^^^
session.get('Pair', { x: 1 })
//                  ^^^^^^^^
session.get('User', 1, { include: { psots: true } })
//                                  ^^^^^
session.user.findMany({ wher: {} })
//                      ^^^^
open.user.findMany({ where: { nmae: 'a' } })
//                            ^^^^
blocking.user.create({ data: { name: 1 } })
//                             ^^^^
statements<typeof prisma>().select('User', { where: { nmae: 'a' } })
//                                                    ^^^^
session.scalars(select('Usr'))
//                     ^^^^^
session.scalars(select('User', { wher: {} }))
//                               ^^^^
session.execute(select('User', { where: { nmae: 'a' } }))
//                                        ^^^^
session.stream(select('User', { include: { psots: true } }))
//                                         ^^^^^
session.execute(insert('User', [{ nmae: 'a' }]))
//                                ^^^^
session.execute(update('User', { data: { nmae: 'a' } }))
//                                       ^^^^
session.execute(remove('User', { where: { nmae: 'a' } }))
//                                        ^^^^
session.execute('select 1')
//              ^^^^^^^^^^
session.on('afterComit', () => {})
//         ^^^^^^^^^^^^
migration.batch('Usr')
//              ^^^^^
migration.batch('User', { where: { nmae: 'a' } })
//                                 ^^^^
migration.batch('User', { sise: 10 })
//                        ^^^^
`

test('errors point at the argument and contain the names', async (t) => {
  const wanted = wrongLines.flatMap((line, index) => {
    const column = /^\/\/ +\^/.test(line) ? line.indexOf('^') + 1 : 0
    return column ? [`wrong.ts(${index},${column})`] : []
  })
  const found = (await errors).filter((error) => isInProject(error) && fileOf(error) === 'wrong.ts')
  const output = found.join('\n')
  t.deepEqual(
    found.map((line) => /wrong\.ts\(\d+,\d+\)/.exec(line)?.[0]),
    wanted,
    output,
  )
  t.regex(output, /'nmae' does not exist in type 'NewEntity<.*"User">'/)
  t.regex(output, /'connect' does not exist in type '.*authorId: number/)
  t.regex(
    output,
    /Argument of type 'string' is not assignable to parameter of type 'number \| \{ email: string; \} \| \{ id: number; \}'/,
  )
})

test('the examples of the comments compile', async (t) => {
  t.true(examples.length > 60)
  t.deepEqual(
    (await errors).filter((error) => isInProject(error) && fileOf(error) !== 'wrong.ts'),
    [],
  )
})

test('every public verb has a comment with an example', (t) => {
  for (const file of readdirSync(join(root, 'src/types')).filter((name) => name.endsWith('verbs.ts'))) {
    const text = readFileSync(join(root, 'src/types', file), 'utf8')
    const documented = new Set<string>()
    for (const [, comment = '', name = ''] of text.matchAll(/\/\*\*((?:(?!\*\/)[\s\S])*)\*\/\n {2}(\$?\w+)[<(:]/g)) {
      if (comment.includes('@example')) documented.add(name)
    }
    const verbs = [...text.matchAll(/^ {2}(\$?\w+)(?:<[^(]*>)?\(/gm)].map(([, name = '']) => name)
    for (const verb of verbs) t.true(documented.has(verb) || verb === 'getBind', `${file}: ${verb}`)
  }
})

test('forwarded calls cost the checker at most 1.3 times the cost of the client', async (t) => {
  const checker = new CheckedCalls()
  t.teardown(() => checker.remove())
  const { instantiations: raw } = await checker.check('PrismaClient')
  t.true(raw > 50_000)
  for (const type of ['AsyncSession<PrismaClient>', 'SyncSession<PrismaClient>'] as const) {
    const ratio = (await checker.check(type)).instantiations / raw
    t.true(ratio <= 1.3, `${type}: ${ratio.toFixed(2)}`)
  }
})

test('verbs over many models cost the checker at most twice the cost of the client', async (t) => {
  const checker = new CheckedCalls(150)
  t.teardown(() => checker.remove())
  const { instantiations: raw } = await checker.checkVerbs('PrismaClient')
  t.true(raw > 20_000)
  const ratio = (await checker.checkVerbs('AsyncSession<PrismaClient>')).instantiations / raw
  t.true(ratio <= 2, ratio.toFixed(2))
})

const withoutStrict = `
import type { PrismaClient } from '../../generated/test/client.ts'
import type { AsyncSession, Select } from '../../src/types/index.js'
declare const session: AsyncSession<PrismaClient>
declare const select: Select
export async function main() {
  const user = await session.getOne('User', 1, { include: { posts: true } })
  const title: string = user.posts[0].title
  await session.get('User', { email: title })
  await session.getMany('Pair', [[1, 2], { x: 1, y: 2 }])
  await session.get('Code', 'de')
  session.add('Post', { title, author: user })
  const users = (await session.scalars(select('User', { where: { name: 'a' } }))).all()
  return users[0].email
}
// @ts-expect-error no such field
session.get('User', { nmae: 1 })
// @ts-expect-error no such model
session.get('Usr', 1)
session.add('User', { name: 'Ada' })
session.add('Post', { title: 'Notes', author: session.ref('User', 1) })
// @ts-expect-error a required field is missing
session.add('User', {})
// @ts-expect-error an object of another model
session.add('Post', { title: 'Notes', author: session.ref('Tag', 1) })
`

test('the types work in a project that is not strict', async (t) => {
  const loose = new Project('not-strict')
  t.teardown(() => loose.remove())
  loose.write('program.ts', withoutStrict)
  t.is(await loose.typeErrors(['program.ts'], { strict: false, noUncheckedIndexedAccess: false }), '')
})

test('an unfinished call costs the checker at most four times a finished one, and does not compare all models', async (t) => {
  const checker = new CheckedCalls()
  t.teardown(() => checker.remove())
  const { instantiations: finished } = await checker.checkCall("add('Model1', { name: 'a', parentId: 1 })")
  for (const call of ["add('')", "addAll('')", "get('')", "merge('')", "add('', {})", "get('', 1)", "delegate('')"]) {
    const { instantiations } = await checker.checkCall(call)
    t.true(instantiations <= 4 * finished, `${call}: ${instantiations} beside ${finished}`)
  }
})

/** Declarations for the examples and the wrong calls. */
const prelude = `
import type * as types from '../../src/types/index.js'
import type { AsyncSession, Entity, FindManyArgs, Key, MigrationContext, ModelName, NewEntity, Rows, Session, SyncMigrationContext, SyncPrismaClient, SyncSession } from '../../src/types/index.js'
import { createSession, open, prisma, sessionMaker, statements, syncPrisma as client } from '../../test/types/clients.ts'
import { PrismaClient } from '../../generated/test/client.ts'
const session = createSession(prisma)
const blocking = createSession(client)
const makeSession = sessionMaker(prisma)
declare const migration: MigrationContext<typeof prisma>
declare const api: {
  adapter: import('@prisma/client/runtime/client').SqlDriverAdapterFactory
  app: { use(handler: (request: unknown, response: unknown, next: () => void) => unknown): void }
  listener: () => void
  scope: types.ScopedSession<typeof prisma>
  signUp(session: Session<typeof prisma>, email: string): Promise<void>
  test: {
    beforeEach(fn: () => unknown): void
    afterEach: { always(fn: () => unknown): void }
    serial(title: string, fn: (t: { is(a: unknown, b: unknown): void }) => unknown): void
  }
  user: Entity<typeof prisma, 'User'>
  PrismaSessionProxy: types.PrismaSessionProxyConstructor
  createSyncClient: types.CreateSyncClient
  entity: types.MarkEntity
  index: (users: object[]) => Promise<void>
  insert: types.Insert
  inspect: types.Inspect
  makeTransient: types.MakeTransient
  makeTransientToDetached: types.MakeTransientToDetached
  markModified: types.MarkModified
  remove: types.Remove
  rollbackEach: types.RollbackEach
  scopedSession: types.MakeScopedSession
  select: types.Select
  sessions: types.SessionsExtension
  update: types.Update
}
const { adapter, app, listener, scope, signUp, test, user, PrismaSessionProxy, createSyncClient, entity, index, insert, inspect, makeTransient, makeTransientToDetached, markModified, remove, rollbackEach, scopedSession, select, sessions, update } = api
`

const wrongLines = `${prelude}\n${wrong}`.split('\n')

/** The errors of tsc in the type tests and in the files of the project, each with the lines that explain it. */
async function typeErrors(): Promise<readonly string[]> {
  const output = await project.typeErrors(['*.ts', '../../test/types'], {})
  return output.split(/\n(?=\S)/).filter((error) => error.trim() !== '')
}

function isInProject(error: string): boolean {
  return error.split('(')[0]?.includes(basename(project.folder)) ?? false
}

function fileOf(error: string): string {
  return basename(error.split('(')[0] ?? '')
}

interface Example {
  readonly name: string
  readonly code: string
  readonly isSync: boolean
}

function examplesOf(folder: string): Example[] {
  return readdirSync(folder).flatMap((file) => {
    const text = readFileSync(join(folder, file), 'utf8').replace(/^ *\* ?/gm, '')
    return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = ''], index) => ({
      name: `${file.replace('.ts', '')}-${index}`,
      code,
      isSync: file === 'sync-verbs.ts' || file === 'query.ts',
    }))
  })
}
