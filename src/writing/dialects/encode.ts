import { Decimal, isObjectEnumValue, JsonNull } from '@prisma/client/runtime/client'
import type { ScalarField } from '../../model/model.js'
import type { Server } from './dialect.js'
/** A value as it goes into the JSON of a row set; undefined for one that Prisma should judge, or refuse. Null is handled before. */
export type Encode<T = string | number | boolean> = (value: unknown, server: Server) => T | undefined

/** What suits most databases. */
export function encoderOf(field: ScalarField): Encode {
  switch (field.type) {
    case 'Int':
      return int
    case 'BigInt':
      return bigInt
    case 'Float':
      return float
    case 'Decimal':
      return decimal
    case 'Boolean':
      return bool
    case 'String':
      return text
    case 'Enum':
      return enumValue(field)
    case 'DateTime':
      return (value) => utcText(field, date(value))
    case 'Bytes':
      return hex
    case 'Json':
      return json
  }
}

function int(value: unknown): number | undefined {
  return typeof value === 'number' && (value | 0) === value ? value : undefined
}

/** As text: JSON has no numbers of 64 bits. */
function bigInt(value: unknown): string | undefined {
  if (typeof value === 'bigint') return BigInt.asIntN(64, value) === value ? String(value) : undefined
  return Number.isSafeInteger(value) ? String(value) : undefined
}

export function float(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isFinite(value) ? value : undefined
}

/** As text, without an exponent. */
export function decimal(value: unknown): string | undefined {
  if (
    typeof value === 'string'
      ? !/^-?\d+(?:\.\d+)?$/.test(value)
      : typeof value !== 'number' && !Decimal.isDecimal(value)
  )
    return undefined
  const made = new Decimal(value as string)
  return made.isFinite() ? made.toFixed() : undefined
}

export function bool(value: unknown): boolean | undefined {
  return typeof value === 'boolean' ? value : undefined
}

/** Databases end a text at NUL, refuse it, or keep it; half a surrogate pair is no Unicode. */
function text(value: unknown): string | undefined {
  if (typeof value !== 'string' || value.includes('\0')) return undefined
  return (value as unknown as { isWellFormed(): boolean }).isWellFormed() ? value : undefined
}

/** Years that every database writes with four digits. */
export function date(value: unknown): Date | undefined {
  if (!(value instanceof Date)) return undefined
  const year = value.getUTCFullYear()
  return year >= 1 && year <= 9999 ? value : undefined // NaN is neither
}

/** As adapters write a time: in UTC, without a zone, milliseconds where there are any. */
function utcText({ nativeType }: ScalarField, value: Date | undefined): string | undefined {
  if (value === undefined) return undefined
  const [day, rest = ''] = value.toISOString().split('T')
  const time = rest.replace(/(?:\.000)?Z$/, '')
  if (nativeType === 'Date') return day
  return nativeType === 'Time' ? time : `${day} ${time}`
}

export function hex(value: unknown): string | undefined {
  if (!(value instanceof Uint8Array)) return undefined
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('hex')
}

/** Its text. What is not plain JSON Prisma has its own ideas of; objects of classes have been copied into plain ones. */
function json(value: unknown): string | undefined {
  if (value === JsonNull) return 'null'
  if (!isPlainJson(value)) return undefined
  const made = JSON.stringify(value)
  return made.includes('\\u0000') || made.includes('\\ud') ? undefined : made
}

/** The database's name of an enum's value. */
function enumValue({ enumNames }: ScalarField): (value: unknown) => string | undefined {
  const inDatabase = new Map([...(enumNames ?? [])].map(([stored, name]) => [name, stored]))
  return (value) => inDatabase.get(value as string)
}

export function list<T>(encode: Encode<T>): Encode<T[]> {
  return (value, server) => {
    if (!Array.isArray(value)) return undefined
    const items: T[] = []
    for (const each of value) {
      const item = encode(each, server)
      if (item === undefined) return undefined
      items.push(item)
    }
    return items
  }
}

function isPlainJson(value: unknown): boolean {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return true
    case 'number':
      return Number.isFinite(value)
    case 'object': {
      if (value === null) return true
      if (Array.isArray(value)) return value.every(isPlainJson)
      if (isObjectEnumValue(value)) return false
      return Object.values(value).every((each) => each === undefined || isPlainJson(each)) && !('toJSON' in value)
    }
    default:
      return false
  }
}
