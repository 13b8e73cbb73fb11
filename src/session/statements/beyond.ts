import type { Provider } from '../../driver/providers.js'
import { ArgumentError } from '../../errors.js'
import type { Model, ScalarField } from '../../model/model.js'
import type { Term } from './keyset.js'
/** Prisma's filter for a field's values past another, in the direction of the term; null when there can be none. */
export function beyond({ field, direction, values = [] }: Term, value: unknown): Beyond {
  const isUp = direction === 'asc'
  if (field.type === 'Boolean') return value === isUp ? null : { equals: isUp }
  if (field.type !== 'Enum') return { [isUp ? 'gt' : 'lt']: value }
  // Prisma has no `gt` for enums: the values past this one are named.
  const at = values.indexOf(value as string)
  const past = isUp ? values.slice(at + 1) : values.slice(0, at)
  return past.length > 0 ? { in: past } : null
}

export type Beyond = object | null

/** Refuses fields whose order Prisma's filters cannot follow. */
export function refuseUnordered(provider: Provider, model: Model, field: ScalarField): void {
  const name = `${model.name}.${field.name}`
  if (field.isList || field.type === 'Json' || field.type === 'Bytes')
    throw new ArgumentError(`stream(): ${name} has no order that can be paged in: order by another field`)
  if (field.type === 'DateTime' && isTooFine(provider, field))
    throw new ArgumentError(
      `stream(): ${name} is kept finer than the milliseconds that Prisma reads, so that rows could not be told apart: order by another field, or give it @db.${field.nativeType}(3)`,
    )
  if (field.type === 'Float' && singles.includes(field.nativeType ?? ''))
    throw new ArgumentError(
      `stream(): ${name} is kept in single precision and compared in double, so that a row's place could not be found again: order by another field, or give it a double`,
    )
}

/** PostgreSQL's float4 and MySQL's FLOAT. */
const singles = ['Real', 'Float']

/** Whether rows may have values, written by other means than Prisma, that are equal to none of Prisma's: SQLite keeps dates as texts. */
export function mayBeForeign({ name }: Provider, { type }: ScalarField): boolean {
  return name === 'sqlite' && type === 'DateTime'
}

/** PostgreSQL keeps microseconds unless told otherwise, MySQL none. */
function isTooFine({ name }: Provider, { nativeType, nativeArguments }: ScalarField): boolean {
  if (nativeType === null || nativeType === 'Date') return false
  const [digits] = nativeArguments
  return digits === undefined ? name === 'postgresql' || name === 'cockroachdb' : Number(digits) > 3
}
