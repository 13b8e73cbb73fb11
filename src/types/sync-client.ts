import type { Forwarded } from './forwarded.js'

declare const client: unique symbol

/**
 * `C` with every delegate and `$` method returning its value. `createSyncClient` makes it.
 *
 * @example
 * ```ts
 * using client: SyncPrismaClient<typeof import('./db.js').prisma> = createSyncClient(new URL('./db.ts', import.meta.url))
 * client.user.findMany({ where: { kind: 'plain' } }).length
 * ```
 */
export type SyncPrismaClient<C> = Forwarded<C, 'sync'> & SyncClientHandle<C>

/** What tells a synchronous client, and the client of its transaction, from a PrismaClient. */
export interface SyncClientBrand<C> {
  /** The type of the client the worker owns; there is no such property at run time. */
  readonly [client]: C
}

/** What the client itself has besides. */
export interface SyncClientHandle<C> extends SyncClientBrand<C>, Disposable {
  /** Ends the worker that owns the client. Calls made after it throw BridgeError. */
  close(): void
}
