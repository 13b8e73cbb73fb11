/**
 * Compares and copies the values of Json fields, which a program may change in place at any depth: whoever asks whether
 * one has changed has to look at all of it. That happens before each query, so that the usual parts (arrays and plain
 * objects) are compared in loops without calls, and everything else by what Prisma would store for it.
 */
export function sameJson(a: unknown, b: unknown): boolean {
  const deeper: unknown[] = []
  let isSame = same(a, b, 0, deeper)
  while (isSame && deeper.length > 0) {
    const right = deeper.pop()
    isSame = same(deeper.pop(), right, 0, deeper)
  }
  return isSame
}

/** A copy of what Prisma would store. Items that are undefined, or not there at all, stay undefined: Prisma refuses them. */
export function copyJson(value: unknown): unknown {
  const deeper: JsonParts[] = []
  const copied = copy(value, 0, deeper)
  for (const parts of deeper) copyParts(parts, 0, deeper) // the list grows meanwhile
  return copied
}

/** Prisma's DbNull, JsonNull and AnyNull: objects without properties that are not alike. */
export function isNullKind(value: unknown): boolean {
  return typeof value === 'object' && value !== null && nullKind in value
}

const nullKind = Symbol.for('prisma.objectEnumValue')

type JsonParts = Record<string, unknown> | unknown[]

/** Levels that are gone down on the stack; what is below them waits in a list. */
const mostLevels = 500

function same(a: unknown, b: unknown, level: number, deeper: unknown[]): boolean {
  if (a === b) return true
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return sameForms(a, b, level, deeper)
  if (level === mostLevels) {
    deeper.push(a, b)
    return true
  }
  if (Array.isArray(a)) {
    if (Array.isArray(b) && sameItems(a, b, level + 1, deeper)) return true
  } else if (isPlain(a) && isPlain(b) && sameProperties(a, b, level + 1, deeper)) return true
  return sameForms(a, b, level, deeper)
}

function sameItems(a: readonly unknown[], b: readonly unknown[], level: number, deeper: unknown[]): boolean {
  if (a.length !== b.length) return false
  for (let index = 0; index < a.length; index++) {
    const left = a[index]
    const right = b[index]
    if (left !== right && !same(left, right, level, deeper)) return false
  }
  return true
}

/** A property set to undefined is not sent, so it counts as absent. */
function sameProperties(
  a: Readonly<Record<string, unknown>>,
  b: Readonly<Record<string, unknown>>,
  level: number,
  deeper: unknown[],
): boolean {
  let keys = 0
  let isDefined = true
  for (const key in a) {
    const left = a[key]
    const right = b[key]
    keys++
    if (left === undefined) isDefined = false
    else if (left !== right && !same(left, right, level, deeper)) return false
    else if (key === '__proto__' && !Object.hasOwn(b, key)) return false // every object has something under this name
  }
  for (const _ in b) keys--
  return (keys === 0 && isDefined) || definedKeys(a) === definedKeys(b)
}

function definedKeys(object: Readonly<Record<string, unknown>>): number {
  let keys = 0
  for (const key in object) if (object[key] !== undefined) keys++
  return keys
}

/** Compares what Prisma would store, where that is something else than the values themselves. */
function sameForms(a: unknown, b: unknown, level: number, deeper: unknown[]): boolean {
  const [left, right] = [jsonForm(a), jsonForm(b)]
  if (left === right) return true
  if (typeof left !== 'object' || typeof right !== 'object' || left === null || right === null) return false
  if (isNullKind(left) || isNullKind(right)) return false
  if (left !== a || right !== b) return same(left, right, level, deeper)
  if (Array.isArray(left) || Array.isArray(right) || (isPlain(left) && isPlain(right))) return false // compared before
  return sameProperties({ ...left }, { ...right }, level, deeper)
}

function isPlain(value: object): value is Record<string, unknown> {
  return Object.getPrototypeOf(value) === Object.prototype
}

function copy(value: unknown, level: number, deeper: JsonParts[]): unknown {
  const form = jsonForm(value)
  if (typeof form !== 'object' || form === null || isNullKind(form) || form instanceof Date) return form
  const parts: JsonParts = Array.isArray(form) ? Array.from(form) : { ...form }
  if (level === mostLevels) deeper.push(parts)
  else copyParts(parts, level + 1, deeper)
  return parts
}

function copyParts(parts: JsonParts, level: number, deeper: JsonParts[]): void {
  if (Array.isArray(parts)) {
    for (let index = 0; index < parts.length; index++)
      if (hasForm(parts[index])) parts[index] = copy(parts[index], level, deeper)
    return
  }
  for (const key in parts) if (hasForm(parts[key])) parts[key] = copy(parts[key], level, deeper)
}

/** False for what is stored as it is. */
function hasForm(value: unknown): boolean {
  return (
    typeof value === 'object' || typeof value === 'bigint' || (typeof value === 'number' && !Number.isFinite(value))
  )
}

/**
 * What Prisma stores for a value, as far as this level: Dates, Decimals, bytes and big integers turn into text, and what is
 * no finite number into null. An invalid Date stays one, for Prisma to refuse.
 */
function jsonForm(value: unknown): unknown {
  switch (typeof value) {
    case 'number':
      return Number.isFinite(value) ? value : null
    case 'bigint':
      return String(value)
    case 'object':
      return value === null ? null : objectForm(value)
    default:
      return value
  }
}

function objectForm(value: object): unknown {
  if (ArrayBuffer.isView(value)) return Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('base64')
  if (value instanceof Date && Number.isNaN(value.getTime())) return value
  return typeof (value as ToJson).toJSON === 'function' ? jsonForm((value as ToJson).toJSON()) : value
}

interface ToJson {
  toJSON(): unknown
}
