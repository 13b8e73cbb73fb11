import {
  type BeginOptions,
  callUser,
  begin as openTransaction,
  releaseSavepoint,
  rollbackToSavepoint,
  type Steps,
  savepoint,
  commit as sendCommit,
  rollback as sendRollback,
} from '../driver/effects.js'
import {
  ArgumentError,
  FlushError,
  InvalidRequestError,
  PendingRollbackError,
  ResourceClosedError,
  TransactionNotStartedError,
} from '../errors.js'
import { changedStates, hasWork } from './changes.js'
import { checkTimes, type SessionCore } from './core.js'
import { flush } from './flush.js'
import { settleCommit, undo } from './lifecycle.js'
import { TransactionState } from './transaction-state.js'

/** Begins a transaction. Mirrors `Session.begin()`; refused when one has begun, by first use too. */
export function* begin(core: SessionCore, options: BeginOptions & { nested?: boolean } = {}): Steps<TransactionState> {
  const { nested, ...rest } = options
  core.refuseWhenClosed()
  checkOptions(rest)
  if (nested) {
    yield* warnOfIgnored(core, rest)
    return yield* beginNested(core)
  }
  if (core.transaction) {
    throw new InvalidRequestError(
      'a transaction is already begun on this session (by its first use, perhaps): commit() or rollback() first, or use beginNested() or transaction(fn)',
    )
  }
  refuseInEndedBlock(core)
  return yield* tellOfNew(core, openLevel(core, rest, true))
}

/** Begins a savepoint; what is pending is flushed into the outer transaction first. Mirrors `Session.begin_nested()`. */
export function* beginNested(core: SessionCore): Steps<TransactionState> {
  const outer = usableTransaction(core)
  yield* tellOfNew(core)
  yield* flush(core)
  if (core.transaction !== outer)
    throw new InvalidRequestError('the transaction ended while beginNested() was flushing')
  return yield* tellOfNew(core, openLevel(core, {}, true))
}

/** Flushes and commits everything, savepoints included. Mirrors `Session.commit()`. */
export function* commit(core: SessionCore): Steps<void> {
  if (core.transaction?.status === 'inactive') throw pendingRollback(core.transaction)
  const transaction = core.transaction ?? usableTransaction(core)
  yield* tellOfNew(core)
  yield* commitUpTo(core, transaction.root)
}

/** Rolls everything back, savepoints included. Outside a transaction it does nothing. Mirrors `Session.rollback()`. */
export function* rollback(core: SessionCore): Steps<void> {
  startByChange(core)
  if (core.transaction) yield* rollbackUpTo(core, core.transaction.root)
}

/** Commits one level; savepoints inside it first. What `SessionTransaction.commit()` does. */
export function* commitUpTo(core: SessionCore, transaction: TransactionState): Steps<void> {
  refuseEnded(transaction)
  while (core.transaction && core.transaction !== transaction) yield* commitLevel(core, core.transaction)
  yield* commitLevel(core, transaction)
}

/** Rolls one level back; savepoints inside it first. What `SessionTransaction.rollback()` does. */
export function* rollbackUpTo(core: SessionCore, transaction: TransactionState): Steps<void> {
  refuseEnded(transaction)
  // Where the whole transaction goes, the server undoes its savepoints: only memory has to follow, innermost out.
  while (core.transaction && core.transaction !== transaction)
    yield* rollbackLevel(core, core.transaction, !transaction.isNested)
  yield* rollbackLevel(core, transaction, false)
}

/**
 * Runs `body` in a transaction: commits on return, rolls back on a throw. Takes over a transaction begun by first use
 * when `adopts`; inside an explicit one it is a savepoint. Mirrors `with session.begin():`.
 */
export function* transactionBlock<T>(
  core: SessionCore,
  body: (transaction: TransactionState) => T,
  options: BeginOptions = {},
  adopts = true,
): Steps<T> {
  checkOptions(options)
  const transaction = adopts ? yield* openBlock(core, options) : yield* begin(core, options)
  core.blocks.push(transaction)
  try {
    const value = (yield* callUser('callback', () => body(transaction))) as T
    if (!transaction.hasEnded) yield* commitUpTo(core, transaction)
    return value
  } catch (error) {
    yield* rollbackAfter(core, transaction)
    throw error
  } finally {
    core.blocks.splice(core.blocks.indexOf(transaction), 1)
  }
}

