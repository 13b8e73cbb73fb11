// biome-ignore-all lint/style/useShorthandFunctionType: an editor shows the comment of a call signature, not that of a function type

import type { AnySession } from './any-session.js'
import type { AnyClient } from './client.js'
import type { SessionOptions } from './options.js'
import type { AsyncSession, SyncSession } from './session.js'
import type { SessionMaker } from './session-maker.js'
import type { SyncClientBrand } from './sync-client.js'

/** The type of `createSession`. */
export interface CreateSession {
  /**
   * A session that blocks: no promise anywhere. Mirrors SQLAlchemy's `Session(engine)`.
   *
   * @param client What `createSyncClient` gave.
   * @param options Times in milliseconds.
   * @throws ArgumentError on unknown options; NotImplementedError for a database without interactive transactions.
   * @example
   * ```ts
   * using session = createSession(client)
   * session.add('User', { name: 'Ada' })
   * session.commit()
   * ```
   */
  <C>(client: SyncClientBrand<C>, options?: SessionOptions): SyncSession<C>
  /**
   * A second proxy over the same unit of work.
   *
   * @example
   * ```ts
   * createSession(session).equals(session) // true
   * ```
   */
  <S extends AnySession>(session: S): S
  /**
   * Puts a session around a client: a unit of work, an identity map, and a transaction held open until `commit()`. Nothing is sent yet.
   * Mirrors SQLAlchemy's `AsyncSession(engine)`.
   *
   * @param client A PrismaClient, an extended client, or a transaction client, whose transaction the session then leaves open.
   * @param options Times in milliseconds.
   * @throws ArgumentError on unknown options; ModelMetadataError when the client does not carry its schema and `options.models` is not
   * given; NotImplementedError for a database without interactive transactions.
   * @example
   * ```ts
   * await using session = createSession(prisma)
   * session.add('User', { name: 'Ada' })
   * await session.commit()
   * ```
   */
  <C extends AnyClient>(client: C, options?: SessionOptions): AsyncSession<C>
}

/**
 * The type of `PrismaSessionProxy`: `createSession` as a class.
 *
 * @example
 * ```ts
 * new PrismaSessionProxy(prisma) instanceof PrismaSessionProxy // true, as for createSession(prisma)
 * ```
 */
export interface PrismaSessionProxyConstructor {
  new <C>(client: SyncClientBrand<C>, options?: SessionOptions): SyncSession<C>
  new <S extends AnySession>(session: S): S
  new <C extends AnyClient>(client: C, options?: SessionOptions): AsyncSession<C>
}

/** The type of `sessionMaker`. */
export interface MakeSessionMaker {
  /** A factory of sessions over a synchronous client. Mirrors SQLAlchemy's `sessionmaker`. */
  <C>(client: SyncClientBrand<C>, options?: SessionOptions): SessionMaker<C, 'sync'>
  /**
   * A factory of sessions with the same client and options. Mirrors SQLAlchemy's `async_sessionmaker`.
   *
   * @param client As `createSession`. Handed a session as if it were a client, it makes sessions of their own over what that one wraps.
   * @param options As `createSession`.
   * @throws As `createSession`.
   * @example
   * ```ts
   * const makeSession = sessionMaker(prisma, { isolationLevel: 'Serializable' })
   * await makeSession.begin((session) => session.add('User', { name: 'Ada' }))
   * ```
   */
  <C extends AnyClient>(client: C, options?: SessionOptions): SessionMaker<C, 'async'>
}

/** The type of `sessions`. */
export interface SessionsExtension {
  /**
   * A Prisma extension that adds `$session(options?)` to the client: `createSession` as a method.
   *
   * @param options As `createSession`; those given to `$session` go over them.
   * @example
   * ```ts
   * const prisma = new PrismaClient({ adapter }).$extends(sessions())
   * await using session = prisma.$session()
   * ```
   */
  (
    options?: SessionOptions,
  ): {
    name: string
    client: { $session<C extends AnyClient>(this: C, options?: SessionOptions): AsyncSession<C> }
  }
}
