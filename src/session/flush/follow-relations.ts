import type { Relation, ScalarField } from '../../model/model.js'
import { keptValue, sameValue } from '../../model/values.js'
import type { Refs, Values } from '../../writing/flush-plan.js'
import type { SessionCore } from '../core.js'
import { setAttribute } from '../objects/attributes.js'
import { LoadedRows } from '../objects/loaded-rows.js'
import { owningRelations, realign, setLoaded } from '../objects/relations.js'
import type { EntityState } from '../objects/state.js'
import type { TransactionState } from '../transaction/transaction-state.js'
import type { FlushDraft } from './flush-draft.js'
import type { RelationChanges } from './foreign-keys.js'
import type { ListChanges } from './list-changes.js'

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
  rows: LoadedRows,
  state: EntityState,
  values: Values,
  refs: Refs,
  pointed?: ReadonlyMap<Relation, EntityState | null>,
): void {
  for (const relation of owningRelations(state.model)) {
    if (!isAnyIn(relation.fields, values, refs)) continue
    const from = state.baseline ? (rows.target(relation, state.baseline) ?? null) : null
    moves.push({ child: state, relation, from, to: pointed?.get(relation) })
  }
}

function isAnyIn(names: readonly string[], values: Values, refs: Refs): boolean {
  for (const name of names) if (name in values || name in refs) return true
  return false
}

/** The other sides of relations, where they are loaded, follow; so do the loaded objects on this side. */
export function followMoves(core: SessionCore, changes: ListChanges, moves: readonly KeyMove[]): void {
  const rows = new LoadedRows(core)
  for (const { child, relation, from, to } of moves) {
    const target = to === undefined ? (rows.target(relation, child.object) ?? null) : to
    realign(rows, child)
    if (from && from !== target) changes.leave(from, relation.inverse, child)
    if (target) changes.join(target, relation.inverse, child)
  }
}

/** Rows that point to one which another object takes over point to that object. */
export function followSwitches(
  rows: LoadedRows,
  changes: ListChanges,
  switched: ReadonlyMap<EntityState, EntityState>,
): void {
  for (const [fresh, old] of switched) {
    for (const relation of fresh.model.referrers) {
      for (const child of rows.children(relation, old.baseline ?? {})) {
        if (child.related.get(relation.name) === old.object) changes.join(child, relation, fresh)
        changes.join(fresh, relation.inverse, child)
      }
    }
  }
}

/** Deleted objects leave the lists that they were put in since the last flush, too. */
export function followDeletes(changes: ListChanges, { deleted, changes: { foreignKeys } }: FlushDraft): void {
  for (const state of deleted)
    for (const [relation, target] of foreignKeys.get(state) ?? [])
      if (target) changes.leave(target, relation.inverse, state)
}

export function followLinks(changes: ListChanges, links: RelationChanges['links']): void {
  for (const [relation, owners] of links) {
    for (const [owner, { connect, disconnect }] of owners) {
      for (const other of connect) {
        changes.join(owner, relation, other)
        changes.join(other, relation.inverse, owner)
      }
      for (const other of disconnect) {
        changes.leave(owner, relation, other)
        changes.leave(other, relation.inverse, owner)
      }
    }
  }
}

/** Empties a foreign key that the database has emptied. */
export function clearKey(transaction: TransactionState, child: EntityState, relation: Relation): void {
  transaction.remember(child)
  for (const name of relation.fields) followKey(child, name, null)
  if (child.related.has(relation.name)) setLoaded(child, relation.name, null)
}

/** Takes a value that the database has set; one that the program set and did not flush stays. */
export function followKey(child: EntityState, name: string, value: unknown): void {
  if (child.expired.has(name)) return // the next load reads it
  const field = child.model.fields.get(name) as ScalarField
  if (sameValue(field, child.object[name], child.baseline?.[name])) setAttribute(child, name, keptValue(field, value))
  child.setBaseline(field, value)
}