/** The transaction to work in: the open one, or a new one begun by this use. Throws when the session must be rolled back. */
export function usableTransaction(core: SessionCore): TransactionState {
  core.refuseWhenClosed()
  refuseInEndedBlock(core)
  const { transaction } = core
  if (!transaction) {
    if (!core.options.autobegin) {
      throw new TransactionNotStartedError(
        'autobegin is off and no transaction has begun: call begin(), or use transaction(fn)',
      )
    }
    return openLevel(core, {}, false)
  }
  if (transaction.status === 'inactive') throw pendingRollback(transaction)
  if (transaction.status === 'committed') {
    throw new InvalidRequestError(
      "this session is in 'committed' state: no further SQL can be sent within this transaction",
    )
  }
  return transaction
}

/** The same, with BEGIN and every SAVEPOINT sent that was waiting for a first operation. */
export function* transactionOnWire(core: SessionCore): Steps<TransactionState> {
  const transaction = usableTransaction(core)
  yield* tellOfNew(core)
  if (!transaction.isOnWire) yield* sendBegins(core, transaction)
  return transaction
}

/** For verbs in memory, which begin a transaction without BEGIN: a later rollback has to undo what they did. */
export function startInMemory(core: SessionCore): void {
  core.refuseWhenClosed()
  refuseInEndedBlock(core)
  for (const message of core.notices.splice(0)) core.events.emitNow('warning', { message })
  if (core.transaction) return
  usableTransaction(core)
  core.events.emitNow('afterTransactionCreate', { transaction: takeNew(core) })
}

/** A plain assignment cannot tell the session that it changed something; whoever asks finds out. */
export function startByChange(core: SessionCore): void {
  if (core.transaction || !core.options.autobegin || core.isClosedForGood) return
  if (!changedStates(core).next().done) startInMemory(core)
}

/** What a failed operation means for the transaction: on some servers, and when it timed out, only a rollback is left. */
export function noteFailure(core: SessionCore, error: unknown): void {
  const { transaction } = core
  if (!transaction || transaction.status !== 'active' || !transaction.isOnWire) return
  const code = (error as { code?: unknown } | null)?.code
  const isLost = typeof code === 'string' && lostTransaction.includes(code)
  if (!isLost && !core.abortsOnError) return
  transaction.status = 'inactive'
  transaction.failure = error
}

/** P2028: timed out or closed. P2039: the server refuses everything until a rollback. */
const lostTransaction = ['P2028', 'P2039']

/** Undoes the innermost level after a failed flush; the session then waits for `rollback()`. */
export function* failLevel(core: SessionCore, error: unknown): Steps<void> {
  const { transaction } = core
  if (!transaction || transaction.hasEnded) return
  try {
    yield* endOnWire(transaction)
  } catch {
    // The first error is the one to report; `rollback()` will meet this one again if it lasts.
  }
  transaction.failure = error
  yield* undoLevel(core, transaction, true)
  yield* core.events.emit('afterSoftRollback', { transaction })
}

function checkOptions(options: BeginOptions): void {
  for (const name of Object.keys(options)) {
    if (!['isolationLevel', 'maxWait', 'timeout'].includes(name)) {
      throw new ArgumentError(`no transaction option '${name}': use isolationLevel, maxWait, timeout`)
    }
  }
  checkTimes(options)
  const { isolationLevel } = options
  if (isolationLevel === undefined || typeof isolationLevel === 'string') return
  throw new ArgumentError(
    `isolationLevel cannot be ${String(isolationLevel)}: use Prisma's names, 'Serializable' for example`,
  )
}

function* warnOfIgnored(core: SessionCore, options: BeginOptions): Steps<void> {
  if (Object.keys(options).length === 0) return
  yield* core.events.emit('warning', { message: 'transaction options are ignored: the transaction has begun already' })
}

