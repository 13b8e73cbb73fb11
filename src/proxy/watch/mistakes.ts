import type { Steps } from '../../driver/effects.js'
import type { Mistake, SessionCore } from '../../session/core.js'
import { isChanged } from '../../session/objects/changes.js'
import { type EntityState, stateOf, wasMerged } from '../../session/objects/state.js'
import { unsavedWork } from '../../session/transaction/unsaved-work.js'
import type { Unit } from '../unit.js'
import { warnProcess, warnsOfMistakes } from './process-warning.js'
/** Ends a session, and watches for changes of its objects that come too late to be written. */
export function* ending({ core }: Unit, end: Steps<void>): Steps<void> {
  const objects = isWatched(core) ? unchangedObjects(core) : []
  yield* end
  if (objects.length > 0) watchForLateChanges(core, objects)
}

/** The same where a block ends as it should: what was not committed by then was forgotten, or needs a rollback() to say so. */
export function* leaving(unit: Unit, end: Steps<void>): Steps<void> {
  const lost = isWatched(unit.core) ? unsavedWork(unit.core) : null
  yield* ending(unit, end)
  if (lost === null || !isNews(unit.core, 'unsaved')) return
  if (warnsOfMistakes()) warnProcess('unsaved', forgotten(lost))
  yield* unit.core.events.emit('warning', { message: forgotten(lost) })
}

/** Tells the listeners of the session, once for each kind, and outside production the process. */
export function warnOfMistake(core: SessionCore, kind: Mistake, message: string): void {
  if (!isNews(core, kind)) return
  core.events.announce('warning', { message })
  if (warnsOfMistakes()) warnProcess(kind, message)
}

/** At the end of the process: sessions that are open still, and changes that were not looked for yet. */
export function warnOfUnfinished(units: Iterable<Unit>): void {
  for (const check of [...waiting]) check()
  for (const { core } of units) {
    const lost = isWatched(core) ? unsavedWork(core) : null
    if (lost !== null) warnOfMistake(core, 'unsaved', forgotten(lost))
  }
}

function isNews({ mistakes }: SessionCore, kind: Mistake): boolean {
  const isFirst = !mistakes.has(kind)
  mistakes.add(kind)
  return isFirst
}

function isWatched({ events }: SessionCore): boolean {
  return warnsOfMistakes() || events.has('warning')
}

function forgotten(lost: string): string {
  return `A session ended with work that was not committed: ${lost}. Call commit() before it ends, or rollback() to discard the work.`
}

const mostWatched = 100

function unchangedObjects({ identityMap }: SessionCore): WeakRef<object>[] {
  const found: WeakRef<object>[] = []
  for (const state of identityMap.states()) {
    if (found.length === mostWatched) break
    if (!isChanged(state)) found.push(new WeakRef(state.object))
  }
  return found
}

const lateAfter = 1000

/** Changes of plain objects cannot be heard: they are looked for once, a moment later. */
function watchForLateChanges(core: SessionCore, objects: readonly WeakRef<object>[]): void {
  const check = () => {
    clearTimeout(timer)
    waiting.delete(check)
    for (const each of objects) {
      const state = stateOf(each.deref())
      if (!state || !isLateChange(state)) continue
      warnOfMistake(
        core,
        'lateChange',
        `${state.label} was changed after its session ended: the change is not written. Change it before close(), or take it into a session with add() or merge().`,
      )
      return
    }
  }
  const timer = setTimeout(check, lateAfter)
  timer.unref()
  waiting.add(check)
}

const waiting = new Set<() => void>()

function isLateChange(state: EntityState): boolean {
  const isLeft = state.session === null && state.lifecycle === 'detached' && !state.wasDeleted
  return isLeft && isChanged(state) && !wasMerged(state.object)
}
