import type { UpdateData, WhereOf } from './checked-arguments.js'
import type { Entity } from './entity.js'
import type { Key } from './key.js'
import type { FindManyArgs, ModelName } from './models.js'
import type { Query } from './query.js'
import type { SyncPrismaClient } from './sync-client.js'
import type { SessionVerbs } from './verbs.js'

/** What a synchronous session has. */
export interface SyncVerbs<C> extends SessionVerbs<C, 'sync'>, Disposable {
  readonly isAsync: false
  getBind(): SyncPrismaClient<C>
  /**
   * The legacy query: chained conditions, read at the end. Mirrors SQLAlchemy's `Session.query`.
   *
   * @throws UnmappedModelError
   * @example
   * ```ts
   * const user = session.query('User').filterBy({ name: 'Ada' }).first()
   * ```
   */
  query<N extends ModelName<C> & string>(
    model: N,
  ): Query<Entity<C, N>, WhereOf<C, N>, OrderOf<C, N>, Key<C, N>, UpdateData<C, N>>
}

type OrderOf<C, N> =
  FindManyArgs<C, N> extends { orderBy?: infer O } ? Exclude<NonNullable<O>, readonly unknown[]> : object
