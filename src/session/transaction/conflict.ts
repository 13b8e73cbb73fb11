import type { Provider } from '../../driver/providers.js'
import { AfterCommitError, CommitUnknownError, ConnectionTimeoutError, SessionError } from '../../errors.js'
/**
 * Whether an error says that two transactions got in each other's way, so that the same work may succeed when it is
 * done again: a serialization failure, a deadlock, a lock not got in time. The error itself may be a cause.
 */
export function isConflict(error: unknown): boolean {
  for (let each = error, depth = 0; isObject(each) && depth < 8; each = each.cause, depth++) {
    if (each instanceof AfterCommitError || each instanceof CommitUnknownError) return false // it may have succeeded
    if (isWriteConflict(each) || isBusyFile(each) || hasCode(each, lockTimeouts)) return true
  }
  return false
}

/** Whether the error says by itself that the whole transaction in which this happened is over, savepoints or not. */
export function endsTransaction({ afterConflict }: Provider, error: unknown): boolean {
  return hasCode(error, closedTransaction) || (afterConflict === 'over' && isWriteConflict(error))
}

/** Whether Prisma itself has refused something: by its validation, or because of the rows that it found. */
export function isPrismasOwn(error: unknown): boolean {
  if (!isObject(error) || isFromDatabase(error)) return false
  return error.name === 'PrismaClientValidationError' || /^P20(?!10|24|28|34)\d\d$/.test(String(error.code))
}

/**
 * Whether a COMMIT has failed in such a way that its answer may have been lost. What the database itself has said is an
 * answer, but for what it says while it goes down.
 */
export function isAnswerLost(error: unknown): boolean {
  const cause = databaseCause(error)
  const code = isObject(error) ? error.code : undefined
  const codes = [code, cause?.originalCode, cause?.code].filter((each) => each !== undefined).map(String)
  if (error instanceof ConnectionTimeoutError) return true
  if (isBusyFile(error)) return false
  if (codes.some((each) => lostAnswers.has(each)) || lostConnections.has(String(cause?.kind))) return true
  if (error instanceof SessionError || cause !== undefined || /^P\d{4}$/.test(String(code))) return false
  return !neverSent.test(String(error))
}

/** Whether the database itself has refused something, and not Prisma before anything was sent. */
export function isFromDatabase(error: unknown): boolean {
  return isObject(error) && (driverError(error) !== undefined || error.code === 'P2010' || isDriverError(error))
}

/** Prisma's for a connection that is lost; PostgreSQL's in a crash; MySQL's in a shutdown, and of its drivers for a closed socket. */
const lostAnswers = new Set([
  'P1001',
  'P1002',
  'P1017',
  '08006',
  '08003',
  '57P02',
  '1053',
  '1927',
  '2013',
  '45009',
  '45004',
])

/** The same in the words of driver adapters. */
const lostConnections = new Set(['ConnectionClosed', 'DatabaseNotReachable', 'SocketTimeout'])

/** Errors of drivers that had lost their connection before COMMIT was sent. */
const neverSent = /not queryable|connection (?:is|was) closed|Cannot execute new commands/i

/** Timed out or closed. */
const closedTransaction = new Set(['P2028'])

/** P1008: another writer of an SQLite file kept its lock. 1205: MySQL's lock wait timeout. */
const lockTimeouts = new Set(['P1008', '1205'])

/** Prisma's; PostgreSQL's serialization failure and deadlock; MySQL's deadlock and changed record. */
const writeConflicts = new Set(['P2034', '40001', '40P01', '1213', '1020'])

function isWriteConflict(error: unknown): boolean {
  return hasCode(error, writeConflicts) || databaseCause(error)?.kind === 'TransactionWriteConflict'
}

/** SQLite's, which its adapters call a timeout of a socket; a COMMIT brings it so, or as libsql has thrown it. */
function isBusyFile(error: unknown): boolean {
  const code = isObject(error) ? error.code : undefined
  return code === 'SQLITE_BUSY' || /SQLITE_BUSY|database is locked/i.test(String(databaseCause(error)?.originalMessage))
}

/** Raw SQL and COMMIT bring the database's own code, not Prisma's. */
function hasCode(error: unknown, codes: ReadonlySet<string>): boolean {
  const cause = databaseCause(error)
  const found = [isObject(error) ? error.code : undefined, cause?.originalCode, cause?.code]
  return found.some((code) => codes.has(String(code)))
}

function databaseCause(error: unknown): Record<string, unknown> | undefined {
  if (!isObject(error)) return undefined
  const { cause } = (driverError(error) ?? error) as { cause?: unknown }
  return isObject(cause) ? cause : undefined
}

function driverError(error: Record<string, unknown>): unknown {
  return isObject(error.meta) ? error.meta.driverAdapterError : undefined
}

function isDriverError({ name }: Record<string, unknown>): boolean {
  return name === 'DriverAdapterError'
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
