import { DbNull, Decimal, isObjectEnumValue } from '@prisma/client/runtime/client'
import type { Model, ScalarField } from '../model/model.js'
import type { Values } from './flush-plan.js'

/** `data` for Prisma: a null in a Json field is the database's null. */
export function toPrismaData(model: Model, values: Values): Values {
  let data = values
  for (const name of Object.keys(values)) {
    if (values[name] !== null) continue
    const field = model.fields.get(name)
    if (field?.kind === 'scalar' && field.type === 'Json') data = { ...data, [name]: DbNull }
  }
  return data
}

/** A value given to Prisma, in the form in which Prisma returns it. */
export function asLoaded(field: ScalarField, value: unknown): unknown {
  if (value === null || value === undefined) return value
  if (field.isList && Array.isArray(value)) return value.map((item) => asLoaded({ ...field, isList: false }, item))
  switch (field.type) {
    case 'DateTime':
      return new Date(value as string)
    case 'BigInt':
      return BigInt(value as number)
    case 'Decimal':
      return new Decimal(value as string)
    case 'Json':
      return isObjectEnumValue(value) ? null : value
    default:
      return value
  }
}

/** `where` for one row: `{ id }`, or `{ x_y: { x, y } }`. */
export function whereKey(model: Model, key: Values): Values {
  const picked = pick(model.key, key)
  return model.keyName === null ? picked : { [model.keyName]: picked }
}

/** `where` for many rows: `{ id: { in: […] } }`, or an OR of keys. */
export function whereKeys(model: Model, keys: readonly Values[]): Values {
  const [only] = model.key
  if (model.keyName === null && only !== undefined) return { [only]: { in: keys.map((key) => key[only]) } }
  return { OR: keys.map((key) => pick(model.key, key)) }
}

function pick(names: readonly string[], values: Values): Values {
  return Object.fromEntries(names.map((name) => [name, values[name]]))
}
