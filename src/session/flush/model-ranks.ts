import type { Model, Models } from '../../model/model.js'
import { isNullable, owningRelations } from '../objects/relations.js'
import { commitOrder, type Need, type OrderNode } from './commit-order.js'

/** Parents before children: a model ranks above each model that it points to. Circles are cut at nullable keys first. */
export function modelRanks(models: Models): ReadonlyMap<Model, number> {
  let ranks = cache.get(models)
  if (!ranks) {
    ranks = rank(models)
    cache.set(models, ranks)
  }
  return ranks
}

const cache = new WeakMap<Models, ReadonlyMap<Model, number>>()

interface ModelNode extends OrderNode<ModelNode> {
  readonly model: Model
  readonly needs: Need<ModelNode>[]
}

function rank(models: Models): Map<Model, number> {
  const nodes = new Map<Model, ModelNode>()
  for (const model of models.all())
    nodes.set(model, { model, rank: nodes.size, needs: [], state: { label: model.name } })
  for (const { model, needs } of nodes.values()) {
    for (const relation of owningRelations(model)) {
      const node = nodes.get(relation.target) as ModelNode
      needs.push({ node, canBeLater: true, isLastResort: !isNullable(relation) })
    }
  }
  const { batches } = commitOrder([...nodes.values()])
  return new Map(batches.flat().map(({ model }, index) => [model, index]))
}
