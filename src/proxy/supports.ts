import { clientOnly, prismaOperations } from '../driver/operations.js'
import { isRefusal } from '../driver/sync-client.js'
import { ArgumentError } from '../errors.js'
import { decide, matrix } from '../matrix/decide.js'
import type { Unit } from './unit.js'
/** Whether a verb, a method of Prisma's (`user.createManyAndReturn`, `$queryRaw`) or an ability of the database is there. */
export function supports(unit: Unit, name: unknown): boolean {
  if (typeof name !== 'string')
    throw new ArgumentError("supports() takes a name: 'stream', 'user.createManyAndReturn', 'savepoint'")
  if (decide(unit.decisions, name) === 'notImplemented') return false
  if (unit.isOfBlock && clientOnly.has(name)) return false
  if (name in matrix) return true
  const ability = Object.hasOwn(abilities, name) ? abilities[name] : undefined
  if (ability) return ability(unit)
  const [delegate = '', method, ...rest] = name.split('.')
  if (method !== undefined) return rest.length === 0 && supportsMethod(unit, delegate, method)
  return isClientMethod(unit, name) || isDelegate(unit, name)
}

const abilities: Readonly<Record<string, (unit: Unit) => boolean>> = {
  savepoint: () => true,
  returning: ({ driver }) => driver.provider.returning,
  rowLock: ({ driver }) => driver.provider.rowLock !== null,
  cursor: ({ driver }) => driver.provider.cursor,
}

const needReturning = new Set(['createManyAndReturn', 'updateManyAndReturn'])

function supportsMethod(unit: Unit, delegate: string, method: string): boolean {
  if (!isDelegate(unit, delegate) || (needReturning.has(method) && !unit.driver.provider.returning)) return false
  if (prismaOperations.has(method)) return true
  const own = (unit.driver.client as Record<string, Record<string, unknown>>)[delegate]
  return method !== 'findRaw' && method !== 'aggregateRaw' && typeof own?.[method] === 'function'
}

/** A method of the client's, and none that every object has. */
function isClientMethod({ driver }: Unit, name: string): boolean {
  const own = (driver.client as Record<string, unknown>)[name]
  return typeof own === 'function' && !(name in Object.prototype) && !isRefusal(own)
}

function isDelegate({ core }: Unit, name: string): boolean {
  return [...core.models.all()].some(({ delegate }) => delegate === name)
}
