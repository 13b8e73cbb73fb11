import { ArgumentError, NotImplementedError } from '../../errors.js'
import type { Model } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import { isPlainObject } from '../objects/keys.js'
import type { LockMode } from '../statements/locking-sql.js'
/**
 * Checks `withForUpdate`; null when no lock is asked for. SQLite has no row locks, it locks the whole file: there a
 * plain read is enough, as in SQLAlchemy. `of` names the model itself, or relations that are included.
 */
export function checkLock(core: SessionCore, model: Model, lock: unknown, include: unknown): LockMode | null {
  if (lock === undefined || lock === null || lock === false) return null
  const mode = lock === true ? {} : checkMode(lock)
  checkOf(model, mode.of, include)
  if (core.provider.rowLock || core.provider.name === 'sqlite') return mode
  throw new NotImplementedError(
    `withForUpdate is not available on ${core.provider.name}: use session.$queryRaw with the database's own locking clause`,
  )
}

function checkMode(lock: unknown): LockMode {
  const names = isPlainObject(lock) ? Object.keys(lock) : []
  if (names.length === 0 || !names.every((name) => name === 'of' || flags.includes(name)))
    throw new ArgumentError('withForUpdate takes true or an object of nowait, skipLocked, read, of')
  const mode = lock as Record<string, unknown>
  for (const flag of flags) {
    if (mode[flag] === undefined || typeof mode[flag] === 'boolean') continue
    throw new ArgumentError(`withForUpdate: ${flag} is true or false, not ${String(mode[flag])}`)
  }
  if (mode.nowait && mode.skipLocked)
    throw new ArgumentError('withForUpdate: nowait and skipLocked exclude each other, leave one out')
  return mode
}

const flags = ['nowait', 'skipLocked', 'read']

function checkOf(model: Model, of: unknown, include: unknown): void {
  if (of === undefined) return
  const included = isPlainObject(include) ? Object.keys(include).filter((name) => include[name]) : []
  const known = [model.name, ...included.filter((name) => model.fields.get(name)?.kind === 'relation')]
  if (Array.isArray(of) && of.length > 0 && of.every((name) => known.includes(name))) return
  throw new ArgumentError(
    `withForUpdate: of is a list of what to lock, here of ${known.join(', ')}: the model itself and relations in include`,
  )
}
