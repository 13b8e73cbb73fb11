/**
 * How the main thread stops a run in another: by a number that both see, because a synchronous script keeps its thread's
 * event loop from hearing anything, and by a message, because an asynchronous one may wait for `signal`.
 */
export class Stop {
  readonly #flags: Int32Array
  readonly #controller = new AbortController()

  constructor(flags: Int32Array) {
    this.#flags = flags
    const { signal } = this.#controller
    // As it is now, without an event loop.
    Object.defineProperty(signal, 'aborted', { get: () => this.#isHeard() })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  get isAsked(): boolean {
    return Atomics.load(this.#flags, 0) !== 0
  }

  /** Tells whoever listens to `signal`. */
  hear(): void {
    this.#controller.abort(new Error(this.isLockLost ? 'the lock was lost' : 'interrupted'))
  }

  #isHeard(): boolean {
    if (this.isAsked) this.hear()
    return this.isAsked
  }

  get isLockLost(): boolean {
    return Atomics.load(this.#flags, 0) === reasons.lockLost
  }
}

const reasons = { interrupted: 1, lockLost: 2 } as const

export function newStopFlags(): Int32Array {
  return new Int32Array(new SharedArrayBuffer(4))
}

/** The first reason stays. */
export function askToStop(flags: Int32Array, reason: keyof typeof reasons): void {
  Atomics.compareExchange(flags, 0, 0, reasons[reason])
}
