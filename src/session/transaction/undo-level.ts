import { type Steps, rollback as sendRollback } from '../../driver/effects.js'
import type { SessionCore } from '../core.js'
import { undo } from '../objects/lifecycle.js'
import { streamsRolledBack } from './open-streams.js'
import type { TransactionState } from './transaction-state.js'
/** Undoes a level in memory, which is inactive from then on. Hooks see the objects as they were before that. */
export function* undoLevel(core: SessionCore, transaction: TransactionState, isTold: boolean): Steps<void> {
  transaction.status = 'inactive'
  transaction.isUndone = true
  try {
    if (isTold) yield* core.events.emit('afterRollback', { transaction })
  } finally {
    streamsRolledBack(core, transaction)
    undo(core, transaction)
    transaction.forget()
  }
  yield* core.events.tell()
}

/**
 * The database has given up the whole transaction, and not only its innermost savepoint: what would be sent in any level
 * of it from now on would be committed by itself. All levels are undone here, and wait for `rollback()`.
 */
export function* loseTransaction(core: SessionCore, error: unknown): Steps<void> {
  const levels: TransactionState[] = []
  for (let level = core.transaction; level; level = level.parent) levels.push(level)
  const isOnWire = levels.some((level) => level.isOnWire)
  for (const level of levels) Object.assign(level, { isOnWire: false, status: 'inactive', failure: error })
  // Prisma's own transaction is given up with its connection. What it says to that does not matter.
  if (isOnWire) yield* caught(sendRollback())
  for (const transaction of levels) {
    if (transaction.isUndone) continue
    yield* undoLevel(core, transaction, true)
    yield* core.events.emit('afterSoftRollback', { transaction })
  }
}

export interface Failure {
  readonly error: unknown
}

/** Carries steps out, and gives the error that they end with, or null. */
export function* caught(steps: Steps<unknown>): Steps<Failure | null> {
  try {
    yield* steps
    return null
  } catch (error) {
    return { error }
  }
}
