import type { Cells, DeleteRow, InsertRow, LinkRow, Ref, Refs, Step, UpdateRow, Values } from '../driver/flush-plan.js'
import { noRefs } from '../driver/flush-plan.js'
import { FlushError } from '../errors.js'
import type { Model, Relation, ScalarField } from '../model/model.js'
import { keptValue, keyText } from '../model/values.js'
import { changedScalars } from './changes.js'
import { commitOrder, type Need, type OrderNode } from './commit-order.js'
import type { SessionCore } from './core.js'
import { RelationChanges } from './foreign-keys.js'
import { modelRanks } from './model-ranks.js'
import { owningRelations } from './relations.js'
import { replacedRows } from './replaced-rows.js'
import { type Entity, type EntityState, identityOf, keyFieldsOf, keyValues } from './state.js'

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
  const replaced = replacedRows(core, work)
  const nodes = rowNodes(core, work, changes, replaced.switched)
  const { batches, postponed } = commitOrder(nodes)
  const steps: Step[] = []
  pushDeletes(core, steps, replaced.early)
  const later = new Map<RowNode, Relation[]>()
  for (const { node, need } of postponed) later.set(node, [...(later.get(node) ?? []), (need as RowNeed).relation])
  for (const batch of batches) pushRows(steps, batch, later)
  const written: Written[] = nodes.map((node) => ({
    ...node,
    later: later.get(node)?.flatMap(({ fields }) => fields) ?? [],
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

interface RowNode extends OrderNode<RowNode> {
  readonly state: EntityState
  readonly kind: 'insert' | 'update'
  readonly id: number
  readonly values: Values
  readonly refs: Refs
  readonly key: Cells
  readonly version: Values | null
  readonly needs: RowNeed[]
}

interface RowNeed extends Need<RowNode> {
  readonly relation: Relation
}

function rowNodes(
  core: SessionCore,
  work: FlushWork,
  changes: RelationChanges,
  switched: ReadonlyMap<EntityState, EntityState>,
): RowNode[] {
  const ids = new Map(work.added.filter((state) => !switched.has(state)).map((state, index) => [state, index]))
  const drafting: Drafting = {
    core,
    changes,
    ids,
    ranks: modelRanks(core.models),
    nodes: new Map(),
    byKey: new Map(),
    nextId: ids.size,
  }
  const nodes: RowNode[] = []
  for (const state of work.added) {
    const old = switched.get(state)
    const node = old ? switchNode(drafting, state, old) : insertNode(drafting, state)
    nodes.push(node)
    drafting.nodes.set(state, node)
    const identity = identityOf(state.model, node.values)
    if (identity) drafting.byKey.set(`${state.model.name} ${identity.text}`, node)
  }
  const toUpdate = new Set(work.changed)
  for (const state of changes.foreignKeys.keys())
    if (state.lifecycle === 'persistent' && !state.isMarked) toUpdate.add(state)
  for (const state of [...toUpdate].sort(byKey)) {
    const node = updateNode(drafting, state)
    if (node) nodes.push(node)
  }
  for (const node of nodes) findNeeds(drafting, node)
  return nodes
}

interface Drafting {
  readonly core: SessionCore
  readonly changes: RelationChanges
  readonly ids: ReadonlyMap<EntityState, number>
  readonly ranks: ReadonlyMap<Model, number>
  readonly nodes: Map<EntityState, RowNode>
  /** New rows whose key is known, to order rows linked by plain foreign keys. */
  readonly byKey: Map<string, RowNode>
  nextId: number
}

function insertNode(drafting: Drafting, state: EntityState): RowNode {
  const { core } = drafting
  const values: Record<string, unknown> = {}
  for (const field of state.model.scalars) {
    const value = state.object[field.name]
    if (value !== undefined) values[field.name] = keptValue(field, value)
  }
  const version = core.versionField(state.model)
  if (version !== undefined && values[version] === undefined) values[version] = 1
  const refs = setForeignKeys(drafting, state, values)
  requireKey(state, values, refs)
  return rowNode(drafting, 'insert', state, drafting.ids.get(state) as number, values, refs, emptyCells, null)
}

/** A new object takes over the row of a deleted one with the same key. */
function switchNode(drafting: Drafting, state: EntityState, old: EntityState): RowNode {
  const values: Record<string, unknown> = {}
  for (const field of state.model.scalars) {
    if (field.isKey) continue
    const value = state.object[field.name]
    values[field.name] = value === undefined ? defaultValue(field) : keptValue(field, value)
  }
  const refs = setForeignKeys(drafting, state, values)
  return rowNode(drafting, 'update', state, drafting.nextId++, values, refs, keyCells(old), null)
}

function updateNode(drafting: Drafting, state: EntityState): RowNode | null {
  const values: Record<string, unknown> = {}
  for (const name of changedScalars(state)) {
    const field = state.model.fields.get(name) as ScalarField
    values[name] = keptValue(field, state.object[name])
  }
  const refs = setForeignKeys(drafting, state, values)
  for (const name of Object.keys(values)) {
    const field = state.model.fields.get(name) as ScalarField
    if (state.baseline && values[name] === state.baseline[name] && !field.isKey) delete values[name] // moved and moved back
  }
  if (Object.keys(values).length === 0 && Object.keys(refs).length === 0) return null
  const id = drafting.nextId++
  const versionField = drafting.core.versionField(state.model)
  const known = versionField === undefined ? undefined : state.baseline?.[versionField]
  if (versionField === undefined || known === undefined)
    return rowNode(drafting, 'update', state, id, values, refs, keyCells(state), null)
  values[versionField] ??= typeof known === 'bigint' ? known + 1n : Number(known) + 1
  return rowNode(drafting, 'update', state, id, values, refs, keyCells(state), { [versionField]: known })
}

function rowNode(
  { ranks }: Drafting,
  kind: RowNode['kind'],
  state: EntityState,
  id: number,
  values: Values,
  refs: Refs,
  key: Cells,
  version: Values | null,
): RowNode {
  // Two ranks a model: its updates go before its inserts.
  const rank = (ranks.get(state.model) ?? 0) * 2 + (kind === 'insert' ? 1 : 0)
  return { kind, state, id, values, refs, key, version, rank, needs: [], label: state.label }
}

const emptyCells: Cells = { values: {}, refs: noRefs }

function keyCells(state: EntityState): Cells {
  return state.identity ? { values: keyValues(state.identity), refs: noRefs } : emptyCells
}

/** Writes the foreign keys that relations give into `values`; those not known yet are returned. */
function setForeignKeys({ changes, ids }: Drafting, state: EntityState, values: Record<string, unknown>): Refs {
  const keys = changes.foreignKeys.get(state)
  if (!keys) return noRefs
  const refs: Record<string, Ref> = {}
  for (const [relation, target] of keys) {
    for (const [index, name] of relation.fields.entries()) {
      const field = relation.references[index] as string
      const value = target ? target.object[field] : nullFor(relation, name)
      if (value === undefined && target && ids.has(target)) {
        refs[name] = { row: ids.get(target) as number, field }
        delete values[name]
      } else if (value !== undefined) {
        values[name] = value
      }
    }
  }
  return refs
}

/** A composite key is emptied by those of its fields that may be null. */
function nullFor(relation: Relation, name: string): null | undefined {
  const field = relation.model.fields.get(name)
  return field?.kind === 'scalar' && (field.isRequired || field.isKey) && !relation.isRequired ? undefined : null
}

function requireKey(state: EntityState, values: Values, refs: Refs): void {
  for (const field of keyFieldsOf(state.model)) {
    if (field.name in refs || (values[field.name] !== undefined && values[field.name] !== null)) continue
    if (field.default.kind !== 'none') continue
    throw new FlushError(`${state.label} has no primary key: set ${field.name}, which the database does not make`)
  }
}

function findNeeds({ changes, nodes, byKey }: Drafting, node: RowNode): void {
  const pointed = changes.foreignKeys.get(node.state)
  for (const relation of owningRelations(node.state.model)) {
    const target = pointed?.get(relation)
    const needed = target === undefined ? neededByKey(byKey, relation, node) : target && nodes.get(target)
    if (needed?.kind !== 'insert' || (needed === node && node.kind === 'update')) continue
    node.needs.push({ node: needed, canBeLater: node.kind === 'insert' && isNullable(relation), relation })
  }
}

function neededByKey(
  byKey: ReadonlyMap<string, RowNode>,
  { target, fields, references }: Relation,
  node: RowNode,
): RowNode | undefined {
  if (byKey.size === 0) return undefined
  const key = Object.fromEntries(references.map((name, index) => [name, node.values[fields[index] as string]]))
  const identity = identityOf(target, key)
  const found = identity ? byKey.get(`${target.name} ${identity.text}`) : undefined
  return found === node ? undefined : found
}

function isNullable({ model, fields }: Relation): boolean {
  return fields.every((name) => {
    const field = model.fields.get(name)
    return field?.kind === 'scalar' && !field.isRequired
  })
}

function pushRows(steps: Step[], batch: readonly RowNode[], later: ReadonlyMap<RowNode, Relation[]>): void {
  const model = batch[0]?.state.model.name as string
  if (batch[0]?.kind === 'update') {
    const rows: UpdateRow[] = batch.map(({ id, key, version, values, refs }) => ({ id, key, version, values, refs }))
    steps.push({ kind: 'update', model, rows })
    return
  }
  const byColumns = new Map<string, InsertRow[]>()
  for (const node of batch) {
    const row = withoutPostponed(node, later.get(node) ?? [])
    const columns = [...Object.keys(row.values), ...Object.keys(row.refs)].sort().join()
    const rows = byColumns.get(columns)
    if (rows) rows.push(row)
    else byColumns.set(columns, [row])
  }
  for (const rows of byColumns.values()) steps.push({ kind: 'insert', model, rows })
}

function withoutPostponed({ id, values, refs }: RowNode, relations: readonly Relation[]): InsertRow {
  if (relations.length === 0) return { id, values, refs }
  const names = relations.flatMap(({ fields }) => fields)
  return { id, values: without(values, names), refs: without(refs, names) }
}

function pushPostponed(steps: Step[], later: ReadonlyMap<RowNode, Relation[]>): void {
  for (const [node, relations] of later) {
    const names = relations.flatMap(({ fields }) => fields)
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
  for (const { name } of keyFieldsOf(node.state.model)) {
    if (node.values[name] === undefined) refs[name] = { row: node.id, field: name }
    else values[name] = node.values[name]
  }
  return { values, refs }
}

function pushLinks(steps: Step[], changes: RelationChanges, nodes: readonly RowNode[]): void {
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

/** Children before parents; within a model that points to itself, level by level. */
function pushDeletes(core: SessionCore, steps: Step[], states: readonly EntityState[]): void {
  const ranks = modelRanks(core.models)
  const byModel = new Map<Model, EntityState[]>()
  for (const state of states) byModel.set(state.model, [...(byModel.get(state.model) ?? []), state])
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
  const marked = new Map(states.map((state) => [`${state.model.name} ${state.identity?.text}`, state]))
  for (const state of states) {
    for (const relation of owningRelations(state.model)) {
      const isLate = models.indexOf(state.model) > models.indexOf(relation.target) && models.includes(relation.target)
      if (!isLate || handlesDelete(relation) || !isNullable(relation) || !state.baseline) continue
      const key = Object.fromEntries(
        relation.references.map((name, i) => [name, state.baseline?.[relation.fields[i] as string]]),
      )
      const identity = identityOf(relation.target, key)
      if (!identity || !marked.has(`${relation.target.name} ${identity.text}`)) continue
      const values = Object.fromEntries(relation.fields.map((name) => [name, null]))
      steps.push({
        kind: 'update',
        model: state.model.name,
        rows: [{ id: null, key: keyCells(state), version: null, values, refs: noRefs }],
      })
    }
  }
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
    const parents = self.map(({ fields }) => byText.get(keyText(keyFieldsOf(model), parentKey(model, state, fields))))
    const found = Math.max(0, ...parents.map((parent) => (parent && parent !== state ? depthOf(parent, seen) + 1 : 0)))
    depth.set(state, found)
    return found
  }
  const levels: EntityState[][] = []
  for (const state of states) {
    const at = depthOf(state, new Set())
    levels[at] = [...(levels[at] ?? []), state]
  }
  return levels.reverse().filter(Boolean)
}

function parentKey(model: Model, state: EntityState, fields: readonly string[]): Values {
  return Object.fromEntries(model.key.map((name, index) => [name, state.baseline?.[fields[index] as string]]))
}

function handlesDelete({ onDelete }: Relation): boolean {
  return onDelete === 'Cascade' || onDelete === 'SetNull' || onDelete === 'SetDefault'
}

export function defaultValue(field: ScalarField): unknown {
  return field.default.kind === 'literal' ? field.default.value : null
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

/** A fixed order of locks: by key. */
function byKey(a: EntityState, b: EntityState): number {
  const [left, right] = [a.identity?.values ?? [], b.identity?.values ?? []]
  for (const [index, value] of left.entries()) {
    const other = right[index]
    if (value === other) continue
    return (value as number) < (other as number) ? -1 : 1
  }
  return 0
}

function only<T>(values: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)))
}

function without<T>(values: Readonly<Record<string, T>>, names: readonly string[]): Record<string, T> {
  return Object.fromEntries(Object.entries(values).filter(([name]) => !names.includes(name)))
}
