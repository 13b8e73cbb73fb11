import { ArgumentError, MultipleResultsFoundError, NoResultFoundError, ResourceClosedError } from '../../errors.js'
import { type Row, rowMaker } from './row.js'
import { sameness } from './sameness.js'
/** The rows of a statement before anybody has asked for a form. */
export interface Fetched {
  readonly columns: readonly string[]
  readonly records: readonly unknown[]
  /** The value of a column in a record. */
  readonly cell: (record: unknown, column: string) => unknown
  readonly rowCount: number
  readonly returnsRows: boolean
  readonly yieldPer?: number | undefined
}

/** What a select of entities, a raw query, or a statement with `select` brought. */
export function fetchedRecords(columns: readonly string[], records: readonly unknown[], yieldPer?: number): Fetched {
  const cell = (record: unknown, column: string) => (record as Record<string, unknown>)[column]
  return { columns, records, cell, rowCount: records.length, returnsRows: true, yieldPer }
}

/** Entities: one column, named by the model. */
export function fetchedEntities(model: string, entities: readonly unknown[], yieldPer?: number): Fetched {
  return {
    columns: [model],
    records: entities,
    cell: (entity) => entity,
    rowCount: entities.length,
    returnsRows: true,
    yieldPer,
  }
}

/** A statement that returns no rows. */
export function fetchedCount(rowCount: number): Fetched {
  return { columns: [], records: [], cell: () => undefined, rowCount, returnsRows: false }
}

/** What all views of one result share: how far it has been read, and whether it is closed. */
interface Reading {
  readonly fetched: Fetched
  at: number
  isClosed: boolean
  unique: ((value: unknown) => unknown) | null
  seen: Set<unknown>
}

const none = Symbol('none')

/** Reading, which rows and scalars share. */
abstract class ResultBase<T> implements Iterable<T> {
  protected readonly reading: Reading

  constructor(reading: Reading) {
    this.reading = reading
  }

  /** The form in which a record is handed out. */
  protected abstract form(record: unknown): T

  get rowCount(): number {
    return this.reading.fetched.rowCount
  }

  get returnsRows(): boolean {
    return this.reading.fetched.returnsRows
  }

  get closed(): boolean {
    return this.reading.isClosed
  }

  /** Every row that is left. The result is then used up, not closed. */
  all(): T[] {
    return this.fetchMany()
  }

  /** The first row or null; closes the result. */
  first(): T | null {
    const value = this.next()
    this.close()
    return value === none ? null : (value as T)
  }

  /** The only row. */
  one(): T {
    const value = this.only('exactly one', 'one()')
    if (value === none)
      throw new NoResultFoundError(
        'no row was found when exactly one was required: use oneOrNone() where it may be missing',
      )
    return value as T
  }

  /** The only row, or null. */
  oneOrNone(): T | null {
    const value = this.only('one or none', 'oneOrNone()')
    return value === none ? null : (value as T)
  }

  /** The next `size` rows, fewer at the end; without a size all that are left. */
  fetchMany(size?: number): T[] {
    checkSize(size)
    const values: T[] = []
    while (size === undefined || values.length < size) {
      const value = this.next()
      if (value === none) break
      values.push(value as T)
    }
    return values
  }

  /** The rows in arrays of `size`; the statement's `yieldPer` when no size is given. */
  *partitions(size: number | undefined = this.reading.fetched.yieldPer): Generator<T[]> {
    checkSize(size)
    for (let part = this.fetchMany(size); part.length > 0; part = this.fetchMany(size)) yield part
  }

  /** Drops repeats: by identity for entities, by value for rows, by `by`'s answer where given. */
  unique(by?: (value: T) => unknown): this {
    this.reading.unique = (by as Reading['unique']) ?? sameness
    return this
  }

  /** A function that gives the rows anew each time it is called. This result is used up. */
  freeze(): () => this {
    const { fetched, unique } = this.reading
    const records = fetched.records.slice(this.reading.at)
    this.requireOpen()
    this.reading.at = fetched.records.length
    return () => this.over({ fetched: { ...fetched, records }, at: 0, isClosed: false, unique, seen: new Set() })
  }

  close(): void {
    this.reading.isClosed = true
  }

  [Symbol.dispose](): void {
    this.close()
  }

  *[Symbol.iterator](): Iterator<T> {
    for (let value = this.next(); value !== none; value = this.next()) yield value as T
  }

