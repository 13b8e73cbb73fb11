import type { Model } from '../../model/model.js'
import { type EntityState, type Identity, identityOf } from './state.js'
/** Objects added and not flushed yet, in the order of `add`. Tells without a search of which models there are any. */
export class PendingStates extends Set<EntityState> {
  readonly #counts = new Map<Model, number>()
  /** Those that had a key when they were added. */
  readonly #byKey = new Map<string, EntityState>()
  /** By model and field: those that lacked a value when they were last looked at. */
  readonly #lacking = new Map<Model, Map<string, Set<EntityState>>>()

  override add(state: EntityState): this {
    const before = this.size
    super.add(state)
    if (this.size === before) return this
    this.#count(state, 1)
    const identity = identityOf(state.model, state.object)
    if (identity) this.#byKey.set(keyOf(identity), state)
    for (const states of this.#lacking.get(state.model)?.values() ?? []) states.add(state)
    return this
  }

  override delete(state: EntityState): boolean {
    const wasThere = super.delete(state)
    if (!wasThere) return false
    this.#count(state, -1)
    for (const states of this.#lacking.get(state.model)?.values() ?? []) states.delete(state)
    const identity = identityOf(state.model, state.object)
    if (identity && this.#byKey.get(keyOf(identity)) === state) this.#byKey.delete(keyOf(identity))
    return true
  }

  /** The new object of a key. */
  find(identity: Identity): EntityState | undefined {
    const state = this.#byKey.get(keyOf(identity))
    const now = state && this.has(state) ? identityOf(state.model, state.object) : null
    return now?.text === identity.text ? state : undefined
  }

  /** Whether an object of the model, and none of `except`, has no value for the field yet. */
  hasLacking(model: Model, field: string, except: ReadonlySet<EntityState>): boolean {
    if (!this.hasAnyOf(model)) return false
    for (const state of this.#statesLacking(model, field)) {
      if (state.object[field] !== undefined) this.#statesLacking(model, field).delete(state)
      else if (!except.has(state)) return true
    }
    return false
  }

  /** Found by a search once, and kept up to date from then on: rows are added one by one, and each may ask. */
  #statesLacking(model: Model, field: string): Set<EntityState> {
    const fields = this.#lacking.get(model) ?? new Map<string, Set<EntityState>>()
    this.#lacking.set(model, fields)
    let states = fields.get(field)
    if (!states) {
      states = new Set()
      for (const state of this) if (state.model === model && state.object[field] === undefined) states.add(state)
      fields.set(field, states)
    }
    return states
  }

  hasAnyOf(model: Model): boolean {
    return (this.#counts.get(model) ?? 0) > 0
  }

  #count({ model }: EntityState, by: number): void {
    this.#counts.set(model, (this.#counts.get(model) ?? 0) + by)
  }
}

function keyOf({ model, text }: Identity): string {
  return `${model.name} ${text}`
}
