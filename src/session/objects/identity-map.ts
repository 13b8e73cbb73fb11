import type { Model } from '../../model/model.js'
import type { EntityState, Identity } from './state.js'
/**
 * One object for each row. Holds persistent objects only. Strong by default: a plain object cannot report a change after
 * it has been collected. Weak on request, for programs that read much and keep little.
 */
export class IdentityMap {
  readonly #byModel: Shelf = new Map()
  /** What streams have at hand, in maps of its own. */
  #pages: readonly Shelf[] = []
  readonly #isWeak: boolean
  readonly #collected: FinalizationRegistry<Identity> | null
  /** The page that is being loaded: what is new goes there. */
  #loading: Shelf | null = null

  constructor(isWeak: boolean) {
    this.#isWeak = isWeak
    this.#collected = isWeak ? new FinalizationRegistry((identity) => this.#drop(identity)) : null
  }

  get(model: Model, text: string): EntityState | undefined {
    const state = read(this.#byModel.get(model)?.get(text))
    if (state || this.#pages.length === 0) return state
    for (const page of this.#pages) {
      const there = read(page.get(model)?.get(text))
      if (there) return there
    }
    return undefined
  }

  find(identity: Identity): EntityState | undefined {
    return this.get(identity.model, identity.text)
  }

  set(state: EntityState): void {
    const identity = state.identity as Identity
    put(this.#loading ?? this.#byModel, identity, this.#isWeak ? new WeakSlot(state) : state)
    this.#collected?.register(state.object, identity, state)
  }

  /** Takes the state out, if it is the one there. */
  delete(state: EntityState): void {
    const { identity } = state
    if (!identity) return
    for (const shelf of this.#shelves()) {
      const rows = shelf.get(identity.model)
      if (read(rows?.get(identity.text)) === state) rows?.delete(identity.text)
    }
    this.#collected?.unregister(state)
  }

  /** Weakly held states with changes are kept by whoever calls this between changes and flush. */
  states(): Generator<EntityState> {
    return statesIn(this.#rows())
  }

  /** Whether any state is as asked. Looked at before every query, so without an iterator of its own. */
  some(test: (state: EntityState) => boolean): boolean {
    for (const rows of this.#rows()) {
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
    for (const shelf of this.#shelves()) yield* statesIn([shelf.get(model) ?? none])
  }

  get size(): number {
    let size = 0
    for (const rows of this.#rows()) size += rows.size
    return size
  }

  /**
   * Loads a page of a stream by `load`: what is new by it can be taken out as one. A map that is filled and emptied over and
   * over keeps what was in it alive until the next major garbage collection, a map that is dropped does not.
   */
  page<T>(load: () => T): { readonly page: Page; readonly value: T } {
    const page: Shelf = new Map()
    this.#pages = [...this.#pages, page]
    this.#loading = page
    try {
      return { page, value: load() }
    } finally {
      this.#loading = null
    }
  }

  /** What is left of a page. */
  statesOfPage(page: Page): EntityState[] {
    return [...statesIn(page.values())]
  }

  /** Takes a page out; those of its states that are to stay are held as all others. */
  dropPage(page: Page, staying: readonly EntityState[]): void {
    this.#pages = this.#pages.filter((each) => each !== page)
    for (const state of staying) this.set(state)
  }

  *#shelves(): Generator<Shelf> {
    yield this.#byModel
    yield* this.#pages
  }

  *#rows(): Generator<Map<string, Slot>> {
    for (const shelf of this.#shelves()) yield* shelf.values()
  }

  #drop(identity: Identity): void {
    const rows = this.#byModel.get(identity.model)
    if (rows && !read(rows.get(identity.text))) rows.delete(identity.text)
  }
}

/** What one page of a stream has brought. */
export type Page = Shelf

type Shelf = Map<Model, Map<string, Slot>>
type Slot = EntityState | WeakSlot

const none: ReadonlyMap<string, Slot> = new Map()

function* statesIn(rows: Iterable<ReadonlyMap<string, Slot>>): Generator<EntityState> {
  for (const each of rows) {
    for (const slot of each.values()) {
      const state = read(slot)
      if (state) yield state
    }
  }
}

function put(shelf: Shelf, { model, text }: Identity, slot: Slot): void {
  let rows = shelf.get(model)
  if (!rows) {
    rows = new Map()
    shelf.set(model, rows)
  }
  rows.set(text, slot)
}

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
