import type { Untyped } from './mode.js'

/**
 * The rows of one statement, read once. `R` is a row, `V` its first column. A row is reached by index, by name, or as an array.
 * Mirrors SQLAlchemy's Result.
 *
 * @example
 * ```ts
 * const { select } = statements<typeof prisma>()
 * const result = await session.execute(select('User', { select: { id: true, name: true } }))
 * for (const row of result) console.log(row.id, row.name)
 * ```
 */
export interface Result<R = Untyped, V = Untyped> extends Readable<R> {
  /** The names of the columns; readable after `close()` too. */
  keys(): readonly string[]
  /** The next row, or `null` at the end. */
  fetchOne(): R | null
  /** One column of each row, by index or name; the first by default. */
  scalars(): ScalarResult<V>
  scalars<K extends ColumnOf<R>>(column: K): ScalarResult<K extends keyof R ? R[K] : Untyped>
  /** The first column of the first row, or `null`; closes. */
  scalar(): V | null
  /** The first column of the only row; closes. @throws NoResultFoundError, MultipleResultsFoundError */
  scalarOne(): V
  /** The first column of the only row, or `null` when there is none; closes. @throws MultipleResultsFoundError */
  scalarOneOrNone(): V | null
  /** Plain objects by column name instead of rows. */
  mappings(): Result<Mapping<R>, V>
  /** Narrows and reorders the columns, by index (negative from the end) or name. */
  columns(...columns: (number | string)[]): Result
}

/**
 * One column of a result: values instead of rows. Mirrors SQLAlchemy's ScalarResult.
 *
 * @example
 * ```ts
 * const users = (await session.scalars(select('User'))).all()
 * ```
 */
export interface ScalarResult<V = Untyped> extends Readable<V> {}

interface Readable<R> extends Iterable<R>, Disposable {
  /** Rows read, or written by an INSERT, UPDATE or DELETE. */
  readonly rowCount: number
  /** Whether there are rows to read. */
  readonly returnsRows: boolean
  readonly closed: boolean
  /** Every row that is left. @throws ResourceClosedError after `close()` or when the statement returns no rows; so do all that read. */
  all(): R[]
  /** The first row or `null`; closes. */
  first(): R | null
  /** The only row; closes. @throws NoResultFoundError, MultipleResultsFoundError */
  one(): R
  /** The only row, or `null` when there is none; closes. @throws MultipleResultsFoundError */
  oneOrNone(): R | null
  /** Up to `size` rows, `[]` at the end; without `size`, all that is left. */
  fetchMany(size?: number): R[]
  /** Arrays of `size` rows (the statement's `yieldPer` by default), the last one shorter. */
  partitions(size?: number): Iterable<R[]>
  /** Drops repeats: entities by key, rows by value, or by what `by` gives. */
  unique(by?: (row: R) => unknown): this
  /** Reads what is left and gives fresh results over it, any number of times. */
  freeze(): () => this
  close(): void
}

/** The columns of a row: its names, else any. */
type ColumnOf<R> = number | (string extends keyof R ? string : Extract<keyof R, string>)

/** A row as a plain object. */
export type Mapping<R> = R extends Row<infer T> ? T : Untyped

/** A row with the columns `T`: by name, by index, as an array; frozen. */
export type Row<T> = Readonly<T> & RowView<T>

interface RowView<T> extends Iterable<T[keyof T]> {
  readonly length: number
  readonly [index: number]: T[keyof T]
  /** The row as a plain object. */
  readonly _mapping: T
}

/**
 * The rows of a stream: the same names as Result; those that read rows return promises. Leaving a `for await` loop closes it.
 * Mirrors SQLAlchemy's AsyncResult.
 *
 * @example
 * ```ts
 * for await (const batch of (await session.streamScalars(select('User'))).partitions(500)) await index(batch)
 * ```
 */
export interface AsyncResult<R = Untyped, V = Untyped> extends AsyncReadable<R> {
  keys(): readonly string[]
  fetchOne(): Promise<R | null>
  scalars(): AsyncScalarResult<V>
  scalars<K extends ColumnOf<R>>(column: K): AsyncScalarResult<K extends keyof R ? R[K] : Untyped>
  scalar(): Promise<V | null>
  scalarOne(): Promise<V>
  scalarOneOrNone(): Promise<V | null>
  mappings(): AsyncResult<Mapping<R>, V>
  columns(...columns: (number | string)[]): AsyncResult
}

/** One column of a stream. */
export interface AsyncScalarResult<V = Untyped> extends AsyncReadable<V> {}

interface AsyncReadable<R> extends AsyncIterable<R>, AsyncDisposable {
  readonly closed: boolean
  all(): Promise<R[]>
  first(): Promise<R | null>
  one(): Promise<R>
  oneOrNone(): Promise<R | null>
  fetchMany(size?: number): Promise<R[]>
  partitions(size?: number): AsyncIterable<R[]>
  unique(by?: (row: R) => unknown): this
  /** Ends the stream and gives its server resources back. */
  close(): Promise<void>
}
