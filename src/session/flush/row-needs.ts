import { handlesDelete, type Model, type Relation, type ScalarField, type Unique } from '../../model/model.js'
import { keyText } from '../../model/values.js'
import { isNullable, nullableFields, owningRelations } from '../objects/relations.js'
import type { EntityState } from '../objects/state.js'
import { CascadedKeys } from './cascaded-keys.js'
import type { RelationChanges } from './foreign-keys.js'
import { RowIndex } from './row-index.js'
import type { RowNeed, RowNode } from './row-nodes.js'

export interface FoundNeeds {
  /** What the database does to keys while rows are written. */
  readonly cascaded: CascadedKeys
  /** Keys of deleted rows that are emptied beforehand, since they point to rows whose turn to be deleted comes first. */
  readonly emptied: Map<RowNode, readonly string[]>
}

/** Finds which rows must be written or deleted before which. */
export function findNeeds(
  changes: RelationChanges,
  written: readonly RowNode[],
  deleted: readonly RowNode[],
): FoundNeeds {
  const emptied = new Map<RowNode, readonly string[]>()
  const moving = written.filter(movesReferences)
  const cascaded = new CascadedKeys(moving)
  const arriving = new RowIndex([...written.filter(({ kind }) => kind === 'insert'), ...moving], rowAfter)
  const leaving = new RowIndex([...deleted, ...moving], ({ before }) => before)
  const byState = new Map(written.map((node) => [node.state, node]))
  for (const node of written) {
    needTargets(changes.foreignKeys.get(node.state), byState, arriving, node)
    if (!leaving.isEmpty) needToLeave(leaving, node, emptied)
    if (!cascaded.isEmpty) followParent(cascaded, node)
  }
  for (const node of leaving.isEmpty ? [] : deleted) {
    needToLeave(leaving, node, emptied)
    if (!cascaded.isEmpty) followParent(cascaded, node)
  }
  findHandovers(written, deleted)
  hurryNeeded(written, deleted)
  return { cascaded, emptied }
}

/** True for a row whose update changes fields that foreign keys refer to. */
function movesReferences(node: RowNode): boolean {
  if (node.kind !== 'update') return false
  return node.state.model.referrers.some(({ references }) => writesAny(node, references))
}

function writesAny({ values, refs }: RowNode, fields: readonly string[]): boolean {
  for (const name of fields) if (name in values || name in refs) return true
  return false
}

/** The row as the node leaves it; what another row of the flush gives is missing. */
export function rowAfter({ before, values, refs }: RowNode): Record<string, unknown> {
  const row: Record<string, unknown> = { ...before, ...values }
  for (const name of Object.keys(refs)) row[name] = undefined
  return row
}

function addNeed(node: RowNode, need: RowNeed): void {
  node.needs = [...node.needs, need]
}

/** A row needs those that its foreign keys point to: new ones, and ones that only get the values it points to. */
function needTargets(
  pointed: ReadonlyMap<Relation, EntityState | null> | undefined,
  byState: ReadonlyMap<EntityState, RowNode>,
  arriving: RowIndex,
  node: RowNode,
): void {
  if (arriving.isEmpty) return
  for (const relation of owningRelations(node.state.model)) {
    const target = pointed?.get(relation)
    const needed =
      target === undefined
        ? writesAny(node, relation.fields) && arriving.find(relation, rowAfter(node))
        : target && byState.get(target)
    if (!needed || (needed === node && node.kind === 'update')) continue
    if (needed.kind === 'update' && !writesAny(needed, relation.references)) continue
    addNeed(node, { node: needed, canBeLater: isNullable(relation), fields: fieldsForLater(node, relation.fields) })
  }
}

/** Of the fields that may be null, those that the row writes; one null is enough. */
function fieldsForLater(node: RowNode, fields: readonly string[]): readonly string[] {
  const { model } = node.state
  const nullable = fields.filter((name) => !(model.fields.get(name) as ScalarField).isRequired)
  const written = nullable.filter((name) => writesAny(node, [name]))
  return written.length > 0 ? written : nullable
}

/** Rows that point to one which is deleted, or whose referenced fields change, are to leave it first. */
function needToLeave(leaving: RowIndex, node: RowNode, emptied: Map<RowNode, readonly string[]>): void {
  const { before } = node
  if (!before) return
  for (const relation of owningRelations(node.state.model)) {
    const parent = leaving.find(relation, before)
    if (!parent) continue
    if (parent === node) {
      // InnoDB refuses to delete a row that points to itself.
      if (node.kind === 'delete' && !handlesDelete(relation)) addTo(emptied, node, nullableFields(relation))
      continue
    }
    const need = parent.kind === 'delete' ? needOfDelete(relation, node) : needOfMove(relation, node)
    if (need?.isEmptied && isAgainstRank(parent, node) && need.canBeLater) addTo(emptied, node, need.fields)
    else if (need) addNeed(parent, need)
  }
}

