import {
  PrismaClientInitializationError,
  PrismaClientKnownRequestError,
  PrismaClientRustPanicError,
  PrismaClientUnknownRequestError,
  PrismaClientValidationError,
} from '@prisma/client/runtime/client'
import * as sessionErrors from '../errors.js'
import type { Packed } from './wire.js'
/** An error as data: its class by name, and every own property. What cannot cross of it is left out: an error always can. */
export function packError(error: Error, inner: (value: unknown) => Packed): PackedError {
  const properties: PackedProperty[] = []
  for (const name of Object.getOwnPropertyNames(error)) {
    const descriptor = Object.getOwnPropertyDescriptor(error, name)
    if (!descriptor || !('value' in descriptor)) continue
    const packed = packedOrNone(descriptor.value, inner)
    if (packed) properties.push({ name, packed, enumerable: descriptor.enumerable === true })
  }
  if (!Object.hasOwn(error, 'stack')) properties.push({ name: 'stack', packed: { value: error.stack }, enumerable: false })
  return { classes: classNames(error), name: error.name, properties }
}

/** The inverse of `packError`. An error that was made without a stack gets the one of the call that waits for it. */
export function unpackError(content: unknown, inner: (packed: Packed) => unknown): Error {
  const { classes, name, properties } = content as PackedError
  const error = new Error()
  const Class = classes.map((each) => known.get(each)).find((each) => each !== undefined)
  Object.setPrototypeOf(error, (Class ?? Error).prototype)
  const here = error.stack ?? ''
  for (const { name: property, packed, enumerable } of properties) {
    const value = inner(packed)
    Object.defineProperty(error, property, { value, enumerable, writable: true, configurable: true })
  }
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name, writable: true, configurable: true })
  if (!/\n\s+at /.test(String(error.stack))) giveStack(error, here)
  return error
}

interface PackedError {
  /** Names of its class and those above, nearest first. */
  readonly classes: readonly string[]
  readonly name: string
  readonly properties: readonly PackedProperty[]
}

interface PackedProperty {
  readonly name: string
  readonly packed: Packed
  readonly enumerable: boolean
}

type ErrorClass = { readonly name: string; readonly prototype: Error }

const known = new Map<string, ErrorClass>(
  [
    PrismaClientKnownRequestError,
    PrismaClientUnknownRequestError,
    PrismaClientRustPanicError,
    PrismaClientInitializationError,
    PrismaClientValidationError,
    ...[TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError],
  ].map((Class) => [Class.name, Class]),
)
for (const Class of Object.values(sessionErrors)) known.set(Class.name, Class)

function classNames(error: Error): string[] {
  const names: string[] = []
  for (let at = Object.getPrototypeOf(error); at && at !== Error.prototype; at = Object.getPrototypeOf(at)) {
    const { constructor } = at as { constructor?: { name?: unknown } }
    if (typeof constructor?.name === 'string') names.push(constructor.name)
  }
  return names
}

function packedOrNone(value: unknown, inner: (value: unknown) => Packed): Packed | null {
  try {
    return inner(value)
  } catch {
    return null
  }
}

function giveStack(error: Error, here: string): void {
  const frames = here.split('\n').slice(1)
  const value = [`${error.name}: ${error.message}`, ...frames].join('\n')
  Object.defineProperty(error, 'stack', { value, writable: true, configurable: true })
}
