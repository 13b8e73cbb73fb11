import type { SessionCore } from '../session/core.js'
import { changedStates } from '../session/objects/changes.js'
import { readKey } from '../session/objects/keys.js'
import type { EntityState } from '../session/objects/state.js'
import { handedOutBy } from './reflection.js'
import type { Unit } from './unit.js'
/** The session's properties: read from the unit of work each time. */
export const properties: Readonly<Record<string, (unit: Unit) => unknown>> = {
  session: ({ driver }) => driver.client,
  isAsync: ({ driver }) => driver.isAsync,
  isActive: ({ core }) => !core.isClosedForGood && core.transaction?.status !== 'inactive',
  autoflush: ({ core }) => core.isAutoflushing,
  info: ({ own }) => handedOutBy(own).info,
  new: ({ core }) => objects(core.pending),
  dirty: ({ core }) => objects(changedStates(core)),
  deleted: ({ core }) => objects(core.marked),
  identityMap: (unit) => identityMapOf(unit),
}

/** Copies: changing one changes nothing in the session. */
function objects(states: Iterable<EntityState>): ReadonlySet<object> {
  const found = new Set<object>()
  for (const { object } of states) found.add(object)
  return found
}

const views = new WeakMap<SessionCore, IdentityMapView>()

function identityMapOf({ core }: Unit): IdentityMapView {
  let view = views.get(core)
  if (!view) {
    view = new IdentityMapView(core)
    views.set(core, view)
  }
  return view
}

/** The identity map as users see it: read only, by model and key. */
class IdentityMapView {
  readonly #core: SessionCore

  constructor(core: SessionCore) {
    this.#core = core
  }

  get(model: string, key: unknown): object | undefined {
    const wanted = readKey(this.#core.model(model), key)
    return wanted.kind === 'identity' ? this.#core.identityMap.find(wanted.identity)?.object : undefined
  }

  has(model: string, key: unknown): boolean {
    return this.get(model, key) !== undefined
  }

  /** `[model, key]` pairs; a composite key is an array. */
  keys(): Iterable<readonly [string, unknown]> {
    return [...this.#core.identityMap.states()].map(({ model, identity }): [string, unknown] => {
      const values = identity?.values ?? []
      return [model.name, values.length === 1 ? values[0] : values]
    })
  }

  values(): Iterable<object> {
    return [...this.#core.identityMap.states()].map(({ object }) => object)
  }

  get size(): number {
    return this.#core.identityMap.size
  }

  [Symbol.iterator](): Iterator<object> {
    return this.values()[Symbol.iterator]()
  }
}
