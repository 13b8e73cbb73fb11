import type { Steps } from '../driver/effects.js'
import type { Reading } from '../session/statements/reading.js'
import { stream, streamOptions } from '../session/statements/stream.js'
import { AsyncResult, type StreamRunner } from './async-result.js'
import { faceOf } from './reflection.js'
import type { Unit } from './unit.js'
/** `stream`: the steps that open it, and a result whose every reading is a call of the session's. */
export function* streamSteps(unit: Unit, statement: unknown, given: unknown): Steps<AsyncResult> {
  const options = streamOptions(given)
  options.signal?.throwIfAborted()
  const reading = yield* stream(unit.core, statement, options)
  if (options.signal?.aborted) {
    yield* reading.close()
    throw options.signal.reason
  }
  return new AsyncResult(new Running(unit, reading, options.signal), reading)
}

/** A stream that waits for its turn, or is being opened, until its signal fires. */
export function untilAborted<T>(opening: Promise<T>, options: unknown): Promise<T> {
  const { signal } = (options ?? {}) as { signal?: AbortSignal }
  if (typeof signal?.addEventListener !== 'function') return opening // which refuses what is no signal
  return new Promise((resolve, reject) => {
    const abort = () => reject(signal.reason)
    const settle = <A>(end: (answer: A) => void) => {
      return (answer: A) => {
        signal.removeEventListener('abort', abort)
        end(answer)
      }
    }
    signal.addEventListener('abort', abort)
    if (signal.aborted) abort()
    opening.then(settle(resolve), settle(reject))
  })
}

class Running implements StreamRunner {
  readonly #unit: Unit
  readonly #reading: Reading
  /** The session is in use as long as a stream of it is. */
  readonly #face: object | undefined
  readonly #abort: Abort | null

  constructor(unit: Unit, reading: Reading, signal: AbortSignal | undefined) {
    this.#unit = unit
    this.#reading = reading
    this.#face = faceOf(unit)
    // The query under way cannot be stopped, and nobody waits for it: the stream closes when it is done.
    this.#abort = signal ? new Abort(signal, () => void this.close().catch(() => {})) : null
    if (reading.pages) reading.pages.stream.onEnd = () => this.#abort?.forget()
  }

  check(): void {
    this.#abort?.throwIfFired()
  }

  async run<T>(steps: Steps<T>): Promise<T> {
    this.check()
    const running = this.#perform(steps)
    if (!this.#abort) return running
    try {
      return await Promise.race([running, this.#abort.fired])
    } finally {
      if (this.#reading.isClosed || this.#reading.isUsedUp) this.#abort.forget()
    }
  }

  async close(): Promise<void> {
    this.#abort?.forget()
    if (!this.#reading.isClosed) await this.#perform(this.#reading.close())
  }

  #perform<T>(steps: Steps<T>): Promise<T> {
    void this.#face
    return this.#unit.perform('stream', steps) as Promise<T>
  }
}

/** A signal, as long as it matters. */
class Abort {
  /** Rejects when the signal says so. */
  readonly fired: Promise<never>
  readonly #signal: AbortSignal
  #hasFired = false
  #listener = () => {}

  constructor(signal: AbortSignal, onAbort: () => void) {
    this.#signal = signal
    this.fired = new Promise((_, reject) => {
      this.#listener = () => {
        this.#hasFired = true
        reject(signal.reason)
        onAbort()
      }
    })
    this.fired.catch(() => {}) // it may come between two readings
    signal.addEventListener('abort', this.#listener, { once: true })
  }

  throwIfFired(): void {
    if (this.#hasFired) throw this.#signal.reason
  }

  forget(): void {
    this.#signal.removeEventListener('abort', this.#listener)
  }
}
