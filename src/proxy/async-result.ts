import type { Steps } from '../driver/effects.js'
import { columnNamed, formOf, scalarColumn } from '../session/statements/columns.js'
import {
  first,
  none,
  one,
  oneOrNone,
  type Reading,
  take,
  takeOne,
  turnPage,
  uniqueBy,
} from '../session/statements/reading.js'
/** How a stream runs its steps: in the session's queue, and no longer than its signal allows. */
export interface StreamRunner {
  /** Throws the reason of a signal that has fired. */
  check(): void
  run<T>(steps: Steps<T>): Promise<T>
  close(): Promise<void>
}

/** Reading, which rows and scalars share: what Result does, with promises. */
abstract class AsyncResultBase<T> implements AsyncIterable<T>, AsyncDisposable {
  protected readonly runner: StreamRunner
  protected readonly reading: Reading
  protected readonly form: (record: unknown) => T

  constructor(runner: StreamRunner, reading: Reading, form: (record: unknown) => T) {
    this.runner = runner
    this.reading = reading
    this.form = form
  }

  get closed(): boolean {
    return this.reading.isClosed
  }

  /** Every row that is left. */
  all(): Promise<T[]> {
    return this.fetchMany()
  }

  /** The first row or null; closes the stream. */
  first(): Promise<T | null> {
    return this.runner.run(first(this.reading, this.form))
  }

  /** The only row. */
  one(): Promise<T> {
    return this.runner.run(one(this.reading, this.form))
  }

  /** The only row, or null. */
  oneOrNone(): Promise<T | null> {
    return this.runner.run(oneOrNone(this.reading, this.form))
  }

  /** The next `size` rows, fewer at the end; without a size all that are left. */
  fetchMany(size?: number): Promise<T[]> {
    return this.runner.run(take(this.reading, this.form, size))
  }

  /** The rows in arrays of `size`; the stream's `yieldPer` when no size is given. */
  async *partitions(size: number | undefined = this.reading.fetched.yieldPer): AsyncGenerator<T[]> {
    let isLeft = true
    try {
      for (let part = await this.fetchMany(size); part.length > 0; part = await this.fetchMany(size)) yield part
      isLeft = false
    } finally {
      if (isLeft) await this.close()
    }
  }

  /** Drops repeats: by identity for entities, by value for rows, by `by`'s answer where given. It remembers each. */
  unique(by?: (value: T) => unknown): this {
    this.reading.unique = uniqueBy(by)
    return this
  }

  /** Ends the stream and gives back what the database keeps for it. */
  close(): Promise<void> {
    return this.runner.close()
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  /**
   * Leaving the loop, by `break` or a throw, closes the stream; at its end it is used up, as a Result is. No generator: what
   * that costs a row is half of what a row costs.
   */
  [Symbol.asyncIterator](): AsyncIterator<T> {
    this.reading.beginWhole()
    return {
      next: () => {
        try {
          const value = this.#next()
          return value === none ? this.#nextPage() : Promise.resolve({ done: false, value })
        } catch (error) {
          return Promise.reject(error)
        }
      },
      return: async () => {
        await this.close()
        return { done: true, value: undefined }
      },
    }
  }

  async #nextPage(): Promise<IteratorResult<T, undefined>> {
    while (await this.runner.run(turnPage(this.reading))) {
      const value = this.#next()
      if (value !== none) return { done: false, value }
    }
    this.reading.endWhole()
    return { done: true, value: undefined }
  }

  #next(): T | typeof none {
    this.runner.check()
    return this.reading.next(this.form)
  }
}

/** The rows of a stream. Mirrors SQLAlchemy's AsyncResult. */
export class AsyncResult extends AsyncResultBase<unknown> {
  readonly #columns: readonly string[]
  readonly #isMapping: boolean

  constructor(runner: StreamRunner, reading: Reading, columns = reading.fetched.columns, isMapping = false) {
    super(runner, reading, formOf(reading.fetched, columns, isMapping))
    this.#columns = columns
    this.#isMapping = isMapping
  }

  /** Column names; for entities the model's. */
  keys(): readonly string[] {
    return this.#columns
  }

  /** The next row, or null. */
  fetchOne(): Promise<unknown> {
    return this.runner.run(takeOne(this.reading, this.form))
  }

  /** The first column of the first row, or null; closes the stream. */
  scalar(): Promise<unknown> {
    return this.scalars().first()
  }

  /** The first column of the only row. */
  scalarOne(): Promise<unknown> {
    return this.scalars().one()
  }

  /** The first column of the only row, or null. */
  scalarOneOrNone(): Promise<unknown> {
    return this.scalars().oneOrNone()
  }

  /** One column's values instead of rows. */
  scalars(column: number | string = 0): AsyncScalarResult {
    return new AsyncScalarResult(this.runner, this.reading, scalarColumn(this.reading, this.#columns, column))
  }

  /** Plain objects instead of rows. */
  mappings(): AsyncResult {
    return new AsyncResult(this.runner, this.reading, this.#columns, true)
  }

  /** Rows of these columns, in this order. */
  columns(...columns: (number | string)[]): AsyncResult {
    const names = columns.map((column) => columnNamed(this.#columns, column))
    return new AsyncResult(this.runner, this.reading, names, this.#isMapping)
  }
}

/** One column's values of a stream. */
export class AsyncScalarResult extends AsyncResultBase<unknown> {
  constructor(runner: StreamRunner, reading: Reading, column: string) {
    super(runner, reading, (record) => reading.fetched.cell(record, column))
  }
}
