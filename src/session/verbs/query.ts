import { operations, type PrismaCall, type Steps } from '../../driver/effects.js'
import type { SessionCore } from '../core.js'
import { isWrite } from '../objects/stale.js'
import { readAlone, transactionForRead, transactionOnWire } from '../transaction/in-transaction.js'
import { noteFailure } from '../transaction/note-failure.js'
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
  const [outcome] = yield* operations([call], readAlone(core))
  if (outcome?.ok) return outcome.value
  yield* noteFailure(core, outcome?.error)
  throw outcome?.error
}
