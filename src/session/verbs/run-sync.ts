import { callUser, connection, type Steps } from '../../driver/effects.js'
import type { SessionCore } from '../core.js'
import { flush } from '../flush/flush.js'
import { staleAll } from '../objects/stale.js'
import { callbackTimeout, transactionOnWire, usableTransaction } from '../transaction/in-transaction.js'
import { inSavepoint } from '../transaction/note-failure.js'
import { getMany } from './get-many.js'
/** Runs a synchronous function elsewhere, over the transaction's client, in the session's transaction, all or nothing. Mirrors `AsyncSession.run_sync()`. */
export function* runSync(core: SessionCore, run: (client: object) => unknown): Steps<unknown> {
  usableTransaction(core)
  yield* flush(core)
  yield* transactionOnWire(core)
  const ran = yield* inSavepoint(core, ranElsewhere(core, run))
  if (ran.hasWritten) {
    if (core.transaction) Object.assign(core.transaction, { hasOtherWrites: true, hasOtherRows: true })
    if (core.transaction) core.transaction.root.hasRawSql = true
    staleAll(core)
  }
  return ran.assemble(yield* ownObjects(core, ran.entities))
}

function* ranElsewhere(core: SessionCore, run: (client: object) => unknown): Steps<RanElsewhere> {
  const client = (yield* connection()) as object
  const timeout = core.transaction ? callbackTimeout(core, core.transaction.root) : undefined
  return (yield* callUser('callback', () => run(client), timeout)) as RanElsewhere
}

export interface RanElsewhere {
  readonly hasWritten: boolean
  /** The objects in the function's value, by what they are known by here and there. */
  readonly entities: readonly EntityKey[]
  /** The function's value, with this session's objects in the places of `entities`. */
  assemble(objects: readonly (object | null)[]): unknown
}

export interface EntityKey {
  readonly model: string
  readonly key: readonly unknown[]
}

function* ownObjects(core: SessionCore, entities: readonly EntityKey[]): Steps<(object | null)[]> {
  const found: (object | null)[] = new Array(entities.length).fill(null)
  for (const model of new Set(entities.map((each) => each.model))) {
    const places = [...entities.keys()].filter((place) => entities[place]?.model === model)
    const keys = places.map((place) => entities[place]?.key)
    for (const [index, object] of (yield* getMany(core, model, keys)).entries()) found[places[index] as number] = object
  }
  return found
}
