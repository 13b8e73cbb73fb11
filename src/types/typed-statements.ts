// biome-ignore-all lint/style/useShorthandFunctionType: an editor shows the comment of a call signature, not that of a function type

import type { NewRow, ReturnedColumns, UpdateData, WhereOf } from './checked-arguments.js'
import type { FindManyArgs, ModelName } from './models.js'
import type { Added, NewEntity } from './new-entity.js'
import type { Synchronize } from './options.js'
import type { SelectGiven, SelectOptions } from './statement-functions.js'
import type { ModelRow, ModelValue, TypedStatement } from './statements.js'

/** The type of `statements`. */
export interface MakeStatements {
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
  <C>(): Statements<C>
}

/** What `statements<C>()` gives: the statements typed for a client. */
export interface Statements<C> {
  readonly select: TypedSelect<C>
  readonly insert: TypedInsert<C>
  readonly update: TypedUpdate<C>
  readonly remove: TypedRemove<C>
  readonly entity: TypedEntity<C>
}

/** The type of `statements<C>().select`. */
export interface TypedSelect<C> {
  /**
   * A SELECT as a statement: Prisma's `findMany` arguments. Without `select` its rows are entities. Mirrors SQLAlchemy's `select()`.
   *
   * @example
   * ```ts
   * const users = (await session.scalars(select('User', { include: { posts: true } }))).all()
   * ```
   */
  <M extends ModelName<C> & string, const A>(
    model: M,
    args?: [A] extends [never] ? A : FindManyArgs<C, M> & SelectOptions,
  ): SelectStatement<C, M, A>
}

/** The type of `statements<C>().insert`. */
export interface TypedInsert<C> {
  /**
   * An INSERT as a statement, rows in the form of Prisma's `createMany`. Mirrors SQLAlchemy's `insert()`.
   *
   * @example
   * ```ts
   * const ids = (await session.scalars(insert('Tag', [{ label: 'a' }, { label: 'b' }], { select: { id: true } }))).all()
   * ```
   */
  <M extends ModelName<C> & string, const S extends ReturnedColumns<C, M> = never>(
    model: M,
    rows?: NewRow<C, M> | readonly NewRow<C, M>[],
    options?: { select?: S; skipDuplicates?: boolean },
  ): ReturningStatement<C, 'insert', M, S>
}

/** The type of `statements<C>().update`. */
export interface TypedUpdate<C> {
  /**
   * An UPDATE of all rows that match, as a statement. Mirrors SQLAlchemy's `update()`.
   *
   * @example
   * ```ts
   * await session.execute(update('User', { where: { kind: 'plain' }, data: { kind: 'basic' } }))
   * ```
   */
  <M extends ModelName<C> & string, const S extends ReturnedColumns<C, M> = never>(
    model: M,
    args: { where?: WhereOf<C, M>; data: UpdateData<C, M> },
    options?: { select?: S; synchronize?: Synchronize },
  ): ReturningStatement<C, 'update', M, S>
}

/** The type of `statements<C>().remove`. */
export interface TypedRemove<C> {
  /**
   * A DELETE of all rows that match, as a statement. Mirrors SQLAlchemy's `delete()`.
   *
   * @example
   * ```ts
   * await session.execute(remove('Post', { where: { authorId: null } }))
   * ```
   */
  <M extends ModelName<C> & string>(
    model: M,
    args: { where?: WhereOf<C, M> },
    options?: { synchronize?: Synchronize },
  ): TypedStatement<never, never>
}

/** The type of `statements<C>().entity`. */
export interface TypedEntity<C> {
  /**
   * Marks an object as one of a model and returns it, for `add(object)` and as a relation's value.
   *
   * @example
   * ```ts
   * const ada = session.add(entity('User', { name: 'Ada' }))
   * ```
   */
  <M extends ModelName<C> & string, D>(model: M, data: [D] extends [never] ? D : NewEntity<C, M>): Added<C, M, D>
}

type SelectStatement<C, M extends string, A> = TypedStatement<
  ModelRow<C, 'select', M, A>,
  ModelValue<C, 'select', M, A>
>

type ReturningStatement<C, K extends 'insert' | 'update', M extends string, S> = TypedStatement<
  ModelRow<C, K, M, SelectGiven<S>>,
  ModelValue<C, K, M, SelectGiven<S>>
>
