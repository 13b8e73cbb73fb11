import { DetachedInstanceError, MissingAwaitError, ObjectDeletedError } from '../../errors.js'
import type { ScalarField } from '../../model/model.js'
import { isSameKind, keptValue } from '../../model/values.js'
import { type Entity, type EntityState, hideInherited } from './state.js'

/**
 * Makes the next reading of an attribute load it. Only then does an accessor stand on the user's object. What was never
 * there stays out of JSON, copies and Object.keys, as a column that Prisma omits.
 */
export function expireAttribute(state: EntityState, name: string): void {
  if (state.baseline) delete state.baseline[name]
  state.dropRelated(name)
  state.unflag(name)
  if (state.expired.has(name)) return
  const isShown = !state.dropHidden(name) && state.object[name] !== undefined
  const isDefined = Reflect.defineProperty(state.object, name, {
    enumerable: isShown,
    configurable: true,
    get: () => readExpired(state, name),
    set: (value: unknown) => settle(state, name, value),
  })
  if (isDefined) state.addExpired(name)
  else keepReadable(state, name)
}

/** A property that no accessor can replace, as on a sealed object, is read again with its object. */
function keepReadable(state: EntityState, name: string): void {
  noteFixed(state, name)
  state.isStale = true
}

/** Sets an attribute, expired or not, without taking the value as the database's. */
export function setAttribute(state: EntityState, name: string, value: unknown): void {
  if (state.expired.has(name)) settle(state, name, value)
  else setValue(state, name, value)
}

/** Takes a property off the object where the program lets it. */
export function removeValue(state: EntityState, name: string): void {
  try {
    delete state.object[name] // much quicker than Reflect.deleteProperty
    if (state.model.inherited.includes(name)) hideInherited(state.object, name)
  } catch {
    noteFixed(state, name)
  }
}

/** Writes a property of the object where the program lets it: the object may be frozen, or have an accessor of its own. */
function setValue(state: EntityState, name: string, value: unknown): void {
  const { object } = state
  if (object[name] === value && Object.hasOwn(object, name)) return
  try {
    object[name] = value // much quicker than Reflect.set
    state.dropFixed(name)
  } catch {
    if (Reflect.set(object, name, value)) state.dropFixed(name)
    else noteFixed(state, name)
  }
}

function noteFixed(state: EntityState, name: string): void {
  const field = state.model.fields.get(name)
  const value = state.object[name]
  state.setFixed(name, field?.kind === 'scalar' ? keptValue(field, value) : value)
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
    state.unflag(name)
    if (!field || state.expired.has(name)) continue
    if (field.kind === 'scalar') {
      discardScalar(state, field)
    } else if (state.related.has(name)) {
      restoreRelation(state, name)
    } else if (state.identity) {
      removeValue(state, name) // assigned, never loaded
    }
  }
}

function discardScalar(state: EntityState, field: ScalarField): void {
  const { baseline, object } = state
  if (baseline && Object.hasOwn(baseline, field.name)) {
    const known = baseline[field.name]
    if (!isSameKind(field, known, object[field.name])) setValue(state, field.name, keptValue(field, known))
  } else if (!field.isKey) expireAttribute(state, field.name) // assigned over what was not loaded
}

function restoreRelation(state: EntityState, name: string): void {
  const known = state.related.get(name)
  const list = state.object[name]
  if (!Array.isArray(known)) setValue(state, name, known)
  else if (Array.isArray(list)) replaceMembers(ownList(state, name), known)
  else setValue(state, name, [...known])
  if (Array.isArray(known)) state.setList(name, state.object[name])
}

/** The very array that the program may hold; where that is frozen, a new one in its place. */
export function ownList(state: EntityState, name: string): Entity[] {
  const list = state.object[name] as Entity[]
  if (!Object.isFrozen(list)) return list
  const copy = [...list]
  setValue(state, name, copy)
  return copy
}

/** Gives a list other members. It stays the array that the user may hold; as arguments of one call, many would not fit on the stack. */
export function replaceMembers(list: unknown[], members: readonly unknown[]): void {
  list.length = 0
  for (const member of members) list.push(member)
}

/** Takes a relation off the object: not loaded. */
export function unloadRelation(state: EntityState, name: string): void {
  state.dropRelated(name)
  state.unflag(name)
  state.dropExpired(name)
  removeValue(state, name)
}

function settle(state: EntityState, name: string, value: unknown): void {
  state.dropExpired(name)
  const property = { value, enumerable: true, configurable: true, writable: true }
  if (!Reflect.defineProperty(state.object, name, property)) state.setFixed(name, value) // frozen with its accessor
}

/** True for an expired attribute that was never there. */
export function isHidden({ object, expired }: EntityState, name: string): boolean {
  return expired.has(name) && !Object.prototype.propertyIsEnumerable.call(object, name)
}

/** Keeps a loaded attribute out of JSON, copies and Object.keys. */
export function hideAttribute(state: EntityState, name: string): void {
  if (state.expired.has(name)) return
  state.addHidden(name)
  Reflect.defineProperty(state.object, name, { enumerable: false })
}

function readExpired(state: EntityState, name: string): unknown {
  const { session } = state
  if (state.fixed.has(name)) return state.fixed.get(name)
  if (!session) {
    throw new DetachedInstanceError(
      `${state.label}.${name} is not loaded and the object belongs to no session: add() it to one and refresh it`,
    )
  }
  if (session.loadNow) {
    session.loadNow(state, name)
    if (!state.expired.has(name)) return state.object[name]
    throw new ObjectDeletedError(`${state.label}.${name} was not in what the database returned: refresh() the object`)
  }
  throw new MissingAwaitError(
    `${state.label}.${name} is not loaded, and reading cannot wait for the database: await session.refresh(object, ['${name}']) first`,
  )
}
