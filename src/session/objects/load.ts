import type { Model, ScalarField } from '../../model/model.js'
import { sameValue } from '../../model/values.js'
import type { SessionCore } from '../core.js'
import { discardChanges, expireAttribute, loadAttribute } from './attributes.js'
import { isRelationChanged } from './changes.js'
import { becomePersistent } from './lifecycle.js'
import { realign, setLoaded } from './relations.js'
import { type Entity, type EntityState, identityOf, track } from './state.js'
/**
 * Makes the session's object of a row: the one that stands for it already, brought up to date as far as it may be, or a
 * new one. With `populate`, unflushed changes are overwritten.
 */
export function loadRow(core: SessionCore, model: Model, row: Row, populate: Populate = false): Entity {
  const identity = identityOf(model, row)
  if (!identity) return row // its key was not selected: a plain row
  const known = core.identityMap.find(identity)
  if (known) {
    updateFrom(core, known, row, populate)
    return known.object
  }
  const state = track(newObject(core, model, row), model)
  becomePersistent(core, state, identity)
  takeBaseline(state, row)
  takeRelations(core, state, row, populate)
  core.events.note('loadedAsPersistent', state)
  return state.object
}

export type Row = Record<string, unknown>

/** Whether unflushed changes are overwritten: never, on the row's own object, or on those of its relations too. */
export type Populate = boolean | 'top'

/** Takes a row of another origin as the state of a persistent object whose baseline is not known yet. */
export function takeBaseline(state: EntityState, row: Row): void {
  state.baseline = {}
  state.isStale = false
  for (const field of state.model.scalars) {
    if (row[field.name] === undefined) expireAttribute(state, field.name)
    else state.setBaseline(field, row[field.name])
  }
}

/** Prisma's row becomes the object; a row of a result-extended client is a proxy, so its fields are copied. */
function newObject(core: SessionCore, model: Model, row: Row): Entity {
  const computed = core.computedFields(model)
  const names = Object.keys(computed)
  if (names.length === 0) return row
  const object: Entity = {}
  for (const name of Object.keys(row)) if (!(name in computed)) object[name] = row[name]
  addComputed(core, model, object)
  return object
}

/** Puts the client's computed fields on an object, as read-only getters over its current values. */
export function addComputed(core: SessionCore, model: Model, object: Entity): void {
  for (const [name, { compute }] of Object.entries(core.computedFields(model))) {
    if (model.fields.has(name)) continue
    Object.defineProperty(object, name, { enumerable: true, configurable: true, get: () => compute(object) })
  }
}

function updateFrom(core: SessionCore, state: EntityState, row: Row, populate: Populate): void {
  if (populate) discardChanges(state, Object.keys(row))
  const isWhole = state.model.scalars.every(({ name }) => row[name] !== undefined)
  for (const field of state.model.scalars) {
    const value = row[field.name]
    if (value !== undefined) updateScalar(core, state, field, value, populate)
  }
  takeRelations(core, state, row, populate)
  if (isWhole) state.isStale = false
  realign(core, state)
}

function updateScalar(
  core: SessionCore,
  state: EntityState,
  field: ScalarField,
  value: unknown,
  populate: Populate,
): void {
  const { name } = field
  const { baseline, object } = state
  const isLoaded = !state.expired.has(name) && baseline !== null && Object.hasOwn(baseline, name)
  if (!isLoaded) {
    const isSetByUser = !state.expired.has(name) && object[name] !== undefined
    if (isSetByUser && !populate) state.setBaseline(field, value)
    else loadAttribute(state, field, value)
    return
  }
  if (!populate && !state.isStale) return // hits hold within a transaction
  const isNews = !sameValue(field, baseline[name], value)
  if (isNews) core.transaction?.remember(state) // it may have been written in this very level, and be rolled back
  if (sameValue(field, baseline[name], object[name])) {
    if (isNews) loadAttribute(state, field, value)
  } else {
    state.setBaseline(field, value) // an unflushed change stays, over a new baseline
  }
}

function takeRelations(core: SessionCore, state: EntityState, row: Row, populate: Populate): void {
  for (const relation of state.model.relations) {
    const { name, target } = relation
    const value = row[name]
    if (value === undefined) continue
    const isMine = row === state.object
    const loaded = Array.isArray(value)
      ? value.map((each) => loadRow(core, target, each as Row, populate === true))
      : value && loadRow(core, target, value as Row, populate === true)
    const isChanged =
      !isMine && !state.expired.has(name) && state.object[name] !== undefined && isRelationChanged(state, relation)
    if (isChanged && !populate)
      state.related.set(name, Array.isArray(loaded) ? [...(loaded as Entity[])] : (loaded as Entity | null))
    else if (isMine || populate || state.isStale || !state.related.has(name))
      setLoaded(state, name, loaded as Entity | null | Entity[])
  }
}
