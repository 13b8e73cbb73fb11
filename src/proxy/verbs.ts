import { connection as askConnection, type Steps } from '../driver/effects.js'
import { ArgumentError, type NotImplementedError } from '../errors.js'
import { decide, notImplemented } from '../matrix/decide.js'
import { flush, plannedFlush } from '../session/flush/flush.js'
import { contains, isModified } from '../session/objects/inspect.js'
import { isPlainObject } from '../session/objects/keys.js'
import { execute, scalar, scalars } from '../session/statements/execute.js'
import { legacyQuery } from '../session/statements/legacy-query.js'
import { close, invalidate, reset } from '../session/transaction/close.js'
import { hasBegun, startByChange, transactionOnWire } from '../session/transaction/in-transaction.js'
import type { TransactionState } from '../session/transaction/transaction-state.js'
import { begin, beginNested, commit, rollback, transactionBlock } from '../session/transaction/transactions.js'
import { add, addAll, attach } from '../session/verbs/add.js'
import { getMany } from '../session/verbs/get-many.js'
import { merge } from '../session/verbs/merge.js'
import { ref } from '../session/verbs/ref.js'
import { expire, expireAll, refresh } from '../session/verbs/refresh.js'
import { expunge, expungeAll, remove } from '../session/verbs/remove.js'
import { delegateProxy } from './delegate-proxy.js'
import { faceOf, unitOf } from './reflection.js'
import { runSyncSteps } from './run-in-worker.js'
import { streamSteps, untilAborted } from './stream-verb.js'
import { supports } from './supports.js'
import { transactionHandle } from './transaction-handle.js'
import { transactionOptions } from './transaction-options.js'
import type { Unit } from './unit.js'
import { ending, leaving } from './watch/mistakes.js'

type Args = readonly unknown[]
type Method = (...args: Args) => unknown

/** A verb as users call it, for one session: what the matrix says of it decides how it runs. */
export function verbMethod(unit: Unit, name: string): Method {
  const cell = decide(unit.decisions, name)
  if (cell === 'notImplemented') return refusal(unit, name)
  if (cell === 'shim') return shimMethod(unit, name)
  return name === 'get' || name === 'getOne' ? getMethod(unit, name === 'getOne') : databaseMethod(unit, name)
}

/** The end of a `using` block. */
export function disposer(unit: Unit): Method {
  return () => unit.perform('close', leaving(unit, close(unit.core)))
}

/** In memory: done at once, and never a promise. */
const shims: Readonly<Record<string, (unit: Unit, ...args: Args) => unknown>> = {
  add: ({ core }, ...args) => add(core, ...(args as [unknown, unknown])),
  addAll: ({ core }, ...args) => addAll(core, ...(args as [unknown, unknown])),
  attach: ({ core }, model, row) => attach(core, model, row),
  ref: ({ core }, model, key) => ref(core, model, key),
  expire: ({ core }, object, names) => expire(core, object, names),
  expireAll: ({ core }) => expireAll(core),
  expunge: ({ core }, object) => expunge(core, object),
  expungeAll: ({ core }) => expungeAll(core),
  isModified: ({ core }, object, options) => isModified(core, object, withCollections(options)),
  contains: ({ core }, object) => contains(core, object),
  inTransaction: ({ core }) => {
    startByChange(core)
    return hasBegun(core)
  },
  inNestedTransaction: ({ core }) => core.transaction?.isNested ?? false,
  getTransaction: (unit) => transactionHandle(unit, hasBegun(unit.core) ? (unit.core.transaction?.root ?? null) : null),
  getNestedTransaction: (unit) =>
    transactionHandle(unit, unit.core.transaction?.isNested ? unit.core.transaction : null),
  getBind: ({ driver }) => driver.client,
  noAutoflush: (unit, fn) => (fn === undefined ? autoflushPause(unit) : withoutAutoflush(unit, fn)),
  on: (unit, event, listener) => {
    unit.core.events.on(event, listener)
    return faceOf(unit)
  },
  off: (unit, event, listener) => {
    unit.core.events.off(event, listener)
    return faceOf(unit)
  },
  supports: (unit, name) => supports(unit, name),
  delegate: (unit, model) => delegateProxy(unit, unit.core.readableModel(model)),
  explain: ({ core }) => core.writer.explain(plannedFlush(core)),
  equals: (unit, other) => unitOf(other)?.own === unit.own || other === unit,
}

/** Those that change what the session will write, or the objects that it holds. */
const changing: ReadonlySet<string> = new Set([
  ...['add', 'addAll', 'attach', 'ref', 'expire', 'expireAll', 'expunge', 'expungeAll', 'noAutoflush'],
])

