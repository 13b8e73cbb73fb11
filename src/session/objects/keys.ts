import { ArgumentError, InvalidRequestError } from '../../errors.js'
import { isNullKind } from '../../model/json.js'
import type { Model, ScalarField, Unique } from '../../model/model.js'
import { valueKey } from '../../model/values.js'
import { describe, type Identity, identityOf, keyValues } from './state.js'
/** What `get` was asked for: a row's key, or another unique `where`. */
export type Wanted =
  | { readonly kind: 'identity'; readonly identity: Identity }
  | { readonly kind: 'unique'; readonly where: Readonly<Record<string, unknown>> }

/**
 * Reads a key in any of its spellings: a scalar, `[a, b]`, `{ a, b }`, Prisma's `{ a_b: { a, b } }`, or the fields of another
 * unique. Nothing else may stand beside them: a key often comes from a request, and a condition would tell its sender
 * whether a value is there. `ref` names the verb that takes the primary key only.
 */
export function readKey(model: Model, key: unknown, verb: 'get' | 'ref' = 'get'): Wanted {
  const fields = model.keyFields
  const [only] = fields
  const wrong = (got: string) => wrongKey(model, got, verb)
  if (only && fields.length === 1 && typeof key !== 'object')
    return { kind: 'identity', identity: scalarIdentity(model, only, key, wrong) }
  if (!isPlainObject(key)) return { kind: 'identity', identity: identityFrom(model, listOf(fields, key, wrong), wrong) }
  const inner = model.keyName !== null && Object.hasOwn(key, model.keyName) ? key[model.keyName] : key
  if (
    isPlainObject(inner) &&
    hasExactly(inner, model.key) &&
    Object.keys(key).length === (inner === key ? fields.length : 1)
  ) {
    const values = fields.map(({ name }) => inner[name])
    return { kind: 'identity', identity: identityFrom(model, values, wrong) }
  }
  for (const unique of model.uniques) {
    const where = uniqueWhere(unique, key)
    if (where) return { kind: 'unique', where }
  }
  throw wrong(`got { ${Object.keys(key).join(', ')} }`)
}

type Wrong = (got: string) => InvalidRequestError

function listOf(fields: readonly ScalarField[], key: unknown, wrong: Wrong): readonly unknown[] {
  const [only] = fields
  if (!Array.isArray(key) || (fields.length === 1 && only?.isList)) {
    if (fields.length > 1) throw wrong(`got ${describe(key)}`)
    return [key]
  }
  if (key.length !== fields.length) throw wrong(`got ${key.length} value(s)`)
  return key
}

/** The commonest key by far, and `get` has little else to do. */
function scalarIdentity(model: Model, field: ScalarField, value: unknown, wrong: Wrong): Identity {
  if (value === undefined) throw wrong('a part of it is null or undefined')
  checkValue(field, value, wrong)
  return { model, values: [value], text: valueKey(field, value) }
}

function identityFrom(model: Model, values: readonly unknown[], wrong: Wrong): Identity {
  for (const [index, field] of model.keyFields.entries()) checkValue(field, values[index], wrong)
  const identity = identityOf(model, Object.fromEntries(model.key.map((name, index) => [name, values[index]])))
  if (!identity) throw wrong('a part of it is null or undefined')
  return identity
}

/** A key of the wrong type would find nothing, or reach Prisma after the transaction has begun. */
function checkValue({ type, name }: ScalarField, value: unknown, wrong: Wrong): void {
  const allowed = allowedTypes[type]
  if (value === null || value === undefined || !allowed) return
  if (allowed.includes(typeof value) && !isPlainObject(value) && (type !== 'Int' || Number.isInteger(value))) return
  throw wrong(`${name} is of type ${type} and got ${describe(value)}`)
}

const allowedTypes: Readonly<Partial<Record<ScalarField['type'], readonly string[]>>> = {
  Int: ['number'],
  Float: ['number'],
  BigInt: ['bigint', 'number'],
  Decimal: ['object', 'number', 'string'],
  String: ['string'],
  Enum: ['string'],
  Boolean: ['boolean'],
  Bytes: ['object'],
  DateTime: ['object', 'string'],
}

