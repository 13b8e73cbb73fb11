import { type Steps, commit as sendCommit } from '../../driver/effects.js'
import type { SessionCore } from '../core.js'
import { pendingRollback } from './in-transaction.js'
import { whyGone } from './probe.js'
import type { TransactionState } from './transaction-state.js'
/**
 * COMMIT, which servers answer with success where they have rolled back already. The session knows of the errors it has
 * seen; where somebody may have kept one to himself, it asks.
 */
export function* commitOnWire(core: SessionCore, transaction: TransactionState): Steps<void> {
  if (transaction.isHandedOut || (core.hasQueryHooks && core.provider.probe === 'savepoint')) {
    const gone = yield* whyGone(core)
    if (gone) throw gone.isRolledBack ? pendingRollback({ failure: gone.error }) : gone.error
  }
  yield* sendCommit(transaction.written)
}
