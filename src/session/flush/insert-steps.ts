import type { Model } from '../../model/model.js'
import { defaultOf } from '../../writing/defaults.js'
import type { InsertRow, InsertStep } from '../../writing/flush-plan.js'

/**
 * The INSERTs of a model's new rows, as few as can be: what a row leaves out is spelled out beside what others give. Only a
 * default that the database makes cannot be, so that such columns part the rows. Keys that the database counts up are given
 * out in the order of the rows; rows with keys of their own are gathered.
 */
export function insertSteps(model: Model, rows: readonly InsertRow[]): InsertStep[] {
  const made = madeByDatabase(model)
  const runs: Run[] = []
  const keyed = new Map<string, Run>()
  let last: { row: InsertRow; run: Run } | undefined
  let counted: Run | undefined
  for (const row of rows) {
    if (last && isAlike(last.row.values, row.values) && isAlike(last.row.refs, row.refs)) {
      last.run.rows.push(row)
      continue
    }
    const given = made.filter((name) => gives(row, name)).join()
    const hasKey = model.key.every((name) => gives(row, name) || !made.includes(name))
    let run = hasKey ? keyed.get(given) : counted
    if (run?.given !== given) {
      run = { given, rows: [], names: new Set() }
      runs.push(run)
      if (hasKey) keyed.set(given, run)
      else counted = run
    }
    for (const name of Object.keys(row.values)) run.names.add(name)
    for (const name of Object.keys(row.refs)) run.names.add(name)
    run.rows.push(row)
    last = { row, run }
  }
  return runs.map((run) => ({ kind: 'insert', model: model.name, fields: inOrder(model, run.names), rows: run.rows }))
}

interface Run {
  /** Which of the values that the database makes its rows give. */
  readonly given: string
  readonly rows: InsertRow[]
  readonly names: Set<string>
}

/** The fields whose default the database makes, or nobody here knows how to make. */
function madeByDatabase(model: Model): readonly string[] {
  let names = made.get(model)
  if (!names) {
    const isMade = (how: unknown) => how === 'database' || how === 'unknown'
    names = model.scalars.filter((field) => isMade(defaultOf(field))).map(({ name }) => name)
    made.set(model, names)
  }
  return names
}

const made = new WeakMap<Model, readonly string[]>()

function gives({ values, refs }: InsertRow, name: string): boolean {
  return Object.hasOwn(values, name) || Object.hasOwn(refs, name)
}

/** One order for all sets of names, so that there is one statement for each. */
function inOrder({ scalars }: Model, names: ReadonlySet<string>): string[] {
  return scalars.map(({ name }) => name).filter((name) => names.has(name))
}

/** The same names in the same order: most rows are like the one before. */
function isAlike(a: object, b: object): boolean {
  const [left, right] = [Object.keys(a), Object.keys(b)]
  if (left.length !== right.length) return false
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false
  return true
}
