import type { Model, ScalarField } from './model.js'
/** A row of raw SQL, its columns named by field, with the values that Prisma's own reading would give. */
export function rowFromRaw(model: Model, raw: Row): Row {
  const row: Row = {}
  for (const field of model.scalars) row[field.name] = valueFromRaw(field, raw[field.name])
  return row
}

export function valueFromRaw(field: ScalarField, value: unknown): unknown {
  if (value === null || value === undefined) return field.isList ? [] : null
  if (field.isList && Array.isArray(value)) return value.map((each) => valueFromRaw({ ...field, isList: false }, each))
  switch (field.type) {
    case 'Int':
    case 'Float':
      return Number(value)
    case 'BigInt':
      return BigInt(value as bigint)
    case 'Boolean':
      return Boolean(Number(value)) // MySQL has no booleans, but numbers
    case 'Enum':
      return field.enumNames?.get(value as string) ?? value
    case 'DateTime':
      return value instanceof Date ? value : new Date(value as string)
    default:
      return value
  }
}

type Row = Record<string, unknown>
