import type { Model, Relation } from '../../model/model.js'
import type { Cells, Ref } from '../../writing/flush-plan.js'
import { owningRelations } from '../objects/relations.js'
import { RowIndex } from './row-index.js'
import type { RowNode } from './row-nodes.js'

/** What the database does to rows whose parents' keys a flush changes: `onUpdate: Cascade`, over any number of levels. */
export class CascadedKeys {
  readonly #moving: RowIndex
  readonly #reach = new Map<Model, boolean>()

  /** `moving`: rows whose update changes fields that foreign keys refer to. */
  constructor(moving: readonly RowNode[]) {
    this.#moving = new RowIndex(moving, ({ before }) => before)
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
      const change = found?.get(name)
      if (!change) continue
      isChanged = true
      if (change.ref) {
        refs[name] = change.ref
        delete values[name]
      } else values[name] = change.value
    }
    return isChanged ? { cells: { values, refs }, sources } : { cells: key, sources: none }
  }

  /** The fields of a row that the cascades change, or null. `sources` collects the rows that they begin at. */
  changesOf(model: Model, before: Values, sources?: Set<RowNode>, depth = 0): Map<string, Change> | null {
    if (depth > deepest || !this.#reaches(model)) return null
    let changes: Map<string, Change> | null = null
    for (const relation of owningRelations(model)) {
      if (relation.onUpdate !== 'Cascade' && relation.onUpdate !== 'SetNull') continue
      const parent = this.#parentChanges(relation, before, sources, depth)
      if (!parent || !relation.references.some((name) => parent.has(name))) continue
      changes ??= new Map()
      for (const [index, name] of relation.fields.entries()) {
        const change = parent.get(relation.references[index] as string)
        if (relation.onUpdate === 'SetNull') changes.set(name, { value: null })
        else if (change) changes.set(name, change)
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
    for (const [name, value] of Object.entries(node.values)) all.set(name, { value })
    for (const [name, ref] of Object.entries(node.refs)) all.set(name, { ref, value: undefined })
    return all
  }

  /** True for models of which a chain of foreign keys leads to a row that moves. */
  #reaches(model: Model, seen = new Set<Model>()): boolean {
    const known = this.#reach.get(model)
    if (known !== undefined || seen.has(model)) return known ?? false
    seen.add(model)
    const found = owningRelations(model).some(
      ({ target, onUpdate }) =>
        (onUpdate === 'Cascade' || onUpdate === 'SetNull') && (this.#moving.has(target) || this.#reaches(target, seen)),
    )
    this.#reach.set(model, found)
    return found
  }
}

type Values = Readonly<Record<string, unknown>>

/** The new value of a field, or the row of the flush that will have it. */
export interface Change {
  readonly value: unknown
  readonly ref?: Ref
}

const none: ReadonlySet<RowNode> = new Set()

/** Keys are passed down from model to model; rows of one model that pass their key on to each other are not followed for ever. */
const deepest = 8
