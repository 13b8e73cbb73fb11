import type { AnySession } from './any-session.js'
import type { AnyClient } from './client.js'
import type { SessionOptions } from './options.js'
import type { AsyncSession, SyncSession } from './session.js'
import type { SessionMaker } from './session-maker.js'
import type { SyncClientHandle } from './sync-client.js'

/**
 * Puts a session around a client: a unit of work, an identity map, and a transaction held open until `commit()`. Nothing is sent yet.
 * Mirrors SQLAlchemy's `Session(engine)`.
 *
 * @param client A PrismaClient, an extended client, a transaction client, a synchronous client, or a session (a second proxy over it).
 * @param options See SessionOptions; times in milliseconds.
 * @throws ArgumentError on unknown options; ModelMetadataError when the client does not carry its schema and `options.models` is not
 * given; NotImplementedError for a database without interactive transactions.
 * @example
 * ```ts
 * await using session = createSession(prisma)
 * session.add('User', { name: 'Ada' })
 * await session.commit()
 * ```
 */
export interface CreateSession {
  <C>(client: SyncClientHandle<C>, options?: SessionOptions): SyncSession<C>
  <S extends AnySession>(session: S): S
  <C extends AnyClient>(client: C, options?: SessionOptions): AsyncSession<C>
}

/**
 * `createSession` as a class, for `instanceof`.
 *
 * @example
 * ```ts
 * const session = new PrismaSessionProxy(prisma)
 * session instanceof PrismaSessionProxy // true
 * ```
 */
export interface PrismaSessionProxyConstructor {
  new <C>(client: SyncClientHandle<C>, options?: SessionOptions): SyncSession<C>
  new <S extends AnySession>(session: S): S
  new <C extends AnyClient>(client: C, options?: SessionOptions): AsyncSession<C>
}

/**
 * A factory of sessions with the same client and options. Mirrors SQLAlchemy's `sessionmaker`.
 *
 * @example
 * ```ts
 * const Session = sessionMaker(prisma, { isolationLevel: 'Serializable' })
 * await Session.begin((session) => session.add('User', { name: 'Ada' }))
 * ```
 */
export interface MakeSessionMaker {
  <C>(client: SyncClientHandle<C>, options?: SessionOptions): SessionMaker<C, 'sync'>
  <C extends AnyClient>(client: C, options?: SessionOptions): SessionMaker<C, 'async'>
}
