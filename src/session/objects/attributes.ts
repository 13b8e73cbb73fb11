import { DetachedInstanceError, MissingAwaitError, ObjectDeletedError } from '../../errors.js'
import type { ScalarField } from '../../model/model.js'
import { keptValue } from '../../model/values.js'
import type { EntityState } from './state.js'
/** Makes the next reading of an attribute load it. Only then does an accessor stand on the user's object. */
export function expireAttribute(state: EntityState, name: string): void {
  if (state.baseline) delete state.baseline[name]
  state.dropRelated(name)
  if (state.expired.has(name)) return
  state.addExpired(name)
  Object.defineProperty(state.object, name, {
    enumerable: true,
    configurable: true,
    get: () => readExpired(state, name),
    set: (value: unknown) => settle(state, name, value),
  })
}

/** Sets an attribute, expired or not, without taking the value as the database's. */
export function setAttribute(state: EntityState, name: string, value: unknown): void {
  if (state.expired.has(name)) settle(state, name, value)
  else state.object[name] = value
}

/** Sets a scalar to what the database holds. */
export function loadAttribute(state: EntityState, field: ScalarField, value: unknown): void {
  setAttribute(state, field.name, value)
  state.setBaseline(field, value)
}

/** Puts back the last known database values of the named attributes; what was never loaded stays as it is. */
export function discardChanges(state: EntityState, names: Iterable<string>): void {
  for (const name of names) {
    const field = state.model.fields.get(name)
    if (!field || state.expired.has(name)) continue
    if (field.kind === 'scalar') {
      discardScalar(state, field)
    } else if (state.related.has(name)) {
      restoreRelation(state, name)
    } else if (state.identity) {
      delete state.object[name] // assigned, never loaded
    }
  }
}

function discardScalar(state: EntityState, field: ScalarField): void {
  const { baseline, object } = state
  if (baseline && Object.hasOwn(baseline, field.name)) object[field.name] = keptValue(field, baseline[field.name])
  else if (!field.isKey) expireAttribute(state, field.name) // assigned over what was not loaded
}

function restoreRelation(state: EntityState, name: string): void {
  const known = state.related.get(name)
  if (!Array.isArray(known)) {
    state.object[name] = known
    return
  }
  const list = state.object[name]
  if (Array.isArray(list)) replaceMembers(list, known)
  else state.object[name] = [...known]
}

/** Gives a list other members. It stays the array that the user may hold; as arguments of one call, many would not fit on the stack. */
export function replaceMembers(list: unknown[], members: readonly unknown[]): void {
  list.length = 0
  for (const member of members) list.push(member)
}

/** Takes a relation off the object: not loaded. */
export function unloadRelation(state: EntityState, name: string): void {
  state.dropRelated(name)
  state.dropExpired(name)
  delete state.object[name]
}

function settle(state: EntityState, name: string, value: unknown): void {
  state.dropExpired(name)
  Object.defineProperty(state.object, name, { value, enumerable: true, configurable: true, writable: true })
}

function readExpired(state: EntityState, name: string): unknown {
  const { session } = state
  if (!session) {
    throw new DetachedInstanceError(
      `${state.label}.${name} is not loaded and the object belongs to no session: add() it to one and refresh it`,
    )
  }
  if (session.loadNow) {
    session.loadNow(state)
    if (!state.expired.has(name)) return state.object[name]
    throw new ObjectDeletedError(`${state.label}.${name} was not in what the database returned: refresh() the object`)
  }
  throw new MissingAwaitError(
    `${state.label}.${name} is not loaded, and reading cannot wait for the database: await session.refresh(object, ['${name}']) first`,
  )
}
