import type { Cells, InsertRow, LinkRow, Ref, Step, UpdateRow, Values } from '../../writing/flush-plan.js'
import type { EntityState } from '../objects/state.js'
import type { RelationChanges } from './foreign-keys.js'
import { keyCells, type RowNode } from './row-nodes.js'

/** Fields of a row that an UPDATE after the others sets. */
type Later = ReadonlyMap<RowNode, readonly string[]>

/** The steps of a batch: one for its updates, one for each set of columns that it inserts. */
export function pushRows(steps: Step[], batch: readonly RowNode[], later: Later): void {
  const model = batch[0]?.state.model.name as string
  if (batch[0]?.kind === 'update') {
    steps.push({ kind: 'update', model, rows: batch.map((node) => updateRow(node, later.get(node) ?? [])) })
    return
  }
  const byColumns = new Map<string, InsertRow[]>()
  let last: InsertRow[] = []
  for (const node of batch) {
    const row = insertRow(node, later.get(node) ?? noNames)
    if (last[0] && isAlike(last[0].values, row.values) && isAlike(last[0].refs, row.refs)) {
      last.push(row)
      continue
    }
    const columns = [...Object.keys(row.values), ...Object.keys(row.refs)].sort().join()
    last = byColumns.get(columns) ?? []
    byColumns.set(columns, last)
    last.push(row)
  }
  for (const rows of byColumns.values()) steps.push({ kind: 'insert', model, rows })
}

const noNames: readonly string[] = []

/** The same names in the same order: most rows are like the one before. */
function isAlike(a: object, b: object): boolean {
  const [left, right] = [Object.keys(a), Object.keys(b)]
  if (left.length !== right.length) return false
  for (let index = 0; index < left.length; index++) if (left[index] !== right[index]) return false
  return true
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

export function pushPostponed(steps: Step[], later: Later): void {
  for (const [node, names] of later) {
    const row: UpdateRow = {
      id: null,
      key: cellsOf(node),
      version: null,
      values: only(node.values, names),
      refs: only(node.refs, names),
    }
    steps.push({ kind: 'update', model: node.state.model.name, rows: [row] })
  }
}

/** The key of a row, which may be one that this plan inserts. */
function cellsOf(node: { state: EntityState; id: number; kind: string; values: Values; key: Cells }): Cells {
  if (node.kind === 'update') return node.key
  const values: Record<string, unknown> = {}
  const refs: Record<string, Ref> = {}
  for (const { name } of node.state.model.keyFields) {
    if (node.values[name] === undefined) refs[name] = { row: node.id, field: name }
    else values[name] = node.values[name]
  }
  return { values, refs }
}

export function pushLinks(steps: Step[], changes: RelationChanges, nodes: readonly RowNode[]): void {
  if (changes.links.size === 0) return
  const byState = new Map(nodes.map((node) => [node.state, node]))
  const cells = (state: EntityState): Cells => {
    const node = byState.get(state)
    return node ? cellsOf(node) : keyCells(state)
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

function only<T>(values: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)))
}

function without<T>(values: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)))
}
