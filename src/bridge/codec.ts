import { types } from 'node:util'
import {
  AnyNull,
  DbNull,
  Decimal,
  isObjectEnumValue,
  JsonNull,
  makeTypedQueryFactory,
  Sql,
  skip,
} from '@prisma/client/runtime/client'
import { BridgeError } from '../errors.js'
import { packError, unpackError } from './error-codec.js'
import { FieldReference } from './field-reference.js'
import type { Hole, HoleKind, Packed } from './wire.js'
/**
 * Makes a value fit for another thread. What structured cloning carries by itself stays as it is; what it would refuse
 * or flatten (Decimal, Prisma.sql, errors, rows of extended clients, …) is taken out and listed beside it, so that a
 * value without any costs one look at each of its parts here and nothing on the other side.
 *
 * `foreign` takes objects that only the caller knows how to carry: what it gives for one travels in its place.
 */
export function pack(value: unknown, foreign?: Foreign, depth = 0): Packed {
  const finding: Finding = { holes: [], foreign, depth, seen: new Set(), mustCopy: false }
  look(finding, value, null)
  const { holes, mustCopy } = finding
  if (holes.length === 0) return { value: mustCopy ? copy(value, new Map(), new Set()) : value }
  const left = new Set<unknown>(holes.map(({ source }) => source))
  return {
    value: copy(value, new Map(), left),
    holes: holes.map(({ place, kind, content }) => ({ path: pathOf(place), kind, content })),
  }
}

/** The inverse of `pack`. The packed value may be changed: it belongs to this side. */
export function unpack({ value, holes }: Packed, revive: Revive = {}): unknown {
  if (!holes) return value
  const root = { value }
  for (const hole of holes) {
    let holder: unknown = root
    let last: string | number = 'value'
    for (const step of hole.path) {
      holder = (holder as Holder)[last]
      last = step
    }
    setOwn(holder as Holder, last, fill(hole, revive))
  }
  return root.value
}

/** The same for what was thrown, which has to arrive in some form. */
export function packThrown(error: unknown): Packed {
  try {
    return pack(error)
  } catch (cause) {
    return pack(uncloneable(cause))
  }
}

/** What is thrown for a value that even structured cloning refuses, a detached ArrayBuffer for example. */
export function uncloneable(cause: unknown): BridgeError {
  if (cause instanceof BridgeError) return cause
  return new BridgeError(`a value cannot cross to another thread (${String(cause)}): pass plain data`, { cause })
}

export type Foreign = (object: object) => unknown

/** How things are brought back that belong to a client or a session. */
export interface Revive {
  readonly field?: (reference: FieldReference) => unknown
  readonly entity?: (content: unknown) => unknown
}

type Holder = Record<string | number, unknown>

/** Where a value stands: a step from the place around it. */
interface Place {
  readonly around: Place | null
  readonly step: string | number
}

interface Finding {
  readonly holes: (Special & { readonly place: Place | null; readonly source: object })[]
  readonly foreign: Foreign | undefined
  readonly depth: number
  /** Values may refer to each other in circles. */
  readonly seen: Set<object>
  /** Something in it cannot be posted as it stands, though its parts can. */
  mustCopy: boolean
}

interface Special {
  readonly kind: HoleKind
  readonly content: unknown
}

function look(finding: Finding, value: unknown, place: Place | null): void {
  if (typeof value === 'function' || typeof value === 'symbol') throw cannotCross(place, `a ${typeof value}`)
  if (typeof value !== 'object' || value === null || types.isDate(value)) return
  const special = specialOf(finding, value, place)
  if (special) finding.holes.push({ ...special, place, source: value })
  else if (!finding.seen.has(value)) {
    finding.seen.add(value)
    if (types.isProxy(value)) finding.mustCopy = true
    lookInto(finding, value, place)
  }
}

function lookInto(finding: Finding, value: object, place: Place | null): void {
  if (Array.isArray(value)) {
    for (let index = 0; index < value.length; index++)
      if (hasParts(value[index])) look(finding, value[index], { around: place, step: index })
  } else if (types.isProxy(value) || isPlain(value)) {
    for (const name of Object.keys(value)) {
      const part = (value as Holder)[name]
      if (hasParts(part)) look(finding, part, { around: place, step: name })
    }
  }
}

