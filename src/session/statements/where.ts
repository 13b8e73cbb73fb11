import type { Model, ScalarField } from '../../model/model.js'
import { sameValue } from '../../model/values.js'
import { isPlainObject } from '../objects/keys.js'

/** SQL's truth: null where a null was compared. */
type Truth = boolean | null
type Values = Readonly<Record<string, unknown>>
type Condition = (values: Values) => Truth

/**
 * A condition of Prisma's as a function over a row's values, for conditions so simple that the database is sure to
 * judge alike; null for all others (text search, relations, Json, order of text).
 */
export function evaluable(model: Model, where: unknown, exactText: boolean): ((values: Values) => boolean) | null {
  try {
    const condition = conjunction(model, where ?? {}, exactText)
    return (values) => condition(values) === true
  } catch (error) {
    if (error === tooHard) return null
    throw error
  }
}

/** The scalar fields that a condition names, at any depth. */
export function namedFields(model: Model, where: unknown): string[] {
  if (Array.isArray(where)) return where.flatMap((each) => namedFields(model, each))
  if (!isPlainObject(where)) return []
  return Object.entries(where).flatMap(([name, value]) => (model.fields.has(name) ? [name] : namedFields(model, value)))
}

const tooHard = new Error('this condition is left to the database')

function conjunction(model: Model, where: unknown, exactText: boolean): Condition {
  if (!isPlainObject(where)) throw tooHard
  const parts = Object.entries(where).flatMap(([name, value]) => {
    if (value === undefined) return []
    if (name === 'AND') return [all(members(value).map((each) => conjunction(model, each, exactText)))]
    if (name === 'OR') return [any(members(value).map((each) => conjunction(model, each, exactText)))]
    if (name === 'NOT') return members(value).map((each) => not(conjunction(model, each, exactText)))
    const field = model.fields.get(name)
    if (field?.kind !== 'scalar' || field.isList || !isExact(field, exactText)) throw tooHard
    return [comparison(field, value)]
  })
  return all(parts)
}

/** Types that JavaScript and the database compare alike. */
function isExact({ type }: ScalarField, exactText: boolean): boolean {
  return ['Int', 'BigInt', 'Boolean', 'DateTime', 'Enum'].includes(type) || (type === 'String' && exactText)
}

function comparison(field: ScalarField, given: unknown): Condition {
  if (!isPlainObject(given)) return equals(field, given)
  if (isEmpty(given)) throw tooHard
  return all(
    Object.entries(given).flatMap(([operator, operand]) =>
      operand === undefined ? [] : [operation(field, operator, operand)],
    ),
  )
}

/** Prisma drops members that are empty, in ways of its own: such conditions are left to it. */
function members(value: unknown): readonly unknown[] {
  const list = asList(value)
  if (list.length === 0 || list.some(isEmpty)) throw tooHard
  return list
}

function isEmpty(where: unknown): boolean {
  return isPlainObject(where) && Object.values(where).every((value) => value === undefined || isEmpty(value))
}

/** Under `not` Prisma turns every operator round by itself, `not` included. */
function onlyOperation(field: ScalarField, given: Record<string, unknown>): Condition {
  const [first, ...more] = Object.entries(given).filter(([, operand]) => operand !== undefined)
  if (!first || more.length > 0 || first[0] === 'not') throw tooHard
  return operation(field, ...first)
}

function operation(field: ScalarField, operator: string, operand: unknown): Condition {
  switch (operator) {
    case 'equals':
      return equals(field, operand)
    case 'not':
      return not(isPlainObject(operand) ? onlyOperation(field, operand) : equals(field, operand))
    case 'in':
      return any(asList(operand).map((each) => equals(field, each)))
    case 'notIn':
      return not(any(asList(operand).map((each) => equals(field, each))))
    case 'lt':
      return ordered(field, operand, (a, b) => a < b)
    case 'lte':
      return ordered(field, operand, (a, b) => a <= b)
    case 'gt':
      return ordered(field, operand, (a, b) => a > b)
    case 'gte':
      return ordered(field, operand, (a, b) => a >= b)
    default:
      throw tooHard
  }
}

function equals(field: ScalarField, operand: unknown): Condition {
  if (typeof operand === 'object' && operand !== null && !(operand instanceof Date)) throw tooHard
  const { name } = field
  if (operand === null) return (values) => values[name] === null
  return (values) => (values[name] === null ? null : sameValue(field, values[name], operand))
}

function ordered(
  { name, type }: ScalarField,
  operand: unknown,
  holds: (a: number | bigint, b: number | bigint) => boolean,
): Condition {
  const isNumber = (value: unknown): value is number | bigint => typeof value === 'number' || typeof value === 'bigint'
  const comparable = (value: unknown) => (value instanceof Date ? value.getTime() : value)
  const bound = comparable(type === 'DateTime' && typeof operand === 'string' ? new Date(operand) : operand)
  if (!isNumber(bound)) throw tooHard
  return (values) => {
    const value = comparable(values[name])
    return isNumber(value) ? holds(value, bound) : null
  }
}

function all(conditions: readonly Condition[]): Condition {
  return (values) => {
    let truth: Truth = true
    for (const condition of conditions) {
      const each = condition(values)
      if (each === false) return false
      if (each === null) truth = null
    }
    return truth
  }
}

function any(conditions: readonly Condition[]): Condition {
  const none = all(conditions.map(not))
  return not(none)
}

function not(condition: Condition): Condition {
  return (values) => {
    const truth = condition(values)
    return truth === null ? null : !truth
  }
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value]
}
