import type { TypedSql } from '@prisma/client/runtime/client'
import type { Untyped } from './mode.js'

declare const rows: unique symbol

/**
 * What `execute`, `scalars`, `scalar` and `stream` take: `select`, `insert`, `update`, `remove`, Prisma.sql, or TypedSQL. A statement that
 * does not know its rows gives untyped ones: `statements<typeof prisma>()` makes those that do.
 */
export type Statement = object

/** A statement that knows its rows `R` and their first column `V`. */
export interface TypedStatement<R, V> {
  /** For the types only: there is no such property at run time. */
  readonly [rows]: { row: R; value: V }
}

/** The rows of a statement. */
export type RowOf<S> =
  S extends TypedStatement<infer R, unknown> ? R : S extends TypedSql<infer _, infer R> ? R : Untyped

/** The first column of a statement's rows. */
export type ValueOf<S> =
  S extends TypedStatement<unknown, infer V> ? V : S extends TypedSql<infer _, infer R> ? ColumnOf<R> : Untyped

/** Any column of a row: which one is the first, the types do not know. */
export type ColumnOf<T> = [keyof T] extends [never] ? Untyped : T[keyof T]
