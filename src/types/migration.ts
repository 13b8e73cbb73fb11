import type { WhereOf } from './checked-arguments.js'
import type { Entity } from './entity.js'
import type { Include } from './load-verbs.js'
import type { ModelName } from './models.js'

/**
 * What a script's `up` and `down` are given besides their session. `C` is the type of the client, as for a session.
 *
 * @example
 * ```ts
 * // export const transaction = 'batch'
 * // export
 * async function up(session: AsyncSession<typeof prisma>, { batch }: MigrationContext<typeof prisma>) {
 *   for await (const users of batch('User', { where: { kind: 'plain' }, size: 500 }))
 *     for (const user of users) user.kind = 'reader'
 * }
 * ```
 */
export interface MigrationContext<C = unknown> extends MigrationContextBase {
  /**
   * The rows of a model by pages, in the order of the key, as objects of the session. When the loop's body has ended, what it
   * changed is flushed and, with `transaction = 'batch'`, committed, together with the place in the ledger: a script that was
   * interrupted goes on from there. The objects of a page are expunged before the next.
   *
   * @param options `where` and `include`, Prisma's own; `size`: rows of a page, 1000 by default; `name`.
   * @throws ArgumentError on a size that is no number of rows, or a model that does not exist.
   */
  batch<M extends ModelName<C> & string>(model: M, options?: BatchOptions<C, M>): AsyncIterable<Entity<C, M>[]>
}

/**
 * The same for a script with `mode = 'sync'`, whose session gives values.
 *
 * @example
 * ```ts
 * // export const mode = 'sync'
 * // export
 * function up(session: SyncSession<typeof prisma>, { batch }: SyncMigrationContext<typeof prisma>) {
 *   for (const users of batch('User')) for (const user of users) user.name = user.name.trim()
 * }
 * ```
 */
export interface SyncMigrationContext<C = unknown> extends MigrationContextBase {
  /** As in MigrationContext, without a promise. */
  batch<M extends ModelName<C> & string>(model: M, options?: BatchOptions<C, M>): Iterable<Entity<C, M>[]>
}

export interface BatchOptions<C, M> {
  /** Prisma's `where`: the rows to walk over. */
  readonly where?: WhereOf<C, M>
  /** Prisma's `include`: relations to load with each. */
  readonly include?: Include<C, M>
  /** Rows of a page; 1000 by default. */
  readonly size?: number
  /** What the walk is known by when it is gone on with; by default its model and its `where`, which must not differ then. */
  readonly name?: string
}

interface MigrationContextBase {
  /** The script's name. */
  readonly name: string
  /** What stands behind the script on the command line of `prisma-session run`. */
  readonly args: readonly string[]
  /** Whether everything is rolled back in the end. */
  readonly isDryRun: boolean
  /** Aborted by Ctrl-C, and when another runner has taken the lock. Walks of `batch` heed it by themselves. */
  readonly signal: AbortSignal
  /** Writes a line above the progress bar. */
  log(...values: unknown[]): void
  /** Says how far a script is that does not walk by `batch`. Ends up in the ledger. */
  progress(processed: number, total?: number): void
}
