import { releaseSavepoint, rollbackToSavepoint, type Steps, rollback as sendRollback } from '../../driver/effects.js'
import { FlushError, PendingRollbackError } from '../../errors.js'
import type { SessionCore } from '../core.js'
import { flush } from '../flush/flush.js'
import { hasWork } from '../objects/changes.js'
import { settleCommit, undo } from '../objects/lifecycle.js'
import { commitOnWire } from './commit-on-wire.js'
import { pendingRollback } from './in-transaction.js'
import { streamsCommitted, streamsRolledBack } from './open-streams.js'
import type { TransactionState } from './transaction-state.js'
export function* commitLevel(core: SessionCore, transaction: TransactionState): Steps<void> {
  if (transaction.status === 'inactive') throw pendingRollback(transaction)
  yield* core.events.emit('beforeCommit', { transaction })
  yield* flushUntilClean(core)
  try {
    if (transaction.isOnWire) yield* transaction.isNested ? releaseSavepoint() : commitOnWire(core, transaction)
  } catch (error) {
    // What failed is not committed, and the user has to know. A savepoint is off the driver's hands by then.
    if (transaction.isNested) transaction.isOnWire = false
    yield* failLevel(core, transaction, error instanceof PendingRollbackError ? error.cause : error)
    throw error
  }
  transaction.status = 'committed'
  transaction.isOnWire = false
  try {
    yield* core.events.emit('afterCommit', { transaction })
  } finally {
    streamsCommitted(core, transaction)
    if (transaction.parent) transaction.handOver(transaction.parent)
    else settleCommit(core, transaction)
    yield* closeLevel(core, transaction)
  }
}

export function* rollbackLevel(
  core: SessionCore,
  transaction: TransactionState,
  isUndoneByOuter: boolean,
): Steps<void> {
  let failure: { error: unknown } | undefined
  const wasUndone = transaction.status === 'inactive' && !transaction.isOnWire
  if (wasUndone) warnOfLostWork(core)
  try {
    if (!isUndoneByOuter) yield* endOnWire(transaction)
  } catch (error) {
    failure = { error }
  }
  transaction.isOnWire = false
  yield* undoLevel(core, transaction, !wasUndone && !failure)
  if (failure) {
    transaction.failure = failure.error
    throw failure.error // the next rollback() ends it
  }
  yield* closeLevel(core, transaction)
  yield* core.events.emit('afterSoftRollback', { transaction })
}

/** Undoes the innermost level after a failed flush; the session then waits for `rollback()`. */
export function* failLevel(core: SessionCore, transaction: TransactionState, error: unknown): Steps<void> {
  try {
    yield* endOnWire(transaction)
  } catch {
    // The first error is the one to report; `rollback()` will meet this one again if it lasts.
  }
  transaction.failure = error
  yield* undoLevel(core, transaction, true)
  yield* core.events.emit('afterSoftRollback', { transaction })
}

const flushRounds = 100

/** Hooks may add work while it flushes. */
function* flushUntilClean(core: SessionCore): Steps<void> {
  for (let round = 0; round < flushRounds; round++) {
    if (!hasWork(core)) return
    yield* flush(core)
  }
  throw new FlushError(
    `over ${flushRounds} flushes within commit() and hooks still add work: is an afterFlush listener changing objects each time?`,
  )
}

function* endOnWire(transaction: TransactionState): Steps<void> {
  if (!transaction.isOnWire) return
  transaction.isOnWire = false
  yield* transaction.isNested ? rollbackToSavepoint() : sendRollback()
}

/** Undoes a level in memory. Hooks see the objects as they were before that. */
function* undoLevel(core: SessionCore, transaction: TransactionState, isTold: boolean): Steps<void> {
  transaction.status = 'inactive'
  try {
    if (isTold) yield* core.events.emit('afterRollback', { transaction })
  } finally {
    streamsRolledBack(core, transaction)
    undo(core, transaction)
    transaction.forget()
  }
  yield* core.events.tell()
}

function* closeLevel(core: SessionCore, transaction: TransactionState): Steps<void> {
  transaction.status = 'closed'
  core.transaction = transaction.parent
  yield* core.events.tell()
  yield* core.events.emit('afterTransactionEnd', { transaction })
}

function warnOfLostWork(core: SessionCore): void {
  if (!hasWork(core)) return
  core.events.emitNow('warning', {
    message:
      'objects were added, changed or deleted after a failure; rollback() discards that: call it right after the failure',
  })
}
