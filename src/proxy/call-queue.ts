import type { UserCall } from '../driver/effects.js'
import { IllegalStateChangeError, type ResourceClosedError } from '../errors.js'
import { isThenable } from '../session/events.js'
import { Block } from './block.js'
import { type BatchMember, callerContext, type Entry, handOver, type InContext, type Together } from './queued-call.js'
import { type RunningCode, UserCodeWatch, type WaitingCalls, type WatchSetting } from './watch/user-code-watch.js'

/**
 * A queue of calls that run in turn, each in the context of its caller. The session has one; each running callback form
 * and each hook has one of its own, so that calls made inside run at once while calls from elsewhere wait.
 */
export class CallQueue extends Block implements RunningCode, WaitingCalls {
  readonly #setting: QueueSetting
  readonly timeout: number
  readonly deadline: number
  readonly #waiting: Entry[] = []
  #running: string | null = null
  #onIdle: (() => void) | null = null
  /** The user's code that the call under way runs. */
  #inner: CallQueue | null = null
  #activity = 0
  #watch: UserCodeWatch | null = null
  /** Ends the wait for the user's code. */
  #onAbort: ((error: unknown) => void) | null = null

  /** `timeout`: milliseconds that its code may take while others wait for it. */
  constructor(kind: Block['kind'], parent: CallQueue | null, setting: QueueSetting, verb?: string, timeout?: number) {
    super(kind, parent, verb)
    this.#setting = setting
    this.timeout = timeout ?? parent?.timeout ?? Infinity
    this.deadline = timeout === undefined ? (parent?.deadline ?? Infinity) : performance.now() + timeout
  }

  /** The queue that a call made here and now belongs to, or the error that refuses it. */
  current(): CallQueue | ResourceClosedError {
    return this.innermost() as CallQueue | ResourceClosedError
  }

  get isIdle(): boolean {
    return this.#running === null && this.#waiting.length === 0
  }

  get activity(): number {
    return this.#activity
  }

  get code(): CallQueue | null {
    return this.#inner?.code ?? this.#inner
  }

  get first(): string | null {
    return this.#waiting[0]?.verb ?? null
  }

  get patience(): number {
    return Math.min(...this.#waiting.map((entry) => entry.patience))
  }

  /**
   * Runs `start` when its turn comes: at once when nothing else is running. `patience`: milliseconds after which it does
   * not wait any more for code of the user's that makes no call.
   */
  run<T>(verb: string, start: () => Promise<T>, patience = Infinity): Promise<T> {
    if (this.isIdle) return this.#start(verb, start)
    if (this.#setting.refusesOverlap) return Promise.reject(overlap(verb, this.#running ?? this.#waiting[0]?.verb))
    const within = callerContext()
    return new Promise<T>((resolve, refuse) => {
      this.#wait({ verb, patience, run: () => resolve(within(() => this.#start(verb, start))), refuse })
    })
  }

  /**
   * The same for calls that may go out together: those that stand next to each other in the queue are handed over as one,
   * in the context of the first. Each has its own beside it.
   */
  runTogether<C, T>(verb: string, call: C, start: Together<C, T, CallQueue>): Promise<T> {
    if (!this.isIdle && this.#setting.refusesOverlap)
      return Promise.reject(overlap(verb, this.#running ?? this.#waiting[0]?.verb))
    return new Promise<T>((resolve) => {
      const last = this.#waiting.at(-1)?.batch
      if (last && last.start === start) {
        last.members.push({ call, within: callerContext(), resolve } as BatchMember)
        return
      }
      const members: BatchMember[] = [{ call, within: null, resolve } as BatchMember]
      const within = this.isIdle ? null : callerContext()
      const run = () =>
        handOver(
          members,
          this.#start(verb, () => start(members as unknown as readonly InContext<C>[], this)),
        )
      const refuse = (error: unknown) => {
        for (const member of members) member.resolve(Promise.reject(error))
      }
      const batch = { start, members }
      this.#wait({ verb, patience: Infinity, run: within ? () => within(run) : run, refuse, batch })
      // Not before the calls of this tick have lined up.
      if (this.#running === null) queueMicrotask(() => this.#next())
    })
  }

  /** Runs user code in a queue of its own, and waits for what it started. */
  async inside({ scope: kind, fn, timeout }: UserCall): Promise<unknown> {
    const queue = new CallQueue(kind, this, this.#setting, this.#running ?? undefined, timeout)
    this.#hold(queue)
    try {
      return await queue.enter(() => queue.#settled(fn()))
    } finally {
      await queue.#close()
      this.#inner = null
    }
  }

  /**
   * Runs `fn` at once, as one entry of the queue that lasts until its promise settles. `during` opens something for that
   * entry, and closes it by what it returns.
   */
  around<T>(verb: string, fn: () => T, during: () => () => void, timeout?: number): T {
    const queue = new CallQueue('callback', this, this.#setting, verb, timeout)
    queue.#running = verb // its calls wait until this entry's turn
    const finish = (value?: unknown) =>
      this.run(verb, async () => {
        const end = during()
        this.#hold(queue)
        queue.#release()
        try {
          return await value
        } finally {
          await queue.#close()
          this.#inner = null
          end()
        }
      })
    let value: T | Promise<unknown>
    try {
      value = queue.enter(() => queue.#settled(fn()))
    } catch (error) {
      queue.#endNow(finish)
      throw error
    }
    if (isThenable(value)) return finish(value) as T
    queue.#endNow(finish)
    return value
  }

  /** Something that its code does past its calls. */
  touch(): void {
    this.#activity++
  }

  /** What ends the wait for its code, in the place of letting that go on. */
  set onAbort(end: (error: unknown) => void) {
    this.#onAbort = end
  }

  abort(error: unknown): void {
    this.end()
    for (const { refuse } of this.#waiting.splice(0)) refuse(error)
    this.#onAbort?.(error)
  }

  #start<T>(verb: string, start: () => Promise<T>): Promise<T> {
    this.#running = verb
    this.#activity++
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

  #wait(entry: Entry): void {
    this.#waiting.push(entry)
    if (!this.#inner) return
    this.#watch ??= new UserCodeWatch(this, this.#setting)
    if (entry.patience < Infinity) this.#watch.restart()
    else this.#watch.start()
  }

  /** The call under way runs code of the user's. */
  #hold(inner: CallQueue): void {
    this.#inner = inner
    if (this.#waiting.length === 0) return
    this.#watch ??= new UserCodeWatch(this, this.#setting)
    this.#watch.restart()
  }

  /** A lazy call given back unawaited belongs to the queue that it was made in: it is sent there. */
  #settled<T>(value: T): T | Promise<unknown> {
    if (!isThenable(value)) return value
    return new Promise((resolve, reject) => {
      this.#onAbort ??= reject
      value.then(resolve, reject)
    })
  }

  /** Its code is over; calls that it has made and not awaited have a turn of their own. */
  #endNow(finish: () => Promise<unknown>): void {
    this.end()
    if (this.#waiting.length > 0) finish().catch(() => {})
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

/** What all queues of a session share. */
export interface QueueSetting extends WatchSetting {
  /** Calls that overlap are refused. */
  readonly refusesOverlap: boolean
}

function overlap(verb: string, running = 'another call'): IllegalStateChangeError {
  return new IllegalStateChangeError(
    `${verb}() was called while ${running}() is running on this session, which refuses overlap (concurrency: 'error'): await one before the other`,
  )
}
