import type { SessionCore } from '../core.js'
import type { Known, TransactionState } from '../transaction/transaction-state.js'
import { discardChanges, expireAttribute, removeValue, unloadRelation } from './attributes.js'
import { isChanged } from './changes.js'
import type { EntityState, Identity } from './state.js'
/** Changes of state, each in one place. They happen in memory; events are noted and told by the verb that made them. */

export function becomePersistent(core: SessionCore, state: EntityState, identity: Identity): void {
  state.identity = identity
  state.lifecycle = 'persistent'
  state.session = core
  state.isMarked = false
  state.wasDeleted = false
  core.identityMap.set(state)
}

/** The same for an object that may take the place of another of the same key, which is detached then. */
export function takePlace(core: SessionCore, state: EntityState, identity: Identity): void {
  const other = core.identityMap.find(identity)
  if (other && other !== state) becomeDetached(core, other)
  becomePersistent(core, state, identity)
}

/** Its row is deleted in the open transaction, or was found gone; a rollback may bring it back. */
export function becomeDeleted(core: SessionCore, state: EntityState, transaction: TransactionState | null): void {
  core.marked.delete(state)
  state.isMarked = false
  core.identityMap.delete(state)
  state.lifecycle = 'deleted'
  transaction?.removed.add(state)
  core.events.note('persistentToDeleted', state)
}

export function becomeDetached(core: SessionCore, state: EntityState): void {
  core.marked.delete(state)
  core.identityMap.delete(state)
  detach(core, state)
}

/** The same for an object that is in none of the session's collections any more. */
export function detach(core: SessionCore, state: EntityState): void {
  core.events.note(state.lifecycle === 'deleted' ? 'deletedToDetached' : 'persistentToDetached', state)
  state.isMarked = false
  state.lifecycle = 'detached'
  state.session = null
}

/** A pending object leaves the session, or the INSERT of a persistent one was undone. */
export function becomeTransient(core: SessionCore, state: EntityState): void {
  const wasPersistent = state.lifecycle !== 'pending'
  core.events.note(wasPersistent ? 'persistentToTransient' : 'pendingToTransient', state)
  core.pending.delete(state)
  core.marked.delete(state)
  core.identityMap.delete(state)
  for (const name of state.expired) unloadRelation(state, name)
  for (const name of state.filled) removeValue(state, name)
  state.lifecycle = 'transient'
  state.session = null
  state.identity = null
  state.baseline = null
  state.isMarked = false
  state.isStale = false
  state.filled = []
  state.clearRelated()
}

/** Marks a loaded object as to be read again; with `expireOnCommit: true` its attributes really expire. */
export function markStale(core: SessionCore, state: EntityState): void {
  if (core.options.expireOnCommit === true) expireObject(state)
  else state.isStale = true
}

/** Expires every loaded attribute but the key, which the map knows. Local changes are dropped. */
export function expireObject(state: EntityState, names: readonly string[] = loadedNames(state)): void {
  for (const name of names) {
    const field = state.model.fields.get(name)
    if (field?.kind === 'scalar' && field.isKey) discardChanges(state, [name])
    else if (field) expireAttribute(state, name)
  }
}

/** Undoes a level in memory: what was added goes, what was deleted comes back, what was changed is as before. */
export function undo(core: SessionCore, transaction: TransactionState): void {
  for (const state of [...core.pending]) becomeTransient(core, state)
  for (const state of core.marked) state.isMarked = false
  core.marked.clear()
  for (const state of transaction.added) if (state.session === core) becomeTransient(core, state)
  // Objects whose key has moved go back first: another's key, which they may have taken, is then that one's again.
  for (const [state, known] of transaction.before) restoreKnown(core, state, known)
  for (const state of transaction.removed) restoreDeleted(core, state, transaction)
  for (const state of core.identityMap.states()) {
    const isTouched = transaction.before.has(state) || transaction.removed.has(state)
    if (
      transaction.isNested &&
      !transaction.hasOtherWrites &&
      !transaction.root.isHandedOut &&
      !isTouched &&
      !isChanged(state)
    )
      continue
    discardChanges(state, state.model.fields.keys())
    markStale(core, state)
  }
}

/** What a root COMMIT means in memory. */
export function settleCommit(core: SessionCore, transaction: TransactionState): void {
  for (const state of transaction.removed) {
    if (state.lifecycle !== 'deleted') continue
    state.wasDeleted = true
    becomeDetached(core, state)
  }
  if (core.options.expireOnCommit === false) return
  for (const state of core.identityMap.states()) markStale(core, state)
}

/** What a COMMIT means in memory whose answer was lost: everything is read again before it is believed. */
export function settleUnknownCommit(core: SessionCore, transaction: TransactionState): void {
  for (const state of transaction.removed) if (state.lifecycle === 'deleted') becomeDetached(core, state)
  for (const state of core.identityMap.states()) markStale(core, state)
}

function restoreDeleted(core: SessionCore, state: EntityState, transaction: TransactionState): void {
  if (state.lifecycle !== 'deleted' || !state.identity || transaction.added.has(state)) return
  core.events.note('deletedToPersistent', state)
  takePlace(core, state, transaction.before.get(state)?.identity ?? state.identity) // it may have moved before it was deleted
}

function restoreKnown(core: SessionCore, state: EntityState, known: Known): void {
  if (state.session !== core) return
  state.baseline = { ...known.baseline }
  state.clearRelated()
  for (const [name, value] of known.related) state.setRelated(name, value)
  for (const [name, args] of known.partial) state.setPartial(name, args)
  if (state.identity !== known.identity && known.identity) {
    core.identityMap.delete(state)
    state.identity = known.identity
    core.identityMap.set(state)
  }
}

function loadedNames(state: EntityState): string[] {
  return [...state.model.scalars.map(({ name }) => name), ...state.related.keys(), ...assignedRelations(state)]
}

function assignedRelations({ model, object, expired }: EntityState): string[] {
  return model.relations.map(({ name }) => name).filter((name) => !expired.has(name) && object[name] !== undefined)
}
