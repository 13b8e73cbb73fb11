import { FlushError } from '../../errors.js'
import type { Model, ScalarField } from '../../model/model.js'
import { isMutable, isSameKind, keptValue, sameValue } from '../../model/values.js'
import type { FlushOutcome, Refs, Values } from '../../writing/flush-plan.js'
import type { SessionCore } from '../core.js'
import { expireAttribute, setAttribute } from '../objects/attributes.js'
import { becomeDeleted, takePlace } from '../objects/lifecycle.js'
import { LoadedRows } from '../objects/loaded-rows.js'
import { type EntityState, type Identity, identityOf, keyValues } from '../objects/state.js'
import type { TransactionState } from '../transaction/transaction-state.js'
import type { FlushDraft } from './flush-draft.js'
import {
  addMovedKeys,
  followDeletes,
  followLinks,
  followMoves,
  followSwitches,
  type KeyMove,
} from './follow-relations.js'
import { ListChanges } from './list-changes.js'
import { childrenOfReplaced, mirrorDeletes } from './mirror-deletes.js'
import { childrenOfMoved, mirrorKeyChanges, moveIdentity } from './mirror-key-changes.js'
import type { RowNode } from './row-nodes.js'
/** The rows as far as they are known after the write, in the order of `written`: what was sent, under what came back. */
export function knownAfter({ written, later }: FlushDraft, { rows }: FlushOutcome): Values[] {
  return written.map((node) => known(node, later.get(node), rows))
}

/** Writes what the database made (keys, defaults, times) and the foreign keys onto the objects. */
export function fillIn({ written }: FlushDraft, known: readonly Values[]): void {
  for (const [index, node] of written.entries()) {
    const { state, kind } = node
    const { object, expired, model } = state
    const values = known[index] as Values
    const keys = forgettable(model)
    const filled: string[] = []
    for (const field of model.scalars) {
      const { name } = field
      const value = values[name]
      if (value === undefined || typeof value === 'function' || expired.has(name)) continue // a function is inherited
      const current = object[name]
      if (current === value) continue
      if (current === undefined) {
        if (keys.has(name)) filled.push(name)
        setAttribute(state, name, value)
      } else if (isSettled(node, field, current) && !isSameKind(field, current, value)) setAttribute(state, name, value)
    }
    if (kind === 'insert') state.filled = filled
  }
}

/** The objects whose rows have other keys now than the session knows them by: new ones, and those whose key has changed. */
export function* arriving({ written }: FlushDraft, known: readonly Values[]): Generator<[Identity, EntityState]> {
  for (const [index, { state }] of written.entries()) {
    const { model, identity, object } = state
    const now = identityOf(model, { ...(identity ? keyValues(identity) : object), ...known[index] })
    if (now && now.text !== identity?.text) yield [now, state]
  }
}

/** Takes the flush as done: baselines, states, the identity map, and the other sides of relations. */
export function settleFlush(
  core: SessionCore,
  transaction: TransactionState,
  draft: FlushDraft,
  known: readonly Values[],
): void {
  const moves: KeyMove[] = []
  const before = new LoadedRows(core)
  for (const { state, values, refs } of draft.written)
    addMovedKeys(moves, before, state, values, refs, draft.changes.foreignKeys.get(state))
  const following = childrenOfMoved(core, moves, before, draft)
  const replaced = childrenOfReplaced(before, draft)
  for (const state of draft.deleted) {
    transaction.remember(state)
    becomeDeleted(core, state, transaction)
  }
  // Rows that have got other keys give theirs up before new ones take them.
  for (const [index, { state }] of draft.written.entries())
    if (state.lifecycle !== 'pending') settleChangedRow(core, transaction, state, known[index] as Values)
  const lists = new ListChanges(transaction)
  const places = new Map(following.length > 0 ? draft.written.map((node, index) => [node, index]) : [])
  const knownOf = (node: RowNode) => known[places.get(node) as number] as Values
  mirrorKeyChanges(core, transaction, following, knownOf)
  for (const [index, { state, values }] of draft.written.entries()) {
    if (state.lifecycle === 'pending') settleNewRow(core, transaction, state, known[index] as Values)
    if (state.flagged.size > 0) for (const name of Object.keys(values)) state.unflag(name)
  }
  for (const [state, name, value, list] of draft.related) {
    transaction.remember(state)
    if (state.expired.has(name)) continue
    state.setRelated(name, value)
    state.unflag(name)
    if (list && state.object[name] === list) state.setList(name, list)
  }
  followSwitches(before, lists, draft.switched)
  followMoves(core, lists, moves)
  followLinks(lists, draft.changes.links)
  followDeletes(lists, draft)
  lists.apply()
  mirrorDeletes(core, transaction, draft.deleted, replaced)
}

