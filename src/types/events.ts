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
  afterTransactionEnd: TransactionPayload<S>
  /** Before an object joins the session. */
  beforeAttach: EntityPayload<S>
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
  transientToPending: EntityPayload<S>
  pendingToPersistent: EntityPayload<S>
  pendingToTransient: EntityPayload<S>
  loadedAsPersistent: EntityPayload<S>
  persistentToDeleted: EntityPayload<S>
  persistentToDetached: EntityPayload<S>
  persistentToTransient: EntityPayload<S>
  deletedToPersistent: EntityPayload<S>
  deletedToDetached: EntityPayload<S>
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
