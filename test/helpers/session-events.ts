import type { SessionEvent } from '../../src/index.js'

/** Events of state changes. */
export const lifecycleEvents: readonly SessionEvent[] = [
  'transientToPending',
  'pendingToPersistent',
  'pendingToTransient',
  'loadedAsPersistent',
  'persistentToDeleted',
  'persistentToDetached',
  'persistentToTransient',
  'deletedToPersistent',
  'deletedToDetached',
  'detachedToPersistent',
]

/** All events but doExecute. */
export const sessionEvents: readonly SessionEvent[] = [
  'beforeFlush',
  'afterFlush',
  'afterFlushPostexec',
  'beforeCommit',
  'afterCommit',
  'afterRollback',
  'afterSoftRollback',
  'afterBegin',
  'afterTransactionCreate',
  'afterTransactionEnd',
  'beforeAttach',
  'afterAttach',
  'warning',
  ...lifecycleEvents,
]
