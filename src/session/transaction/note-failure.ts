import { rollbackToSavepoint, type Steps } from '../../driver/effects.js'
import type { SessionCore } from '../core.js'
import { endedTransaction, isFromDatabase } from './conflict.js'
import { whyGone } from './probe.js'
/**
 * What a failed operation means for the transaction. Where the error does not say so, the database is asked whether
 * there still is one: what is sent without would be committed by itself.
 */
export function* noteFailure(core: SessionCore, error: unknown): Steps<void> {
  const { transaction } = core
  if (transaction?.status !== 'active' || !transaction.isOnWire) return
  if (yield* isGone(core, error)) endWith(core, error)
}

/**
 * Back to the savepoint in which this happened, which saves the transaction, unless that is gone altogether. Where
 * savepoints are Prisma's own it keeps to itself that there was nothing to go back to.
 */
export function* undoToSavepoint(core: SessionCore, error: unknown): Steps<void> {
  try {
    yield* rollbackToSavepoint()
    const isSilent = core.provider.savepoint === 'nested' || core.hasQueryHooks
    if (isSilent && (yield* whyGone(core)) !== null) endWith(core, error)
  } catch (lost) {
    if (yield* isGone(core, lost)) endWith(core, error)
  }
}

function endWith({ transaction }: SessionCore, error: unknown): void {
  if (transaction) Object.assign(transaction, { status: 'inactive', failure: error })
}

function* isGone(core: SessionCore, error: unknown): Steps<boolean> {
  if (endedTransaction(error)) return true
  const isTold = isFromDatabase(error)
  if (isTold && core.provider.afterError === 'aborted') return true
  // Where Prisma itself has refused something, nothing was sent; on other databases only the connection may be lost.
  if (core.provider.name === 'sqlite' && !isTold) return false
  return (yield* whyGone(core)) !== null
}
