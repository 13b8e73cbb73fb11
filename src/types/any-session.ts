/** What is the same in every session, whatever its client. */
export interface AnySession extends Iterable<object> {
  /**
   * What was wrapped: the client, or the session a second proxy stands before. With a model `Session` it carries the methods of that
   * model's delegate as well, and `getBind()` is the client itself.
   */
  readonly session: unknown
  /** Whether verbs that touch the database return promises. Fixed when the session is made. */
  readonly isAsync: boolean
  /** `false` between a failed flush and `rollback()`. Mirrors SQLAlchemy's `is_active`. */
  readonly isActive: boolean
  /** Whether queries write pending work first. */
  autoflush: boolean
  /** The caller's own; a copy of `options.info`. */
  readonly info: object
  /** Objects that the next flush inserts. A read-only view. */
  readonly new: ReadonlySet<object>
  /** Persistent objects with a net change. Computed at each access. */
  readonly dirty: ReadonlySet<object>
  /** Objects that the next flush deletes. */
  readonly deleted: ReadonlySet<object>
  /** The persistent objects by model and primary key. */
  readonly identityMap: IdentityMap
}

/** The persistent objects of a session by model and primary key. Asking it sends nothing. */
export interface IdentityMap extends Iterable<object> {
  get(model: string, key: unknown): object | undefined
  has(model: string, key: unknown): boolean
  keys(): Iterable<readonly [string, unknown]>
  values(): Iterable<object>
  readonly size: number
}
