import { callUser, type Steps } from '../driver/effects.js'
import { clientOnly, rawMethods } from '../driver/operations.js'
import { isRefusal } from '../driver/sync-client.js'
import { ArgumentError, InvalidRequestError } from '../errors.js'
import { decide, notImplemented } from '../matrix/decide.js'
import { close } from '../session/transaction/close.js'
import { transactionBlock } from '../session/transaction/transactions.js'
import { faceOf, handedOutBy } from './reflection.js'
import { transactionOptions } from './transaction-options.js'
import type { Unit } from './unit.js'
/** A member of the client that is no delegate: raw queries go through the session, the rest belongs to the client. */
export function prismaMember(unit: Unit, name: string, make: Make): unknown {
  const member = memberOf(unit, name, make)
  if (typeof member === 'function') handedOutBy(unit).set(name, member)
  return member
}

/** What members make. */
interface Make {
  /** A session over another client with the same options. */
  wrap(client: object): object
  /** The session in the block that this is called in. */
  inBlock(): object
}

function memberOf(unit: Unit, name: string, make: Make): unknown {
  if (isInternal(name) || (unit.isOfBlock && clientOnly.has(name))) return undefined
  const own = Reflect.get(unit.driver.client, name)
  if (own === undefined && unit.autocommit === 'savepoint') return inTest[name]?.(unit)
  if (isDelegate(own)) throw unknownDelegate(name)
  if (typeof own !== 'function' || isRefusal(own)) return own
  if (decide(unit.decisions, name) === 'notImplemented') {
    return () => {
      throw notImplemented(name, unit.mode)
    }
  }
  if (rawMethods.has(name)) return (...args: unknown[]) => unit.calls.forward({ delegate: null, method: name, args })
  if (name === '$transaction') return (...args: readonly unknown[]) => transact(unit, args, make)
  if (name === '$extends') return (extension: unknown) => extend(unit, own, extension, make)
  if (name === '$disconnect') return () => unit.perform('close', disconnect(unit, own))
  const { client } = unit.driver
  if (name === '$on')
    return (...args: unknown[]) => {
      Reflect.apply(own, client, args)
      return faceOf(unit) // where a client gives itself
    }
  if (name.startsWith('$') && isPrismas(name)) return (...args: unknown[]) => Reflect.apply(own, client, args)
  if (unit.mode === 'sync' && Object.hasOwn(client, name))
    return (...args: unknown[]) => unit.calls.forward({ delegate: null, method: name, args })
  if (readsPrivates(own)) return (...args: unknown[]) => Reflect.apply(own, client, args)
  // A client extension's method, or a subclass's: its `this` is the session, so that its own calls stay in the transaction.
  return (...args: unknown[]) => Reflect.apply(own, faceOf(unit), args)
}

/** A method of an application's own class of client that reads `#private` members, which are on the client and no proxy of it. */
function readsPrivates(method: object): boolean {
  return /\.\s*#[\p{ID_Start}$_]|#[\p{ID_Continue}$]+\s+in\b|_(?:class_?)?private_?(?:field_?|method_?)?(?:get|set|in|method)\b/iu.test(
    Function.prototype.toString.call(method),
  )
}

function isDelegate(member: unknown): boolean {
  return (
    typeof member === 'object' && member !== null && typeof (member as { findMany?: unknown }).findMany === 'function'
  )
}

/** Its calls would go past the session's transaction. */
function unknownDelegate(name: string): InvalidRequestError {
  return new InvalidRequestError(
    `the session knows no model of '${name}', which its client has: pass options.models with that model, or use session.getBind().${name} outside the session's transaction`,
  )
}

/** `$executeRawInternal` and its like: Prisma's own way past its methods, and so past the session's. */
function isInternal(name: string): boolean {
  return name.startsWith('$') && name.endsWith('Internal')
}

/** A test's session stands on a transaction client, which lacks these: the code under test may call them even so. */
const inTest: Readonly<Record<string, (unit: Unit) => unknown>> = {
  $connect: () => async () => {},
  $disconnect: (unit) => () => unit.perform('close', close(unit.core)),
  $on: refusedInTest('$on', 'listen to the client that rollbackEach() was given'),
  $extends: refusedInTest('$extends', 'give rollbackEach() the extended client'),
}

function refusedInTest(name: string, remedy: string): () => unknown {
  return () => () => {
    throw new InvalidRequestError(`${name}() is not there in a test's transaction: ${remedy}`)
  }
}

function isPrismas(name: string): boolean {
  return ['$connect', '$parent', '$runCommandRaw'].includes(name)
}

function transact(unit: Unit, args: readonly unknown[], make: Make): unknown {
  const [work, options] = args
  if (Array.isArray(work)) return unit.calls.batch(work, options)
  return unit.perform('$transaction', transactCallback(unit, work, options, make))
}

function* transactCallback(unit: Unit, work: unknown, options: unknown, make: Make): Steps<unknown> {
  if (typeof work !== 'function') throw new ArgumentError('$transaction() takes a function or an array of calls')
  const own = unit.core.transaction ? {} : clientsOwn(unit)
  return yield* transactionBlock(unit.core, () => work(make.inBlock()), { ...own, ...transactionOptions(options) })
}

/** What the client was made with counts for its own `$transaction`, unless the session was made with another. */
function clientsOwn({ driver, given }: Unit): object {
  const { transactionTimeout: timeout } = driver.facts
  return timeout === null || given.timeout !== undefined ? {} : { timeout }
}

function extend(unit: Unit, own: (...args: unknown[]) => unknown, extension: unknown, make: Make): object {
  if (unit.core.transaction) {
    throw new InvalidRequestError(
      '$extends() gives a new session, and a transaction is open on this one: commit() or rollback() first',
    )
  }
  return make.wrap(Reflect.apply(own, unit.driver.client, [extension]) as object)
}

function* disconnect({ core, driver }: Unit, own: (...args: unknown[]) => unknown): Steps<void> {
  yield* close(core)
  yield* callUser('callback', () => Reflect.apply(own, driver.client, []))
}
