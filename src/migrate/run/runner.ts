import { textOf } from '../error-text.js'
import { Failure } from '../failure.js'
import type { Ledger, LedgerRow } from '../ledger.js'
import type { Book } from './book.js'
import type { Connections } from './connections.js'
import type { Direction, Outcome, RunEvent, SentStatement } from './events.js'
import { interrupted, lockLost, scriptFailed } from './failures.js'
import type { Script } from './load-script.js'
import { placeIn } from './place-in.js'
import { type RunSession, ScriptRun } from './script-run.js'
import type { Shared } from './shared.js'
import { StatementLog } from './statement-log.js'

/** Runs scripts one after the other, each with a session of its own; those of a dry run share one, which is rolled back. */
export class Runner {
  readonly #connections: Connections
  readonly #setting: RunnerSetting
  readonly #log: StatementLog | null
  #dry: { readonly session: RunSession; readonly mode: Script['mode'] } | null = null
  #skips: string | null = null

  constructor(connections: Connections, setting: RunnerSetting) {
    this.#connections = connections
    this.#setting = setting
    this.#log = setting.isDryRun ? new StatementLog() : null
  }

  async run(task: Task): Promise<void> {
    const { script, direction, cursor, command } = task
    const { shared, tell } = this.#setting
    const { name } = script.file
    if (shared.isLockLost) throw lockLost(script)
    if (shared.isToStop) throw new Failure('INTERRUPTED', `interrupted before ${name}: ${command} to go on`)
    if (this.#skips ?? this.#whyNotDry(script)) return this.#skip(name)
    const session = this.#sessionFor(script)
    this.#log?.take() // what was asked of the ledger
    const run = new ScriptRun(session, this.#connections.models, { ...this.#setting, ...task })
    tell({
      kind: 'begun',
      script: name,
      checksum: script.file.checksum,
      direction,
      transaction: script.transaction,
      resumedAt: cursor === null ? null : run.processed,
    })
    try {
      await run.run()
      this.#tellEnd(run, name, this.#log ? 'tried' : direction === 'up' ? 'done' : 'reverted')
    } catch (error) {
      await this.#undo(session)
      throw await this.#failed(error, run, task)
    } finally {
      if (!this.#dry) await this.#undo(session)
    }
  }

  /** Rolls back a dry run. */
  async close(): Promise<void> {
    if (this.#dry) await this.#undo(this.#dry.session)
    this.#dry = null
  }

  #sessionFor(script: Script): RunSession {
    if (!this.#log) return this.#connections.session(script)
    this.#dry ??= { session: this.#connections.session(script), mode: script.mode }
    return this.#dry.session
  }

  /** Scripts of a dry run build on each other in one transaction, which cannot be had of two clients, or by none. */
  #whyNotDry({ file, mode, transaction }: Script): string | null {
    if (!this.#log) return null
    if (transaction === 'none')
      this.#skips = `${file.name} runs without a transaction, so that it cannot be tried: it and what comes after it is left out`
    else if (this.#dry && this.#dry.mode !== mode)
      this.#skips = `${file.name} runs in ${mode} mode, on another connection than the scripts before it, and cannot see what they did: it and what comes after it is left out`
    if (this.#skips !== null) this.#setting.tell({ kind: 'warning', text: this.#skips })
    return this.#skips
  }

  #skip(name: string): void {
    const counts = { duration: 0, processed: null, total: null, statements: null }
    this.#setting.tell({ kind: 'ended', script: name, outcome: 'skipped', ...counts })
  }

  async #undo(session: RunSession): Promise<void> {
    // What has lost its connection is rolled back already.
    await Promise.resolve(session.close()).catch(() => {})
    this.#setting.shared.endWork()
  }

  /** What is thrown instead of what a script has thrown. The ledger keeps why it failed. */
  async #failed(error: unknown, run: ScriptRun, { script, direction, ledger }: Task): Promise<Failure> {
    const { name, checksum, path } = script.file
    const failure = this.#asFailure(error, run, script)
    const isInterrupted = failure.code === 'INTERRUPTED'
    this.#tellEnd(run, name, isInterrupted ? 'interrupted' : 'failed')
    if (ledger && direction === 'up' && failure.code === 'FAILED') {
      const text = [textOf(error), placeIn(error, path)].filter(Boolean).join('\n')
      await ledger.fail(name, checksum, text).catch((cause) => {
        const text = `that ${name} failed could not be noted in the ledger: ${textOf(cause)}`
        this.#setting.tell({ kind: 'warning', text })
      })
    }
    return failure
  }

  #asFailure(error: unknown, run: ScriptRun, script: Script): Failure {
    const { shared } = this.#setting
    if (error instanceof Failure) return error
    if (shared.isLockLost) return lockLost(script)
    // It heeded `signal` in its own way. Anything else that is thrown after Ctrl-C is a fault like any other.
    const isStop = error === shared.signal.reason || (error as { name?: unknown } | null)?.name === 'AbortError'
    return shared.isToStop && isStop ? interrupted(run.left) : scriptFailed(error, run.left)
  }

  #tellEnd(run: ScriptRun, script: string, outcome: Outcome): void {
    const { duration, processed, total } = run
    const statements: SentStatement[] | null = this.#log?.take() ?? null
    this.#setting.tell({ kind: 'ended', script, outcome, duration, processed, total, statements })
  }
}

export interface RunnerSetting {
  readonly isDryRun: boolean
  readonly batchSize: number | null
  readonly shared: Shared
  readonly tell: (event: RunEvent) => void
}

export interface Task {
  readonly script: Script
  readonly direction: Direction
  readonly row: LedgerRow | null
  readonly cursor: string | null
  readonly book: Book
  /** Where a failure is noted; null where nothing is. */
  readonly ledger: Ledger | null
  readonly args: readonly string[]
  /** The command that resumes the run, as in `Left`. */
  readonly command: string
}
