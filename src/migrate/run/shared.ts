/**
 * What the thread of the scripts and the main thread know of each other at any time: whether the scripts are to stop, and
 * whether a transaction is open. They are numbers that both see, because a synchronous script keeps its thread's event loop
 * from hearing anything. An asynchronous one may wait for `signal`, which takes a message as well: `hear`.
 */
export class Shared {
  readonly numbers: Int32Array<SharedArrayBuffer>
  readonly #controller = new AbortController()

  constructor(numbers: Int32Array<SharedArrayBuffer> = new Int32Array(new SharedArrayBuffer(12))) {
    this.numbers = numbers
    // As it is now, without an event loop.
    Object.defineProperty(this.#controller.signal, 'aborted', { get: () => this.#isHeard() })
  }

  get signal(): AbortSignal {
    return this.#controller.signal
  }

  /** The first reason stays. */
  stop(reason: keyof typeof reasons): void {
    Atomics.compareExchange(this.numbers, place.stop, 0, reasons[reason])
  }

  get isToStop(): boolean {
    return Atomics.load(this.numbers, place.stop) !== 0
  }

  get isLockLost(): boolean {
    return Atomics.load(this.numbers, place.stop) === reasons.lockLost
  }

  /**
   * Called before a transaction passes the fence. Waits for a heartbeat under way: two connections that write at once are
   * SQLITE_BUSY for one of them, which on libsql does not wait.
   */
  beginWork(patience = longestHeartbeat): void {
    Atomics.store(this.numbers, place.work, 1)
    Atomics.wait(this.numbers, place.heartbeat, 1, patience)
  }

  endWork(): void {
    Atomics.store(this.numbers, place.work, 0)
  }

  /** Sends a heartbeat, telling it whether a transaction is at work. */
  async heartbeat(send: (isAtWork: boolean) => Promise<void>): Promise<void> {
    Atomics.store(this.numbers, place.heartbeat, 1)
    try {
      await send(Atomics.load(this.numbers, place.work) !== 0)
    } finally {
      Atomics.store(this.numbers, place.heartbeat, 0)
      Atomics.notify(this.numbers, place.heartbeat)
    }
  }

  /** Tells whoever listens to `signal`. */
  hear(): void {
    this.#controller.abort(new Error(this.isLockLost ? 'the lock was lost' : 'interrupted'))
  }

  #isHeard(): boolean {
    if (this.isToStop) this.hear()
    return this.isToStop
  }
}

const place = { stop: 0, work: 1, heartbeat: 2 } as const
const reasons = { interrupted: 1, lockLost: 2 } as const

/** Milliseconds that a transaction waits for a heartbeat: its thread's event loop stands still meanwhile. */
const longestHeartbeat = 2000
