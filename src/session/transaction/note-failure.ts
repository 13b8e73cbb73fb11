import { releaseSavepoint, type Steps, savepoint } from '../../driver/effects.js'
import type { SessionCore } from '../core.js'
import { backToSavepoint } from './back-to-savepoint.js'
import { endsTransaction, isFromDatabase, isPrismasOwn } from './conflict.js'
import { whyGone } from './probe.js'
import { caught, loseTransaction } from './undo-level.js'
/**
 * What a failed operation means for the transaction. Where the error does not say so, the database is asked whether
 * there still is one: what is sent without would be committed by itself.
 */
export function* noteFailure(core: SessionCore, error: unknown): Steps<void> {
  const { transaction } = core
  if (transaction?.status !== 'active' || !transaction.isOnWire) return
  const what = yield* whatHasEnded(core, error)
  if (what === 'transaction') yield* loseTransaction(core, error)
  else if (what === 'level') Object.assign(transaction, { status: 'inactive', failure: error })
}

/** Carries steps out in a savepoint: what they throw undoes what they did, and the transaction goes on where it can. */
export function* inSavepoint<T>(core: SessionCore, steps: Steps<T>): Steps<T> {
  yield* savepoint()
  let value: T
  try {
    value = yield* steps
  } catch (error) {
    yield* undoToSavepoint(core, error)
    throw error
  }
  const failure = yield* caught(releaseSavepoint())
  if (!failure) return value
  yield* loseTransaction(core, failure.error) // the driver has let go of the savepoint, and what was done in it is there
  throw failure.error
}

/** Back to the savepoint in which this happened, which saves the transaction, unless that is gone altogether. */
function* undoToSavepoint(core: SessionCore, error: unknown): Steps<void> {
  if (endsTransaction(core.provider, error) || (yield* backToSavepoint(core, error)))
    yield* loseTransaction(core, error)
}

/** In PostgreSQL a failed statement ends the innermost level: a rollback to before it saves the rest. */
function* whatHasEnded(core: SessionCore, error: unknown): Steps<'nothing' | 'level' | 'transaction'> {
  const { provider, hasQueryHooks } = core
  if (endsTransaction(provider, error)) return 'transaction'
  const isTold = isFromDatabase(error)
  const isAborted = provider.afterError === 'aborted'
  if (isTold && isAborted) return 'level'
  // Where Prisma itself has refused something, its statements have succeeded, or none was sent.
  if (!isTold && !hasQueryHooks && isPrismasOwn(error)) return 'nothing'
  // On other databases only the connection may be lost.
  if (provider.name === 'sqlite' && !isTold) return 'nothing'
  const gone = yield* whyGone(core)
  if (!gone) return 'nothing'
  return isAborted && gone.isRolledBack ? 'level' : 'transaction'
}
