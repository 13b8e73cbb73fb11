import type { Steps } from '../../driver/effects.js'
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
  if (!(yield* isGone(core, error))) return
  transaction.status = 'inactive'
  transaction.failure = error
}

function* isGone(core: SessionCore, error: unknown): Steps<boolean> {
  if (endedTransaction(error)) return true
  const isTold = isFromDatabase(error)
  if (isTold && core.provider.afterError === 'aborted') return true
  // Where Prisma itself has refused something, nothing was sent; on other databases only the connection may be lost.
  if (core.provider.name === 'sqlite' && !isTold) return false
  return (yield* whyGone(core)) !== null
}
