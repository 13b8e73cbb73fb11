import type { Model, Relation, ScalarField, Unique } from '../../model/model.js'
import { keptValue, sameValue } from '../../model/values.js'
import { defaultOf } from '../../writing/defaults.js'
import { type Cells, noRefs, type Ref, type Refs, type Values } from '../../writing/flush-plan.js'
import type { SessionCore } from '../core.js'
import { changedScalars } from '../objects/changes.js'
import { owningRelations } from '../objects/relations.js'
import { type EntityState, identityOf, keyValues } from '../objects/state.js'
import type { Need, OrderNode } from './commit-order.js'
import type { FlushWork } from './flush-draft.js'
import { nullFor, type RelationChanges } from './foreign-keys.js'
import { modelRanks } from './model-ranks.js'
import { uniqueText } from './replaced-rows.js'
export interface RowNode extends OrderNode<RowNode> {
  readonly state: EntityState
  readonly kind: 'insert' | 'update'
  readonly id: number
  readonly values: Values
  readonly refs: Refs
  /** What the object held where a relation gave another value to the row. */
  readonly seen: Values
  readonly key: Cells
  readonly version: Values | null
  needs: readonly RowNeed[]
}

export interface RowNeed extends Need<RowNode> {
  /** What may be set later. */
  readonly fields: readonly string[]
}

export function rowNodes(
  core: SessionCore,
  work: FlushWork,
  changes: RelationChanges,
  switched: ReadonlyMap<EntityState, EntityState>,
): RowNode[] {
  const ids = new Map<EntityState, number>()
  for (const state of work.added) if (!switched.has(state)) ids.set(state, ids.size)
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
  findHandovers(nodes)
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
  const keys = setForeignKeys(drafting, state, values)
  return rowNode(drafting, 'insert', state, drafting.ids.get(state) as number, values, keys, emptyCells, null)
}

/** A new object takes over the row of a deleted one with the same key. */
function switchNode(drafting: Drafting, state: EntityState, old: EntityState): RowNode {
  const values: Record<string, unknown> = {}
  for (const field of state.model.scalars) {
    if (field.isKey) continue
    const value = state.object[field.name]
    values[field.name] = value === undefined ? defaultValue(field) : keptValue(field, value)
  }
  const keys = setForeignKeys(drafting, state, values)
  return rowNode(drafting, 'update', state, drafting.nextId++, values, keys, keyCells(old), null)
}

function updateNode(drafting: Drafting, state: EntityState): RowNode | null {
  const values: Record<string, unknown> = {}
  for (const name of changedScalars(state)) {
    const field = state.model.fields.get(name) as ScalarField
    values[name] = keptValue(field, state.object[name])
  }
  const keys = setForeignKeys(drafting, state, values)
  for (const name of Object.keys(values)) {
    const field = state.model.fields.get(name) as ScalarField
    if (!field.isKey && sameValue(field, values[name], state.baseline?.[name])) delete values[name] // moved and moved back
  }
  if (Object.keys(values).length === 0 && Object.keys(keys.refs).length === 0) return null
  const id = drafting.nextId++
  const versionField = drafting.core.versionField(state.model)
  const known = versionField === undefined ? undefined : state.baseline?.[versionField]
  if (versionField === undefined || known === undefined)
    return rowNode(drafting, 'update', state, id, values, keys, keyCells(state), null)
  if (values[versionField] === undefined) {
    values[versionField] = typeof known === 'bigint' ? known + 1n : Number(known) + 1
    keys.seen = { ...keys.seen, [versionField]: state.object[versionField] }
  }
  return rowNode(drafting, 'update', state, id, values, keys, keyCells(state), { [versionField]: known })
}

function rowNode(
  { ranks }: Drafting,
  kind: RowNode['kind'],
  state: EntityState,
  id: number,
  values: Values,
  { refs, seen }: GivenKeys,
  key: Cells,
  version: Values | null,
): RowNode {
  // Two ranks a model: its updates go before its inserts.
  const rank = (ranks.get(state.model) ?? 0) * 2 + (kind === 'insert' ? 1 : 0)
  return { kind, state, id, values, refs, seen, key, version, rank, needs: noNeeds }
}

