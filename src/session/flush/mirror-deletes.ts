import type { Relation } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import { becomeDeleted, markStale } from '../objects/lifecycle.js'
import { LoadedRows } from '../objects/loaded-rows.js'
import { owningRelations } from '../objects/relations.js'
import type { Entity, EntityState } from '../objects/state.js'
import type { TransactionState } from '../transaction/transaction-state.js'
import type { FlushDraft } from './flush-draft.js'
import { clearKey } from './follow-relations.js'
import { ListChanges } from './list-changes.js'

/** What the schema's `onDelete` did in the database is done to the loaded objects, however long the chains are. */
export function mirrorDeletes(
  core: SessionCore,
  transaction: TransactionState,
  deleted: readonly EntityState[],
  replaced: ReplacedParents = noneReplaced,
): void {
  if (deleted.length === 0) return
  const rows = new LoadedRows(core)
  const gone = new Set(deleted)
  const reached = reachedBy(rows, gone, replaced)
  for (const state of gone) {
    if (state.lifecycle === 'deleted') continue
    transaction.remember(state)
    becomeDeleted(core, state, transaction)
  }
  leaveLists(core, rows, transaction, gone)
  for (const [child, relation] of reached.cleared) if (!gone.has(child)) clearKey(transaction, child, relation)
  for (const child of reached.defaulted) if (!gone.has(child)) markStale(core, child)
  // Where a deleted row was never loaded, nothing tells which children its values had: all are read again.
  for (const { model } of reached.unknown) for (const child of core.identityMap.statesOf(model)) markStale(core, child)
}

/** Deleted objects whose place another row has taken in the same flush, with the children that were theirs, by relation. */
export type ReplacedParents = ReadonlyMap<EntityState, ReadonlyMap<Relation, readonly EntityState[]>>

const noneReplaced: ReplacedParents = new Map()

/**
 * Finds the children of deleted objects that may be replaced. To be called before the writes are taken as known: afterwards
 * the children of the new row look like theirs.
 */
export function childrenOfReplaced(rows: LoadedRows, { written, deleted }: FlushDraft): ReplacedParents {
  if (deleted.length === 0 || written.length === 0) return noneReplaced
  const models = new Set(written.map(({ state }) => state.model))
  const nodes = new Map(written.map((node) => [node.state, node]))
  const found = new Map<EntityState, Map<Relation, readonly EntityState[]>>()
  const parents = new Set(deleted)
  for (const parent of parents) {
    if (!models.has(parent.model)) continue
    const children = new Map<Relation, readonly EntityState[]>()
    for (const relation of parent.model.referrers) {
      const stays = (child: EntityState) => {
        const node = nodes.get(child)
        return !node || !relation.fields.some((name) => name in node.values || name in node.refs)
      }
      const former = rows.children(relation, parent.baseline ?? {}).filter(stays)
      children.set(relation, former)
      if (relation.onDelete === 'Cascade') for (const child of former) parents.add(child) // the loop comes to them
    }
    found.set(parent, children)
  }
  return found
}

interface Reached {
  readonly cleared: readonly (readonly [EntityState, Relation])[]
  readonly defaulted: readonly EntityState[]
  readonly unknown: ReadonlySet<Relation>
}

/** Adds to `gone` what is deleted with it, and gives what else the deletes reach. */
function reachedBy(rows: LoadedRows, gone: Set<EntityState>, replaced: ReplacedParents): Reached {
  const cleared: [EntityState, Relation][] = []
  const defaulted: EntityState[] = []
  const unknown = new Set<Relation>()
  for (const state of gone) {
    const { model, baseline } = state
    for (const relation of model.referrers) {
      const { onDelete, references } = relation
      if (onDelete === 'Restrict' || onDelete === 'NoAction') continue
      const parent = baseline ?? {}
      if (references.some((name) => parent[name] === undefined)) unknown.add(relation)
      const former = replaced.get(state)?.get(relation)
      const children = former && isTaken(rows, relation, parent) ? former : rows.children(relation, parent)
      for (const child of children) {
        if (onDelete === 'Cascade') gone.add(child)
        else if (onDelete === 'SetNull') cleared.push([child, relation])
        else defaulted.push(child)
      }
    }
  }
  return { cleared, defaulted, unknown }
}

/** True when another object has the values that foreign keys to the parent refer to. */
function isTaken(rows: LoadedRows, relation: Relation, parent: Entity): boolean {
  const source = relation.fields.map((name, index) => [name, parent[relation.references[index] as string]] as const)
  return Boolean(rows.target(relation, Object.fromEntries(source)))
}

/** Takes deleted objects out of the loaded lists of others. */
function leaveLists(
  core: SessionCore,
  rows: LoadedRows,
  transaction: TransactionState,
  gone: ReadonlySet<EntityState>,
): void {
  const changes = new ListChanges(transaction)
  for (const state of gone) {
    for (const relation of owningRelations(state.model)) {
      const parent = state.baseline && rows.target(relation, state.baseline)
      if (parent && !gone.has(parent)) changes.leave(parent, relation.inverse, state)
    }
  }
  const linked = new Map<Entity, EntityState>()
  const models = new Set([...gone].map(({ model }) => model))
  const links = [...models].flatMap(({ relations }) => relations.filter(({ isManyToMany }) => isManyToMany))
  if (links.length > 0) for (const state of gone) linked.set(state.object, state)
  for (const { target, inverse } of links) {
    for (const owner of core.identityMap.statesOf(target)) {
      const members = owner.related.get(inverse.name)
      for (const member of Array.isArray(members) ? (members as readonly Entity[]) : []) {
        const state = linked.get(member)
        if (state) changes.leave(owner, inverse, state)
      }
    }
  }
  changes.apply()
}
