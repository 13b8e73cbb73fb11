import { DbNull, Decimal, JsonNull } from '@prisma/client/runtime/client'
import fc from 'fast-check'
import type { ScalarField } from '../../src/model/model.js'
import { valuesOf } from '../model/arbitraries.js'
/** Values of a field as programs give them: in any form that Prisma takes, some of them more than the column does. */
export function givenValues(field: ScalarField): fc.Arbitrary<unknown> {
  if (field.isList) return fc.array(one(field), { maxLength: 3 })
  return field.isRequired ? one(field) : fc.option(one(field), { freq: 4 })
}

function one({ type, nativeType, nativeArguments: [size] }: ScalarField): fc.Arbitrary<unknown> {
  const native = nativeType && natives[nativeType]
  if (native) return native(Number(size ?? 0))
  switch (type) {
    case 'BigInt':
      return fc.oneof(valuesOf.BigInt, fc.integer())
    case 'Decimal':
      return fc.oneof(
        eighths().map(String),
        eighths(),
        eighths().map((value) => new Decimal(value)),
      )
    case 'DateTime':
      return times()
    case 'Float': // of more digits Prisma reads some one unit in the last place off; a row set has them as they were given
      return eighths()
    case 'Json':
      return fc.oneof({ arbitrary: valuesOf.Json.map(withShortNumbers), weight: 3 }, fc.constantFrom(DbNull, JsonNull))
    case 'String':
      return fc.oneof({ arbitrary: valuesOf.String, weight: 4 }, fc.constantFrom(...awkward))
    default:
      return valuesOf[type as keyof typeof valuesOf]
  }
}

/** By native type, with its first argument. */
const natives: Readonly<Record<string, (size: number) => fc.Arbitrary<unknown>>> = {
  SmallInt: () => rarely(fc.integer({ min: -32768, max: 32767 }), fc.constantFrom(32768, -40000)),
  UnsignedInt: () => rarely(fc.nat(), fc.constant(-1)),
  UnsignedBigInt: () => fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }),
  Real: () => fc.integer({ min: -(2 ** 20), max: 2 ** 20 }).map((value) => value / 8),
  Float: () => fc.integer({ min: -(2 ** 16), max: 2 ** 16 }).map((value) => value / 8),
  Decimal: () =>
    rarely(
      fc.integer({ min: -99_999_999, max: 99_999_999 }).map((value) => new Decimal(value).div(1000)),
      fc.constant('1000000'),
    ),
  VarChar: (size) => rarely(fc.string({ maxLength: size }), fc.constant('far too long')),
  Char: (size) => rarely(fc.string({ maxLength: size }), fc.constant('far too long')),
  Uuid: () => rarely(fc.uuid(), fc.constant('no uuid')),
  Inet: () => rarely(fc.ipV4(), fc.constant('no address')),
  VarBinary: (size) => fc.uint8Array({ maxLength: size }).map((bytes) => new Uint8Array(bytes)),
  Timestamp: () => fc.date({ min: new Date('1971-01-01'), max: new Date('2037-01-01'), noInvalidDate: true }),
}

/** What a quoting by hand would stumble over. */
const awkward = [
  "'; DROP TABLE x; --",
  '"',
  '\\',
  '\\u0041',
  '$1',
  '?',
  '{}',
  '[1]',
  '%',
  '\u2028',
  '😀',
  'é',
  'e\u0301',
  ' a ',
  '\n\t\r',
  '\ud800',
  'nul\0',
] as const

function rarely(usual: fc.Arbitrary<unknown>, bad: fc.Arbitrary<unknown>): fc.Arbitrary<unknown> {
  return fc.oneof({ arbitrary: usual, weight: 30 }, bad)
}

function eighths(): fc.Arbitrary<number> {
  return fc.integer().map((value) => value / 8) // what a REAL of SQLite holds exactly
}

function times(): fc.Arbitrary<unknown> {
  const date = valuesOf.DateTime as fc.Arbitrary<Date>
  return fc.oneof(
    date,
    date.map((value) => value.toISOString()),
  )
}

function withShortNumbers(value: unknown): unknown {
  // What is no number is the same as null, and may stay in an object.
  if (typeof value === 'number') return Math.trunc((value * 8) % 2 ** 31) / 8 || 0
  if (Array.isArray(value)) return value.map(withShortNumbers)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withShortNumbers(each)]))
}
