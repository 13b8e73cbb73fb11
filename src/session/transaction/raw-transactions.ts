import { type Outcome, operations, type PrismaCall, type Steps } from '../../driver/effects.js'
import { InvalidRequestError } from '../../errors.js'
import type { SessionCore } from '../core.js'
import { settleCommit } from '../objects/lifecycle.js'
import { rawText } from '../statements/raw.js'
import { callsRoutine, committingWords, transactionWords } from '../statements/transaction-sql.js'
import { isFromDatabase } from './conflict.js'
import { ended } from './probe.js'
import type { TransactionState } from './transaction-state.js'
import { loseTransaction } from './undo-level.js'

/**
 * Refuses raw SQL that would end the session's transaction without the session: what follows would be committed statement
 * by statement, and a rollback would be none.
 */
export function refuseTransactionSql(core: SessionCore, calls: readonly PrismaCall[], isInSavepoint = false): void {
  for (const call of calls) {
    if (!isRaw(call)) continue
    const text = rawText(call.args[0])
    const words = transactionWords(text)
    if (words !== null) throw endsTransaction(words)
    if (!core.provider.implicitCommit || !(isInSavepoint || core.isOutside || core.transaction?.isNested)) continue
    const ddl = committingWords(text)
    if (ddl !== null) throw endsSavepoint(ddl)
  }
}

/**
 * Asks what raw SQL has made of the transaction on MySQL and MariaDB. For DDL they have committed it, whether that has
 * succeeded or not: another one is begun. A routine may have ended it.
 */
export function* noteRawSql(
  core: SessionCore,
  calls: readonly PrismaCall[],
  outcomes: readonly Outcome[],
): Steps<void> {
  const { transaction, provider } = core
  if (!provider.implicitCommit || transaction?.status !== 'active' || !transaction.isOnWire) return
  const texts = calls.filter(isRaw).map(({ args }) => rawText(args[0]))
  const [words] = texts.flatMap((text) => committingWords(text) ?? [])
  if (words === undefined && !texts.some(callsRoutine)) return
  const isOpen = (yield* isInTransaction()) ?? (words === undefined || !outcomes.some(isSent))
  if (isOpen) return
  if (words === undefined) yield* loseTransaction(core, ended().error)
  else yield* resumeAfterDdl(core, transaction, words)
}

/** A query extension or an adapter may have refused it. */
function isSent(outcome: Outcome): boolean {
  return outcome.ok || isFromDatabase(outcome.error)
}

/** MariaDB tells; null on MySQL, which does not. */
function* isInTransaction(): Steps<boolean | null> {
  const [answer] = yield* operations([{ delegate: null, method: '$queryRawUnsafe', args: [question] }])
  return answer?.ok ? Number((answer.value as { found: unknown }[])[0]?.found) === 1 : null
}

const question = 'SELECT @@in_transaction AS found'

function* resumeAfterDdl(core: SessionCore, transaction: TransactionState, words: string): Steps<void> {
  const [begun] = yield* operations([{ delegate: null, method: '$executeRawUnsafe', args: ['START TRANSACTION'] }])
  if (begun && !begun.ok) throw begun.error
  const isLoss = transaction.hasFlushed || transaction.hasOtherRows
  settleCommit(core, transaction)
  transaction.settle()
  if (isLoss) yield* core.events.emit('warning', { message: committedBy(words) })
}

function isRaw({ delegate, method }: PrismaCall): boolean {
  return delegate === null && /^\$(queryRaw|executeRaw)/.test(method)
}

function endsTransaction(words: string): InvalidRequestError {
  const verb = /^(commit|end)/i.test(words) ? 'commit()' : /^(begin|start)/i.test(words) ? 'begin()' : 'rollback()'
  return new InvalidRequestError(
    `${words} as SQL would end the session's transaction without the session, and nothing was sent: use session.${verb}, or transaction(fn)`,
  )
}

function endsSavepoint(words: string): InvalidRequestError {
  return new InvalidRequestError(
    `${words} makes MySQL and MariaDB commit the transaction and drop its savepoints, and nothing was sent: send it outside of beginNested() and $transaction()`,
  )
}

function committedBy(words: string): string {
  return `${words} has made MySQL or MariaDB commit the transaction: what was written before it cannot be rolled back, and what follows is a new transaction. Send it before the writes, or in a migration of Prisma's`
}
