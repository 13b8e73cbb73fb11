import { AsyncLocalStorage } from 'node:async_hooks'
import { IllegalStateChangeError } from '../errors.js'
import { isThenable } from '../session/events.js'

/**
 * A queue of calls that run in turn. The session has one; each running callback form and each hook has one of its own,
 * so that calls made inside run at once while calls from elsewhere wait. AsyncLocalStorage tells inside from outside.
 */
export class CallQueue {
  readonly kind: 'session' | 'callback' | 'hook'
  readonly #parent: CallQueue | null
  readonly #refusesOverlap: boolean
  /** The queue that was current where this one was opened; of another session, perhaps. */
  readonly #around: CallQueue | undefined
  readonly #waiting: Entry[] = []
  #running: string | null = null
  #isOpen = true
  #onIdle: (() => void) | null = null

  constructor(kind: CallQueue['kind'], parent: CallQueue | null, refusesOverlap: boolean) {
    this.kind = kind
    this.#parent = parent
    this.#refusesOverlap = refusesOverlap
    let around = storage.getStore()
    while (around && !around.#isOpen) around = around.#around // else a job that plans the next one would make a chain without end
    this.#around = around
  }

  /** The queue that a call made here and now belongs to. `this` is the session's own. */
  current(): CallQueue {
    for (let queue = storage.getStore(); queue; queue = queue.#around) {
      if (queue.#isOpen && queue.#root === this) return queue
    }
    return this
  }

  get isIdle(): boolean {
    return this.#running === null && this.#waiting.length === 0
  }

  /** Whether a hook is running around calls of this queue. */
  get isInHook(): boolean {
    return this.kind === 'hook' || (this.#parent?.isInHook ?? false)
  }

  /** Runs `start` when its turn comes: at once when nothing else is running. */
  run<T>(verb: string, start: () => Promise<T>): Promise<T> {
    if (this.isIdle) return this.#start(verb, start)
    if (this.#refusesOverlap) return Promise.reject(overlap(verb, this.#running ?? this.#waiting[0]?.verb))
    return new Promise<T>((resolve) => {
      this.#waiting.push({ verb, run: () => resolve(this.#start(verb, start)) })
    })
  }

  /** The same for calls that may go out together: those that stand next to each other in the queue are handed over as one. */
  runTogether<C, T>(verb: string, call: C, start: Together<C, T>): Promise<T> {
    if (!this.isIdle && this.#refusesOverlap)
      return Promise.reject(overlap(verb, this.#running ?? this.#waiting[0]?.verb))
    return new Promise<T>((resolve) => {
      const batch = this.#waiting.at(-1)?.batch
      if (batch && batch.start === start) {
        batch.members.push({ call, resolve } as BatchMember)
        return
      }
      const members: BatchMember[] = [{ call, resolve } as BatchMember]
      const run = () => {
        const calls = members.map((member) => member.call as C)
        handOver(
          members,
          this.#start(verb, () => start(calls)),
        )
      }
      this.#waiting.push({ verb, run, batch: { start, members } })
      // Not before the calls of this tick have lined up.
      if (this.#running === null) queueMicrotask(() => this.#next())
    })
  }

  /** Runs user code in a queue of its own, and waits for what it started. */
  async inside(kind: 'callback' | 'hook', fn: () => unknown): Promise<unknown> {
    const queue = new CallQueue(kind, this, this.#refusesOverlap)
    try {
      return await storage.run(queue, () => sent(fn()))
    } finally {
      await queue.#close()
    }
  }

  /**
   * Runs `fn` at once, as one entry of the queue that lasts until its promise settles. `during` opens something for that
   * entry, and closes it by what it returns.
   */
  around<T>(verb: string, fn: () => T, during: () => () => void): T {
    const queue = new CallQueue('callback', this, this.#refusesOverlap)
    queue.#running = verb // its calls wait until this entry's turn
    let value: T
    try {
      value = storage.run(queue, () => sent(fn()))
    } catch (error) {
      queue.#abandon()
      throw error
    }
    if (!isThenable(value)) {
      queue.#abandon()
      return value
    }
    return this.run(verb, async () => {
      const end = during()
      queue.#release()
      try {
        return await value
      } finally {
        await queue.#close()
        end()
      }
    }) as T
  }

  get #root(): CallQueue {
    return this.#parent ? this.#parent.#root : this
  }

  #start<T>(verb: string, start: () => Promise<T>): Promise<T> {
    this.#running = verb
    // Answers come in turn too: the next call begins when this one's is under way.
    const release = () => queueMicrotask(() => this.#release())
    // The caller alone waits for what this gives: V8 follows a stack through no promise that several wait for.
    return start().then(
      (value) => {
        release()
        return value
      },
      (error) => {
        release()
        throw error
      },
    )
  }

  #release(): void {
    this.#running = null
    this.#next()
  }

  #next(): void {
    if (this.#running !== null) return
    const entry = this.#waiting.shift()
    if (entry) entry.run()
    else this.#onIdle?.()
  }

  #abandon(): void {
    this.#isOpen = false
    this.#release()
  }

  /** Calls made inside and not awaited are finished first; what comes later belongs to the queue around. */
  async #close(): Promise<void> {
    this.#isOpen = false
    if (this.#running === null && this.#waiting.length === 0) return
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
    })
  }
}

/** Carries out several calls; answers come in their order. */
type Together<C, T> = (calls: readonly C[]) => Promise<readonly Answer<T>[]>
type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }

interface Entry {
  readonly verb: string
  run(): void
  readonly batch?: { readonly start: unknown; readonly members: BatchMember[] }
}

interface BatchMember {
  readonly call: unknown
  resolve(value: unknown): void
}

const storage = new AsyncLocalStorage<CallQueue>()

/** A lazy call given back unawaited belongs to the queue that it was made in: it is sent there. */
function sent<T>(value: T): T {
  if (!isThenable(value)) return value
  return new Promise((resolve, reject) => {
    value.then(resolve, reject)
  }) as T
}

/** What waits follows the answers' own promise, by which the stack of an error leads on to who asked. */
function handOver(members: readonly BatchMember[], answers: Promise<readonly Answer<unknown>[]>): void {
  for (const [index, { resolve }] of members.entries()) resolve(answers.then((all) => unwrapped(all[index])))
}

function unwrapped(answer: Answer<unknown> | undefined): unknown {
  if (answer?.ok) return answer.value
  throw answer?.error
}

function overlap(verb: string, running = 'another call'): IllegalStateChangeError {
  return new IllegalStateChangeError(
    `${verb}() was called while ${running}() is running on this session, which refuses overlap (concurrency: 'error'): await one before the other`,
  )
}
