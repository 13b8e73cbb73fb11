import type { Steps } from '../../driver/effects.js'
import { ObjectDeletedError } from '../../errors.js'
import type { SessionCore } from '../core.js'
import { autoflush } from '../flush/flush.js'
import { canReadAhead } from '../objects/changes.js'
import { loadOwnRow, type Row } from '../objects/load.js'
import { type EntityState, keyValues } from '../objects/state.js'
import { usableTransaction } from '../transaction/in-transaction.js'
import { whereOf } from './get.js'
import { query } from './query.js'
import { selectOf } from './refresh.js'
/** Loads every expired attribute of an object with one query: what reading one does on a synchronous session. */
export function* loadExpired(core: SessionCore, state: EntityState): Steps<void> {
  usableTransaction(core)
  const isOfColumns = [...state.expired].every((name) => state.model.fields.get(name)?.kind === 'scalar')
  if (!isOfColumns || !canReadAhead(core, state)) yield* autoflush(core)
  if (state.expired.size === 0 || !state.identity) return // the flush has filled them in
  const where = whereOf(state.model, keyValues(state.identity))
  const args = { where, select: selectOf(state, [...state.expired]) }
  const row = (yield* query(core, { delegate: state.model.delegate, method: 'findUnique', args: [args] })) as Row | null
  if (!row) {
    throw new ObjectDeletedError(
      `${state.label} has been deleted, or its row is otherwise not present: expunge() it, or rollback()`,
    )
  }
  loadOwnRow(core, state, row)
  yield* core.events.tell()
}
