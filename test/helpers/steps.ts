import type { ExecutionContext, ThrowsExpectation } from 'ava'
import { PendingRollbackError } from '../../src/index.js'

/**
 * Runs the steps one after the other and waits only for promises, so that a callback made of it is synchronous where
 * the session is: `s.begin(() => inOrder(() => s.flush(), () => s.rollback()))`.
 */
export function inOrder(...steps: (() => unknown)[]): unknown {
  for (const [index, step] of steps.entries()) {
    const result = step()
    if (isThenable(result)) return Promise.resolve(result).then(() => inOrder(...steps.slice(index + 1)))
  }
}

/** A step for `inOrder` that keeps what `call` throws or rejects with. */
export function catching(list: unknown[], call: () => unknown): () => unknown {
  return () => {
    try {
      const result = call()
      if (!isThenable(result)) return
      return Promise.resolve(result).then(
        () => {},
        (error) => list.push(error),
      )
    } catch (error) {
      list.push(error)
    }
  }
}

/** In a step for `inOrder`: keeps the value of a call, waiting for it where it is a promise. */
export function noting(list: unknown[], value: unknown): unknown {
  if (isThenable(value)) return Promise.resolve(value).then((answer) => list.push(answer))
  return list.push(value)
}

/** What `call` throws (sync mode) or rejects with (async mode). */
export async function refused<E extends Error = Error>(
  t: ExecutionContext,
  call: () => unknown,
  expectation?: ThrowsExpectation<E>,
): Promise<E> {
  const error = await t.throwsAsync<E>(async () => {
    await call()
  }, expectation)
  return error as E
}

/** The session waits for a rollback: `call` tells so, and why. */
export async function needsRollback(t: ExecutionContext, call: () => unknown, cause: unknown): Promise<void> {
  const error = await refused<PendingRollbackError>(t, call, { instanceOf: PendingRollbackError })
  t.is(error.cause, cause)
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as { then?: unknown } | null | undefined)?.then === 'function'
}
