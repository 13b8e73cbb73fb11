import { format } from 'node:util'
import type { Models } from '../../model/model.js'
import { Failure } from '../failure.js'
import type { Io, RawTarget } from '../sql.js'
import { batch, type Desk, type WalkedSession } from './batch.js'
import type { Book } from './book.js'
import type { Direction, RunEvent } from './events.js'
import type { Script } from './load-script.js'
import { walkAtOnce, walkInTurn } from './loops.js'
import type { Shared } from './shared.js'
import { type Walk, Walks } from './walks.js'
/**
 * One run of one script: its transactions, its row in the ledger, and the context that it is given. Nothing here waits for
 * anything but the session, whose answers may be promises or not.
 */
export class ScriptRun implements Desk {
  readonly session: RunSession
  readonly models: Models
  /** Rows whose pages are committed; null where pages are not, or none was. */
  savedRows: number | null = null
  readonly #setting: RunSetting
  readonly #walks: Walks
  readonly #begun = performance.now()
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
    if (setting.cursor !== null) this.savedRows = this.processed
    session.on('beforeCommit', this.#refuseCommit)
  }

  /** Runs it, and commits it with its row. Throws what the script throws, and a Failure where the run was stopped. */
  async run(): Promise<void> {
    const { script, direction, isDryRun, book } = this.#setting
    try {
      await this.#open()
      await (direction === 'up' ? script.up : script.down)?.(this.session, this.#context())
      if (this.#wasStopped) throw this.#stopped()
      this.#requireTransaction()
      await this.session.flush()
      if (isDryRun) return
      await book.end(this.session, this.duration, { processed: this.processed, total: this.total })
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

  open(model: string): Walk {
    if (this.#openWalks > 0 && this.#savesPages) {
      throw new Failure(
        'FAILED',
        `${this.#setting.script.file.name} walks ${model} by batch() inside another walk, whose pages are committed one by one: read the inner rows with the session instead`,
      )
    }
    const walk = this.#walks.open(model)
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
    return this.session.inTransaction() ? undefined : this.#begin()
  }

  save(): Io<unknown> {
    if (!this.#savesPages) return undefined
    const { book, script } = this.#setting
    const { cursor } = this.#walks
    return then(book.reach(this.session, { cursor, processed: this.processed, total: this.total }), () =>
      then(this.#commit(), () => {
        this.savedRows = this.processed
        return script.transaction === 'none' ? undefined : this.#begin()
      }),
    )
  }

  tell(): void {
    const { script, tell } = this.#setting
    tell({ kind: 'progress', script: script.file.name, processed: this.processed ?? 0, total: this.total })
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
      return then(book.passFence(this.session), (passed) => {
        if (!passed) throw lockLost(script)
        shared.isAtWork = true
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
        shared.isAtWork = false
      })
    })
  }

  /** The transaction has the ledger's row in it: a commit of the script's own would tear them apart. */
  readonly #refuseCommit = ({ transaction }: { transaction: { nested: boolean } }): void => {
    if (this.#isCommitting || transaction.nested || this.#hasOwnTransactions) return
    throw new Failure(
      'FAILED',
      `${this.#setting.script.file.name} commits by itself: its transaction is committed together with its row in the ledger when it ends. Leave commit() out, or say export const transaction = 'none'`,
    )
  }

  #requireTransaction(): void {
    if (this.#hasOwnTransactions || this.session.getTransaction() === this.#transaction) return
    throw new Failure(
      'FAILED',
      `${this.#setting.script.file.name} has ended its transaction by itself, and what it did in it is undone: use beginNested() for a part that may be rolled back, or say export const transaction = 'none'`,
    )
  }

  #stopped(): Failure {
    const { script, shared } = this.#setting
    if (shared.isLockLost) return lockLost(script)
    const where = this.savedRows === null ? 'and is rolled back' : `after ${this.savedRows} rows, which are committed`
    return new Failure('INTERRUPTED', `${script.file.name} was interrupted ${where}: run the same command to go on`)
  }

  #context(): object {
    const { script, isDryRun, args, shared, tell } = this.#setting
    const { name } = script.file
    const walk = script.mode === 'sync' ? walkAtOnce : walkInTurn
    return {
      name,
      args,
      isDryRun,
      signal: shared.signal,
      log: (...values: unknown[]) => tell({ kind: 'log', script: name, text: format(...values) }),
      progress: (processed: number, total?: number) => {
        this.#told = { processed, total: total ?? this.#told?.total ?? null }
        this.tell()
      },
      batch: (model: unknown, options: unknown) => walk(() => batch(this, model, options)),
    }
  }
}

export interface RunSetting {
  readonly script: Script
  readonly direction: Direction
  /** Where an earlier run was interrupted, as the ledger has it. */
  readonly cursor: string | null
  readonly book: Book
  readonly isDryRun: boolean
  readonly args: readonly string[]
  readonly shared: Shared
  readonly tell: (event: RunEvent) => void
}

/** Of a session, of either kind, what a run needs. */
export interface RunSession extends WalkedSession, RawTarget {
  begin(): Io<unknown>
  commit(): Io<void>
  rollback(): Io<void>
  close(): Io<void>
  inTransaction(): boolean
  getTransaction(): unknown
  on(event: 'beforeCommit', listener: (payload: { transaction: { nested: boolean } }) => void): unknown
  off(event: 'beforeCommit', listener: (payload: { transaction: { nested: boolean } }) => void): unknown
}

export function lockLost({ file }: Script): Failure {
  return new Failure(
    'LOCKED',
    `${file.name} was stopped because another runner has taken the lock, or has run it meanwhile; what it had not committed is rolled back. Look at prisma-session migrate status, then run again`,
  )
}

/** Goes on with an answer that may be a promise. */
function then<T, R>(answer: Io<T>, go: (value: T) => Io<R>): Io<R> {
  return isPromise(answer) ? Promise.resolve(answer).then(go) : go(answer)
}

function isPromise<T>(answer: Io<T>): answer is PromiseLike<T> {
  return typeof (answer as { then?: unknown } | null | undefined)?.then === 'function'
}
