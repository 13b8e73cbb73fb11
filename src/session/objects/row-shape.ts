import type { Model, Relation, ScalarField } from '../../model/model.js'
import { isMutable, keptValue } from '../../model/values.js'
/** What the rows of one result have in common, so that it is found out once and not for every row. */
export interface RowShape {
  readonly model: Model
  /** The relations that the rows bring along, with the arguments that they were asked for with. */
  readonly relations: readonly LoadedRelation[]
  /** What stands beside the model's fields: `_count`. */
  readonly extras: readonly string[]
  /** The scalars that they lack. */
  readonly missing: readonly ScalarField[]
  /** The scalars whose values can be changed in place. */
  readonly mutable: readonly ScalarField[]
  /** The scalars that they have, where they have something besides; else null. */
  readonly scalars: readonly ScalarField[] | null
}

export interface LoadedRelation {
  readonly relation: Relation
  /** The `include` of the rows in it. */
  readonly include: Asked
  /** The arguments, where they chose some of the members. */
  readonly partial: object | null
}

/** The relations that a query asked for, by name. */
export type Include = Readonly<Record<string, unknown>> | undefined
/** The same, or 'unknown' for rows that another program read. */
export type Asked = Include | 'unknown'

export type Row = Record<string, unknown>

export function shapeOf(model: Model, row: Row, include?: Asked): RowShape {
  const has = ({ name }: ScalarField | Relation) => Object.hasOwn(row, name) && row[name] !== undefined
  const scalars = model.scalars.filter(has)
  return {
    model,
    relations: model.relations.filter(has).map((relation) => loadedRelation(relation, include)),
    extras: Object.keys(row).filter((name) => name === '_count'),
    missing: model.scalars.filter((field) => !has(field)),
    mutable: scalars.filter(isMutable),
    scalars: Object.keys(row).length === scalars.length ? null : scalars,
  }
}

const choosing = ['where', 'take', 'skip', 'cursor', 'distinct']

/** True for arguments of a relation that leave members out. */
export function choosesSome(args: unknown): args is object {
  return typeof args === 'object' && args !== null && choosing.some((name) => (args as Row)[name] !== undefined)
}

function loadedRelation(relation: Relation, include: Asked): LoadedRelation {
  // What another query left out of a list is anybody's guess.
  if (include === 'unknown') return { relation, include, partial: relation.isList ? everything : null }
  const args = include?.[relation.name]
  const inner = typeof args === 'object' && args !== null ? (args as { include?: Include }).include : undefined
  return { relation, include: inner, partial: choosesSome(args) ? args : null }
}

const everything = { where: {} }

/** A copy of a row's scalars that changes of the row, in place too, do not reach. */
export function baselineOf({ scalars, mutable }: RowShape, row: Row): Row {
  const baseline: Row = scalars ? {} : { ...row } // much quicker than one by one
  for (const { name } of scalars ?? []) baseline[name] = row[name]
  for (const field of mutable) baseline[field.name] = keptValue(field, row[field.name])
  return baseline
}
