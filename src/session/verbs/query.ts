import { operations, type PrismaCall, type Steps } from '../../driver/effects.js'
import type { SessionCore } from '../core.js'
import { transactionOnWire } from '../transaction/in-transaction.js'
import { noteFailure } from '../transaction/note-failure.js'
/** One call of Prisma's inside the session's transaction, which it begins. */
export function* query(core: SessionCore, call: PrismaCall): Steps<unknown> {
  yield* transactionOnWire(core)
  const [outcome] = yield* operations([call])
  if (outcome?.ok) return outcome.value
  yield* noteFailure(core, outcome?.error)
  throw outcome?.error
}
