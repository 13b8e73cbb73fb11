import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { ArgumentError, NotImplementedError } from '../../src/errors.js'
import { type Cell, decide, decisionsFor, type Mode, matrix, notImplemented } from '../../src/matrix/decide.js'
import { root } from '../helpers/project.js'

const cells: readonly Cell[] = ['shim', 'await', 'forward', 'notImplemented']
const modes: readonly Mode[] = ['sync', 'async']

/** The interfaces that make up a session, and those of one mode. */
const common = ['memory-verbs', 'transaction-verbs', 'load-verbs', 'statement-verbs'].flatMap(methodsIn)
const syncOnly = methodsIn('sync-verbs').filter((name) => !common.includes(name))
const asyncOnly = methodsIn('async-verbs').filter((name) => !common.includes(name))

test('the methods of the session interfaces are found', (t) => {
  t.true(common.length > 35)
  for (const name of ['add', 'commit', 'get', 'execute', 'noAutoflush']) t.true(common.includes(name), name)
  t.deepEqual(syncOnly, ['query'])
  t.deepEqual(asyncOnly.sort(), ['aclose', 'runSync', 'stream', 'streamScalars'])
})

// Prisma's own, in the matrix because a synchronous session does not have them.
const prismas = ['$extends', '$on']

test('the matrix has every method of the session types, and no other', (t) => {
  const verbs = Object.keys(matrix).filter((name) => !prismas.includes(name))
  t.deepEqual(verbs.sort(), [...common, ...syncOnly, ...asyncOnly].sort())
})

test('a property of a session is not in the matrix', (t) => {
  for (const name of ['session', 'isAsync', 'isActive', 'autoflush', 'info', 'new', 'dirty', 'deleted', 'identityMap'])
    t.false(name in matrix, name)
})

for (const [name, entry] of Object.entries(matrix)) {
  test(`the cells of ${name} are valid and fit each other`, (t) => {
    t.deepEqual(Object.keys(entry).sort(), ['async', 'note', 'sync'])
    t.true(cells.includes(entry.sync))
    t.true(cells.includes(entry.async))
    t.not(entry.sync, 'await', 'a synchronous session awaits nothing')
    if (!prismas.includes(name)) t.not(entry.async, 'forward', 'an asynchronous verb gives a promise')
    t.is(entry.sync === 'shim', entry.async === 'shim', 'in memory is in memory in both modes')
    t.true((entry.note ?? '').length > 0)
  })
}

for (const name of syncOnly) {
  test(`${name} exists on synchronous sessions only`, (t) => {
    t.is(matrix[name]?.async, 'notImplemented')
  })
}

for (const name of asyncOnly) {
  test(`${name} exists on asynchronous sessions only`, (t) => {
    t.is(matrix[name]?.sync, 'notImplemented')
  })
}

for (const mode of modes) {
  for (const [name, entry] of Object.entries(matrix)) {
    if (entry[mode] !== 'notImplemented') continue
    test(`the error of ${name} on ${mode === 'sync' ? 'a synchronous' : 'an asynchronous'} session names it, the mode and the alternative`, (t) => {
      const error = notImplemented(name, mode)
      t.true(error instanceof NotImplementedError)
      t.true(error.message.startsWith(`${name}() `))
      t.regex(error.message, mode === 'sync' ? /\bsynchronous session/ : /asynchronous session/)
      t.true(error.message.endsWith(entry.note as string))
    })
  }
}

test('the matrix is frozen', (t) => {
  t.true(Object.isFrozen(matrix))
})

test('without overrides the matrix decides, and a name it does not have is forwarded', (t) => {
  for (const mode of modes) {
    const decisions = decisionsFor(mode, undefined, () => false)
    for (const [name, entry] of Object.entries(matrix)) t.is(decide(decisions, name), entry[mode])
    t.is(decide(decisions, '$queryRaw'), 'forward')
  }
})

const isPrismas = (name: string) => name.startsWith('$')

interface OverrideRow {
  readonly given: unknown
  readonly method: string
  readonly expected: Readonly<Record<Mode, Cell>>
}

const overrides: readonly OverrideRow[] = [
  { given: {}, method: 'add', expected: { sync: 'shim', async: 'shim' } },
  { given: { add: 'notImplemented' }, method: 'add', expected: { sync: 'notImplemented', async: 'notImplemented' } },
  { given: { add: { sync: 'notImplemented' } }, method: 'add', expected: { sync: 'notImplemented', async: 'shim' } },
  { given: { add: { async: 'notImplemented' } }, method: 'add', expected: { sync: 'shim', async: 'notImplemented' } },
  {
    given: { commit: { sync: 'forward', async: 'await' } },
    method: 'commit',
    expected: { sync: 'forward', async: 'await' },
  },
  { given: { add: 'shim' }, method: 'add', expected: { sync: 'shim', async: 'shim' } },
  {
    given: { $queryRaw: 'notImplemented' },
    method: '$queryRaw',
    expected: { sync: 'notImplemented', async: 'notImplemented' },
  },
  { given: { $queryRaw: 'forward' }, method: '$queryRaw', expected: { sync: 'forward', async: 'forward' } },
]

for (const { given, method, expected } of overrides) {
  test(`overrides ${JSON.stringify(given)} set ${method} to ${JSON.stringify(expected)}`, (t) => {
    for (const mode of modes) t.is(decide(decisionsFor(mode, given, isPrismas), method), expected[mode], mode)
  })
}

test('an override applies to one session only', (t) => {
  decisionsFor('async', { add: 'notImplemented' }, isPrismas)
  t.is(decide(decisionsFor('async', undefined, isPrismas), 'add'), 'shim')
})

const refused: readonly unknown[] = [
  { add: 'await' },
  { add: { async: 'await' } },
  { add: { sync: 'await' } },
  { commit: 'shim' },
  { commit: { sync: 'await' } },
  { query: { async: 'forward' } },
  { add: 'no such cell' },
  { add: { async: 'no such cell' } },
  { add: null },
  { add: true },
  { add: { note: 'not a cell' } },
  { add: { async: 'notImplemented', sinc: 'shim' } },
  { ad: 'notImplemented' },
  { toString: 'notImplemented' },
  { $queryRaw: 'await' },
  null,
  'add',
]

for (const given of refused) {
  test(`overrides ${JSON.stringify(given)} are refused`, (t) => {
    for (const mode of modes)
      t.throws(() => decisionsFor(mode, given, isPrismas), { instanceOf: ArgumentError, message: /option matrix/ })
  })
}

test('the error of a method that a policy refuses names the matrix option', (t) => {
  t.regex(notImplemented('add', 'async').message, /^add\(\) .*matrix/)
})

/** The methods of the interfaces in a file of src/types, overloads once. */
function methodsIn(file: string): string[] {
  const source = readFileSync(join(root, `src/types/${file}.ts`), 'utf8')
  const code = source.replace(/\/\*[\s\S]*?\*\//g, '')
  return [...new Set([...code.matchAll(/^ {2}(\w+)\s*(?:<[^(]*)?\(/gm)].map(([, name]) => name as string))]
}
