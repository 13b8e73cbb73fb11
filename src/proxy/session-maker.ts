import { callUser, type Steps } from '../driver/effects.js'
import { ArgumentError } from '../errors.js'
import type { SessionCore } from '../session/core.js'
import { close } from '../session/transaction/close.js'
import { transactionBlock } from '../session/transaction/transactions.js'
import { makeSession, sessionBeside } from './create-session.js'
import { isPointer, unitOf } from './reflection.js'
import { retrying, retryOf } from './retry.js'
import { transactionOptions } from './transaction-options.js'
import type { Unit } from './unit.js'
import { ending, leaving } from './watch/mistakes.js'
/** A factory of sessions with the same client and options. Mirrors SQLAlchemy's `sessionmaker`. */
export function makeSessionMaker(client: unknown, options: object = {}): object {
  const make = (own: object = {}) => made(client, { ...options, ...own })
  if (!isPointer(client)) made(client, options) // a wrong option is told here, not at the first use
  const maker = Object.assign(make, {
    begin: (fn: unknown, given?: unknown) => beginWith(make, fn, given),
    with: (fn: unknown) => withSession(make(), fn, (_, body) => callUser('callback', body)),
  })
  makers.set(maker, client as object)
  return maker
}

/** Handed a session as if it were a client, a maker gives sessions beside it, under the same policy. */
function made(client: unknown, options: object): object {
  if (!isPointer(client) && !unitOf(client)) return makeSession(client, options)
  const session = client as { readonly session: object }
  void session.session // throws where a pointer has none
  return sessionBeside(session, options)
}

/** What a maker's sessions wrap; undefined for what is no maker. */
export function clientOf(maker: unknown): object | undefined {
  return typeof maker === 'function' ? makers.get(maker) : undefined
}

const makers = new WeakMap<object, object>()

/** Each attempt has a session of its own: what the one before knew may be wrong. */
function beginWith(make: () => object, fn: unknown, given: unknown): unknown {
  const { retry: asked, ...options } = transactionOptions(given) as { retry?: unknown }
  const retry = retryOf(asked)
  const attempt = (session: object, body: unknown) =>
    withSession(session, body, (core, run) => transactionBlock(core, run, options))
  const session = make()
  if (typeof fn !== 'function' || (retry.times === 0 && !retry.verify)) return attempt(session, fn)
  const { core, driver } = unitOf(session) as Unit
  if (core.isOutside)
    throw new ArgumentError(
      'retry: this client is a transaction of somebody else, which a conflict ends: let whoever began it run it again',
    )
  let value: unknown
  const noted = (each: object) => {
    value = fn(each)
    return value
  }
  const attempts = {
    run: () => attempt(make(), noted),
    value: () => value,
    verify: () => withSession(make(), retry.verify, (_, body) => callUser('callback', body)),
  }
  return retrying(attempts, retry, driver.isAsync)
}

function withSession(
  session: object,
  fn: unknown,
  run: (core: SessionCore, body: () => unknown) => Steps<unknown>,
): unknown {
  if (typeof fn !== 'function') throw new ArgumentError('a session maker takes a function: maker.begin((session) => …)')
  const unit = unitOf(session) as Unit
  return unit.perform(
    'transaction',
    closing(
      unit,
      run(unit.core, () => fn(session)),
    ),
  )
}

/** The session is closed whatever happens, and the body's own error comes out. */
function* closing(unit: Unit, steps: Steps<unknown>): Steps<unknown> {
  let value: unknown
  try {
    value = yield* steps
  } catch (error) {
    yield* ending(unit, close(unit.core))
    throw error
  }
  yield* leaving(unit, close(unit.core))
  return value
}
