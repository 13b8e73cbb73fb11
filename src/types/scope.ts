// biome-ignore-all lint/style/useShorthandFunctionType: an editor shows the comment of a call signature, not that of a function type

import type { AnyClient } from './client.js'
import type { Mode } from './mode.js'
import type { SessionOptions, TransactionOptions } from './options.js'
import type { AsyncSession } from './session.js'
import type { SessionIn, SessionMaker } from './session-maker.js'

/** The type of `scopedSession`. */
export interface MakeScopedSession {
  /**
   * Request scope over AsyncLocalStorage. Mirrors SQLAlchemy's `scoped_session`.
   *
   * @example
   * ```ts
   * const scope = scopedSession(sessionMaker(prisma))
   * app.use((request, response, next) => scope.run(() => next()))
   * ```
   */
  <C, M extends Mode>(maker: SessionMaker<C, M>): ScopedSession<C, M>
}

/** The session of the current scope. */
export interface ScopedSession<C, M extends Mode = Mode> {
  /** A proxy to the current session; any use outside a scope throws. */
  readonly session: SessionIn<C, M>
  /** The current session itself. @throws InvalidRequestError outside a scope. */
  current(): SessionIn<C, M>
  /** Runs `fn` with a session of its own, closed at the end. */
  run<T>(fn: () => T): Promise<Awaited<T>>
  /**
   * Runs `fn` in a transaction of the current session.
   *
   * @param options Times in milliseconds. `propagation`: what to do with a transaction that is open, or is not. Default `'required'`.
   * @example
   * ```ts
   * await scope.transaction(() => scope.session.add('User', { name: 'Ada' }), { propagation: 'nested' })
   * ```
   */
  transaction<T>(
    fn: () => T,
    options?: TransactionOptions & { propagation?: 'required' | 'requiresNew' | 'nested' | 'mandatory' | 'never' },
  ): Promise<Awaited<T>>
}

/** The type of `rollbackEach`. */
export interface RollbackEach {
  /**
   * One rolled-back transaction per test; the code under test may commit.
   *
   * @example
   * ```ts
   * const tests = rollbackEach(prisma)
   * test.beforeEach(() => tests.before())
   * test.afterEach(() => tests.after())
   * ```
   */
  <C extends AnyClient>(client: C, options?: SessionOptions): RolledBack<C>
}

/** The session of the current test. */
export interface RolledBack<C> {
  readonly session: AsyncSession<C>
  before(): Promise<void>
  after(): Promise<void>
}
