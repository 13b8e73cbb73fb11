import { type Outcome, operations, type PrismaCall, type Steps } from '../../driver/effects.js'
import type { SessionCore } from '../core.js'
import { isWrite } from '../objects/stale.js'
import { readAlone, transactionForRead, transactionOnWire } from '../transaction/in-transaction.js'
import { inSavepoint, noteFailure } from '../transaction/note-failure.js'
import { noteRawSql } from '../transaction/raw-transactions.js'
import { takesSeveralStatements } from './several-statements.js'
/** One call of Prisma's inside the session's transaction, which it begins where the call needs one. */
export function* query(core: SessionCore, call: PrismaCall): Steps<unknown> {
  yield* transactionFor(core, [call])
  return yield* sent(core, call)
}

/** The same for raw SQL that is known to read only. */
export function* readRaw(core: SessionCore, sql: string, values: readonly unknown[]): Steps<unknown> {
  yield* transactionForRead(core)
  return yield* sent(core, { delegate: null, method: '$queryRawUnsafe', args: [sql, ...values] })
}

/** Raw SQL may do anything, and so may the methods of extensions: only Prisma's own reads are known as such. */
export function transactionFor(core: SessionCore, calls: readonly PrismaCall[]): Steps<unknown> {
  const isRead = calls.every(({ delegate, method }) => delegate !== null && !isWrite(method))
  return isRead ? transactionForRead(core) : transactionOnWire(core)
}

function* sent(core: SessionCore, call: PrismaCall): Steps<unknown> {
  const [outcome] = yield* outcomesOf(core, [call])
  if (outcome?.ok) return outcome.value
  throw outcome?.error
}

/** Sends calls that go out together, and notes what a failure means for the transaction. */
export function* outcomesOf(core: SessionCore, calls: readonly PrismaCall[]): Steps<Outcome[]> {
  const [only] = calls
  if (only && calls.length === 1 && takesSeveralStatements(core, only)) return [yield* wholeOrNot(core, only)]
  const outcomes = yield* operations(calls, readAlone(core))
  yield* noteRawSql(core, calls, outcomes)
  for (const outcome of outcomes) if (!outcome.ok) yield* noteFailure(core, outcome.error)
  return outcomes
}

/** A call that fails in the middle leaves nothing behind. */
function* wholeOrNot(core: SessionCore, call: PrismaCall): Steps<Outcome> {
  try {
    return { ok: true, value: yield* inSavepoint(core, answerTo(call)) }
  } catch (error) {
    return { ok: false, error }
  }
}

/** The value of a call, inside the open transaction. */
export function* answerTo(call: PrismaCall): Steps<unknown> {
  const [outcome] = yield* operations([call])
  if (outcome?.ok) return outcome.value
  throw outcome?.error
}