function hasParts(value: unknown): boolean {
  return typeof value === 'object' ? value !== null : typeof value === 'function' || typeof value === 'symbol'
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

/** How an object travels that structured cloning does not carry as it is; undefined for all others. */
function specialOf(finding: Finding, value: object, place: Place | null): Special | undefined {
  const { foreign, depth } = finding
  const carried = foreign?.(value)
  const inner = (part: unknown) => {
    if (depth > maxDepth) throw cannotCross(place, 'an endless value')
    return pack(part, foreign, depth + 1)
  }
  if (carried !== undefined) return { kind: 'entity', content: inner(carried) }
  if (Array.isArray(value))
    return 'raw' in value ? { kind: 'template', content: { strings: [...value], raw: value.raw } } : undefined
  if (types.isProxy(value) || isPlain(value)) return undefined
  if (types.isNativeError(value) || value instanceof Error) return { kind: 'error', content: packError(value, inner) }
  if (types.isArrayBufferView(value)) return bytes(value)
  if (types.isAnyArrayBuffer(value) || types.isRegExp(value)) return undefined
  if (types.isMap(value)) return { kind: 'map', content: [...value].map(([key, item]) => [inner(key), inner(item)]) }
  if (types.isSet(value)) return { kind: 'set', content: [...value].map(inner) }
  return prismas(value, inner) ?? asData(value, inner, place)
}

/** Maps in maps and causes of errors go round in circles no deeper than this. */
const maxDepth = 50

function prismas(value: object, inner: (part: unknown) => Packed): Special | undefined {
  if (Decimal.isDecimal(value)) return { kind: 'decimal', content: value.valueOf() }
  if (isObjectEnumValue(value)) return { kind: 'null', content: String(value).replace('Prisma.', '') }
  if (value === (skip as object)) return { kind: 'skip', content: null }
  if (value instanceof FieldReference) return { kind: 'field', content: { ...value } }
  const { strings, values, sql } = value as { strings?: unknown; values?: unknown; sql?: unknown }
  if (!Array.isArray(values)) return undefined
  if (Array.isArray(strings)) return { kind: 'sql', content: { strings: [...strings], values: inner([...values]) } }
  if (typeof sql === 'string') return { kind: 'typedSql', content: { sql, values: inner([...values]) } }
  return undefined
}

/** An object of some class: what it says of itself as data, as Prisma would take it. */
function asData(value: object, inner: (part: unknown) => Packed, place: Place | null): Special {
  const { toJSON } = value as { toJSON?: unknown }
  if (typeof toJSON === 'function') return { kind: 'plain', content: inner(Reflect.apply(toJSON, value, [])) }
  if (typeof (value as { then?: unknown }).then === 'function')
    throw cannotCross(place, 'a promise', 'await it first, or make the call that gives it synchronous')
  throw cannotCross(place, `an object of the class ${value.constructor?.name || '(without a name)'}`)
}

/** A view of a larger buffer would take all of it along. */
function bytes(value: NodeJS.ArrayBufferView): Special | undefined {
  if (Buffer.isBuffer(value)) return { kind: 'buffer', content: Uint8Array.prototype.slice.call(value) }
  if (value instanceof Uint8Array && value.byteLength < value.buffer.byteLength)
    return { kind: 'plain', content: { value: value.slice() } }
  return undefined
}

function copy(value: unknown, copies: Map<object, unknown>, left: ReadonlySet<unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (left.has(value)) return null // listed as a hole
  const known = copies.get(value)
  if (known) return known
  if (!Array.isArray(value) && !types.isProxy(value) && !isPlain(value)) return value
  const made = (Array.isArray(value) ? new Array(value.length) : {}) as Holder
  copies.set(value, made)
  for (const name of Object.keys(value)) setOwn(made, name, copy((value as Holder)[name], copies, left))
  return made
}

/** Plain assignment would not make a property called __proto__. */
function setOwn(holder: Holder, name: string | number, value: unknown): void {
  if (name !== '__proto__') holder[name] = value
  else Object.defineProperty(holder, name, { value, writable: true, enumerable: true, configurable: true })
}

function fill({ kind, content }: Hole, revive: Revive): unknown {
  const inner = (packed: unknown) => unpack(packed as Packed, revive)
  switch (kind) {
    case 'decimal':
      return new Decimal(content as string)
    case 'plain':
      return inner(content)
    case 'buffer': {
      const { buffer, byteOffset, byteLength } = content as Uint8Array
      return Buffer.from(buffer, byteOffset, byteLength)
    }
    case 'null':
      return { DbNull, JsonNull, AnyNull }[content as 'DbNull']
    case 'skip':
      return skip
    case 'sql': {
      const { strings, values } = content as { strings: string[]; values: Packed }
      return new Sql(strings, inner(values) as ConstructorParameters<typeof Sql>[1])
    }
    case 'typedSql': {
      const { sql, values } = content as { sql: string; values: Packed }
      return makeTypedQueryFactory(sql)(...(inner(values) as unknown[]))
    }
    case 'template': {
      const { strings, raw } = content as { strings: string[]; raw: string[] }
      return Object.defineProperty(strings, 'raw', { value: raw })
    }
    case 'error':
      return unpackError(content, inner)
    case 'map':
      return new Map((content as [Packed, Packed][]).map(([key, value]) => [inner(key), inner(value)]))
    case 'set':
      return new Set((content as Packed[]).map(inner))
    case 'field': {
      const { delegate, field } = content as FieldReference
      const reference = new FieldReference(delegate, field)
      return revive.field ? revive.field(reference) : reference
    }
    case 'entity':
      return revive.entity?.(inner(content)) ?? inner(content)
  }
}

function cannotCross(place: Place | null, what: string, remedy = 'pass plain data'): BridgeError {
  const where = place ? ` (at ${placeName(place)})` : ''
  return new BridgeError(`${what} cannot cross to another thread${where}: ${remedy}`)
}

function placeName(place: Place): string {
  return pathOf(place)
    .map((step, index) => (typeof step === 'number' ? `[${step}]` : index === 0 ? step : `.${step}`))
    .join('')
}

function pathOf(place: Place | null): (string | number)[] {
  const path: (string | number)[] = []
  for (let at = place; at; at = at.around) path.unshift(at.step)
  return path
}
