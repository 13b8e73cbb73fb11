import type { BeginOptions, Outcome, PrismaCall, Steps } from '../../driver/effects.js'
import type { SessionCore } from '../core.js'
import { autoflush } from '../flush/flush.js'
import { staleAfter } from '../objects/stale.js'
import { transactionOnWire } from '../transaction/in-transaction.js'
import { inSavepoint } from '../transaction/note-failure.js'
import { backToRawSavepoint } from '../transaction/raw-savepoint.js'
import { refuseTransactionSql } from '../transaction/raw-transactions.js'
import { checkOptions, giveOptions } from '../transaction/transactions.js'
import { answerTo, outcomesOf, transactionFor } from './query.js'
/** Prisma's own calls, inside the session's transaction. Several go out together. */
export function* forward(core: SessionCore, calls: readonly PrismaCall[]): Steps<Outcome[]> {
  refuseTransactionSql(core, calls)
  const outcomes = (yield* backToRawSavepoint(core, calls)) ?? (yield* sent(core, calls))
  for (const [index, outcome] of outcomes.entries())
    if (outcome.ok) staleAfter(core, calls[index] as PrismaCall, outcome.value)
  return outcomes
}

function* sent(core: SessionCore, calls: readonly PrismaCall[]): Steps<Outcome[]> {
  yield* autoflush(core)
  yield* transactionFor(core, calls)
  return yield* outcomesOf(core, calls)
}

/** The value of one of them. */
export function* forwardOne(core: SessionCore, call: PrismaCall): Steps<unknown> {
  const [outcome] = yield* forward(core, [call])
  if (outcome?.ok) return outcome.value
  throw outcome?.error
}

/** `$transaction([…])`: one after the other, all or none, in a savepoint of the transaction, which its options begin where none has begun. */
export function* forwardBatch(
  core: SessionCore,
  calls: readonly PrismaCall[],
  options: BeginOptions = {},
): Steps<unknown[]> {
  checkOptions(core, options)
  refuseTransactionSql(core, calls, true)
  yield* giveOptions(core, options)
  yield* autoflush(core)
  yield* transactionOnWire(core)
  const values = yield* inSavepoint(core, valuesOf(calls))
  for (const [index, call] of calls.entries()) staleAfter(core, call, values[index])
  return values
}

function* valuesOf(calls: readonly PrismaCall[]): Steps<unknown[]> {
  const values: unknown[] = []
  for (const call of calls) values.push(yield* answerTo(call))
  return values
}
