import { ArgumentError } from '../../errors.js'
import type { Fetched, Reading } from './reading.js'
import { type Row, rowMaker } from './row.js'
/** What turns a record into the row that users get: its columns by name and place, or a plain object. */
export function formOf(
  { cell }: Fetched,
  columns: readonly string[],
  isMapping: boolean,
): (record: unknown) => unknown {
  if (isMapping) return (record) => Object.fromEntries(columns.map((column) => [column, cell(record, column)]))
  let make: ((values: readonly unknown[]) => Row) | undefined
  return (record) => {
    make ??= rowMaker(columns)
    return make(columns.map((column) => cell(record, column)))
  }
}

/** The column by its name or place; negative from the end. */
export function columnNamed(columns: readonly string[], column: number | string): string {
  const found = typeof column === 'number' ? columns.at(column) : columns.find((name) => name === column)
  if (found !== undefined) return found
  throw new ArgumentError(`no column ${JSON.stringify(column)}: the result has ${columns.join(', ') || 'none'}`)
}

/** The column whose values `scalars` gives. A raw query without rows has no columns to name. */
export function scalarColumn(reading: Reading, columns: readonly string[], column: number | string): string {
  const { fetched } = reading
  if (!fetched.returnsRows) reading.requireOpen()
  const isEmpty = fetched.columns.length === 0 && fetched.records.length === 0
  return isEmpty ? '' : columnNamed(columns, column)
}
