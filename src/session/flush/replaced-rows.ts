import { handlesDelete, type Model, type Relation, type ScalarField, type Unique } from '../../model/model.js'
import { keyText } from '../../model/values.js'
import type { SessionCore } from '../core.js'
import { pointerText } from '../objects/loaded-rows.js'
import { owningRelations } from '../objects/relations.js'
import { type EntityState, identityOf } from '../objects/state.js'
import type { FlushWork } from './flush-draft.js'
import type { RelationChanges } from './foreign-keys.js'

/** Deleted rows that a new row takes the place of: by the same key, or by a value that must be unique. */
export interface ReplacedRows {
  /** New object → the deleted one whose row it takes over by an UPDATE. */
  readonly switched: ReadonlyMap<EntityState, EntityState>
  /** To be deleted before anything is inserted. */
  readonly early: readonly EntityState[]
}

export function replacedRows(
  core: SessionCore,
  { added, changed, marked }: FlushWork,
  changes: RelationChanges,
): ReplacedRows {
  const switched = new Map<EntityState, EntityState>()
  const early = new Set<EntityState>()
  if (marked.length === 0 || added.length + changed.length === 0) return { switched, early: [] }
  const byKey = new Map(marked.map((state) => [`${state.model.name} ${state.identity?.text}`, state]))
  for (const state of added) {
    const identity = identityOf(state.model, valuesToBe(state, changes))
    const old = identity && byKey.get(`${state.model.name} ${identity.text}`)
    if (!old) continue
    if (canTakeOver(core, state)) switched.set(state, old)
    else early.add(old)
  }
  const models = new Set(marked.map(({ model }) => model))
  const near = [...added, ...changed].filter(({ model }) => models.has(model))
  const taken = new Set(near.flatMap((state) => uniqueTexts(state.model, valuesToBe(state, changes))))
  for (const state of taken.size > 0 ? marked : []) {
    if (state.baseline && uniqueTexts(state.model, state.baseline).some((text) => taken.has(text))) early.add(state)
  }
  for (const old of switched.values()) early.delete(old)
  addDependents(early, marked)
  return { switched, early: [...early] }
}

/**
 * An UPDATE can stand for the INSERT when every value it would get is known here, and the DELETE would have done nothing
 * to other rows.
 */
function canTakeOver(core: SessionCore, { model, object }: EntityState): boolean {
  if (core.versionField(model) !== undefined || reachesOthers(model)) return false
  return model.scalars.every((field) => {
    if (field.isKey || object[field.name] !== undefined) return true
    return field.default.kind === 'literal' || (field.default.kind === 'none' && !field.isRequired)
  })
}

/** Whether the database changes rows that point to a deleted one, or deletes them: those of links too. */
function reachesOthers({ referrers, relations }: Model): boolean {
  return referrers.some(handlesDelete) || relations.some(({ isManyToMany }) => isManyToMany)
}

/** The scalars that a row is going to have, with the foreign keys that relations give. */
function valuesToBe(state: EntityState, changes: RelationChanges): Record<string, unknown> {
  const values: Record<string, unknown> = {}
  for (const { name } of state.model.scalars) if (!state.expired.has(name)) values[name] = state.object[name]
  for (const [relation, target] of changes.foreignKeys.get(state) ?? []) {
    for (const [index, name] of relation.fields.entries()) {
      values[name] = target ? target.object[relation.references[index] as string] : null
    }
  }
  return values
}

/** A text for each unique of the model whose values are all set: rows that share one cannot stand together. */
export function uniqueTexts(model: Model, values: Readonly<Record<string, unknown>>): string[] {
  const texts: string[] = []
  for (const unique of model.uniques) {
    const text = uniqueText(model, unique, values)
    if (text !== undefined) texts.push(text)
  }
  return texts
}

export function uniqueText(
  model: Model,
  { name, fields }: Unique,
  values: Readonly<Record<string, unknown>>,
): string | undefined {
  for (const field of fields) if (values[field] === undefined || values[field] === null) return undefined
  const scalars = fields.map((field) => model.fields.get(field) as ScalarField)
  return `${model.name} ${name} ${keyText(scalars, values)}`
}

/** Whatever points to an early row, and is to be deleted too, goes with it. */
function addDependents(early: Set<EntityState>, marked: readonly EntityState[]): void {
  if (early.size === 0) return
  const children = new Map<Relation, Map<string, EntityState[]>>()
  for (const child of marked) {
    for (const relation of owningRelations(child.model)) {
      const text = pointerText(relation, child.baseline ?? {}, 'foreign')
      if (text === null) continue
      const byText = children.get(relation) ?? new Map<string, EntityState[]>()
      children.set(relation, byText)
      const others = byText.get(text)
      if (others) others.push(child)
      else byText.set(text, [child])
    }
  }
  for (const parent of early) {
    for (const relation of parent.model.referrers) {
      const text = pointerText(relation, parent.baseline ?? {}, 'referenced')
      if (text !== null) for (const child of children.get(relation)?.get(text) ?? []) early.add(child)
    }
  }
}
