import type { Step } from '../../writing/flush-plan.js'
import type { SessionCore } from '../core.js'
import type { Entity, EntityState, KnownRelation } from '../objects/state.js'
import type { CascadedKeys } from './cascaded-keys.js'
import { commitOrder } from './commit-order.js'
import { DeleteSteps } from './delete-steps.js'
import { RelationChanges } from './foreign-keys.js'
import { addTo, findNeeds } from './row-needs.js'
import { type RowNeed, type RowNode, rowNodes } from './row-nodes.js'
import { pushEmptied, pushLinks, pushPostponed, pushRows } from './row-steps.js'
import { rowSwitches } from './row-switches.js'

/** The plan of a flush for the driver, beside the objects that it concerns. */
export interface FlushDraft {
  readonly steps: readonly Step[]
  readonly written: readonly RowNode[]
  /** Foreign keys that an UPDATE after the INSERT sets. */
  readonly later: ReadonlyMap<RowNode, readonly string[]>
  readonly deleted: readonly EntityState[]
  /** New object → the deleted one whose row it takes over. */
  readonly switched: ReadonlyMap<EntityState, EntityState>
  readonly changes: RelationChanges
  /** What becomes of rows whose parents get other keys. */
  readonly cascaded: CascadedKeys
  /** The relations as they were when the plan was made: what is changed while it is written waits for the next flush. */
  readonly related: readonly RelationNow[]
}

type RelationNow = readonly [EntityState, name: string, value: KnownRelation, list: readonly Entity[] | null]

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
  const switched = rowSwitches(core, work, changes)
  const { written, deleted } = rowNodes(core, work, changes, switched)
  const { cascaded, emptied } = findNeeds(changes, written, deleted)
  const { batches, postponed } = commitOrder([...written, ...deleted])
  const later = new Map<RowNode, readonly string[]>()
  for (const { node, need } of postponed) {
    const { fields, isEmptied } = need as RowNeed
    if (isEmptied) addTo(emptied, need.node, fields)
    else if (fields.length > 0) addTo(later, node, fields)
  }
  const steps: Step[] = []
  const deletes = new DeleteSteps(core, steps, deleted)
  pushEmptied(steps, emptied)
  for (const batch of batches.filter((each) => !isLast(each))) {
    if (batch[0]?.kind === 'delete') deletes.push(batch)
    else pushRows(steps, batch, later)
  }
  pushPostponed(steps, later)
  pushLinks(steps, changes, written, cascaded)
  for (const batch of batches.filter(isLast)) deletes.push(batch)
  return { steps, written, later, deleted: work.marked, switched, changes, cascaded, related: relatedNow(work.holders) }
}

/** Deletes that no row waits for. */
function isLast([node]: readonly RowNode[]): boolean {
  return node?.kind === 'delete' && !node.isEarly
}

function relatedNow(states: readonly EntityState[]): RelationNow[] {
  const found: RelationNow[] = []
  for (const state of states) {
    const { expired, object, model } = state
    for (const { name } of model.relations) {
      const value = expired.has(name) ? undefined : (object[name] as KnownRelation | undefined)
      if (Array.isArray(value)) found.push([state, name, [...value], value])
      else if (value !== undefined) found.push([state, name, value, null])
    }
  }
  return found
}
