import type { TypedSql } from '@prisma/client/runtime/client'
import type { CheckedArguments } from './checked-arguments.js'
import type { Untyped } from './mode.js'
import type { ModelName } from './models.js'
import type { Row } from './result.js'
import type { Included, Selected } from './rows.js'

declare const parts: unique symbol
declare const rows: unique symbol
declare const other: unique symbol

/**
 * Any statement that `execute`, `scalars`, `scalar` and `stream` take: `select`, `insert`, `update`, `remove`, Prisma.sql, or
 * TypedSQL. Of a value of this type the rows are not known.
 */
export type Statement = object

/**
 * A statement about the model `M` with the arguments `A`. Its rows are typed by the session that runs it: written into the call, as
 * `session.scalars(select('User'))`, its arguments are checked as it is made, and else when it is run.
 */
export interface ModelStatement<C, K extends StatementKind, M, A, Checked> {
  /** For the types only: there is no such property at run time. */
  readonly [parts]: { client: C; kind: K; model: M; arguments: A; checked: Checked }
}

export type StatementKind = 'select' | 'insert' | 'update' | 'remove'

/** A statement that knows its rows `R` and their first column `V`. */
export interface TypedStatement<R, V> {
  /** For the types only: there is no such property at run time. */
  readonly [rows]: { row: R; value: V }
}

/**
 * A parameter for a statement: one about a model of the client, or `S`, another. Where the argument is one about a model, TypeScript
 * finds no `S` and takes `OtherStatement` itself.
 */
export type StatementFor<C, K extends StatementKind, M extends ModelName<C> & string, A, Checked, S> =
  | ModelStatement<C, K, M, A, Checked>
  | S

/** What the type parameter `Checked` extends: `'now'` when the arguments were checked as the statement was made. */
export type CheckOf<C, K extends StatementKind, M, A> = 'now' | CheckedArguments<C, K, M, A>

/** Prisma.sql, TypedSQL, and statements that know their rows. */
export type OtherStatement = object & {
  readonly [parts]?: never
  readonly [other]?: never
}

/** The rows of the argument of a `StatementFor`. */
export type RowOf<C, K, M extends string, A, S> = typeof other extends keyof S
  ? ModelRow<C, K, M, A>
  : S extends TypedStatement<infer R, unknown>
    ? R
    : S extends TypedSql<infer _, infer R>
      ? R
      : Untyped

/** The first column of its rows. */
export type ValueOf<C, K, M extends string, A, S> = typeof other extends keyof S
  ? ModelValue<C, K, M, A>
  : S extends TypedStatement<unknown, infer V>
    ? V
    : S extends TypedSql<infer _, infer R>
      ? ColumnOf<R>
      : Untyped

/** Any column of a row: which one is the first, the types do not know. */
export type ColumnOf<T> = [keyof T] extends [never] ? Untyped : T[keyof T]

/** Of entities: rows of one column, the entity. With `select`: rows of the columns. Writing returns nothing else. */
export type ModelRow<C, K, M extends string, A> = A extends { select: object }
  ? Row<Selected<C, M, A>>
  : K extends 'select'
    ? Row<{ [_ in M]: Included<C, M, A> }>
    : never

/** The first column of a `ModelRow`. */
export type ModelValue<C, K, M extends string, A> = A extends { select: object }
  ? ColumnOf<Selected<C, M, A>>
  : K extends 'select'
    ? Included<C, M, A>
    : never
