import type { Model, Relation, ScalarField } from '../../model/model.js'
import { sameValue } from '../../model/values.js'
import { setAttribute, unloadRelation } from './attributes.js'
import type { LoadedRows } from './loaded-rows.js'
import { type Entity, type EntityState, stateOf } from './state.js'

/** The relations of a model that hold a foreign key. */
export function owningRelations(model: Model): readonly Relation[] {
  let relations = owning.get(model)
  if (!relations) {
    relations = model.relations.filter(({ fields }) => fields.length > 0)
    owning.set(model, relations)
  }
  return relations
}

const owning = new WeakMap<Model, readonly Relation[]>()

/** True when the foreign key can be emptied: one null in it is enough to point nowhere. */
export function isNullable(relation: Relation): boolean {
  return nullableFields(relation).length > 0
}

/** The fields of a foreign key that may be null. */
export function nullableFields({ model, fields }: Relation): readonly string[] {
  return fields.filter((name) => !(model.fields.get(name) as ScalarField).isRequired)
}

/** Whether the source's foreign key holds the target's key; false where that is expired, which reading would load. */
function pointsTo(relation: Relation, source: Entity, target: Entity): boolean {
  const expired = stateOf(target)?.expired
  return relation.fields.every((name, index) => {
    const value = source[name]
    const referenced = relation.target.fields.get(relation.references[index] as string) as ScalarField
    if (value === null || value === undefined || expired?.has(referenced.name)) return false
    return sameValue(referenced, value, target[referenced.name])
  })
}

/** After foreign keys changed: loaded to-one relations follow, or are unloaded where the new target is not here. */
export function realign(rows: LoadedRows, state: EntityState): void {
  for (const relation of owningRelations(state.model)) {
    const { name } = relation
    if (!state.related.has(name) || state.expired.has(name)) continue
    const current = state.object[name]
    if (current !== state.related.get(name)) continue // the user has set it and not flushed yet
    if (current === null && state.partial.has(name)) continue // a condition left it out
    if (relation.fields.some((field) => state.expired.has(field))) continue
    if (current && stateOf(current) && pointsTo(relation, state.object, current as Entity)) continue
    const target = rows.target(relation, state.object)
    if (target === undefined) unloadRelation(state, name)
    else setLoaded(state, name, target?.object ?? null)
  }
}

/** Sets a relation as loaded: with `args` only the members that they chose. */
export function setLoaded(
  state: EntityState,
  name: string,
  value: Entity | null | Entity[],
  args: object | null = null,
): void {
  setAttribute(state, name, value)
  state.setPartial(name, args)
  state.setRelated(name, Array.isArray(value) ? [...value] : value)
  if (Array.isArray(value)) state.setList(name, state.object[name])
}

/** True where a relation's other members have to be read before what was assigned can replace them. */
export function replacesUnknown(state: EntityState, { name, fields }: Relation): boolean {
  if (fields.length > 0 || !state.identity) return false
  if (!state.related.has(name) || state.flagged.has(name)) return true
  return (state.isStale || state.partial.has(name)) && state.isAssigned(name)
}
