import type { Driver } from '../driver/driver.js'
import type { Steps, UserCall } from '../driver/effects.js'
import { type Performer, runAsync } from '../driver/run.js'
import { IllegalStateChangeError } from '../errors.js'
import type { Decisions } from '../matrix/decide.js'
import type { SessionCore } from '../session/core.js'
import { faceOf } from './reflection.js'
import { Scope } from './scope.js'
/** What a session proxy stands for: the unit of work, its driver, and the queue of its calls. The traps' target. */
export class Unit {
  readonly core: SessionCore
  readonly driver: Driver<Promise<unknown>>
  readonly decisions: Decisions
  /** Methods and delegates handed out already, so that `session.commit === session.commit`. */
  readonly handedOut = new Map<string, unknown>()
  readonly #scope: Scope

  constructor(core: SessionCore, driver: Driver<Promise<unknown>>, decisions: Decisions, refusesOverlap: boolean) {
    this.core = core
    this.driver = driver
    this.decisions = decisions
    this.#scope = new Scope('session', null, refusesOverlap)
  }

  /** Runs a verb in its turn. A verb that needs no database, on an idle session, is done before this returns. */
  perform<T>(verb: string, steps: Steps<T>): Promise<T> {
    const scope = this.scope
    if ((scope.isInHook || this.core.events.isTellingNow) && lifecycleVerbs.has(verb))
      return Promise.reject(fromHook(verb))
    if (!scope.isIdle) return scope.run(verb, () => runAsync(steps, this.#performer(scope)))
    let first: ReturnType<Steps<T>['next']>
    try {
      first = steps.next()
    } catch (error) {
      return Promise.reject(error)
    }
    if (first.done) return Promise.resolve(first.value)
    return scope.run(verb, () => runAsync(steps, this.#performer(scope), first))
  }

  /** Runs steps inside an entry of the queue that has its turn already. */
  runNow<T>(steps: Steps<T>): Promise<T> {
    return runAsync(steps, this.#performer(this.scope))
  }

  /** The queue that a call made here and now belongs to. */
  get scope(): Scope {
    return this.#scope.current()
  }

  #performer(scope: Scope): Performer<Promise<unknown>> & { face: object | undefined } {
    return {
      face: faceOf(this), // a session is not taken for dropped while one of its calls is under way
      database: (effect) => this.driver.perform(effect),
      user: ({ scope: kind, fn }: UserCall) => scope.inside(kind, fn),
    }
  }
}

/** A hook runs in the middle of these: they cannot begin again inside it. */
const lifecycleVerbs = new Set([
  'flush',
  'commit',
  'rollback',
  'close',
  'aclose',
  'reset',
  'invalidate',
  'begin',
  'beginNested',
  'transaction',
  '$transaction',
])

function fromHook(verb: string): IllegalStateChangeError {
  return new IllegalStateChangeError(
    `${verb}() cannot be called from a hook, the session is already flushing or ending its transaction: change objects there and let the call under way go on`,
  )
}