/** Prisma's `where` of a unique, given as that or by its fields alone. */
function uniqueWhere(
  { name, fields }: Unique,
  key: Readonly<Record<string, unknown>>,
): Readonly<Record<string, unknown>> | null {
  if (fields.length === 1) return hasExactly(key, fields) && isScalar(key[name]) ? { ...key } : null
  const inner = hasExactly(key, [name]) ? key[name] : key
  if (!isPlainObject(inner) || !hasExactly(inner, fields)) return null
  return fields.every((field) => isScalar(inner[field])) ? { [name]: { ...inner } } : null
}

function hasExactly(given: Readonly<Record<string, unknown>>, names: readonly string[]): boolean {
  return Object.keys(given).length === names.length && names.every((name) => Object.hasOwn(given, name))
}

/** Dates, Bytes and Decimals are objects of classes; a plain one is a filter. */
function isScalar(value: unknown): boolean {
  return value !== undefined && value !== null && !Array.isArray(value) && !isPlainObject(value)
}

function wrongKey(model: Model, got: string, verb: 'get' | 'ref'): InvalidRequestError {
  const [first] = model.key
  const shape =
    model.key.length === 1 ? `the value of ${first}` : `[${model.key.join(', ')}] or { ${model.key.join(', ')} }`
  if (verb === 'ref') return new InvalidRequestError(`the key of a ${model.name} is ${shape}; ${got}`)
  const uniques = model.uniques.filter(({ name }) => name !== first).map(({ fields }) => `{ ${fields.join(', ')} }`)
  const others = uniques.length > 0 ? `, or a unique: ${uniques.join(', ')}` : ''
  return new InvalidRequestError(
    `the key of a ${model.name} is ${shape}${others}; ${got}: for other conditions use scalars(select('${model.name}', { where }))`,
  )
}

/**
 * Conditions that between them match the rows of the keys. Prisma splits a long `in` itself, an OR of composite keys
 * it does not.
 */
export function whereAmong(model: Model, keys: readonly Identity[]): object[] {
  const [only] = model.key
  if (model.keyName === null) return [{ [only as string]: { in: keys.map(({ values }) => values[0]) } }]
  const conditions: object[] = []
  for (let at = 0; at < keys.length; at += keysInOr)
    conditions.push({ OR: keys.slice(at, at + keysInOr).map(keyValues) })
  return conditions
}

const keysInOr = 200

/**
 * An object of fields: a plain one, of this realm or another (Jest and `vm` have their own), or an instance of a class, which
 * Prisma takes as well. Dates, bytes, Decimals and whatever makes JSON of itself are values.
 */
export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  if (prototype === null || prototype === Object.prototype) return true
  return Object.prototype.toString.call(value) === '[object Object]' && !('toJSON' in value) && !isNullKind(value)
}

/** Refuses options that are no object, or that a verb does not have. */
export function checkOptionNames(
  verb: string,
  given: unknown,
  names: readonly string[],
): asserts given is Record<string, unknown> | undefined {
  if (given === undefined) return
  if (!isPlainObject(given)) throw new ArgumentError(`the options of ${verb}() are an object: { ${names.join(', ')} }`)
  const unknown = Object.keys(given).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new ArgumentError(`${verb}() has no option '${unknown}': use ${names.join(', ')}`)
}

/** Refuses attribute names that the model does not have. */
export function checkNames(model: Model, names: unknown, verb: string): readonly string[] {
  if (!Array.isArray(names)) throw new ArgumentError(`${verb}() takes an array of field names, not ${describe(names)}`)
  for (const name of names) {
    if (model.fields.has(name)) continue
    throw new ArgumentError(
      `${verb}(): ${model.name} has no field '${String(name)}': use ${[...model.fields.keys()].join(', ')}`,
    )
  }
  return names
}
