// Rows that an INSERT returns, paired with the rows that were sent.
import { isDeepStrictEqual } from 'node:util'
import { DbNull, Decimal, JsonNull } from '@prisma/client/runtime/client'
import test from 'ava'
import fc from 'fast-check'
import type { Model } from '../../src/model/model.js'
import type { Values } from '../../src/writing/flush-plan.js'
import { pairReturnedRows } from '../../src/writing/pair-rows.js'
import { copyOf, rowsOf, valuesOfField } from '../model/arbitraries.js'
import { modelNamed, testModels } from '../model/schemas.js'

interface Insert {
  readonly sent: Values[]
  /** What the database made of each, in the order sent. */
  readonly stored: Values[]
  /** The places of `stored` in the order in which they come back. */
  readonly order: number[]
}

for (const name of ['User', 'Everything', 'Made']) {
  const model = modelNamed(testModels, name)

  test(`rows of ${name} returned in any order are paired with the values sent`, (t) => {
    const property = fc.property(insertsInto(model), ({ sent, stored, order }) => {
      const paired = pairReturnedRows(model, sent, shuffled(stored, order))
      return (
        paired !== null &&
        new Set(paired).size === sent.length &&
        paired.every((row) => stored.includes(row)) &&
        sent.every((values, index) =>
          Object.keys(values).every((each) => isStored(values[each], paired[index]?.[each])),
        )
      )
    })
    t.notThrows(() => fc.assert(property, { numRuns: 300 }))
  })

  test(`rows of ${name} keep the order in which they were sent where it fits`, (t) => {
    const property = fc.property(insertsInto(model), ({ sent, stored }) => {
      return isDeepStrictEqual(pairReturnedRows(model, sent, stored), stored)
    })
    t.notThrows(() => fc.assert(property))
  })

  test(`rows of ${name} of which one came back changed are paired with their own, or not at all`, (t) => {
    const altered = insertsInto(model)
      .filter(({ sent: [first] }) => Object.keys(first ?? {}).length > 0)
      .chain((insert) => {
        const names = Object.keys(insert.sent[0] ?? {})
        const at = fc.nat(insert.sent.length - 1)
        return fc.record({ insert: fc.constant(insert), name: fc.constantFrom(...names), at })
      })
    const property = fc.property(altered, fc.gen(), ({ insert: { sent, stored, order }, name: each, at }, gen) => {
      const field = model.scalars.find((scalar) => scalar.name === each)
      const value = gen(valuesOfField, field as NonNullable<typeof field>)
      fc.pre(!stored.some((row) => isDeepStrictEqual(row[each], value)))
      const returned = stored.map((row, index) => (index === at ? { ...row, [each]: value } : row))
      const paired = pairReturnedRows(model, sent, shuffled(returned, order))
      const isAlike = (row: Values | undefined, place: number) =>
        isDeepStrictEqual(sent[returned.indexOf(row as Values)], sent[place])
      return paired === null || (new Set(paired).size === sent.length && paired.every(isAlike))
    })
    t.notThrows(() => fc.assert(property, { numRuns: 300 }))
  })

  test(`pairing rows of ${name} gives null when one is missing or one too many`, (t) => {
    const property = fc.property(insertsInto(model), ({ sent, stored }) => {
      const tooMany = [...stored, stored[0] as Values]
      return pairReturnedRows(model, sent, stored.slice(1)) === null && pairReturnedRows(model, sent, tooMany) === null
    })
    t.notThrows(() => fc.assert(property))
  })
}

const everything = modelNamed(testModels, 'Everything')
const user = modelNamed(testModels, 'User')

test('values sent in another form are paired with their rows, in order or not', (t) => {
  const sent = [
    { id: 1, at: new Date(5).toISOString(), decimal: '1.5' },
    { id: 2, at: new Date(6).toISOString(), decimal: 2 },
  ]
  const stored = [
    { id: 1n, at: new Date(5), decimal: new Decimal('1.5') },
    { id: 2n, at: new Date(6), decimal: new Decimal(2) },
  ]
  t.deepEqual(pairReturnedRows(everything, sent, stored), stored)
  t.deepEqual(pairReturnedRows(everything, sent, [...stored].reverse()), stored)
})

