import type { Provider } from '../driver/providers.js'
import type { Model, ScalarField } from '../model/model.js'
import { keyText } from '../model/values.js'
import { cellToCome } from './cell-of.js'
import type { Ref, Refs, UpdateRow, Values } from './flush-plan.js'
export interface Change {
  readonly row: UpdateRow
  readonly key: Values
  readonly values: Values
}

/** Rows that one `updateMany` can write: the same fields to the same values, found by key alone. */
export function groupsOfSameChange(
  provider: Provider,
  written: readonly (Values | undefined)[],
  model: Model,
  rows: readonly UpdateRow[],
): Change[][] {
  const groups = new Map<string, Change[]>()
  for (const [index, row] of rows.entries()) {
    const change = { row, key: resolved(written, row.key), values: resolved(written, row) }
    const text = isSharable(provider, model, row) ? changeText(model, change.values) : `row ${index}`
    const group = groups.get(text)
    if (group) group.push(change)
    else groups.set(text, [change])
  }
  return [...groups.values()].flatMap((group) => chunks(group, rowsPerStatement(provider, model.key.length + 1)))
}

function isSharable(provider: Provider, model: Model, row: UpdateRow): boolean {
  if (row.version || model.key.some((name) => Object.hasOwn(row.values, name) || Object.hasOwn(row.refs, name)))
    return false
  return provider.returning || model.updatedAt.length === 0 // the new time has to be read back
}

function changeText(model: Model, values: Values): string {
  const fields = Object.keys(values).map((name) => model.fields.get(name) as ScalarField)
  return `${Object.keys(values)}: ${keyText(fields, values)}`
}

/** The row's values with those that earlier rows of the plan got filled in. */
export function resolved(
  rows: readonly (Values | undefined)[],
  { values, refs }: { values: Values; refs: Refs },
): Values {
  const names = Object.keys(refs)
  if (names.length === 0) return values
  const all: Record<string, unknown> = { ...values }
  for (const name of names) {
    all[name] = cellToCome(rows, name, refs[name] as Ref)
  }
  return all
}

export function rowsPerStatement({ bindLimit }: Provider, valuesPerRow: number): number {
  return Math.max(1, Math.floor((bindLimit - 10) / Math.max(1, valuesPerRow)))
}

export function writesMany(provider: Provider, rows: number): boolean {
  return provider.returning && rows > 1
}

export function chunks<T>(items: readonly T[], size: number): T[][] {
  const found: T[][] = []
  for (let at = 0; at < items.length; at += size) found.push(items.slice(at, at + size))
  return found
}
