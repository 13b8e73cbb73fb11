import type { Steps } from '../../driver/effects.js'
import { ArgumentError, MultipleResultsFoundError, NoResultFoundError, ResourceClosedError } from '../../errors.js'
import type { OpenStream } from '../transaction/open-streams.js'
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

/** Where more rows come from once those at hand are used up: the pages of a stream. */
export interface Pages {
  readonly stream: OpenStream
  /** A new reading begins: what was handed out before may be let go; with `isUsedUp`, the page at hand too. */
  begin?(isUsedUp: boolean): Steps<void>
  /** The next rows; none at the end. */
  next(): Steps<readonly unknown[]>
  /** Gives back what the database keeps for it. Does nothing the second time. */
  close(): Steps<void>
}

/** What all views of one result share: how far it has been read, and whether it is closed. */
export class Reading {
  readonly fetched: Fetched
  readonly pages: Pages | null
  isClosed = false
  /** There are no rows but those at hand. */
  isUsedUp: boolean
  unique: ((value: unknown) => unknown) | null = null
  /** Called when every row is asked for once more, and there are none left. */
  onReread: (() => void) | null = null
  readonly #seen = new Set<unknown>()
  #hasGiven = false
  #isReadWhole = false
  #records: readonly unknown[]
  #at = 0

  constructor(fetched: Fetched, pages: Pages | null = null) {
    this.fetched = fetched
    this.pages = pages
    this.isUsedUp = pages === null
    this.#records = fetched.records
  }

  /** The next of the rows at hand in its form, or `none`: without a generator, since this is done for every row. */
  next<T>(form: (record: unknown) => T): T | typeof none {
    this.requireOpen()
    while (this.#at < this.#records.length) {
      const value = form(this.#records[this.#at++])
      this.#hasGiven = true
      if (!this.unique) return value
      const key = this.unique(value)
      if (this.#seen.has(key)) continue
      this.#seen.add(key)
      return value
    }
    return none
  }

  /** To be called at the beginning of each reading. */
  *begin(): Steps<void> {
    if (!this.pages?.begin) return
    const isUsedUp = this.#at >= this.#records.length
    if (isUsedUp) this.#forget()
    yield* this.pages.begin(isUsedUp)
  }

  /** To be called where every row that is left is asked for, and, by `endWhole`, has been given. */
  beginWhole(): void {
    if (this.#isReadWhole) this.onReread?.()
  }

  endWhole(): void {
    this.#isReadWhole = this.#hasGiven
  }

  /** Brings the next page to hand. False at the end. */
  *more(): Steps<boolean> {
    if (!this.pages || this.isUsedUp) return false
    this.#forget()
    this.#records = yield* this.pages.next()
    this.isUsedUp = this.#records.length === 0
    return !this.isUsedUp
  }

  *close(): Steps<void> {
    this.isClosed = true
    this.#forget()
    if (this.pages) yield* this.pages.close()
  }

  #forget(): void {
    this.#records = []
    this.#at = 0
  }

  /** The rows left, in a reading of their own each time; this one is used up. */
  frozen(): () => Reading {
    this.requireOpen()
    const fetched = { ...this.fetched, records: this.#records.slice(this.#at) }
    this.#at = this.#records.length
    return () => {
      const reading = new Reading(fetched)
      reading.unique = this.unique
      return reading
    }
  }

  requireOpen(): void {
    if (!this.fetched.returnsRows)
      throw new ResourceClosedError(
        'this statement does not return rows: give it `select` to get some, or read rowCount',
      )
    if (this.isClosed)
      throw new ResourceClosedError(
        'this result is closed: run the statement again, or freeze() the result before reading it',
      )
  }
}

export const none = Symbol('none')

type Form<T> = (record: unknown) => T

/** Up to `size` rows, all that are left without it. */
export function* take<T>(reading: Reading, form: Form<T>, size?: number): Steps<T[]> {
  checkSize(size)
  if (size === undefined) reading.beginWhole()
  yield* reading.begin()
  const values: T[] = []
  do {
    while (size === undefined || values.length < size) {
      const value = reading.next(form)
      if (value === none) break
      values.push(value as T)
    }
  } while ((size === undefined || values.length < size) && (yield* reading.more()))
  if (size === undefined) reading.endWhole()
  return values
}

/** Goes on to the next page, for whoever takes row by row. False at the end. */
export function* turnPage(reading: Reading): Steps<boolean> {
  yield* reading.begin()
  return yield* reading.more()
}

export function* takeOne<T>(reading: Reading, form: Form<T>): Steps<T | null> {
  const [value = null] = yield* take(reading, form, 1)
  return value
}

/** The first row or null; closes. */
export function* first<T>(reading: Reading, form: Form<T>): Steps<T | null> {
  const value = yield* takeOne(reading, form)
  yield* reading.close()
  return value
}

export function* one<T>(reading: Reading, form: Form<T>): Steps<T> {
  const values = yield* only(reading, form, 'exactly one', 'one()')
  if (values.length > 0) return values[0] as T
  throw new NoResultFoundError(
    'no row was found when exactly one was required: use oneOrNone() where it may be missing',
  )
}

export function* oneOrNone<T>(reading: Reading, form: Form<T>): Steps<T | null> {
  const [value = null] = yield* only(reading, form, 'one or none', 'oneOrNone()')
  return value
}

function* only<T>(reading: Reading, form: Form<T>, what: string, verb: string): Steps<T[]> {
  const values = yield* take(reading, form, 2)
  yield* reading.close()
  if (values.length < 2) return values
  throw new MultipleResultsFoundError(
    `several rows were found when ${what} was required: narrow the statement, or use first() instead of ${verb}`,
  )
}

/** How two values are told to be repeats, unless the caller says. */
export function uniqueBy(by: unknown): (value: unknown) => unknown {
  if (by === undefined) return sameness
  if (typeof by === 'function') return by as (value: unknown) => unknown
  throw new ArgumentError('unique() takes a function of a row, or nothing')
}

function checkSize(size: number | undefined): void {
  if (size === undefined || (Number.isInteger(size) && size > 0)) return
  throw new ArgumentError(`a number of rows is an integer from 1, not ${String(size)}`)
}
