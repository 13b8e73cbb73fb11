import type { SessionTransaction } from './transaction.js'

/**
 * What a listener is given, by event; `S` is the session. Mirrors SQLAlchemy's SessionEvents.
 *
 * @example
 * ```ts
 * session.on('pendingToPersistent', ({ session, entity }) => console.log(inspect(entity).key))
 * ```
 */
export interface SessionEvents<S = unknown> extends LifecycleEvents<S> {
  /** Before a flush that has work; the listener may add, change and delete. `entities`: what `flush(entities)` was limited to. */
  beforeFlush: SessionPayload<S> & { readonly entities?: readonly object[] }
  /** The rows are written; `new`, `dirty` and `deleted` still show them. */
  afterFlush: SessionPayload<S>
  /** After `afterFlush`, with `new`, `dirty` and `deleted` clear. What is added here waits for the next flush. */
  afterFlushPostexec: SessionPayload<S>
  /** Before a COMMIT or the release of a savepoint; the flush comes after it, so that the listener may add, change and delete. */
  beforeCommit: TransactionPayload<S>
  /** Committed; values are still loaded, queries are refused. */
  afterCommit: TransactionPayload<S>
  /** The database has rolled back; queries are refused. */
  afterRollback: TransactionPayload<S>
  /** A rollback of any kind is over; the session may query. */
  afterSoftRollback: TransactionPayload<S>
  /** BEGIN has gone out. */
  afterBegin: TransactionPayload<S>
  /** A transaction or savepoint was opened, BEGIN or SAVEPOINT may not have gone out. */
  afterTransactionCreate: TransactionPayload<S>
  /** A transaction or savepoint is over, however it ended. */
  afterTransactionEnd: TransactionPayload<S>
  /** Before an object joins the session. */
  beforeAttach: EntityPayload<S>
  /** An object has joined the session. */
  afterAttach: EntityPayload<S>
  /** Before a statement runs. The listener may set another `statement`, or return a Result to be given instead. */
  doExecute: SessionPayload<S> & { statement: object; params?: object | readonly object[] }
  /** Something was done that is likely a mistake. */
  warning: SessionPayload<S> & { readonly message: string; readonly entity?: object; readonly error?: unknown }
}

/** The name of an event of a session. */
export type SessionEvent = keyof SessionEvents

/** Changes of an object's state, told after the change, once per object. */
interface LifecycleEvents<S> {
  /** By `add`, or because another object led to it. */
  transientToPending: EntityPayload<S>
  /** Its row was inserted. */
  pendingToPersistent: EntityPayload<S>
  /** Expunged before its INSERT, or its INSERT was rolled back. */
  pendingToTransient: EntityPayload<S>
  /** A row was read that was not here yet. */
  loadedAsPersistent: EntityPayload<S>
  /** Its row was deleted, in a transaction that may still be rolled back. */
  persistentToDeleted: EntityPayload<S>
  /** Expunged, or its session was closed. */
  persistentToDetached: EntityPayload<S>
  /** The INSERT of its row was rolled back. */
  persistentToTransient: EntityPayload<S>
  /** The deletion of its row was rolled back. */
  deletedToPersistent: EntityPayload<S>
  /** The deletion of its row was committed. */
  deletedToDetached: EntityPayload<S>
  /** A detached object was added again. */
  detachedToPersistent: EntityPayload<S>
}

interface SessionPayload<S> {
  readonly session: S
}

interface EntityPayload<S> extends SessionPayload<S> {
  readonly entity: object
}

interface TransactionPayload<S> extends SessionPayload<S> {
  readonly transaction: SessionTransaction
}
