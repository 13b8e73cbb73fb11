import { noRefs, type Values } from '../../writing/flush-plan.js'
import type { SessionCore } from '../core.js'
import type { LoadedRows } from '../objects/loaded-rows.js'
import { type EntityState, identityOf, keyValues } from '../objects/state.js'
import type { TransactionState } from '../transaction/transaction-state.js'
import type { Change } from './cascaded-keys.js'
import type { FlushDraft } from './flush-draft.js'
import { addMovedKeys, followKey, type KeyMove } from './follow-relations.js'
import type { RowNode } from './row-nodes.js'

/** A loaded object whose row the database changes, because a flush changes keys that it points to. */
export interface FollowingChild {
  readonly child: EntityState
  readonly changes: ReadonlyMap<string, Change>
}

/** Finds them, and adds the moves of their foreign keys. To be called before the writes are taken as known, while baselines still tell what the rows pointed to. */
export function childrenOfMoved(
  core: SessionCore,
  moves: KeyMove[],
  rows: LoadedRows,
  { cascaded, written, deleted }: FlushDraft,
): readonly FollowingChild[] {
  if (cascaded.isEmpty) return []
  const nodes = new Map(written.map((node) => [node.state, node]))
  const found: FollowingChild[] = []
  const look = (child: EntityState) => {
    const changes = child.baseline && cascaded.changesOf(child.model, child.baseline)
    if (!changes) return
    // What the flush itself has written stays as it was written.
    const node = nodes.get(child)
    if (node) for (const name of changes.keys()) if (name in node.values || name in node.refs) changes.delete(name)
    if (changes.size === 0) return
    found.push({ child, changes })
    if (!child.isMarked) addMovedKeys(moves, rows, child, Object.fromEntries(changes), noRefs)
  }
  for (const model of core.models.all())
    if (cascaded.reaches(model)) for (const child of core.identityMap.statesOf(model)) if (!child.isMarked) look(child)
  for (const child of deleted) look(child) // of which others may be children
  return found
}

/** Does to loaded objects what the schema's `onUpdate` did in the database. */
export function mirrorKeyChanges(
  core: SessionCore,
  transaction: TransactionState,
  following: readonly FollowingChild[],
  knownOf: (node: RowNode) => Values,
): void {
  for (const { child, changes } of following) {
    transaction.remember(child)
    const values: Record<string, unknown> = {}
    for (const [name, { node, field }] of changes) values[name] = node ? knownOf(node)[field] : null
    for (const name of changes.keys()) followKey(child, name, values[name])
    moveIdentity(core, child, values)
  }
}

/** Keeps an object under the key that its row has got. */
export function moveIdentity(core: SessionCore, state: EntityState, known: Values): void {
  const { identity, model } = state
  if (
    !identity ||
    !model.key.some((name, index) => Object.hasOwn(known, name) && known[name] !== identity.values[index])
  )
    return
  const moved = identityOf(model, { ...keyValues(identity), ...known })
  if (!moved || moved.text === identity.text) return
  core.identityMap.delete(state)
  state.identity = moved
  if (state.lifecycle === 'persistent') core.identityMap.set(state)
}
