// biome-ignore-all lint/style/useShorthandFunctionType: an editor shows the comment of a call signature, not that of a function type

import type { SyncPrismaClient } from './sync-client.js'

/** The type of `createSyncClient`. */
export interface CreateSyncClient {
  /**
   * Starts a worker that owns a PrismaClient, and gives a client that blocks until each answer is there. Ends with `close()` or `using`.
   *
   * @param module A URL or an absolute path of a module that exports a PrismaClient, or a function that makes one.
   * @throws BridgeError on a wrong path, a missing export, a module that throws, a worker that does not start in time.
   * @example
   * ```ts
   * using client = createSyncClient<typeof import('./db.js').prisma>(new URL('./db.ts', import.meta.url))
   * client.user.count()
   * ```
   */
  <C>(module: URL | string, options?: SyncClientOptions): SyncPrismaClient<C>
}

/** How the worker of a synchronous client is started and asked. */
export interface SyncClientOptions {
  /** The name of the export; `prisma`, `client` or `default` when left out. */
  export?: string
  /** Milliseconds one call may block; no limit when left out. */
  callTimeout?: number
  /** Milliseconds the worker may take to start. @default 30000 */
  startTimeout?: number
}
