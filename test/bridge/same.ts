import { types } from 'node:util'
import { Decimal } from '@prisma/client/runtime/client'
/**
 * Where two values differ first; null when they are the same in every respect that a crossing keeps: kinds, classes,
 * own properties and their order, holes of arrays, signs of zero, and which parts are one object.
 */
export function difference(a: unknown, b: unknown): string | null {
  return differs(a, b, '', { there: new Map(), back: new Map() })
}

interface Met {
  readonly there: Map<object, object>
  readonly back: Map<object, object>
}

function differs(a: unknown, b: unknown, at: string, met: Met): string | null {
  if (Object.is(a, b) && !hasParts(a)) return null
  if (!hasParts(a) || !hasParts(b)) return `${at}: ${String(a)} and ${String(b)}`
  if (met.there.has(a) || met.back.has(b))
    return met.there.get(a) === b && met.back.get(b) === a ? null : `${at}: not the same part`
  met.there.set(a, b)
  met.back.set(b, a)
  if (Object.getPrototypeOf(a) !== Object.getPrototypeOf(b)) return `${at}: of different classes`
  if (a instanceof Decimal) return atom(a.valueOf(), (b as Decimal).valueOf(), at)
  if (types.isDate(a)) return atom(a.getTime(), (b as Date).getTime(), at)
  if (types.isRegExp(a)) return atom(String(a), String(b), at)
  if (types.isBoxedPrimitive(a)) return atom(a.valueOf(), (b as object).valueOf(), at)
  if (types.isAnyArrayBuffer(a)) return atom(bytesOf(a), bytesOf(b as ArrayBuffer), at)
  if (types.isArrayBufferView(a)) return atom(bytesOf(a), bytesOf(b as NodeJS.ArrayBufferView), at)
  if (types.isMap(a)) return differs([...a], [...(b as Map<unknown, unknown>)], `${at}.entries`, met)
  if (types.isSet(a)) return differs([...a], [...(b as Set<unknown>)], `${at}.values`, met)
  return ofProperties(a, b, at, met)
}

function ofProperties(a: object, b: object, at: string, met: Met): string | null {
  // An error's stack goes on with the frames of this thread.
  const [left, right] = [a, b].map((each) => Object.getOwnPropertyNames(each).filter((name) => name !== 'stack'))
  const isError = types.isNativeError(a)
  const [names, others] = [isError ? left?.sort() : left, isError ? right?.sort() : right]
  if (String(names) !== String(others)) return `${at}: has ${String(names)} and ${String(others)}`
  for (const name of names ?? []) {
    const [mine, other] = [a, b].map((each) => Object.getOwnPropertyDescriptor(each, name))
    if (mine?.enumerable !== other?.enumerable) return `${at}.${name}: enumerable or not`
    const found = differs(mine?.value, other?.value, `${at}.${name}`, met)
    if (found !== null) return found
  }
  return null
}

function atom(a: unknown, b: unknown, at: string): string | null {
  return Object.is(a, b) ? null : `${at}: ${String(a)} and ${String(b)}`
}

function bytesOf(data: ArrayBufferLike | NodeJS.ArrayBufferView): string {
  return types.isArrayBufferView(data)
    ? Buffer.from(data.buffer, data.byteOffset, data.byteLength).toString('hex')
    : Buffer.from(data).toString('hex')
}

function hasParts(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
