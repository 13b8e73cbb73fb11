import { BridgeError } from '../errors.js'
import { type BlockingEnd, Silence } from './blocking-end.js'
import type { StartedWorker } from './start-worker.js'
import type { Description, Request } from './wire.js'
/** A bridge to the client in another thread, as blocking drivers use it. */
export interface Connection {
  readonly description: Description
  /** Asks, and blocks until the answer is there. */
  ask(request: Request): unknown
  /** Says something that has no answer. */
  tell(request: Request): void
  /** Why nothing can be asked any more; null while it can. */
  readonly end: string | null
  close(): void
}

/** The bridge to a worker of our own. */
export class WorkerConnection implements Connection {
  readonly description: Description
  readonly #worker: StartedWorker
  readonly #bridge: BlockingEnd
  readonly #callTimeout: number | undefined
  #end: string | null = null

  constructor(worker: StartedWorker, bridge: BlockingEnd, description: Description, callTimeout: number | undefined) {
    this.#worker = worker
    this.#bridge = bridge
    this.description = description
    this.#callTimeout = callTimeout
  }

  ask(request: Request): unknown {
    if (this.end !== null) throw this.#ended()
    try {
      return this.#bridge.ask(request, this.#callTimeout)
    } catch (error) {
      if (!(error instanceof Silence)) throw error
      if (error.why === 'timeout') {
        // What it is doing, and to which end, nobody can know any more.
        this.#end = `a call took longer than callTimeout, ${this.#callTimeout} ms`
        this.#worker.terminate(endingTime)
      }
      throw this.#ended()
    }
  }

  tell(request: Request): void {
    if (this.end === null) this.#bridge.tell(request)
  }

  get end(): string | null {
    if (this.#end === null && this.#bridge.hasEnded) {
      this.#end = `its worker has ended, ${this.#worker.end ?? 'nobody knows why'}`
      this.#worker.terminate()
    }
    return this.#end
  }

  close(): void {
    if (this.end !== null) return
    try {
      this.#bridge.ask({ kind: 'close' }, closingTime)
    } catch {
      // It did not disconnect: its end does that.
    }
    this.#end = 'it was closed'
    this.#worker.terminate(endingTime) // a driver may close its file only then, and keep it locked until it has
  }

  #ended(): BridgeError {
    return new BridgeError(
      `this synchronous client cannot be used any more (${this.end}), its transactions are rolled back: make a new one with createSyncClient()`,
    )
  }
}

/** Milliseconds that a worker is given to disconnect. */
const closingTime = 5000

/** Milliseconds that a worker which does not answer is given to end. */
const endingTime = 1000
