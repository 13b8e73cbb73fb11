import type { Provider } from '../../driver/providers.js'
import { ArgumentError } from '../../errors.js'
import type { Model, Relation, ScalarField } from '../../model/model.js'
import { isPlainObject } from '../objects/keys.js'
import { type Beyond, beyond, refuseUnordered } from './beyond.js'
/** One term of an order: a field of the model, or of a row that to-one relations lead to. */
export interface Term {
  readonly path: readonly Relation[]
  readonly field: ScalarField
  readonly direction: 'asc' | 'desc'
  readonly nullsFirst: boolean
  /** An enum's values as the database sorts them. */
  readonly values?: readonly string[]
}

/** An order in which no two rows stand at one place. */
export interface TotalOrder {
  readonly terms: readonly Term[]
  /** The same as Prisma takes it. */
  readonly orderBy: readonly object[]
}

/** The statement's own order with the key appended where no unique field is in it, in the direction of the last term, which indexes like best. */
export function totalOrder(provider: Provider, model: Model, given: unknown): TotalOrder {
  const own = asList(given)
  const terms = own.flatMap((each) => termsOf(provider, model, model, each, []))
  const isThere = (name: string) => terms.some(({ path, field }) => path.length === 0 && field.name === name)
  const isTotal = model.uniques.some(({ fields }) => fields.every((name) => isThere(name) && isRequired(model, name)))
  const rest = isTotal ? [] : model.key.filter((name) => !isThere(name))
  const direction = terms.at(-1)?.direction ?? 'asc'
  const added = rest.map((name) => model.fields.get(name) as ScalarField)
  for (const field of added) refuseUnordered(provider, model, field)
  return {
    terms: [...terms, ...added.map((field) => termOf(provider, field, [], direction))],
    orderBy: [...(own as object[]), ...rest.map((name) => ({ [name]: direction }))],
  }
}

function isRequired(model: Model, name: string): boolean {
  return (model.fields.get(name) as ScalarField).isRequired
}

/** The condition of the rows that come after one with these values, a value a term. */
export function after(terms: readonly Term[], values: readonly unknown[]): object {
  const alternatives: object[] = []
  const same: object[] = []
  for (const [index, term] of terms.entries()) {
    const value = values[index] ?? null
    const later = laterThan(term, value)
    if (later) alternatives.push(same.length === 0 ? later : { AND: [...same, later] })
    same.push(equalTo(term, value))
  }
  const bound = lowerBound(terms[0] as Term, values[0], alternatives.length)
  const [only] = alternatives
  if (only && alternatives.length === 1) return only
  return bound ? { AND: [bound, { OR: alternatives }] } : { OR: alternatives }
}

/** The condition of the row that stands there. */
export function at(terms: readonly Term[], values: readonly unknown[]): object {
  return { AND: terms.map((term, index) => equalTo(term, values[index] ?? null)) }
}

/** The values of a row that the order goes by, null where a relation of the path leads nowhere; null when one was not read. */
export function placeOf(terms: readonly Term[], row: Row): unknown[] | null {
  const values = terms.map(({ path, field }) => {
    let from: unknown = row
    for (const { name } of [...path, field]) from = from === null ? null : (from as Row | undefined)?.[name]
    return from
  })
  return values.includes(undefined) ? null : values
}

type Row = Readonly<Record<string, unknown>>

/** A `select` that reads them. */
export function placeSelect(terms: readonly Term[]): Record<string, unknown> {
  const select: Record<string, unknown> = {}
  for (const { path, field } of terms) {
    let at = select
    for (const { name } of path) {
      const inner = (at[name] as { select: Record<string, unknown> } | undefined) ?? { select: {} }
      at[name] = inner
      at = inner.select
    }
    at[field.name] = true
  }
  return select
}

/** A redundant condition that lets the database begin at the right place of an index on the first field. */
function lowerBound({ path, field, direction }: Term, value: unknown, alternatives: number): object | null {
  if (alternatives < 2 || path.length > 0 || !field.isRequired || !isComparable(field)) return null
  return { [field.name]: { [direction === 'asc' ? 'gte' : 'lte']: value } }
}

function isComparable({ type }: ScalarField): boolean {
  return type !== 'Boolean' && type !== 'Enum'
}

function termsOf(provider: Provider, root: Model, model: Model, order: unknown, path: readonly Relation[]): Term[] {
  if (!isPlainObject(order)) throw cannotPage(root, String(order))
  return Object.entries(order)
    .filter(([, value]) => value !== undefined)
    .flatMap(([name, value]) => {
      const field = model.fields.get(name)
      if (field?.kind === 'relation' && !field.isList && isPlainObject(value) && !('_count' in value))
        return termsOf(provider, root, field.target, value, [...path, field])
      if (field?.kind !== 'scalar') throw cannotPage(root, [...path.map((each) => each.name), name].join('.'))
      refuseUnordered(provider, model, field)
      const { sort, nulls } = isPlainObject(value) ? value : { sort: value, nulls: undefined }
      if (sort !== 'asc' && sort !== 'desc')
        throw new ArgumentError(`orderBy: ${name} is 'asc' or 'desc', not ${String(sort)}`)
      return [termOf(provider, field, path, sort, nulls)]
    })
}

function termOf(
  provider: Provider,
  field: ScalarField,
  path: readonly Relation[],
  direction: 'asc' | 'desc',
  nulls?: unknown,
): Term {
  const nullsFirst = nulls === undefined ? (direction === 'asc') === (provider.nulls === 'first') : nulls === 'first'
  return { path, field, direction, nullsFirst }
}

function cannotPage(model: Model, name: string): ArgumentError {
  return new ArgumentError(
    `stream(): ${model.name} cannot be paged in the order of ${name}: order by scalar fields of its own or of to-one relations, or read it at once with execute()`,
  )
}

function laterThan(term: Term, value: unknown): object | null {
  const { path, field, nullsFirst } = term
  if (value === null) return nullsFirst ? present(term) : null
  const condition: Beyond = beyond(term, value)
  const later = condition && along(path, { [field.name]: condition })
  if (nullsFirst || !mayBeNull(term)) return later
  const missing = absent(term)
  return later ? { OR: [later, missing] } : missing
}

function equalTo(term: Term, value: unknown): object {
  return value === null ? absent(term) : along(term.path, { [term.field.name]: { equals: value } })
}

function mayBeNull({ path, field }: Term): boolean {
  return !field.isRequired || path.some(({ isRequired }) => !isRequired)
}

/** No value: the field is null, or a relation on the way leads nowhere. */
function absent({ path, field }: Term): object {
  const ways = path.flatMap((relation, depth) =>
    relation.isRequired ? [] : [along(path.slice(0, depth), { [relation.name]: null })],
  )
  if (!field.isRequired) ways.push(along(path, { [field.name]: null }))
  const [only] = ways
  return only && ways.length === 1 ? only : { OR: ways }
}

function present({ path, field }: Term): object {
  if (!field.isRequired) return along(path, { [field.name]: { not: null } })
  const depth = path.findLastIndex(({ isRequired }) => !isRequired)
  return along(path.slice(0, depth), { [(path[depth] as Relation).name]: { isNot: null } })
}

function along(path: readonly Relation[], condition: object): object {
  return path.reduceRight((inner, { name }) => ({ [name]: { is: inner } }), condition)
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value]
}
