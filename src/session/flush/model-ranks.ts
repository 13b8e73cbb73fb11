import type { Model, Models } from '../../model/model.js'
import { owningRelations } from '../objects/relations.js'
/** Parents before children: a model's rank is higher than that of every model it points to, as far as there are no circles. */
export function modelRanks(models: Models): ReadonlyMap<Model, number> {
  let ranks = cache.get(models)
  if (!ranks) {
    ranks = rank(models)
    cache.set(models, ranks)
  }
  return ranks
}

const cache = new WeakMap<Models, ReadonlyMap<Model, number>>()

function rank(models: Models): Map<Model, number> {
  const ranks = new Map<Model, number>()
  const visited = new Set<Model>()
  const visit = (model: Model) => {
    if (visited.has(model)) return
    visited.add(model)
    // Required parents first, so that a circle is cut where a key may be null.
    const parents = [...owningRelations(model)].sort((a, b) => Number(b.isRequired) - Number(a.isRequired))
    for (const { target } of parents) visit(target)
    ranks.set(model, ranks.size)
  }
  for (const model of models.all()) visit(model)
  return ranks
}
