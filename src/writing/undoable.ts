import { releaseSavepoint, rollbackToSavepoint, type Steps, savepoint } from '../driver/effects.js'

/** Runs work in a savepoint, so that nothing of it stays where it gives null, or throws. */
export function* undoable<T>(work: () => Steps<T | null>): Steps<T | null> {
  yield* savepoint()
  let value: T | null
  try {
    value = yield* work()
  } catch (error) {
    yield* leave()
    throw error
  }
  yield* value === null ? rollbackToSavepoint() : releaseSavepoint()
  return value
}

/** A transaction that is over has no savepoint to go back to: whoever hears of the error finds that out. */
function* leave(): Steps<void> {
  try {
    yield* rollbackToSavepoint()
  } catch {
    // The first error is the one to throw.
  }
}
