import { handlesUpdate, type Model, type Relation, type ScalarField } from '../../model/model.js'
import { keptValue, keyText, sameValue } from '../../model/values.js'
import type { Refs, Values } from '../../writing/flush-plan.js'
import type { SessionCore } from '../core.js'
import { setAttribute } from '../objects/attributes.js'
import { becomeDeleted, markStale } from '../objects/lifecycle.js'
import { loadedTarget, owningRelations, realign, setLoaded } from '../objects/relations.js'
import type { Entity, EntityState } from '../objects/state.js'
import type { TransactionState } from '../transaction/transaction-state.js'
import type { RelationChanges } from './foreign-keys.js'
/** A foreign key that a flush set: which loaded object it left, and which one it points to now. */
export interface KeyMove {
  readonly child: EntityState
  readonly relation: Relation
  readonly from: EntityState | null
  /** Undefined when the key was set as a scalar: the object is looked up. */
  readonly to: EntityState | null | undefined
}

/** To be asked before a write is taken as known, while the baseline still tells where the row pointed. */
export function addMovedKeys(
  moves: KeyMove[],
  core: SessionCore,
  state: EntityState,
  values: Values,
  refs: Refs,
  pointed?: ReadonlyMap<Relation, EntityState | null>,
): void {
  for (const relation of owningRelations(state.model)) {
    if (!isAnyIn(relation.fields, values, refs)) continue
    const from = state.baseline ? (loadedTarget(core, relation, state.baseline) ?? null) : null
    moves.push({ child: state, relation, from, to: pointed?.get(relation) })
  }
}

function isAnyIn(names: readonly string[], values: Values, refs: Refs): boolean {
  for (const name of names) if (name in values || name in refs) return true
  return false
}

/** The other side of a relation, where it is loaded, follows; so does the loaded object on this side. */
export function followMove(
  core: SessionCore,
  transaction: TransactionState,
  { child, relation, from, to }: KeyMove,
): void {
  const target = to === undefined ? (loadedTarget(core, relation, child.object) ?? null) : to
  realign(core, child)
  if (from && from !== target) dropMember(transaction, from, relation.inverse, child)
  if (target) addMember(transaction, target, relation.inverse, child)
}

export function followLinks(transaction: TransactionState, links: RelationChanges['links']): void {
  for (const [relation, owners] of links) {
    for (const [owner, { connect, disconnect }] of owners) {
      for (const other of connect) {
        addMember(transaction, owner, relation, other)
        addMember(transaction, other, relation.inverse, owner)
      }
      for (const other of disconnect) {
        dropMember(transaction, owner, relation, other)
        dropMember(transaction, other, relation.inverse, owner)
      }
    }
  }
}

/** What the schema's `onDelete` did in the database is done to the loaded objects. */
export function mirrorDeletes(core: SessionCore, transaction: TransactionState, deleted: readonly EntityState[]): void {
  if (deleted.length === 0) return
  leaveLists(core, transaction, deleted)
  const cascaded: EntityState[] = []
  for (const model of new Set(deleted.map((state) => state.model))) {
    const parents = deleted.filter((state) => state.model === model).map(({ baseline }) => baseline ?? {})
    for (const relation of model.referrers) {
      staleUnknown(core, relation, parents)
      for (const child of childrenOf(core, relation, parents)) {
        if (relation.onDelete === 'Cascade') cascaded.push(child)
        else if (relation.onDelete === 'SetNull') clearKey(transaction, child, relation)
        else if (relation.onDelete === 'SetDefault') markStale(core, child)
      }
    }
  }
  for (const state of cascaded) {
    transaction.remember(state)
    becomeDeleted(core, state, transaction)
  }
  mirrorDeletes(core, transaction, cascaded)
}

/** Where a deleted row was never loaded, nobody knows which children its values had: they are all read again. */
function staleUnknown(core: SessionCore, { model, references, onDelete }: Relation, parents: readonly Entity[]): void {
  if (onDelete === 'Restrict' || onDelete === 'NoAction') return
  if (parents.every((parent) => references.every((name) => parent[name] !== undefined))) return
  for (const child of core.identityMap.statesOf(model)) markStale(core, child)
}

/** What the schema's `onUpdate` did in the database, when a key that others point to was changed. */
export function mirrorKeyChange(
  core: SessionCore,
  transaction: TransactionState,
  state: EntityState,
  before: Entity,
): void {
  for (const relation of state.model.referrers) {
    const isMoved = relation.references.some(
      (name) => !sameValue(state.model.fields.get(name) as ScalarField, before[name], state.baseline?.[name]),
    )
    if (!isMoved || !handlesUpdate(relation)) continue
    for (const child of childrenOf(core, relation, [before])) {
      if (relation.onUpdate === 'SetNull') clearKey(transaction, child, relation)
      else moveKey(transaction, child, relation, state)
    }
  }
}

/** The fields that foreign keys of other rows point to. */
export function referencedFields(model: Model): readonly string[] {
  let fields = referenced.get(model)
  if (!fields) {
    fields = [...new Set(model.referrers.flatMap(({ references }) => references))]
    referenced.set(model, fields)
  }
  return fields
}

const referenced = new WeakMap<Model, readonly string[]>()