/** Ranks are cut at nullable keys: these are emptied without looking for the circle, which makes few steps of many rows. */
function isAgainstRank(parent: RowNode, node: RowNode): boolean {
  return parent.kind === 'delete' && node.kind === 'delete' && parent.rank < node.rank
}

export function addTo(fields: Map<RowNode, readonly string[]>, node: RowNode, names: readonly string[]): void {
  if (names.length > 0) fields.set(node, [...(fields.get(node) ?? []), ...names])
}

function needOfDelete(relation: Relation, node: RowNode): RowNeed | null {
  const { onDelete, model, target, fields } = relation
  const leave = { node, canBeLater: isNullable(relation), fields: nullableFields(relation), isEmptied: true }
  if (node.kind === 'update') {
    if (writesAny(node, fields)) return leave
    return onDelete === 'Cascade' ? { node, canBeLater: true, isLastResort: true, fields: [] } : null
  }
  switch (onDelete) {
    case 'SetNull': // left to the database, unless a column of the key cannot be null
      return leave.fields.length === fields.length ? null : leave
    case 'Cascade':
      if (model === target && node.version === null) return null // one statement deletes both
      return leave.canBeLater ? leave : { ...leave, canBeLater: true, isLastResort: true }
    case 'SetDefault':
      return leave.canBeLater ? leave : { ...leave, canBeLater: true, isLastResort: true }
    default:
      return leave
  }
}

function needOfMove(relation: Relation, node: RowNode): RowNeed | null {
  const { onUpdate, fields } = relation
  const leave = { node, canBeLater: isNullable(relation), fields: nullableFields(relation), isEmptied: true }
  if (onUpdate === 'SetNull') return null
  if (onUpdate === 'Cascade') return null
  return node.kind === 'delete' || writesAny(node, fields) ? leave : null
}

/**
 * A row whose key contains its parent's stands under another key once the database has carried that on: it is updated
 * under that, and deleted before.
 */
function followParent(cascaded: CascadedKeys, node: RowNode): void {
  if (!node.before) return
  const { cells, sources } = cascaded.keyOf(node.state.model, node.key, node.before)
  if (node.kind === 'update') node.key = cells
  for (const source of sources) {
    if (source === node) continue
    if (node.kind === 'delete') addNeed(source, { node, canBeLater: false, fields: [] })
    else addNeed(node, { node: source, canBeLater: false, fields: [] })
  }
}

/** A value that must be unique, which one row gives up and another takes: the giver is first. */
function findHandovers(written: readonly RowNode[], deleted: readonly RowNode[]): void {
  const givers = new Map<string, RowNode>()
  for (const node of [...written, ...deleted]) {
    const { before, kind, state } = node
    if (!before) continue
    for (const unique of uniquesOf(state.model)) {
      if (kind !== 'delete' && !writesAny(node, unique.fields)) continue
      const text = uniqueText(state.model, unique, before)
      if (text !== undefined) givers.set(text, node)
    }
  }
  if (givers.size === 0) return
  const models = new Set([...givers.values()].map(({ state }) => state.model))
  for (const node of written) {
    const { model } = node.state
    if (!models.has(model)) continue
    const after = rowAfter(node)
    for (const unique of uniquesOf(model)) {
      if (!writesAny(node, unique.fields)) continue
      const text = uniqueText(model, unique, after)
      const giver = text === undefined ? undefined : givers.get(text)
      if (!giver || giver === node) continue
      const fields = fieldsForLater(node, unique.fields)
      addNeed(node, { node: giver, canBeLater: fields.length > 0, fields, unique: unique.fields })
    }
  }
}

/** What no two rows of a model may share, the key first. */
function uniquesOf(model: Model): readonly Unique[] {
  let uniques = uniquesWithKey.get(model)
  if (!uniques) {
    const isKey = ({ fields }: Unique) => fields.join() === model.key.join()
    uniques = [{ name: model.key.join('_'), fields: model.key }, ...model.uniques.filter((each) => !isKey(each))]
    uniquesWithKey.set(model, uniques)
  }
  return uniques
}

const uniquesWithKey = new WeakMap<Model, readonly Unique[]>()

function uniqueText(model: Model, { name, fields }: Unique, values: Readonly<Record<string, unknown>>) {
  for (const field of fields) if (values[field] === undefined || values[field] === null) return undefined
  const scalars = fields.map((field) => model.fields.get(field) as ScalarField)
  return `${model.name} ${name} ${keyText(scalars, values)}`
}

/** Rows whose deletion others wait for go before all else: new rows keep the order in which they were added. */
function hurryNeeded(written: readonly RowNode[], deleted: readonly RowNode[]): void {
  if (deleted.length === 0) return
  const early = new Set<RowNode>()
  for (const { needs } of written) for (const { node } of needs) if (node.kind === 'delete') early.add(node)
  for (const node of early) {
    for (const need of node.needs) if (need.node.kind === 'delete') early.add(need.node)
    node.isEarly = true
    node.rank -= moreThanAnyRank
  }
}

const moreThanAnyRank = 1_000_000
