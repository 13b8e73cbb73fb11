import { ArgumentError, InvalidRequestError, UnmappedInstanceError } from '../../errors.js'
import type { Model, Relation } from '../../model/model.js'
import { defaultOf } from '../../writing/defaults.js'
import type { SessionCore } from '../core.js'
import { refuseUnknownKeys } from '../flush/unknown-keys.js'
import { isRelationChanged } from '../objects/changes.js'
import { checkData, checkRelation } from '../objects/data.js'
import { becomePersistent } from '../objects/lifecycle.js'
import { addComputed, loadRow, takeBaseline } from '../objects/load.js'
import {
  describe,
  type Entity,
  type EntityState,
  type Identity,
  identityOf,
  isMarkedDetached,
  markedModel,
  refuseForeign,
  stateOf,
  track,
} from '../objects/state.js'
import { startInMemory } from '../transaction/in-transaction.js'
/** Puts an object, and the new objects it holds, into the session. Mirrors `Session.add()`. */
export function add(core: SessionCore, first: unknown, second?: unknown): object {
  return addOne(core, first, second, new Set())
}

function addOne(core: SessionCore, first: unknown, second: unknown, together: Set<EntityState>): object {
  if (typeof first === 'string' && second === undefined) {
    throw new UnmappedInstanceError(`add() got ${describe(first)} and no object: add('User', { … })`)
  }
  const [object, model] = typeof first === 'string' ? [second, core.model(first)] : [first, undefined]
  const state = stateOf(object)
  if (model && state && state.model !== model)
    throw new ArgumentError(`add(): this object is a ${state.model.name}, not a ${model.name}`)
  if (!state) checkData(core, model ?? modelOf(core, object, 'add'), object)
  attachGraph(core, state ?? meet(core, object as object, model ?? modelOf(core, object, 'add')), together)
  core.events.tellNow()
  return object as object
}

/** Adds each, in order; those before a bad one stay added. Mirrors `Session.add_all()`. */
export function addAll(core: SessionCore, first: unknown, second?: unknown): object[] {
  const list = typeof first === 'string' ? second : first
  if (!Array.isArray(list)) throw new ArgumentError(`addAll() takes an array of objects, not ${describe(list)}`)
  const together = new Set<EntityState>()
  const isNamed = typeof first === 'string'
  return list.map((each) => addOne(core, isNamed ? first : each, isNamed ? each : undefined, together))
}

/** A row read elsewhere becomes a clean persistent object; nothing is sent. */
export function attach(core: SessionCore, modelName: unknown, row: unknown): object {
  const model = core.model(modelName)
  const known = stateOf(row)
  if (known) refuseForeign(known, core, 'attach')
  if (known?.session === core) return known.object
  checkData(core, model, row)
  if (!identityOf(model, row as Entity))
    throw new ArgumentError(`attach(): the row has no key: it needs ${model.key.join(', ')}`)
  startInMemory(core)
  const object = loadRow(core, model, row as Entity, false, 'unknown')
  core.events.tellNow()
  return object
}

/** The state of an object, which a session may be meeting for the first time through `entity()`. */
export function meetEntity(core: SessionCore, object: unknown, verb: string): EntityState {
  return stateOf(object) ?? meet(core, object as object, modelOf(core, object, verb))
}

/** Takes the object and every new object that its relations hold: all are checked before the first is taken. */
export function attachGraph(core: SessionCore, state: EntityState, together = new Set<EntityState>()): void {
  const graph = checkedGraph(core, state)
  for (const each of graph) together.add(each)
  refuseUnknownKeys(core, graph, together)
  startInMemory(core)
  for (const each of graph) attachOne(core, each)
}

function checkedGraph(core: SessionCore, state: EntityState): Set<EntityState> {
  const graph = new Set<EntityState>([state])
  for (const each of graph) {
    checkAttachable(core, each)
    if (each.session !== core || each === state) for (const member of newMembers(core, each)) graph.add(member)
  }
  return graph
}

function checkAttachable(core: SessionCore, state: EntityState): void {
  refuseForeign(state, core, 'add')
  if (state.lifecycle === 'deleted' || state.wasDeleted) {
    throw new InvalidRequestError(
      `add(): ${state.label} has been deleted: use makeTransient() to insert it as a new row`,
    )
  }
  if (state.lifecycle === 'detached') checkIdentity(core, state)
}

