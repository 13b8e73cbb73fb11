import { ArgumentError, UnmappedInstanceError } from '../../errors.js'
import type { Model, Relation, ScalarField } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import type { AllowedFields } from './allowed-fields.js'
import { isPlainObject } from './keys.js'
import { describe, markedModel, stateOf } from './state.js'

/**
 * Checks the data of a new object, and of the new objects it holds, before anything is taken: every field must be the
 * model's, and relations take objects, not Prisma's nested writes. What is not allowed is not taken, and so not checked.
 */
export function checkData(core: SessionCore, model: Model, data: unknown, allowed?: AllowedFields): void {
  const nested: NestedData[] = []
  checkFields(core, { model, data, allowed }, nested)
  if (nested.length > 0) checkNested(core, nested, data)
}

/** A new object in a relation of another. */
interface NestedData {
  readonly model: Model
  readonly data: unknown
  readonly allowed: AllowedFields
}

/** The list grows meanwhile: data may be nested deeper than a stack is. */
function checkNested(core: SessionCore, nested: NestedData[], first: unknown): void {
  const seen = new Set([first])
  for (const each of nested) {
    if (seen.has(each.data)) continue
    seen.add(each.data)
    checkFields(core, each, nested)
  }
}

function checkFields(core: SessionCore, { model, data, allowed }: NestedData, nested: NestedData[]): void {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) {
    throw new UnmappedInstanceError(`${describe(data)} is not data for a ${model.name}: pass an object of its fields`)
  }
  if (!Object.isExtensible(data)) {
    throw new ArgumentError(
      `this ${model.name} is frozen, and the session writes its key and defaults into it: pass a copy, { ...data }`,
    )
  }
  for (const name of Object.keys(data)) {
    if (allowed && !allowed.has(name)) continue
    const field = model.fields.get(name)
    const value = (data as Record<string, unknown>)[name]
    if (!field) {
      if (Object.hasOwn(core.computedFields(model), name)) continue
      throw new ArgumentError(`${model.name} has no field '${name}': use ${[...model.fields.keys()].join(', ')}`)
    }
    if (field.kind === 'relation') checkMembers(core, field, value, allowed?.get(name), nested)
    else refuseOperation(model, field, value)
  }
}

/**
 * Refuses an object where a value belongs. Prisma would carry out `{ increment: 1 }`, which data from elsewhere may hold, and
 * the object would not know what it is then.
 */
export function refuseOperation({ name }: Model, field: ScalarField, value: unknown): void {
  if (typeof value !== 'object' || field.type === 'Json' || !isPlainObject(value)) return
  if (field.isList && Array.isArray(value.set) && Object.keys(value).length === 1) return // a list in another spelling
  throw new ArgumentError(
    `${name}.${field.name} takes a value, not an operation such as { increment } or { set }: assign the value, or use execute(update('${name}', …))`,
  )
}

/**
 * Checks what stands in a relation: an object, null, or an array of objects. Of new ones the fields are checked, and not
 * those of the objects that these hold: whoever takes them in comes to those.
 */
export function checkRelation(core: SessionCore, relation: Relation, value: unknown): void {
  const members: NestedData[] = []
  checkMembers(core, relation, value, undefined, members)
  for (const each of members) checkFields(core, each, [])
}

/** Adds to `nested` those that are new. */
function checkMembers(
  core: SessionCore,
  relation: Relation,
  value: unknown,
  allowed: AllowedFields,
  nested: NestedData[],
): void {
  if (value === undefined || (value === null && !relation.isList)) return
  const place = `${relation.model.name}.${relation.name}`
  if (relation.isList !== Array.isArray(value)) {
    if (isNestedWrite(relation, value)) throw nestedWrite(relation, place)
    throw new ArgumentError(
      `${place} takes ${relation.isList ? 'an array of objects' : 'one object or null'}, not ${describe(value)}`,
    )
  }
  for (const member of relation.isList ? (value as unknown[]) : [value])
    if (isNew(core, relation, member, place)) nested.push({ model: relation.target, data: member, allowed })
}

/** True for a member that no session has seen, whose data are to be checked. */
function isNew(core: SessionCore, relation: Relation, member: unknown, place: string): boolean {
  if (typeof member !== 'object' || member === null || Array.isArray(member)) {
    throw new ArgumentError(
      `${place} takes objects, not ${describe(member)}; to link by key, set the foreign-key field`,
    )
  }
  if (relation.target.key.length === 0) core.model(relation.target.name) // throws: its rows cannot be managed
  const known = stateOf(member)?.model
  const model = known ?? markedModelOf(core, member)
  if (model && model !== relation.target)
    throw new ArgumentError(`${place} takes a ${relation.target.name}, not a ${model.name}`)
  if (!model && isNestedWrite(relation, member)) throw nestedWrite(relation, place)
  return known === undefined
}

function markedModelOf(core: SessionCore, object: object): Model | undefined {
  const name = markedModel(object)
  return name === undefined ? undefined : core.model(name)
}

const nestedWrites = [
  'connect',
  'create',
  'connectOrCreate',
  'createMany',
  'set',
  'disconnect',
  'delete',
  'deleteMany',
  'update',
  'updateMany',
  'upsert',
]

function isNestedWrite({ target }: Relation, value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false
  const names = Object.keys(value)
  return names.length > 0 && names.every((name) => nestedWrites.includes(name) && !target.fields.has(name))
}

function nestedWrite(relation: Relation, place: string): ArgumentError {
  const { target, isList, fields } = relation
  const example = isList ? `[${target.delegate}, { … }]` : `${target.delegate}`
  const byKey = fields.length > 0 ? `, or set ${fields.join(', ')}` : ''
  return new ArgumentError(
    `${place} takes objects, not Prisma's nested writes: ${relation.name}: ${example} (an entity, or a plain object to add)${byKey}`,
  )
}
