import { ArgumentError, InvalidRequestError } from '../../errors.js'
import type { Model, ScalarField } from '../../model/model.js'
import { valueKey } from '../../model/values.js'
import { describe, type Identity, identityOf, keyValues } from './state.js'
/** What `get` was asked for: a row's key, or another unique `where`. */
export type Wanted =
  | { readonly kind: 'identity'; readonly identity: Identity }
  | { readonly kind: 'unique'; readonly where: Readonly<Record<string, unknown>> }

/** Reads a key in any of its spellings: a scalar, `[a, b]`, `{ a, b }`, Prisma's `{ a_b: { a, b } }`, or a unique `where`. */
export function readKey(model: Model, key: unknown): Wanted {
  const fields = model.keyFields
  const [only] = fields
  if (only && fields.length === 1 && typeof key !== 'object')
    return { kind: 'identity', identity: scalarIdentity(model, only, key) }
  if (!isPlainObject(key)) return { kind: 'identity', identity: identityFrom(model, listOf(model, fields, key)) }
  const inner = model.keyName !== null && Object.hasOwn(key, model.keyName) ? key[model.keyName] : key
  const names = isPlainObject(inner) ? Object.keys(inner) : []
  if (
    isPlainObject(inner) &&
    names.length === fields.length &&
    fields.every(({ name }) => Object.hasOwn(inner, name))
  ) {
    return {
      kind: 'identity',
      identity: identityFrom(
        model,
        fields.map(({ name }) => inner[name]),
      ),
    }
  }
  if (isUniqueWhere(model, key)) return { kind: 'unique', where: key }
  throw wrongKey(model, `got { ${Object.keys(key).join(', ')} }`)
}

function listOf(model: Model, fields: readonly ScalarField[], key: unknown): readonly unknown[] {
  const [only] = fields
  if (!Array.isArray(key) || (fields.length === 1 && only?.isList)) {
    if (fields.length > 1) throw wrongKey(model, `got ${describe(key)}`)
    return [key]
  }
  if (key.length !== fields.length) throw wrongKey(model, `got ${key.length} value(s)`)
  return key
}

/** The commonest key by far, and `get` has little else to do. */
function scalarIdentity(model: Model, field: ScalarField, value: unknown): Identity {
  if (value === undefined) throw wrongKey(model, 'a part of it is null or undefined')
  checkValue(model, field, value)
  return { model, values: [value], text: valueKey(field, value) }
}

function identityFrom(model: Model, values: readonly unknown[]): Identity {
  for (const [index, field] of model.keyFields.entries()) checkValue(model, field, values[index])
  const identity = identityOf(model, Object.fromEntries(model.key.map((name, index) => [name, values[index]])))
  if (!identity) throw wrongKey(model, 'a part of it is null or undefined')
  return identity
}

/** A key of the wrong type would find nothing, or reach Prisma after the transaction has begun. */
function checkValue(model: Model, { type, name }: ScalarField, value: unknown): void {
  const allowed = allowedTypes[type]
  if (value === null || value === undefined || !allowed) return
  if (allowed.includes(typeof value) && (type !== 'Int' || Number.isInteger(value))) return
  throw wrongKey(model, `${name} is of type ${type} and got ${describe(value)}`)
}

const allowedTypes: Readonly<Partial<Record<ScalarField['type'], readonly string[]>>> = {
  Int: ['number'],
  Float: ['number'],
  BigInt: ['bigint', 'number'],
  String: ['string'],
  Enum: ['string'],
  Boolean: ['boolean'],
  Bytes: ['object'],
  DateTime: ['object', 'string'],
}

function isUniqueWhere(model: Model, where: Readonly<Record<string, unknown>>): boolean {
  const names = Object.keys(where)
  const [only] = names
  const isKnown = names.every(
    (name) => model.fields.has(name) || model.uniques.some((unique) => unique.name === name) || logical.has(name),
  )
  if (!isKnown || only === undefined) return false
  const isSet = (name: string) => where[name] !== undefined && where[name] !== null
  const [keyField] = model.key
  return model.uniques.some(({ name }) => isSet(name)) || isSet(model.keyName ?? (keyField as string))
}

const logical = new Set(['AND', 'OR', 'NOT'])

function wrongKey(model: Model, got: string): InvalidRequestError {
  const [first] = model.key
  const shape =
    model.key.length === 1 ? `the value of ${first}` : `[${model.key.join(', ')}] or { ${model.key.join(', ')} }`
  const uniques = model.uniques.filter(({ name }) => name !== first).map(({ name }) => `{ ${name} }`)
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

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== 'object' || value === null) return false
  const prototype = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
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
