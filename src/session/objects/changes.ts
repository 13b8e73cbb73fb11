import type { Model, Relation, ScalarField } from '../../model/model.js'
import { sameValue } from '../../model/values.js'
import type { SessionCore } from '../core.js'
import { replacesUnknown } from './relations.js'
import type { EntityState } from './state.js'
/** Whether the object differs from what the database is known to hold. Never loads anything. */
export function isChanged(state: EntityState, withCollections = true): boolean {
  const { object, baseline, model, expired } = state
  if (!baseline) return hasValues(state)
  if (state.flagged.size > 0 && (withCollections || [...state.flagged].some((name) => !isList(model, name))))
    return true
  const mayBeExpired = expired.size > 0 || state.hidden.size > 0
  let left = mayBeExpired ? Number.POSITIVE_INFINITY : Object.keys(object).length
  for (const field of model.scalars) {
    const { name } = field
    if (mayBeExpired && expired.has(name)) continue
    const value = object[name]
    if (value === undefined) continue
    left--
    const known = baseline[name]
    if (value === known) continue
    if ((known === undefined || !sameValue(field, known, value)) && !isFixed(state, field, value)) return true
  }
  if (left === 0) return false // looking for what is not there takes as long as all of the above
  for (const relation of model.relations) {
    // Most relations are not loaded, and this runs for every object before every query.
    if ((mayBeExpired && expired.has(relation.name)) || object[relation.name] === undefined) continue
    if ((withCollections || !relation.isList) && isRelationChanged(state, relation)) return true
  }
  return false
}

/** The scalar fields that differ, in schema order. A field that was never loaded counts once it has a value. */
export function changedScalars(state: EntityState): string[] {
  const { object, baseline, model, expired, flagged } = state
  const names: string[] = []
  for (const field of model.scalars) {
    if (expired.has(field.name)) continue
    const value = object[field.name]
    if (value === undefined) continue
    const known = baseline?.[field.name]
    const isNews = known === undefined || flagged.has(field.name) || !sameValue(field, known, value)
    if (isNews && !isFixed(state, field, value)) names.push(field.name)
  }
  return names
}

/** Whether it is what the attribute held when it could not be set. */
function isFixed({ fixed }: EntityState, field: ScalarField, value: unknown): boolean {
  return fixed.has(field.name) && sameValue(field, fixed.get(field.name), value)
}

export function isRelationChanged(state: EntityState, relation: Relation): boolean {
  const { name } = relation
  if (state.expired.has(name)) return false
  const value = state.object[name]
  if (value === undefined || (state.fixed.has(name) && state.fixed.get(name) === value)) return false
  const known = state.related.get(name)
  if (known === undefined || replacesUnknown(state, relation)) return true
  if (!Array.isArray(known) || !Array.isArray(value)) return value !== known
  return value.length !== known.length || value.some((member, index) => member !== known[index])
}

/** Persistent objects with a net change. */
export function changedStates(core: SessionCore): EntityState[] {
  return core.identityMap.filter(isToBeUpdated)
}

/** Whether a flush would have anything to do. */
export function hasWork(core: SessionCore): boolean {
  return core.pending.size > 0 || core.marked.size > 0 || hasChanges(core)
}

/**
 * True when a row may be read by its key ahead of a flush: nothing is new or to be deleted, and its own object, where there
 * is one, is unchanged. What other loaded objects have changed stands in no other row. Looking for it would cost a look at
 * every loaded object for each row that is read.
 */
export function canReadAhead({ pending, marked }: SessionCore, state: EntityState | undefined): boolean {
  return pending.size === 0 && marked.size === 0 && !(state && isChanged(state))
}

export function hasChanges(core: SessionCore): boolean {
  return core.identityMap.some(isToBeUpdated)
}

function isToBeUpdated(state: EntityState): boolean {
  return !state.isMarked && isChanged(state)
}

function isList(model: Model, name: string): boolean {
  return model.fields.get(name)?.isList === true
}

function hasValues({ object, model }: EntityState): boolean {
  for (const name of model.fields.keys()) if (object[name] !== undefined) return true
  return false
}
