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
    'statements()',
    'scope.transaction(() => 1)',
    'scope.run(() => 1)',
  ],
]

const text = `
import { createSession, entity, insert, inspect, makeTransient, makeTransientToDetached, remove, rollbackEach, scopedSession, select, sessionMaker, sessions, statements, update } from '../../src/index.js'
import { open, prisma, syncPrisma } from './clients.ts'
const session = createSession(prisma)
const blocking = createSession(syncPrisma)
const scope = scopedSession(sessionMaker(prisma))
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

test('functions and the scope show their documentation', (t) => {
  for (const call of calls) t.true(shown(call).documentation.length > 20, `${call}: ${JSON.stringify(shown(call))}`)
})
