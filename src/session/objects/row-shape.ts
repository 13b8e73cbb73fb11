import type { Model, Relation, ScalarField } from '../../model/model.js'
import { isMutable, keptValue } from '../../model/values.js'
/** What the rows of one result have in common, so that it is found out once and not for every row. */
export interface RowShape {
  readonly model: Model
  /** The relations that the rows bring along. */
  readonly relations: readonly Relation[]
  /** The scalars that they lack. */
  readonly missing: readonly ScalarField[]
  /** The scalars whose values can be changed in place. */
  readonly mutable: readonly ScalarField[]
  /** The scalars that they have, where they have something besides; else null. */
  readonly scalars: readonly ScalarField[] | null
}

export type Row = Record<string, unknown>

export function shapeOf(model: Model, row: Row): RowShape {
  const has = ({ name }: ScalarField | Relation) => row[name] !== undefined
  const scalars = model.scalars.filter(has)
  return {
    model,
    relations: model.relations.filter(has),
    missing: model.scalars.filter((field) => !has(field)),
    mutable: scalars.filter(isMutable),
    scalars: Object.keys(row).length === scalars.length ? null : scalars,
  }
}

/** A copy of a row's scalars that changes of the row, in place too, do not reach. */
export function baselineOf({ scalars, mutable }: RowShape, row: Row): Row {
  const baseline: Row = scalars ? {} : { ...row } // much quicker than one by one
  for (const { name } of scalars ?? []) baseline[name] = row[name]
  for (const field of mutable) baseline[field.name] = keptValue(field, row[field.name])
  return baseline
}
