import type { Entity } from './entity.js'
import type { Key } from './key.js'
import type { NameIn } from './memory-verbs.js'
import type { Io, IsAny, Mode } from './mode.js'
import type { FieldName, FindManyArgs, ModelName, Objects } from './models.js'
import type { NewEntity } from './new-entity.js'
import type { GetOptions, LockMode } from './options.js'
import type { Included } from './rows.js'

/** The verbs about single objects. A promise in async mode, a value in sync mode. */
export interface LoadVerbs<C, M extends Mode> {
  /**
   * The object with that key: from the session without a query, else from the database. Mirrors SQLAlchemy's `Session.get`.
   * A row is read by its primary key before changes of other objects are flushed, unless objects are new or to be deleted.
   *
   * @param key The key's scalar; for a composite key `[a, b]` or `{ a, b }`; or the fields of a unique constraint.
   * @returns The object, or `null` when there is no row.
   * @throws InvalidRequestError on a key of the wrong shape; UnmappedModelError.
   * @example
   * ```ts
   * const user = await session.get('User', 1, { include: { posts: true } })
   * const leg = await session.get('Pair', [1, 2])
   * ```
   */
  get<N extends ModelName<C> & string, const I extends Include<C, N> | null = null>(
    model: N,
    key: Key<C, N>,
    options?: GetOptions<I>,
  ): Io<M, Included<C, N, { include: I }> | null>
  /**
   * As `get`, and there must be a row. Mirrors SQLAlchemy's `Session.get_one`.
   *
   * @throws NoResultFoundError when there is none.
   * @example
   * ```ts
   * const user = await session.getOne('User', { email: 'ada@example.org' })
   * ```
   */
  getOne<N extends ModelName<C> & string, const I extends Include<C, N> | null = null>(
    model: N,
    key: Key<C, N>,
    options?: GetOptions<I>,
  ): Io<M, Included<C, N, { include: I }>>
  /**
   * As `get`, for many keys in one query.
   *
   * @returns In the order of the keys, `null` where there is no row.
   * @example
   * ```ts
   * const [first, second] = await session.getMany('User', [1, 2])
   * ```
   */
  getMany<N extends ModelName<C> & string, const I extends Include<C, N> | null = null>(
    model: N,
    keys: readonly Key<C, N>[],
    options?: GetOptions<I>,
  ): Io<M, (Included<C, N, { include: I }> | null)[]>
  /**
   * Copies the state of `data`, and of what it is related to, onto the session's object with the same key, which it loads or makes.
   * A to-many in `data` replaces the members; what `data` does not have is left alone. Mirrors SQLAlchemy's `Session.merge`.
   *
   * Data from outside, such as a request body, need `fields`: without it they can set every field, and change other rows through
   * relations.
   *
   * @param options `fields`: take these scalar fields and relations only, beside the key, and ignore the rest. A relation takes the keys of
   * its members, and their fields where they are named: `['name', 'posts.title']`. `load: false`: take `data` for what the database holds,
   * and send nothing.
   * @returns The session's object; `data` itself stays outside.
   * @throws ArgumentError on a name in `fields` that the model does not have; StaleDataError when `data` has another version than the row;
   * InvalidRequestError with `load: false` and changed data.
   * @example
   * ```ts
   * const user = await session.merge('User', { id: 1, name: 'Ada' })
   *
   * const body: object = JSON.parse('{ "name": "Countess", "kind": "admin" }')
   * await session.merge('User', { ...body, id: 1 }, { fields: ['name'] }) // kind is not taken
   * ```
   */
  merge<N extends ModelName<C> & string>(
    model: N,
    data: NewEntity<C, N>,
    options?: { load?: boolean },
  ): Io<M, Entity<C, N>>
  merge<N extends ModelName<C> & string>(
    model: N,
    data: object,
    options: { load?: boolean; fields: readonly FieldPath<C, N>[] },
  ): Io<M, Entity<C, N>>
  merge<E extends object>(entity: E, options?: { load?: boolean; fields?: readonly NameIn<E>[] }): Io<M, E>
  /**
   * Marks an object: the next flush deletes its row. What refers to it follows the schema's `onDelete`. Mirrors SQLAlchemy's
   * `Session.delete`.
   *
   * @throws InvalidRequestError when the object is not persistent.
   * @example
   * ```ts
   * await session.delete(user)
   * await session.commit()
   * ```
   */
  delete(entity: object): Io<M, void>
  /**
   * Reads an object again, dropping its unflushed changes; loads the relations named. Other pending work is flushed first.
   * Mirrors SQLAlchemy's `Session.refresh`.
   *
   * @param fields Scalars and relations; all loaded ones when left out.
   * @param options `withForUpdate`: lock the row until the transaction ends.
   * @throws InvalidRequestError when the object is not persistent here or its row is gone; ArgumentError on an unknown field.
   * @example
   * ```ts
   * await session.refresh(user, ['posts'])
   * ```
   */
  refresh<E extends object>(
    entity: E,
    fields?: readonly NameIn<E>[],
    options?: { withForUpdate?: LockMode },
  ): Io<M, void>
}

// The fields of a relation's members are checked by the verb.
type FieldPath<C, M> =
  IsAny<C> extends true ? string : FieldName<C, M> | keyof Objects<C, M> | `${keyof Objects<C, M> & string}.${string}`

/** Prisma's `include` of a model. */
export type Include<C, M> = IncludeIn<FindManyArgs<C, M>>

type IncludeIn<A> = A extends { include?: infer I } ? NonNullable<I> : object
