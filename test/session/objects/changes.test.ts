import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import type { Model } from '../../../src/model/model.js'
import { discardChanges, expireAttribute } from '../../../src/session/objects/attributes.js'
import { changedScalars, isChanged } from '../../../src/session/objects/changes.js'
import { takeBaseline } from '../../../src/session/objects/load.js'
import { setLoaded } from '../../../src/session/objects/relations.js'
import { type EntityState, track } from '../../../src/session/objects/state.js'
import { copyOf, rowsOf, spoil, valuesOfField } from '../../model/arbitraries.js'
import { modelNamed, testModels } from '../../model/schemas.js'

/** What is done to one field: a new value, or the old one changed in place. */
interface Edit {
  readonly name: string
  readonly value: unknown
  readonly isInPlace: boolean
}

for (const name of ['Everything', 'User', 'Made', 'Pair']) {
  const model = modelNamed(testModels, name)
  const cases = fc.tuple(rowsOf(model), editsOf(model))

  test(`${name}: exactly the changed fields are found, in the order of the schema`, (t) => {
    const property = fc.property(cases, ([row, edits]) => {
      const state = loaded(model, copyOf(row))
      apply(state, edits)
      const expected = model.scalars
        .map((field) => field.name)
        .filter((each) => !isDeepStrictEqual(row[each], state.object[each]))
      return isDeepStrictEqual(changedScalars(state), expected) && isChanged(state) === expected.length > 0
    })
    t.notThrows(() => fc.assert(property, { numRuns: 300 }))
  })

  test(`${name}: a field changed back by value is unchanged`, (t) => {
    const property = fc.property(cases, ([row, edits]) => {
      const state = loaded(model, copyOf(row))
      apply(state, edits)
      for (const edit of edits) state.object[edit.name] = copyOf(row[edit.name])
      return changedScalars(state).length === 0 && !isChanged(state)
    })
    t.notThrows(() => fc.assert(property, { numRuns: 300 }))
  })

  test(`${name}: discarding changes restores the values of the database`, (t) => {
    const property = fc.property(cases, ([row, edits]) => {
      const state = loaded(model, copyOf(row))
      apply(state, edits)
      discardChanges(state, model.fields.keys())
      return isDeepStrictEqual(state.object, row) && !isChanged(state)
    })
    t.notThrows(() => fc.assert(property, { numRuns: 300 }))
  })

  test(`${name}: an expired attribute is unchanged until it is set`, (t) => {
    const property = fc.property(cases, ([row, edits]) => {
      const state = loaded(model, copyOf(row))
      for (const { name: each } of edits) expireAttribute(state, each)
      if (changedScalars(state).length > 0 || isChanged(state)) return false
      for (const { name: each, value } of edits) state.object[each] = value
      const names = new Set(edits.map((edit) => edit.name))
      const expected = model.scalars.map((field) => field.name).filter((each) => names.has(each))
      return isDeepStrictEqual(changedScalars(state), expected)
    })
    t.notThrows(() => fc.assert(property, { numRuns: 300 }))
  })
}

const user = modelNamed(testModels, 'User')
const row = () => ({ id: 1, name: 'ada', email: null, kind: 'plain', inviterId: null })

test('a field set to undefined is unchanged', (t) => {
  const state = loaded(user, row())
  state.object.name = undefined
  t.deepEqual(changedScalars(state), [])
  t.false(isChanged(state))
})

test('a field that was never loaded is changed once it has a value', (t) => {
  const { email: _, ...rest } = row()
  const state = loaded(user, rest)
  t.false(isChanged(state))
  state.object.email = null
  t.deepEqual(changedScalars(state), ['email'])
})

test('a new object is changed once it has any value', (t) => {
  const state = track({}, user)
  t.false(isChanged(state))
  state.object.name = 'ada'
  t.true(isChanged(state))
  t.deepEqual(changedScalars(state), ['name'])
})

test('a loaded list is changed by another member, order or length, not by another array', (t) => {
  const [first, second] = [{ id: 1 }, { id: 2 }]
  const state = loaded(user, row())
  setLoaded(state, 'posts', [first, second])
  const is = (posts: unknown) => {
    state.object.posts = posts
    return isChanged(state)
  }
  t.false(is([first, second]))
  t.true(is([first]))
  t.true(is([first, { id: 2 }]))
  t.true(is([second, first]))
  t.true(is([first, second, { id: 3 }]))
  t.false(isChanged(state, false))
})

test('a loaded list is changed in place, a list that was not loaded only by assignment', (t) => {
  const state = loaded(user, row())
  const posts: object[] = []
  setLoaded(state, 'posts', posts as never)
  posts.push({})
  t.true(isChanged(state))
  posts.pop()
  t.false(isChanged(state))
  state.object.items = []
  t.true(isChanged(state))
})

test('a to-one relation is changed by another object', (t) => {
  const state = loaded(user, row())
  setLoaded(state, 'inviter', null)
  t.false(isChanged(state))
  state.object.inviter = { id: 2 }
  t.true(isChanged(state))
  t.true(isChanged(state, false))
  t.deepEqual(changedScalars(state), [])
  state.object.inviter = null
  t.false(isChanged(state))
})

function loaded(model: Model, values: Record<string, unknown>): EntityState {
  const state = track(values, model)
  takeBaseline(state, values)
  return state
}

function editsOf(model: Model): fc.Arbitrary<Edit[]> {
  const edits = model.scalars.map((field) =>
    fc.record({ name: fc.constant(field.name), value: valuesOfField(field), isInPlace: fc.boolean() }),
  )
  return fc.array(fc.oneof(...edits), { maxLength: 4 })
}

function apply({ object }: EntityState, edits: readonly Edit[]): void {
  for (const { name, value, isInPlace } of edits) {
    if (isInPlace) spoil(object[name])
    else object[name] = copyOf(value)
  }
}
