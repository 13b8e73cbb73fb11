import { availableParallelism } from 'node:os'
import { type MessagePort, receiveMessageOnPort } from 'node:worker_threads'
import { BridgeError } from '../errors.js'
import { shownInArguments } from './values/cannot-cross.js'
import { pack, uncloneable, unpack } from './values/codec.js'
import { type Answer, flag } from './wire.js'
/** The side of a bridge that asks, and stands still until the answer is there. */
export class BlockingEnd {
  readonly #port: MessagePort
  readonly #flags: Int32Array
  #lastId = 0
  /** Milliseconds to look about before falling asleep. */
  #patience = patience.most

  constructor(port: MessagePort, flags: Int32Array) {
    this.#port = port
    this.#flags = flags
  }

  /**
   * Asks and waits, at most `timeout` milliseconds.
   *
   * @throws What the other side threw; BridgeError when a value cannot cross; Silence when there was no answer.
   */
  ask(question: unknown, timeout?: number): unknown {
    const packed = pack(question, undefined, shownInArguments)
    // Numbers start again before they leave 32 bits, where the flags are kept.
    this.#lastId = (this.#lastId % 0x7fff_ffff) + 1
    this.#post(this.#lastId, packed)
    return this.hear(this.#lastId, timeout)
  }

  /** Says something that has no answer; what there is in it to be packed has been. */
  tell(message: unknown): void {
    this.#post(0, { value: message })
  }

  /** Waits for the answer to a question; 0 is the greeting of the other side. */
  hear(id: number, timeout = Number.POSITIVE_INFINITY): unknown {
    const { ok, packed } = this.#wait(id, timeout)
    const value = unpack(packed)
    if (ok) return value
    throw value
  }

  get hasEnded(): boolean {
    return Atomics.load(this.#flags, flag.ended) !== 0
  }

  #post(id: number, packed: object): void {
    try {
      this.#port.postMessage({ id, packed })
    } catch (cause) {
      throw uncloneable(cause)
    }
    Atomics.add(this.#flags, flag.asked, 1)
  }

  #wait(id: number, timeout: number): Answer {
    const start = performance.now()
    for (;;) {
      const seen = Atomics.load(this.#flags, flag.answered)
      const answer = this.#receive(id)
      if (answer) {
        this.#learn(performance.now() - start)
        return answer
      }
      if (this.hasEnded) return this.#receive(id) ?? silence('ended')
      const left = timeout - (performance.now() - start)
      if (left <= 0) return silence('timeout')
      // The flag can be seen before its message can be read.
      if (seen === id) Atomics.wait(this.#flags, flag.answered, seen, 0.05)
      else if (!this.#spin(seen)) Atomics.wait(this.#flags, flag.answered, seen, Math.min(left, longWait))
    }
  }

  /** Falling asleep and being woken takes longer than many an answer: look about for a while first. */
  #spin(seen: number): boolean {
    if (!hasOtherCore) return false
    const end = performance.now() + this.#patience
    do {
      for (let look = 0; look < 50; look++) if (Atomics.load(this.#flags, flag.answered) !== seen) return true
    } while (performance.now() < end)
    return false
  }

  /** Where looking about is in vain, answers being slow or the core needed by the very thread that is to answer, do less of it. */
  #learn(waited: number): void {
    const { least, most } = patience
    this.#patience = waited <= most ? Math.min(most, this.#patience * 1.25) : Math.max(least, this.#patience / 2)
  }

  #receive(id: number): Answer | undefined {
    for (;;) {
      const received = receiveMessageOnPort(this.#port) as { message: Answer } | undefined
      if (!received) return undefined
      if (received.message.id === id) return received.message // another's is one that nobody waits for any more
    }
  }
}

/** There was no answer, and there will be none. */
export class Silence extends BridgeError {
  readonly why: 'ended' | 'timeout'

  constructor(why: Silence['why']) {
    super(why === 'ended' ? 'the other thread has ended' : 'the other thread has not answered in time')
    this.why = why
  }
}

function silence(why: Silence['why']): never {
  throw new Silence(why)
}

/** Milliseconds. At most longer than a query on SQLite takes, and shorter than a scheduler's time slice. */
const patience = { least: 0.02, most: 0.5 }
const hasOtherCore = availableParallelism() > 1

/** Milliseconds. A wake-up that got lost costs no more than this. */
const longWait = 1000
