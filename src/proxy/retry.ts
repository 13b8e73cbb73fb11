import { callUser, type Steps } from '../driver/effects.js'
import { runAsync, runSync } from '../driver/run.js'
import { ArgumentError } from '../errors.js'
import { isPlainObject } from '../session/objects/keys.js'
import { isConflict } from '../session/transaction/conflict.js'
/** How often work is done again after a conflict of transactions, and how long to wait before, in milliseconds. */
export interface Retry {
  readonly times: number
  readonly delay: number
}

/**
 * Runs `attempt`, and again while it fails by a conflict of transactions. Each wait is a random part of a time that
 * doubles, so that those who collided do not meet again. A promise where `isAsync`, else it blocks.
 */
export function retrying(attempt: () => unknown, retry: Retry, isAsync: boolean): unknown {
  const perform = {
    database: () => undefined,
    user: ({ fn }: { fn: () => unknown }) => fn(),
  }
  const pause = isAsync ? sleep : block
  return isAsync
    ? runAsync(attempts(attempt, retry, pause), perform)
    : runSync(attempts(attempt, retry, pause), perform)
}

/** Reads `retry`: a number of repetitions, or `{ times, delay }`. */
export function retryOf(given: unknown): Retry {
  if (given === undefined) return { times: 0, delay: 0 }
  const { times, delay = defaultDelay, ...rest } = isPlainObject(given) ? given : { times: given }
  const isRight = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 2_147_483_647
  if (Number.isInteger(times) && isRight(times) && isRight(delay) && Object.keys(rest).length === 0)
    return { times: times as number, delay: delay as number }
  throw new ArgumentError(
    'retry is how often to run again, or { times, delay } with the delay in milliseconds: { retry: 3 }',
  )
}

const defaultDelay = 20
const longestDelay = 5000

function* attempts(attempt: () => unknown, { times, delay }: Retry, pause: (time: number) => unknown): Steps<unknown> {
  for (let failures = 0; ; failures++) {
    try {
      return yield* callUser('callback', attempt)
    } catch (error) {
      if (failures >= times || !isConflict(error)) throw error
    }
    const most = Math.min(delay * 2 ** failures, Math.max(delay, longestDelay))
    yield* callUser('callback', () => pause(most * (0.5 + Math.random() / 2)))
  }
}

function sleep(time: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, time)
  })
}

function block(time: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, time)
}
