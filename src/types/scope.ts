// biome-ignore-all lint/style/useShorthandFunctionType: an editor shows the comment of a call signature, not that of a function type

import type { AnyClient } from './client.js'
import type { Mode } from './mode.js'
import type { SessionOptions, TransactionOptions } from './options.js'
import type { SessionIn, SessionMaker } from './session-maker.js'
import type { SyncClientBrand } from './sync-client.js'

/** The type of `scopedSession`. */
export interface MakeScopedSession {
  /**
   * Request scope over AsyncLocalStorage: one session for everything that runs below `scope.run`. Mirrors SQLAlchemy's `scoped_session`.
   *
   * @param maker What `sessionMaker` gave; each scope has a session of its own from it.
   * @param options `outside`: what `scope.session` does outside a scope. `'refuse'`: its members throw InvalidRequestError.
   * `'autocommit'`: Prisma's own calls go to the client, each committed by itself, as with `autobegin: false`; the session's verbs throw.
   * @default 'refuse'
   * @throws ArgumentError when `maker` is none, and on unknown options.
   * @example
   * ```ts
   * const scope = scopedSession(sessionMaker(prisma))
   * await scope.run(async () => {
   *   scope.session.add('User', { name: 'Ada' })
   *   await scope.session.commit()
   * })
   * ```
   */
  <C, M extends Mode>(
    maker: SessionMaker<C, M>,
    options?: { readonly outside?: 'refuse' | 'autocommit' },
  ): ScopedSession<C, M>
}

/** The session of the current scope. */
export interface ScopedSession<C, M extends Mode = Mode> {
  /**
   * Stands for the current session: to be imported once and used everywhere. Outside a scope its members throw InvalidRequestError, and
   * so they do for what still runs when its scope has ended.
   *
   * @example
   * ```ts
   * const users = await scope.session.user.findMany() // in the current session's transaction
   * ```
   */
  readonly session: SessionIn<C, M>
  /** The current session itself. @throws InvalidRequestError outside a scope. */
  current(): SessionIn<C, M>
  /**
   * Runs `fn` with a session of its own, which is closed for good, and not committed, when what `fn` gives has settled: what is still
   * under way is waited for, what comes later is refused. Inside another scope it is a scope of its own too. Mirrors SQLAlchemy's `scoped_session.remove()` at the end of a request.
   *
   * @returns What `fn` gives.
   * @throws What `fn` throws; ArgumentError when it is no function.
   * @example
   * ```ts
   * const count = await scope.run(() => scope.session.user.count())
   * ```
   */
  run<T>(fn: () => T): Promise<Awaited<T>>
  /**
   * Runs `fn` in a transaction of the current session: commits when it returns, rolls back when it throws. Outside a scope it opens one.
   * Transactions side by side on one session wait for each other. The names are those of MikroORM and Spring.
   *
   * @param options Times in milliseconds. `propagation`, by the transaction that is open, which is one that `transaction()` or `begin()`
   * opened (what a first use began is taken over, as `session.transaction()` does):
   * `'required'` joins it, else begins one; `'nested'` is a savepoint in it, else begins one; `'requiresNew'` has a session and a
   * transaction of its own, on another connection; `'mandatory'` joins it, and throws where there is none; `'never'` throws where there is one.
   * @default 'required'
   * @returns What `fn` gives.
   * @throws What `fn` or the commit throws; InvalidRequestError by `'mandatory'` and `'never'`; ArgumentError on unknown options.
   * @example
   * ```ts
   * await scope.transaction(async () => {
   *   scope.session.add('User', { name: 'Ada' })
   *   await scope.transaction(() => scope.session.flush(), { propagation: 'nested' })
   * })
   * ```
   */
  transaction<T>(
    fn: () => T,
    options?: TransactionOptions & { propagation?: 'required' | 'requiresNew' | 'nested' | 'mandatory' | 'never' },
  ): Promise<Awaited<T>>
}

/** The type of `rollbackEach`. */
export interface RollbackEach {
  /** The same over a synchronous client; `before` and `after` are awaited nevertheless. */
  <C>(client: SyncClientBrand<C>, options?: SessionOptions): RolledBack<C, 'sync'>
  /**
   * Test isolation: each test has a session in a transaction that is rolled back after it. The code under test may commit, roll back and
   * begin as it likes: inside, those are savepoints. The tests of a file run one after the other; files run side by side, each with a
   * connection of its own. Mirrors SQLAlchemy's `join_transaction_mode="create_savepoint"`.
   *
   * @param client A PrismaClient or an extended one.
   * @param options As `createSession`. With `autobegin: false` a failing call outside a transaction undoes itself only, as with autocommit.
   * @throws As `createSession`.
   * @example
   * ```ts
   * const tests = rollbackEach(prisma)
   * test.beforeEach(() => tests.before())
   * test.afterEach.always(() => tests.after())
   *
   * test.serial('signs up', async (t) => {
   *   await signUp(tests.session, 'ada@example.org') // which commits
   *   t.is(await tests.session.user.count(), 1)
   * })
   * ```
   */
  <C extends AnyClient>(client: C, options?: SessionOptions): RolledBack<C, 'async'>
}

/** The session of the test under way. */
export interface RolledBack<C, M extends Mode = Mode> {
  /** Stands for the session of the test under way; between tests its members throw InvalidRequestError. */
  readonly session: SessionIn<C, M>
  /** Begins the transaction of a test. @throws InvalidRequestError while another test is under way; what `begin()` throws. */
  before(): Promise<void>
  /** Rolls it back, and closes the session. Without a test under way it does nothing. */
  after(): Promise<void>
}
