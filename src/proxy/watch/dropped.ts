import type { Unit } from '../unit.js'
import { warnOfUnfinished } from './mistakes.js'
import { atExit, warnProcess } from './process-warning.js'
/**
 * A session that its program has dropped without closing rolls back once it is collected: best effort, so that it does
 * not keep a connection for ever. Its objects count as detached.
 */
export function watchForDrop(face: object, unit: Unit): void {
  if (!isListening) atExit(() => warnOfUnfinished(units))
  isListening = true
  units.add(unit)
  registry.register(face, unit)
}

/** Of the sessions that are not collected yet. */
const units = new Set<Unit>()

let isListening = false

const registry = new FinalizationRegistry<Unit>((unit) => {
  const { core, driver, held } = unit
  units.delete(unit)
  core.isAbandoned = true
  const wasOpen = core.transaction?.isOnWire ?? false
  core.transaction = null
  if (!wasOpen) return
  held.release()
  driver.abandon()
  warnProcess(
    'dropped',
    'a session was dropped with an open transaction, which is rolled back: close() sessions, or use `await using`',
  )
})
