import { emptyRecord, type Model } from '../../model/model.js'
import {
  type Cells,
  type InsertRow,
  type LinkRow,
  noRefs,
  type Ref,
  type Step,
  type UpdateRow,
} from '../../writing/flush-plan.js'
import type { EntityState } from '../objects/state.js'
import type { CascadedKeys } from './cascaded-keys.js'
import type { RelationChanges } from './foreign-keys.js'
import { insertSteps } from './insert-steps.js'
import { keyCells, type RowNode } from './row-nodes.js'

/** Fields of a row that an UPDATE after the others sets. */
type Later = ReadonlyMap<RowNode, readonly string[]>

/** The steps of a batch: one for its updates, or those of its inserts. */
export function pushRows(steps: Step[], batch: readonly RowNode[], later: Later): void {
  const model = batch[0]?.state.model.name as string
  if (batch[0]?.kind === 'update') {
    const rows = batch.filter(isWritten).map((node) => updateRow(node, later.get(node) ?? noNames))
    if (rows.length > 0) steps.push({ kind: 'update', model, rows })
    return
  }
  const rows = batch.map((node) => insertRow(node, later.get(node) ?? noNames))
  for (const step of insertSteps(batch[0]?.state.model as Model, rows)) steps.push(step)
}

const noNames: readonly string[] = []

/** A row of key columns only that another object takes over stays as it is. */
function isWritten({ values, refs }: RowNode): boolean {
  for (const _ in values) return true
  for (const _ in refs) return true
  return false
}

/** What is set later is left out at first. */
function insertRow(node: RowNode, later: readonly string[]): InsertRow {
  if (later.length === 0) return node
  return { id: node.id, values: without(node.values, later), refs: without(node.refs, later) }
}

/** What is set later is null at first: the value it has now may be wanted by another row. */
function updateRow(node: RowNode, later: readonly string[]): UpdateRow {
  if (later.length === 0) return node
  const { id, key, version, values, refs } = node
  const emptied = Object.fromEntries(later.map((name) => [name, null]))
  return { id, key, version, values: { ...values, ...emptied }, refs: without(refs, later) }
}

/** Sets what was postponed, once all rows are there. */
export function pushPostponed(steps: Step[], later: Later): void {
  pushUpdates(steps, later, (node, names) => {
    const values = emptyRecord(node.state.model)
    const refs = emptyRecord<Ref>(node.state.model)
    for (const name of names) {
      const ref = node.refs[name]
      if (ref) refs[name] = ref
      else values[name] = Object.hasOwn(node.values, name) ? node.values[name] : node.before?.[name]
    }
    return { id: null, key: keyAfter(node), version: null, values, refs }
  })
}

/** Empties keys that point to rows which have to go, or change, before the rows that hold them. */
export function pushEmptied(steps: Step[], emptied: Later): void {
  pushUpdates(steps, emptied, ({ state, key }, names) => ({
    id: null,
    key: state.identity ? keyCells(state) : key,
    version: null,
    values: Object.fromEntries(names.map((name) => [name, null])),
    refs: noRefs,
  }))
}

/** One step for each model. */
function pushUpdates(
  steps: Step[],
  fields: Later,
  rowOf: (node: RowNode, names: readonly string[]) => UpdateRow,
): void {
  const byModel = new Map<string, UpdateRow[]>()
  for (const [node, names] of fields) {
    const { name } = node.state.model
    const row = rowOf(node, names)
    const rows = byModel.get(name)
    if (rows) rows.push(row)
    else byModel.set(name, [row])
  }
  for (const [model, rows] of byModel) steps.push({ kind: 'update', model, rows })
}

/** The key of a row once it is written, which may be one that this plan inserts. */
function keyAfter({ kind, state, id, key, values: written, refs: given }: RowNode): Cells {
  const values = emptyRecord(state.model)
  const refs = emptyRecord<Ref>(state.model)
  for (const name of state.model.key) {
    const ref = given[name] ?? (Object.hasOwn(written, name) || kind === 'insert' ? undefined : key.refs[name])
    if (ref) refs[name] = ref
    else if (written[name] !== undefined) values[name] = written[name]
    else if (kind === 'insert') refs[name] = { row: id, field: name }
    else values[name] = key.values[name]
  }
  return { values, refs }
}

export function pushLinks(
  steps: Step[],
  changes: RelationChanges,
  nodes: readonly RowNode[],
  cascaded: CascadedKeys,
): void {
  if (changes.links.size === 0) return
  const byState = new Map(nodes.map((node) => [node.state, node]))
  const cells = (state: EntityState): Cells => {
    const node = byState.get(state)
    if (node) return keyAfter(node)
    const key = keyCells(state)
    return cascaded.isEmpty ? key : cascaded.keyOf(state.model, key, state.baseline ?? {}).cells
  }
  for (const [relation, owners] of changes.links) {
    const rows: LinkRow[] = []
    for (const [owner, { connect, disconnect }] of owners) {
      if (owner.isMarked) continue
      const targets = (states: Iterable<EntityState>) => [...states].filter(({ isMarked }) => !isMarked).map(cells)
      rows.push({ key: cells(owner), connect: targets(connect), disconnect: targets(disconnect) })
    }
    if (rows.length > 0) steps.push({ kind: 'link', model: relation.model.name, relation: relation.name, rows })
  }
}

function without<T>(values: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  const left: Record<string, T> = Object.create(null)
  for (const name of Object.keys(values)) if (!names.includes(name)) left[name] = values[name] as T
  return left
}
