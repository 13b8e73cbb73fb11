import type { Entity } from './entity.js'
import type { SessionEvent, SessionEvents } from './events.js'
import type { DelegateIn } from './forwarded.js'
import type { PrimaryKey } from './key.js'
import type { Mode } from './mode.js'
import type { ModelName } from './models.js'
import type { Added, NewEntity } from './new-entity.js'
import type { SessionTransaction } from './transaction.js'

/** The verbs that work in memory: plain values in both modes, nothing sent. */
export interface MemoryVerbs<C, M extends Mode> {
  /**
   * Makes an object pending: the next flush inserts it and fills in its key and defaults. Objects it refers to by relations come along.
   * Mirrors SQLAlchemy's `Session.add`.
   *
   * @param model The schema's name of the model.
   * @param data The object itself, by reference. Relations take entities or plain new objects, or give the foreign key.
   * @returns The very object. A key that the database makes is undefined until the flush.
   * @throws ArgumentError on an unknown field or a nested write such as `{ connect }`; UnmappedModelError; InvalidRequestError when the
   * object belongs to another session or was deleted.
   * @example
   * ```ts
   * const ada = session.add('User', { name: 'Ada' })
   * const post = session.add('Post', { title: 'Notes', author: ada })
   * await session.flush() // ada.id and post.authorId are set
   * ```
   */
  add<N extends ModelName<C> & string, D>(model: N, data: [D] extends [never] ? D : NewEntity<C, N>): Added<C, N, D>
  /**
   * Adds an object that `entity()` has marked or that is detached, or takes back the mark of `delete`. Mirrors SQLAlchemy's `Session.add`.
   *
   * @throws UnmappedInstanceError when its model is not known; InvalidRequestError as the other form.
   * @example
   * ```ts
   * session.add(entity('User', { name: 'Ada' }))
   * ```
   */
  add<E extends object>(entity: E): E
  /**
   * `add` for several objects, in order. Mirrors SQLAlchemy's `Session.add_all`.
   *
   * @throws As `add`; the objects before the bad one stay pending.
   * @example
   * ```ts
   * const tags = session.addAll('Tag', [{ label: 'maths' }, { label: 'history' }])
   * ```
   */
  addAll<N extends ModelName<C> & string>(model: N, data: readonly NewEntity<C, N>[]): Entity<C, N>[]
  addAll<E extends object>(entities: readonly E[]): E[]
  /**
   * Makes a row that was read elsewhere a clean persistent object of this session. If the session has the row already, that object is
   * returned. Nearest in SQLAlchemy: `make_transient_to_detached` and `add`.
   *
   * @param row A row with its key, such as a Prisma query returns.
   * @throws InvalidRequestError when the key is missing.
   * @example
   * ```ts
   * const user = session.attach('User', await prisma.user.findFirstOrThrow())
   * ```
   */
  attach<N extends ModelName<C> & string>(model: N, row: Entity<C, N>): Entity<C, N>
  /**
   * Refers to a row by its key without a query: the object of the row, persistent, of which only the key is known. It stands in
   * relations, takes changes, and can be deleted; `get` or `refresh` loads it, and reading an attribute does in sync mode. If the session
   * has the row's object already, that is returned. Nothing asks whether the row exists: a missing one is a foreign key error (P2003) of the flush,
   * or null from `get`. A new object of that key is the row's. Spreading or serializing reads every attribute: `get` it before you return it as
   * JSON. SQLAlchemy has no such verb; as MikroORM's `getReference`.
   *
   * @param key The primary key: a value, an object of its fields, or an array in schema order.
   * @throws UnmappedModelError for an unknown model; ArgumentError for the value of another unique field; InvalidRequestError for null.
   * @example
   * ```ts
   * const post = session.add('Post', { title: 'Notes', author: session.ref('User', 1) })
   * ```
   */
  ref<N extends ModelName<C> & string>(model: N, key: PrimaryKey<C, N>): Entity<C, N>
  /**
   * Drops the loaded values and unflushed changes of an object, or of some fields of it. Reading them reloads in sync mode and throws
   * MissingAwaitError in async mode, where `refresh` loads them. Mirrors SQLAlchemy's `Session.expire`.
   *
   * @param fields Scalars and relations; all when left out.
   * @throws InvalidRequestError when the object is not persistent here; ArgumentError on an unknown field.
   * @example
   * ```ts
   * session.expire(user, ['name'])
   * await session.refresh(user)
   * ```
   */
  expire<E extends object>(entity: E, fields?: readonly NameIn<E>[]): void
  /**
   * `expire` for every persistent object. Pending ones are left alone. Mirrors SQLAlchemy's `Session.expire_all`.
   *
   * @example
   * ```ts
   * session.expireAll()
   * ```
   */
  expireAll(): void
  /**
   * Takes an object out of the session: a persistent one is detached and keeps its values, a pending one is never inserted.
   * Mirrors SQLAlchemy's `Session.expunge`.
   *
   * @throws InvalidRequestError when the object is not in this session.
   * @example
   * ```ts
   * session.expunge(user)
   * ```
   */
  expunge(entity: object): void
  /**
   * `expunge` for every object. The transaction goes on. Mirrors SQLAlchemy's `Session.expunge_all`.
   *
   * @example
   * ```ts
   * session.expungeAll()
   * ```
   */
  expungeAll(): void
  /**
   * Whether a flush would write the object. Mirrors SQLAlchemy's `Session.is_modified`.
   *
   * @param options `includeCollections: false` leaves loaded to-many relations out. Default true.
   * @throws UnmappedInstanceError when its model is not known.
   * @example
   * ```ts
   * if (session.isModified(user)) await session.flush()
   * ```
   */
  isModified(entity: object, options?: { includeCollections?: boolean }): boolean
  /**
   * Whether the object is pending or persistent here. Mirrors SQLAlchemy's `obj in session`.
   *
   * @throws UnmappedInstanceError when its model is not known.
   * @example
   * ```ts
   * session.contains(user)
   * ```
   */
  contains(entity: object): boolean
  /**
   * Whether a transaction has begun, by `begin` or by the first use. Mirrors SQLAlchemy's `Session.in_transaction`.
   *
   * @example
   * ```ts
   * session.inTransaction()
   * ```
   */
  inTransaction(): boolean
  /**
   * Whether a savepoint is open. Mirrors SQLAlchemy's `Session.in_nested_transaction`.
   *
   * @example
   * ```ts
   * session.inNestedTransaction()
   * ```
   */
  inNestedTransaction(): boolean
  /**
   * The root transaction, or `null`. Mirrors SQLAlchemy's `Session.get_transaction`.
   *
   * @example
   * ```ts
   * session.getTransaction()?.isActive
   * ```
   */
  getTransaction(): SessionTransaction<M> | null
  /**
   * The innermost savepoint, or `null`. Mirrors SQLAlchemy's `Session.get_nested_transaction`.
   *
   * @example
   * ```ts
   * await session.getNestedTransaction()?.rollback()
   * ```
   */
  getNestedTransaction(): SessionTransaction<M> | null
  /**
   * The client that was wrapped. Mirrors SQLAlchemy's `Session.get_bind`.
   *
   * @example
   * ```ts
   * session.getBind() === prisma
   * ```
   */
  getBind(): unknown
  /**
   * Turns autoflush off until the end of the `using` block. Mirrors SQLAlchemy's `Session.no_autoflush`.
   *
   * @example
   * ```ts
   * using _ = session.noAutoflush()
   * ```
   */
  noAutoflush(): Disposable
  /**
   * Turns autoflush off while `fn` runs, until its promise settles if it gives one.
   *
   * @returns What `fn` returns.
   * @example
   * ```ts
   * const user = await session.noAutoflush(() => session.get('User', 1))
   * ```
   */
  noAutoflush<T>(fn: () => T): T
  /**
   * Listens to an event. Listeners run in order, each awaited in async mode. Mirrors SQLAlchemy's `event.listen`.
   *
   * @throws ArgumentError on an unknown event or a listener that is no function.
   * @example
   * ```ts
   * session.on('afterCommit', ({ session }) => console.log('saved', session.info))
   * ```
   */
  on<E extends SessionEvent>(event: E, listener: (payload: SessionEvents<this>[E]) => unknown): this
  /**
   * Takes a listener away. Mirrors SQLAlchemy's `event.remove`.
   *
   * @example
   * ```ts
   * session.off('afterCommit', listener)
   * ```
   */
  off<E extends SessionEvent>(event: E, listener: (payload: SessionEvents<this>[E]) => unknown): this
  /**
   * Whether something works here.
   *
   * @param name A verb, a Prisma method (`'user.createManyAndReturn'`), or an ability of the database: `'savepoint'`, `'rowLock'`,
   * `'cursor'`, `'returning'`.
   * @example
   * ```ts
   * if (session.supports('rowLock')) await session.refresh(user, [], { withForUpdate: true })
   * ```
   */
  supports(name: string): boolean
  /**
   * Prisma's delegate of a model by the schema's name of the model: `session.delegate('User')` is `session.user`.
   *
   * @param model The schema's name of the model.
   * @throws UnmappedModelError
   * @example
   * ```ts
   * await session.delegate('User').count()
   * ```
   */
  delegate<N extends ModelName<C> & string>(model: N): DelegateIn<C, N, M>
  /**
   * What a flush would send now, and why not set-based where it would not be.
   *
   * @example
   * ```ts
   * console.table(session.explain())
   * ```
   */
  explain(): readonly Explanation[]
  /**
   * Whether `other` is this session or another proxy over it; `===` cannot tell.
   *
   * @example
   * ```ts
   * createSession(session).equals(session) // true
   * ```
   */
  equals(other: unknown): boolean
}

/** One operation of a flush to come. */
export interface Explanation {
  /** The schema's name of the model; null for links between rows, which have no model. */
  readonly model: string | null
  /** What is done: an INSERT, UPDATE or DELETE, or the name of Prisma's operation. */
  readonly operation: string
  /** How many rows it writes. */
  readonly rows: number
  /** One statement for all rows, or Prisma's own operations. */
  readonly way: 'set-based' | 'prisma'
  /** The statement; its rows are one parameter. */
  readonly sql?: string
  /** Why Prisma's own operations. */
  readonly reason?: string
}

/** The names of the object's fields, and any other: an object may be typed with fewer than it has. */
export type NameIn<E> = Extract<keyof E, string> | (string & Record<never, never>)
