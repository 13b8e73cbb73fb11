import { InvalidRequestError } from '../../errors.js'
import type { SessionCore } from '../core.js'
import { removeValue } from '../objects/attributes.js'
import { becomeDetached, becomeTransient } from '../objects/lifecycle.js'
import {
  type EntityState,
  markedModel,
  refuseForeign,
  requireState,
  stateOf,
  unmarkDetached,
} from '../objects/state.js'
import { startInMemory } from '../transaction/in-transaction.js'
import { attachDetached, meetEntity } from './add.js'
/** Marks an object: its row is deleted by the next flush. Mirrors `Session.delete()`. */
export function remove(core: SessionCore, object: unknown): void {
  const state = meetEntity(core, object, 'delete')
  refuseForeign(state, core, 'delete')
  if (state.lifecycle === 'transient' || state.lifecycle === 'pending') {
    throw new InvalidRequestError(`delete(): ${state.label} is not persisted: expunge() takes back an add()`)
  }
  startInMemory(core)
  if (state.lifecycle === 'detached' && !state.wasDeleted) attachDetached(core, state)
  state.session = core
  state.isMarked = true
  core.marked.add(state)
  core.events.tellNow()
}

/** Takes an object out of the session; nothing is written. Mirrors `Session.expunge()`. */
export function expunge(core: SessionCore, object: unknown): void {
  const state = meetEntity(core, object, 'expunge')
  if (state.session !== core) throw new InvalidRequestError(`expunge(): ${state.label} is not present in this session`)
  takeOut(core, state)
  core.events.tellNow()
}

/** Takes every object out. Mirrors `Session.expunge_all()`. */
export function expungeAll(core: SessionCore): void {
  for (const state of everyState(core)) takeOut(core, state)
  core.events.tellNow()
}

/** Every object of the session: persistent, pending, and deleted in the open transaction. */
export function everyState(core: SessionCore): EntityState[] {
  const found = new Set([...core.identityMap.states(), ...core.pending, ...core.marked])
  for (let transaction = core.transaction; transaction; transaction = transaction.parent) {
    for (const state of transaction.removed) if (state.session === core) found.add(state)
  }
  return [...found]
}

/** Turns an object of whatever state into a new one, as if never seen. Mirrors `make_transient()`. */
export function makeTransient(object: unknown): void {
  if (!stateOf(object) && markedModel(object) !== undefined) {
    unmarkDetached(object as object)
    return
  }
  const state = requireState(object, 'makeTransient')
  const { session } = state
  if (session) {
    takeOut(session, state)
    session.events.tellNow()
  }
  for (const name of state.expired) removeValue(state, name)
  state.clearExpired()
  state.clearRelated()
  Object.assign(state, {
    lifecycle: 'transient',
    identity: null,
    baseline: null,
    isStale: false,
    wasDeleted: false,
    filled: [],
  })
}

function takeOut(core: SessionCore, state: EntityState): void {
  // What open savepoints wrote to its row can be undone in memory no more: another object may be loaded for it.
  for (let { transaction } = core; transaction; transaction = transaction.parent) {
    if (transaction.hasTouched(state)) transaction.hasOtherWrites = true
  }
  if (state.lifecycle === 'pending') becomeTransient(core, state)
  else becomeDetached(core, state)
}
