/**
 * How a session works. All are optional.
 *
 * @example
 * ```ts
 * const session = createSession(prisma, { expireOnCommit: false, isolationLevel: 'Serializable', timeout: 60_000 })
 * ```
 */
export interface SessionOptions {
  /** Write pending work before each query. @default true */
  autoflush?: boolean
  /**
   * When the session opens a transaction by itself. `true`: at the first use. `'write'`: at the first write, lock or raw SQL; reads
   * before that hold no connection, and each sees what is committed then. `false`: never; verbs need `begin()`, and forwarded calls
   * outside a transaction go straight to the wrapped client, with Prisma's own autocommit: the drop-in setting.
   * @default true
   */
  autobegin?: boolean | 'write'
  /**
   * What commit and rollback do to loaded objects. `'stale'`: values stay readable and the next load re-reads them. `true`: SQLAlchemy's
   * expiry, reading needs a reload. `false`: values and identity map hits are kept.
   * @default 'stale'
   */
  expireOnCommit?: 'stale' | boolean
  /** Overlapping calls on an asynchronous session run in turn, or are refused with IllegalStateChangeError. @default 'queue' */
  concurrency?: 'queue' | 'error'
  /** Prisma's isolation level for each transaction of the session. */
  isolationLevel?: string
  /** Milliseconds to wait for a connection, Prisma's `maxWait`. */
  maxWait?: number
  /**
   * Milliseconds a transaction may stay open, and a callback may keep other calls waiting, at most 2147483647, which means no limit.
   * @default 2147483647
   */
  timeout?: number
  /**
   * Milliseconds that a transaction may be idle, holding its connection, before a `warning` event and one warning of the process;
   * `false` for none.
   * @default 10000
   */
  idleWarning?: number | false
  /**
   * Milliseconds that `close()`, `reset()` and `invalidate()` wait for a database that does not answer. The connection is given up
   * then, with a `warning` event, and what waits for its answer is ConnectionTimeoutError. A callback that makes no call for as long is
   * ended with ResourceClosedError.
   * @default 5000
   */
  closeTimeout?: number
  /** By model: the integer field that counts versions, as SQLAlchemy's `version_id_col`. A lost update is StaleDataError. */
  versionFields?: { [model: string]: string }
  /** With `false`, `close()` ends the session for good; else it can be used again. @default true */
  closeResetsOnly?: boolean
  /** Warn when a DELETE matched fewer rows than objects. @default true */
  confirmDeletedRows?: boolean
  /** Cells of the compatibility matrix to override for this session, such as `{ $executeRawUnsafe: 'notImplemented' }`. */
  matrix?: { [method: string]: Cell | { sync?: Cell; async?: Cell } }
  /** A DMMF datamodel, for a client that does not carry its schema. */
  models?: object
  /** Anything of the caller's own; each session gets a copy as `session.info`. */
  info?: object
}

/** What a method does in one mode; the README's table says which. `'notImplemented'`: calling it throws NotImplementedError. */
export type Cell = 'shim' | 'await' | 'forward' | 'notImplemented'

/** Each method's cells. */
export interface Matrix {
  readonly [method: string]: { readonly sync: Cell; readonly async: Cell; readonly note?: string }
}

/** `SELECT … FOR UPDATE` (`read`: FOR SHARE). On SQLite a plain SELECT. Mirrors SQLAlchemy's `with_for_update`. */
export type LockMode = boolean | { nowait?: boolean; skipLocked?: boolean; read?: boolean; of?: readonly string[] }

/**
 * How loaded objects follow a bulk statement. `'auto'` evaluates simple conditions in memory, else fetches the keys; `'evaluate'` and
 * `'fetch'` insist on one; `false` leaves the objects alone. Mirrors SQLAlchemy's `synchronize_session`.
 */
export type Synchronize = 'auto' | 'evaluate' | 'fetch' | false

/** How `get`, `getOne` and `getMany` load. `Include` is Prisma's `include` of the model. */
export interface GetOptions<Include = object> {
  /** Relations to load with the object. One that is already here is read again only where it lacks them, and keeps its changes. */
  include?: Include | null
  /** Read the row even when the object is here, and overwrite its values. */
  populateExisting?: boolean
  /** Read the row and lock it until the transaction ends. */
  withForUpdate?: LockMode
  /** `false`: do not write pending work first. */
  autoflush?: boolean
}

/** How a stream goes. */
export interface StreamOptions {
  /** Rows to a page. @default 1000 */
  yieldPer?: number
  /** With `false`, entities are plain objects of nobody's and are not kept. @default true */
  track?: boolean
  /** Ends the stream when it aborts. */
  signal?: AbortSignal
}

/** Prisma's options of a transaction. They cannot change once it has begun. */
export interface TransactionOptions {
  /** One of Prisma's isolation levels that the database has, as `'Serializable'`. */
  isolationLevel?: string
  /** Milliseconds to wait for a connection. */
  maxWait?: number
  /** Milliseconds the transaction may stay open. */
  timeout?: number
}
