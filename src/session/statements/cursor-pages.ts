import type { PrismaCall, Steps } from '../../driver/effects.js'
import type { SessionCore } from '../core.js'
import type { Row } from '../objects/load.js'
import { transactionOnWire } from '../transaction/in-transaction.js'
import { OpenStream } from '../transaction/open-streams.js'
import { query } from '../verbs/query.js'
import { fetchedRecords } from './fetched.js'
import { defaultPage, type PageOptions } from './page-options.js'
import { isTypedSql } from './raw.js'
import { type Pages, Reading } from './reading.js'
/** Raw SQL through a cursor that the database keeps. The first page is fetched at once, since it tells the columns. */
export function* cursorPages(core: SessionCore, statement: unknown, { yieldPer }: PageOptions): Steps<Reading> {
  const size = yieldPer ?? defaultPage
  const level = yield* transactionOnWire(core)
  const pages = new CursorPages(core, new OpenStream(level, true), size)
  yield* pages.open(statement)
  const records = yield* pages.next()
  const columns = records[0] ? Object.keys(records[0] as Row) : []
  return new Reading({ ...fetchedRecords(columns, records, size), rowCount: -1 }, pages)
}

class CursorPages implements Pages {
  readonly #core: SessionCore
  readonly stream: OpenStream
  readonly #size: number
  readonly #name = `session_cursor_${++lastCursor}`
  #isOpen = false

  constructor(core: SessionCore, stream: OpenStream, size: number) {
    this.#core = core
    this.stream = stream
    this.#size = size
  }

  *open(statement: unknown): Steps<void> {
    const { text, values } = numbered(statement)
    yield* this.#send('$executeRawUnsafe', `DECLARE ${this.#name} NO SCROLL CURSOR FOR ${text}`, values)
    this.#isOpen = true
    this.#core.streams.add(this.stream)
  }

  *next(): Steps<readonly unknown[]> {
    this.stream.requireAlive()
    if (!this.#isOpen) return []
    const sql = `FETCH FORWARD ${this.#size} FROM ${this.#name}`
    const rows = (yield* this.#send('$queryRawUnsafe', sql)) as Row[]
    if (rows.length < this.#size) yield* this.close()
    return rows
  }

  *close(): Steps<void> {
    const isThere = this.#isOpen && !this.stream.hasEnded
    this.#isOpen = false
    this.#core.streams.delete(this.stream)
    // In a failed transaction there is nothing to send it to, nor is there need.
    if (isThere && this.#core.transaction?.status === 'active')
      yield* this.#send('$executeRawUnsafe', `CLOSE ${this.#name}`)
  }

  #send(method: string, sql: string, values: readonly unknown[] = []): Steps<unknown> {
    const call: PrismaCall = { delegate: null, method, args: [sql, ...values] }
    return query(this.#core, call)
  }
}

/** Two sessions may stand on one transaction. */
let lastCursor = 0

/** The text with PostgreSQL's numbered places. */
function numbered(statement: unknown): { text: string; values: readonly unknown[] } {
  if (isTypedSql(statement)) return { text: statement.sql, values: statement.values }
  const { strings, values } = statement as { strings: readonly string[]; values: readonly unknown[] }
  return { text: strings.reduce((text, piece, index) => `${text}$${index}${piece}`), values }
}
