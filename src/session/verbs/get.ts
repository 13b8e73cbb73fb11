import type { Steps } from '../../driver/effects.js'
import { ArgumentError, NoResultFoundError, StaleDataError } from '../../errors.js'
import type { Model } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import { autoflush } from '../flush/flush.js'
import { checkOptionNames, readKey, type Wanted, whereAmong } from '../objects/keys.js'
import { becomeDeleted } from '../objects/lifecycle.js'
import { loadRow, loadRows, type Row } from '../objects/load.js'
import { type EntityState, identityOf, keyValues } from '../objects/state.js'
import { lockedRow, lockedRows } from '../statements/locked-rows.js'
import type { LockMode } from '../statements/locking-sql.js'
import { usableTransaction } from '../transaction/in-transaction.js'
import { checkLock } from './lock.js'
import { query } from './query.js'
export interface GetOptions {
  readonly include?: object
  readonly populateExisting?: boolean
  readonly withForUpdate?: unknown
  readonly autoflush?: boolean
}

/** The object of a row, from memory where it is known, or null. Mirrors `Session.get()`. */
export function* get(core: SessionCore, modelName: unknown, key: unknown, given?: unknown): Steps<object | null> {
  const model = core.model(modelName)
  const wanted = readKey(model, key)
  const options = checkOptions(core, given)
  const asked = readingOf(core, model, options)
  const hit = asked.isForced ? undefined : findFresh(core, wanted)
  if (hit) return hit.object
  usableTransaction(core)
  if (options.autoflush !== false) yield* autoflush(core)
  return yield* load(core, model, wanted, asked)
}

/** The same, and a missing row is an error. Mirrors `Session.get_one()`. */
export function* getOne(core: SessionCore, modelName: unknown, key: unknown, options?: unknown): Steps<object> {
  const found = yield* get(core, modelName, key, options)
  if (found) return found
  throw new NoResultFoundError(
    `no ${String(modelName)} with the key ${JSON.stringify(key, bigintText)}: use get() where it may be missing`,
  )
}

/** Many at once, in the order of the keys. */
export function* getMany(
  core: SessionCore,
  modelName: unknown,
  keys: unknown,
  given?: unknown,
): Steps<(object | null)[]> {
  const model = core.model(modelName)
  if (!Array.isArray(keys)) throw new ArgumentError('getMany() takes an array of keys')
  const wanted = keys.map((key) => readKey(model, key))
  const options = checkOptions(core, given)
  const asked = readingOf(core, model, options)
  const isKnown = (each: Wanted) => !asked.isForced && findFresh(core, each) !== undefined
  if (!wanted.every(isKnown)) {
    usableTransaction(core)
    if (options.autoflush !== false) yield* autoflush(core)
    yield* loadMany(
      core,
      model,
      wanted.filter((each) => !isKnown(each)),
      asked,
    )
  }
  const found: (object | null)[] = []
  for (const each of wanted) {
    const here = each.kind === 'identity' ? core.identityMap.find(each.identity) : undefined
    found.push(each.kind === 'identity' ? (here?.object ?? null) : yield* load(core, model, each, asked))
  }
  return found
}

/** A known object that needs no reading. In a failed transaction a stale one cannot be read again. */
function findFresh(core: SessionCore, wanted: Wanted): EntityState | undefined {
  if (wanted.kind !== 'identity') return undefined
  const state = core.identityMap.find(wanted.identity)
  return state && !state.isStale && !isWhollyExpired(state) ? state : undefined
}

function isWhollyExpired({ model, expired }: EntityState): boolean {
  if (expired.size === 0) return false
  const others = model.scalars.filter(({ isKey }) => !isKey)
  return others.length > 0 && others.every(({ name }) => expired.has(name))
}

/** How rows are to be read. */
interface Reading {
  readonly include: object | undefined
  readonly lock: LockMode | null
  /** Read even what is known, unflushed changes included. */
  readonly isForced: boolean
}

function readingOf(core: SessionCore, model: Model, { include, withForUpdate, populateExisting }: GetOptions): Reading {
  const lock = checkLock(core, model, withForUpdate, include)
  return { include, lock, isForced: populateExisting === true || lock !== null }
}

function* load(core: SessionCore, model: Model, wanted: Wanted, reading: Reading): Steps<object | null> {
  const known = wanted.kind === 'identity' ? core.identityMap.find(wanted.identity) : undefined
  const row = yield* readOne(core, model, wanted, known, reading)
  if (!row) {
    if (known && !reading.lock?.skipLocked) becomeDeleted(core, known, core.transaction)
    yield* core.events.tell()
    return null
  }
  if (reading.lock) checkVersion(core, model, row)
  const object = loadRow(core, model, row, reading.isForced)
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
  if (!lock || !core.provider.rowLock) return yield* find(included)
  const found = wanted.kind === 'identity' ? null : yield* find({})
  const identity = wanted.kind === 'identity' ? wanted.identity : found && identityOf(model, found)
  if (!identity) return null
  if (!included.include) return yield* lockedRow(core, identity, lock)
  const [row] = yield* lockedRows(core, model, { where: keyValues(identity), ...included }, lock)
  return row ?? null
}

function* loadMany(core: SessionCore, model: Model, wanted: readonly Wanted[], reading: Reading): Steps<void> {
  const keys = wanted.flatMap((each) => (each.kind === 'identity' ? [each.identity] : []))
  if (keys.length === 0) return
  const known = keys.flatMap((identity) => core.identityMap.find(identity) ?? [])
  const include = includeOf(known[0], reading.include)
  const loaded = new Set<object>()
  for (const where of whereAmong(model, keys)) {
    const args = { where, ...include }
    const rows = reading.lock
      ? yield* lockedRows(core, model, args, reading.lock)
      : ((yield* query(core, { delegate: model.delegate, method: 'findMany', args: [args] })) as Row[])
    if (reading.lock) for (const row of rows) checkVersion(core, model, row)
    for (const object of loadRows(core, model, rows, reading.isForced)) loaded.add(object)
  }
  const isGone = (state: EntityState) => !loaded.has(state.object) && !reading.lock?.skipLocked
  for (const state of known) if (isGone(state)) becomeDeleted(core, state, core.transaction)
  yield* core.events.tell()
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
export function includeOf(state: EntityState | undefined, asked: object = {}): { include?: object } {
  const loaded = state ? [...state.related.keys()].map((name) => [name, true] as const) : []
  if (loaded.length === 0 && Object.keys(asked).length === 0) return {}
  return { include: { ...Object.fromEntries(loaded), ...asked } }
}

function checkOptions(core: SessionCore, given: unknown): GetOptions {
  core.refuseWhenClosed()
  checkOptionNames('get', given, ['include', 'populateExisting', 'withForUpdate', 'autoflush'])
  return given ?? {}
}

function bigintText(_: string, value: unknown): unknown {
  return typeof value === 'bigint' ? `${value}n` : value
}
