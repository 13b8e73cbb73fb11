import { handlesDelete, type Model, type Relation } from '../../model/model.js'
import { keyText } from '../../model/values.js'
import { type DeleteRow, noRefs, type Step, type Values } from '../../writing/flush-plan.js'
import type { SessionCore } from '../core.js'
import { owningRelations } from '../objects/relations.js'
import { type EntityState, identityOf } from '../objects/state.js'
import { modelRanks } from './model-ranks.js'
import { byKey, isNullable, keyCells } from './row-nodes.js'
/** Children before parents; within a model that points to itself, level by level. */
export function pushDeletes(core: SessionCore, steps: Step[], states: readonly EntityState[]): void {
  const ranks = modelRanks(core.models)
  const byModel = new Map<Model, EntityState[]>()
  for (const state of states) {
    const others = byModel.get(state.model)
    if (others) others.push(state)
    else byModel.set(state.model, [state])
  }
  const models = [...byModel.keys()].sort((a, b) => (ranks.get(b) ?? 0) - (ranks.get(a) ?? 0))
  pushUnlinks(steps, states, models)
  for (const model of models) {
    const version = core.versionField(model)
    for (const level of deleteLevels(model, (byModel.get(model) ?? []).sort(byKey))) {
      const rows = level.map((state): DeleteRow => {
        const known = version === undefined ? undefined : state.baseline?.[version]
        return { key: keyCells(state).values, version: known === undefined ? null : { [version as string]: known } }
      })
      steps.push({ kind: 'delete', model: model.name, rows, strict: version !== undefined })
    }
  }
}

/** Rows that point to one deleted before them let go first, where the database would refuse. */
function pushUnlinks(steps: Step[], states: readonly EntityState[], models: readonly Model[]): void {
  if (!models.some((model) => owningRelations(model).some(canLetGo))) return
  const marked = new Map(states.map((state) => [`${state.model.name} ${state.identity?.text}`, state]))
  for (const state of states) {
    for (const relation of owningRelations(state.model)) {
      if (!canLetGo(relation)) continue
      const isLate = models.indexOf(state.model) > models.indexOf(relation.target)
      if (!isLate && !isOnCircle(marked, relation, state)) continue
      if (!pointedAt(marked, relation, state)) continue
      const values = Object.fromEntries(relation.fields.map((name) => [name, null]))
      steps.push({
        kind: 'update',
        model: state.model.name,
        rows: [{ id: null, key: keyCells(state), version: null, values, refs: noRefs }],
      })
    }
  }
}

function canLetGo(relation: Relation): boolean {
  return !handlesDelete(relation) && isNullable(relation.model, relation.fields)
}

/** The marked row that a foreign key points to. */
function pointedAt(
  marked: ReadonlyMap<string, EntityState>,
  { target, fields, references }: Relation,
  { baseline }: EntityState,
): EntityState | undefined {
  const key = Object.fromEntries(references.map((name, index) => [name, baseline?.[fields[index] as string]]))
  const identity = identityOf(target, key)
  return identity ? marked.get(`${target.name} ${identity.text}`) : undefined
}

/** Whether a row of a model that points to itself comes back to itself along the marked rows. */
function isOnCircle(marked: ReadonlyMap<string, EntityState>, relation: Relation, state: EntityState): boolean {
  if (relation.target !== state.model) return false
  let next = pointedAt(marked, relation, state)
  for (let steps = 0; next && next !== state && steps < marked.size; steps++) next = pointedAt(marked, relation, next)
  return next === state
}

function deleteLevels(model: Model, states: EntityState[]): EntityState[][] {
  const self = owningRelations(model).filter((relation) => relation.target === model && !handlesDelete(relation))
  if (self.length === 0 || states.length < 2) return [states]
  const byText = new Map(states.map((state) => [state.identity?.text, state]))
  const depth = new Map<EntityState, number>()
  const depthOf = (state: EntityState, seen: Set<EntityState>): number => {
    const known = depth.get(state)
    if (known !== undefined || seen.has(state)) return known ?? 0
    seen.add(state)
    const parents = self.map(({ fields }) => byText.get(keyText(model.keyFields, parentKey(model, state, fields))))
    const found = Math.max(0, ...parents.map((parent) => (parent && parent !== state ? depthOf(parent, seen) + 1 : 0)))
    depth.set(state, found)
    return found
  }
  const levels: EntityState[][] = []
  for (const state of states) {
    const at = depthOf(state, new Set())
    levels[at] ??= []
    levels[at].push(state)
  }
  return levels.reverse().filter(Boolean)
}

function parentKey(model: Model, state: EntityState, fields: readonly string[]): Values {
  return Object.fromEntries(model.key.map((name, index) => [name, state.baseline?.[fields[index] as string]]))
}
