import { callUser, type Steps } from '../driver/effects.js'
import { runAsync, runSync } from '../driver/run.js'
import { ArgumentError, CommitUnknownError } from '../errors.js'
import { isPlainObject } from '../session/objects/keys.js'
import { isConflict } from '../session/transaction/conflict.js'
/** How often work is done again after a conflict of transactions, and how long to wait before, in milliseconds. */
export interface Retry {
  readonly times: number
  readonly delay: number
  /** Tells whether an attempt whose COMMIT got no answer was committed; null where nobody can. */
  readonly verify: ((session: object) => unknown) | null
}

/** One run of the work, and how to find out what became of it. */
export interface Attempts {
  run(): unknown
  /** What the last run gave. */
  value(): unknown
  verify(): unknown
}

/**
 * Runs the work, and again while it fails by a conflict of transactions, or by a COMMIT without an answer that turns out
 * not to have happened. Each wait is a random part of a time that doubles, so that those who collided do not meet again.
 * A promise where `isAsync`, else it blocks.
 */
export function retrying(attempts: Attempts, retry: Retry, isAsync: boolean): unknown {
  const perform = {
    database: () => undefined,
    user: ({ fn }: { fn: () => unknown }) => fn(),
  }
  const pause = isAsync ? sleep : block
  const steps = untilDone(attempts, retry, pause)
  return isAsync ? runAsync(steps, perform) : runSync(steps, perform)
}

/** Reads `retry`: a number of repetitions, or `{ times, delay, verify }`. */
export function retryOf(given: unknown): Retry {
  if (given === undefined) return { times: 0, delay: 0, verify: null }
  const { verify = null, ...others } = isPlainObject(given) ? given : { times: given }
  const { times = verify ? 0 : undefined, delay = defaultDelay, ...rest } = others
  const isRight = (value: unknown) => typeof value === 'number' && value >= 0 && value <= 2_147_483_647
  const isKnown = Object.keys(rest).length === 0 && (verify === null || typeof verify === 'function')
  if (Number.isInteger(times) && isRight(times) && isRight(delay) && isKnown)
    return { times: times as number, delay: delay as number, verify: verify as Retry['verify'] }
  throw new ArgumentError(
    'retry is how often to run again, or { times, delay, verify } with the delay in milliseconds and a function that tells whether the work was committed: { retry: 3 }',
  )
}

const defaultDelay = 20
const longestDelay = 5000

function* untilDone(attempts: Attempts, { times, delay, verify }: Retry, pause: Pause): Steps<unknown> {
  for (let failures = 0; ; failures++) {
    try {
      return yield* callUser('callback', attempts.run)
    } catch (error) {
      const isVerified = verify !== null && error instanceof CommitUnknownError
      if (isVerified && (yield* callUser('callback', attempts.verify))) return attempts.value()
      if (failures >= times || !(isVerified || isConflict(error))) throw error
    }
    const most = Math.min(delay * 2 ** failures, Math.max(delay, longestDelay))
    yield* callUser('callback', () => pause(most * (0.5 + Math.random() / 2)))
  }
}

type Pause = (time: number) => unknown

function sleep(time: number): Promise<void> {
  return new Promise((resolve) => {
    setTimeout(resolve, time)
  })
}

function block(time: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, time)
}
