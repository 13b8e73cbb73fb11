import type { Steps } from '../../driver/effects.js'
import { columnNamed, formOf, scalarColumn } from './columns.js'
import { type Fetched, first, none, one, oneOrNone, Reading, take, takeOne, uniqueBy } from './reading.js'

/** Reading, which rows and scalars share. Everything is at hand: no step of it waits for anything. */
abstract class ResultBase<T> implements Iterable<T> {
  readonly #reading: Reading
  protected readonly form: (record: unknown) => T

  constructor(reading: Reading, form: (record: unknown) => T) {
    this.#reading = reading
    this.form = form
  }

  get rowCount(): number {
    return this.#reading.fetched.rowCount
  }

  get returnsRows(): boolean {
    return this.#reading.fetched.returnsRows
  }

  get closed(): boolean {
    return this.#reading.isClosed
  }

  /** Every row that is left. The result is then used up, not closed. */
  all(): T[] {
    return this.fetchMany()
  }

  /** The first row or null; closes the result. */
  first(): T | null {
    return atOnce(first(this.#reading, this.form))
  }

  /** The only row. */
  one(): T {
    return atOnce(one(this.#reading, this.form))
  }

  /** The only row, or null. */
  oneOrNone(): T | null {
    return atOnce(oneOrNone(this.#reading, this.form))
  }

  /** The next `size` rows, fewer at the end; without a size all that are left. */
  fetchMany(size?: number): T[] {
    return atOnce(take(this.#reading, this.form, size))
  }

  /** The rows in arrays of `size`; the statement's `yieldPer` when no size is given. */
  *partitions(size: number | undefined = this.#reading.fetched.yieldPer): Generator<T[]> {
    for (let part = this.fetchMany(size); part.length > 0; part = this.fetchMany(size)) {
      yield part
      if (size === undefined) return
    }
  }

  /** Drops repeats: by identity for entities, by value for rows, by `by`'s answer where given. */
  unique(by?: (value: T) => unknown): this {
    this.#reading.unique = uniqueBy(by)
    return this
  }

  /** A function that gives the rows anew each time it is called. This result is used up. */
  freeze(): () => this {
    const frozen = this.#reading.frozen()
    return () => this.over(frozen())
  }

  close(): void {
    this.#reading.isClosed = true
  }

  [Symbol.dispose](): void {
    this.close()
  }

  *[Symbol.iterator](): Iterator<T> {
    this.#reading.beginWhole()
    for (let value = this.#next(); value !== none; value = this.#next()) yield value as T
    this.#reading.endWhole()
  }

  #next(): T | typeof none {
    return this.#reading.next(this.form)
  }

  /** The same view over another reading. */
  protected abstract over(reading: Reading): this
}

/** The rows of a statement. Mirrors SQLAlchemy's Result; everything is read already, so it outlives the session. */
export class Result extends ResultBase<unknown> {
  /** For whoever reads it another way. */
  readonly reading: Reading
  readonly #columns: readonly string[]
  readonly #isMapping: boolean

  constructor(fetched: Fetched)
  constructor(fetched: Fetched, reading: Reading, columns: readonly string[], isMapping: boolean)
  constructor(fetched: Fetched, reading = new Reading(fetched), columns = fetched.columns, isMapping = false) {
    super(reading, formOf(fetched, columns, isMapping))
    this.reading = reading
    this.#columns = columns
    this.#isMapping = isMapping
  }

  /** Column names; for entities the model's. */
  keys(): readonly string[] {
    return this.#columns
  }

  /** The next row, or null. */
  fetchOne(): unknown {
    return atOnce(takeOne(this.reading, this.form))
  }

  /** The first column of the first row, or null; closes the result. */
  scalar(): unknown {
    return this.scalars().first()
  }

  /** The first column of the only row. */
  scalarOne(): unknown {
    return this.scalars().one()
  }

  /** The first column of the only row, or null. */
  scalarOneOrNone(): unknown {
    return this.scalars().oneOrNone()
  }

  /** One column's values instead of rows. */
  scalars(column: number | string = 0): ScalarResult {
    return new ScalarResult(this.reading, scalarColumn(this.reading, this.#columns, column))
  }

  /** Plain objects instead of rows. */
  mappings(): Result {
    return this.#over(this.reading, this.#columns, true)
  }

  /** Rows of these columns, in this order. */
  columns(...columns: (number | string)[]): Result {
    const names = columns.map((column) => columnNamed(this.#columns, column))
    return this.#over(this.reading, names, this.#isMapping)
  }

  protected over(reading: Reading): this {
    return this.#over(reading, this.#columns, this.#isMapping) as this
  }

  #over(reading: Reading, columns: readonly string[], isMapping: boolean): Result {
    return new Result(reading.fetched, reading, columns, isMapping)
  }
}

/** One column's values. Mirrors SQLAlchemy's ScalarResult. */
export class ScalarResult extends ResultBase<unknown> {
  readonly #column: string

  constructor(reading: Reading, column: string) {
    super(reading, (record) => reading.fetched.cell(record, column))
    this.#column = column
  }

  protected over(reading: Reading): this {
    return new ScalarResult(reading, this.#column) as this
  }
}

/** The value of steps that ask for nothing. */
function atOnce<T>(steps: Steps<T>): T {
  return steps.next().value as T
}
