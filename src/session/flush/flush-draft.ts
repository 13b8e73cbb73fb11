import type { Step } from '../../writing/flush-plan.js'
import type { SessionCore } from '../core.js'
import type { EntityState, KnownRelation } from '../objects/state.js'
import { commitOrder } from './commit-order.js'
import { pushDeletes } from './delete-steps.js'
import { RelationChanges } from './foreign-keys.js'
import { replacedRows } from './replaced-rows.js'
import { type RowNeed, type RowNode, rowNodes } from './row-nodes.js'
import { pushLinks, pushPostponed, pushRows } from './row-steps.js'
/** What a flush is going to write, and for whom: the plan for the driver beside the objects it concerns. */
export interface FlushDraft {
  readonly steps: readonly Step[]
  readonly written: readonly RowNode[]
  /** Foreign keys that an UPDATE after the INSERT sets. */
  readonly later: ReadonlyMap<RowNode, readonly string[]>
  readonly deleted: readonly EntityState[]
  readonly changes: RelationChanges
  /** The relations as they were when the plan was made: what is changed while it is written waits for the next flush. */
  readonly related: readonly RelationNow[]
}

type RelationNow = readonly [EntityState, name: string, value: KnownRelation]

/** The objects of one flush. */
export interface FlushWork {
  readonly added: readonly EntityState[]
  readonly changed: readonly EntityState[]
  readonly marked: readonly EntityState[]
  /** Those of `added` and `changed` that have relations. */
  readonly holders: readonly EntityState[]
}

/** Plans a flush. Pure: reads objects and writes nothing. */
export function draftFlush(core: SessionCore, work: FlushWork): FlushDraft {
  const changes = new RelationChanges(work.holders)
  const replaced = replacedRows(core, work, changes)
  const nodes = rowNodes(core, work, changes, replaced.switched)
  const { batches, postponed } = commitOrder(nodes)
  const steps: Step[] = []
  pushDeletes(core, steps, replaced.early)
  const later = new Map<RowNode, string[]>()
  for (const { node, need } of postponed) later.set(node, [...(later.get(node) ?? []), ...(need as RowNeed).fields])
  for (const batch of batches) pushRows(steps, batch, later)
  pushPostponed(steps, later)
  pushLinks(steps, changes, nodes)
  const gone = new Set([...replaced.early, ...replaced.switched.values()])
  pushDeletes(
    core,
    steps,
    work.marked.filter((state) => !gone.has(state)),
  )
  return { steps, written: nodes, later, deleted: work.marked, changes, related: relatedNow(work.holders) }
}

function relatedNow(states: readonly EntityState[]): RelationNow[] {
  const found: RelationNow[] = []
  for (const state of states) {
    const { expired, object, model } = state
    for (const { name } of model.relations) {
      const value = expired.has(name) ? undefined : (object[name] as KnownRelation | undefined)
      if (value !== undefined) found.push([state, name, Array.isArray(value) ? [...value] : value])
    }
  }
  return found
}
