import { rollbackToSavepoint, type Steps } from '../../driver/effects.js'
import type { SessionCore } from '../core.js'
import { isPrismasOwn } from './conflict.js'
import { whyGone } from './probe.js'
import { caught, type Failure } from './undo-level.js'
/**
 * Rolls back to the innermost savepoint, after `error` perhaps. Gives what went wrong where the transaction is over with
 * it, or null. Where savepoints are Prisma's own it keeps to itself that there was nothing to go back to: after an error
 * that may have ended the transaction, the database is asked.
 */
export function* backToSavepoint(core: SessionCore, error?: unknown): Steps<Failure | null> {
  const failure = yield* caught(rollbackToSavepoint())
  if (failure) return failure
  const isSilent = core.provider.savepoint === 'nested' || core.hasQueryHooks
  const mayBeOver = error === undefined ? mayHideErrors(core) : !isPrismasOwn(error)
  return isSilent && mayBeOver ? yield* whyGone(core) : null
}

/** Whether statements may have failed without the session hearing of it. */
function mayHideErrors({ transaction, hasQueryHooks }: SessionCore): boolean {
  return hasQueryHooks || (transaction?.root.isHandedOut ?? false)
}