/** Against the database: generators, run in the queue. */
const databaseVerbs: Readonly<Record<string, (unit: Unit, ...args: Args) => Steps<unknown>>> = {
  begin: (unit, ...args) => (typeof args[0] === 'function' ? block(unit, args, false) : beginHandle(unit, args[0])),
  beginNested: (unit) => handled(unit, beginNested(unit.core)),
  transaction: (unit, ...args) => block(unit, args, true),
  commit: ({ core }) => commit(core),
  rollback: ({ core }) => rollback(core),
  flush: ({ core }, entities) => flush(core, entities as readonly unknown[] | undefined),
  close: (unit) => ending(unit, close(unit.core)),
  aclose: (unit) => ending(unit, close(unit.core)),
  reset: (unit) => ending(unit, reset(unit.core)),
  invalidate: ({ core }) => invalidate(core),
  connection: ({ core }) => connect(core),
  getMany: ({ core }, model, keys, options) => getMany(core, model, keys, options),
  merge: ({ core }, ...args) => merge(core, ...args),
  delete: ({ core }, object) => atOnce(() => remove(core, object)),
  refresh: ({ core }, object, names, options) => refresh(core, object, names, options),
  execute: ({ core }, statement, params) => execute(core, statement, params),
  scalars: ({ core }, statement) => scalars(core, statement),
  scalar: ({ core }, statement) => scalar(core, statement),
  stream: (unit, statement, options) => streamSteps(unit, statement, options),
  streamScalars: (unit, statement, options) => streamScalars(unit, statement, options),
  runSync: (unit, fn, ...args) => runSyncSteps(unit, fn, args),
  query: (unit, model) => atOnce(() => legacyQuery(unit.core, model, (steps) => unit.perform('query', steps))),
}

function refusal(unit: Unit, name: string): () => never {
  return () => {
    throw notImplemented(name, unit.mode) satisfies NotImplementedError
  }
}

function shimMethod(unit: Unit, name: string): Method {
  const shim = shims[name] as (unit: Unit, ...args: Args) => unknown
  if (!changing.has(name)) return (...args) => shim(unit, ...args)
  return (...args) => {
    unit.calls.refuseLeftBehind()
    return shim(unit, ...args)
  }
}

function databaseMethod(unit: Unit, name: string): Method {
  const verb = databaseVerbs[name] as (unit: Unit, ...args: Args) => Steps<unknown>
  if (name !== 'stream' && name !== 'streamScalars') return (...args) => unit.perform(name, verb(unit, ...args))
  return (...args) => untilAborted(unit.perform(name, verb(unit, ...args)) as Promise<unknown>, args[1])
}

/** Not by steps of its own: calls next to each other may be read together. */
function getMethod({ calls }: Unit, isOne: boolean): Method {
  return (model, key, options) => calls.get({ model, key, options, isOne })
}

// A verb's arguments are checked inside its steps, so that a bad one rejects the promise and throws nothing.
function* block(unit: Unit, args: Args, adopts: boolean): Steps<unknown> {
  const [fn, options] = args
  if (typeof fn !== 'function')
    throw new ArgumentError('transaction() takes a function: transaction((session, transaction) => …, options)')
  const face = faceOf(unit)
  const body = (transaction: TransactionState) => fn(face, transactionHandle(unit, transaction))
  return yield* transactionBlock(unit.core, body, transactionOptions(options), adopts)
}

function* beginHandle(unit: Unit, options: unknown): Steps<unknown> {
  return yield* handled(unit, begin(unit.core, transactionOptions(options)))
}

function* handled(unit: Unit, steps: Steps<TransactionState>): Steps<unknown> {
  return transactionHandle(unit, yield* steps)
}

function* streamScalars(unit: Unit, statement: unknown, options: unknown): Steps<unknown> {
  return (yield* streamSteps(unit, statement, options)).scalars()
}

function* connect(core: Unit['core']): Steps<unknown> {
  const { root } = yield* transactionOnWire(core)
  root.isHandedOut = true
  return yield* askConnection()
}

// biome-ignore lint/correctness/useYield: a verb that needs no database is one all the same
function* atOnce<T>(fn: () => T): Steps<T> {
  return fn()
}

function withCollections(options: unknown): boolean {
  if (options === undefined) return true
  if (!isPlainObject(options))
    throw new ArgumentError('the options of isModified() are an object: { includeCollections }')
  return options.includeCollections !== false
}

function autoflushPause({ core }: Unit): Disposable {
  core.withoutAutoflush++
  let isOver = false
  return {
    [Symbol.dispose]() {
      if (!isOver) core.withoutAutoflush--
      isOver = true
    },
  }
}

function withoutAutoflush(unit: Unit, fn: unknown): unknown {
  if (typeof fn !== 'function')
    throw new ArgumentError('noAutoflush() takes a function, or nothing for a scope to use with `using`')
  return unit.calls.around(
    'noAutoflush',
    () => {
      const pause = autoflushPause(unit) // its turn may come later, and session.autoflush is read in it
      try {
        return fn()
      } finally {
        pause[Symbol.dispose]()
      }
    },
    () => {
      const pause = autoflushPause(unit)
      return () => pause[Symbol.dispose]()
    },
  )
}
