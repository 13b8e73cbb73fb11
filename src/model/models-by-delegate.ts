import type { Model, Models } from './model.js'

/** The models by the names of Prisma's delegates, which calls are made by. */
export function modelsByDelegate(models: Models): ReadonlyMap<string, Model> {
  let found = known.get(models)
  if (!found) {
    found = new Map([...models.all()].map((model) => [model.delegate, model]))
    known.set(models, found)
  }
  return found
}

const known = new WeakMap<Models, ReadonlyMap<string, Model>>()