function moveKey(transaction: TransactionState, child: EntityState, relation: Relation, target: EntityState): void {
  transaction.remember(child)
  for (const [index, name] of relation.fields.entries()) {
    followKey(child, name, target.baseline?.[relation.references[index] as string])
  }
}

function childrenOf(
  core: SessionCore,
  { model, target, fields, references }: Relation,
  parents: readonly Entity[],
): EntityState[] {
  const referenced = target.scalars.filter(({ name }) => references.includes(name))
  const keys = new Set(parents.map((parent) => keyText(referenced, parent)))
  return [...core.identityMap.statesOf(model)].filter(({ baseline }) => {
    if (!baseline || fields.some((name) => baseline[name] === null || baseline[name] === undefined)) return false
    const pointed = Object.fromEntries(references.map((name, index) => [name, baseline[fields[index] as string]]))
    return keys.has(keyText(referenced, pointed))
  })
}

function clearKey(transaction: TransactionState, child: EntityState, relation: Relation): void {
  transaction.remember(child)
  for (const name of relation.fields) followKey(child, name, null)
  if (child.related.has(relation.name)) setLoaded(child, relation.name, null)
}

/** Takes a value that the database has set; one that the program set and did not flush stays. */
function followKey(child: EntityState, name: string, value: unknown): void {
  if (child.expired.has(name)) return // the next load reads it
  const field = child.model.fields.get(name) as ScalarField
  if (sameValue(field, child.object[name], child.baseline?.[name])) setAttribute(child, name, keptValue(field, value))
  child.setBaseline(field, value)
}

/** Deleted objects stand no longer in the loaded lists of others. */
function leaveLists(core: SessionCore, transaction: TransactionState, deleted: readonly EntityState[]): void {
  const leaving = new Map<Relation, Map<EntityState, Set<Entity>>>()
  const leave = (owner: EntityState, relation: Relation, { object }: EntityState) => {
    const owners = leaving.get(relation) ?? new Map<EntityState, Set<Entity>>()
    leaving.set(relation, owners)
    const members = owners.get(owner)
    if (members) members.add(object)
    else owners.set(owner, new Set([object]))
  }
  for (const state of deleted) {
    for (const relation of owningRelations(state.model)) {
      const parent = state.baseline && loadedTarget(core, relation, state.baseline)
      if (parent) leave(parent, relation.inverse, state)
    }
  }
  const gone = new Map(deleted.map((state) => [state.object, state]))
  for (const model of new Set(deleted.map((state) => state.model))) {
    for (const { isManyToMany, target, inverse } of model.relations) {
      if (!isManyToMany) continue
      for (const owner of core.identityMap.statesOf(target)) {
        for (const member of membersOf(owner, inverse)) {
          const state = gone.get(member)
          if (state) leave(owner, inverse, state)
        }
      }
    }
  }
  for (const [relation, owners] of leaving)
    for (const [owner, members] of owners) dropMembers(transaction, owner, relation, members)
}

function membersOf({ related }: EntityState, { name }: Relation): readonly Entity[] {
  const known = related.get(name)
  return Array.isArray(known) ? known : []
}

function addMember(
  transaction: TransactionState,
  owner: EntityState,
  relation: Relation,
  { object }: EntityState,
): void {
  const known = owner.related.get(relation.name)
  if (known === undefined || owner.expired.has(relation.name)) return // not loaded
  if (!relation.isList) {
    if (known !== object) changeKnown(transaction, owner, () => replaceTarget(owner, relation.name, object))
    return
  }
  // A known member that is not in the list was taken out while the flush was under way.
  if (!Array.isArray(known) || known.includes(object)) return
  changeKnown(transaction, owner, () => owner.setRelated(relation.name, [...known, object]))
  const list = owner.object[relation.name] as Entity[]
  if (!list.includes(object)) list.push(object)
}

function dropMember(
  transaction: TransactionState,
  owner: EntityState,
  relation: Relation,
  { object }: EntityState,
): void {
  dropMembers(transaction, owner, relation, new Set([object]))
}

function dropMembers(
  transaction: TransactionState,
  owner: EntityState,
  relation: Relation,
  gone: ReadonlySet<Entity>,
): void {
  const known = owner.related.get(relation.name)
  if (known === undefined || known === null || owner.expired.has(relation.name)) return
  if (!relation.isList) {
    if (gone.has(known as Entity)) changeKnown(transaction, owner, () => replaceTarget(owner, relation.name, null))
    return
  }
  const isLeft = (member: Entity) => !gone.has(member)
  // A member of the list that is not known was put in while the flush was under way.
  if (!Array.isArray(known) || known.every(isLeft)) return
  changeKnown(transaction, owner, () => owner.setRelated(relation.name, known.filter(isLeft)))
  const list = owner.object[relation.name] as Entity[] // the user may hold this very array
  const rest = list.filter(isLeft)
  if (rest.length === list.length) return
  list.length = 0
  for (const member of rest) list.push(member)
}

/** Sets what a to-one relation is known to hold; an object that the program has set since stays. */
function replaceTarget(owner: EntityState, name: string, value: Entity | null): void {
  if (owner.object[name] === owner.related.get(name)) setLoaded(owner, name, value)
  else owner.setRelated(name, value)
}

/** Changes what is known of a relation so that a rollback can put it back. */
function changeKnown(transaction: TransactionState, owner: EntityState, change: () => void): void {
  transaction.remember(owner)
  change()
}
