import type { Steps } from '../../driver/effects.js'
import { InvalidRequestError } from '../../errors.js'
import type { Model } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import { autoflush } from '../flush/flush.js'
import { discardChanges } from '../objects/attributes.js'
import { checkNames, checkOptionNames } from '../objects/keys.js'
import { expireObject } from '../objects/lifecycle.js'
import { type Include, loadOwnRow, type Row } from '../objects/load.js'
import { type EntityState, type Identity, identityOf, keyValues } from '../objects/state.js'
import { lockedRow, lockedRows } from '../statements/locked-rows.js'
import type { LockMode } from '../statements/locking-sql.js'
import { usableTransaction } from '../transaction/in-transaction.js'
import { meetEntity } from './add.js'
import { includeOf, whereOf } from './get.js'
import { checkLock } from './lock.js'
import { query } from './query.js'
/** Reads an object again; its changes are lost. With names, only those attributes. Mirrors `Session.refresh()`. */
export function* refresh(core: SessionCore, object: unknown, names?: unknown, options?: unknown): Steps<void> {
  const state = persistentState(core, object, 'refresh')
  const wanted = names === undefined || names === null ? undefined : checkNames(state.model, names, 'refresh')
  checkOptionNames('refresh', options, ['withForUpdate'])
  const lock = checkLock(core, state.model, options?.withForUpdate, includedBy(state, wanted))
  usableTransaction(core)
  discardChanges(state, wanted ?? state.model.fields.keys())
  yield* autoflush(core)
  persistentState(core, object, 'refresh') // the flush may have deleted it
  refuseKeyChange(state)
  const key = keyValues(state.identity as Identity)
  const shape: { select?: object; include?: Include } = wanted
    ? { select: selectOf(state, wanted) }
    : includeOf(state, expiredRelations(state))
  const row = lock ? yield* lockedRead(core, state, shape, lock) : yield* read(core, state.model, key, shape)
  if (!row)
    throw new InvalidRequestError(
      `could not refresh ${state.label}: its row is gone; rollback(), expunge() it, or use get()`,
    )
  loadOwnRow(core, state, row, 'top', shape.include)
  yield* core.events.tell()
}

function* read(core: SessionCore, model: Model, key: object, shape: object): Steps<Row | null> {
  const args = { where: whereOf(model, { ...key }), ...shape }
  return (yield* query(core, { delegate: model.delegate, method: 'findUnique', args: [args] })) as Row | null
}

function* lockedRead(
  core: SessionCore,
  { model, identity }: EntityState,
  shape: object,
  lock: LockMode,
): Steps<Row | null> {
  const isPlain = Object.keys(shape).length === 0
  if (isPlain && core.provider.rowLock) return yield* lockedRow(core, identity as Identity, lock)
  const [row] = yield* lockedRows(core, model, { where: keyValues(identity as Identity), ...shape }, lock)
  return row ?? null
}

/** The relations that a refresh reads along, which `of` may name. */
function includedBy(state: EntityState, names: readonly string[] | undefined): Record<string, unknown> {
  return Object.fromEntries((names ?? [...state.related.keys()]).map((name) => [name, true]))
}

/** Makes attributes load again when they are next used. Changes to them are dropped. Mirrors `Session.expire()`. */
export function expire(core: SessionCore, object: unknown, names?: unknown): void {
  const state = persistentState(core, object, 'expire')
  expireObject(state, names === undefined || names === null ? undefined : checkNames(state.model, names, 'expire'))
}

/** Expires every persistent object. Mirrors `Session.expire_all()`. */
export function expireAll(core: SessionCore): void {
  for (const state of core.identityMap.states()) expireObject(state)
}

export function persistentState(core: SessionCore, object: unknown, verb: string): EntityState {
  const state = meetEntity(core, object, verb)
  if (state.lifecycle === 'persistent' && state.session === core) return state
  throw new InvalidRequestError(
    `${verb}(): ${state.label} is not persistent within this Session (it is ${state.lifecycle}): add() and flush() it first, or get() it`,
  )
}

function refuseKeyChange(state: EntityState): void {
  const now = identityOf(state.model, state.object)
  if (!now || now.text === state.identity?.text) return
  throw new InvalidRequestError(`${state.label} has an unflushed change of its key: flush() before refreshing it`)
}

/** Key and foreign keys come along, so that row and relations can be told. */
export function selectOf({ model }: EntityState, names: readonly string[]): object {
  const keys = names.flatMap((name) => {
    const field = model.fields.get(name)
    return field?.kind === 'relation' ? field.fields : []
  })
  return Object.fromEntries([...model.key, ...keys, ...names].map((name) => [name, true]))
}

function expiredRelations({ model, expired }: EntityState): Include {
  return Object.fromEntries(model.relations.filter(({ name }) => expired.has(name)).map(({ name }) => [name, true]))
}
