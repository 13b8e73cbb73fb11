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
import { Block } from './block.js'
import { type Autocommit, type Calls, refusalInHook } from './calls.js'
import type { HeldConnection } from './watch/held-connection.js'
/** The calls of a synchronous session: each blocks until it is done. */
export class CallsAtOnce implements Calls {
  readonly #core: SessionCore
  readonly #driver: Driver
  readonly #held: HeldConnection
  readonly #autocommit: Autocommit
  readonly #performer: Performer<unknown>
  readonly #block: Block
  /** The verb under way. */
  #verb = 'session'

  constructor(core: SessionCore, driver: Driver, held: HeldConnection, autocommit: Autocommit, block: Block) {
    this.#core = core
    this.#block = block
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

  refuseLeftBehind(): void {
    void this.#current
  }

  ofBlock(): CallsAtOnce {
    return new CallsAtOnce(this.#core, this.#driver, this.#held, this.#autocommit, this.#current)
  }

  perform<T>(verb: string, steps: Steps<T>): T {
    const refusal = refusalInHook(this.#core, this.#current.isInHook, verb)
    if (refusal) throw refusal
    this.#held.noteCaller(3)
    const around = this.#verb
    this.#verb = verb
    try {
      return runSync(steps, this.#performer)
    } finally {
      this.#verb = around
    }
  }

  forward(call: PrismaCall): unknown {
    this.refuseLeftBehind()
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

  around<T>(verb: string, fn: () => T, during: () => () => void): T {
    const block = new Block('callback', this.#current, verb)
    const close = during()
    const end = () => {
      block.end()
      close()
    }
    let value: T
    try {
      value = block.enter(fn)
    } catch (error) {
      end()
      throw error
    }
    if (isThenable(value)) value.then(end, end)
    else end()
    return value
  }

  /** The block that a call made here and now belongs to. */
  get #current(): Block {
    const block = this.#block.innermost()
    if (block instanceof Error) throw block
    return block
  }

  #callUser({ scope: kind, fn }: UserCall): unknown {
    const block = new Block(kind, this.#current, this.#verb)
    try {
      const value = block.enter(fn)
      if (isThenable(value)) throw promised(value, kind === 'hook')
      return value
    } finally {
      block.end()
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
