import type { Sql, TypedSql } from '@prisma/client/runtime/client'
import type { Entity } from './entity.js'
import type { Args, FindManyArgs, ModelName } from './models.js'
import type { Added, NewEntity } from './new-entity.js'
import type { LockMode, Synchronize } from './options.js'
import type { AsyncResult, AsyncScalarResult, Result, Row, ScalarResult } from './result.js'
import type { Included, Selected } from './rows.js'

declare const rows: unique symbol

/** What `execute`, `scalars`, `scalar` and `stream` take: `select`, `insert`, `update`, `remove`, Prisma.sql, TypedSQL. */
export type Statement = object

/** A statement that knows its rows `R` and their first column `V`. */
export interface TypedStatement<R, V> {
  /** For the types only; there is no such property at run time. */
  readonly [rows]: { row: R; value: V }
}

/** Prisma's tagged and generated SQL, both recognised by shape. */
export type RawStatement = Sql | TypedSql<readonly unknown[], unknown>

export type ResultOf<S> =
  S extends TypedStatement<infer R, infer V>
    ? Result<R, V>
    : S extends TypedSql<any, infer T>
      ? Result<T, FirstOf<T>>
      : Result

export type ScalarsOf<S> =
  S extends TypedStatement<any, infer V>
    ? ScalarResult<V>
    : S extends TypedSql<any, infer T>
      ? ScalarResult<FirstOf<T>>
      : ScalarResult

export type ScalarOf<S> =
  S extends TypedStatement<any, infer V> ? V | null : S extends TypedSql<any, infer T> ? FirstOf<T> | null : any

export type StreamOf<S> = S extends TypedStatement<infer R, infer V> ? AsyncResult<R, V> : AsyncResult

export type StreamScalarsOf<S> = S extends TypedStatement<any, infer V> ? AsyncScalarResult<V> : AsyncScalarResult

/** What a select takes besides Prisma's arguments. */
export interface SelectOptions {
  /** Rows to a page of `partitions()` or of a stream. */
  yieldPer?: number
  /** Lock the rows until the transaction ends. */
  withForUpdate?: LockMode
  /** Overwrite the values of objects already here. */
  populateExisting?: boolean
  /** With `false`, entities are plain objects of nobody's. */
  track?: boolean
}

/**
 * A SELECT as a statement: Prisma's `findMany` arguments. Without `select` its rows are entities. Mirrors SQLAlchemy's `select()`.
 * `statements<typeof prisma>().select` is the same, typed.
 *
 * @param model The schema's name of the model.
 * @param args Prisma's `findMany` arguments, and `yieldPer`, `withForUpdate`, `populateExisting`, `track`.
 * @throws ArgumentError on arguments that are no object. An unknown model shows when the statement runs, as UnmappedModelError.
 * @example
 * ```ts
 * const users = (await session.scalars(select('User', { where: { kind: 'plain' }, orderBy: { id: 'asc' } }))).all()
 * ```
 */
export type Select = <M extends string, A extends object = {}>(model: M, args?: A & SelectOptions) => Statement

/**
 * An INSERT as a statement. Nothing enters the session. Mirrors SQLAlchemy's `insert()`.
 *
 * @param model The schema's name of the model.
 * @param rows One row or several, in the form of Prisma's `createMany`; or give them to `execute(statement, rows)`.
 * @param options `select`: return these columns. `skipDuplicates`: leave out rows that exist.
 * @throws ArgumentError on an empty array.
 * @example
 * ```ts
 * const { rowCount } = await session.execute(insert('Tag', [{ label: 'a' }, { label: 'b' }]))
 * ```
 */
export type Insert = <M extends string>(
  model: M,
  rows?: object | readonly object[],
  options?: { select?: object; skipDuplicates?: boolean },
) => Statement

/**
 * An UPDATE of all rows that match, as a statement. Mirrors SQLAlchemy's `update()`.
 *
 * @param model The schema's name of the model.
 * @param args Prisma's `where` and `data` of `updateMany`.
 * @param options `select`: return these columns. `synchronize`: how loaded objects follow, default `'auto'`.
 * @example
 * ```ts
 * await session.execute(update('User', { where: { kind: 'plain' }, data: { kind: 'basic' } }))
 * ```
 */
export type Update = <M extends string>(
  model: M,
  args: { where?: object; data: object },
  options?: { select?: object; synchronize?: Synchronize },
) => Statement

