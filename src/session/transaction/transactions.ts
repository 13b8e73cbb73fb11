import { type BeginOptions, callUser, type Steps } from '../../driver/effects.js'
import { ArgumentError, InvalidRequestError, ResourceClosedError } from '../../errors.js'
import type { SessionCore } from '../core.js'
import { flush } from '../flush/flush.js'
import { checkIsolationLevel, checkTimes } from '../options.js'
import {
  callbackTimeout,
  distrustEarlierReads,
  hasBegun,
  openLevel,
  pendingRollback,
  refuseInEndedBlock,
  startByChange,
  tellOfNew,
  usableTransaction,
} from './in-transaction.js'
import { commitLevel, rollbackLevel } from './levels.js'
import type { TransactionState } from './transaction-state.js'
/** Begins a transaction. Mirrors `Session.begin()`; refused when one has begun, by first use too. */
export function* begin(core: SessionCore, options: BeginOptions & { nested?: boolean } = {}): Steps<TransactionState> {
  const { nested, ...rest } = options
  core.refuseWhenClosed()
  checkOptions(core, rest)
  if (nested) {
    yield* warnOfIgnored(core, rest)
    return yield* beginNested(core)
  }
  if (core.transaction && hasBegun(core)) {
    throw new InvalidRequestError(
      'a transaction is already begun on this session (by its first use, perhaps): commit() or rollback() first, or use beginNested() or transaction(fn)',
    )
  }
  refuseInEndedBlock(core)
  if (core.transaction) return yield* takeOver(core, core.transaction, rest)
  return yield* tellOfNew(core, openLevel(core, rest, true))
}

/** Begins a savepoint; what is pending is flushed into the outer transaction first. Mirrors `Session.begin_nested()`. */
export function* beginNested(core: SessionCore): Steps<TransactionState> {
  usableTransaction(core)
  yield* tellOfNew(core)
  yield* flush(core)
  distrustEarlierReads(core)
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
  checkOptions(core, options)
  const transaction = adopts ? yield* openBlock(core, options) : yield* begin(core, options)
  core.blocks.push(transaction)
  try {
    const value = (yield* callUser('callback', () => body(transaction), callbackTimeout(core, transaction))) as T
    if (!transaction.hasEnded) yield* commitUpTo(core, transaction)
    return value
  } catch (error) {
    yield* rollbackAfter(core, transaction)
    throw error
  } finally {
    core.blocks.splice(core.blocks.indexOf(transaction), 1)
  }
}

/** Carries `steps` out in a transaction of its own; inside somebody else's, that is a savepoint. */
export function* alone<T>(core: SessionCore, steps: Steps<T>): Steps<T> {
  const transaction = yield* begin(core)
  try {
    const value = yield* steps
    yield* commitUpTo(core, transaction)
    return value
  } catch (error) {
    yield* rollbackAfter(core, transaction)
    throw error
  }
}

export function checkOptions({ provider }: SessionCore, options: BeginOptions): void {
  for (const name of Object.keys(options)) {
    if (!['isolationLevel', 'maxWait', 'timeout'].includes(name)) {
      throw new ArgumentError(`no transaction option '${name}': use isolationLevel, maxWait, timeout`)
    }
  }
  checkTimes(options)
  checkIsolationLevel(provider, options.isolationLevel)
}

export function* warnOfIgnored(core: SessionCore, options: BeginOptions): Steps<void> {
  if (Object.keys(options).length === 0) return
  yield* core.events.emit('warning', { message: 'transaction options are ignored: the transaction has begun already' })
}

/** For work that joins the session's transaction: its options count while nothing is sent and nobody has begun it. */
export function* giveOptions(core: SessionCore, options: BeginOptions): Steps<void> {
  const { transaction } = core
  if (transaction?.isOnWire || transaction?.isExplicit) return yield* warnOfIgnored(core, options)
  if (Object.keys(options).length > 0) usableTransaction(core).options = options
}

function* openBlock(core: SessionCore, options: BeginOptions): Steps<TransactionState> {
  startByChange(core)
  const { transaction } = core
  if (!transaction) return yield* begin(core, options)
  if (transaction.isOnWire || transaction.isExplicit) yield* warnOfIgnored(core, options)
  if (transaction.isExplicit) return yield* beginNested(core)
  usableTransaction(core)
  return yield* takeOver(core, transaction, options)
}

/** A transaction that the first use has begun becomes the caller's. */
function* takeOver(core: SessionCore, transaction: TransactionState, options: BeginOptions): Steps<TransactionState> {
  transaction.isExplicit = true
  distrustEarlierReads(core)
  if (!transaction.isOnWire) transaction.options = options
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

function refuseEnded(transaction: TransactionState): void {
  if (transaction.hasEnded) throw new ResourceClosedError('this transaction is closed: begin a new one')
}
