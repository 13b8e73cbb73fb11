import type { ScalarField } from './model.js'
/**
 * Whether two values of a field are one to the database. Knows the spellings Prisma takes for a type, so that a number
 * given for a Decimal or an ISO string for a DateTime equals what comes back.
 */
export function sameValue(field: ScalarField, a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (a === null || b === null || a === undefined || b === undefined) return false
  if (field.isList) return sameList(field, a, b)
  switch (field.type) {
    case 'DateTime':
      return time(a) === time(b)
    case 'Decimal':
      return sameDecimal(a, b)
    case 'BigInt':
      return String(a) === String(b)
    case 'Bytes':
      return sameBytes(a, b)
    case 'Json':
      return sameJson(a, b)
    case 'Float':
      return Number.isNaN(a) && Number.isNaN(b)
    default:
      return false
  }
}

/** A copy that later changes of the original, in place, do not reach. Immutable values are returned as they are. */
export function keptValue(field: ScalarField, value: unknown): unknown {
  if (value === null || typeof value !== 'object') return value
  if (field.isList && Array.isArray(value)) return value.map((item) => keptValue({ ...field, isList: false }, item))
  if (value instanceof Date) return new Date(value.getTime())
  if (value instanceof Uint8Array) return Uint8Array.prototype.slice.call(value)
  if (field.type === 'Json') return copyJson(value)
  return value // Decimal, and Prisma's null kinds
}

/** A string that two values of a field share exactly when they are the same to the database. */
export function valueKey(field: ScalarField, value: unknown): string {
  if (value === null || value === undefined) return 'null'
  if (Array.isArray(value) && field.isList)
    return `[${value.map((item) => valueKey({ ...field, isList: false }, item)).join()}]`
  switch (field.type) {
    case 'DateTime':
      return String(time(value))
    case 'Bytes':
      return Array.prototype.join.call(value)
    case 'Json':
      return JSON.stringify(value, sortedKeys) ?? 'undefined'
    case 'Decimal':
      return decimalText(value)
    case 'BigInt':
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

function sameList(field: ScalarField, a: unknown, b: unknown): boolean {
  if (!Array.isArray(a) || !Array.isArray(b) || a.length !== b.length) return false
  const item = { ...field, isList: false }
  return a.every((value, index) => sameValue(item, value, b[index]))
}

function time(value: unknown): number {
  return value instanceof Date ? value.getTime() : new Date(value as string).getTime()
}

function sameDecimal(a: unknown, b: unknown): boolean {
  const [left, right] = hasEquals(a) ? [a, b] : [b, a]
  if (!hasEquals(left)) return decimalText(a) === decimalText(b)
  try {
    return left.equals(right)
  } catch {
    return false // not a number at all: Prisma will say so when it is sent
  }
}

function hasEquals(value: unknown): value is { equals(other: unknown): boolean } {
  return typeof value === 'object' && value !== null && 'equals' in value
}

function decimalText(value: unknown): string {
  if (typeof value === 'object' && value !== null && 'toFixed' in value)
    return (value as { toFixed(): string }).toFixed()
  return String(value)
}

function sameBytes(a: unknown, b: unknown): boolean {
  if (!(a instanceof Uint8Array) || !(b instanceof Uint8Array) || a.length !== b.length) return false
  return a.every((byte, index) => byte === b[index])
}

function sameJson(a: unknown, b: unknown): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, i) => sameJson(item, b[i]))
  }
  if (!isPlain(a) || !isPlain(b)) return hasToJson(a) && hasToJson(b) && sameJson(a.toJSON(), b.toJSON())
  // A property set to undefined is not sent, so it counts as absent.
  const [left, right] = [a as Record<string, unknown>, b as Record<string, unknown>]
  const keys = Object.keys(left).filter((key) => left[key] !== undefined)
  const others = Object.keys(right).filter((key) => right[key] !== undefined)
  return (
    keys.length === others.length && keys.every((key) => Object.hasOwn(right, key) && sameJson(left[key], right[key]))
  )
}

function copyJson(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(copyJson)
  if (!isPlain(value)) return hasToJson(value) ? copyJson(value.toJSON()) : value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, copyJson(item)]))
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function hasToJson(value: object): value is { toJSON(): unknown } {
  return typeof (value as { toJSON?: unknown }).toJSON === 'function'
}

function sortedKeys(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
}
