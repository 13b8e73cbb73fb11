import type { Untyped } from './mode.js'

/**
 * The legacy query of SQLAlchemy, for synchronous sessions. Each call returns a new Query; nothing is sent until a reading call.
 *
 * @example
 * ```ts
 * const names = session.query('User').filterBy({ kind: 'plain' }).orderBy('name').limit(10).all().map((user) => user.name)
 * ```
 */
export interface Query<E = Untyped, Where = object, Order = object, K = unknown, Data = object> extends Iterable<E> {
  /** Narrows by a Prisma `where`; several add up. */
  filter(where: Where): Query<E, Where, Order, K, Data>
  /** Narrows by equal fields. */
  filterBy(equals: Partial<E>): Query<E, Where, Order, K, Data>
  /** A field's name for ascending, or Prisma's `orderBy`. */
  orderBy(...order: (FieldOf<E> | Order)[]): Query<E, Where, Order, K, Data>
  /** At most so many rows. */
  limit(n: number): Query<E, Where, Order, K, Data>
  /** Leaves so many rows out at the beginning. */
  offset(n: number): Query<E, Where, Order, K, Data>
  /** Every row. */
  all(): E[]
  /** The first row, or null. */
  first(): E | null
  /** The one row there is. @throws NoResultFoundError, MultipleResultsFoundError */
  one(): E
  /** The one row there is, or null. @throws MultipleResultsFoundError */
  oneOrNone(): E | null
  /** The object of this key, as `session.get`. */
  get(key: K): E | null
  /** How many rows match. */
  count(): number
  /** Whether any row matches. */
  exists(): boolean
  /** Updates the rows that match, as the statement `update`; returns their number. */
  update(data: Data): number
  /** Deletes the rows that match, as the statement `remove`; returns their number. */
  delete(): number
}

type FieldOf<E> = Extract<keyof E, string>