test('DbNull and JsonNull are paired with null, in order or not', (t) => {
  for (const json of [DbNull, JsonNull]) {
    const sent = [
      { id: 1n, json },
      { id: 2n, json: {} },
    ]
    const stored = [
      { id: 1n, json: null },
      { id: 2n, json: {} },
    ]
    t.deepEqual(pairReturnedRows(everything, sent, stored), stored)
    t.deepEqual(pairReturnedRows(everything, sent, [...stored].reverse()), stored)
  }
})

test('identical rows are interchangeable, and each is paired once', (t) => {
  const sent = [{ name: 'a' }, { name: 'b' }, { name: 'a' }]
  const returned = [
    { id: 3, name: 'b' },
    { id: 2, name: 'a' },
    { id: 1, name: 'a' },
  ]
  t.deepEqual(
    pairReturnedRows(user, sent, returned)?.map(({ id }) => id),
    [2, 3, 1],
  )
})

test('a field that the client omits is left out of the comparison', (t) => {
  const sent = [
    { name: 'a', email: 'x' },
    { name: 'b', email: 'y' },
  ]
  const returned = [
    { id: 2, name: 'b' },
    { id: 1, name: 'a' },
  ]
  t.deepEqual(
    pairReturnedRows(user, sent, returned)?.map(({ id }) => id),
    [1, 2],
  )
})

test('rows are told apart by the columns that came back as they were sent', (t) => {
  const sent = [
    { name: 'a', email: 'A@x' },
    { name: 'b', email: 'B@x' },
    { name: 'b', email: 'B@x' },
  ]
  const returned = [
    { id: 1, name: 'a', email: 'a@x' },
    { id: 2, name: 'b', email: 'b@x' },
    { id: 3, name: 'b', email: 'b@x' },
  ]
  t.deepEqual(pairReturnedRows(user, sent, returned), returned)
})

test('rows that only a changed column would tell apart are not paired', (t) => {
  const sent = [
    { name: 'a', email: 'A@x' },
    { name: 'a', email: 'B@x' },
  ]
  const returned = [
    { id: 1, name: 'a', email: 'a@x' },
    { id: 2, name: 'a', email: 'b@x' },
  ]
  t.is(pairReturnedRows(user, sent, returned), null)
})

test('rows with keys of their own are paired by these', (t) => {
  const sent = [
    { id: 1, name: 'A' },
    { id: 2, name: 'B' },
  ]
  const returned = [
    { id: 2, name: 'b' },
    { id: 1, name: 'a' },
  ]
  t.deepEqual(
    pairReturnedRows(user, sent, returned)?.map(({ id }) => id),
    [1, 2],
  )
})

test('what a row does not give may come back as anything', (t) => {
  const sent = [{ name: 'a', kind: 'x' }, { name: 'b' }]
  const returned = [
    { id: 1, name: 'a', kind: 'x' },
    { id: 2, name: 'b', kind: 'plain' },
  ]
  t.deepEqual(pairReturnedRows(user, sent, returned), returned)
  t.deepEqual(pairReturnedRows(user, sent, [...returned].reverse()), returned)
})

/** Rows with the same columns, as one INSERT has them; what is not sent the database makes. */
function insertsInto(model: Model): fc.Arbitrary<Insert> {
  const names = fc.subarray(model.scalars.map(({ name }) => name).filter((name) => !model.key.includes(name)))
  const rows = fc.array(rowsOf(model), { minLength: 1, maxLength: 5 })
  return fc.tuple(names, rows).chain(([columns, stored]) => {
    const sent = stored.map((row) => Object.fromEntries(columns.map((name) => [name, copyOf(row[name])])))
    const made = stored.map((row, index) => ({ ...row, [model.key[0] as string]: index }))
    const places = stored.map((_, index) => index)
    const order = fc.shuffledSubarray(places, { minLength: places.length })
    return fc.record({ sent: fc.constant(sent), stored: fc.constant(made), order })
  })
}

function shuffled(rows: readonly Values[], order: readonly number[]): Values[] {
  return order.map((place) => rows[place] as Values)
}

function isStored(sent: unknown, stored: unknown): boolean {
  return isDeepStrictEqual(sent, stored)
}
