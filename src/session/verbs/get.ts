import type { Steps } from '../../driver/effects.js'
import { ArgumentError, NoResultFoundError } from '../../errors.js'
import type { Model } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import { autoflush } from '../flush/flush.js'
import { checkOptionNames, readKey, type Wanted, whereAmong } from '../objects/keys.js'
import { becomeDeleted } from '../objects/lifecycle.js'
import { loadRow, type Row } from '../objects/load.js'
import { type EntityState, keyValues } from '../objects/state.js'
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
  const isForced = options.populateExisting === true || checkLock(core, options.withForUpdate)
  const hit = isForced ? undefined : findFresh(core, wanted)
  if (hit) return hit.object
  usableTransaction(core)
  if (options.autoflush !== false) yield* autoflush(core)
  return yield* load(core, model, wanted, options, isForced)
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
  const isForced = options.populateExisting === true || checkLock(core, options.withForUpdate)
  const isKnown = (each: Wanted) => !isForced && findFresh(core, each) !== undefined
  if (!wanted.every(isKnown)) {
    usableTransaction(core)
    if (options.autoflush !== false) yield* autoflush(core)
    yield* loadMany(
      core,
      model,
      wanted.filter((each) => !isKnown(each)),
      options,
      isForced,
    )
  }
  const found: (object | null)[] = []
  for (const each of wanted) {
    const here = each.kind === 'identity' ? core.identityMap.find(each.identity) : undefined
    found.push(each.kind === 'identity' ? (here?.object ?? null) : yield* load(core, model, each, options, isForced))
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

function* load(
  core: SessionCore,
  model: Model,
  wanted: Wanted,
  options: GetOptions,
  isForced: boolean,
): Steps<object | null> {
  const known = wanted.kind === 'identity' ? core.identityMap.find(wanted.identity) : undefined
  const where = wanted.kind === 'identity' ? whereOf(model, keyValues(wanted.identity)) : wanted.where
  const include = includeOf(known, options.include)
  const row = (yield* query(core, {
    delegate: model.delegate,
    method: 'findUnique',
    args: [{ where, ...include }],
  })) as Row | null
  if (!row) {
    if (known) becomeDeleted(core, known, core.transaction)
    yield* core.events.tell()
    return null
  }
  const object = loadRow(core, model, row, isForced)
  yield* core.events.tell()
  return object
}

function* loadMany(
  core: SessionCore,
  model: Model,
  wanted: readonly Wanted[],
  options: GetOptions,
  isForced: boolean,
): Steps<void> {
  const keys = wanted.flatMap((each) => (each.kind === 'identity' ? [each.identity] : []))
  if (keys.length === 0) return
  const known = keys.flatMap((identity) => core.identityMap.find(identity) ?? [])
  const include = includeOf(known[0], options.include)
  const loaded = new Set<object>()
  for (const where of whereAmong(model, keys)) {
    const call = { delegate: model.delegate, method: 'findMany', args: [{ where, ...include }] }
    for (const row of (yield* query(core, call)) as Row[]) loaded.add(loadRow(core, model, row, isForced))
  }
  for (const state of known) if (!loaded.has(state.object)) becomeDeleted(core, state, core.transaction)
  yield* core.events.tell()
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
