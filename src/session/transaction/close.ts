import { type Steps, rollback as sendRollback } from '../../driver/effects.js'
import type { SessionCore } from '../core.js'
import { expungeAll } from '../verbs/remove.js'
import { streamsClosed } from './open-streams.js'
/** Rolls back, lets go of every object and gives the connection back; the session can be used again. Mirrors `Session.close()`. */
export function* close(core: SessionCore): Steps<void> {
  yield* reset(core)
  if (!core.options.closeResetsOnly) core.isClosedForGood = true
}

/** The same, for good whatever the options: what calls it later would leave a transaction open that nobody ends. */
export function* closeForGood(core: SessionCore): Steps<void> {
  try {
    yield* reset(core)
  } finally {
    core.isClosedForGood = true
  }
}

/** The same, and never for good. Mirrors `Session.reset()`. */
export function* reset(core: SessionCore): Steps<void> {
  const open = forget(core)
  if (open.some(({ isOnWire }) => isOnWire)) yield* rollbackInTime(core)
  for (const transaction of open) yield* core.events.emit('afterTransactionEnd', { transaction })
}

/** A peer that has gone silent must not keep the session, nor its slot in the pool. */
function* rollbackInTime(core: SessionCore): Steps<void> {
  if (!(yield* sendRollback(core.options.closeTimeout))) core.onGivenUp()
}

/** The same, for a connection that nothing is expected of any more: its errors do not matter. Mirrors `Session.invalidate()`. */
export function* invalidate(core: SessionCore): Steps<void> {
  try {
    yield* reset(core)
  } catch {
    // The transaction is given up either way.
  }
}

/** Empties the session in memory. Returns the levels that were open, innermost first. */
function forget(core: SessionCore) {
  expungeAll(core)
  streamsClosed(core)
  const open = []
  for (let { transaction } = core; transaction; transaction = transaction.parent) {
    transaction.status = 'closed'
    open.push(transaction)
  }
  core.transaction = null
  core.isFlushing = false
  return open
}
