import type { Steps } from '../../driver/effects.js'
import type { Model } from '../../model/model.js'
import type { EntityState, Identity } from './state.js'

/**
 * One object for each row. Holds persistent objects only, and holds them strongly: a plain object that has been collected
 * can no longer report a change.
 */
export class IdentityMap {
  readonly #byModel: Shelf = new Map()
  /** What streams have at hand, in maps of its own. */
  #pages: readonly Shelf[] = []
  /** Objects whose rows a flush has written, until it has settled them. */
  #arriving: Shelf | null = null
  /** The page that is being loaded: what is new goes there. */
  #loading: Shelf | null = null

  get(model: Model, text: string): EntityState | undefined {
    const state = this.#arriving?.get(model)?.get(text) ?? this.#byModel.get(model)?.get(text)
    if (state || this.#pages.length === 0) return state
    for (const page of this.#pages) {
      const there = page.get(model)?.get(text)
      if (there) return there
    }
    return undefined
  }

  find(identity: Identity): EntityState | undefined {
    return this.get(identity.model, identity.text)
  }

  /** Finds objects by the keys that their rows have by now, while `listen` runs: it may read these rows. */
  *withArriving<T>(arriving: Iterable<[Identity, EntityState]>, listen: Steps<T>): Steps<T> {
    const shelf: Shelf = new Map()
    for (const [identity, state] of arriving) put(shelf, identity, state)
    this.#arriving = shelf
    try {
      return yield* listen
    } finally {
      this.#arriving = null
    }
  }

  set(state: EntityState): void {
    put(this.#loading ?? this.#byModel, state.identity as Identity, state)
  }

  /** Takes the state out, if it is the one there. */
  delete(state: EntityState): void {
    const { identity } = state
    if (!identity) return
    for (const shelf of this.#shelves()) {
      const rows = shelf.get(identity.model)
      if (rows?.get(identity.text) === state) rows?.delete(identity.text)
    }
  }

  states(): Generator<EntityState> {
    return statesIn(this.#rows())
  }

  /** Whether any state is as asked. Looked at before every query, so without an iterator of its own. */
  some(test: (state: EntityState) => boolean): boolean {
    for (const rows of this.#rows()) {
      for (const state of rows.values()) if (test(state)) return true
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
    for (const shelf of this.#shelves()) yield* shelf.get(model)?.values() ?? []
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

  *#rows(): Generator<Map<string, EntityState>> {
    for (const shelf of this.#shelves()) yield* shelf.values()
  }
}

/** What one page of a stream has brought. */
export type Page = Shelf

type Shelf = Map<Model, Map<string, EntityState>>

function* statesIn(rows: Iterable<ReadonlyMap<string, EntityState>>): Generator<EntityState> {
  for (const each of rows) yield* each.values()
}

function put(shelf: Shelf, { model, text }: Identity, state: EntityState): void {
  const rows = shelf.get(model)
  if (rows) rows.set(text, state)
  else shelf.set(model, new Map([[text, state]]))
}
