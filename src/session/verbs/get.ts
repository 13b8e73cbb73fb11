import type { Steps } from '../../driver/effects.js'
import { ArgumentError, NoResultFoundError, StaleDataError } from '../../errors.js'
import type { Model } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import { autoflush } from '../flush/flush.js'
import { canReadAhead, hasWork } from '../objects/changes.js'
import { checkOptionNames, isPlainObject, readKey, type Wanted } from '../objects/keys.js'
import { becomeDeleted } from '../objects/lifecycle.js'
import { type Include, loadOwnRow, loadRow, type Row } from '../objects/load.js'
import { choosesSome } from '../objects/row-shape.js'
import { describe, type EntityState, identityOf, keyValues, stateOf } from '../objects/state.js'
import { lockedRow, lockedRows } from '../statements/locked-rows.js'
import type { LockMode } from '../statements/locking-sql.js'
import { transactionOnWire, usableTransaction } from '../transaction/in-transaction.js'
import { checkLock } from './lock.js'
import { query } from './query.js'
export interface GetOptions {
  readonly include?: Include
  readonly populateExisting?: boolean
  readonly withForUpdate?: unknown
  readonly autoflush?: boolean
}

/** The object of a row, from memory where it is known, or null. Mirrors `Session.get()`. */
export function* get(core: SessionCore, modelName: unknown, key: unknown, given?: unknown): Steps<object | null> {
  const model = core.model(modelName)
  const wanted = readKey(model, key)
  const options = checkOptions(core, model, given)
  const asked = readingOf(core, model, options)
  const hit = asked.isForced ? undefined : findFresh(core, wanted, asked.include)
  if (hit) return hit.object
  usableTransaction(core)
  if (options.autoflush !== false) {
    if (isPlainReading(core, wanted, asked)) {
      const found = yield* load(core, model, wanted, asked)
      if (found || !core.flushesBeforeQueries || !hasWork(core)) return found
    }
    yield* autoflush(core) // may write the very row
  }
  return yield* load(core, model, wanted, asked)
}

/** One row by its key, which needs no flush first. */
function isPlainReading(core: SessionCore, wanted: Wanted, { include, isForced }: Reading): boolean {
  if (wanted.kind !== 'identity' || include || isForced) return false
  return canReadAhead(core, core.identityMap.find(wanted.identity))
}

/** The same, and a missing row is an error. Mirrors `Session.get_one()`. */
export function* getOne(core: SessionCore, modelName: unknown, key: unknown, options?: unknown): Steps<object> {
  const found = yield* get(core, modelName, key, options)
  if (found) return found
  throw missing(modelName, key)
}

/** For a row that should be there. */
export function missing(modelName: unknown, key: unknown): NoResultFoundError {
  const error = new NoResultFoundError(`no ${String(modelName)} with this key: use get() where it may be missing`)
  // Not in the message: keys are e-mail addresses and tokens, too, and messages go into logs.
  return Object.defineProperty(error, 'key', { value: key })
}

/** A known object that needs no reading: it is current, and has the relations of `include`. */
export function findFresh(core: SessionCore, wanted: Wanted, include?: Include): EntityState | undefined {
  if (wanted.kind !== 'identity') return undefined
  const state = core.identityMap.find(wanted.identity)
  if (!state || state.isStale || isWhollyExpired(state)) return undefined
  return hasLoaded(state, include) ? state : undefined
}

/** Pending members have nothing to load. */
function hasLoaded(state: EntityState, include: Include = {}): boolean {
  return Object.entries(include).every(([name, part]: [string, unknown]) => {
    if (!part) return true
    // Counts, and what a condition chooses, are asked for each time.
    if (state.model.fields.get(name)?.kind !== 'relation' || choosesSome(part)) return false
    if (!state.related.has(name) || state.expired.has(name) || state.partial.has(name)) return false
    const inner = typeof part === 'object' ? (part as { include?: Include }).include : undefined
    const members = inner ? [state.object[name]].flat().map(stateOf) : []
    return members.every((member) => member?.lifecycle !== 'persistent' || hasLoaded(member, inner))
  })
}

function isWhollyExpired({ model, expired }: EntityState): boolean {
  if (expired.size === 0) return false
  const others = model.scalars.filter(({ isKey }) => !isKey)
  return others.length > 0 && others.every(({ name }) => expired.has(name))
}

/** How rows are to be read. */
export interface Reading {
  readonly include: Include
  readonly lock: LockMode | null
  /** Read even what is known, unflushed changes included. */
  readonly isForced: boolean
}

