import { InvalidRequestError, UnmappedInstanceError } from '../../errors.js'
import type { Model, ScalarField } from '../../model/model.js'
import { keptValue, keyText, valueKey } from '../../model/values.js'
import type { SessionCore } from '../core.js'
/** What the session knows of one object. The object itself stays plain: this lives beside it, in a WeakMap. */
export class EntityState {
  readonly object: Entity
  model: Model
  lifecycle: Lifecycle = 'transient'
  /** The session it belongs to: pending, persistent and deleted objects have one. */
  session: SessionCore | null = null
  /** The key of its row, or null before it has one. */
  identity: Identity | null = null
  /** The scalars as last known in the database, by field name; null before there is a row. A missing field is not loaded. */
  baseline: Record<string, unknown> | null = null
  // Most objects have neither, and there may be many objects: empty collections of their own would be half of what they weigh.
  #related: Map<string, KnownRelation> | null = null
  #lists: Map<string, unknown> | null = null
  #partial: Map<string, object> | null = null
  #expired: Set<string> | null = null
  #fixed: Map<string, unknown> | null = null
  #hidden: Set<string> | null = null
  /** Fields that the next flush writes whatever their values. */
  #flagged: Set<string> | null = null
  /** Readable, but to be read again by the next load that meets the row. */
  isStale = false
  /** Marked by `delete()`; the DELETE goes out with the next flush. */
  isMarked = false
  /** Its DELETE was committed. */
  wasDeleted = false
  /** Key fields that a flush filled in, taken away again when the INSERT is rolled back. */
  filled: readonly string[] = noneFilled

  constructor(object: Entity, model: Model) {
    this.object = object
    this.model = model
  }

  /** The loaded relations as last known. */
  get related(): ReadonlyMap<string, KnownRelation> {
    return this.#related ?? noneRelated
  }

  setRelated(name: string, value: KnownRelation): void {
    this.#related ??= new Map()
    this.#related.set(name, value)
  }

  dropRelated(name: string): void {
    this.#related?.delete(name)
    this.#lists?.delete(name)
    this.#partial?.delete(name)
  }

  clearRelated(): void {
    this.#related = null
    this.#lists = null
    this.#partial = null
  }

  /** Notes the array that a relation is read and changed by: another one in its place was assigned by the program. */
  setList(name: string, list: unknown): void {
    this.#lists ??= new Map()
    this.#lists.set(name, list)
  }

  /** True for a relation that the program has assigned, as a whole, since it was last loaded or flushed. */
  isAssigned(name: string): boolean {
    const value = this.object[name]
    return Array.isArray(value) ? value !== this.#lists?.get(name) : value !== this.related.get(name)
  }

  /** The relations of which only some members were loaded, with the arguments that chose them. */
  get partial(): ReadonlyMap<string, object> {
    return this.#partial ?? nonePartial
  }

  setPartial(name: string, args: object | null): void {
    if (args) {
      this.#partial ??= new Map()
      this.#partial.set(name, args)
    } else {
      this.#partial?.delete(name)
    }
  }

  /** Attributes whose next reading must load: they stand on the object as accessors. */
  get expired(): ReadonlySet<string> {
    return this.#expired ?? noNames
  }

  addExpired(name: string): void {
    this.#expired ??= new Set()
    this.#expired.add(name)
  }

  /** Tells whether it was. */
  dropExpired(name: string): boolean {
    return this.#expired?.delete(name) ?? false
  }

  clearExpired(): void {
    this.#expired = null
  }

  /** Attributes that could not be set, as on a frozen object, by name: while they hold the value they held then, it is no change. */
  get fixed(): ReadonlyMap<string, unknown> {
    return this.#fixed ?? noneRelated
  }

  setFixed(name: string, value: unknown): void {
    this.#fixed ??= new Map()
    this.#fixed.set(name, value)
  }

  dropFixed(name: string): void {
    this.#fixed?.delete(name)
  }

  /** Loaded fields that stay out of JSON, copies and Object.keys: the program read them by name. */
  get hidden(): ReadonlySet<string> {
    return this.#hidden ?? noNames
  }

  addHidden(name: string): void {
    this.#hidden ??= new Set()
    this.#hidden.add(name)
  }

  dropHidden(name: string): boolean {
    return this.#hidden?.delete(name) ?? false
  }

  /** Fields marked as modified by the program. */
  get flagged(): ReadonlySet<string> {
    return this.#flagged ?? noNames
  }

  flag(name: string): void {
    this.#flagged ??= new Set()
    this.#flagged.add(name)
  }

  unflag(name: string): void {
    this.#flagged?.delete(name)
  }

  /** A name for messages: `User 7`, or `new User`. */
  get label(): string {
    return this.identity
      ? `${this.model.name} ${this.identity.values.map(String).join(', ')}`
      : `new ${this.model.name}`
  }

  /** Takes a value as what the database holds. */
  setBaseline(field: ScalarField, value: unknown): void {
    if (this.baseline) this.baseline[field.name] = keptValue(field, value)
  }
}

const noneFilled: readonly string[] = []
const noneRelated: ReadonlyMap<string, KnownRelation> = new Map()
const nonePartial: ReadonlyMap<string, object> = new Map()
const noNames: ReadonlySet<string> = new Set()

