import { handlesUpdate, type Model, type Relation, type ScalarField } from '../../model/model.js'
import { sameValue } from '../../model/values.js'
import type { Values } from '../../writing/flush-plan.js'
import type { LoadedRows } from '../objects/loaded-rows.js'
import type { Entity, EntityState } from '../objects/state.js'
import type { TransactionState } from '../transaction/transaction-state.js'
import type { FlushDraft } from './flush-draft.js'
import { clearKey, followKey, type KeyMove } from './follow-relations.js'

/** A loaded object whose foreign key the database changes, because a flush changed what it points to. */
export interface FollowingChild {
  readonly child: EntityState
  readonly relation: Relation
  readonly parent: EntityState
}

/** Finds them. To be asked before the writes are taken as known, while baselines still tell what the rows pointed to. */
export function childrenOfMoved(
  rows: LoadedRows,
  { written }: FlushDraft,
  known: readonly Values[],
): readonly FollowingChild[] {
  const found: FollowingChild[] = []
  for (const [index, { state: parent }] of written.entries()) {
    const { model, baseline } = parent
    if (!baseline || !isReferenceSet(model, known[index] as Values)) continue
    for (const relation of model.referrers) {
      if (!handlesUpdate(relation) || !isMoved(relation, baseline, known[index] as Values)) continue
      for (const child of rows.children(relation, baseline)) found.push({ child, relation, parent })
    }
  }
  return found
}

/** Does what the schema's `onUpdate` did in the database. What the flush itself has moved stays as it was written. */
export function mirrorKeyChanges(
  transaction: TransactionState,
  following: readonly FollowingChild[],
  moves: readonly KeyMove[],
): void {
  if (following.length === 0) return
  const moved = new Map<EntityState, Set<Relation>>()
  for (const { child, relation } of moves) moved.set(child, (moved.get(child) ?? new Set()).add(relation))
  for (const { child, relation, parent } of following) {
    if (moved.get(child)?.has(relation)) continue
    if (relation.onUpdate === 'SetNull') clearKey(transaction, child, relation)
    else moveKey(transaction, child, relation, parent)
  }
}

function moveKey(transaction: TransactionState, child: EntityState, relation: Relation, parent: EntityState): void {
  transaction.remember(child)
  for (const [index, name] of relation.fields.entries())
    followKey(child, name, parent.baseline?.[relation.references[index] as string])
}

function isReferenceSet(model: Model, known: Values): boolean {
  return referencedFields(model).some((name) => Object.hasOwn(known, name))
}

function isMoved({ references, target }: Relation, before: Entity, known: Values): boolean {
  return references.some(
    (name) =>
      Object.hasOwn(known, name) && !sameValue(target.fields.get(name) as ScalarField, before[name], known[name]),
  )
}

/** The fields that foreign keys of other rows point to. */
function referencedFields(model: Model): readonly string[] {
  let fields = referenced.get(model)
  if (!fields) {
    fields = [...new Set(model.referrers.flatMap(({ references }) => references))]
    referenced.set(model, fields)
  }
  return fields
}

const referenced = new WeakMap<Model, readonly string[]>()
