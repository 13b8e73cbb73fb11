import type { Model } from '../../model/model.js'
import type { EntityState } from './state.js'
/** Objects added and not flushed yet, in the order of `add`. Tells without a search of which models there are any. */
export class PendingStates extends Set<EntityState> {
  readonly #counts = new Map<Model, number>()

  override add(state: EntityState): this {
    const before = this.size
    super.add(state)
    if (this.size > before) this.#count(state, 1)
    return this
  }

  override delete(state: EntityState): boolean {
    const wasThere = super.delete(state)
    if (wasThere) this.#count(state, -1)
    return wasThere
  }

  hasAnyOf(model: Model): boolean {
    return (this.#counts.get(model) ?? 0) > 0
  }

  #count({ model }: EntityState, by: number): void {
    this.#counts.set(model, (this.#counts.get(model) ?? 0) + by)
  }
}
