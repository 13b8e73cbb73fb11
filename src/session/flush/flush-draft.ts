import type { Refs, Step, Values } from '../../writing/flush-plan.js'
import type { SessionCore } from '../core.js'
import type { Entity, EntityState } from '../objects/state.js'
import { commitOrder } from './commit-order.js'
import { pushDeletes } from './delete-steps.js'
import { RelationChanges } from './foreign-keys.js'
import { replacedRows } from './replaced-rows.js'
import { type RowNeed, type RowNode, rowNodes } from './row-nodes.js'
import { pushLinks, pushPostponed, pushRows } from './row-steps.js'
/** What a flush is going to write, and for whom: the plan for the driver beside the objects it concerns. */
export interface FlushDraft {
  readonly steps: readonly Step[]
  readonly written: readonly Written[]
  readonly deleted: readonly EntityState[]
  readonly changes: RelationChanges
  /** The relations as they were when the plan was made: what is changed while it is written waits for the next flush. */
  readonly related: ReadonlyMap<EntityState, ReadonlyMap<string, Entity | null | readonly Entity[]>>
}

/** A row to insert or update, and its object. */
export interface Written {
  readonly state: EntityState
  readonly kind: 'insert' | 'update'
  readonly id: number
  readonly values: Values
  readonly refs: Refs
  /** Foreign keys that an UPDATE after the INSERT sets. */
  readonly later: readonly string[]
}

/** The objects of one flush. */
export interface FlushWork {
  readonly added: readonly EntityState[]
  readonly changed: readonly EntityState[]
  readonly marked: readonly EntityState[]
}

/** Plans a flush. Pure: reads objects and writes nothing. */
export function draftFlush(core: SessionCore, work: FlushWork): FlushDraft {
  const changes = new RelationChanges([...work.added, ...work.changed])
  const replaced = replacedRows(core, work, changes)
  const nodes = rowNodes(core, work, changes, replaced.switched)
  const { batches, postponed } = commitOrder(nodes)
  const steps: Step[] = []
  pushDeletes(core, steps, replaced.early)
  const later = new Map<RowNode, string[]>()
  for (const { node, need } of postponed) later.set(node, [...(later.get(node) ?? []), ...(need as RowNeed).fields])
  for (const batch of batches) pushRows(steps, batch, later)
  const written: Written[] = nodes.map((node) => ({
    ...node,
    later: later.get(node) ?? [],
  }))
  pushPostponed(steps, later)
  pushLinks(steps, changes, nodes)
  const gone = new Set([...replaced.early, ...replaced.switched.values()])
  pushDeletes(
    core,
    steps,
    work.marked.filter((state) => !gone.has(state)),
  )
  return { steps, written, deleted: work.marked, changes, related: relatedNow([...work.added, ...work.changed]) }
}

function relatedNow(states: readonly EntityState[]): Map<EntityState, Map<string, Entity | null | readonly Entity[]>> {
  const found = new Map<EntityState, Map<string, Entity | null | readonly Entity[]>>()
  for (const state of states) {
    const relations = new Map<string, Entity | null | readonly Entity[]>()
    for (const { name } of state.model.relations) {
      const value = state.expired.has(name) ? undefined : (state.object[name] as Entity | null | Entity[] | undefined)
      if (value !== undefined) relations.set(name, Array.isArray(value) ? [...value] : value)
    }
    found.set(state, relations)
  }
  return found
}
