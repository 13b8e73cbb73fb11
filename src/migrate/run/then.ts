import type { Io } from '../sql.js'

/** Goes on with an answer that may be a promise. */
export function then<T, R>(answer: Io<T>, go: (value: T) => Io<R>): Io<R> {
  return isPromise(answer) ? Promise.resolve(answer).then(go) : go(answer)
}

function isPromise<T>(answer: Io<T>): answer is PromiseLike<T> {
  return typeof (answer as { then?: unknown } | null | undefined)?.then === 'function'
}
