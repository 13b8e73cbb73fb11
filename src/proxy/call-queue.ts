import { AsyncResource } from 'node:async_hooks'
import { IllegalStateChangeError, type ResourceClosedError } from '../errors.js'
import { isThenable } from '../session/events.js'
import { Block } from './block.js'

/**
 * A queue of calls that run in turn, each in the context of its caller. The session has one; each running callback form
 * and each hook has one of its own, so that calls made inside run at once while calls from elsewhere wait.
 */
export class CallQueue extends Block {
  readonly #refusesOverlap: boolean
  readonly #waiting: Entry[] = []
  #running: string | null = null
  #onIdle: (() => void) | null = null

  constructor(kind: Block['kind'], parent: CallQueue | null, refusesOverlap: boolean, verb?: string) {
    super(kind, parent, verb)
    this.#refusesOverlap = refusesOverlap
  }

  /** The queue that a call made here and now belongs to, or the error that refuses it. */
  current(): CallQueue | ResourceClosedError {
    return this.innermost() as CallQueue | ResourceClosedError
  }

  get isIdle(): boolean {
    return this.#running === null && this.#waiting.length === 0
  }

  /** Runs `start` when its turn comes: at once when nothing else is running. */
  run<T>(verb: string, start: () => Promise<T>): Promise<T> {
    if (this.isIdle) return this.#start(verb, start)
    if (this.#refusesOverlap) return Promise.reject(overlap(verb, this.#running ?? this.#waiting[0]?.verb))
    const within = context()
    return new Promise<T>((resolve) => {
      this.#waiting.push({ verb, run: () => resolve(within(() => this.#start(verb, start))) })
    })
  }

  /**
   * The same for calls that may go out together: those that stand next to each other in the queue are handed over as one,
   * in the context of the first. Each has its own beside it.
   */
  runTogether<C, T>(verb: string, call: C, start: Together<C, T>): Promise<T> {
    if (!this.isIdle && this.#refusesOverlap)
      return Promise.reject(overlap(verb, this.#running ?? this.#waiting[0]?.verb))
    return new Promise<T>((resolve) => {
      const batch = this.#waiting.at(-1)?.batch
      if (batch && batch.start === start) {
        batch.members.push({ call, within: context(), resolve } as BatchMember)
        return
      }
      const members: BatchMember[] = [{ call, within: null, resolve } as BatchMember]
      const within = this.isIdle ? null : context()
      const run = () =>
        handOver(
          members,
          this.#start(verb, () => start(members as unknown as readonly InContext<C>[], this)),
        )
      this.#waiting.push({ verb, run: within ? () => within(run) : run, batch: { start, members } })
      // Not before the calls of this tick have lined up.
      if (this.#running === null) queueMicrotask(() => this.#next())
    })
  }

  /** Runs user code in a queue of its own, and waits for what it started. */
  async inside(kind: 'callback' | 'hook', fn: () => unknown): Promise<unknown> {
    const queue = new CallQueue(kind, this, this.#refusesOverlap, this.#running ?? undefined)
    try {
      return await queue.enter(() => sent(fn()))
    } finally {
      await queue.#close()
    }
  }

  /**
   * Runs `fn` at once, as one entry of the queue that lasts until its promise settles. `during` opens something for that
   * entry, and closes it by what it returns.
   */
  around<T>(verb: string, fn: () => T, during: () => () => void): T {
    const queue = new CallQueue('callback', this, this.#refusesOverlap, verb)
    queue.#running = verb // its calls wait until this entry's turn
    let value: T
    try {
      value = queue.enter(() => sent(fn()))
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
    this.end()
    this.#release()
  }

  /** Calls made inside and not awaited are finished first; what comes later is refused. */
  async #close(): Promise<void> {
    this.end()
    if (this.isIdle) return
    await new Promise<void>((resolve) => {
      this.#onIdle = resolve
    })
  }
}

/** A call, and how to do something in the context that it was made in; null where that is the current one. */
export interface InContext<C> {
  readonly call: C
  readonly within: (<T>(fn: () => T) => T) | null
}

/** As AsyncLocalStorage.snapshot(), which takes 40 µs on Node 20. */
function context(): <T>(fn: () => T) => T {
  const resource = new AsyncResource('SessionCall')
  return (fn) => resource.runInAsyncScope(fn)
}

/** Carries out several calls; answers come in their order. */
type Together<C, T> = (calls: readonly InContext<C>[], queue: CallQueue) => Promise<readonly Answer<T>[]>
type Answer<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown }

interface Entry {
  readonly verb: string
  run(): void
  readonly batch?: { readonly start: unknown; readonly members: BatchMember[] }
}

interface BatchMember extends InContext<unknown> {
  resolve(value: unknown): void
}

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
