import type { Outcome, Steps } from '../../driver/effects.js'
import type { Model } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import { autoflush } from '../flush/flush.js'
import { readKey, type Wanted } from '../objects/keys.js'
import type { Identity } from '../objects/state.js'
import { usableTransaction } from '../transaction/in-transaction.js'
import { checkOptions, findFresh, get, loadMany, missing, plainReading, readingOf } from './get.js'
/** A call of `get` or `getOne`. */
export interface GetCall {
  readonly model: unknown
  readonly key: unknown
  readonly options: unknown
  readonly isOne: boolean
}

/** Calls that stand next to each other in the queue: rows of one model that nobody knows yet are read by one query. */
export function* getTogether(core: SessionCore, calls: readonly GetCall[]): Steps<Outcome[]> {
  const read = yield* readTogether(core, calls)
  const outcomes: Outcome[] = []
  for (const call of calls) {
    const { model, key, options, isOne } = call
    try {
      const value = read.has(call) ? read.get(call) : yield* get(core, model, key, options)
      if (isOne && !value) throw missing(model, key)
      outcomes.push({ ok: true, value: value ?? null })
    } catch (error) {
      outcomes.push({ ok: false, error })
    }
  }
  return outcomes
}

/** What was read for those calls that could be read together. */
function* readTogether(core: SessionCore, calls: readonly GetCall[]): Steps<Map<GetCall, object | undefined>> {
  const found = new Map<GetCall, object | undefined>()
  const groups = new Map<Model, Map<GetCall, Identity>>()
  for (const call of calls.length > 1 ? calls : []) {
    const identity = unknownRow(core, call)
    if (!identity) continue
    const group = groups.get(identity.model) ?? new Map<GetCall, Identity>()
    groups.set(identity.model, group.set(call, identity))
  }
  for (const [model, group] of groups) {
    if (group.size < 2) continue
    usableTransaction(core)
    yield* autoflush(core)
    const wanted = [...group.values()].map((identity): Wanted => ({ kind: 'identity', identity }))
    const loaded = yield* loadMany(core, model, wanted, plainReading)
    for (const [call, identity] of group) found.set(call, loaded.get(identity.text))
  }
  return found
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
