import { CallbackTimeoutError, ResourceClosedError } from '../../errors.js'

/**
 * Watches the user's code that other calls of its session wait for: it may wait for one of them itself, or for something
 * that never comes. One for each queue.
 */
export class UserCodeWatch {
  readonly #calls: WaitingCalls
  readonly #setting: WatchSetting
  #timer: NodeJS.Timeout | null = null
  #code: RunningCode | null = null
  #activity = 0
  /** Since when the code has made no call, for all that is known. */
  #since = 0
  #hasWarned = false

  constructor(calls: WaitingCalls, setting: WatchSetting) {
    this.#calls = calls
    this.#setting = setting
  }

  /** To be called when a call begins to wait. */
  start(): void {
    if (!this.#code) this.restart()
  }

  /** To be called when the code begins that calls wait for, or a call begins to wait that has less patience. */
  restart(): void {
    if (this.#timer) clearTimeout(this.#timer)
    this.#since = performance.now()
    this.#check()
  }

  #check(): void {
    this.#timer = null
    const { code, patience } = this.#calls
    if (!code || !this.#calls.first) {
      this.#code = null
      return
    }
    const now = performance.now()
    if (code !== this.#code) this.#hasWarned = false
    if (code !== this.#code || code.activity !== this.#activity || !code.isIdle) this.#since = now
    this.#code = code
    this.#activity = code.activity
    const idle = now - this.#since
    const warnsIn = this.#setting.idleWarning === false || this.#hasWarned ? Infinity : this.#setting.idleWarning - idle
    if (code.deadline <= now) code.abort(timedOut(this.#callers(code), code.timeout))
    else if (patience <= idle) code.abort(closed(this.#callers(code)))
    else if (warnsIn <= 0) this.#warn(code, idle)
    // Code that was ended may be inside other code, to be looked at next.
    const times = [code.deadline - now, patience - idle].map((ms) => (ms > 0 ? ms : pause))
    const next = Math.min(...times, warnsIn > 0 ? warnsIn : longest, longest)
    this.#timer = setTimeout(() => this.#check(), Math.ceil(next)).unref()
  }

  #warn(code: RunningCode, idle: number): void {
    this.#hasWarned = true
    this.#setting.warn(
      `${this.#callers(code)}, which has made no call for ${(idle / 1000).toFixed(1)} s. If the function waits for that call, both wait for ever: make the call inside the function, by its tx where another part of the program makes it, or set timeout.`,
    )
  }

  #callers(code: RunningCode): string {
    const place = this.#setting.place()
    return `${this.#calls.first}() waits for ${code.label}${place ? `, in the transaction that began at ${place}` : ''}`
  }
}

/** Code of the user's that a session runs. */
export interface RunningCode {
  /** `the function given to transaction()` */
  readonly label: string
  /** Grows with each of its calls. */
  readonly activity: number
  /** None of its calls is under way. */
  readonly isIdle: boolean
  /** Milliseconds that it may take while others wait, and when they are over. */
  readonly timeout: number
  readonly deadline: number
  /** Ends it: what it does from then on is refused, and its call fails with `error`. */
  abort(error: unknown): void
}

/** The calls that wait for it. */
export interface WaitingCalls {
  readonly code: RunningCode | null
  /** The verb of the first of them. */
  readonly first: string | null
  /** Milliseconds without a call after which one of them does not wait any more. */
  readonly patience: number
}

export interface WatchSetting {
  readonly idleWarning: number | false
  /** Where the transaction began, if that is known. */
  place(): string | null
  warn(message: string): void
}

const longest = 2_147_483_647
const pause = 50

function timedOut(callers: string, timeout: number): CallbackTimeoutError {
  return new CallbackTimeoutError(
    `${callers}, which took longer than its timeout of ${timeout} ms: it was ended and its work rolled back. Await nothing in it that waits for another call of the session, or raise timeout.`,
  )
}

function closed(callers: string): ResourceClosedError {
  return new ResourceClosedError(
    `${callers}, which made no call for closeTimeout: it was ended and its work rolled back. Let it end before the session is closed, or raise closeTimeout.`,
  )
}
