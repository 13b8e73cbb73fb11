import type { TransactionClient } from './forwarded.js'
import type { Io, Mode } from './mode.js'
import type { TransactionOptions } from './options.js'
import type { SessionTransaction } from './transaction.js'

/** The verbs that begin, end and write. A promise in async mode, a value in sync mode. */
export interface TransactionVerbs<C, M extends Mode> {
  /**
   * Begins a transaction to be ended by hand. BEGIN goes out with the first operation. Mirrors SQLAlchemy's `Session.begin`.
   *
   * @param options Prisma's; times in milliseconds. `nested: true` is `beginNested`.
   * @throws InvalidRequestError when a transaction has begun, by the first use too.
   * @example
   * ```ts
   * await using tx = await session.begin({ isolationLevel: 'Serializable' })
   * session.add('User', { name: 'Ada' })
   * await tx.commit()
   * ```
   */
  begin(options?: TransactionOptions & { nested?: boolean }): Io<M, SessionTransaction<M>>
  /**
   * Runs `fn` in a transaction: commits when it returns, rolls back when it throws.
   *
   * @returns What `fn` returns.
   * @throws InvalidRequestError when a transaction has begun; else what `fn` throws.
   * @example
   * ```ts
   * await session.begin(async (session) => { session.add('User', { name: 'Ada' }) })
   * ```
   */
  begin<T>(fn: (session: this) => T, options?: TransactionOptions): Io<M, Awaited<T>>
  /**
   * Flushes, then sets a savepoint. Mirrors SQLAlchemy's `Session.begin_nested`.
   *
   * @throws NotImplementedError when the database has no savepoints; what the flush throws.
   * @example
   * ```ts
   * await using savepoint = await session.beginNested()
   * await savepoint.commit()
   * ```
   */
  beginNested(): Io<M, SessionTransaction<M>>
  /**
   * Runs `fn` in a transaction and commits when it returns: everything in it, work pending before included. Inside an explicit
   * transaction it is a savepoint. `tx.rollback()` ends it without a throw. Mirrors Prisma's `$transaction(fn)`.
   *
   * @param options Times in milliseconds.
   * @returns What `fn` returns.
   * @throws What `fn` throws, after the rollback.
   * @example
   * ```ts
   * const user = await session.transaction((session) => session.add('User', { name: 'Ada' }))
   * ```
   */
  transaction<T>(fn: (session: this, tx: SessionTransaction<M>) => T, options?: TransactionOptions): Io<M, Awaited<T>>
  /**
   * Flushes and commits, through all open savepoints. Loaded objects become stale, or what `expireOnCommit` says.
   * Mirrors SQLAlchemy's `Session.commit`.
   *
   * @throws What the flush throws, Prisma's errors unchanged; PendingRollbackError after a failed flush.
   * @example
   * ```ts
   * session.add('User', { name: 'Ada' })
   * await session.commit()
   * ```
   */
  commit(): Io<M, void>
  /**
   * Rolls everything back: new objects are transient again, deleted ones persistent, changed ones have the database's values.
   * Without a transaction nothing happens. Mirrors SQLAlchemy's `Session.rollback`.
   *
   * @example
   * ```ts
   * try { await session.commit() } catch { await session.rollback() }
   * ```
   */
  rollback(): Io<M, void>
  /**
   * Writes pending work, parents before children; sends nothing when there is none. Mirrors SQLAlchemy's `Session.flush`.
   *
   * @param entities Write only these and what their foreign keys need.
   * @throws Prisma's errors unchanged; FlushError, StaleDataError, CircularDependencyError. The session then needs `rollback()`.
   * @example
   * ```ts
   * await session.flush()
   * ```
   */
  flush(entities?: readonly object[]): Io<M, void>
  /**
   * Rolls back and lets all objects go. The session can be used again unless `closeResetsOnly: false`; the client stays connected.
   * The end of a `using` block does it. A database that does not answer for `closeTimeout` milliseconds is not waited for: the
   * connection is given up. Mirrors SQLAlchemy's `Session.close`.
   *
   * @example
   * ```ts
   * await session.close()
   * ```
   */
  close(): Io<M, void>
  /**
   * As `close`, and never for good. Mirrors SQLAlchemy's `Session.reset`.
   *
   * @example
   * ```ts
   * await session.reset()
   * ```
   */
  reset(): Io<M, void>
  /**
   * As `close`, for a connection that may be broken. Mirrors SQLAlchemy's `Session.invalidate`.
   *
   * @example
   * ```ts
   * await session.invalidate()
   * ```
   */
  invalidate(): Io<M, void>
  /**
   * The Prisma client of the open transaction, which it begins. Does not flush. Mirrors SQLAlchemy's `Session.connection`.
   *
   * @throws PendingRollbackError after a failed flush.
   * @example
   * ```ts
   * const tx = await session.connection()
   * await tx.$executeRaw`SET LOCAL statement_timeout = 1000`
   * ```
   */
  connection(): Io<M, TransactionClient<C, M>>
}