  /** The same view over another reading. */
  protected abstract over(reading: Reading): this

  protected next(): T | typeof none {
    const { reading } = this
    this.requireOpen()
    while (reading.at < reading.fetched.records.length) {
      const value = this.form(reading.fetched.records[reading.at++])
      if (!reading.unique) return value
      const key = reading.unique(value)
      if (reading.seen.has(key)) continue
      reading.seen.add(key)
      return value
    }
    return none
  }

  protected requireOpen(): void {
    if (!this.returnsRows)
      throw new ResourceClosedError(
        'this statement does not return rows: give it `select` to get some, or read rowCount',
      )
    if (this.closed)
      throw new ResourceClosedError(
        'this result is closed: run the statement again, or freeze() the result before reading it',
      )
  }

  protected only(what: string, verb: string): T | typeof none {
    const value = this.next()
    const second = value === none ? none : this.next()
    this.close()
    if (second === none) return value
    throw new MultipleResultsFoundError(
      `several rows were found when ${what} was required: narrow the statement, or use first() instead of ${verb}`,
    )
  }
}

/** The rows of a statement. Mirrors SQLAlchemy's Result; everything is read already, so it outlives the session. */
export class Result extends ResultBase<unknown> {
  readonly #columns: readonly string[]
  readonly #form: (record: unknown) => unknown

  constructor(fetched: Fetched)
  constructor(fetched: Fetched, reading: Reading, columns: readonly string[], isMapping: boolean)
  constructor(
    fetched: Fetched,
    reading: Reading = freshReading(fetched),
    columns = fetched.columns,
    private readonly isMapping = false,
  ) {
    super(reading)
    this.#columns = columns
    this.#form = formOf(fetched, columns, isMapping)
  }

  /** Column names; for entities the model's. */
  keys(): readonly string[] {
    return this.#columns
  }

  /** The next row, or null. */
  fetchOne(): unknown {
    const value = this.next()
    return value === none ? null : value
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
    const { fetched } = this.reading
    if (!this.returnsRows) this.requireOpen()
    const isEmpty = fetched.columns.length === 0 && fetched.records.length === 0
    return new ScalarResult(this.reading, isEmpty ? '' : columnNamed(this.#columns, column))
  }

  /** Plain objects instead of rows. */
  mappings(): Result {
    return new Result(this.reading.fetched, this.reading, this.#columns, true)
  }

  /** Rows of these columns, in this order. */
  columns(...columns: (number | string)[]): Result {
    const names = columns.map((column) => columnNamed(this.#columns, column))
    return new Result(this.reading.fetched, this.reading, names, this.isMapping)
  }

  protected form(record: unknown): unknown {
    return this.#form(record)
  }

  protected over(reading: Reading): this {
    return new Result(reading.fetched, reading, this.#columns, this.isMapping) as this
  }
}

/** One column's values. Mirrors SQLAlchemy's ScalarResult. */
export class ScalarResult extends ResultBase<unknown> {
  readonly #column: string

  constructor(reading: Reading, column: string) {
    super(reading)
    this.#column = column
  }

  protected form(record: unknown): unknown {
    return this.reading.fetched.cell(record, this.#column)
  }

  protected over(reading: Reading): this {
    return new ScalarResult(reading, this.#column) as this
  }
}

function freshReading(fetched: Fetched): Reading {
  return { fetched, at: 0, isClosed: false, unique: null, seen: new Set() }
}

function formOf({ cell }: Fetched, columns: readonly string[], isMapping: boolean): (record: unknown) => unknown {
  if (isMapping) return (record) => Object.fromEntries(columns.map((column) => [column, cell(record, column)]))
  let make: ((values: readonly unknown[]) => Row) | undefined
  return (record) => {
    make ??= rowMaker(columns)
    return make(columns.map((column) => cell(record, column)))
  }
}

function columnNamed(columns: readonly string[], column: number | string): string {
  const found = typeof column === 'number' ? columns.at(column) : columns.find((name) => name === column)
  if (found !== undefined) return found
  throw new ArgumentError(`no column ${JSON.stringify(column)}: the result has ${columns.join(', ') || 'none'}`)
}

function checkSize(size: number | undefined): void {
  if (size === undefined || (Number.isInteger(size) && size > 0)) return
  throw new ArgumentError(`a number of rows is an integer from 1, not ${String(size)}`)
}
