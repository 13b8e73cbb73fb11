import { isDeepStrictEqual } from 'node:util'
import { AnyNull, DbNull, Decimal, JsonNull } from '@prisma/client/runtime/client'
import test from 'ava'
import fc from 'fast-check'
import { keptValue, keyText, sameValue, valueKey } from '../../src/model/values.js'
import { copyOf, fieldOf, kinds, pairsOf, spoil, valuesOf } from './arbitraries.js'

for (const kind of kinds) {
  for (const isList of [false, true]) {
    const field = fieldOf(kind, isList)
    const values = isList ? fc.array(valuesOf[kind], { maxLength: 3 }) : valuesOf[kind]
    const pairs = pairsOf(values)
    const what = isList ? `${kind}[]` : kind

    test(`${what}: values are the same when they are deeply equal`, (t) => {
      const property = fc.property(pairs, ([a, b]) => {
        const expected = isDeepStrictEqual(a, b)
        return sameValue(field, a, b) === expected && sameValue(field, b, a) === expected
      })
      t.notThrows(() => fc.assert(property))
    })

    test(`${what}: only values that are the same share a key`, (t) => {
      const property = fc.property(
        pairs,
        ([a, b]) => (valueKey(field, a) === valueKey(field, b)) === sameValue(field, a, b),
      )
      t.notThrows(() => fc.assert(property))
    })

    test(`${what}: null is the same as null only`, (t) => {
      const property = fc.property(values, (value) => {
        const isAlone = !sameValue(field, null, value) && !sameValue(field, value, null)
        return isAlone && !sameValue(field, undefined, value) && valueKey(field, value) !== valueKey(field, null)
      })
      t.notThrows(() => fc.assert(property))
      t.true(sameValue(field, null, null))
      t.false(sameValue(field, null, undefined))
      t.is(keptValue(field, null), null)
    })

    test(`${what}: a kept value is equal and unaffected by later changes`, (t) => {
      const property = fc.property(values, (given) => {
        const [value, twin] = [copyOf(given), copyOf(given)]
        const kept = keptValue(field, value)
        const isEqual = sameValue(field, kept, value) && isDeepStrictEqual(kept, twin)
        spoil(value)
        return isEqual && isDeepStrictEqual(kept, twin)
      })
      t.notThrows(() => fc.assert(property))
    })
  }
}

/** A value and the other ways in which Prisma takes it. */
const spellings: readonly (readonly [kind: 'DateTime' | 'Decimal' | 'BigInt', fc.Arbitrary<readonly unknown[]>])[] = [
  ['DateTime', valuesOf.DateTime.map((value) => [value, (value as Date).toISOString()])],
  ['DateTime', valuesOf.DateTime.map((value) => [value, (value as Date).toISOString().replace('Z', '+00:00')])],
  ['Decimal', valuesOf.Decimal.map((value) => [value, (value as Decimal).toFixed()])],
  ['Decimal', fc.integer().map((value) => [new Decimal(value), value, String(value)])],
  ['Decimal', fc.integer().map((value) => [new Decimal(value).div(8), value / 8])],
  ['BigInt', fc.maxSafeInteger().map((value) => [BigInt(value), value])],
]

for (const [kind, sets] of spellings) {
  test(`${kind}: the spellings ${fc.sample(sets, { numRuns: 1, seed: 4 })[0]?.map(shown).join(' and ')} are the same value`, (t) => {
    const field = fieldOf(kind)
    const property = fc.property(sets, (set) => {
      const [first] = set
      return set.every(
        (each) =>
          sameValue(field, first, each) &&
          sameValue(field, each, first) &&
          valueKey(field, first) === valueKey(field, each),
      )
    })
    t.notThrows(() => fc.assert(property))
  })
}

test('other spellings of a Decimal are the same value', (t) => {
  const field = fieldOf('Decimal')
  for (const text of ['1.50', '15e-1', '+1.5']) t.true(sameValue(field, new Decimal('1.5'), text), text)
  t.false(sameValue(field, new Decimal('1.5'), 'no number'))
  t.false(sameValue(field, 'no number', new Decimal('1.5')))
})

test('two numbers or texts given for a Decimal are compared without one', (t) => {
  const field = fieldOf('Decimal')
  t.true(sameValue(field, '1.5', 1.5))
  t.true(sameValue(field, 0.25, '0.25'))
  t.false(sameValue(field, '1.5', '2.5'))
})

test('spellings of different values are not the same', (t) => {
  t.false(sameValue(fieldOf('DateTime'), new Date(0), new Date(1).toISOString()))
  t.false(sameValue(fieldOf('Decimal'), new Decimal('0.1'), 0.2))
  t.false(sameValue(fieldOf('BigInt'), 1n, 2))
  t.false(sameValue(fieldOf('Int'), 1, '1'))
  t.false(sameValue(fieldOf('Bytes'), new Uint8Array([1]), [1]))
})

