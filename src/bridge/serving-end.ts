import { availableParallelism } from 'node:os'
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { pack, packThrown, type Revive, uncloneable, unpack } from './values/codec.js'
import { flag, type Message } from './wire.js'
/** The side of a bridge that answers, from its event loop. Every question gets an answer, whatever becomes of it. */
export class ServingEnd {
  readonly #port: MessagePort
  readonly #flags: Int32Array
  readonly #handle: (question: unknown) => Promise<unknown>
  readonly #revive: Revive
  readonly #pollTime: number

  /** `isPatient`: nothing else needs this thread, so that after an answer it may look out for the next question. */
  constructor(
    port: MessagePort,
    flags: Int32Array,
    handle: (question: unknown) => Promise<unknown>,
    options: { readonly revive?: Revive; readonly isPatient?: boolean } = {},
  ) {
    this.#port = port
    this.#flags = flags
    this.#handle = handle
    this.#revive = options.revive ?? {}
    this.#pollTime = options.isPatient && hasOtherCore ? 0.1 : 0
    port.on('message', (message: Message) => this.#serve(message))
  }

  /** The first message, which nobody asked for: ready, or why not. */
  greet(outcome: { readonly ok: boolean; readonly value: unknown }): void {
    this.#answer(0, outcome.ok, outcome.value)
  }

  async #serve(first: Message): Promise<void> {
    for (let next: Message | undefined = first; next; next = this.#poll()) {
      const { id, packed } = next
      let ok = true
      let value: unknown
      try {
        value = await this.#handle(unpack(packed, this.#revive))
      } catch (error) {
        ok = false
        value = error
      }
      if (id !== 0) this.#answer(id, ok, value)
    }
  }

  #answer(id: number, ok: boolean, value: unknown): void {
    try {
      this.#port.postMessage({ id, ok, packed: pack(value) })
    } catch (error) {
      // The answer cannot cross: say so instead, or the other side would wait for ever.
      this.#port.postMessage({ id, ok: false, packed: packThrown(uncloneable(error)) })
    }
    Atomics.store(this.#flags, flag.answered, id)
    Atomics.notify(this.#flags, flag.answered)
  }

  /** Going back to the event loop and being woken from it takes longer than the next question does to come. */
  #poll(): Message | undefined {
    if (this.#pollTime === 0) return undefined
    const seen = Atomics.load(this.#flags, flag.asked)
    const waiting = receiveMessageOnPort(this.#port) as { message: Message } | undefined
    if (waiting) return waiting.message
    const end = performance.now() + this.#pollTime
    do {
      for (let look = 0; look < 50; look++)
        if (Atomics.load(this.#flags, flag.asked) !== seen)
          return (receiveMessageOnPort(this.#port) as { message: Message } | undefined)?.message
    } while (performance.now() < end)
    return undefined
  }
}

const hasOtherCore = availableParallelism() > 1
