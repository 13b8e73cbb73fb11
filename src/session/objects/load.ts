import { InvalidRequestError } from '../../errors.js'
import type { Model, Relation, ScalarField } from '../../model/model.js'
import { sameValue } from '../../model/values.js'
import type { SessionCore } from '../core.js'
import { discardChanges, expireAttribute, loadAttribute, ownList, replaceMembers } from './attributes.js'
import { isChanged, isRelationChanged } from './changes.js'
import { becomePersistent } from './lifecycle.js'
import { LoadedRows } from './loaded-rows.js'
import { realign, setLoaded } from './relations.js'
import { type Asked, baselineOf, type Row, type RowShape, shapeOf } from './row-shape.js'
import { type Entity, type EntityState, type Identity, identityOf, track } from './state.js'

export type { Include, Row } from './row-shape.js'
/**
 * Makes the session's objects of the rows of one result, which all have the same fields: for each row the object that
 * stands for it already, brought up to date as far as it may be, or a new one. With `populate`, unflushed changes are
 * overwritten. `include` is what the query asked for beside the rows.
 */
export function loadRows(
  core: SessionCore,
  model: Model,
  rows: readonly Row[],
  populate: Populate = false,
  include?: Asked,
): Entity[] {
  const loading: Loading = { core, waiting: [], index: null }
  const entities = takeRows(loading, model, rows, populate, include)
  // The list grows meanwhile: rows may be nested deeper than a stack is.
  for (const nesting of loading.waiting) takeRelations(loading, nesting)
  return entities
}

interface Loading {
  readonly core: SessionCore
  /** Rows that bring other rows along, which are not loaded yet. */
  readonly waiting: Nesting[]
  index: LoadedRows | null
}

interface Nesting {
  readonly state: EntityState
  readonly shape: RowShape
  readonly row: Row
  readonly populate: Populate
  readonly wasStale: boolean
}

function takeRows(loading: Loading, model: Model, rows: readonly Row[], populate: Populate, include: Asked): Entity[] {
  const [first] = rows
  if (!first) return []
  const shape = shapeOf(model, first, include)
  const computed = computedNames(loading.core, model)
  return rows.map((row) => load(loading, shape, computed, row, populate))
}

/** The same for a row by itself. */
export function loadRow(
  core: SessionCore,
  model: Model,
  row: Row,
  populate: Populate = false,
  include?: Asked,
): Entity {
  return loadRows(core, model, [row], populate, include)[0] as Entity
}

/**
 * The same for the row of a known object, which was read by its key. The database may spell that otherwise, as a collation
 * or a number of other digits allows: then the object is known by the row's own key from now on.
 */
export function loadOwnRow(
  core: SessionCore,
  state: EntityState,
  row: Row,
  populate: Populate = false,
  include?: Asked,
): Entity {
  const identity = identityOf(state.model, row)
  if (identity && identity.text !== state.identity?.text) respell(core, state, identity)
  return loadRow(core, state.model, row, populate, include)
}

function respell(core: SessionCore, state: EntityState, identity: Identity): void {
  const other = core.identityMap.find(identity)
  if (other)
    throw new InvalidRequestError(
      `${state.label} is the row of ${other.label}, which this session holds as another object: use that one, and expunge() this one`,
    )
  core.identityMap.delete(state)
  state.identity = identity
  core.identityMap.set(state)
  for (const field of state.model.keyFields)
    loadAttribute(state, field, identity.values[state.model.key.indexOf(field.name)])
}

/** Whether unflushed changes are overwritten: never, on the row's own object, or on those of its relations too. */
export type Populate = boolean | 'top'

function load(loading: Loading, shape: RowShape, computed: string[], row: Row, populate: Populate): Entity {
  const { core } = loading
  const { model } = shape
  const identity = identityOf(model, row)
  if (!identity) return row // its key was not selected: a plain row
  const known = core.identityMap.find(identity)
  if (known) {
    updateFrom(loading, known, shape, row, populate)
    return known.object
  }
  const baseline = baselineOf(shape, row) // before the row is tied to a state, which makes copying slow
  const state = track(computed.length === 0 ? row : withComputed(core, model, row, computed), model)
  becomePersistent(core, state, identity)
  setBaseline(state, shape, baseline)
  if (shape.relations.length > 0) loading.waiting.push({ state, shape, row, populate, wasStale: false })
  core.events.note('loadedAsPersistent', state)
  return state.object
}