function known(
  { id, values, refs, before }: RowNode,
  later: readonly string[] = [],
  rows: FlushOutcome['rows'],
): Values {
  const found = rows[id]
  if (found && later.length === 0 && isWhole(found, values) && isWhole(found, refs)) return found
  const all: Record<string, unknown> = { ...values }
  for (const name of Object.keys(refs)) all[name] = valueOfRef(refs, name, rows)
  for (const name of Object.keys(found ?? {})) if (found?.[name] !== undefined) all[name] = found[name]
  for (const name of later)
    all[name] = Object.hasOwn(refs, name)
      ? valueOfRef(refs, name, rows)
      : Object.hasOwn(values, name)
        ? values[name]
        : before?.[name]
  return all
}

/** Whether the database has told all that was sent: the client may omit some. */
function isWhole(found: Values, sent: object): boolean {
  for (const name in sent) if (found[name] === undefined) return false
  return true
}

function valueOfRef(refs: Refs, name: string, rows: FlushOutcome['rows']): unknown {
  const ref = refs[name]
  return ref && rows[ref.row]?.[ref.field]
}

/** True while the attribute is as it was when the plan was made; what the program has changed since is kept. */
function isSettled({ kind, state, values, seen }: RowNode, field: ScalarField, current: unknown): boolean {
  const { name } = field
  if (Object.hasOwn(seen, name)) return sameValue(field, current, seen[name])
  if (Object.hasOwn(values, name)) return sameValue(field, current, values[name])
  return kind === 'update' && sameValue(field, current, state.baseline?.[name])
}

/** Keys and foreign keys that the flush made up are taken away when the INSERT is rolled back. */
function forgettable(model: Model): ReadonlySet<string> {
  let names = keysOf.get(model)
  if (!names) {
    names = new Set([...model.key, ...model.relations.flatMap(({ fields }) => fields)])
    keysOf.set(model, names)
  }
  return names
}

const keysOf = new WeakMap<Model, ReadonlySet<string>>()

function settleNewRow(core: SessionCore, transaction: TransactionState, state: EntityState, known: Values): void {
  const { model, object } = state
  core.pending.delete(state)
  const baseline = known as Record<string, unknown> // nobody else's from now on
  state.baseline = baseline
  state.isStale = false
  transaction.added.add(state)
  for (const field of model.scalars) {
    const { name, isKey } = field
    // An object that took over a row was not sent with its key.
    if (isKey && (baseline[name] === undefined || baseline[name] === null)) baseline[name] = object[name]
    const value = baseline[name]
    if (value === undefined) {
      if (object[name] === undefined) expireAttribute(state, name) // the client omits it
    } else if (isMutable(field)) baseline[name] = keptValue(field, value)
  }
  const identity = identityOf(model, baseline)
  if (!identity) throw new FlushError(`the database returned no key for a new ${model.name}: do not omit keys`)
  takePlace(core, state, identity)
  core.events.note('pendingToPersistent', state)
}

function settleChangedRow(core: SessionCore, transaction: TransactionState, state: EntityState, known: Values): void {
  transaction.remember(state)
  for (const name of Object.keys(known)) state.setBaseline(state.model.fields.get(name) as ScalarField, known[name])
  moveIdentity(core, state, known)
}
