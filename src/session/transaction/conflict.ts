/**
 * Whether an error says that two transactions got in each other's way, so that the same work may succeed when it is
 * done again: a serialization failure, a deadlock, a lock not got in time. The error itself may be a cause.
 */
export function isConflict(error: unknown): boolean {
  return some(error, (each) => isWriteConflict(each) || hasCode(each, lockTimeouts))
}

/** Whether the transaction in which this happened is over, whatever the database: the server has rolled it back. */
export function endedTransaction(error: unknown): boolean {
  return hasCode(error, closedTransaction) || isWriteConflict(error)
}

/** Whether the database itself has refused something, and not Prisma before anything was sent. */
export function isFromDatabase(error: unknown): boolean {
  return isObject(error) && (driverError(error) !== undefined || error.code === 'P2010' || isDriverError(error))
}

/** Timed out or closed. */
const closedTransaction = new Set(['P2028'])

/** P1008: another writer of an SQLite file kept its lock. 1205: MySQL's lock wait timeout. */
const lockTimeouts = new Set(['P1008', '1205'])

/** Prisma's; PostgreSQL's serialization failure and deadlock; MySQL's deadlock and changed record. */
const writeConflicts = new Set(['P2034', '40001', '40P01', '1213', '1020'])

function isWriteConflict(error: unknown): boolean {
  return hasCode(error, writeConflicts) || databaseCause(error)?.kind === 'TransactionWriteConflict'
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

function some(error: unknown, test: (error: unknown) => boolean): boolean {
  for (let each = error, depth = 0; isObject(each) && depth < 8; each = each.cause, depth++) if (test(each)) return true
  return false
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
