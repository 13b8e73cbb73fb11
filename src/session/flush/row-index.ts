import type { Model, Relation } from '../../model/model.js'
import { pointerText } from '../objects/loaded-rows.js'
import type { RowNode } from './row-nodes.js'

type RowValues = Readonly<Record<string, unknown>>

/** Finds the row that a foreign key points to among those of a flush, by the key or by another unique. */
export class RowIndex {
  readonly #byModel = new Map<Model, RowNode[]>()
  readonly #byFields = new Map<Model, Map<string, Map<string, RowNode>>>()
  readonly #valuesOf: (node: RowNode) => RowValues | null

  constructor(nodes: readonly RowNode[], valuesOf: (node: RowNode) => RowValues | null) {
    this.#valuesOf = valuesOf
    for (const node of nodes) {
      const others = this.#byModel.get(node.state.model)
      if (others) others.push(node)
      else this.#byModel.set(node.state.model, [node])
    }
  }

  get isEmpty(): boolean {
    return this.#byModel.size === 0
  }

  /** The row that the foreign key of `source` points to. */
  find(relation: Relation, source: RowValues): RowNode | undefined {
    if (!this.#byModel.has(relation.target)) return undefined
    const text = pointerText(relation, source, 'foreign')
    return text === null ? undefined : this.#rowsBy(relation).get(text)
  }

  /** Made once a relation asks for it. */
  #rowsBy(relation: Relation): ReadonlyMap<string, RowNode> {
    const { target, references } = relation
    const indexes = this.#byFields.get(target) ?? new Map<string, Map<string, RowNode>>()
    this.#byFields.set(target, indexes)
    let rows = indexes.get(references.join())
    if (!rows) {
      rows = new Map()
      for (const node of this.#byModel.get(target) ?? []) {
        const text = pointerText(relation, this.#valuesOf(node) ?? {}, 'referenced')
        if (text !== null) rows.set(text, node)
      }
      indexes.set(references.join(), rows)
    }
    return rows
  }
}
