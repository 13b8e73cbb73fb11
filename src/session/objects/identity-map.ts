import type { Model } from '../../model/model.js'
import type { EntityState, Identity } from './state.js'
/**
 * One object for each row. Holds persistent objects only. Strong by default: a plain object cannot report a change after
 * it has been collected. Weak on request, for programs that read much and keep little.
 */
export class IdentityMap {
  readonly #byModel = new Map<Model, Map<string, Slot>>()
  readonly #isWeak: boolean
  readonly #collected: FinalizationRegistry<Identity> | null

  constructor(isWeak: boolean) {
    this.#isWeak = isWeak
    this.#collected = isWeak ? new FinalizationRegistry((identity) => this.#drop(identity)) : null
  }

  get(model: Model, text: string): EntityState | undefined {
    return read(this.#byModel.get(model)?.get(text))
  }

  find(identity: Identity): EntityState | undefined {
    return this.get(identity.model, identity.text)
  }

  set(state: EntityState): void {
    const identity = state.identity as Identity
    let rows = this.#byModel.get(identity.model)
    if (!rows) {
      rows = new Map()
      this.#byModel.set(identity.model, rows)
    }
    rows.set(identity.text, this.#isWeak ? new WeakSlot(state) : state)
    this.#collected?.register(state.object, identity, state)
  }

  /** Takes the state out, if it is the one there. */
  delete(state: EntityState): void {
    const { identity } = state
    if (!identity || this.find(identity) !== state) return
    this.#byModel.get(identity.model)?.delete(identity.text)
    this.#collected?.unregister(state)
  }

  /** Weakly held states with changes are kept by whoever calls this between changes and flush. */
  *states(): Generator<EntityState> {
    for (const rows of this.#byModel.values()) {
      for (const slot of rows.values()) {
        const state = read(slot)
        if (state) yield state
      }
    }
  }

  /** Whether any state is as asked. Looked at before every query, so without an iterator of its own. */
  some(test: (state: EntityState) => boolean): boolean {
    for (const rows of this.#byModel.values()) {
      for (const slot of rows.values()) {
        const state = read(slot)
        if (state && test(state)) return true
      }
    }
    return false
  }

  filter(test: (state: EntityState) => boolean): EntityState[] {
    const found: EntityState[] = []
    this.some((state) => {
      if (test(state)) found.push(state)
      return false
    })
    return found
  }

  *statesOf(model: Model): Generator<EntityState> {
    for (const slot of this.#byModel.get(model)?.values() ?? []) {
      const state = read(slot)
      if (state) yield state
    }
  }

  get size(): number {
    let size = 0
    for (const rows of this.#byModel.values()) size += rows.size
    return size
  }

  clear(): void {
    this.#byModel.clear()
  }

  #drop(identity: Identity): void {
    const rows = this.#byModel.get(identity.model)
    if (rows && !read(rows.get(identity.text))) rows.delete(identity.text)
  }
}

type Slot = EntityState | WeakSlot

/** Holds the object weakly; its state lives as long as it does. */
class WeakSlot {
  readonly #object: WeakRef<object>
  readonly #state: WeakRef<EntityState>

  constructor(state: EntityState) {
    this.#object = new WeakRef(state.object)
    this.#state = new WeakRef(state)
  }

  read(): EntityState | undefined {
    return this.#object.deref() && this.#state.deref()
  }
}

function read(slot: Slot | undefined): EntityState | undefined {
  return slot instanceof WeakSlot ? slot.read() : slot
}
