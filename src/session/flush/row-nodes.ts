import { emptyRecord, type Model, type ScalarField } from '../../model/model.js'
import { keptValue, sameValue } from '../../model/values.js'
import { defaultOf } from '../../writing/defaults.js'
import { type Cells, noRefs, type Ref, type Refs, type Values } from '../../writing/flush-plan.js'
import type { SessionCore } from '../core.js'
import { changedScalars } from '../objects/changes.js'
import { type EntityState, keyValues } from '../objects/state.js'
import type { Need, OrderNode } from './commit-order.js'
import type { FlushWork } from './flush-draft.js'
import type { RelationChanges } from './foreign-keys.js'
import { keyColumns } from './key-columns.js'
import { modelRanks } from './model-ranks.js'

/** A row that a flush writes or deletes. */
export interface RowNode extends OrderNode<RowNode> {
  readonly state: EntityState
  readonly kind: 'insert' | 'update' | 'delete'
  readonly id: number
  readonly values: Values
  readonly refs: Refs
  /** What the object held where a relation gave another value to the row. */
  readonly seen: Values
  /** What is known of the row before the flush; null for a new row. */
  readonly before: Values | null
  /** Where the row stands when the node's turn comes. */
  key: Cells
  readonly version: Values | null
  rank: number
  /** A delete that rows to be written wait for. */
  isEarly: boolean
  needs: readonly RowNeed[]
}

export interface RowNeed extends Need<RowNode> {
  /** Set after all other rows where the need is postponed; with `isEmptied`, fields of the needed row that are nulled first. */
  readonly fields: readonly string[]
  readonly isEmptied?: boolean
}

/** The rows to write, and those to delete. */
export function rowNodes(
  core: SessionCore,
  work: FlushWork,
  changes: RelationChanges,
  switched: ReadonlyMap<EntityState, EntityState>,
): { written: RowNode[]; deleted: RowNode[] } {
  const ids = new Map<EntityState, number>()
  for (const state of work.added) if (!switched.has(state)) ids.set(state, ids.size)
  const drafting: Drafting = { core, changes, ids, ranks: modelRanks(core.models), nextId: ids.size }
  const written = work.added.map((state) => {
    const old = switched.get(state)
    return old ? switchNode(drafting, state, old) : insertNode(drafting, state)
  })
  const toUpdate = new Set(work.changed)
  for (const state of changes.foreignKeys.keys())
    if (state.lifecycle === 'persistent' && !state.isMarked) toUpdate.add(state)
  for (const state of [...toUpdate].sort(byKey)) {
    const node = updateNode(drafting, state)
    if (node) written.push(node)
  }
  const gone = new Set(switched.values())
  const marked = work.marked.filter((state) => !gone.has(state))
  return { written, deleted: marked.sort(byKey).map((state) => deleteNode(drafting, state)) }
}

interface Drafting {
  readonly core: SessionCore
  readonly changes: RelationChanges
  readonly ids: ReadonlyMap<EntityState, number>
  readonly ranks: ReadonlyMap<Model, number>
  nextId: number
}

function insertNode(drafting: Drafting, state: EntityState): RowNode {
  const { core } = drafting
  const values = emptyRecord(state.model)
  for (const field of state.model.scalars) {
    const value = state.object[field.name]
    if (value !== undefined) values[field.name] = keptValue(field, value)
  }
  const version = core.versionField(state.model)
  if (version !== undefined && values[version] === undefined) values[version] = 1
  const keys = setForeignKeys(drafting, state, values)
  return rowNode(drafting, 'insert', state, {
    id: drafting.ids.get(state) as number,
    values,
    refs: keys.refs,
    seen: keys.seen,
    key: emptyCells,
    before: null,
    version: null,
  })
}

/** A new object takes over the row of a deleted one with the same key. */
function switchNode(drafting: Drafting, state: EntityState, old: EntityState): RowNode {
  const values = emptyRecord(state.model)
  const now = new Date()
  for (const field of state.model.scalars) {
    if (field.isKey) continue
    const value = state.object[field.name]
    values[field.name] = value === undefined ? defaultValue(field, now) : keptValue(field, value)
  }
  const version = drafting.core.versionField(state.model)
  const known = knownVersion(version, old)
  if (version !== undefined) values[version] = state.object[version] ?? (known ? next(known[version]) : 1)
  const keys = setForeignKeys(drafting, state, values)
  for (const name of state.model.key) delete values[name] // the row has it
  return rowNode(drafting, 'update', state, {
    id: drafting.nextId++,
    values,
    refs: keys.refs,
    seen: keys.seen,
    key: keyCells(old),
    before: old.baseline,
    version: known,
  })
}

