import { handlesUpdate, type Model, type Relation } from '../../model/model.js'
import type { Cells, Ref } from '../../writing/flush-plan.js'
import { owningRelations } from '../objects/relations.js'
import { RowIndex } from './row-index.js'
import type { RowNode } from './row-nodes.js'

/** What the database does to rows whose parents' keys a flush changes: `onUpdate: Cascade`, over any number of levels. */
export class CascadedKeys {
  readonly #moving: RowIndex
  readonly #reached: ReadonlySet<Model>

  /** `moving`: rows whose update changes fields that foreign keys refer to. */
  constructor(moving: readonly RowNode[]) {
    this.#moving = new RowIndex(moving, ({ before }) => before)
    this.#reached = reachedBy(moving)
  }

  get isEmpty(): boolean {
    return this.#moving.isEmpty
  }

  /** The key that a row has after the cascades, and the rows that it gets it from. */
  keyOf(model: Model, key: Cells, before: Values): { readonly cells: Cells; readonly sources: ReadonlySet<RowNode> } {
    const sources = new Set<RowNode>()
    const found = this.changesOf(model, { ...before, ...key.values }, sources)
    const values: Record<string, unknown> = { ...key.values }
    const refs: Record<string, Ref> = { ...key.refs }
    let isChanged = false
    for (const name of model.key) {
      const { node, field } = found?.get(name) ?? noChange
      if (!node) continue
      isChanged = true
      const ref = node.refs[field]
      if (ref) {
        refs[name] = ref
        delete values[name]
      } else values[name] = node.values[field]
    }
    return isChanged ? { cells: { values, refs }, sources } : { cells: key, sources: none }
  }

  /** The fields of a row that the cascades change, or null. `sources` collects the rows that they begin at. */
  changesOf(model: Model, before: Values, sources?: Set<RowNode>, depth = 0): Map<string, Change> | null {
    if (depth > deepest || !this.reaches(model)) return null
    let changes: Map<string, Change> | null = null
    for (const relation of owningRelations(model)) {
      if (!handlesUpdate(relation)) continue
      const parent = this.#parentChanges(relation, before, sources, depth)
      if (!parent || !relation.references.some((name) => parent.has(name))) continue
      changes ??= new Map()
      for (const [index, name] of relation.fields.entries()) {
        const change = parent.get(relation.references[index] as string)
        if (relation.onUpdate === 'SetNull') changes.set(name, { node: null, field: '', relation })
        else if (change) changes.set(name, { ...change, relation })
      }
    }
    return changes
  }

  /** What becomes of the row that a foreign key points to: by its own update, or by that of a row further up. */
  #parentChanges(
    relation: Relation,
    before: Values,
    sources: Set<RowNode> | undefined,
    depth: number,
  ): ReadonlyMap<string, Change> | null {
    const { target, fields, references } = relation
    if (fields.some((name) => before[name] === null || before[name] === undefined)) return null
    const node = this.#moving.find(relation, before)
    const known = Object.fromEntries(references.map((name, index) => [name, before[fields[index] as string]]))
    const changes = this.changesOf(target, { ...known, ...node?.before }, sources, depth + 1)
    if (!node) return changes
    sources?.add(node)
    const all = new Map(changes)
    for (const field of [...Object.keys(node.values), ...Object.keys(node.refs)])
      all.set(field, { node, field, relation })
    return all
  }

  /** True for models whose rows can change with those that move. */
  reaches(model: Model): boolean {
    return this.#reached.has(model)
  }
}

/** The models that a chain of foreign keys connects with one that moves. */
function reachedBy(moving: readonly RowNode[]): Set<Model> {
  const reached = new Set<Model>()
  const sources = new Set(moving.map(({ state }) => state.model))
  for (const { referrers } of sources) {
    for (const relation of referrers) {
      if (!handlesUpdate(relation)) continue
      reached.add(relation.model)
      sources.add(relation.model) // which the loop comes to
    }
  }
  return reached
}

type Values = Readonly<Record<string, unknown>>

/** Where a field gets its new value: from a field of a row that the flush writes; null with none. */
export interface Change {
  readonly node: RowNode | null
  readonly field: string
  /** The foreign key that the field belongs to. */
  readonly relation: Relation
}

const noChange = { node: null, field: '' }

const none: ReadonlySet<RowNode> = new Set()

/** Keys are passed down from model to model; rows of one model that pass their key on to each other are not followed for ever. */
const deepest = 8
