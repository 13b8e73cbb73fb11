import { ResourceClosedError } from '../../errors.js'
import type { SessionCore } from '../core.js'
import type { TransactionState } from './transaction-state.js'
/** A stream that is being read, and what the transaction it reads in means for it. */
export class OpenStream {
  /** The level it reads in; null between two transactions. */
  level: TransactionState | null
  /** A server keeps a cursor for it, which ends with the transaction; pages by key go on in the next. */
  readonly needsTransaction: boolean
  /** Called when the transaction or the session ends it. */
  onEnd: (() => void) | null = null
  #end: string | null = null

  constructor(level: TransactionState | null, needsTransaction: boolean) {
    this.level = level
    this.needsTransaction = needsTransaction
  }

  end(why: string): void {
    this.#end ??= why
    this.onEnd?.()
  }

  get hasEnded(): boolean {
    return this.#end !== null
  }

  requireAlive(): void {
    if (this.#end !== null)
      throw new ResourceClosedError(`this stream has ended, ${this.#end}: open it again with stream()`)
  }
}

/** A level was rolled back: what is read in it is no longer so. */
export function streamsRolledBack(core: SessionCore, level: TransactionState): void {
  for (const stream of core.streams)
    if (stream.level === level) endStream(core, stream, 'the transaction that it reads in was rolled back')
}

/** A level was committed: its streams are its parent's, or the next transaction's. */
export function streamsCommitted(core: SessionCore, level: TransactionState): void {
  for (const stream of core.streams) {
    if (stream.level !== level) continue
    if (level.parent || !stream.needsTransaction) stream.level = level.parent
    else endStream(core, stream, 'its cursor was closed by the commit')
  }
}

export function streamsClosed(core: SessionCore): void {
  for (const stream of core.streams) endStream(core, stream, 'its session was closed')
}

function endStream(core: SessionCore, stream: OpenStream, why: string): void {
  stream.end(why)
  core.streams.delete(stream)
}
