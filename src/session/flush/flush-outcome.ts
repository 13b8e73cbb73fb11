import type { ScalarField } from '../../model/model.js'
import { sameValue } from '../../model/values.js'
import type { FlushOutcome, Values } from '../../writing/flush-plan.js'
import type { SessionCore } from '../core.js'
import { expireAttribute, setAttribute } from '../objects/attributes.js'
import { becomeDeleted, becomePersistent } from '../objects/lifecycle.js'
import { type EntityState, type Identity, identityOf } from '../objects/state.js'
import type { TransactionState } from '../transaction/transaction-state.js'
import type { FlushDraft, Written } from './flush-draft.js'
import { followLinks, followMove, mirrorDeletes, mirrorKeyChange, movedKeys } from './follow-relations.js'
/** Writes what the database made (keys, defaults, times) and the foreign keys onto the objects. */
export function fillIn({ written }: FlushDraft, { rows }: FlushOutcome): void {
  for (const each of written) {
    const { state, kind } = each
    const values = knownAfter(each, rows)
    const filled: string[] = []
    for (const field of state.model.scalars) {
      const { name } = field
      const value = values[name]
      if (value === undefined || state.expired.has(name)) continue
      const current = state.object[name]
      if (current === undefined && isForgettable(field, state)) filled.push(name)
      if (isSettled(each, field, current) && (current === undefined || !isSameKind(field, current, value)))
        setAttribute(state, name, value)
    }
    if (kind === 'insert') state.filled = filled
  }
}

/** Takes the flush as done: baselines, states, the identity map, and the other sides of relations. */
export function settleFlush(
  core: SessionCore,
  transaction: TransactionState,
  draft: FlushDraft,
  { rows }: FlushOutcome,
): void {
  const moves = draft.written.flatMap(({ state, values, refs }) =>
    movedKeys(core, state, [...Object.keys(values), ...Object.keys(refs)], draft.changes.foreignKeys.get(state)),
  )
  for (const state of draft.deleted) {
    transaction.remember(state)
    becomeDeleted(core, state, transaction)
  }
  for (const each of draft.written) settleRow(core, transaction, each, knownAfter(each, rows))
  for (const [state, relations] of draft.related) {
    transaction.remember(state)
    for (const [name, value] of relations) if (!state.expired.has(name)) state.setRelated(name, value)
  }
  for (const move of moves) followMove(core, transaction, move)
  followLinks(transaction, draft.changes.links)
  mirrorDeletes(core, transaction, draft.deleted)
}

/** The row as far as it is known after the write: what was sent, under what came back. */
function knownAfter({ id, values, refs, later }: Written, rows: FlushOutcome['rows']): Values {
  const sent: Record<string, unknown> = { ...values }
  for (const [name, ref] of Object.entries(refs)) sent[name] = rows[ref.row]?.[ref.field]
  const known = { ...sent }
  for (const [name, value] of Object.entries(rows[id] ?? {})) if (value !== undefined) known[name] = value
  for (const name of later) known[name] = sent[name]
  return known
}

/** Whether the attribute is as it was when the plan was made; what the program changed meanwhile is kept. */
function isSettled({ state, values, refs }: Written, field: ScalarField, current: unknown): boolean {
  const { name } = field
  if (current === undefined) return true
  if (name in values && sameValue(field, current, values[name])) return true
  if (!(name in values) && !(name in refs)) return true
  const known = state.baseline?.[name]
  return (known === undefined && current === null) || sameValue(field, current, known) // a key that a relation gave
}

/** The database's spelling of a value (a Date for a string) replaces the program's; an equal one of its kind stays. */
function isSameKind(field: ScalarField, current: unknown, value: unknown): boolean {
  return (
    typeof current === typeof value && current?.constructor === value?.constructor && sameValue(field, current, value)
  )
}

/** Keys and foreign keys that the flush made up are taken away when the INSERT is rolled back. */
function isForgettable(field: ScalarField, { model }: EntityState): boolean {
  return field.isKey || model.relations.some(({ fields }) => fields.includes(field.name))
}

function settleRow(core: SessionCore, transaction: TransactionState, each: Written, known: Values): void {
  const { state } = each
  if (state.lifecycle === 'pending') {
    core.pending.delete(state)
    state.baseline = {}
    state.isStale = false
    transaction.added.add(state)
    becomePersistent(core, state, identityOf(state.model, { ...state.object, ...known }) as Identity)
    core.events.note('pendingToPersistent', state)
    for (const field of state.model.scalars) {
      // An object that took over a row was not sent with its key.
      const value = known[field.name] ?? (field.isKey ? state.object[field.name] : known[field.name])
      if (value !== undefined) state.setBaseline(field, value)
      else if (state.object[field.name] === undefined) expireAttribute(state, field.name) // the client omits it
    }
    return
  }
  transaction.remember(state)
  const before = { ...state.baseline }
  for (const [name, value] of Object.entries(known))
    state.setBaseline(state.model.fields.get(name) as ScalarField, value)
  moveIdentity(core, state, known)
  mirrorKeyChange(core, transaction, state, before)
}

function moveIdentity(core: SessionCore, state: EntityState, known: Values): void {
  const { identity, model } = state
  if (!identity || !model.key.some((name) => name in known)) return
  const moved = identityOf(model, {
    ...Object.fromEntries(model.key.map((name, i) => [name, identity.values[i]])),
    ...known,
  })
  if (!moved || moved.text === identity.text) return
  core.identityMap.delete(state)
  state.identity = moved
  core.identityMap.set(state)
}
