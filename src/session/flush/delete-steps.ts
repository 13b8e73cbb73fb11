import type { Model, Relation } from '../../model/model.js'
import type { DeleteRow, Step } from '../../writing/flush-plan.js'
import type { SessionCore } from '../core.js'
import { owningRelations } from '../objects/relations.js'
import { RowIndex } from './row-index.js'
import { byKey, type RowNode } from './row-nodes.js'

/** Makes the steps of deletes, one for each batch. Knows which rows a cascade of the same flush may have deleted before. */
export class DeleteSteps {
  readonly #core: SessionCore
  readonly #steps: Step[]
  readonly #marked: RowIndex
  readonly #deleted = new Set<RowNode>()
  readonly #models = new Set<Model>()

  constructor(core: SessionCore, steps: Step[], marked: readonly RowNode[]) {
    this.#core = core
    this.#steps = steps
    this.#marked = new RowIndex(marked, ({ before }) => before)
  }

  push(batch: readonly RowNode[]): void {
    const { model } = (batch[0] as RowNode).state
    if (batch.length > 1) this.#models.add(model)
    const sources = cascadeSources(model)
    const isReached = sources.size > 0 && [...this.#models].some((each) => sources.has(each))
    this.#models.add(model)
    if (isReached) for (const node of batch) this.#deleted.add(node)
    const rows: DeleteRow[] = []
    for (const node of [...batch].sort((a, b) => byKey(a.state, b.state))) {
      const { key, version } = node
      const row = { key: key.values, version }
      rows.push(isReached && this.#mayBeGone(node) ? { ...row, mayBeGone: true } : row)
    }
    this.#steps.push({ kind: 'delete', model: model.name, rows, strict: this.#core.versionField(model) !== undefined })
  }

  /** A version is to be checked: its row counts as there while the row it points to is still to be deleted. */
  #mayBeGone({ before, version, state: { model } }: RowNode): boolean {
    for (const relation of owningRelations(model)) {
      if (relation.onDelete !== 'Cascade' || !before || pointsNowhere(relation, before)) continue
      const parent = version ? this.#marked.find(relation, before) : undefined
      if (!parent || this.#deleted.has(parent)) return true
    }
    return false
  }
}

function pointsNowhere({ fields }: Relation, row: Readonly<Record<string, unknown>>): boolean {
  return fields.some((name) => row[name] === null)
}

/** The models of which a deleted row can take rows of this one with it. */
function cascadeSources(model: Model): ReadonlySet<Model> {
  let sources = sourcesOf.get(model)
  if (!sources) {
    const found = new Set<Model>()
    addSources(found, model)
    for (const each of found) addSources(found, each) // those that are added on the way too
    sources = found
    sourcesOf.set(model, sources)
  }
  return sources
}

function addSources(found: Set<Model>, model: Model): void {
  for (const { target, onDelete } of owningRelations(model)) if (onDelete === 'Cascade') found.add(target)
}

const sourcesOf = new WeakMap<Model, ReadonlySet<Model>>()
