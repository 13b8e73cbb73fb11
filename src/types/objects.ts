// biome-ignore-all lint/style/useShorthandFunctionType: an editor shows the comment of a call signature, not that of a function type

import type { AnySession } from './any-session.js'

/** The type of `inspect`. */
export interface Inspect {
  /**
   * What a session knows of an object. Sends nothing. Mirrors SQLAlchemy's `inspect(obj)`.
   *
   * @throws UnmappedInstanceError when no session and no `entity()` has seen the object.
   * @example
   * ```ts
   * inspect(session.add('User', { name: 'Ada' })).state // 'pending'
   * ```
   */
  (object: object): Inspection
}

/** The state of an object. */
export interface Inspection {
  /** The schema's name of the model. */
  readonly model: string
  /** The values of the primary key in the schema's order, `null` before the first flush. */
  readonly key: readonly unknown[] | null
  /** Where it stands: see the diagram of states in the concepts. */
  readonly state: 'transient' | 'pending' | 'persistent' | 'deleted' | 'detached'
  /** Whether a flush would write it. */
  readonly modified: boolean
  /** Fields that have to be loaded before they can be read. */
  readonly expired: readonly string[]
  /** Relations of which a `where`, `take`, `skip`, `cursor` or `distinct` chose the members that were loaded. */
  readonly partial: readonly string[]
  /** Whether the next load re-reads it. */
  readonly stale: boolean
  /** Whether its row was deleted and that committed. */
  readonly wasDeleted: boolean
  /** The session that has it. */
  readonly session: AnySession | null
}

/** The type of `markModified`. */
export interface MarkModified {
  /**
   * Makes the next flush write the named fields even when their values equal those last seen in the database, which another program
   * may have changed since. The members of a named relation are read before they are replaced. Mirrors SQLAlchemy's `flag_modified`.
   *
   * @throws ArgumentError for names that the model does not have.
   * @throws InvalidRequestError for fields that are not loaded.
   * @throws UnmappedInstanceError when no session has seen the object.
   * @example
   * ```ts
   * user.name = 'Ada' // its value before the last commit, too
   * markModified(user, ['name'])
   * await session.flush()
   * ```
   */
  (object: object, names: readonly string[]): void
}

/** The type of `makeTransient`. */
export interface MakeTransient {
  /**
   * Makes an object as if it had never been in a session: `add` then inserts a new row. Mirrors SQLAlchemy's `make_transient`.
   *
   * @throws UnmappedInstanceError when its model is not known.
   * @example
   * ```ts
   * makeTransient(user)
   * ```
   */
  (object: object): void
}

/** The type of `makeTransientToDetached`. */
export interface MakeTransientToDetached {
  /**
   * Makes a transient object with a key as if it had been loaded and detached: `add` then makes it persistent without a query, its unset
   * fields expired. Mirrors SQLAlchemy's `make_transient_to_detached`.
   *
   * @throws InvalidRequestError when the object is in a session or has no key.
   * @example
   * ```ts
   * const user = entity('User', { id: 1 })
   * makeTransientToDetached(user)
   * session.add(user)
   * ```
   */
  (object: object): void
}
