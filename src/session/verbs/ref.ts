import { ArgumentError } from '../../errors.js'
import type { SessionCore } from '../core.js'
import { readKey } from '../objects/keys.js'
import { loadRow } from '../objects/load.js'
import { keyValues } from '../objects/state.js'
import { startInMemory } from '../transaction/in-transaction.js'
/** The object of a row by its key, without a query: everything but the key is expired. Nothing asks whether the row exists. */
export function ref(core: SessionCore, modelName: unknown, key: unknown): object {
  const model = core.model(modelName)
  const wanted = readKey(model, key)
  if (wanted.kind !== 'identity')
    throw new ArgumentError(
      `ref() needs the primary key of a ${model.name} (${model.key.join(', ')}), not another unique value: use get() with that`,
    )
  core.refuseWhenClosed()
  const known = core.identityMap.find(wanted.identity)
  if (known) return known.object
  startInMemory(core)
  const object = loadRow(core, model, keyValues(wanted.identity))
  core.events.tellNow()
  return object
}
