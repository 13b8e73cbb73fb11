import { InvalidRequestError } from '../../errors.js'
import type { SessionCore } from '../core.js'
import { meetEntity } from '../verbs/add.js'
import { isChanged } from './changes.js'
import { checkNames } from './keys.js'
import {
  type EntityState,
  isMarkedDetached,
  type Lifecycle,
  markDetached,
  markedModel,
  requireState,
  stateOf,
} from './state.js'
export interface Inspection {
  readonly model: string
  readonly key: readonly unknown[] | null
  readonly state: Lifecycle
  readonly modified: boolean
  readonly expired: readonly string[]
  readonly partial: readonly string[]
  readonly stale: boolean
  readonly wasDeleted: boolean
  readonly session: object | null
}

/** What sessions know of an object. Mirrors SQLAlchemy's `inspect()`. */
export function inspect(object: unknown): Inspection {
  const state = stateOf(object)
  const marked = markedModel(object)
  if (!state && marked !== undefined) return unseen(object as object, marked)
  return inspected(state ?? requireState(object, 'inspect'))
}

/** Whether the object has a net change. Mirrors `Session.is_modified()`. */
export function isModified(core: SessionCore, object: unknown, includeCollections: boolean): boolean {
  return isChanged(meetEntity(core, object, 'isModified'), includeCollections)
}

/** Whether the object is pending or persistent here. */
export function contains(core: SessionCore, object: unknown): boolean {
  const state = meetEntity(core, object, 'contains')
  return state.session === core && (state.lifecycle === 'pending' || state.lifecycle === 'persistent')
}

/**
 * Makes the next flush write the named fields whatever their values, and read the members of a relation before it writes
 * them. Mirrors SQLAlchemy's `flag_modified()`.
 */
export function markModified(object: unknown, names: unknown): void {
  const state = requireState(object, 'markModified')
  for (const name of checkNames(state.model, names, 'markModified')) {
    if (state.expired.has(name) || state.object[name] === undefined) {
      throw new InvalidRequestError(
        `markModified(): ${state.label}.${name} is not loaded: refresh() it, or assign a value first`,
      )
    }
    if (state.identity) state.flag(name)
  }
}

/** Says that a new object stands for an existing row. Mirrors `make_transient_to_detached()`. */
export function makeTransientToDetached(object: unknown): void {
  const state = stateOf(object)
  if (state && (state.session || state.identity)) {
    throw new InvalidRequestError(
      `makeTransientToDetached(): ${state.label} belongs to a session or has a row already: it takes new objects, from entity()`,
    )
  }
  if (markedModel(object) === undefined) requireState(object, 'makeTransientToDetached')
  markDetached(object as object)
}

function inspected(state: EntityState): Inspection {
  const session = state.session?.isAbandoned ? null : state.session
  return {
    model: state.model.name,
    key: state.identity ? state.identity.values : null,
    state: state.session && !session ? 'detached' : state.lifecycle,
    modified: isChanged(state),
    expired: [...state.expired],
    partial: [...state.partial.keys()],
    stale: state.isStale,
    wasDeleted: state.wasDeleted || state.lifecycle === 'deleted',
    session: session?.face ?? null,
  }
}

function unseen(object: object, model: string): Inspection {
  const state = isMarkedDetached(object) ? 'detached' : 'transient'
  const modified = Object.keys(object).length > 0
  return { model, key: null, state, modified, expired: [], partial: [], stale: false, wasDeleted: false, session: null }
}
