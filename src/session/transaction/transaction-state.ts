import type { BeginOptions, Written } from '../../driver/effects.js'
import type { Entity, EntityState, Identity } from '../objects/state.js'
/** One level of a session's transaction: the root, or a savepoint. Remembers what a rollback of it has to put back. */
export class TransactionState {
  readonly parent: TransactionState | null
  options: BeginOptions
  status: 'active' | 'committed' | 'inactive' | 'closed' = 'active'
  /** BEGIN or SAVEPOINT has been sent; it waits for the first operation. */
  isOnWire = false
  /** Opened by `begin`, `transaction` or `beginNested`, not by the first use. */
  isExplicit: boolean
  /** What was done in it is undone in memory; it waits for `rollback()`. */
  isUndone = false
  /** What made it inactive. */
  failure: unknown = undefined
  /** Objects whose row was inserted here. */
  readonly added = new Set<EntityState>()
  /** Objects whose row was deleted here, or found gone. */
  readonly removed = new Set<EntityState>()
  /** A flush has written rows here. What it remembers may be of reads alone, that found rows changed or gone. */
  hasFlushed = false
  /** Something may have been written here past the unit of work: what was read since may be undone. */
  hasOtherWrites = false
  /** Rows were, for all that is known: a rollback loses them. */
  hasOtherRows = false
  /** Of the root: raw SQL was sent, which may have done anything. */
  hasRawSql = false
  /** Of the root: `connection()` has given the client out, so that not every error is seen here. */
  isHandedOut = false
  /** What was known of a row before this level first wrote to it. */
  readonly before = new Map<EntityState, Known>()

  constructor(parent: TransactionState | null, options: BeginOptions, isExplicit: boolean) {
    this.parent = parent
    this.options = options
    this.isExplicit = isExplicit
  }

  get isNested(): boolean {
    return this.parent !== null
  }

  get root(): TransactionState {
    return this.parent?.root ?? this
  }

  get hasEnded(): boolean {
    return this.status === 'closed' || this.status === 'committed'
  }

  /** To be called before a write to the object's row is taken as known. */
  remember(state: EntityState): void {
    if (this.added.has(state) || this.before.has(state) || !state.baseline) return
    this.before.set(state, {
      baseline: { ...state.baseline },
      related: state.related.size > 0 ? new Map(state.related) : noneRelated,
      partial: state.partial.size > 0 ? new Map(state.partial) : nonePartial,
      identity: state.identity,
    })
  }

  /** Whether the object's row was written here. */
  hasTouched(state: EntityState): boolean {
    return this.added.has(state) || this.removed.has(state) || this.before.has(state)
  }

  get written(): Written {
    if (this.root.hasRawSql || this.root.isHandedOut) return 'anything'
    return this.hasOtherWrites || this.added.size + this.removed.size + this.before.size > 0 ? 'rows' : 'nothing'
  }

  /** The innermost of the levels in which something was written, from this one out. */
  get innermostWritten(): TransactionState | null {
    return this.written === 'nothing' ? (this.parent?.innermostWritten ?? null) : this
  }

  /** Everything it remembers has been put back. */
  forget(): void {
    this.added.clear()
    this.removed.clear()
    this.before.clear()
  }

  /** Everything it remembers is committed. */
  settle(): void {
    this.forget()
    this.hasFlushed = false
    this.hasOtherWrites = false
    this.hasOtherRows = false
  }

  /** A savepoint's work becomes its parent's when it is released. */
  handOver(parent: TransactionState): void {
    if (this.hasFlushed) parent.hasFlushed = true
    if (this.hasOtherWrites) parent.hasOtherWrites = true
    if (this.hasOtherRows) parent.hasOtherRows = true
    for (const state of this.added) parent.added.add(state)
    for (const state of this.removed) parent.removed.add(state)
    for (const [state, known] of this.before) {
      if (!parent.before.has(state) && !parent.added.has(state)) parent.before.set(state, known)
    }
  }
}

const noneRelated: Known['related'] = new Map()
const nonePartial: Known['partial'] = new Map()

/** What the database was known to hold of an object. */
export interface Known {
  readonly baseline: Record<string, unknown>
  readonly related: ReadonlyMap<string, Entity | null | readonly Entity[]>
  readonly partial: ReadonlyMap<string, object>
  readonly identity: Identity | null
}