export const plainReading: Reading = { include: undefined, lock: null, isForced: false }

export function readingOf(
  core: SessionCore,
  model: Model,
  { include, withForUpdate, populateExisting }: GetOptions,
): Reading {
  const lock = checkLock(core, model, withForUpdate, include)
  return { include, lock, isForced: populateExisting === true || lock !== null }
}

/** Reads one row, as the database finds it by its key. */
export function* load(core: SessionCore, model: Model, wanted: Wanted, reading: Reading): Steps<object | null> {
  const known = wanted.kind === 'identity' ? core.identityMap.find(wanted.identity) : undefined
  const row = yield* readOne(core, model, wanted, known, reading)
  if (!row) {
    if (known && !reading.lock?.skipLocked) becomeDeleted(core, known, core.transaction)
    yield* core.events.tell()
    return null
  }
  if (reading.lock) checkVersion(core, model, row)
  const { include } = includeOf(known, reading.include)
  const object = known
    ? loadOwnRow(core, known, row, reading.isForced, include)
    : loadRow(core, model, row, reading.isForced, include)
  yield* core.events.tell()
  return object
}

function* readOne(
  core: SessionCore,
  model: Model,
  wanted: Wanted,
  known: EntityState | undefined,
  { include, lock }: Reading,
): Steps<Row | null> {
  const where = wanted.kind === 'identity' ? whereOf(model, keyValues(wanted.identity)) : wanted.where
  const included = includeOf(known, include)
  const find = function* (args: object): Steps<Row | null> {
    return (yield* query(core, { delegate: model.delegate, method: 'findUnique', args: [{ where, ...args }] })) as Row
  }
  if (lock) yield* transactionOnWire(core)
  if (!lock || !core.provider.rowLock) return yield* find(included)
  const found = wanted.kind === 'identity' ? null : yield* find({})
  const identity = wanted.kind === 'identity' ? wanted.identity : found && identityOf(model, found)
  if (!identity) return null
  if (!included.include) return yield* lockedRow(core, identity, lock)
  const [row] = yield* lockedRows(core, model, { where: keyValues(identity), ...included }, lock)
  return row ?? null
}

/** To lock a row is to rely on what is known of it: an object in another version than its row has is stale. */
export function checkVersion(core: SessionCore, model: Model, row: Row): void {
  const version = core.versionField(model)
  const identity = identityOf(model, row)
  const state = identity ? core.identityMap.find(identity) : undefined
  if (version === undefined || !state?.baseline || state.isStale || state.expired.has(version)) return
  if (state.baseline[version] === row[version]) return
  throw new StaleDataError(
    `${state.label} was read in version ${String(state.baseline[version])}, its row is in version ${String(row[version])}: refresh() it first, or roll back and read again`,
  )
}

/** `where` for one row by its key, as Prisma spells it. */
export function whereOf(model: Model, key: Readonly<Record<string, unknown>>): object {
  return model.keyName === null ? key : { [model.keyName]: key }
}

/** Loaded relations are read again with their object. */
export function includeOf(state: EntityState | undefined, asked: Include = {}): { include?: Include } {
  const loaded = state ? [...state.related.keys()].map((name) => [name, state.partial.get(name) ?? true] as const) : []
  if (loaded.length === 0 && Object.keys(asked).length === 0) return {}
  return { include: { ...Object.fromEntries(loaded), ...asked } }
}

export function checkOptions(core: SessionCore, model: Model, given: unknown): GetOptions {
  core.refuseWhenClosed()
  checkOptionNames('get', given, ['include', 'populateExisting', 'withForUpdate', 'autoflush'])
  checkInclude(model, given?.include)
  return given ?? {}
}

/** At any depth: a loaded object is not read again, so that Prisma would not be asked about a wrong name. */
function checkInclude(model: Model, include: unknown): void {
  if (include === undefined || include === null) return
  if (!isPlainObject(include)) throw new ArgumentError(`include takes an object of relations, not ${describe(include)}`)
  for (const [name, part] of Object.entries(include)) {
    const field = model.fields.get(name)
    if (field?.kind !== 'relation' && name !== '_count') {
      const known = model.relations.map((relation) => relation.name).join(', ') || 'none'
      throw new ArgumentError(`${model.name} has no relation '${name}' to include: its relations are ${known}`)
    }
    if (field?.kind === 'relation' && isPlainObject(part)) checkInclude(field.target, part.include)
  }
}