test('a Buffer is the same as equal bytes', (t) => {
  const field = fieldOf('Bytes')
  const buffer = Buffer.from([1, 2])
  t.true(sameValue(field, buffer, new Uint8Array([1, 2])))
  t.is(valueKey(field, buffer), valueKey(field, new Uint8Array([1, 2])))
  const kept = keptValue(field, buffer)
  buffer.fill(0)
  t.true(sameValue(field, kept, new Uint8Array([1, 2])))
})

test('Json: a property set to undefined is the same as a missing one', (t) => {
  const field = fieldOf('Json')
  t.true(sameValue(field, { a: 1, b: undefined }, { a: 1 }))
  t.false(sameValue(field, { a: 1, b: undefined }, { a: 1, b: null }))
  t.is(valueKey(field, { a: 1, b: undefined }), valueKey(field, { a: 1 }))
})

test('Json: an object without a prototype is the same as a plain one', (t) => {
  const field = fieldOf('Json')
  const bare = Object.assign(Object.create(null), { a: { b: 1 } })
  t.true(sameValue(field, bare, { a: { b: 1 } }))
  const kept = keptValue(field, bare)
  bare.a.b = 2
  t.deepEqual(kept, { a: { b: 1 } })
})

const withJsonForm: readonly (readonly [string, () => unknown])[] = [
  ['a Date', () => new Date(0)],
  ['a nested Date', () => ({ at: [new Date(0)] })],
  ['a nested Decimal', () => ({ price: new Decimal('1.50') })],
  ['an object with toJSON', () => ({ value: { toJSON: () => ({ a: 1 }) } })],
  ['an object of a class', () => new Point(1, 2)],
  ['a nested object of a class', () => ({ points: [new Point(1, 2)] })],
]

class Point {
  readonly x: number
  readonly y: number

  constructor(x: number, y: number) {
    this.x = x
    this.y = y
  }
}

for (const [what, make] of withJsonForm) {
  test(`Json: ${what} is the same as its kept value and its stored value`, (t) => {
    const field = fieldOf('Json')
    const value = make()
    const back = JSON.parse(JSON.stringify(value))
    t.true(sameValue(field, value, make()))
    t.true(sameValue(field, value, keptValue(field, value)))
    t.true(sameValue(field, value, back))
    t.true(sameValue(field, back, value))
    t.is(valueKey(field, value), valueKey(field, back))
  })
}

test('Json: the null kinds of Prisma differ from each other and from every value', (t) => {
  const field = fieldOf('Json')
  const all = [DbNull, JsonNull, AnyNull, {}, [], 'DbNull', 'JsonNull', null]
  for (const a of all) {
    for (const b of all) {
      if (a === null || b === null) continue // in which kind a null was read is not known
      t.is(sameValue(field, a, b), a === b)
      t.is(valueKey(field, a) === valueKey(field, b), a === b, `${shown(a)} and ${shown(b)}`)
    }
  }
  for (const kind of [DbNull, JsonNull]) t.is(keptValue(field, kind), kind)
})

test('a Float of NaN is the same as itself', (t) => {
  const field = fieldOf('Float')
  t.true(sameValue(field, Number.NaN, Number.NaN))
  t.not(valueKey(field, Number.NaN), valueKey(field, null))
  t.not(valueKey(field, Number.NaN), valueKey(field, Number.POSITIVE_INFINITY))
})

test('the text of a composite key keeps its parts apart', (t) => {
  const keys = fc.record({ x: valuesOf.String, y: valuesOf.String }, { noNullPrototype: true })
  const fields = ['x', 'y'].map((name) => ({ ...fieldOf('String'), name }))
  const property = fc.property(pairsOf(keys), ([a, b]) => {
    const [left, right] = [a, b] as Record<string, unknown>[]
    return (keyText(fields, left ?? {}) === keyText(fields, right ?? {})) === isDeepStrictEqual(left, right)
  })
  t.notThrows(() => fc.assert(property))
  const numbers = Array.from({ length: 13 }, (_, index) => index)
  for (const kind of ['Int', 'BigInt', 'Decimal'] as const) {
    const parts = ['x', 'y'].map((name) => ({ ...fieldOf(kind), name }))
    t.is(new Set(numbers.flatMap((x) => numbers.map((y) => keyText(parts, { x, y })))).size, 13 * 13, kind)
  }
})

test('the text of a key of one number is the number', (t) => {
  t.is(keyText([fieldOf('Int')], { field: 7 }), '7')
})

test('Json: the order of keys does not matter, the order of a list does', (t) => {
  const field = fieldOf('Json')
  const [a, b] = [
    { a: 1, b: [{ c: 2, d: 3 }] },
    { b: [{ d: 3, c: 2 }], a: 1 },
  ]
  t.true(sameValue(field, a, b))
  t.is(valueKey(field, a), valueKey(field, b))
  t.false(sameValue(field, [1, 2], [2, 1]))
  t.not(valueKey(field, [1, 2]), valueKey(field, [2, 1]))
})

function shown(value: unknown): string {
  return value instanceof Date ? 'Date' : `${(value as object).constructor.name} ${String(value)}`
}