const noNeeds: readonly RowNeed[] = []

function addNeed(node: RowNode, need: RowNeed): void {
  node.needs = node.needs === noNeeds ? [need] : [...node.needs, need]
}

const noValues: Values = {}
const emptyCells: Cells = { values: {}, refs: noRefs }

export function keyCells(state: EntityState): Cells {
  return state.identity ? { values: keyValues(state.identity), refs: noRefs } : emptyCells
}

interface GivenKeys {
  /** Those that a row of the same flush brings. */
  readonly refs: Refs
  seen: Values
}

/** Writes the foreign keys that relations give into `values`; those not known yet are returned. */
function setForeignKeys({ changes, ids }: Drafting, state: EntityState, values: Record<string, unknown>): GivenKeys {
  const keys = changes.foreignKeys.get(state)
  if (!keys) return { refs: noRefs, seen: noValues }
  const refs: Record<string, Ref> = {}
  const seen: Record<string, unknown> = {}
  for (const [relation, target] of keys) {
    for (const [index, name] of relation.fields.entries()) {
      const field = relation.references[index] as string
      const value = target ? target.object[field] : nullFor(relation, name)
      if (value === undefined && target && ids.has(target)) {
        refs[name] = { row: ids.get(target) as number, field }
        delete values[name]
      } else if (value === undefined) {
        continue
      } else {
        values[name] = value
      }
      if (!state.expired.has(name)) seen[name] = state.object[name]
    }
  }
  return { refs, seen }
}

function findNeeds({ changes, nodes, byKey }: Drafting, node: RowNode): void {
  const pointed = changes.foreignKeys.get(node.state)
  for (const relation of owningRelations(node.state.model)) {
    const target = pointed?.get(relation)
    const needed = target === undefined ? neededByKey(byKey, relation, node) : target && nodes.get(target)
    if (needed?.kind !== 'insert' || (needed === node && node.kind === 'update')) continue
    addNeed(node, {
      node: needed,
      canBeLater: node.kind === 'insert' && isNullable(relation.model, relation.fields),
      fields: relation.fields,
    })
  }
}

/** A unique value that one row gives up and another takes: the giver is written first. */
function findHandovers(nodes: readonly RowNode[]): void {
  const givers = new Map<string, RowNode>()
  for (const node of nodes) {
    const { baseline, model } = node.state
    if (node.kind !== 'update' || !baseline) continue
    for (const unique of model.uniques) {
      const text = isWritten(node, unique) ? uniqueText(model, unique, baseline) : undefined
      if (text !== undefined) givers.set(text, node)
    }
  }
  if (givers.size === 0) return
  for (const node of nodes) {
    const { model, baseline } = node.state
    const unset = Object.fromEntries(Object.keys(node.refs).map((name) => [name, undefined]))
    for (const unique of model.uniques) {
      if (!isWritten(node, unique)) continue
      const text = uniqueText(model, unique, { ...baseline, ...node.values, ...unset })
      const giver = text === undefined ? undefined : givers.get(text)
      if (!giver || giver === node) continue
      addNeed(node, { node: giver, canBeLater: isNullable(model, unique.fields), fields: unique.fields })
    }
  }
}

function isWritten({ values, refs }: RowNode, { fields }: Unique): boolean {
  for (const name of fields) if (name in values || name in refs) return true
  return false
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

export function isNullable(model: Model, fields: readonly string[]): boolean {
  return fields.every((name) => {
    const field = model.fields.get(name)
    return field?.kind === 'scalar' && !field.isRequired
  })
}

/** What a new row gets that gives no value; generated ones are not among them. */
function defaultValue(field: ScalarField): unknown {
  const made = defaultOf(field)
  return typeof made === 'function' ? made(new Date()) : null
}

/** A fixed order of locks: by key. */
export function byKey(a: EntityState, b: EntityState): number {
  const left = a.identity?.values ?? []
  const right = b.identity?.values ?? []
  for (let index = 0; index < left.length; index++) {
    const [value, other] = [left[index] as number, right[index] as number]
    if (value !== other) return value < other ? -1 : 1
  }
  return 0
}
