import { copyJson, isNullKind, sameJson } from './json.js'
import type { ScalarField } from './model.js'

/**
 * Whether two values of a field are one to the database. Knows the spellings Prisma takes for a type, so that a number
 * given for a Decimal or an ISO string for a DateTime equals what comes back.
 */
export function sameValue(field: ScalarField, a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (Number.isNaN(a) && Number.isNaN(b)) return true
  if (field.type === 'Json' && !field.isList) return sameJson(a, b)
  if (a === null || b === null || a === undefined || b === undefined) return false
  if (field.isList) return sameList(field, a, b)
  switch (field.type) {
    case 'DateTime':
      return sameTime(a, b)
    case 'Decimal':
      return sameDecimal(a, b)
    case 'BigInt':
      return String(a) === String(b)
    case 'Bytes':
      return sameBytes(a, b)
    default:
      return false
  }
}

/** Whether they are the same value in one spelling: a Date is none of a string. */
export function isSameKind(field: ScalarField, a: unknown, b: unknown): boolean {
  return typeof a === typeof b && a?.constructor === b?.constructor && sameValue(field, a, b)
}

/** A copy that later changes of the original, in place, do not reach. Immutable values are returned as they are. */
export function keptValue(field: ScalarField, value: unknown): unknown {
  if (field.type === 'Json' && !field.isList) return copyJson(value)
  if (value === null || typeof value !== 'object') return value
  if (field.isList && Array.isArray(value)) return Array.from(value, (item) => keptValue(itemOf(field), item))
  if (value instanceof Date) return new Date(value.getTime())
  if (value instanceof Uint8Array) return Uint8Array.prototype.slice.call(value)
  return value // a Decimal never changes
}

/** Whether a value of the field can be changed in place. */
export function isMutable({ isList, type }: ScalarField): boolean {
  return isList || type === 'Json' || type === 'DateTime' || type === 'Bytes'
}

/** A string that two values of a field share exactly when they are the same to the database. */
export function valueKey(field: ScalarField, value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value) && field.isList)
    return `[${value.map((item) => `<${valueKey(itemOf(field), item)}>`).join()}]`
  switch (field.type) {
    case 'DateTime':
      return String(time(value))
    case 'Bytes':
      return `bytes ${Array.prototype.join.call(value, '.')}`
    case 'Json':
      return isNullKind(value) ? String(value) : (JSON.stringify(copyJson(value), sortedKeys) ?? 'undefined')
    case 'Decimal':
      return decimalText(value)
    case 'Int':
    case 'BigInt':
    case 'Float':
      return String(value)
    default:
      return JSON.stringify(value) ?? 'undefined'
  }
}

/** The fields' values as one key; a scalar key of one field stays readable. */
export function keyText(fields: readonly ScalarField[], values: Readonly<Record<string, unknown>>): string {
  const [only] = fields
  if (only && fields.length === 1) return valueKey(only, values[only.name])
  return fields.map((field) => valueKey(field, values[field.name])).join('\u0000')
}

/** The same of values in the order of the fields. */
export function keyTextOf(fields: readonly ScalarField[], values: readonly unknown[]): string {
  return fields.map((field, index) => valueKey(field, values[index])).join('\u0000')
}

function sameList(field: ScalarField, a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
  const item = itemOf(field)
  return a.every((value, index) => sameValue(item, value, b[index]))
}

/** Times that a Date cannot hold, such as PostgreSQL's infinity, are read as an invalid one. */
function sameTime(a: unknown, b: unknown): boolean {
  const [left, right] = [time(a), time(b)]
  return left === right || (Number.isNaN(left) && Number.isNaN(right) && a instanceof Date && b instanceof Date)
}

function time(value: unknown): number {
  return value instanceof Date ? value.getTime() : new Date(value as string).getTime()
}

function sameDecimal(a: unknown, b: unknown): boolean {
  const [left, right] = hasEquals(a) ? [a, b] : [b, a]
  if (!hasEquals(left)) return decimalText(a) === decimalText(b)
  try {
    return left.equals(right) || (isNotANumber(left) && isNotANumber(right))
  } catch {
    return false // not a number at all: Prisma will say so when it is sent
  }
}

function hasEquals(value: unknown): value is { equals(other: unknown): boolean } {
  return typeof value === 'object' && value !== null && 'equals' in value
}

/** A value of PostgreSQL's `numeric`, too. */
function isNotANumber(value: unknown): boolean {
  return decimalText(value) === 'NaN'
}

function decimalText(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'toFixed' in value)
    return (value as { toFixed(): string }).toFixed()
  return plainDigits(String(value))
}

/** A number's text as a Decimal writes it: 2.50 is 2.5. What is not written out in digits stays. */
function plainDigits(text: string): string {
  const [, sign, whole = '', part = ''] = /^([+-]?)0*(\d*)(?:\.(\d*?)0*)?$/.exec(text.trim()) ?? []
  if (sign === undefined || whole + part === '') return /^[+-]?0+(\.0*)?$/.test(text.trim()) ? '0' : text
  return `${sign === '-' ? '-' : ''}${whole || '0'}${part ? `.${part}` : ''}`
}

function sameBytes(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array) || a.length !== b.length) return false
  return Buffer.compare(a, b) === 0
}

function itemOf(field: ScalarField): ScalarField {
  return { ...field, isList: false }
}

function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
