import type { SessionCore } from '../core.js'
import { attach } from '../verbs/add.js'
import { type Entity, isMarkedDetached, markDetached, markedModel, markModel, stateOf } from './state.js'
/** An object of a session as plain data, for a session of another thread; undefined for anything else. */
export function packEntity(core: SessionCore, object: object): TravellingEntity | undefined {
  const state = stateOf(object)
  const marked = markedModel(object)
  if (!state && marked === undefined) return undefined
  const model = state?.model ?? core.model(marked)
  const isOwn = state?.lifecycle === 'persistent' && state.session === core
  const isDetached = state ? state.identity !== null : isMarkedDetached(object)
  const values: Entity = {}
  for (const { name, isKey } of model.scalars) {
    // What is stale here is to be read there, not believed.
    if (state?.expired.has(name) || (isOwn && state?.isStale && !isKey)) continue
    if ((object as Entity)[name] !== undefined) values[name] = (object as Entity)[name]
  }
  return {
    model: model.name,
    state: isOwn ? 'persistent' : isDetached ? 'detached' : 'transient',
    key: state?.identity?.values ?? [],
    values,
  }
}

/** The object that it is in this thread: of the session, or new and marked with its model. */
export function unpackEntity(core: SessionCore, { model, state, values }: TravellingEntity): object {
  if (state === 'persistent') return attach(core, model, values)
  markModel(values, model)
  if (state === 'detached') markDetached(values)
  return values
}

export interface TravellingEntity {
  readonly model: string
  readonly state: 'persistent' | 'detached' | 'transient'
  readonly key: readonly unknown[]
  readonly values: Entity
}
