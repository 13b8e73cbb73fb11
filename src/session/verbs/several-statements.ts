import type { PrismaCall } from '../../driver/effects.js'
import type { Model } from '../../model/model.js'
import { modelsByDelegate } from '../../model/models-by-delegate.js'
import type { SessionCore } from '../core.js'
import { isPlainObject } from '../objects/keys.js'
import { isWrite } from '../objects/stale.js'
/**
 * Whether Prisma carries a write out by several statements, so that one may have written when the next one fails. On a
 * client it is a transaction of its own, inside one of ours it needs a savepoint.
 */
export function takesSeveralStatements(core: SessionCore, { delegate, method, args }: PrismaCall): boolean {
  if (delegate === null || !isWrite(method)) return false
  const model = modelsByDelegate(core.models).get(delegate)
  if (!model) return false
  // What foreign keys would do, Prisma does by itself before or after.
  if (core.emulatesRelations && model.referrers.length > 0 && !method.startsWith('create')) return true
  const given = args[0]
  if (!isPlainObject(given)) return false
  return [given.data, given.create, given.update].some((data) => namesRelation(model, data)) || isLong(core, given)
}

function namesRelation(model: Model, data: unknown): boolean {
  if (Array.isArray(data)) return data.some((each) => namesRelation(model, each))
  if (!isPlainObject(data)) return false
  return model.relations.some(({ name }) => data[name] !== undefined)
}

/** More values than one statement binds are split. */
function isLong({ provider }: SessionCore, args: unknown): boolean {
  let left = provider.bindLimit
  const count = (value: unknown): boolean => {
    if (Array.isArray(value)) return value.some(count)
    if (isPlainObject(value)) return Object.values(value).some(count)
    left--
    return left < 0
  }
  return count(args)
}
