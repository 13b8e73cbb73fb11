// biome-ignore-all lint/style/useShorthandFunctionType: an editor shows the comment of a call signature, not that of a function type

import type { LockMode, Synchronize } from './options.js'
import type { Statement } from './statements.js'

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
  <M extends string, A extends object = object>(model: M, args?: A & SelectOptions): Statement
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
  <M extends string>(
    model: M,
    rows?: object | readonly object[],
    options?: { select?: object; skipDuplicates?: boolean },
  ): Statement
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
  <M extends string>(
    model: M,
    args: { where?: object; data: object },
    options?: { select?: object; synchronize?: Synchronize },
  ): Statement
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
  <M extends string>(model: M, args: { where?: object }, options?: { synchronize?: Synchronize }): Statement
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
