import type { Steps } from '../../driver/effects.js'
import { ArgumentError, InvalidRequestError, StaleDataError, UnmappedInstanceError } from '../../errors.js'
import type { Model, Relation } from '../../model/model.js'
import { keptValue, sameValue } from '../../model/values.js'
import type { SessionCore } from '../core.js'
import { autoflush } from '../flush/flush.js'
import { type AllowedFields, allowedFields } from '../objects/allowed-fields.js'
import { setAttribute } from '../objects/attributes.js'
import { isChanged } from '../objects/changes.js'
import { checkData } from '../objects/data.js'
import { checkOptionNames } from '../objects/keys.js'
import { becomePersistent } from '../objects/lifecycle.js'
import { takeBaseline } from '../objects/load.js'
import { owningRelations, setLoaded } from '../objects/relations.js'
import {
  describe,
  type Entity,
  type EntityState,
  identityOf,
  keyValues,
  noteMerged,
  stateOf,
  track,
} from '../objects/state.js'
import { startInMemory, usableTransaction } from '../transaction/in-transaction.js'
import { attachGraph, meetEntity } from './add.js'
import { get } from './get.js'

/** Copies an object's state onto the session's own object of that row. The argument is left alone. Mirrors `Session.merge()`. */
export function* merge(core: SessionCore, ...args: readonly unknown[]): Steps<object> {
  const [first, second, third] = args
  const isNamed = typeof first === 'string'
  const [source, given] = isNamed ? [second, third] : [first, second]
  checkOptionNames('merge', given, ['load', 'fields'])
  if (isNamed && args.length === 1)
    throw new UnmappedInstanceError(`merge() got ${describe(first)}, which is not an object: merge('User', { … })`)
  const model = isNamed ? core.model(first) : meetEntity(core, source, 'merge').model
  const allowed = allowedFields(model, given?.fields, 'merge')
  if (!stateOf(source)) checkData(core, model, source, allowed)
  const isLoading = given?.load !== false
  if (isLoading) usableTransaction(core)
  else startInMemory(core)
  if (isLoading) yield* autoflush(core)
  core.withoutAutoflush++ // one flush at the start, none between the loads
  try {
    const merging: Merging = { core, isLoading, done: new Map(), added: new Map(), copies: [] }
    const target = yield* mergeOne(merging, model, source as Entity, allowed)
    // The list grows meanwhile: graphs may be deeper than a stack is.
    for (const copy of merging.copies) yield* mergeRelations(merging, copy)
    for (const { target } of merging.copies) takeIn(merging, target)
    yield* core.events.tell()
    return target.object
  } finally {
    core.withoutAutoflush--
  }
}

interface Merging {
  readonly core: SessionCore
  readonly isLoading: boolean
  /** What has been merged in this call: graphs may have circles. */
  readonly done: Map<Entity, EntityState>
  /** New objects by key: two in a graph that have the same are one. */
  readonly added: Map<string, EntityState>
  /** In the order in which they were met. */
  readonly copies: Copy[]
}

/** An object whose scalars have been copied. */
interface Copy {
  readonly model: Model
  readonly source: Entity
  readonly state: EntityState | undefined
  readonly target: EntityState
  readonly allowed: AllowedFields
}

function* mergeOne(merging: Merging, model: Model, source: Entity, allowed: AllowedFields): Steps<EntityState> {
  const { core, done } = merging
  const before = done.get(source)
  if (before) return before
  if (typeof source !== 'object' || source === null)
    throw new ArgumentError(`merge() takes objects, not ${describe(source)}`)
  const state = stateOf(source)
  if (state?.session === core && state.lifecycle === 'persistent' && !state.isMarked) return state
  const target = yield* findTarget(merging, model, source, state, allowed)
  done.set(source, target)
  if (merging.isLoading) refuseOtherVersion(core, target, source)
  copyScalars(target, source, state, allowed)
  noteMerged(source)
  merging.copies.push({ model, source, state, target, allowed })
  return target
}

function* mergeRelations(merging: Merging, copy: Copy): Steps<void> {
  const { model, allowed } = copy
  for (const relation of model.relations)
    if (!allowed || allowed.has(relation.name)) yield* mergeRelation(merging, relation, copy)
}

function takeIn({ core, isLoading }: Merging, target: EntityState): void {
  if (!isLoading) takeAsClean(target)
  else if (target.lifecycle === 'transient') attachGraph(core, target)
}