export type Entity = Record<string, unknown>
/** An entity, null, or a copy of the list. */
export type KnownRelation = Entity | null | readonly Entity[]
export type Lifecycle = 'transient' | 'pending' | 'persistent' | 'deleted' | 'detached'

/** A row's key: its values in the order of the model's key fields, and the text that the identity map goes by. */
export interface Identity {
  readonly model: Model
  readonly values: readonly unknown[]
  readonly text: string
}

/** The state of an object that some session or `entity()` has seen. */
export function stateOf(object: unknown): EntityState | undefined {
  return typeof object === 'object' && object !== null ? Tracked.stateOf(object) : undefined
}

/** Its state; an object never seen is a caller's mistake. */
export function requireState(object: unknown, verb: string): EntityState {
  const state = stateOf(object)
  if (state) return state
  throw new UnmappedInstanceError(
    `${verb}() got ${describe(object)}, which is not an entity of a known model: pass an object that a session gave you, or name the model with entity('User', data)`,
  )
}

/** Makes `object` an entity of `model`, transient. */
export function track(object: object, model: Model): EntityState {
  const state = new EntityState(object as Entity, model)
  for (const name of model.inherited) hideInherited(object, name)
  Tracked.tie(object, state)
  return state
}

/** What an object inherits under a field's name is no value of it. */
export function hideInherited(object: object, name: string): void {
  if (!Object.hasOwn(object, name)) (object as Entity)[name] = undefined
}

/** A base class whose instances are whatever it is given. */
const Given = class {
  constructor(object: object) {
    // biome-ignore lint/correctness/noConstructorReturn: what it is for
    return object
  }
} as new (
  object: object,
) => object

/**
 * Ties the state to an object by a private field, which nobody can see: no reflection shows it, and no copy has it. A
 * WeakMap would do the same, but with many objects its entries cost more, at each garbage collection too, than all else
 * that is done for an object.
 */
class Tracked extends Given {
  #state: EntityState

  constructor(object: object, state: EntityState) {
    super(object)
    this.#state = state
  }

  static tie(object: object, state: EntityState): void {
    if (#state in object) (object as Tracked).#state = state
    else new Tracked(object, state)
  }

  static stateOf(object: object): EntityState | undefined {
    return #state in object ? (object as Tracked).#state : undefined
  }
}

/** Model names for objects that no session, which has the schema, has met yet. */
const marks = new WeakMap<object, { readonly model: string; isDetached: boolean }>()

/** Remembers what model an object is of. */
export function markModel(object: object, model: string): void {
  marks.set(object, { model, isDetached: false })
}

export function markedModel(object: unknown): string | undefined {
  return typeof object === 'object' && object !== null ? marks.get(object)?.model : undefined
}

/** Remembers that an object only marked so far stands for an existing row. */
export function markDetached(object: object): void {
  const mark = marks.get(object)
  if (mark) mark.isDetached = true
}

export function unmarkDetached(object: object): void {
  const mark = marks.get(object)
  if (mark) mark.isDetached = false
}

export function isMarkedDetached(object: object): boolean {
  return marks.get(object)?.isDetached ?? false
}

/** The identity that a row or object carries, or null where a part of its key is not set. */
export function identityOf(model: Model, values: Readonly<Record<string, unknown>>): Identity | null {
  const { keyFields } = model
  const [only] = keyFields
  if (!only) return null // a view in which nothing is unique
  if (keyFields.length === 1) {
    const value = values[only.name]
    if (value === undefined || value === null) return null
    return { model, values: [keptValue(only, value)], text: valueKey(only, value) } // a Date can be changed in place
  }
  for (const { name } of keyFields) if (values[name] === undefined || values[name] === null) return null
  return {
    model,
    values: keyFields.map((field) => keptValue(field, values[field.name])),
    text: keyText(keyFields, values),
  }
}

const merged = new WeakSet<object>()

/** Remembers that a session has taken what the object holds. */
export function noteMerged(object: object): void {
  merged.add(object)
}

export function wasMerged(object: object): boolean {
  return merged.has(object)
}

/** Refuses an object that belongs to another session. */
export function refuseForeign(state: EntityState, session: SessionCore, verb: string): void {
  if (state.session?.isAbandoned) releaseAbandoned(state)
  if (state.session && state.session !== session) {
    throw new InvalidRequestError(
      `${verb}(): ${state.label} is already attached to another session: expunge it there first, or use merge()`,
    )
  }
}

/** The session of this object was dropped without being closed. */
function releaseAbandoned(state: EntityState): void {
  state.session?.identityMap.delete(state)
  state.session?.pending.delete(state)
  state.lifecycle = state.identity ? 'detached' : 'transient'
  state.session = null
}

/** An identity's key as an object: what `where` and the flush take. */
export function keyValues({ model: { key }, values }: Identity): Record<string, unknown> {
  const found: Record<string, unknown> = {}
  for (let index = 0; index < key.length; index++) found[key[index] as string] = values[index]
  return found
}

export function describe(value: unknown): string {
  if (typeof value === 'object' && value !== null) return Array.isArray(value) ? 'an array' : 'a plain object'
  if (typeof value === 'function') return 'a function'
  return typeof value === 'string' ? JSON.stringify(value) : String(value)
}
