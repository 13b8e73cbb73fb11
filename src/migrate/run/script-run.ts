import type { Models } from '../../model/model.js'
import { Failure } from '../failure.js'
import type { Io, RawTarget } from '../sql.js'
import type { Desk, WalkedSession } from './batch.js'
import type { Book } from './book.js'
import { contextOf } from './context.js'
import type { Direction, RunEvent } from './events.js'
import { interrupted, type Left, lockLost, unrun } from './failures.js'
import type { Script } from './load-script.js'
import type { Shared } from './shared.js'
import { then } from './then.js'
import { type Walk, Walks } from './walks.js'
/**
 * One run of one script: its transactions, and its row in the ledger. Nothing here waits for anything but the session,
 * whose answers may be promises or not.
 */
export class ScriptRun implements Desk {
  readonly session: RunSession
  readonly models: Models
  readonly #setting: RunSetting
  readonly #walks: Walks
  readonly #begun = performance.now()
  #savedRows: number | null = null
  #openWalks = 0
  #isCommitting = false
  #wasStopped = false
  #told: { processed: number; total: number | null } | null = null
  /** The transaction that the script is to stay in. */
  #transaction: unknown = null

  constructor(session: RunSession, models: Models, setting: RunSetting) {
    this.session = session
    this.models = models
    this.#setting = setting
    this.#walks = new Walks(setting.script.file.name, setting.direction, setting.cursor)
    if (setting.cursor !== null) this.#savedRows = this.processed
    session.on('beforeCommit', this.#refuseCommit)
  }

  /** Runs it, and commits it with its row. Throws what the script throws, and a Failure where the run was stopped. */
  async run(): Promise<void> {
    const { script, direction, isDryRun, book } = this.#setting
    try {
      await this.#open()
      const ended = await (direction === 'up' ? script.up : script.down)?.(this.session, this.#context())
      if (isIterator(ended)) throw unrun(script, direction)
      if (this.#wasStopped) throw this.#stopped()
      this.#requireTransaction()
      await this.session.flush()
      this.#walks.settle()
      if (isDryRun) return
      const { processed, total } = this
      if (!(await book.end(this.session, this.duration, { processed, total }))) throw lockLost(script)
      if (!this.#hasOwnTransactions) await this.#commit()
    } finally {
      this.session.off('beforeCommit', this.#refuseCommit)
    }
  }

  get duration(): number {
    return Math.round(performance.now() - this.#begun)
  }

  get processed(): number | null {
    return this.#walks.processed ?? this.#told?.processed ?? null
  }

  get total(): number | null {
    return this.#walks.total ?? this.#told?.total ?? null
  }

  get batchSize(): number | null {
    return this.#setting.batchSize
  }

  /** How it would leave things if it ended now. */
  get left(): Left {
    const { script, book, command } = this.#setting
    return { script, savedRows: this.#savedRows, isNoted: book.isKept, provider: this.models.provider, command }
  }

  open(model: string, where: unknown, name: string | undefined): Walk {
    if (this.#openWalks > 0 && this.#savesPages) {
      throw new Failure(
        'FAILED',
        `${this.#setting.script.file.name} walks over ${model} by batch() inside another walk, whose pages are committed one by one: read the inner rows with the session instead`,
      )
    }
    const walk = this.#walks.open(model, where, name)
    this.#openWalks++
    return walk
  }

  close(): void {
    this.#openWalks--
  }

  requireGoing(): void {
    if (!this.#setting.shared.isToStop) return
    this.#wasStopped = true
    throw this.#stopped()
  }

  begin(): Io<unknown> {
    if (!this.session.inTransaction()) return this.#begin()
    if (!this.#hasOwnTransactions || this.session.getTransaction() === this.#transaction) return undefined
    throw new Failure(
      'FAILED',
      `${this.#setting.script.file.name} walks by batch() inside a transaction that it has begun: pages are committed one by one, so commit it first`,
    )
  }

  save(walk: Walk, reached: Partial<Walk>): Io<unknown> {
    this.#requirePage()
    this.#walks.settle()
    if (!this.#savesPages) return void Object.assign(walk, reached)
    const { book, script } = this.#setting
    return then(book.reach(this.session, this.#walks.reached(walk, reached)), (isThere) => {
      if (!isThere) throw lockLost(script)
      return then(this.#commit(), () => {
        Object.assign(walk, reached)
        this.#savedRows = this.processed
        return script.transaction === 'none' ? undefined : this.#begin()
      })
    })
  }

  tell(): void {
    const { script, tell } = this.#setting
    const { processed, total } = this
    tell({ kind: 'progress', script: script.file.name, processed: processed ?? 0, total, committed: this.#savedRows })
  }

  get #hasOwnTransactions(): boolean {
    return this.#setting.script.transaction === 'none'
  }

  get #savesPages(): boolean {
    return this.#setting.script.transaction !== 'script' && !this.#setting.isDryRun
  }

  async #open(): Promise<void> {
    const { script, book } = this.#setting
    if (this.#hasOwnTransactions) {
      if (!(await book.passFence(this.session))) throw lockLost(script)
    } else if (this.session.inTransaction())
      this.#transaction = this.session.getTransaction() // of a dry run
    else await this.#begin()
    if (!(await book.start(this.session, this.#walks.processed !== null))) throw lockLost(script)
  }

  #begin(): Io<void> {
    const { script, book, shared } = this.#setting
    return then(this.session.begin(), () => {
      this.#transaction = this.session.getTransaction()
      shared.beginWork() // BEGIN itself is sent with the fence
      return then(book.passFence(this.session), (passed) => {
        if (!passed) throw lockLost(script)
      })
    })
  }

  /** The fence is passed once more: whoever waits for a lease sees a heart that has just beaten. */
  #commit(): Io<void> {
    const { script, book, shared } = this.#setting
    return then(book.passFence(this.session), (passed) => {
      if (!passed || shared.isLockLost) throw lockLost(script)
      this.#isCommitting = true
      return then(this.session.commit(), () => {
        this.#isCommitting = false
        shared.endWork()
      })
    })
  }

  /** The transaction has the ledger's row in it: a commit of the script's own would tear them apart. */
  readonly #refuseCommit = ({ transaction }: { transaction: { nested: boolean } }): void => {
    const isOwn = this.#hasOwnTransactions && this.#openWalks === 0
    if (this.#isCommitting || transaction.nested || isOwn) return
    throw new Failure(
      'FAILED',
      `${this.#setting.script.file.name} commits by itself: its transaction is committed together with its row in the ledger. Leave commit() out, or say export const transaction = 'none', and commit outside of pages`,
    )
  }

  #requireTransaction(): void {
    const { name } = this.#setting.script.file
    if (!this.#hasOwnTransactions) this.#requirePage()
    else if (this.session.inTransaction()) this.#refuseOpen(name)
  }

  #refuseOpen(name: string): never {
    throw new Failure(
      'FAILED',
      `${name} has not ended the transaction that it has begun, so that what it did in it is rolled back: commit it, or use transaction(fn)`,
    )
  }

  #requirePage(): void {
    if (this.session.getTransaction() === this.#transaction) return
    throw new Failure(
      'FAILED',
      `${this.#setting.script.file.name} has ended its transaction by itself, and what it did in it is undone: use beginNested() for a part that may be rolled back, or say export const transaction = 'none'`,
    )
  }

  #stopped(): Failure {
    const { script, shared } = this.#setting
    return shared.isLockLost ? lockLost(script) : interrupted(this.left)
  }

  #context(): object {
    const tellProgress = (processed: number, total: number | null) => {
      this.#told = { processed, total: total ?? this.#told?.total ?? null }
      this.tell()
    }
    return contextOf(this, { ...this.#setting, tellProgress })
  }
}

export interface RunSetting {
  readonly script: Script
  readonly direction: Direction
  /** Where an earlier run was interrupted, as the ledger has it. */
  readonly cursor: string | null
  readonly book: Book
  readonly isDryRun: boolean
  readonly batchSize: number | null
  readonly args: readonly string[]
  readonly command: string
  readonly shared: Shared
  readonly tell: (event: RunEvent) => void
}

/** Of a session, of either kind, what a run needs. */
export interface RunSession extends WalkedSession, RawTarget {
  begin(): Io<unknown>
  commit(): Io<void>
  close(): Io<void>
  inTransaction(): boolean
  getTransaction(): unknown
  on(event: 'beforeCommit', listener: (payload: { transaction: { nested: boolean } }) => void): unknown
  off(event: 'beforeCommit', listener: (payload: { transaction: { nested: boolean } }) => void): unknown
}

/** A generator that a function has returned, of which nothing has run. */
function isIterator(value: unknown): boolean {
  const { next } = Object(value) as { next?: unknown }
  return typeof next === 'function' && (Symbol.iterator in Object(value) || Symbol.asyncIterator in Object(value))
}