function* findTarget(
  { core, isLoading, added }: Merging,
  model: Model,
  source: Entity,
  state: EntityState | undefined,
  allowed: AllowedFields,
): Steps<EntityState> {
  if (!isLoading) return cleanTarget(core, model, state)
  if (state?.session === core && state.lifecycle === 'pending') {
    yield* core.events.emit('warning', {
      message: `${state.label} is already pending in this session: merge() makes a second one, both will be inserted; flush() first`,
      entity: state.object,
    })
    return track({}, model)
  }
  const wasDeleted = state && (state.lifecycle === 'deleted' || state.wasDeleted || state.isMarked)
  const identity = wasDeleted ? null : (state?.identity ?? identityOf(model, keyOf(model, source, allowed)))
  const found =
    identity && (yield* get(core, model.name, identity.values.length === 1 ? identity.values[0] : identity.values))
  const here = found ? stateOf(found) : undefined
  if (here) return here
  const text = identity && `${model.name} ${identity.text}`
  const target = (text ? added.get(text) : undefined) ?? track({}, model)
  if (text) added.set(text, target)
  return target
}

/** The key of a row, of which relations may give a part: `{ person: { id: 1 } }` where the key is `personId`. */
function keyOf(model: Model, source: Entity, allowed: AllowedFields): Entity {
  const key: Entity = {}
  for (const name of model.key) {
    key[name] = source[name]
    for (const relation of key[name] === undefined ? owningRelations(model) : []) {
      const target = !allowed || allowed.has(relation.name) ? source[relation.name] : undefined
      const index = relation.fields.indexOf(name)
      if (index >= 0 && typeof target === 'object' && target !== null)
        key[name] ??= (target as Entity)[relation.references[index] as string]
    }
  }
  return key
}

/** With `load: false` the argument is trusted to be what the database holds. */
function cleanTarget(core: SessionCore, model: Model, state: EntityState | undefined): EntityState {
  const identity = state?.identity
  if (!state || !identity) {
    throw new InvalidRequestError(
      'merge() with load: false takes objects that have a row: this one is new, and its state cannot be known without a query',
    )
  }
  if (isChanged(state)) {
    throw new InvalidRequestError(
      `merge() with load: false takes unchanged objects: ${state.label} has changes that were not flushed`,
    )
  }
  const known = core.identityMap.find(identity)
  if (known) return known
  const target = track(keyValues(identity), model)
  becomePersistent(core, target, identity)
  core.events.note('loadedAsPersistent', target)
  return target
}

function copyScalars(
  target: EntityState,
  source: Entity,
  state: EntityState | undefined,
  allowed: AllowedFields,
): void {
  for (const field of target.model.scalars) {
    const { name } = field
    if (state?.expired.has(name) || (allowed && !allowed.has(name))) continue
    const value = source[name]
    if (value === undefined || (field.isKey && target.identity)) continue
    if (target.expired.has(name) || !sameValue(field, target.object[name], value))
      setAttribute(target, name, keptValue(field, value))
  }
}

/** Only relations that stand on the argument count; a list replaces the target's. */
function* mergeRelation(merging: Merging, relation: Relation, copy: Copy): Steps<void> {
  const { source, state, target, allowed } = copy
  const { name } = relation
  const value = state?.expired.has(name) ? undefined : source[name]
  if (value === undefined) return
  if (value === null) return setAttribute(target, name, null)
  const merged = new Set<Entity>()
  for (const member of (relation.isList ? value : [value]) as Entity[])
    merged.add((yield* mergeOne(merging, relation.target, member, allowed?.get(name))).object)
  const members = [...merged]
  setAttribute(target, name, relation.isList ? members : members[0])
}

function refuseOtherVersion(core: SessionCore, target: EntityState, source: Entity): void {
  const version = core.versionField(target.model)
  if (version === undefined || !target.identity || source[version] === undefined) return
  const known = target.baseline?.[version]
  if (known === undefined || String(known) === String(source[version])) return
  throw new StaleDataError(
    `merge(): ${target.label} is in version ${String(known)}, the argument in ${String(source[version])}: read it again and repeat the change`,
  )
}

function takeAsClean(target: EntityState): void {
  takeBaseline(target, target.object)
  for (const { name } of target.model.relations) {
    const value = target.object[name] as Entity | null | Entity[] | undefined
    if (value !== undefined) setLoaded(target, name, value)
  }
}
