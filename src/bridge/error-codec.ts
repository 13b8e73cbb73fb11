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
  if (!Object.hasOwn(error, 'stack'))
    properties.push({ name: 'stack', packed: { value: error.stack }, enumerable: false })
  return { classes: classNames(error), name: error.name, properties }
}

/** The inverse of `packError`. Below the frames of the other thread stand those of the call that waited for it. */
export function unpackError(content: unknown, inner: (packed: Packed) => unknown): Error {
  const { classes, name, properties } = content as PackedError
  const error = new Error()
  Object.setPrototypeOf(error, classOf(classes).prototype)
  const here = error.stack ?? ''
  for (const { name: property, packed, enumerable } of properties) {
    const value = inner(packed)
    Object.defineProperty(error, property, { value, enumerable, writable: true, configurable: true })
  }
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name, writable: true, configurable: true })
  const there = Object.hasOwn(error, 'stack') ? String(error.stack) : `${name}: ${error.message}`
  const frames = here.split('\n').slice(1)
  Object.defineProperty(error, 'stack', { value: [there, ...frames].join('\n'), writable: true, configurable: true })
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

/** The class of that name; one that this thread does not have is made, so that its name is right. */
function classOf([name, ...above]: readonly string[]): ErrorClass {
  if (name === undefined) return Error
  const Class = known.get(name)
  if (Class) return Class
  const Parent = classOf(above) as typeof Error
  const made = { [name]: class extends Parent {} }[name] as ErrorClass
  if (made.name !== name) Object.defineProperty(made, 'name', { value: name })
  return made
}

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