function* commitLevel(core: SessionCore, transaction: TransactionState): Steps<void> {
  if (transaction.status === 'inactive') throw pendingRollback(transaction)
  yield* core.events.emit('beforeCommit', { transaction })
  yield* flushUntilClean(core)
  try {
    if (transaction.isOnWire) yield* transaction.isNested ? releaseSavepoint() : sendCommit()
  } catch (error) {
    // The server has rolled back: so do we, and the user has to know.
    transaction.isOnWire = false
    yield* failLevel(core, error)
    throw error
  }
  transaction.status = 'committed'
  transaction.isOnWire = false
  yield* core.events.emit('afterCommit', { transaction })
  if (transaction.parent) transaction.handOver(transaction.parent)
  else settleCommit(core, transaction)
  yield* closeLevel(core, transaction)
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

function* rollbackLevel(core: SessionCore, transaction: TransactionState, isUndoneByOuter: boolean): Steps<void> {
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

function openLevel(core: SessionCore, options: BeginOptions, isExplicit: boolean): TransactionState {
  core.transaction = new TransactionState(core.transaction, options, isExplicit || core.isOutside)
  untold.add(core.transaction)
  return core.transaction
}

/** Levels whose creation no hook has heard of: they are opened where nothing can be awaited. */
const untold = new WeakSet<TransactionState>()

function takeNew(core: SessionCore): TransactionState | null {
  const { transaction } = core
  return transaction && untold.delete(transaction) ? transaction : null
}

function* tellOfNew(core: SessionCore, transaction = core.transaction): Steps<TransactionState> {
  for (const message of core.notices.splice(0)) yield* core.events.emit('warning', { message })
  if (takeNew(core)) yield* core.events.emit('afterTransactionCreate', { transaction })
  return transaction as TransactionState
}

function* sendBegins(core: SessionCore, transaction: TransactionState): Steps<void> {
  if (transaction.parent && !transaction.parent.isOnWire) yield* sendBegins(core, transaction.parent)
  if (transaction.parent) yield* savepoint()
  else yield* openTransaction(beginOptions(core, transaction.options))
  transaction.isOnWire = true
  if (!transaction.parent) yield* core.events.emit('afterBegin', { transaction })
}

function beginOptions({ options }: SessionCore, own: BeginOptions): BeginOptions {
  const { isolationLevel, maxWait, timeout } = { ...options, ...own }
  return { timeout, ...(isolationLevel !== undefined && { isolationLevel }), ...(maxWait !== undefined && { maxWait }) }
}

function* openBlock(core: SessionCore, options: BeginOptions): Steps<TransactionState> {
  startByChange(core)
  const { transaction } = core
  if (!transaction) return yield* begin(core, options)
  if (transaction.isOnWire || transaction.isExplicit) yield* warnOfIgnored(core, options)
  if (transaction.isExplicit) return yield* beginNested(core)
  usableTransaction(core)
  transaction.isExplicit = true
  if (!transaction.isOnWire) Object.assign(transaction, { options })
  return yield* tellOfNew(core)
}

/** After a throw in a block: its own error must come out, whatever becomes of the rollback. */
function* rollbackAfter(core: SessionCore, transaction: TransactionState): Steps<void> {
  if (transaction.hasEnded) return
  try {
    yield* rollbackUpTo(core, transaction)
  } catch (error) {
    yield* core.events.emit('warning', {
      message: `the rollback after a failed block failed too: ${String(error)}`,
      error,
    })
    if (!transaction.hasEnded) yield* rollbackUpTo(core, transaction)
  }
}

function warnOfLostWork(core: SessionCore): void {
  if (!hasWork(core)) return
  core.events.emitNow('warning', {
    message:
      'objects were added, changed or deleted after a failure; rollback() discards that: call it right after the failure',
  })
}

function refuseEnded(transaction: TransactionState): void {
  if (transaction.hasEnded) throw new ResourceClosedError('this transaction is closed: begin a new one')
}

function refuseInEndedBlock(core: SessionCore): void {
  const block = core.blocks.at(-1)
  if (block?.hasEnded) {
    throw new InvalidRequestError(
      "can't operate on closed transaction inside context manager: leave the callback before using the session again",
    )
  }
}

function pendingRollback({ failure }: TransactionState): PendingRollbackError {
  const first = failure instanceof Error ? failure.message.trim() : String(failure)
  return new PendingRollbackError(
    `this session's transaction has failed and must be rolled back: call rollback() first. The first failure was: ${first}`,
    { cause: failure },
  )
}
