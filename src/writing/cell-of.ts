import { FlushError } from '../errors.js'
import { toCome } from './chunks.js'
import type { Cells, Ref, Values, Written } from './flush-plan.js'
/** A field of a row, from the row itself or from an earlier one of the plan; undefined when it gives none. */
export function cellOf({ values, refs }: Cells, name: string, written: Written | null): unknown {
  const ref = refs[name]
  if (!ref) {
    const value = values[name]
    return typeof value === 'function' ? undefined : value // inherited: no value is one
  }
  if (!written) return toCome
  return cellToCome(written.rows, name, ref)
}

/** What an earlier row has got by now. */
export function cellToCome(rows: readonly (Values | undefined)[], name: string, { row, field }: Ref): unknown {
  const value = rows[row]?.[field]
  if (value !== undefined) return value
  throw new FlushError(`the database returned no ${field} for a row that ${name} refers to: do not omit keys`)
}
