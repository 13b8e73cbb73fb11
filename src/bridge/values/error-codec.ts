import { types } from 'node:util'
import {
  PrismaClientInitializationError,
  PrismaClientKnownRequestError,
  PrismaClientRustPanicError,
  PrismaClientUnknownRequestError,
  PrismaClientValidationError,
} from '@prisma/client/runtime/client'
import * as sessionErrors from '../../errors.js'
/** An error as data: its class by name, and every own property. */
export function errorData(error: Error): ErrorData {
  const properties: ErrorProperty[] = []
  for (const name of new Set([...Object.getOwnPropertyNames(error), ...neverMissing])) {
    const value = read(error, name)
    // A getter without a value, or one that throws, has nothing to say.
    if (value === undefined && !isData(error, name)) continue
    properties.push({ name, value, enumerable: Object.prototype.propertyIsEnumerable.call(error, name) })
  }
  return { classes: classNames(error), name: String(read(error, 'name')), properties }
}

/** Through proxies and from other realms too. */
export function isError(value: object): value is Error {
  return types.isNativeError(value) || value instanceof Error
}

/** An error of that class, without its properties: those may refer to it. */
export function emptyError({ classes }: ErrorData): Error {
  return Object.setPrototypeOf(new Error(), classOf(classes).prototype)
}

/** Gives it its properties. Below the frames of the other thread stand those of the call that waited for it. */
export function fillError(error: Error, { name, properties, isWithin }: ErrorData & { isWithin: boolean }): void {
  const [, ...frames] = (error.stack ?? '').split('\n')
  for (const { name: property, value, enumerable } of properties)
    Object.defineProperty(error, property, { value, enumerable, writable: true, configurable: true })
  const hidden = { writable: true, configurable: true, enumerable: false }
  if (error.name !== name) Object.defineProperty(error, 'name', { value: name, ...hidden })
  // The cause of an error was thrown there, and nobody here waited for it.
  const stack = isWithin ? error.stack : [error.stack, ...frames].join('\n')
  Object.defineProperty(error, 'stack', { value: stack, ...hidden })
}

export interface ErrorData {
  /** Names of its class and those above, nearest first. */
  readonly classes: readonly string[]
  readonly name: string
  readonly properties: readonly ErrorProperty[]
}

interface ErrorProperty {
  readonly name: string
  readonly value?: unknown
  readonly enumerable: boolean
}

/** Some classes have them as getters: DOMException, and V8 itself in newer versions. */
const neverMissing = ['message', 'stack', 'code']

type ErrorClass = { readonly name: string; readonly prototype: Error }

/** By their own names and those above: somebody else's ArgumentError is not ours. */
const known = new Map<string, ErrorClass>([['', Error]])
for (const Class of [
  ...[PrismaClientKnownRequestError, PrismaClientUnknownRequestError, PrismaClientRustPanicError],
  ...[PrismaClientInitializationError, PrismaClientValidationError],
  ...[TypeError, RangeError, SyntaxError, ReferenceError, EvalError, URIError, AggregateError],
  ...Object.values(sessionErrors),
])
  known.set(classNames(Class.prototype, Class.name).join('<'), Class)

/** The class of those names; one that this thread does not have is made, so that its name is right. */
function classOf(names: readonly string[]): ErrorClass {
  const key = names.join('<')
  const Class = known.get(key)
  if (Class) return Class
  const [name = '', ...above] = names
  const made = class extends (classOf(above) as typeof Error) {}
  Object.defineProperty(made, 'name', { value: name })
  known.set(key, made)
  return made
}

function classNames(error: object, ...own: string[]): string[] {
  const names = [...own]
  for (let at = Object.getPrototypeOf(error); at; at = Object.getPrototypeOf(at)) {
    if (!Object.hasOwn(at, 'constructor')) continue
    const name = read(at.constructor as object, 'name')
    if (name === 'Error') break
    if (typeof name === 'string') names.push(name)
  }
  return names
}

function isData(error: Error, name: string): boolean {
  return 'value' in (Object.getOwnPropertyDescriptor(error, name) ?? {})
}

/** Getters may throw. */
function read(object: object, name: string): unknown {
  try {
    return (object as Record<string, unknown>)[name]
  } catch {
    return undefined
  }
}
