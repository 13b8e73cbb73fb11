import type { Relation } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import { becomeDeleted, markStale } from '../objects/lifecycle.js'
import { LoadedRows } from '../objects/loaded-rows.js'
import { owningRelations } from '../objects/relations.js'
import type { Entity, EntityState } from '../objects/state.js'
import type { TransactionState } from '../transaction/transaction-state.js'
import { clearKey } from './follow-relations.js'
import { ListChanges } from './list-changes.js'

/** What the schema's `onDelete` did in the database is done to the loaded objects, however long the chains are. */
export function mirrorDeletes(core: SessionCore, transaction: TransactionState, deleted: readonly EntityState[]): void {
  if (deleted.length === 0) return
  const rows = new LoadedRows(core)
  const gone = new Set(deleted)
  const reached = reachedBy(rows, gone)
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

interface Reached {
  readonly cleared: readonly (readonly [EntityState, Relation])[]
  readonly defaulted: readonly EntityState[]
  readonly unknown: ReadonlySet<Relation>
}

/** Adds to `gone` what is deleted with it, and gives what else the deletes reach. */
function reachedBy(rows: LoadedRows, gone: Set<EntityState>): Reached {
  const cleared: [EntityState, Relation][] = []
  const defaulted: EntityState[] = []
  const unknown = new Set<Relation>()
  for (const { model, baseline } of gone) {
    for (const relation of model.referrers) {
      const { onDelete, references } = relation
      if (onDelete === 'Restrict' || onDelete === 'NoAction') continue
      const parent = baseline ?? {}
      if (references.some((name) => parent[name] === undefined)) unknown.add(relation)
      for (const child of rows.children(relation, parent)) {
        if (onDelete === 'Cascade') gone.add(child)
        else if (onDelete === 'SetNull') cleared.push([child, relation])
        else defaulted.push(child)
      }
    }
  }
  return { cleared, defaulted, unknown }
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
