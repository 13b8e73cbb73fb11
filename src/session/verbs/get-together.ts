import type { Outcome, PrismaCall, Steps } from '../../driver/effects.js'
import type { Model } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import { autoflush } from '../flush/flush.js'
import { readKey, type Wanted } from '../objects/keys.js'
import { loadRow, type Row } from '../objects/load.js'
import { type Identity, keyValues } from '../objects/state.js'
import { usableTransaction } from '../transaction/in-transaction.js'
import { checkOptions, findFresh, get, missing, plainReading, readingOf, whereOf } from './get.js'
import { isComparedLoosely, loadMany } from './get-many.js'
import { outcomesOf, transactionFor } from './query.js'
/** A call of `get` or `getOne`. */
export interface GetCall {
  readonly model: unknown
  readonly key: unknown
  readonly options: unknown
  readonly isOne: boolean
  /** As of PrismaCall. */
  readonly within?: PrismaCall['within']
}

/** What is known of a call after `readTogether`: nothing where it has to be read by itself. */
export type ReadTogether = ReadonlyMap<GetCall, Outcome>

/** The object of one call, from what was read together where it was. */
export function* getRead(core: SessionCore, call: GetCall, together: ReadTogether): Steps<object | null> {
  const { model, key, options, isOne } = call
  const read = together.get(call)
  if (read && !read.ok) throw read.error
  const value = (read ? read.value : yield* get(core, model, key, options)) as object | null
  if (isOne && !value) throw missing(model, key)
  return value
}

/** Of calls that stand next to each other in the queue: reads rows of one model that nobody knows yet by one query. */
export function* readTogether(core: SessionCore, calls: readonly GetCall[]): Steps<ReadTogether> {
  const read = new Map<GetCall, Outcome>()
  const groups = new Map<Model, Map<GetCall, Identity>>()
  for (const call of calls) {
    const identity = unknownRow(core, call)
    if (!identity) continue
    const group = groups.get(identity.model) ?? new Map<GetCall, Identity>()
    groups.set(identity.model, group.set(call, identity))
  }
  for (const [model, group] of groups) {
    if (group.size < 2) continue
    usableTransaction(core)
    yield* autoflush(core)
    yield* core.hasQueryHooks ? readEach(core, model, group, read) : readAll(core, model, group, read)
  }
  return read
}

type Group = ReadonlyMap<GetCall, Identity>

function* readAll(core: SessionCore, model: Model, group: Group, read: Map<GetCall, Outcome>): Steps<void> {
  const wanted = [...group.values()].map((identity): Wanted => ({ kind: 'identity', identity }))
  const loaded = yield* loadMany(core, model, wanted, plainReading)
  for (const [call, identity] of group) read.set(call, { ok: true, value: loaded.get(identity.text) ?? null })
}

/**
 * Query extensions see each read, in the context of who asked for it. Prisma makes one query of them, and tells their rows
 * apart by text: a row that is not among them may be there in another spelling, and is asked for by itself.
 */
function* readEach(core: SessionCore, model: Model, group: Group, read: Map<GetCall, Outcome>): Steps<void> {
  const calls = [...group].map(([{ within }, identity]) => ({
    ...(within && { within }),
    delegate: model.delegate,
    method: 'findUnique',
    args: [{ where: whereOf(model, keyValues(identity)) }],
  }))
  yield* transactionFor(core, calls)
  const outcomes = yield* outcomesOf(core, calls)
  const isLoose = isComparedLoosely(core, model)
  for (const [index, call] of [...group.keys()].entries()) {
    const outcome = outcomes[index] as Outcome
    if (outcome.ok && !outcome.value && isLoose) continue
    const isRow = outcome.ok && outcome.value
    read.set(call, isRow ? { ok: true, value: loadRow(core, model, outcome.value as Row) } : outcome)
  }
  yield* core.events.tell()
}

/** The key of a plain call for a row that the session does not hold. What is wrong with a call it says in its own turn. */
function unknownRow(core: SessionCore, { model: name, key, options }: GetCall): Identity | undefined {
  if (options !== undefined || core.transaction?.status === 'inactive') return undefined
  try {
    const wanted = readKey(core.model(name), key)
    return wanted.kind === 'identity' && !core.identityMap.find(wanted.identity) ? wanted.identity : undefined
  } catch {
    return undefined
  }
}

/** The object, when it is known and needs no reading. */
export function getKnown(core: SessionCore, { model: name, key, options }: GetCall): object | undefined {
  const model = core.model(name)
  const wanted = readKey(model, key)
  const { isForced, include } = readingOf(core, model, checkOptions(core, model, options))
  return isForced ? undefined : findFresh(core, wanted, include)?.object
}
