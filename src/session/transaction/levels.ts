import { releaseSavepoint, type Steps, rollback as sendRollback } from '../../driver/effects.js'
import { AfterCommitError, CommitUnknownError, FlushError, PendingRollbackError } from '../../errors.js'
import type { SessionCore } from '../core.js'
import { flush } from '../flush/flush.js'
import { hasWork } from '../objects/changes.js'
import { settleCommit, settleUnknownCommit } from '../objects/lifecycle.js'
import { backToSavepoint } from './back-to-savepoint.js'
import { commitOnWire } from './commit-on-wire.js'
import { endsTransaction, isAnswerLost } from './conflict.js'
import { pendingRollback } from './in-transaction.js'
import { streamsCommitted } from './open-streams.js'
import type { TransactionState } from './transaction-state.js'
import { caught, type Failure, loseTransaction, undoLevel } from './undo-level.js'
export function* commitLevel(core: SessionCore, transaction: TransactionState): Steps<void> {
  refuseInactive(transaction)
  yield* core.events.emit('beforeCommit', { transaction })
  yield* flushUntilClean(core)
  refuseInactive(transaction) // a statement of a hook may have failed, and the hook may have kept its error
  try {
    if (transaction.isOnWire) yield* transaction.isNested ? releaseSavepoint() : commitOnWire(core, transaction)
  } catch (error) {
    yield* endUncommitted(core, transaction, error)
    throw error
  }
  transaction.status = 'committed'
  transaction.isOnWire = false
  const told = yield* caught(core.events.emit('afterCommit', { transaction }))
  streamsCommitted(core, transaction)
  if (transaction.parent) transaction.handOver(transaction.parent)
  else settleCommit(core, transaction)
  const closed = yield* caught(closeLevel(core, transaction))
  const failure = told ?? closed
  if (failure) throw transaction.isNested ? failure.error : committed(failure.error)
}

export function* rollbackLevel(
  core: SessionCore,
  transaction: TransactionState,
  isUndoneByOuter: boolean,
): Steps<void> {
  const wasUndone = transaction.isUndone
  if (wasUndone) warnOfLostWork(core)
  const failure = isUndoneByOuter ? null : yield* endOnWire(core, transaction)
  transaction.isOnWire = false
  if (failure && transaction.isNested) throw failure.error // all is undone
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
  if (endsTransaction(core.provider, error)) return yield* loseTransaction(core, error)
  // The first error is the one to report; `rollback()` will meet another one again if it lasts.
  yield* endOnWire(core, transaction, error)
  transaction.failure = error
  if (transaction.isUndone) return
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

function refuseInactive(transaction: TransactionState): void {
  if (transaction.status === 'inactive') throw pendingRollback(transaction)
}

/** What failed is not committed, and the user has to know. */
function* endUncommitted(core: SessionCore, transaction: TransactionState, error: unknown): Steps<void> {
  if (transaction.isNested) return yield* loseTransaction(core, error) // the driver has let go of the savepoint
  if (transaction.written !== 'nothing' && isAnswerLost(error)) yield* endUnknown(core, transaction, error)
  yield* failLevel(core, transaction, error instanceof PendingRollbackError ? error.cause : error)
}

/** Nobody knows whether the rows are there: the next load of each object finds out. */
function* endUnknown(core: SessionCore, transaction: TransactionState, cause: unknown): Steps<never> {
  transaction.isOnWire = false
  yield* caught(sendRollback())
  streamsCommitted(core, transaction)
  settleUnknownCommit(core, transaction)
  yield* closeLevel(core, transaction)
  throw new CommitUnknownError(
    `the connection was lost before the answer to COMMIT came (${String(cause)}): the transaction may have been committed, or not. Look for its rows before you run the work again; maker.begin(fn, { retry: { times, verify } }) does that`,
    { cause },
  )
}

/** What a listener throws after COMMIT undoes nothing: whoever catches it must not run the work again. */
function committed(cause: unknown): AfterCommitError {
  return new AfterCommitError(
    `the transaction was committed, and a listener failed after that (${String(cause)}): the rows are written, do not run the work again`,
    { cause },
  )
}

/** Rolls back on the wire. A savepoint that cannot be rolled back to takes the whole transaction with it. */
function* endOnWire(core: SessionCore, transaction: TransactionState, error?: unknown): Steps<Failure | null> {
  if (!transaction.isOnWire) return null
  transaction.isOnWire = false
  if (!transaction.isNested) return yield* caught(sendRollback())
  const failure = yield* backToSavepoint(core, error)
  if (failure) yield* loseTransaction(core, error ?? failure.error)
  return failure
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
