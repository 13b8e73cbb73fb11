import type { ITXClientDenyList, Sql, TypedSql } from '@prisma/client/runtime/client'
import type { GlobalOmit } from './client.js'
import type { Io, Mode } from './mode.js'
import type { Delegate } from './models.js'
import type { OpenDelegate } from './open-delegate.js'
import type { SyncClientBrand } from './sync-client.js'
import type { SyncDelegate, SyncMember } from './sync-delegate.js'

/** Prisma's members as a session has them, without the names in `Own`: its own types in async mode, unwrapped in sync mode, either where the mode is open. */
export type Forwarded<C, M extends Mode, Own = never> = [Mode] extends [M]
  ? { [P in keyof C as Kept<P, Own | ITXClientDenyList>]: OpenForm<C, P> } & Transacting<C, Mode>
  : M extends 'async'
    ? { [P in keyof C as P extends Own | '$extends' | 'then' ? never : P]: C[P] }
    : { [P in keyof C as Kept<P, Own>]: SyncForm<C, P> } & Transacting<C, 'sync'>

/** The client in charge while a transaction is open. */
export type TransactionClient<C, M extends Mode> = [Mode] extends [M]
  ? Forwarded<C, Mode>
  : M extends 'async'
    ? Omit<C, ITXClientDenyList>
    : Forwarded<C, 'sync', ITXClientDenyList> & SyncClientBrand<C>

/** The delegate of a model by its schema name. */
export type DelegateIn<C, N, M extends Mode> = [Mode] extends [M]
  ? OpenDelegate<Delegate<C, N>, GlobalOmit<C>>
  : M extends 'async'
    ? Delegate<C, N>
    : SyncDelegate<Delegate<C, N>, GlobalOmit<C>>

interface Transacting<C, M extends Mode> {
  /**
   * Runs `fn` in a transaction and commits when it returns; inside an explicit transaction, in a savepoint. Prisma's `$transaction(fn)`.
   * The array form is for asynchronous sessions only.
   *
   * @param options `maxWait` and `timeout` in milliseconds.
   * @throws What `fn` throws, after the rollback; NotImplementedError for the array form in sync mode.
   * @example
   * ```ts
   * const count = await session.$transaction((tx) => tx.user.count())
   * ```
   */
  $transaction<R>(
    fn: (tx: TransactionClient<C, M>) => R,
    options?: { maxWait?: number; timeout?: number; isolationLevel?: string },
  ): Io<M, Awaited<R>>
}

/** Prisma's raw queries, unwrapped. */
interface SyncRaw {
  $queryRaw<T = unknown>(query: TemplateStringsArray | Sql, ...values: unknown[]): T
  $queryRawUnsafe<T = unknown>(query: string, ...values: unknown[]): T
  $queryRawTyped<T>(query: TypedSql<unknown[], T>): T[]
  $executeRaw(query: TemplateStringsArray | Sql, ...values: unknown[]): number
  $executeRawUnsafe(query: string, ...values: unknown[]): number
}

type OpenForm<C, P extends keyof C> =
  IsDelegate<C[P]> extends true ? OpenDelegate<C[P], GlobalOmit<C>> : C[P] | SyncForm<C, P>

type SyncForm<C, P extends keyof C> =
  IsDelegate<C[P]> extends true
    ? SyncDelegate<C[P], GlobalOmit<C>>
    : P extends keyof SyncRaw
      ? SyncRaw[P]
      : SyncMember<C[P]>

type IsDelegate<D> = D extends { [K: symbol]: { types: { payload: { name: infer N } } } }
  ? string extends N
    ? false
    : true
  : false

// Extensions and listeners are functions: they do not cross to the worker that owns a synchronous client. Where the mode is open,
// `$connect` and `$disconnect` stay out too, so that a session over a transaction client fits.
type Kept<P, Own> = P extends Own | '$extends' | '$on' | '$transaction' | 'then' | symbol ? never : P
