import type { Extending } from './extends.js'
import type { ModelName } from './models.js'
import type { StreamOptions } from './options.js'
import type { AsyncResult, AsyncScalarResult } from './result.js'
import type { SyncSession } from './session.js'
import type { CheckOf, OtherStatement, RowOf, StatementFor, StatementKind, ValueOf } from './statements.js'
import type { SessionVerbs } from './verbs.js'

/** What an asynchronous session has. */
export interface AsyncVerbs<C> extends SessionVerbs<C, 'async'>, AsyncDisposable {
  readonly isAsync: true
  getBind(): C
  /**
   * Runs a select page by page, in bounded memory: by key in the statement's own order; raw SQL by a cursor on PostgreSQL.
   * Mirrors SQLAlchemy's `AsyncSession.stream`.
   *
   * @param options `yieldPer`: rows to a page, default 1000. `track: false`: plain objects. `signal`: ends the stream.
   * @throws NotImplementedError for raw SQL where the database has no cursors; ArgumentError on a plain string.
   * @example
   * ```ts
   * for await (const row of await session.stream(select('User', { select: { name: true } }))) console.log(row.name)
   * ```
   */
  stream<
    K extends StatementKind,
    N extends ModelName<C> & string,
    A,
    Checked extends CheckOf<C, K, N, A>,
    S extends OtherStatement,
  >(
    statement: StatementFor<C, K, N, A, Checked, S>,
    options?: StreamOptions,
  ): Promise<AsyncResult<RowOf<C, K, N, A, S>, ValueOf<C, K, N, A, S>>>
  /**
   * `stream` for the first column: of an entity select, the entities. Mirrors SQLAlchemy's `AsyncSession.stream_scalars`.
   *
   * @throws As `stream`.
   * @example
   * ```ts
   * for await (const user of await session.streamScalars(select('User'))) console.log(user.name)
   * ```
   */
  streamScalars<
    K extends StatementKind,
    N extends ModelName<C> & string,
    A,
    Checked extends CheckOf<C, K, N, A>,
    S extends OtherStatement,
  >(
    statement: StatementFor<C, K, N, A, Checked, S>,
    options?: StreamOptions,
  ): Promise<AsyncScalarResult<ValueOf<C, K, N, A, S>>>
  /**
   * Runs synchronous code in a worker, in this session's transaction, with a synchronous session of its own. Other calls wait.
   * A throw undoes what `fn` did. Mirrors SQLAlchemy's `AsyncSession.run_sync`.
   *
   * @param fn Self-contained: its source travels, outer variables do not; or a module's export.
   * @param args Values that can be cloned; entities travel by key and changes.
   * @returns What `fn` returns; entities come back as this session's own.
   * @throws What `fn` throws; ArgumentError when it uses an outer variable.
   * @example
   * ```ts
   * const count = await session.runSync((session, kind) => session.user.count({ where: { kind } }), 'plain')
   * ```
   */
  runSync<R, A extends readonly unknown[]>(
    fn: ((session: SyncSession<C>, ...args: A) => R) | ModuleFunction,
    ...args: A
  ): Promise<R>
  /**
   * `close()`. Mirrors SQLAlchemy's `AsyncSession.aclose`.
   *
   * @example
   * ```ts
   * await session.aclose()
   * ```
   */
  aclose(): Promise<void>
  /**
   * A new session over the extended client, with a unit of work of its own. Prisma's `$extends`.
   *
   * @throws InvalidRequestError while a transaction is open.
   * @example
   * ```ts
   * const loud = session.$extends({ model: { user: { shout: () => 'HEY' } } })
   * ```
   */
  $extends: Extending<C>
}

/** A function by its module and export. */
export interface ModuleFunction {
  readonly module: URL | string
  readonly name: string
}
