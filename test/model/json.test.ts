import { Decimal } from '@prisma/client/runtime/client'
import test from 'ava'
import fc from 'fast-check'
import { copyJson, sameJson } from '../../src/model/json.js'

test('values are the same when what is stored for them is', (t) => {
  const loose = fc.anything({ withDate: true, withBigInt: false, withNullPrototype: true, maxDepth: 3 }) // undefined and NaN too
  const stored = (value: unknown) => JSON.stringify(sorted(JSON.parse(JSON.stringify([value]))))
  const property = fc.property(loose, loose, (a, b) => {
    fc.pre([a, b].every(isStorable))
    return sameJson(a, b) === (stored(a) === stored(b)) && sameJson(a, JSON.parse(JSON.stringify([a]))[0])
  })
  t.notThrows(() => fc.assert(property, { numRuns: 500 }))
})

test('one more property, one less and another name are changes', (t) => {
  t.false(sameJson({ a: 1 }, { a: 1, b: 2 }))
  t.false(sameJson({ a: 1, b: 2 }, { a: 1 }))
  t.false(sameJson({ a: 1 }, { b: 1 }))
  t.false(sameJson({ a: undefined, b: 1 }, { b: 1, c: 2 }))
  t.false(sameJson({ a: null }, {}))
  t.true(sameJson({ a: undefined, b: 1 }, { b: 1, c: undefined }))
})

test('names that every object answers to are properties like others', (t) => {
  const own = JSON.parse('{"__proto__": {}, "constructor": 1}')
  t.false(sameJson(own, { constructor: 1, x: 1 }))
  t.false(sameJson({ toString: 1 }, {}))
  t.true(sameJson(copyJson(own), own))
  t.deepEqual(Object.keys(copyJson(own) as object), ['__proto__', 'constructor'])
})

test('what turns itself into data is compared as that, inside of plain values too', (t) => {
  const at = new Date(0)
  const told = { x: 1, toJSON: () => ({ y: 2 }) }
  t.true(sameJson({ list: [at.toISOString(), '1.5', { y: 2 }] }, { list: [at, new Decimal('1.5'), told] }))
  t.false(sameJson({ list: [{ y: 3 }] }, { list: [told] }))
  t.deepEqual(copyJson([at, new Decimal('1.5'), told, 7n, Number.NaN]), [at.toISOString(), '1.5', { y: 2 }, '7', null])
})

test('values nested deeper than a stack is are copied, and a change at the bottom is seen', (t) => {
  const levels = 50_000
  const deep = () => JSON.parse(`${'{"a":['.repeat(levels)}1${']}'.repeat(levels)}`)
  const [value, copy] = [deep(), copyJson(deep())]
  t.true(sameJson(copy, value))
  let inner = value
  while (typeof inner.a[0] === 'object') inner = inner.a[0]
  inner.a[0] = 2
  t.false(sameJson(copy, value))
})

/** Prisma refuses items that are undefined or missing, and invalid dates. */
function isStorable(value: unknown): boolean {
  if (value === undefined || (value instanceof Date && Number.isNaN(value.getTime()))) return false
  if (typeof value !== 'object' || value === null) return true
  if (Array.isArray(value)) return Object.keys(value).length === value.length && value.every(isStorable)
  return Object.values(value).every((each) => each === undefined || isStorable(each))
}

function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value
  if (Array.isArray(value)) return value.map(sorted)
  const entries = Object.entries(value).map(([name, each]) => [name, sorted(each)])
  return { entries: entries.sort(([a], [b]) => ((a as string) < (b as string) ? -1 : 1)) }
}
