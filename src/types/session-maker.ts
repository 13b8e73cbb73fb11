import type { DisposableIn, Io, Mode } from './mode.js'
import type { SessionOptions, TransactionOptions } from './options.js'
import type { AsyncSession, Session, SyncSession } from './session.js'

/**
 * Makes sessions with the same client and options. Mirrors SQLAlchemy's `sessionmaker`.
 *
 * @example
 * ```ts
 * const makeSession = sessionMaker(prisma)
 * await using session = makeSession({ autoflush: false })
 * ```
 */
export interface SessionMaker<C, M extends Mode = Mode> {
  /** A session of its own; `options` go over the maker's. */
  (options?: SessionOptions): SessionIn<C, M>
  /**
   * Runs `fn` with a session: commits when it returns, rolls back when it throws, closes in any case.
   * Mirrors SQLAlchemy's `sessionmaker.begin`.
   *
   * @param options Times in milliseconds. `retry`: how often to run `fn` again, with a new session, after a conflict of transactions;
   * `delay` between, in milliseconds; `verify`: tells, with a new session, whether the work was committed whose COMMIT got no answer.
   * Without it such work is not run again.
   * @returns What `fn` returns.
   * @throws What `fn` or the commit throws.
   * @example
   * ```ts
   * await makeSession.begin((session) => session.add('User', { name: 'Ada' }), { retry: 3 })
   * ```
   */
  begin<T>(
    fn: (session: SessionIn<C, M>) => T,
    options?: TransactionOptions & { retry?: number | Retry<C, M> },
  ): Io<M, Awaited<T>>
  /**
   * Runs `fn` with a session and closes it at the end, without a commit. Mirrors SQLAlchemy's `with Session() as session`.
   *
   * @returns What `fn` returns.
   * @example
   * ```ts
   * const count = await makeSession.with((session) => session.user.count())
   * ```
   */
  with<T>(fn: (session: SessionIn<C, M>) => T): Io<M, Awaited<T>>
}

/** When `maker.begin` runs its work again. */
export interface Retry<C, M extends Mode = Mode> {
  /** How often at most, after the first run; 0 by default. */
  times?: number
  /** Milliseconds before the second run, at most; doubled each time. 20 by default. */
  delay?: number
  /** Whether the rows of the last run are there, after a COMMIT that got no answer (CommitUnknownError). */
  verify?: (session: SessionIn<C, M>) => boolean | PromiseLike<boolean>
}

/** The session of a mode; where it is open, one that `await using` takes. */
export type SessionIn<C, M extends Mode> = [Mode] extends [M]
  ? Session<C> & DisposableIn<Mode>
  : M extends 'async'
    ? AsyncSession<C>
    : SyncSession<C>
