import { operations, releaseSavepoint, type Steps, savepoint } from '../../driver/effects.js'
import type { SessionCore } from '../core.js'
import { isFromDatabase } from './conflict.js'
/** Asks the database whether the transaction is still there. Null where it is. */
export function whyGone(core: SessionCore): Steps<Gone | null> {
  return core.provider.probe === 'begin' ? byBegin() : bySavepoint()
}

export interface Gone {
  readonly error: unknown
  /** The database has rolled it back; else the database could not be asked. */
  readonly isRolledBack: boolean
}

/** Refused in a transaction that has failed; without a transaction there is none to release. Query extensions do not see it. */
function* bySavepoint(): Steps<Gone | null> {
  try {
    yield* savepoint()
    yield* releaseSavepoint()
    return null
  } catch (error) {
    return isFromDatabase(error) ? ended(error) : { error, isRolledBack: false }
  }
}

/** SQLite takes a savepoint for a transaction of its own where there is none, but begins no transaction in another. */
function* byBegin(): Steps<Gone | null> {
  const [outcome] = yield* operations([{ delegate: null, method: '$executeRawUnsafe', args: ['BEGIN'] }])
  if (!outcome || outcome.ok) return ended()
  // libsql's client notices by itself.
  return String(outcome.error).includes('TRANSACTION_CLOSED') ? ended(outcome.error) : null
}

/** What is known of a transaction that is not there any more. */
export function ended(cause?: unknown): Gone {
  return {
    error: new Error(
      'the transaction has ended in the database: by a fault, or by ROLLBACK or COMMIT sent past the session',
      { cause },
    ),
    isRolledBack: true,
  }
}
