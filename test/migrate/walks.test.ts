// Where walks have come to, kept as text.
import test from 'ava'
import fc from 'fast-check'
import { Failure } from '../../src/migrate/failure.js'
import { keyText, keyValues, Walks } from '../../src/migrate/run/walks.js'
import type { Model, ScalarField, ScalarType } from '../../src/model/model.js'

test('a walk goes on where it was, known by its number and its model', (t) => {
  const first = new Walks('1_a', 'up', null)
  t.is(first.processed, null)
  Object.assign(first.open('User'), { after: ['7'], processed: 7, total: 9, isDone: true })
  Object.assign(first.open('Post'), { after: ['3'], processed: 3, total: 5 })
  t.is(first.processed, 10)
  t.is(first.total, 14)

  const again = new Walks('1_a', 'up', first.cursor)
  t.is(again.processed, 10)
  t.like(again.open('User'), { isDone: true })
  t.like(again.open('Post'), { after: ['3'], isDone: false })
  t.like(again.open('Post'), { after: null, processed: 0 })
  t.is(new Walks('1_a', 'down', first.cursor).processed, null)

  const changed = new Walks('1_a', 'up', first.cursor)
  const error = t.throws(() => changed.open('Post'), { instanceOf: Failure, message: /interrupted in batch\('User'\)/ })
  t.is((error as unknown as Failure).code, 'DISAGREES')
})

test('keys come back as they were', (t) => {
  const values: [ScalarType, fc.Arbitrary<unknown>][] = [
    ['Int', fc.integer()],
    ['BigInt', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
    ['String', fc.string({ unit: 'binary' })],
    ['Boolean', fc.boolean()],
    ['DateTime', fc.date({ noInvalidDate: true })],
    ['Bytes', fc.uint8Array()],
  ]
  for (const [type, arbitrary] of values) {
    const keyFields = [{ name: 'id', type } as ScalarField]
    const model = { keyFields } as unknown as Model
    fc.assert(
      fc.property(arbitrary, (id) => {
        const text = JSON.parse(JSON.stringify(keyText(model, { id })))
        t.deepEqual(keyValues(model, text), [id])
      }),
      { numRuns: 50 },
    )
  }
})
