import type { Ledger, LedgerRow, Reached } from '../ledger.js'
import { ledgerRow } from '../ledger.js'
import { passFence } from '../lock/lock.js'
import type { Io, RawTarget, Row, Sql } from '../sql.js'
import type { Direction } from './events.js'
import type { Script } from './load-script.js'
import { then } from './then.js'
import { firstCursor } from './walks.js'
/** What a run notes while it works, by the very session that works, so that it is in the same transaction. */
export interface Book {
  /** Whether anything is noted. */
  readonly isKept: boolean
  /** The first statement of a transaction, and the last: false when another runner has taken over. */
  passFence(session: RawTarget): Io<boolean>
  /** False when the ledger is not what it was when the run was planned. */
  start(session: RawTarget, goesOn: boolean): Promise<boolean>
  /** False when the script's row is no longer there. */
  reach(session: RawTarget, reached: Reached): Io<boolean>
  end(session: RawTarget, duration: number, reached: Omit<Reached, 'cursor'>): Io<boolean>
}

export class LedgerBook implements Book {
  readonly isKept = true
  readonly #page: Page

  constructor(page: Page) {
    this.#page = page
  }

  passFence(session: RawTarget): Io<boolean> {
    return passFence(this.#page.sql.over(session), this.#page.token)
  }

  async start(session: RawTarget, goesOn: boolean): Promise<boolean> {
    const { script, row, direction } = this.#page
    const { name, checksum } = script.file
    const ledger = this.#page.ledger.over(session)
    const [now] = (await ledger.find(name)) as Row[]
    if (JSON.stringify(now ? ledgerRow(now) : null) !== JSON.stringify(row)) return false
    if (direction === 'up') await ledger.start(name, checksum, row, goesOn)
    else if (!goesOn) await ledger.reach(name, { cursor: firstCursor('down'), processed: null, total: null })
    return true
  }

  reach(session: RawTarget, reached: Reached): Io<boolean> {
    return isOne(this.#page.ledger.over(session).reach(this.#page.script.file.name, reached))
  }

  end(session: RawTarget, duration: number, reached: Omit<Reached, 'cursor'>): Io<boolean> {
    const { script, direction } = this.#page
    const ledger = this.#page.ledger.over(session)
    const { name } = script.file
    return isOne(direction === 'up' ? ledger.finish(name, duration, reached) : ledger.remove(name))
  }
}

interface Page {
  readonly script: Script
  readonly direction: Direction
  /** What the ledger said of the script when the run was planned. */
  readonly row: LedgerRow | null
  readonly ledger: Ledger
  readonly sql: Sql
  /** What the fence asks for. */
  readonly token: string
}

/** Of dry runs, and of scripts that are no migrations. */
export const noBook: Book = {
  isKept: false,
  passFence: () => true,
  start: async () => true,
  reach: () => true,
  end: () => true,
}

function isOne(changed: Io<number>): Io<boolean> {
  return then(changed, (count) => count === 1)
}
