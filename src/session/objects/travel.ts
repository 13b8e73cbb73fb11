import type { SessionCore } from '../core.js'
import { attach } from '../verbs/add.js'
import { type Entity, markDetached, markModel, stateOf } from './state.js'
/** An object of a session as plain data, for a session of another thread; undefined for anything else. */
export function packEntity(core: SessionCore, object: object): TravellingEntity | undefined {
  const state = stateOf(object)
  if (!state) return undefined
  const values: Entity = {}
  for (const { name } of state.model.scalars) {
    if (!state.expired.has(name) && state.object[name] !== undefined) values[name] = state.object[name]
  }
  const isOwn = state.lifecycle === 'persistent' && state.session === core
  return {
    model: state.model.name,
    state: isOwn ? 'persistent' : state.identity ? 'detached' : 'transient',
    key: state.identity?.values ?? [],
    values,
    isStale: state.isStale,
  }
}

/** The object that it is in this thread: of the session, or new and marked with its model. */
export function unpackEntity(core: SessionCore, { model, state, values, isStale }: TravellingEntity): object {
  if (state === 'persistent') {
    const object = attach(core, model, values)
    const attached = stateOf(object)
    if (isStale && attached) attached.isStale = true
    return object
  }
  markModel(values, model)
  if (state === 'detached') markDetached(values)
  return values
}

export interface TravellingEntity {
  readonly model: string
  readonly state: 'persistent' | 'detached' | 'transient'
  readonly key: readonly unknown[]
  readonly values: Entity
  readonly isStale: boolean
}
