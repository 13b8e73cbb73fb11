import { BlockingDriver } from '../driver/blocking.js'
import type { Driver } from '../driver/driver.js'
import { InProcessDriver } from '../driver/in-process.js'
import { prismaOperations } from '../driver/operations.js'
import { isPrismaClient } from '../driver/prisma-internals.js'
import { placeOf } from '../driver/sync-client.js'
import { ArgumentError } from '../errors.js'
import { decisionsFor } from '../matrix/decide.js'
import { SessionCore } from '../session/core.js'
import { coreOptions } from '../session/options.js'
import type { TransactionState } from '../session/transaction/transaction-state.js'
import { asLoaded } from '../writing/prisma-arguments.js'
import { Writer } from '../writing/writer.js'
import type { Autocommit } from './calls.js'
import { handedOutBy, unitOf } from './reflection.js'
import { secondProxy, sessionProxy } from './session-proxy.js'
import { transactionHandle } from './transaction-handle.js'
import { Unit } from './unit.js'
import { watchForDrop } from './watch/dropped.js'
/** Makes a session over a Prisma client; nothing is sent yet. Given a session, a second proxy over its unit of work. */
export function makeSession(client: unknown, options: unknown = {}): object {
  if (typeof options !== 'object' || options === null) throw new ArgumentError('the options of a session are an object')
  const unit = unitOf(client)
  if (unit) return secondProxy(unit, (extended) => makeSession(extended, options))
  if (!isPrismaClient(client) && !placeOf(client)) {
    throw new ArgumentError(
      'a session wraps a PrismaClient of Prisma 7, an extended client, a transaction client, what createSyncClient() gives, or another session',
    )
  }
  return sessionOver(client as object, options, 'prisma')
}

/** The same over a transaction that a test holds: what would be autocommit is a savepoint, so that a failure ends nothing else. */
export function sessionInTest(client: object, options: object): object {
  return sessionOver(client, options, 'savepoint')
}

/** A session of its own over what another one wraps. */
export function sessionBeside(session: object, options: object): object {
  const { driver, autocommit, given } = unitOf(session) as Unit
  const matrix = { ...(options as { matrix?: object }).matrix, ...(given.matrix as object | undefined) }
  return sessionOver(driver.client, { ...options, matrix }, autocommit)
}

function sessionOver(client: object, options: object, autocommit: Autocommit): object {
  const unit = newUnit(client, options as Record<string, unknown>, autocommit)
  const face = sessionProxy(unit, (extended) => makeSession(extended, options))
  handedOutBy(unit).info = { ...(options as { info?: object }).info }
  watchForDrop(face, unit)
  return face
}

function newUnit(client: object, options: Record<string, unknown>, autocommit: Autocommit): Unit {
  const { info: _, ...given } = options // which may refer to the session
  const { models, matrix, concurrency = 'queue', ...rest } = given
  const unknown = Object.keys(rest).find((name) => !optionNames.includes(name))
  if (unknown !== undefined)
    throw new ArgumentError(
      `there is no option '${unknown}': use ${[...optionNames, 'models', 'matrix', 'concurrency', 'info'].join(', ')}`,
    )
  if (concurrency !== 'queue' && concurrency !== 'error')
    throw new ArgumentError("option concurrency is 'queue' or 'error'")
  const Way = placeOf(client) ? BlockingDriver : InProcessDriver
  const driver = new Way(client, models as object | undefined)
  const setting = {
    models: driver.models,
    isAsync: driver.isAsync,
    provider: driver.provider,
    isOutside: driver.isOutside,
    hasQueryHooks: driver.hasQueryHooks,
    emulatesRelations: driver.facts.emulatesRelations,
    writer: new Writer(driver),
    asLoaded,
    computedFields: driver.computedFields.bind(driver),
  }
  const core = new SessionCore(setting, coreOptions(rest, driver.models, driver.provider))
  const decisions = decisionsFor(driver.isAsync ? 'async' : 'sync', matrix, (name) => isMethodOf(driver, name))
  const unit = new Unit(core, driver, decisions, given, autocommit)
  core.events.present = (transaction) => transactionHandle(unit, transaction as TransactionState | null)
  return unit
}

const optionNames = [
  ...['autoflush', 'autobegin', 'expireOnCommit', 'isolationLevel', 'maxWait', 'timeout'],
  ...['versionFields', 'closeResetsOnly', 'confirmDeletedRows', 'idleWarning', 'closeTimeout'],
]

function isMethodOf({ client, models }: Driver, name: string): boolean {
  const [first = '', method] = name.split('.')
  const isDelegate = [...models.all()].some(({ delegate }) => delegate === first)
  if (method !== undefined) return isDelegate && prismaOperations.has(method)
  return isDelegate || (!(first in Object.prototype) && typeof Reflect.get(client, first) === 'function')
}