function updateNode(drafting: Drafting, state: EntityState): RowNode | null {
  const { model, baseline } = state
  const values = emptyRecord(model)
  for (const name of changedScalars(state)) {
    const field = model.fields.get(name) as ScalarField
    values[name] = keptValue(field, state.object[name])
  }
  const keys = setForeignKeys(drafting, state, values)
  for (const name of Object.keys(values)) {
    const field = model.fields.get(name) as ScalarField
    if (keys.isOfNewRow || state.flagged.has(name)) continue
    if (sameValue(field, values[name], baseline?.[name])) delete values[name] // moved and moved back
  }
  if (Object.keys(values).length === 0 && Object.keys(keys.refs).length === 0) return null
  const versionField = drafting.core.versionField(model)
  const version = knownVersion(versionField, state)
  if (version && versionField !== undefined && values[versionField] === undefined) {
    values[versionField] = next(version[versionField])
    keys.seen = { ...keys.seen, [versionField]: state.object[versionField] }
  }
  const id = drafting.nextId++
  return rowNode(drafting, 'update', state, {
    id,
    values,
    refs: keys.refs,
    seen: keys.seen,
    key: keyCells(state),
    before: baseline,
    version,
  })
}

function deleteNode(drafting: Drafting, state: EntityState): RowNode {
  return rowNode(drafting, 'delete', state, {
    id: -1,
    values: noValues,
    refs: noRefs,
    seen: noValues,
    key: keyCells(state),
    before: { ...state.baseline, ...(state.identity && keyValues(state.identity)) },
    version: knownVersion(drafting.core.versionField(state.model), state),
  })
}

function next(version: unknown): number | bigint {
  return typeof version === 'bigint' ? version + 1n : Number(version) + 1
}

function knownVersion(field: string | undefined, { baseline }: EntityState): Values | null {
  const known = field === undefined ? undefined : baseline?.[field]
  return known === undefined ? null : { [field as string]: known }
}

type Given = Pick<RowNode, 'id' | 'values' | 'refs' | 'seen' | 'key' | 'before' | 'version'>

function rowNode({ ranks }: Drafting, kind: RowNode['kind'], state: EntityState, given: Given): RowNode {
  const rank = rankOf(kind, ranks.get(state.model) ?? 0, ranks.size)
  return { kind, state, ...given, rank, isEarly: false, needs: noNeeds }
}

/** Parents first, each model's updates before its inserts; then what is deleted, children first. */
function rankOf(kind: RowNode['kind'], rank: number, models: number): number {
  if (kind === 'delete') return 3 * models - rank
  return rank * 2 + (kind === 'insert' ? 1 : 0)
}

const noNeeds: readonly RowNeed[] = []
const noValues: Values = {}
const emptyCells: Cells = { values: {}, refs: noRefs }

export function keyCells(state: EntityState): Cells {
  return state.identity ? { values: keyValues(state.identity), refs: noRefs } : emptyCells
}

/** Foreign keys that relations give. */
interface GivenKeys {
  /** Those that a row of the same flush brings. */
  readonly refs: Refs
  seen: Values
  /** One points to a new row: that may have the key of a deleted one, which takes or empties what points to it. */
  readonly isOfNewRow: boolean
}

/** Writes the foreign keys that relations give into `values`; those not known yet are returned. */
function setForeignKeys({ changes, ids }: Drafting, state: EntityState, values: Record<string, unknown>): GivenKeys {
  const columns = keyColumns(changes, state)
  if (!columns) return { refs: noRefs, seen: noValues, isOfNewRow: false }
  const refs = emptyRecord<Ref>(state.model)
  const seen = emptyRecord(state.model)
  let isOfNewRow = false
  for (const [name, { value, from, field, target }] of columns) {
    if (target && ids.has(target)) isOfNewRow = true
    if (value !== undefined) {
      values[name] = value
    } else if (from && ids.has(from)) {
      refs[name] = { row: ids.get(from) as number, field }
      delete values[name]
    } else {
      continue
    }
    if (!state.expired.has(name)) seen[name] = state.object[name]
  }
  return { refs, seen, isOfNewRow }
}

/** What a new row gets that gives no value; the database's own are not among them. */
function defaultValue(field: ScalarField, now: Date): unknown {
  const made = defaultOf(field)
  return typeof made === 'function' ? made(now) : null
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
