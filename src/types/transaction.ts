import type { DisposableIn, Io, Mode } from './mode.js'

/**
 * One level of a session's transaction: the root or a savepoint. Leaving a `using` block rolls it back unless it has ended.
 * Mirrors SQLAlchemy's SessionTransaction.
 *
 * @example
 * ```ts
 * await using savepoint = await session.beginNested()
 * session.add('User', { name: 'Ada' })
 * await savepoint.commit() // without it, the end of the block undoes the work
 * ```
 */
export type SessionTransaction<M extends Mode = Mode> = TransactionHandle<M> & DisposableIn<M>

interface TransactionHandle<M extends Mode> {
  /** Whether work can go on in it: it has not failed and has not ended. */
  readonly isActive: boolean
  /** Whether this is a savepoint. */
  readonly nested: boolean
  /** The level around it; null for the root. */
  readonly parent: SessionTransaction<M> | null
  /**
   * Flushes, then commits the root or releases the savepoint; savepoints still open inside it go first.
   * @throws ResourceClosedError when it has ended; what the flush throws.
   */
  commit(): Io<M, void>
  /**
   * Undoes what was done since this level began.
   * @throws ResourceClosedError when it has ended.
   */
  rollback(): Io<M, void>
}
