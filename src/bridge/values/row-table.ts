import { types } from 'node:util'
import { isPlain } from './carried.js'
/**
 * Rows of a query, as one list of their cells: half of what it costs to clone many small objects is their names, which
 * are the same in each.
 */
export interface RowTable {
  readonly names: readonly string[]
  readonly cells: readonly unknown[]
}

/** The table of at least `fewest` rows that have the same columns, and in them nothing with parts; null for all else. */
export function tableOf(value: unknown): RowTable | null {
  if (types.isProxy(value) || !Array.isArray(value) || value.length < fewest) return null
  const [first] = value as readonly unknown[]
  if (typeof first !== 'object' || first === null) return null
  const names = Object.keys(first)
  if (names.length === 0 || names.includes('__proto__')) return null
  const cells: unknown[] = []
  const seen = new Set<unknown>() // a row that stands in two places is one object on the other side too
  for (const row of value as readonly unknown[]) {
    if (typeof row !== 'object' || row === null || types.isProxy(row) || !isPlain(row)) return null
    if (!addCells(cells, names, row as Row)) return null
    seen.add(row)
  }
  return seen.size === value.length && Object.keys(value).length === value.length ? { names, cells } : null
}

export function rowsOf({ names, cells }: RowTable): Row[] {
  const rows: Row[] = []
  for (let at = 0; at < cells.length; ) {
    const row: Row = {}
    for (const name of names) row[name] = cells[at++]
    rows.push(row)
  }
  return rows
}

const fewest = 16

type Row = Record<string, unknown>

function addCells(cells: unknown[], names: readonly string[], row: Row): boolean {
  let at = 0
  for (const name in row) {
    if (name !== names[at++]) return false
    const cell = row[name]
    if (typeof cell === 'object' ? cell !== null : typeof cell === 'function' || typeof cell === 'symbol') return false
    cells.push(cell)
  }
  return at === names.length
}
