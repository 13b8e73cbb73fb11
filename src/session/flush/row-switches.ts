import { handlesDelete, type Model, type Relation } from '../../model/model.js'
import { defaultOf } from '../../writing/defaults.js'
import type { SessionCore } from '../core.js'
import { pointerText } from '../objects/loaded-rows.js'
import { owningRelations } from '../objects/relations.js'
import { type EntityState, identityOf } from '../objects/state.js'
import type { FlushWork } from './flush-draft.js'
import type { RelationChanges } from './foreign-keys.js'
import { type KeySource, keyColumns } from './key-columns.js'

/** New objects that take over the row of a deleted one with the same key, by an UPDATE. */
export function rowSwitches(
  core: SessionCore,
  { added, marked }: FlushWork,
  changes: RelationChanges,
): ReadonlyMap<EntityState, EntityState> {
  const switched = new Map<EntityState, EntityState>()
  if (marked.length === 0 || added.length === 0) return switched
  const byKey = new Map(marked.map((state) => [`${state.model.name} ${state.identity?.text}`, state]))
  const parents = new Map<Relation, ReadonlySet<string | null>>()
  for (const state of added) {
    if (reachesOthers(state.model)) continue
    const columns = keyColumns(changes, state)
    const identity = identityOf(state.model, keyValues(state, columns))
    const old = identity && byKey.get(`${state.model.name} ${identity.text}`)
    if (old && canTakeOver(core, state, columns) && !isReached(old, marked, parents)) switched.set(state, old)
  }
  return switched
}

/** True when the database changes or deletes rows that point to a deleted one, links included: then the row has to go. */
function reachesOthers({ referrers, relations }: Model): boolean {
  return referrers.some(handlesDelete) || relations.some(({ isManyToMany }) => isManyToMany)
}

/** True when the row changes, or goes, with another that is deleted. */
function isReached(
  { model, baseline }: EntityState,
  marked: readonly EntityState[],
  parents: Map<Relation, ReadonlySet<string | null>>,
): boolean {
  return owningRelations(model).some((relation) => {
    if (!handlesDelete(relation)) return false
    let texts = parents.get(relation)
    if (!texts) {
      const states = marked.filter((state) => state.model === relation.target)
      texts = new Set(states.map((state) => pointerText(relation, state.baseline ?? {}, 'referenced')))
      parents.set(relation, texts)
    }
    const text = pointerText(relation, baseline ?? {}, 'foreign')
    return text !== null && texts.has(text)
  })
}

/** An UPDATE can stand for the INSERT when every value that it would get can be made here. */
function canTakeOver(
  core: SessionCore,
  { model, object }: EntityState,
  columns: ReadonlyMap<string, KeySource> | null,
): boolean {
  const version = core.versionField(model)
  return model.scalars.every((field) => {
    if (field.isKey || field.name === version || object[field.name] !== undefined || columns?.has(field.name))
      return true
    const made = defaultOf(field)
    return typeof made === 'function' || (made === 'none' && !field.isRequired)
  })
}

/** The key that a new row is going to have, with what relations give of it. */
function keyValues(
  { model, object }: EntityState,
  columns: ReadonlyMap<string, KeySource> | null,
): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const name of model.key) {
    const source = columns?.get(name)
    values[name] = source ? source.value : object[name]
  }
  return values
}
