// Hover texts in an editor: the verb's own documentation, in every kind of session.

import { join } from 'node:path'
import test from 'ava'
import { Project as Checker, ts } from 'ts-morph'
import matrix from '../../src/matrix/matrix.json' with { type: 'json' }
import { root } from '../helpers/project.ts'

const checker = new Checker({ tsConfigFilePath: join(root, 'tsconfig.json'), skipAddingFilesFromTsConfig: true })

const kinds = { async: 'session', sync: 'blocking', open: 'open' } as const

/** Members of a session that are not in both modes. */
const only: Readonly<Record<string, keyof typeof kinds>> = {
  query: 'sync',
  stream: 'async',
  streamScalars: 'async',
  runSync: 'async',
  aclose: 'async',
}

const properties = ['session', 'isAsync', 'isActive', 'autoflush', 'info', 'new', 'dirty', 'deleted', 'identityMap']
const verbs = Object.keys(matrix).filter((name) => !name.startsWith('$'))
const members = [...verbs, ...properties]
/** A function's documentation is that of the overload that is called. */
const calls = [
  ...[
    'createSession(prisma)',
    'createSession(syncPrisma)',
    'createSession(session)',
    'sessionMaker(prisma)',
    'sessions()',
  ],
  ...['scopedSession(sessionMaker(prisma))', 'rollbackEach(prisma)', 'rollbackEach(syncPrisma)', "select('User')"],
  ...["insert('User')", "update('User', { data: {} })", "remove('User', {})", "entity('User', {})", 'inspect({})'],
  ...[
    'makeTransient({})',
    'makeTransientToDetached({})',
    'markModified({}, [])',
    'statements()',
    'scope.transaction(() => 1)',
    'scope.run(() => 1)',
  ],
]

const heading = `
import { createSession, entity, insert, inspect, makeTransient, makeTransientToDetached, markModified, remove, rollbackEach, scopedSession, select, sessionMaker, sessions, statements, update } from '../../src/index.js'
import { open, prisma, syncPrisma } from './clients.ts'
const session = createSession(prisma)
const blocking = createSession(syncPrisma)
const scope = scopedSession(sessionMaker(prisma))
const user = session.add('User', { name: 'a' })
const withPosts = await session.getOne('User', 1, { include: { posts: true } })
const users = (await session.scalars(select('User'))).all()
`

const text = `${heading}
user
withPosts
users
${Object.entries(kinds)
  .flatMap(([kind, name]) =>
    members.filter((member) => (only[member] ?? kind) === kind).map((member) => `${name}.${member}`),
  )
  .join('\n')}
scope.session.commit
${calls.join('\n')}
`

const file = checker.createSourceFile(join(root, 'test/types/hovered.ts'), text)

function shown(expression: string): { signature: string; documentation: string } {
  const line = text.indexOf(`\n${expression}\n`) + 1
  const [callee = ''] = expression.split('(')
  const at = line + callee.lastIndexOf('.') + 1
  const info = checker.getLanguageService().compilerObject.getQuickInfoAtPosition(file.getFilePath(), at)
  return {
    signature: ts.displayPartsToString(info?.displayParts),
    documentation: ts.displayPartsToString(info?.documentation),
  }
}

for (const [kind, name] of Object.entries(kinds))
  test(`each member of a session shows its documentation [${kind}]`, (t) => {
    for (const member of members) {
      if ((only[member] ?? kind) !== kind) continue
      const { signature, documentation } = shown(`${name}.${member}`)
      t.true(documentation.length > 20, `${name}.${member}: ${signature} ${documentation}`)
      t.regex(signature, new RegExp(`\\b${member}\\b`))
    }
  })

test('a verb shows its own documentation', (t) => {
  t.regex(shown('session.commit').documentation, /commit/i)
  t.regex(shown('session.commit').signature, /^\(method\) .*commit\(\): Promise<void>$/)
  t.regex(shown('blocking.commit').signature, /commit\(\): void$/)
  t.regex(shown('scope.session.commit').documentation, /commit/i)
  t.regex(shown('session.stream').documentation, /page/)
})

test('an entity shows its fields, the relations that are there first', (t) => {
  t.regex(shown('user').signature, /^const user: \{\s+name: string;\s+email: string \| null;.*\bposts\?: \{/s)
  t.regex(shown('withPosts').signature, /^const withPosts: \{\s+name: string;.*?\bposts: \{.*\bprofile\?:/s)
  for (const name of ['user', 'withPosts', 'users']) t.notRegex(shown(name).signature, /Entity<|Included</)
})

const completed: Readonly<Record<string, readonly string[]>> = {
  "session.scalars(select('¦'))": ['User', 'Post', 'Tag'],
  "blocking.scalars(select('¦'))": ['User', 'Post', 'Tag'],
  "session.execute(select('User', { ¦ }))": ['where', 'include', 'orderBy', 'withForUpdate', 'yieldPer'],
  "session.scalar(select('User', { where: { ¦ } }))": ['id', 'email', 'posts', 'AND'],
  "session.stream(select('User', { include: { ¦ } }))": ['posts', 'profile'],
  "session.execute(insert('User', { ¦ }))": ['name', 'email', 'kind'],
  "session.execute(update('User', { data: { ¦ } }))": ['name', 'email', 'kind'],
  "session.execute(remove('User', { where: { ¦ } }))": ['id', 'name'],
  "session.get('¦', 1)": ['User', 'Post'],
  "session.add('User', { ¦ })": ['name', 'email', 'posts'],
}

for (const [line, names] of Object.entries(completed))
  test(`an editor completes ${line}`, (t) => {
    const at = line.indexOf('¦')
    const source = `${heading}\n${line.replace('¦', '')}\n`
    const completing = checker.createSourceFile(join(root, 'test/types/completed.ts'), source, { overwrite: true })
    const place = heading.length + 1 + at
    const service = checker.getLanguageService().compilerObject
    const found = service.getCompletionsAtPosition(completing.getFilePath(), place, {})?.entries.map(({ name }) => name)
    t.deepEqual(
      names.filter((name) => !found?.includes(name)),
      [],
      found?.join(', '),
    )
  })

test('functions and the scope show their documentation', (t) => {
  for (const call of calls) t.true(shown(call).documentation.length > 20, `${call}: ${JSON.stringify(shown(call))}`)
})
