import { ArgumentError } from '../../errors.js'
import type { Relation } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import type { PendingStates } from '../objects/pending.js'
import { owningRelations } from '../objects/relations.js'
import type { EntityState } from '../objects/state.js'
/**
 * Refuses a foreign key that is explicitly undefined while new objects wait for the very value: `authorId: user.id`
 * before the flush. Taken for "not given" it would be written as NULL.
 */
export function refuseUnknownKeys({ pending }: SessionCore, states: Iterable<EntityState>): void {
  if (pending.size === 0) return
  for (const state of states) {
    const { object, model, expired } = state
    for (const relation of owningRelations(model)) {
      const name = relation.fields.find(
        (each) => !expired.has(each) && object[each] === undefined && Object.hasOwn(object, each),
      )
      if (name === undefined || isSetAsObject(state, relation)) continue
      const field = relation.references[relation.fields.indexOf(name)] as string
      if (!hasWaiting(pending, relation, field, state)) continue
      throw new ArgumentError(
        `${state.label}: ${name} is undefined, and a new ${relation.target.name} has no ${field} before it is flushed. Give the object, ${relation.name}: ${relation.target.delegate}, or flush() first; leave ${name} out for a ${model.name} without ${relation.name}.`,
      )
    }
  }
}

function isSetAsObject({ object, expired }: EntityState, { name }: Relation): boolean {
  return !expired.has(name) && object[name] !== undefined && object[name] !== null
}

function hasWaiting(pending: PendingStates, { target }: Relation, field: string, except: EntityState): boolean {
  if (!pending.hasAnyOf(target)) return false // else each of many rows would search all of them
  for (const state of pending)
    if (state.model === target && state !== except && state.object[field] === undefined) return true
  return false
}