/** A detached object can come back where no other object stands for its row. */
function checkIdentity(core: SessionCore, state: EntityState): Identity {
  const { identity } = state
  if (!identity) throw new InvalidRequestError(`${state.label} has no key and cannot be attached: add() a new object`)
  const other = core.identityMap.find(identity)
  if (!other || other === state) return identity
  throw new InvalidRequestError(`${state.label} is already present in this session as another object: use merge()`)
}

/** The objects in an object's relations that are not in the session yet. */
export function newMembers(core: SessionCore, state: EntityState): EntityState[] {
  const found: EntityState[] = []
  for (const relation of state.model.relations) {
    if (!isRelationChanged(state, relation)) continue // members known from the database are in the session, or were taken out
    const value = state.object[relation.name]
    if (value === null) continue
    checkRelation(core, relation, value)
    for (const member of (relation.isList ? value : [value]) as Entity[]) {
      const known = memberState(core, relation, member)
      if (known.session !== core && !known.wasDeleted) found.push(known)
    }
  }
  return found
}

function memberState(core: SessionCore, relation: Relation, member: Entity): EntityState {
  const known = stateOf(member)
  if (!known && markedModel(member) === undefined) refuseRow(relation, member)
  const state = known ?? meet(core, member, relation.target)
  refuseForeign(state, core, 'add')
  return state
}

/** A plain object in a relation is a new one; a key that the database makes says that it is a row read elsewhere. */
function refuseRow({ name, model, target, fields }: Relation, member: Entity): void {
  const key = target.keyFields.find((field) => member[field.name] != null && defaultOf(field) === 'database')
  if (!key) return
  const byKey = fields.length > 0 ? `, or set ${fields.join(', ')} instead of ${name}` : ''
  throw new ArgumentError(
    `${model.name}.${name} was given a plain object with the key ${key.name}: ${String(member[key.name])}, which would be inserted as a new ${target.name}. For the row that exists use ref('${target.name}', ${String(member[key.name])}) or attach('${target.name}', row)${byKey}; for a new row with that key use entity('${target.name}', { … }).`,
  )
}

function attachOne(core: SessionCore, state: EntityState): void {
  if (state.lifecycle === 'persistent') {
    state.isMarked = false
    core.marked.delete(state)
  } else if (state.lifecycle === 'transient') {
    core.events.emitNow('beforeAttach', { entity: state.object })
    state.lifecycle = 'pending'
    state.session = core
    core.pending.add(state)
    core.events.emitNow('afterAttach', { entity: state.object })
    core.events.note('transientToPending', state)
  } else if (state.lifecycle === 'detached') {
    attachDetached(core, state)
  }
}

/** A detached object comes back as persistent. */
export function attachDetached(core: SessionCore, state: EntityState): void {
  const identity = checkIdentity(core, state)
  core.events.emitNow('beforeAttach', { entity: state.object })
  becomePersistent(core, state, identity)
  core.events.emitNow('afterAttach', { entity: state.object })
  core.events.note('detachedToPersistent', state)
}

function modelOf(core: SessionCore, object: unknown, verb: string): Model {
  const name = markedModel(object)
  if (name !== undefined) return core.model(name)
  const remedy =
    verb === 'add' || verb === 'merge'
      ? `name the model, as in ${verb}('User', { … }) or entity('User', { … }); a row read elsewhere goes in by attach('User', row)`
      : "get() it from this session, or let it in by attach('User', row)"
  throw new UnmappedInstanceError(
    `${verb}() got ${describe(object)}, which is not an entity of a known model: ${remedy}`,
  )
}

function meet(core: SessionCore, object: object, model: Model): EntityState {
  const state = track(object, model)
  addComputed(core, model, state.object)
  if (!isMarkedDetached(object)) return state
  const identity = identityOf(model, state.object)
  if (!identity)
    throw new InvalidRequestError(
      `this ${model.name} was made detached and has no complete key: it needs ${model.key.join(', ')}`,
    )
  Object.assign(state, { lifecycle: 'detached', identity })
  takeBaseline(state, state.object)
  return state
}
