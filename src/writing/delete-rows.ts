import type { Model } from '../model/model.js'
import type { DeleteRow, DeleteStep, Written } from './flush-plan.js'
import type { SetBased } from './set-based.js'
import { staleRows } from './stale-rows.js'
import { columnsFor, type Kind, Statement } from './statement.js'
/** One DELETE of rows by key, and by version where they have one. */
export const deleteRows: Kind<DeleteStep> = {
  statements: (way, model, step) => {
    const version = Object.keys(step.rows[0]?.version ?? {})
    const found = way.remembered(`DELETE ${model.name} ${version.join()}`, () => deleteStatement(way, model, version))
    return typeof found === 'string' ? found : [found]
  },

  rows: ({ key }, { rows }) =>
    rows.map((row) =>
      key.map(({ field: { name } }) => (Object.hasOwn(row.key, name) ? row.key[name] : row.version?.[name])),
    ),

  *run(way, step, filled, written) {
    for (const { statement, chunks } of filled) {
      for (const { args, from, to } of chunks) {
        const matched = yield* way.count(statement, args)
        checkDeleted(statement.model, step, step.rows.slice(from, to), matched, written)
      }
    }
  },
}

/** Notes rows that were not there, which is an error where they have versions. */
export function checkDeleted(
  model: Model,
  { strict }: DeleteStep,
  rows: readonly DeleteRow[],
  matched: number,
  { missed }: Written,
): void {
  const expected = rows.length
  if (matched === expected) return
  let fewest = expected
  for (const { mayBeGone } of rows) if (mayBeGone) fewest--
  if (matched >= fewest && matched < expected) return
  if (strict) throw staleRows(model, 'DELETE', expected, matched)
  missed.push({ model: model.name, expected, matched })
}

function deleteStatement(way: SetBased, model: Model, version: readonly string[]): Statement | string {
  const key = columnsFor(model, [...model.key, ...version], way.dialect.keyColumn)
  if (typeof key === 'string') return key
  const table = way.tableOf(model)
  const make = () => way.dialect.remove(table, key, way.server)
  return new Statement({ what: 'DELETE', model, table, key, set: [], make })
}
