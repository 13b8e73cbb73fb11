import type { Driver } from '../driver/driver.js'
import type { PrismaCall, Steps, UserCall } from '../driver/effects.js'
import { type Performer, runSync } from '../driver/run.js'
import { ArgumentError, NotImplementedError } from '../errors.js'
import type { SessionCore } from '../session/core.js'
import { isThenable } from '../session/events.js'
import { staleAfter } from '../session/objects/stale.js'
import { alone } from '../session/transaction/transactions.js'
import { forwardOne } from '../session/verbs/forward.js'
import { get, getOne } from '../session/verbs/get.js'
import type { GetCall } from '../session/verbs/get-together.js'
import { type Autocommit, type Calls, refusalInHook } from './calls.js'
import type { HeldConnection } from './watch/held-connection.js'
/** The calls of a synchronous session: each blocks until it is done. */
export class CallsAtOnce implements Calls {
  readonly #core: SessionCore
  readonly #driver: Driver
  readonly #held: HeldConnection
  readonly #autocommit: Autocommit
  readonly #performer: Performer<unknown>
  /** How many hooks are running, one inside the other. */
  #hooks = 0

  constructor(core: SessionCore, driver: Driver, held: HeldConnection, autocommit: Autocommit) {
    this.#core = core
    this.#held = held
    this.#autocommit = autocommit
    this.#driver = driver
    this.#performer = {
      database: (effect) => {
        held.started()
        return driver.perform(effect)
      },
      user: (call) => this.#callUser(call),
      settled: (effect, outcome) => held.settled(effect, outcome),
    }
  }

  perform<T>(verb: string, steps: Steps<T>): T {
    const refusal = refusalInHook(this.#core, this.#hooks > 0, verb)
    if (refusal) throw refusal
    this.#held.noteCaller(3)
    return runSync(steps, this.#performer)
  }

  forward(call: PrismaCall): unknown {
    if (this.#core.options.autobegin) this.#held.noteCaller(2)
    if (!this.#core.options.autobegin && !this.#core.transaction && !this.#core.isClosedForGood) {
      if (this.#autocommit === 'savepoint')
        return runSync(alone(this.#core, forwardOne(this.#core, call)), this.#performer)
      const value = this.#driver.callOutside(call) // with Prisma's own autocommit
      staleAfter(this.#core, call)
      return value
    }
    return runSync(forwardOne(this.#core, call), this.#performer)
  }

  get({ model, key, options, isOne }: GetCall): unknown {
    return this.perform(isOne ? 'getOne' : 'get', (isOne ? getOne : get)(this.#core, model, key, options))
  }

  batch(): never {
    throw new NotImplementedError(
      '$transaction([…]) is not available on a synchronous session, whose calls have been made already: use $transaction(fn)',
    )
  }

  around<T>(_verb: string, fn: () => T, during: () => () => void): T {
    const end = during()
    let value: T
    try {
      value = fn()
    } catch (error) {
      end()
      throw error
    }
    if (isThenable(value)) value.then(end, end)
    else end()
    return value
  }

  #callUser({ scope, fn }: UserCall): unknown {
    const isHook = scope === 'hook'
    if (isHook) this.#hooks++
    try {
      const value = fn()
      if (isThenable(value)) throw promised(value, isHook)
      return value
    } finally {
      if (isHook) this.#hooks--
    }
  }
}

function promised(value: unknown, isHook: boolean): ArgumentError {
  if (value instanceof Promise) value.catch(() => {}) // what becomes of it, nobody waits for
  const what = isHook ? 'a listener' : 'the function'
  return new ArgumentError(
    `${what} returned a promise to a synchronous session, which cannot wait for it: make it synchronous, or use an asynchronous session`,
  )
}
