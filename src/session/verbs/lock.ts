import { ArgumentError, NotImplementedError } from '../../errors.js'
import type { SessionCore } from '../core.js'
import { isPlainObject } from '../objects/keys.js'
/** Checks `withForUpdate` and says whether a lock is asked for. SQLite locks the whole file, so there a read is enough. */
export function checkLock(core: SessionCore, lock: unknown): boolean {
  if (lock === undefined || lock === null || lock === false) return false
  if (lock !== true) checkMode(lock)
  if (core.models.provider === 'sqlite') return true
  throw new NotImplementedError(
    'withForUpdate is not available on this database yet: use session.$queryRaw`SELECT … FOR UPDATE`',
  )
}

function checkMode(lock: unknown): void {
  const names = isPlainObject(lock) ? Object.keys(lock) : []
  if (names.length > 0 && names.every((name) => ['nowait', 'skipLocked', 'read', 'of'].includes(name))) return
  throw new ArgumentError('withForUpdate takes true or an object of nowait, skipLocked, read, of')
}
