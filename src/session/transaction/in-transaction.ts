import { type BeginOptions, begin as openTransaction, type Steps, savepoint } from '../../driver/effects.js'
import { InvalidRequestError, PendingRollbackError, TransactionNotStartedError } from '../../errors.js'
import type { SessionCore } from '../core.js'
import { hasChanges, hasWork } from '../objects/changes.js'
import { noLimit } from '../options.js'
import { TransactionState } from './transaction-state.js'
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
  if (transaction.isOnWire) return transaction
  yield* tellOfNew(core)
  yield* sendBegins(core, transaction)
  return transaction
}

/**
 * The transaction to read in. With `autobegin: 'write'` one that nothing but reads has begun stays in memory: each read
 * is sent by itself, and returns its connection.
 */
export function* transactionForRead(core: SessionCore): Steps<TransactionState> {
  const transaction = usableTransaction(core)
  const isAlone = core.options.autobegin === 'write' && !transaction.isExplicit && !transaction.isNested
  if (!isAlone || transaction.isOnWire) return yield* transactionOnWire(core)
  return yield* tellOfNew(core)
}

/** For verbs in memory, which begin a transaction without BEGIN: a later rollback has to undo what they did. */
export function startInMemory(core: SessionCore): void {
  core.refuseWhenClosed()
  refuseInEndedBlock(core)
  if (core.transaction) return
  usableTransaction(core)
  core.events.emitNow('afterTransactionCreate', { transaction: takeNew(core) })
}

/** A plain assignment cannot tell the session that it changed something; whoever asks finds out. */
export function startByChange(core: SessionCore): void {
  if (core.transaction || !core.options.autobegin || core.isClosedForGood) return
  if (hasChanges(core)) startInMemory(core)
}

/**
 * Whether a transaction has begun, as users see it. With `autobegin: 'write'` reads begin none: what the session keeps for
 * them is taken over by whoever begins one.
 */
export function hasBegun(core: SessionCore): boolean {
  const { transaction, options } = core
  if (!transaction) return false
  if (options.autobegin !== 'write' || transaction.isExplicit || transaction.isNested) return true
  return transaction.isOnWire || transaction.status !== 'active' || hasWork(core)
}

export function openLevel(core: SessionCore, options: BeginOptions, isExplicit: boolean): TransactionState {
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

export function* tellOfNew(core: SessionCore, transaction = core.transaction): Steps<TransactionState> {
  if (takeNew(core)) yield* core.events.emit('afterTransactionCreate', { transaction })
  return transaction as TransactionState
}

function* sendBegins(core: SessionCore, transaction: TransactionState): Steps<void> {
  if (transaction.parent && !transaction.parent.isOnWire) yield* sendBegins(core, transaction.parent)
  if (transaction.parent) yield* savepoint()
  else yield* openTransaction(beginOptions(core, transaction.options))
  if (!transaction.parent) distrustEarlierReads(core)
  transaction.isOnWire = true
  if (!transaction.parent) yield* core.events.emit('afterBegin', { transaction })
}

/** What was read before BEGIN was read outside this transaction: the next load reads it again, in it. */
export function distrustEarlierReads({ options, identityMap, transaction }: SessionCore): void {
  if (options.autobegin !== 'write' || options.expireOnCommit === false || transaction?.root.isOnWire) return
  for (const state of identityMap.states()) state.isStale = true
}

/** How a read is sent that `transactionForRead` has left outside a transaction; undefined inside one. */
export function readAlone(core: SessionCore): BeginOptions | undefined {
  return core.transaction?.root.isOnWire ? undefined : beginOptions(core, {})
}

function beginOptions({ options }: SessionCore, own: BeginOptions): BeginOptions {
  const { isolationLevel, maxWait, timeout } = { ...options, ...own }
  return { timeout, ...(isolationLevel !== undefined && { isolationLevel }), ...(maxWait !== undefined && { maxWait }) }
}

/** How long the user's code may keep others waiting in it; as with Prisma, a savepoint has no time of its own. */
export function callbackTimeout({ options }: SessionCore, transaction: TransactionState): number | undefined {
  const { timeout = options.timeout } = transaction.options
  return transaction.isNested || timeout === noLimit ? undefined : timeout
}

export function refuseInEndedBlock(core: SessionCore): void {
  const block = core.blocks.at(-1)
  if (block?.hasEnded) {
    throw new InvalidRequestError(
      "can't operate on closed transaction inside context manager: leave the callback before using the session again",
    )
  }
}

export function pendingRollback({ failure }: Pick<TransactionState, 'failure'>): PendingRollbackError {
  const lines = (failure instanceof Error ? failure.message : String(failure)).trim().split('\n')
  // Prisma's messages begin with a piece of the caller's source: the last line says what is wrong.
  return new PendingRollbackError(
    `this session's transaction has failed (${lines.at(-1)}) and must be rolled back: call rollback() first`,
    { cause: failure },
  )
}
