import { type Outcome, operations, type PrismaCall, type Steps } from '../../driver/effects.js'
import type { SessionCore } from '../core.js'
import { rawText } from '../statements/raw.js'

/**
 * Sends the ROLLBACK TO of a program's own savepoint after a failed statement, which only a `rollback()` could follow
 * otherwise: on PostgreSQL it saves the transaction, as under Prisma. Null for all other calls.
 */
export function* backToRawSavepoint(core: SessionCore, calls: readonly PrismaCall[]): Steps<Outcome[] | null> {
  const { transaction, provider } = core
  const [call] = calls
  if (provider.afterError !== 'aborted' || transaction?.status !== 'inactive' || !transaction.isOnWire) return null
  if (calls.length !== 1 || !call || !isRollbackTo(call)) return null
  const outcomes = yield* operations(calls)
  if (outcomes[0]?.ok) Object.assign(transaction, { status: 'active', failure: undefined })
  return outcomes
}

function isRollbackTo({ delegate, method, args }: PrismaCall): boolean {
  return delegate === null && method.startsWith('$executeRaw') && rollbackTo.test(rawText(args[0]))
}

const rollbackTo = /^\s*ROLLBACK\s+(?:(?:WORK|TRANSACTION)\s+)?TO\b/i
