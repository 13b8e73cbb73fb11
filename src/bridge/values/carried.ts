import { types } from 'node:util'
import { isDetached } from './views.js'
/**
 * Whether structured cloning carries a value as it is, with all its parts: most do, and cost one look at each part.
 * False as well for what only a closer look can tell.
 */
export function isCarried(value: unknown, foreign: ((object: object) => unknown) | undefined): boolean {
  if (!hasParts(value)) return true
  try {
    return isCarriedPart(value, { foreign, seen: new Set() }, 0)
  } catch {
    return false // a getter that throws, a proxy that is revoked
  }
}

/** Levels of a value. Structured cloning goes down some 1500 on a stack of the usual size. */
export const maxDepth = 1000

/** An object without a class, of whichever realm: JavaScript has several of them in a process with vm contexts. */
export function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return true
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'isPrototypeOf')
}

/** Of those that structured cloning carries, the ones without parts. */
export function isCarriedLeaf(value: object): boolean {
  if (types.isDate(value) || types.isRegExp(value)) return true
  if (types.isBoxedPrimitive(value)) return !types.isSymbolObject(value)
  if (types.isAnyArrayBuffer(value)) return !isDetached(value)
  return types.isArrayBufferView(value) && isWholeView(value)
}

interface Looking {
  readonly foreign: ((object: object) => unknown) | undefined
  /** Values may refer to each other in circles. */
  readonly seen: Set<object>
}

function isCarriedPart(value: unknown, looking: Looking, depth: number): boolean {
  if (typeof value !== 'object') return false // a function or a symbol
  if (types.isDate(value)) return true
  const { seen, foreign } = looking
  if (seen.has(value as object)) return true
  seen.add(value as object)
  return isCarriedObject(value as object, looking, depth) && foreign?.(value as object) === undefined
}

function isCarriedObject(value: object, looking: Looking, depth: number): boolean {
  if (types.isProxy(value) || depth > maxDepth) return false
  if (Array.isArray(value)) return isCarriedArray(value, looking, depth)
  if (isPlain(value)) {
    for (const name of Object.keys(value)) {
      const part = (value as Record<string, unknown>)[name]
      if (hasParts(part) && !isCarriedPart(part, looking, depth + 1)) return false
    }
    return true
  }
  if (types.isMap(value)) return areCarried([...value].flat(), looking, depth)
  return types.isSet(value) ? areCarried([...value], looking, depth) : isCarriedLeaf(value)
}

function isCarriedArray(value: readonly unknown[], looking: Looking, depth: number): boolean {
  const names = Object.keys(value)
  // Holes and further properties are rare, and the array of a tagged template has a property that is not among the names.
  if (names.length !== value.length || (names.length > 0 && names.at(-1) !== String(names.length - 1))) return false
  return !('raw' in value) && areCarried(value, looking, depth)
}

function areCarried(values: readonly unknown[], looking: Looking, depth: number): boolean {
  for (const value of values) if (hasParts(value) && !isCarriedPart(value, looking, depth + 1)) return false
  return true
}

function hasParts(value: unknown): boolean {
  return typeof value === 'object' ? value !== null : typeof value === 'function' || typeof value === 'symbol'
}

/** Another view would take all of its buffer along; and a Buffer would not come back as one. */
function isWholeView(view: NodeJS.ArrayBufferView): boolean {
  if (Buffer.isBuffer(view) || isDetached(view.buffer)) return false
  return view.byteLength === view.buffer.byteLength || types.isSharedArrayBuffer(view.buffer)
}
