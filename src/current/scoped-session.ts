import { AsyncLocalStorage } from 'node:async_hooks'
import { ArgumentError, InvalidRequestError } from '../errors.js'
import { unitOf } from '../proxy/reflection.js'
import { clientOf } from '../proxy/session-maker.js'
import { transactionOptions } from '../proxy/transaction-options.js'
import type { Unit } from '../proxy/unit.js'
import { type Propagation, propagate } from '../session/transaction/propagation.js'
import { finishSession, leaveSession } from './leave-session.js'
import { pointer } from './pointer.js'

/** One session for everything that a request does. Mirrors SQLAlchemy's `scoped_session`. */
export function makeScopedSession(maker: unknown, options: unknown = {}): object {
  const client = clientOf(maker)
  if (!client) throw new ArgumentError('scopedSession() takes what sessionMaker() gives')
  return new ScopedSession(maker as MakeSession, client, checkedOptions(options))
}

type MakeSession = (options?: object) => object

interface ScopeOptions {
  readonly outside: 'refuse' | 'autocommit'
}

function checkedOptions(given: unknown): ScopeOptions {
  const { outside = 'refuse', ...rest } = Object(given) as Record<string, unknown>
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined)
    throw new ArgumentError(`Unknown option '${unknown}' of scopedSession(). Expected: outside.`)
  if (outside === 'refuse' || outside === 'autocommit') return { outside }
  throw new ArgumentError(`Option outside cannot be ${String(outside)}. Expected one of: refuse, autocommit.`)
}

interface Frame {
  readonly session: object
  /** The scope around it. */
  readonly outer: Frame | undefined
  hasEnded: boolean
}

class ScopedSession {
  readonly session: object
  readonly #make: MakeSession
  readonly #storage = new AsyncLocalStorage<Frame>()

  constructor(make: MakeSession, client: object, { outside }: ScopeOptions) {
    this.#make = make
    this.session = pointer({
      client,
      find: () => {
        const frame = this.#storage.getStore()
        return frame?.hasEnded ? undefined : frame?.session
      },
      missing: () => this.#missing(),
      // A session of its own for each call: it keeps no objects and no connection, and need not be closed.
      outside: () =>
        outside === 'autocommit' && !this.#storage.getStore() ? this.#make({ autobegin: false }) : undefined,
    })
  }

  current(): object {
    return this.#frame().session
  }

  /** The scope lasts until what `fn` gives has settled. */
  async run(fn: unknown): Promise<unknown> {
    refuseNoFunction('run', fn)
    const frame: Frame = { session: this.#make(), outer: this.#storage.getStore(), hasEnded: false }
    const end = (close: typeof leaveSession) => {
      frame.hasEnded = true
      return close(frame.session)
    }
    let value: unknown
    try {
      value = await this.#storage.run(frame, fn)
    } catch (error) {
      await end(leaveSession).catch(() => {}) // the body's own error comes out
      throw error
    }
    await end(finishSession)
    return value
  }

  /** Outside a scope it opens one. */
  async transaction(fn: unknown, given: unknown = {}): Promise<unknown> {
    refuseNoFunction('transaction', fn)
    const { propagation, options } = settings(given)
    if (propagation === 'requiresNew') {
      refuseWithoutConnection(this.#storage.getStore())
      return this.run(() => this.transaction(fn, options))
    }
    if (!this.#storage.getStore()) {
      if (propagation === 'mandatory') throw this.#missing()
      return this.run(() => this.transaction(fn, given))
    }
    const unit = unitOf(this.#frame().session) as Unit
    return unit.perform('transaction', propagate(unit.core, fn, propagation, options))
  }

  #frame(): Frame {
    const frame = this.#storage.getStore()
    if (!frame || frame.hasEnded) throw this.#missing()
    return frame
  }

  #missing(): InvalidRequestError {
    return new InvalidRequestError(
      this.#storage.getStore()
        ? 'the scope that this runs in has ended, and its session is closed: await everything that scope.run() starts'
        : 'there is no current session here: scope.run(() => …) gives one to everything below it',
    )
  }
}

/** A transaction that waits for a connection which those around it hold waits for ever. */
function refuseWithoutConnection(frame: Frame | undefined): void {
  if (!frame) return
  const { connections } = (unitOf(frame.session) as Unit).driver.facts
  let held = 0
  for (let each: Frame | undefined = frame; each; each = each.outer)
    if (!each.hasEnded && (unitOf(each.session) as Unit).core.transaction?.root.isOnWire) held++
  if (connections === null || held < connections) return
  const pool = connections === 1 ? 'the only connection of its client' : `all ${connections} connections of its client`
  throw new InvalidRequestError(
    `propagation 'requiresNew' needs a connection of its own, and the transaction around it holds ${pool}: use 'nested' for a savepoint, end that transaction first, or give the scope a client with more connections.`,
  )
}

const propagations = ['required', 'requiresNew', 'nested', 'mandatory', 'never'] as const

function settings(given: unknown): { propagation: Propagation | 'requiresNew'; options: object } {
  const { propagation = 'required', ...options } = transactionOptions(given) as { propagation?: unknown }
  if (!propagations.some((each) => each === propagation))
    throw new ArgumentError(`option propagation cannot be ${String(propagation)}: use ${propagations.join(', ')}`)
  return { propagation: propagation as Propagation | 'requiresNew', options }
}

function refuseNoFunction(verb: string, fn: unknown): asserts fn is () => unknown {
  if (typeof fn !== 'function') throw new ArgumentError(`a scope's ${verb}() takes a function: scope.${verb}(() => …)`)
}
