import { isObjectEnumValue } from '@prisma/client/runtime/client'
import type { Model, ScalarField } from '../model/model.js'
import { keyText, sameValue } from '../model/values.js'
import type { Values } from './flush-plan.js'

/**
 * The returned rows in the order of those sent. Prisma promises no order, so each pair is checked: by place first,
 * then by what was written. Rows that were sent alike are interchangeable. Null when a row finds no match (the database
 * rounded or changed a value), in which case nobody can tell whose row is whose.
 */
export function pairReturnedRows(model: Model, sent: readonly Values[], returned: readonly Values[]): Values[] | null {
  if (sent.length !== returned.length) return null
  const fields = Object.keys(sent[0] ?? {})
    .filter((name) => returned[0] && name in returned[0]) // the client may omit some
    .map((name) => model.fields.get(name) as ScalarField)
  const matches = (values: Values, row: Values) =>
    fields.every((field) => sameValue(field, plain(values[field.name]), row[field.name]))
  if (sent.every((values, index) => matches(values, returned[index] as Values))) return [...returned]
  return pairByValues(fields, sent, returned)
}

/**
 * Whether rows, as many as were sent, are in the order that they ought to be in: told by what was written into columns
 * that keep it as it is. Others (times, fractions, padded texts) come back rounded, or in another spelling.
 */
export function areInOrder(
  fields: readonly ScalarField[],
  sent: readonly (readonly unknown[])[],
  returned: readonly Values[],
): boolean {
  const exact = fields.flatMap((field, index) =>
    isExact(field) && field.name in (returned[0] ?? {}) ? [{ field, index }] : [],
  )
  if (exact.length === 0) return false
  return sent.every((values, place) =>
    exact.every(({ field, index }) => sameValue(field, values[index], returned[place]?.[field.name])),
  )
}

function isExact({ type, nativeType, isList }: ScalarField): boolean {
  return !isList && exactTypes.has(type) && nativeType !== 'Char'
}

const exactTypes = new Set<ScalarField['type']>(['Int', 'BigInt', 'Boolean', 'Enum', 'String'])

function pairByValues(
  fields: readonly ScalarField[],
  sent: readonly Values[],
  returned: readonly Values[],
): Values[] | null {
  const waiting = new Map<string, Values[]>()
  for (const row of returned) {
    const key = keyText(fields, row)
    const rows = waiting.get(key)
    if (rows) rows.push(row)
    else waiting.set(key, [row])
  }
  const paired: Values[] = []
  for (const values of sent) {
    const row = waiting.get(keyText(fields, read(fields, values)))?.shift()
    if (!row) return null
    paired.push(row)
  }
  return paired
}

/** What was sent, as it is read back. */
function read(fields: readonly ScalarField[], values: Values): Values {
  return Object.fromEntries(fields.map(({ name }) => [name, plain(values[name])]))
}

/** Prisma's null kinds are read back as null. */
function plain(value: unknown): unknown {
  return isObjectEnumValue(value) ? null : value
}
