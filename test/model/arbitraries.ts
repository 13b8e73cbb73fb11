import { Decimal, isObjectEnumValue } from '@prisma/client/runtime/client'
import fc from 'fast-check'
import type { Model, ScalarField, ScalarType } from '../../src/model/model.js'

/** Values as Prisma returns them: a few that often come up twice, beside any. */
export const valuesOf: Readonly<Record<ScalarType, fc.Arbitrary<unknown>>> = {
  Int: fc.oneof(fc.integer({ min: -2, max: 2 }), fc.integer()),
  BigInt: fc.oneof(fc.bigInt({ min: -2n, max: 2n }), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })),
  Float: fc.oneof(fc.constantFrom(-1, 0, 0.5, 1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY), doubles()),
  Decimal: fc.oneof(
    fc.integer({ min: -2, max: 2 }).map((value) => new Decimal(value)),
    decimals(),
  ),
  Boolean: fc.boolean(),
  String: fc.oneof(fc.constantFrom('', 'a', 'A', 'b', 'null', '"', ','), fc.string({ unit: 'binary', maxLength: 6 })),
  DateTime: fc.oneof(
    fc.integer({ min: 0, max: 2 }).map((time) => new Date(time)),
    fc.date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true }),
  ),
  Bytes: fc
    .array(fc.oneof(fc.constantFrom(1, 12), fc.nat(255)), { maxLength: 3 })
    .map((bytes) => new Uint8Array(bytes)),
  Json: fc.oneof(
    fc.constantFrom<unknown[]>({}, [], '', 'null', 0, '0', false, { a: 1 }, { a: 1, b: 2 }, { b: 2, a: 1 }).map(copyOf),
    json().filter((value) => value !== null), // Prisma returns null for a column without a value too
  ),
  Enum: fc.constantFrom('HAPPY', 'SAD'),
}

export const kinds = Object.keys(valuesOf) as ScalarType[]

/** Values of a field; null where it may be. */
export function valuesOfField(field: ScalarField): fc.Arbitrary<unknown> {
  const one = valuesOf[field.type]
  const some = field.isList ? fc.array(one, { maxLength: 3 }) : one
  return field.isRequired || field.isList ? some : fc.option(some, { nil: null })
}

/** Whole rows of a model, without relations. */
export function rowsOf(model: Model): fc.Arbitrary<Record<string, unknown>> {
  const fields = Object.fromEntries(model.scalars.map((field) => [field.name, valuesOfField(field)]))
  return fc.record(fields, { noNullPrototype: true })
}

/** Two values that are equal about half the time, and never one object. */
export function pairsOf(values: fc.Arbitrary<unknown>): fc.Arbitrary<readonly [unknown, unknown]> {
  return fc.oneof(
    fc.tuple(values, values),
    values.map((value) => [value, copyOf(value)] as const),
  )
}

/** A field of that type and no more. */
export function fieldOf(type: ScalarType, isList = false): ScalarField {
  const rest = {
    isRequired: false,
    isKey: false,
    default: { kind: 'none' },
    isUpdatedAt: false,
    nativeType: null,
    nativeArguments: [],
    column: 'field',
    enumNames: null,
  } as const
  return { kind: 'scalar', name: 'field', type, isList, ...rest }
}

export function copyOf<T>(value: T): T {
  if (value instanceof Decimal) return new Decimal(value) as T
  if (isObjectEnumValue(value)) return value // there is one of each of Prisma's null kinds
  if (Array.isArray(value)) return value.map(copyOf) as T
  if (typeof value !== 'object' || value === null || value instanceof Date || value instanceof Uint8Array)
    return structuredClone(value)
  return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, copyOf(each)])) as T
}

/** Changes a value in place, at every depth. */
export function spoil(value: unknown): void {
  if (value instanceof Date) value.setTime(value.getTime() + 1)
  else if (value instanceof Uint8Array) value.set(value.map((byte) => byte ^ 1))
  else if (Array.isArray(value)) {
    value.forEach(spoil)
    value.push('spoilt')
  } else if (typeof value === 'object' && value !== null && !(value instanceof Decimal)) {
    Object.values(value).forEach(spoil)
    Object.assign(value, { spoilt: true })
  }
}

// Zero has two signs in JavaScript only.
function doubles(): fc.Arbitrary<number> {
  return fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0)
}

function decimals(): fc.Arbitrary<Decimal> {
  return fc
    .tuple(fc.bigInt({ min: -(10n ** 18n), max: 10n ** 18n }), fc.nat(12))
    .map(([digits, scale]) => new Decimal(`${digits}e-${scale}`))
}

function json(): fc.Arbitrary<unknown> {
  const leaf = fc.oneof(fc.constant(null), fc.boolean(), doubles(), fc.string({ unit: 'binary', maxLength: 4 }))
  const key = fc.oneof(fc.constantFrom('a', 'b', '1', 'toString'), fc.string({ maxLength: 3 }))
  return fc.letrec((tie) => ({
    value: fc.oneof({ maxDepth: 3 }, leaf, tie('list'), tie('object')),
    list: fc.array(tie('value'), { maxLength: 3 }),
    object: fc.dictionary(key, tie('value'), { maxKeys: 3, noNullPrototype: true }),
  })).value
}