/** Takes a row of another origin as the state of a persistent object whose baseline is not known yet. */
export function takeBaseline(state: EntityState, row: Row): void {
  const shape = shapeOf(state.model, row)
  setBaseline(state, shape, baselineOf(shape, row))
}

function setBaseline(state: EntityState, { missing }: RowShape, baseline: Row): void {
  state.baseline = baseline
  state.isStale = false
  for (const { name } of missing) expireAttribute(state, name)
}

/** Prisma's row becomes the object, but a row of a result-extended client is a proxy, whose fields are copied. */
function withComputed(core: SessionCore, model: Model, row: Row, computed: string[]): Entity {
  const object: Entity = {}
  for (const name of Object.keys(row)) if (!computed.includes(name)) object[name] = row[name]
  addComputed(core, model, object)
  return object
}

/** Puts the client's computed fields on an object, as read-only getters over its current values. */
export function addComputed(core: SessionCore, model: Model, object: Entity): void {
  const fields = core.computedFields(model)
  for (const name of computedNames(core, model)) {
    const get = () => fields[name]?.compute(object)
    Object.defineProperty(object, name, { enumerable: true, configurable: true, get })
  }
}

/** Those named like a column are that column's values, as Prisma gives them. */
function computedNames(core: SessionCore, model: Model): string[] {
  return Object.keys(core.computedFields(model)).filter((name) => !model.fields.has(name))
}

function updateFrom(loading: Loading, state: EntityState, shape: RowShape, row: Row, populate: Populate): void {
  const { core } = loading
  if (populate) discardChanges(state, Object.keys(row))
  const version = core.versionField(state.model)
  // A change stands on the version that it was made on: the flush will find that the row is in another.
  const isKept = version !== undefined && state.baseline?.[version] !== undefined && isChanged(state)
  for (const field of shape.scalars ?? state.model.scalars) {
    const value = row[field.name]
    if (value === undefined || typeof value === 'function' || (isKept && field.name === version)) continue
    updateScalar(core, state, field, value, populate)
  }
  if (shape.relations.length > 0) loading.waiting.push({ state, shape, row, populate, wasStale: state.isStale })
  else realignLoaded(loading, state)
  for (const name of shape.extras) state.object[name] = row[name]
  if (shape.missing.length === 0) state.isStale = false
}

function realignLoaded(loading: Loading, state: EntityState): void {
  if (state.related.size === 0) return
  loading.index ??= new LoadedRows(loading.core)
  realign(loading.index, state)
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

function takeRelations(loading: Loading, { state, shape, row, populate, wasStale }: Nesting): void {
  // Who is in them may be the work of a level that is rolled back: then they are as before, or not loaded.
  loading.core.transaction?.innermostWritten?.remember(state)
  for (const { relation, include, partial } of shape.relations) {
    const { name, target } = relation
    const value = row[name] as Row | Row[] | null
    const loaded = Array.isArray(value)
      ? takeRows(loading, target, value, populate === true, include)
      : value && (takeRows(loading, target, [value], populate === true, include)[0] as Entity)
    if (row === state.object || populate) setLoaded(state, name, loaded, partial)
    else if (isKept(state, relation)) keepChange(state, relation, loaded, partial)
    else if (wasStale || !state.related.has(name) || partial || state.partial.has(name))
      setLoaded(state, name, loaded, partial)
  }
  if (row !== state.object) realignLoaded(loading, state)
}

/** True for a relation that the program has changed and not flushed yet. */
function isKept(state: EntityState, relation: Relation): boolean {
  const { name } = relation
  if (state.expired.has(name) || state.object[name] === undefined) return false
  return isRelationChanged(state, relation) || state.isAssigned(name)
}

/** Puts an unflushed change over what was loaded: the same members come and go. What was assigned stays as it is. */
function keepChange(
  state: EntityState,
  { name }: Relation,
  loaded: Entity | null | Entity[],
  partial: object | null,
): void {
  const known = state.related.get(name)
  const list = state.object[name]
  if (Array.isArray(loaded) && Array.isArray(known) && Array.isArray(list) && !state.isAssigned(name)) {
    const [before, now] = [new Set<Entity>(known), new Set<Entity>(list)]
    const kept = loaded.filter((member) => now.has(member) || !before.has(member))
    const there = new Set(kept)
    const added = list.filter((member) => !before.has(member) && !there.has(member))
    replaceMembers(ownList(state, name), [...kept, ...added])
  }
  state.setRelated(name, Array.isArray(loaded) ? [...loaded] : loaded)
  state.setPartial(name, partial)
}
