// biome-ignore-all lint/style/useShorthandFunctionType: an editor shows the comment of a call signature, not that of a function type

import type { NewRow, ReturnedColumns, UpdateData, WhereOf } from './checked-arguments.js'
import type { IsAny, Untyped } from './mode.js'
import type { FindManyArgs, IsOpen, ModelName } from './models.js'
import type { LockMode, Synchronize } from './options.js'
import type { ModelStatement } from './statements.js'

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

/** The type of `select`. */
export interface Select {
  /**
   * A SELECT as a statement: Prisma's `findMany` arguments. Without `select` its rows are entities. Mirrors SQLAlchemy's `select()`.
   * Written into the call that runs it, it is typed by the session's client; one that is made beforehand is checked when it is run, or
   * comes from `statements<typeof prisma>()`.
   *
   * @param model The schema's name of the model.
   * @param args Prisma's `findMany` arguments, and `yieldPer`, `withForUpdate`, `populateExisting`, `track`.
   * @throws ArgumentError on arguments that are no object. An unknown model shows when the statement runs, as UnmappedModelError.
   * @example
   * ```ts
   * const users = (await session.scalars(select('User', { where: { kind: 'plain' }, orderBy: { id: 'asc' } }))).all()
   * ```
   */
  <C = Untyped, const M extends ModelName<C> & string = ModelName<C>, const A = unknown>(
    model: M,
    args?: [A] extends [never] ? A : IsOpen<C, M> extends true ? object : FindManyArgs<C, M> & SelectOptions,
  ): ModelStatement<C, 'select', M, A, WhenChecked<C>>
}

/** The type of `insert`. */
export interface Insert {
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
  <
    C = Untyped,
    const M extends ModelName<C> & string = ModelName<C>,
    const R = unknown,
    const S extends ReturnedColumns<C, M> = never,
  >(
    model: M,
    rows?: [R] extends [never] ? R : IsOpen<C, M> extends true ? object : NewRow<C, M> | readonly NewRow<C, M>[],
    options?: { select?: S; skipDuplicates?: boolean },
  ): ModelStatement<C, 'insert', M, RowsGiven<R> & SelectGiven<S>, WhenChecked<C>>
}

/** The type of `update`. */
export interface Update {
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
  <
    C = Untyped,
    const M extends ModelName<C> & string = ModelName<C>,
    const A = unknown,
    const S extends ReturnedColumns<C, M> = never,
  >(
    model: M,
    args: [A] extends [never]
      ? A
      : IsOpen<C, M> extends true
        ? object
        : { where?: WhereOf<C, M>; data: UpdateData<C, M> },
    options?: { select?: S; synchronize?: Synchronize },
  ): ModelStatement<C, 'update', M, A & SelectGiven<S>, WhenChecked<C>>
}

/** The type of `remove`. */
export interface Remove {
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
  <C = Untyped, const M extends ModelName<C> & string = ModelName<C>, const A = unknown>(
    model: M,
    args: [A] extends [never] ? A : IsOpen<C, M> extends true ? object : { where?: WhereOf<C, M> },
    options?: { synchronize?: Synchronize },
  ): ModelStatement<C, 'remove', M, A, WhenChecked<C>>
}

/** The type of `entity`. */
export interface MarkEntity {
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
  <M extends string, D extends object>(model: M, data: D): D
}

// `C` is inferred from the call that the statement is written into. Without one it is any.
type WhenChecked<C> = IsAny<C> extends true ? 'later' : 'now'

type RowsGiven<R> = unknown extends R ? unknown : { rows: R }

/** The `select` of a writing statement, where it has one. */
export type SelectGiven<S> = [S] extends [never] ? unknown : { select: S }
