import { ArgumentError } from '../../errors.js'
import type { Model } from '../../model/model.js'
import { describe } from './state.js'

/** The fields that are taken from data of outside, by name; a relation with those of its members. Without a list, all are. */
export type AllowedFields = ReadonlyMap<string, AllowedFields> | undefined

/**
 * Reads a list such as `['name', 'posts.title']`. The key is always taken, because it says which row the data are for. A
 * relation that is named alone takes nothing but the keys of its members.
 */
export function allowedFields(model: Model, fields: unknown, verb: string): AllowedFields {
  if (fields === undefined) return undefined
  if (!Array.isArray(fields)) {
    throw new ArgumentError(
      `${verb}() expects fields to be an array of field names, got ${describe(fields)}: pass fields: ['${model.scalars[0]?.name}']`,
    )
  }
  const allowed = new Map<string, AllowedFields>(model.key.map((name) => [name, none]))
  const inRelations = new Map<string, string[]>()
  for (const path of fields) {
    const [name = '', ...rest] = String(path).split('.')
    const field = model.fields.get(name)
    if (!field || (field.kind === 'scalar' && rest.length > 0)) throw unknownField(model, path, verb)
    if (field.kind === 'scalar') allowed.set(name, none)
    else inRelations.set(name, [...(inRelations.get(name) ?? []), ...(rest.length > 0 ? [rest.join('.')] : [])])
  }
  for (const relation of model.relations) {
    const paths = inRelations.get(relation.name)
    if (paths) allowed.set(relation.name, allowedFields(relation.target, paths, verb))
  }
  return allowed
}

const none: AllowedFields = new Map()

function unknownField({ name, fields }: Model, path: unknown, verb: string): ArgumentError {
  return new ArgumentError(
    `${verb}(): ${name} has no field '${String(path)}' to take: use ${[...fields.keys()].join(', ')}`,
  )
}
