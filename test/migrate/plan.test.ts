// The plan of a run: states of scripts, from their files and the ledger.
import test from 'ava'
import type { ScriptFile } from '../../src/migrate/files.js'
import type { LedgerRow } from '../../src/migrate/ledger.js'
import { Plan } from '../../src/migrate/plan.js'

const file = (name: string, checksum = name): ScriptFile => ({
  name,
  path: `/${name}.ts`,
  checksum,
  isRepeatable: name.startsWith('R__'),
})

const row = (name: string, given: Partial<LedgerRow> = {}): LedgerRow => ({
  name,
  checksum: name,
  startedAt: new Date(0),
  finishedAt: new Date(1),
  duration: 1,
  processed: null,
  total: null,
  cursor: null,
  error: null,
  ...given,
})

const plan = (files: ScriptFile[], rows: LedgerRow[], command?: string) => {
  const runner = command === undefined ? null : { pid: 1, host: 'here', command, since: null }
  return new Plan(files, new Map(rows.map((each) => [each.name, each])), runner)
}
const states = ({ entries }: Plan) => entries.map(({ name, state }) => `${name} ${state}`)
const names = (entries: readonly { name: string }[]) => entries.map(({ name }) => name)

test('a plan lists the state of every script in the order of names', (t) => {
  const half = { finishedAt: null, duration: null }
  const made = plan(
    ['1_a', '2_b', '3_c', '4_d', '5_e', '6_f', 'R__g', 'R__h'].map((name) => file(name)),
    [
      row('R__h', { checksum: 'older' }),
      row('R__g'),
      row('0_gone'),
      row('1_a'),
      row('2_b', { duration: null }),
      row('3_c', { ...half, error: 'why' }),
      row('4_d', { ...half, cursor: '{}' }),
      row('5_e', { cursor: '{}' }),
    ],
  )
  t.deepEqual(states(made), [
    '0_gone missing',
    '1_a done',
    '2_b baseline',
    '3_c failed',
    '4_d interrupted',
    '5_e reverting',
    '6_f pending',
    'R__g done',
    'R__h outdated',
  ])
  t.deepEqual(names(made.pending), ['3_c', '4_d', '6_f', 'R__h'])
  t.deepEqual(names(made.undoable), ['5_e', '2_b', '1_a'])
  t.deepEqual(names(made.unfinished), ['3_c', '4_d'])
})

test('a pending script is late when a later one has run, unless it is repeatable', (t) => {
  const made = plan([file('1_a'), file('2_b'), file('3_c'), file('R__d')], [row('2_b'), row('R__x')])
  t.deepEqual(names(made.entries.filter(({ isLate }) => isLate)), ['1_a'])
  t.deepEqual(names(made.problems), ['1_a', 'R__x'])
})

test('a script is changed only if it has run or is partly committed', (t) => {
  const half = { finishedAt: null, duration: null, checksum: 'older' }
  const made = plan(
    ['1_a', '2_b', '3_c', 'R__d'].map((name) => file(name)),
    [
      row('1_a', { checksum: 'older' }),
      row('2_b', { ...half, error: 'rolled back' }),
      row('3_c', { ...half, cursor: '{}' }),
      row('R__d', { checksum: 'older' }),
    ],
  )
  t.deepEqual(names(made.entries.filter(({ isChanged }) => isChanged)), ['1_a', '3_c'])
})

test('a missing script is renamed when exactly one file has its text', (t) => {
  const newName = (...files: ScriptFile[]) =>
    plan(files, [row('1_a')]).entries.find(({ name }) => name === '1_a')?.newName
  t.is(newName(file('2_b', '1_a')), '2_b')
  t.is(newName(file('2_b', '1_a'), file('3_c', '1_a')), null)
  t.is(newName(file('2_b')), null)
})

test('a runner is at the first script that its command has not done', (t) => {
  const half = { finishedAt: null, duration: null, cursor: '{}' }
  const files = ['1_a', '2_b', '3_c', '4_d'].map((name) => file(name))
  const cases: [command: string, rows: LedgerRow[], running: string | undefined][] = [
    ['migrate up', [row('1_a')], '2_b'],
    ['migrate up', [row('1_a'), row('2_b', half)], '2_b'],
    ['migrate up', files.map(({ name }) => row(name)), undefined],
    ['migrate down', [row('1_a'), row('2_b')], '2_b'],
    ['migrate redo', [row('1_a', { cursor: '{}' }), row('2_b')], '1_a'],
    ['migrate redo', [row('1_a', half), row('2_b')], '1_a'],
    ['migrate redo', [row('1_a'), row('2_b')], undefined],
    ['migrate repair', [row('1_a')], undefined],
  ]
  for (const [command, rows, running] of cases) t.is(plan(files, rows, command).running?.name, running, command)
})

test('a running script is neither pending nor a problem', (t) => {
  const files = [file('1_a', 'other'), file('2_b')]
  const up = plan(files, [row('1_a', { finishedAt: null, cursor: '{}' })], 'migrate up')
  t.deepEqual(states(up), ['1_a running', '2_b pending'])
  t.deepEqual([names(up.pending), names(up.problems)], [['2_b'], []])
  const down = plan(files, [row('1_a', { cursor: '{}' })], 'migrate down')
  t.deepEqual([names(down.undoable), names(down.problems)], [[], []])
})
