import { ArgumentError } from '../../errors.js'
import type { Model } from '../../model/model.js'
import { keptValue } from '../../model/values.js'
import type { SessionCore } from '../core.js'
import { readKey } from '../objects/keys.js'
import { loadRow, type Row } from '../objects/load.js'
import { type EntityState, type Identity, identityOf, stateOf } from '../objects/state.js'
import { startInMemory } from '../transaction/in-transaction.js'
/**
 * The object of a row by its key, without a query: everything but the key is expired, and read by the next load. Nothing
 * asks whether the row exists. A new object with that key is the row's.
 */
export function ref(core: SessionCore, modelName: unknown, key: unknown): object {
  const model = core.model(modelName)
  const wanted = readKey(model, key, 'ref')
  if (wanted.kind !== 'identity')
    throw new ArgumentError(
      `ref() needs the primary key of a ${model.name} (${model.key.join(', ')}), not another unique value: use get() with that`,
    )
  core.refuseWhenClosed()
  const row = keyAsLoaded(core, model, wanted.identity)
  const identity = identityOf(model, row) ?? wanted.identity
  const known = core.identityMap.find(identity) ?? core.pending.find(identity)
  if (known) return known.object
  startInMemory(core)
  const object = loadRow(core, model, row)
  const state = stateOf(object) as EntityState
  state.isStale = true
  core.events.tellNow()
  return object
}

/** The key in the types that Prisma returns, and nobody else's to change. */
function keyAsLoaded(core: SessionCore, model: Model, { values }: Identity): Row {
  const row: Row = {}
  for (const [index, field] of model.keyFields.entries())
    row[field.name] = keptValue(field, core.asLoaded(field, values[index]))
  return row
}
