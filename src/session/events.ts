import { callUser, type Steps } from '../driver/effects.js'
import { ArgumentError } from '../errors.js'
import type { EntityState } from './objects/state.js'
/** The session's hooks. Mirrors SQLAlchemy's SessionEvents, under camelCase names. */
export class Events {
  /** Whether there are listeners is asked for every object. */
  readonly #counts = new Map<string, number>()
  readonly #session: () => object
  /** How a transaction is shown to listeners. */
  present: (transaction: unknown) => unknown = (transaction) => transaction
  /** Hears of an error that no caller can be given. */
  onError: (error: unknown) => void = () => {}
  #calls = 0
  /** Changes of state made by a verb that have not been told yet. */
  #transitions: [LifecycleEvent, EntityState][] = []

  constructor(session: () => object) {
    this.#session = session
  }

  on(event: unknown, listener: unknown): void {
    const [name, fn] = checked(event, listener)
    const all = listenersOf(this.#session())
    const listeners = all.get(name) ?? new Set()
    all.set(name, listeners.add(fn))
    this.#counts.set(name, listeners.size)
  }

  off(event: unknown, listener: unknown): void {
    const [name, fn] = checked(event, listener)
    const listeners = listenersOf(this.#session()).get(name)
    listeners?.delete(fn)
    this.#counts.set(name, listeners?.size ?? 0)
  }

  has(event: SessionEvent): boolean {
    return (this.#counts.get(event) ?? 0) > 0
  }

  /** Calls the listeners in order, each awaited (where there is a promise) before the next. Returns their answers. */
  *emit(event: SessionEvent, payload: object = {}): Steps<unknown[]> {
    if (!this.has(event)) return []
    const answers: unknown[] = []
    const whole = this.#payload(payload)
    for (const listener of this.#snapshot(event)) answers.push(yield* callUser('hook', () => listener(whole)))
    return answers
  }

  /** For verbs in memory, which cannot wait: a listener that returns a promise is refused. */
  emitNow(event: SessionEvent, payload: object = {}): void {
    if (!this.has(event)) return
    const whole = this.#payload(payload)
    this.#calls++
    try {
      for (const listener of this.#snapshot(event)) refusePromise(event, listener(whole))
    } finally {
      this.#calls--
    }
  }

  /** For what is noticed where nobody waits, in a timer for instance: what a listener throws is told to `onError`. */
  announce(event: SessionEvent, payload: object = {}): void {
    if (!this.has(event)) return
    const whole = this.#payload(payload)
    for (const listener of this.#snapshot(event))
      new Promise((resolve) => resolve(listener(whole))).catch((error) => this.onError(error))
  }

  /** Whether a listener of a verb in memory is being called. */
  get isTellingNow(): boolean {
    return this.#calls > 0
  }

  /** Notes a change of state; `tell` or `tellNow` reports it when the verb has finished with the object. */
  note(event: LifecycleEvent, state: EntityState): void {
    if (this.has(event)) this.#transitions.push([event, state])
  }

  *tell(): Steps<void> {
    for (const [event, { object }] of this.#take()) yield* this.emit(event, { entity: object })
  }

  tellNow(): void {
    for (const [event, { object }] of this.#take()) this.emitNow(event, { entity: object })
  }

  #take(): [LifecycleEvent, EntityState][] {
    const taken = this.#transitions
    if (taken.length > 0) this.#transitions = []
    return taken
  }

  #snapshot(event: SessionEvent): Listener[] {
    return [...(listenersOf(this.#session()).get(event) ?? [])]
  }

  #payload(payload: object): object {
    if ('transaction' in payload) payload.transaction = this.present(payload.transaction)
    return Object.assign(payload, { session: this.#session() })
  }
}

type Listener = (payload: object) => unknown

/**
 * By the session that users hold, and for as long as they do: listeners refer to it as a rule, and would keep it from being
 * noticed when it is dropped.
 */
const listeners = new WeakMap<object, Map<string, Set<Listener>>>()

function listenersOf(session: object): Map<string, Set<Listener>> {
  let found = listeners.get(session)
  if (!found) {
    found = new Map()
    listeners.set(session, found)
  }
  return found
}

export const sessionEvents = [
  'beforeFlush',
  'afterFlush',
  'afterFlushPostexec',
  'beforeCommit',
  'afterCommit',
  'afterRollback',
  'afterSoftRollback',
  'afterBegin',
  'afterTransactionCreate',
  'afterTransactionEnd',
  'beforeAttach',
  'afterAttach',
  'doExecute',
  'warning',
  'transientToPending',
  'pendingToPersistent',
  'pendingToTransient',
  'loadedAsPersistent',
  'persistentToDeleted',
  'persistentToDetached',
  'persistentToTransient',
  'deletedToPersistent',
  'deletedToDetached',
  'detachedToPersistent',
] as const

export type SessionEvent = (typeof sessionEvents)[number]
export type LifecycleEvent = Extract<SessionEvent, `${string}To${string}` | 'loadedAsPersistent'>

function refusePromise(event: SessionEvent, answer: unknown): void {
  if (!isThenable(answer)) return
  throw new ArgumentError(
    `a listener of '${event}' returned a promise to a verb that works in memory: make the listener synchronous`,
  )
}

function checked(event: unknown, listener: unknown): [string, Listener] {
  if (!sessionEvents.includes(event as SessionEvent)) {
    throw new ArgumentError(`no event '${String(event)}': use one of ${sessionEvents.join(', ')}`)
  }
  if (typeof listener !== 'function') throw new ArgumentError(`the listener of '${String(event)}' must be a function`)
  return [event as string, listener as Listener]
}

export function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof value === 'object' && value !== null && typeof (value as { then?: unknown }).then === 'function'
}