/**
 * A DELETE of all rows that match, as a statement. Mirrors SQLAlchemy's `delete()`.
 *
 * @param model The schema's name of the model.
 * @param args Prisma's `where` of `deleteMany`.
 * @param options `synchronize`: how loaded objects follow, default `'auto'`.
 * @example
 * ```ts
 * const { rowCount } = await session.execute(remove('Post', { where: { authorId: null } }))
 * ```
 */
export type Remove = <M extends string>(
  model: M,
  args: { where?: object },
  options?: { synchronize?: Synchronize },
) => Statement

/**
 * Marks an object as one of a model and returns it, for `add(object)`, `merge(object)` and as a relation's value.
 *
 * @param model The schema's name of the model.
 * @param data The object; nothing visible is put on it.
 * @throws ArgumentError when it is marked as another model's.
 * @example
 * ```ts
 * const ada = session.add(entity('User', { name: 'Ada' }))
 * ```
 */
export type MarkEntity = <M extends string, D extends object>(model: M, data: D) => D

/** The statements typed for `C`, as `statements<typeof prisma>()` gives them. */
export interface Statements<C> {
  /** {@inheritDoc Select} */
  select: <M extends ModelName<C>, const A>(
    model: M,
    args?: [A] extends [never] ? A : FindManyArgs<C, M> & SelectOptions,
  ) => SelectStatement<C, M, A>
  /** {@inheritDoc Insert} */
  insert: <M extends ModelName<C>, const S extends ReturnedColumns<C, M> = never>(
    model: M,
    rows?: NewRow<C, M> | readonly NewRow<C, M>[],
    options?: { select?: S; skipDuplicates?: boolean },
  ) => ReturningStatement<C, M, S>
  /** {@inheritDoc Update} */
  update: <M extends ModelName<C>, const S extends ReturnedColumns<C, M> = never>(
    model: M,
    args: { where?: WhereOf<C, M>; data: UpdateData<C, M> },
    options?: { select?: S; synchronize?: Synchronize },
  ) => ReturningStatement<C, M, S>
  /** {@inheritDoc Remove} */
  remove: <M extends ModelName<C>>(
    model: M,
    args: { where?: WhereOf<C, M> },
    options?: { synchronize?: Synchronize },
  ) => TypedStatement<never, never>
  /** {@inheritDoc MarkEntity} */
  entity: <M extends ModelName<C>, D>(model: M, data: [D] extends [never] ? D : NewEntity<C, M>) => Added<C, M, D>
}

/**
 * `select`, `insert`, `update`, `remove` and `entity`, typed for a client: the very same functions.
 *
 * @example
 * ```ts
 * const { select } = statements<typeof prisma>()
 * const users = (await session.scalars(select('User', { include: { posts: true } }))).all()
 * users[0]?.posts.length
 * ```
 */
export type MakeStatements = <C>() => Statements<C>

/** Of entities: rows of one column, the entity. With `select`: rows of the columns. */
export type SelectStatement<C, M extends string, A> = A extends { select: object }
  ? ColumnsStatement<Selected<C, M, A>>
  : TypedStatement<EntityRow<M, Included<C, M, A>>, Included<C, M, A>>

/** A row of an entity select: the entity, under the model's name. */
export type EntityRow<M extends string, E> = Row<{ [_ in M]: E }>

type ColumnsStatement<T> = TypedStatement<Row<T>, FirstOf<T>>

// The types do not know which column is the first.
type FirstOf<T> = [keyof T] extends [never] ? any : T[keyof T]

type ReturningStatement<C, M, S> = [S] extends [never]
  ? TypedStatement<never, never>
  : ColumnsStatement<Selected<C, M, { select: S }>>

type ReturnedColumns<C, M> = { readonly [K in keyof Entity<C, M>]?: boolean }

type NewRow<C, M> =
  Args<C, M, 'createMany'> extends { data?: infer D } ? (D extends readonly (infer R)[] ? R : D) : never

/** Prisma's `where` of a model. */
export type WhereOf<C, M> = FindManyArgs<C, M> extends { where?: infer W } ? NonNullable<W> : never

/** Prisma's `data` of `updateMany`. */
export type UpdateData<C, M> = Args<C, M, 'updateMany'> extends { data: infer D } ? D : never
