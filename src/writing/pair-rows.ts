import { isObjectEnumValue } from '@prisma/client/runtime/client'
import type { Model, ScalarField } from '../model/model.js'
import { keyText, sameValue } from '../model/values.js'
import type { Values } from './flush-plan.js'

/**
 * The returned rows in the order of those sent. Prisma promises no order, so each pair is checked: by the rows' keys where
 * all were sent; by place, where the columns that came back as they were sent tell the rows apart; else by all that was
 * sent. Rows that were sent alike are interchangeable. Null when the database has changed what would tell whose row is whose.
 */
export function pairReturnedRows(model: Model, sent: readonly Values[], returned: readonly Values[]): Values[] | null {
  if (sent.length !== returned.length) return null
  const names = new Set(sent.flatMap((values) => Object.keys(values)))
  const fields = model.scalars.filter(({ name }) => names.has(name) && returned[0] && name in returned[0]) // the client may omit some
  const kept = fields.filter((field) =>
    sent.every((values, place) => isKept(field, values[field.name], returned[place]?.[field.name])),
  )
  if (kept.length === fields.length || areToldApart(kept, fields, sent)) return [...returned]
  const given = fields.filter(({ name }) => sent.every((values) => values[name] !== undefined))
  const isKeyed = model.keyFields.every((field) => given.includes(field))
  return (isKeyed ? pairBy(model.keyFields, sent, returned) : null) ?? pairByAll(given, fields, sent, returned)
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
    exact.every(({ field, index }) => isKept(field, values[index], returned[place]?.[field.name])),
  )
}

function isExact({ type, nativeType, isList }: ScalarField): boolean {
  return !isList && exactTypes.has(type) && nativeType !== 'Char'
}

const exactTypes = new Set<ScalarField['type']>(['Int', 'BigInt', 'Boolean', 'Enum', 'String'])

/** Whether a value came back as it was sent; what a row has not given may be anything. */
function isKept(field: ScalarField, value: unknown, found: unknown): boolean {
  if (value === undefined || sameValue(field, asRead(field, value), found)) return true
  return field.nativeType === 'Uuid' && String(value).toLowerCase() === found
}

/** Whether rows that are alike in some fields are alike in all. */
function areToldApart(some: readonly ScalarField[], all: readonly ScalarField[], sent: readonly Values[]): boolean {
  const texts = new Map<string, string>()
  for (const values of sent) {
    const [text, whole] = [textOf(some, values), textOf(all, values)]
    const other = texts.get(text)
    if (other !== undefined && other !== whole) return false
    texts.set(text, whole)
  }
  return true
}

function pairByAll(
  given: readonly ScalarField[],
  fields: readonly ScalarField[],
  sent: readonly Values[],
  returned: readonly Values[],
): Values[] | null {
  return areToldApart(given, fields, sent) ? pairBy(given, sent, returned) : null
}

function pairBy(fields: readonly ScalarField[], sent: readonly Values[], returned: readonly Values[]): Values[] | null {
  const waiting = new Map<string, Values[]>()
  for (const row of returned) {
    const key = keyText(fields, row)
    const rows = waiting.get(key)
    if (rows) rows.push(row)
    else waiting.set(key, [row])
  }
  const paired: Values[] = []
  for (const values of sent) {
    const row = waiting.get(textOf(fields, values))?.shift()
    if (!row) return null
    paired.push(row)
  }
  return paired
}

/** The text of what was sent, as it is read back. */
function textOf(fields: readonly ScalarField[], values: Values): string {
  return keyText(fields, Object.fromEntries(fields.map((field) => [field.name, asRead(field, values[field.name])])))
}

/** Prisma's null kinds are read back as null, and no list as an empty one. */
function asRead({ isList }: ScalarField, value: unknown): unknown {
  if (isList) return value ?? []
  return isObjectEnumValue(value) ? null : value
}
