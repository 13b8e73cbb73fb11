import type { Steps } from '../../driver/effects.js'
import { ObjectDeletedError } from '../../errors.js'
import type { SessionCore } from '../core.js'
import { autoflush } from '../flush/flush.js'
import { hideAttribute, isHidden } from '../objects/attributes.js'
import { canReadAhead } from '../objects/changes.js'
import { loadOwnRow, type Row } from '../objects/load.js'
import { type EntityState, type Identity, keyValues } from '../objects/state.js'
import { usableTransaction } from '../transaction/in-transaction.js'
import { whereOf } from './get.js'
import { query } from './query.js'
import { selectOf } from './refresh.js'

/**
 * Loads an expired attribute, and all others that were there before, with one query: what reading one does on a synchronous
 * session. A column that a query has left out is read by its name only, and stays out of sight.
 */
export function* loadExpired(core: SessionCore, state: EntityState, name: string): Steps<void> {
  usableTransaction(core)
  const isOfColumns = [...state.expired].every((each) => state.model.fields.get(each)?.kind === 'scalar')
  if (!isOfColumns || !canReadAhead(core, state)) yield* autoflush(core)
  if (!state.expired.has(name)) return // the flush has filled it in
  const wasHidden = isHidden(state, name)
  // Of a row that was never read, all that the client gives.
  if (wasHidden && isUnread(state)) yield* readAgain(core, state, {})
  if (state.expired.has(name)) {
    const names = [...state.expired].filter((each) => each === name || !isHidden(state, each))
    yield* readAgain(core, state, { select: selectOf(state, names) })
    if (wasHidden) hideAttribute(state, name)
  }
  yield* core.events.tell()
}

function* readAgain(core: SessionCore, state: EntityState, shape: object): Steps<void> {
  const args = { where: whereOf(state.model, keyValues(state.identity as Identity)), ...shape }
  const row = (yield* query(core, { delegate: state.model.delegate, method: 'findUnique', args: [args] })) as Row | null
  if (row) loadOwnRow(core, state, row)
  else
    throw new ObjectDeletedError(
      `${state.label} has been deleted, or its row is otherwise not present: expunge() it, or rollback()`,
    )
}

function isUnread({ model, expired }: EntityState): boolean {
  return model.scalars.every(({ name, isKey }) => isKey || expired.has(name))
}
