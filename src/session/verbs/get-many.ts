import type { Steps } from '../../driver/effects.js'
import { ArgumentError } from '../../errors.js'
import type { Model, ScalarField } from '../../model/model.js'
import { keyText, valueKey } from '../../model/values.js'
import type { SessionCore } from '../core.js'
import { autoflush } from '../flush/flush.js'
import { readKey, type Wanted, whereAmong } from '../objects/keys.js'
import { becomeDeleted } from '../objects/lifecycle.js'
import { loadRows, type Row } from '../objects/load.js'
import type { Identity } from '../objects/state.js'
import { lockedRows } from '../statements/locked-rows.js'
import { usableTransaction } from '../transaction/in-transaction.js'
import { checkOptions, checkVersion, findFresh, includeOf, load, type Reading, readingOf } from './get.js'
import { query } from './query.js'

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
  const options = checkOptions(core, model, given)
  const asked = readingOf(core, model, options)
  const isKnown = (each: Wanted) => !asked.isForced && findFresh(core, each, asked.include) !== undefined
  let loaded: ReadonlyMap<string, object> = new Map()
  if (!wanted.every(isKnown)) {
    usableTransaction(core)
    if (options.autoflush !== false) yield* autoflush(core)
    loaded = yield* loadMany(
      core,
      model,
      wanted.filter((each) => !isKnown(each)),
      asked,
    )
  }
  const byUnique = yield* loadByUniques(core, model, wanted, asked)
  const found: (object | null)[] = []
  for (const each of wanted) {
    if (each.kind === 'identity')
      found.push(loaded.get(each.identity.text) ?? core.identityMap.find(each.identity)?.object ?? null)
    else found.push(byUnique.has(each) ? (byUnique.get(each) ?? null) : yield* load(core, model, each, asked))
  }
  return found
}

/** Gives the objects by the texts of the keys that were asked for. */
export function* loadMany(
  core: SessionCore,
  model: Model,
  wanted: readonly Wanted[],
  reading: Reading,
): Steps<Map<string, object>> {
  const keys = wanted.flatMap((each) => (each.kind === 'identity' ? [each.identity] : []))
  const byKey = new Map<string, object>()
  if (keys.length === 0) return byKey
  const known = keys.flatMap((identity) => core.identityMap.find(identity) ?? [])
  const include = includeOf(known[0], reading.include)
  const asked = new Set(keys.map(({ text }) => text))
  let others = 0
  for (const where of whereAmong(model, keys)) {
    const args = { where, ...include }
    const all = reading.lock
      ? yield* lockedRows(core, model, args, reading.lock)
      : ((yield* query(core, { delegate: model.delegate, method: 'findMany', args: [args] })) as Row[])
    const rows = all.filter((row) => asked.has(keyText(model.keyFields, row)))
    others += all.length - rows.length
    if (reading.lock) for (const row of rows) checkVersion(core, model, row)
    for (const [index, object] of loadRows(core, model, rows, reading.isForced, include.include).entries())
      byKey.set(keyText(model.keyFields, rows[index] as Row), object)
  }
  yield* loadRest(core, model, keys, byKey, others > 0, reading)
  yield* core.events.tell()
  return byKey
}

/**
 * Keys of which no row has come: there is none, or the database takes another spelling for the same, as a collation or a
 * UUID allows. Those that may have such a row are asked for by themselves, so that the database says.
 */
function* loadRest(
  core: SessionCore,
  model: Model,
  keys: readonly Identity[],
  byKey: Map<string, object>,
  areOthers: boolean,
  reading: Reading,
): Steps<void> {
  const isAlias = aliases(model.keyFields, byKey.keys())
  for (const identity of keys) {
    if (byKey.has(identity.text)) continue
    if (areOthers || isAlias(identity.text)) {
      const object = yield* load(core, model, { kind: 'identity', identity }, reading)
      if (object) byKey.set(identity.text, object)
      continue
    }
    const state = core.identityMap.find(identity)
    if (state && !reading.lock?.skipLocked) becomeDeleted(core, state, core.transaction)
  }
}

/** Whether the database may take two texts for one key. */
export function isComparedLoosely({ provider }: SessionCore, { keyFields }: Model): boolean {
  const isLoose = ({ nativeType }: ScalarField) => !provider.exactText || looseTypes.has(nativeType)
  return keyFields.some((field) => field.type === 'String' && isLoose(field))
}

const looseTypes: ReadonlySet<string | null> = new Set(['Uuid', 'Citext', 'Char'])

/** Whether a text may be one of those found in another spelling: in other cases, accents, widths, or with spaces behind. */
function aliases(fields: readonly ScalarField[], found: Iterable<string>): (text: string) => boolean {
  if (!fields.some(({ type }) => type === 'String' || type === 'Enum')) return () => false
  let folded: Set<string> | undefined
  return (text) => {
    folded ??= new Set([...found].map(fold))
    return folded.has(fold(text))
  }
}

function fold(text: string): string {
  return text
    .normalize('NFKD')
    .replace(/[\p{M}\s]/gu, '')
    .toLowerCase()
}

/** Those of a unique field, by one query for each such field. Locks are taken row by row. */
function* loadByUniques(
  core: SessionCore,
  model: Model,
  wanted: readonly Wanted[],
  reading: Reading,
): Steps<Map<Wanted, object | undefined>> {
  const found = new Map<Wanted, object | undefined>()
  for (const field of model.scalars) {
    const named = wanted.filter((each) => isByField(each, field.name))
    if (named.length < 2 || reading.lock) continue
    const given = (each: Wanted) => (each as { where: Row }).where[field.name]
    const args = { where: { [field.name]: { in: named.map(given) } }, ...includeOf(undefined, reading.include) }
    const rows = (yield* query(core, { delegate: model.delegate, method: 'findMany', args: [args] })) as Row[]
    const objects = loadRows(core, model, rows, reading.isForced, reading.include)
    const byValue = new Map(rows.map((row, index) => [valueKey(field, row[field.name]), objects[index]]))
    const texts = new Set(named.map((each) => valueKey(field, given(each))))
    // Where the database takes two spellings for one value, those that are left are asked for by themselves.
    const areExact = [...byValue.keys()].every((text) => texts.has(text))
    const isAlias = aliases([field], byValue.keys())
    for (const each of named) {
      const text = valueKey(field, given(each))
      const object = byValue.get(text)
      if (object || (areExact && !isAlias(text))) found.set(each, object)
    }
  }
  yield* core.events.tell()
  return found
}

/** `{ email }`, with a plain value. */
function isByField(wanted: Wanted, name: string): boolean {
  if (wanted.kind === 'identity' || Object.keys(wanted.where).length !== 1) return false
  const value = wanted.where[name]
  return value !== undefined && value !== null && (typeof value !== 'object' || value instanceof Date)
}
