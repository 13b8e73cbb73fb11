import { ArgumentError, UnmappedInstanceError } from '../../errors.js'
import { describe, markedModel, markModel, stateOf } from './state.js'
/** Says of which model a plain object is, and returns it. The session that meets it checks the rest. */
export function markEntity(model: unknown, data: unknown): object {
  if (typeof model !== 'string' || model === '')
    throw new ArgumentError('entity() takes the name of a model first: entity("User", { … })')
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new UnmappedInstanceError(`entity() takes an object of fields, not ${describe(data)}`)
  }
  const other = stateOf(data)?.model.name ?? markedModel(data)
  if (other !== undefined && other !== model)
    throw new ArgumentError(`entity() got an object that is a ${other} already, not a ${model}`)
  markModel(data, model)
  return data
}
