// Progress of walks, stored as text.
import test from 'ava'
import fc from 'fast-check'
import { Failure } from '../../src/migrate/failure.js'
import { batch, type Desk } from '../../src/migrate/run/batch.js'
import { keyText, keyValues, Walks } from '../../src/migrate/run/walks.js'
import type { Model, ScalarField, ScalarType } from '../../src/model/model.js'

const open = (walks: Walks, where: unknown, name?: string) => walks.open('User', where, name)

/** What the ledger has of a run that was stopped. */
function stopped(): string {
  const walks = new Walks('1_a', 'up', null)
  const done = open(walks, { kind: 'a' })
  Object.assign(done, { after: ['7'], until: ['9'], processed: 7, total: 7, isDone: true })
  const half = open(walks, { kind: 'b' })
  Object.assign(half, { total: 5, until: ['9'] })
  return walks.reached(half, { after: ['3'], processed: 3 }).cursor as string
}

test('a walk resumes where it stopped, identified by its model and its conditions', (t) => {
  t.is(new Walks('1_a', 'up', null).processed, null)
  const again = new Walks('1_a', 'up', stopped())
  t.is(again.processed, 10)
  t.is(again.total, 12)
  t.like(open(again, { kind: 'a' }), { isDone: true })
  const half = open(again, { kind: 'b' })
  t.like(half, { after: ['3'], until: ['9'], isDone: false })
  t.like(open(again, { kind: 'b' }), { after: null, processed: 0 }) // the same once more is another walk
  t.is(again.reached(half, { processed: 5 }).processed, 12)
  t.is(again.processed, 10) // what is only reached counts when it is committed
  t.is(new Walks('1_a', 'down', stopped()).processed, null)
})

test('a run with fewer walks than the one before resumes the right walk', (t) => {
  const again = new Walks('1_a', 'up', stopped())
  t.like(open(again, { kind: 'b' }), { after: ['3'] })
  t.like(open(again, { kind: 'c' }), { after: null })
  t.like(JSON.parse(again.reached(open(again, { kind: 'd' }), {}).cursor as string), { direction: 'up' })
})

test('conditions that differ from an interrupted walk are refused unless the walk has a name', (t) => {
  const changed = new Walks('1_a', 'up', stopped())
  const error = t.throws(() => open(changed, { kind: 'c' }), { instanceOf: Failure, message: /under other conditions/ })
  t.is((error as unknown as Failure).code, 'DISAGREES')

  const first = new Walks('1_a', 'up', null)
  const named = open(first, { at: { lt: new Date(1) } }, 'recent')
  const { cursor } = first.reached(named, { after: ['3'], processed: 3 })
  t.like(open(new Walks('1_a', 'up', cursor), { at: { lt: new Date(2) } }, 'recent'), { after: ['3'] })
})

test('keys are restored from text unchanged', (t) => {
  const values: [ScalarType, fc.Arbitrary<unknown>][] = [
    ['Int', fc.integer()],
    ['BigInt', fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n })],
    ['String', fc.string({ unit: 'binary' })],
    ['Boolean', fc.boolean()],
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

test('a walk by a key whose order cannot be followed is refused', (t) => {
  const model = { name: 'Event', keyFields: [{ name: 'at', type: 'DateTime' }] }
  const steps = batch({ models: { get: () => model } } as unknown as Desk, 'Event', undefined)
  t.throws(() => steps.next(), {
    message:
      /^batch\(\) walks by the key, and the order of Event\.at \(DateTime\) cannot be followed: read the rows with/,
  })
})
