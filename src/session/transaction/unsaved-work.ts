import type { SessionCore } from '../core.js'
import { changedStates } from '../objects/changes.js'
import type { EntityState } from '../objects/state.js'
/** Describes the work that is lost when the session ends now: `2 new (User, Post), 1 changed (User)`. Null when there is none. */
export function unsavedWork(core: SessionCore): string | null {
  const { transaction } = core
  if (core.isAbandoned || transaction?.status === 'inactive') return null
  const parts = [
    counted('new', [...core.pending]),
    counted('changed', changedStates(core)),
    counted('deleted', [...core.marked]),
    counted('flushed', flushedStates(core)),
  ].filter((part) => part !== null)
  if (parts.length === 0 && hasOtherRows(core)) return 'rows written by statements'
  return parts.length > 0 ? parts.join(', ') : null
}

function flushedStates({ transaction }: SessionCore): EntityState[] {
  const found = new Set<EntityState>()
  for (let level = transaction; level; level = level.parent)
    if (level.hasFlushed)
      for (const state of [...level.added, ...level.removed, ...level.before.keys()]) found.add(state)
  return [...found]
}

function hasOtherRows({ transaction }: SessionCore): boolean {
  for (let level = transaction; level; level = level.parent) if (level.hasOtherRows) return true
  return false
}

function counted(what: string, states: readonly EntityState[]): string | null {
  if (states.length === 0) return null
  return `${states.length} ${what} (${[...new Set(states.map(({ model }) => model.name))].join(', ')})`
}
