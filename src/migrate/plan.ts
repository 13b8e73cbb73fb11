import type { ScriptFile } from './files.js'
import type { LedgerRow } from './ledger.js'
import type { Holder } from './lock/contract.js'

/** What is to be done, by comparing the files with the ledger's rows. Nothing is asked and nothing changed here. */
export class Plan {
  /** In the order of names: every file, and every row that has none. */
  readonly entries: readonly Entry[]

  constructor(files: readonly ScriptFile[], rows: ReadonlyMap<string, LedgerRow>, runner: Holder | null = null) {
    const lastDone = [...rows.values()]
      .filter(({ finishedAt, name }) => finishedAt && !name.startsWith('R__'))
      .reduce((last, { name }) => (name > last ? name : last), '')
    const byName = new Map(files.map((file) => [file.name, file]))
    const names = [...new Set([...byName.keys(), ...rows.keys()])].sort(byUnit)
    const entries = names.map((name) => entry(name, byName.get(name) ?? null, rows.get(name) ?? null, lastDone))
    const named = entries.map((each) => withNewName(each, entries))
    const running = runner && runningOf(named, runner)
    this.entries = named.map((each) => (each === running ? { ...each, state: 'running' } : each))
  }

  /** Scripts that `up` would run, in order. */
  get pending(): Entry[] {
    return pendingOf(this.entries)
  }

  /** Scripts that `down` would undo, the last one first. */
  get undoable(): Entry[] {
    return undoableOf(this.entries)
  }

  /** Scripts that `up` has begun and not finished. Repeatable ones are not undone, and keep no others from it. */
  get unfinished(): Entry[] {
    return this.entries.filter(({ state, file }) => begun.has(state) && !file?.isRepeatable)
  }

  /** The script that another runner is executing; null when unknown. */
  get running(): Entry | null {
    return this.entries.find(({ state }) => state === 'running') ?? null
  }

  /** What nobody but a person can decide. */
  get problems(): Entry[] {
    return this.entries.filter(
      ({ state, isLate, isChanged }) =>
        state !== 'running' && (state === 'missing' || state === 'reverting' || isLate || isChanged),
    )
  }
}

/** Where a script stands. */
export type State =
  | 'pending'
  | 'done'
  /** Noted as done by `baseline`, without a run. */
  | 'baseline'
  /** A repeatable script that has changed since it ran. */
  | 'outdated'
  /** It threw. What it had committed before stays. */
  | 'failed'
  /** It was stopped, or killed. */
  | 'interrupted'
  /** Its `down` was stopped in the middle. */
  | 'reverting'
  /** In the ledger, with no file. */
  | 'missing'
  /** Another runner is executing it. */
  | 'running'

export interface Entry {
  readonly name: string
  readonly file: ScriptFile | null
  readonly row: LedgerRow | null
  readonly state: State
  /** It waits, though later ones are done. */
  readonly isLate: boolean
  /** The file is not what ran, or what was interrupted with a part of its work committed. */
  readonly isChanged: boolean
  /** A file with the same text that waits: this script under a new name. */
  readonly newName: string | null
}

const waiting: ReadonlySet<State> = new Set(['pending', 'outdated', 'failed', 'interrupted'])
const begun: ReadonlySet<State> = new Set(['failed', 'interrupted'])
const settled: ReadonlySet<State> = new Set(['done', 'baseline', 'reverting'])

function entry(name: string, file: ScriptFile | null, row: LedgerRow | null, lastDone: string): Entry {
  const state = stateOf(file, row)
  const differs = file !== null && row !== null && file.checksum !== row.checksum
  const isPartlyDone = row?.cursor != null
  return {
    name,
    file,
    row,
    state,
    isLate: waiting.has(state) && !file?.isRepeatable && name < lastDone,
    isChanged: differs && !file.isRepeatable && (settled.has(state) || isPartlyDone),
    newName: null,
  }
}

function stateOf(file: ScriptFile | null, row: LedgerRow | null): State {
  if (!file) return 'missing'
  if (!row) return 'pending'
  if (!row.finishedAt) return row.error === null ? 'interrupted' : 'failed'
  if (file.isRepeatable && row.checksum !== file.checksum) return 'outdated'
  if (row.cursor !== null) return 'reverting'
  return row.duration === null ? 'baseline' : 'done'
}

function pendingOf(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ state }) => waiting.has(state))
}

function undoableOf(entries: readonly Entry[]): Entry[] {
  return entries.filter(({ state, file }) => settled.has(state) && !file?.isRepeatable).reverse()
}

/** Scripts run in order, so a runner is at its first unfinished one. A redo shows once it has committed a page. */
function runningOf(entries: readonly Entry[], { command }: Holder): Entry | undefined {
  switch (command) {
    case 'migrate up':
      return pendingOf(entries)[0]
    case 'migrate down':
      return undoableOf(entries)[0]
    case 'migrate redo':
      return entries.find(({ state }) => state === 'reverting' || state === 'interrupted')
    default:
      return undefined
  }
}

function withNewName(each: Entry, all: readonly Entry[]): Entry {
  if (each.state !== 'missing') return each
  const same = all.filter(({ state, file }) => state === 'pending' && file?.checksum === each.row?.checksum)
  const [only] = same
  return same.length === 1 && only ? { ...each, newName: only.name } : each
}

/** As Umzug sorts: by code units, in no locale's order. */
function byUnit(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
