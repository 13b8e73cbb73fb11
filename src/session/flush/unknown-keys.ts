import { ArgumentError } from '../../errors.js'
import type { Relation } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import { owningRelations } from '../objects/relations.js'
import type { EntityState } from '../objects/state.js'
/**
 * Refuses a foreign key that is explicitly undefined while new objects wait for the very value: `authorId: user.id`
 * before the flush. Taken for "not given" it would be written as NULL. `together`: objects that were given in one call,
 * whose keys it cannot have been written with.
 */
export function refuseUnknownKeys(
  { pending }: SessionCore,
  states: Iterable<EntityState>,
  together: ReadonlySet<EntityState> = none,
): void {
  const all = [...states].filter((state) => !accepted.has(state))
  const isAdding = together.size > 0
  let members: ReadonlyMap<Relation, ReadonlySet<unknown>> | undefined
  const incomplete: EntityState[] = []
  for (const state of all) {
    const { object, model, expired } = state
    for (const relation of owningRelations(model)) {
      const name = relation.fields.find(
        (each) => !expired.has(each) && object[each] === undefined && Object.hasOwn(object, each),
      )
      if (name === undefined || isGivenAsObject(state, relation)) continue
      incomplete.push(state)
      const field = relation.references[relation.fields.indexOf(name)] as string
      if (!pending.hasLacking(relation.target, field, isAdding ? together : new Set([state]))) continue
      members ??= membersOf([...all, ...pending])
      if (members.get(relation)?.has(object)) continue // the list that holds it gives the key
      const left = relation.isRequired ? '' : `; leave ${name} out for a ${model.name} without ${relation.name}`
      throw new ArgumentError(
        `${state.label}: ${name} is undefined, and a new ${relation.target.name} has no ${field} before it is flushed. Give the object, ${relation.name}: ${relation.target.delegate}, or flush() first${left}.`,
      )
    }
  }
  if (isAdding) for (const state of incomplete) accepted.add(state)
}

const none: ReadonlySet<EntityState> = new Set()

/** Objects that were checked when they were added: what is undefined then is not the key of an object added later. */
const accepted = new WeakSet<EntityState>()

/** Null says that there is none. */
function isGivenAsObject({ object, expired }: EntityState, { name }: Relation): boolean {
  return !expired.has(name) && object[name] !== undefined
}

/** What stands on the other side of each relation. */
function membersOf(states: readonly EntityState[]): Map<Relation, Set<unknown>> {
  const found = new Map<Relation, Set<unknown>>()
  for (const { object, model, expired } of states) {
    for (const { name, fields, inverse } of model.relations) {
      if (fields.length > 0 || expired.has(name) || !object[name]) continue
      const members = found.get(inverse) ?? new Set()
      found.set(inverse, members)
      for (const member of [object[name]].flat()) members.add(member)
    }
  }
  return found
}
