import { Failure, textOf } from '../failure.js'
import type { Ledger, LedgerRow } from '../ledger.js'
import type { Book } from './book.js'
import type { Connections } from './connections.js'
import type { Direction, Outcome, RunEvent, SentStatement } from './events.js'
import type { Script } from './load-script.js'
import { placeIn } from './place-in.js'
import { lockLost, type RunSession, ScriptRun } from './script-run.js'
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
    const { script, direction, cursor } = task
    const { shared, tell } = this.#setting
    const { name } = script.file
    if (shared.isToStop) throw new Failure('INTERRUPTED', `interrupted before ${name}: run the same command to go on`)
    if (this.#skips ?? this.#whyNotDry(script)) return this.#skip(name)
    const session = this.#sessionFor(script)
    this.#log?.take() // what was asked of the ledger
    const run = new ScriptRun(session, this.#connections.models, { ...this.#setting, ...task })
    tell({ kind: 'begun', script: name, direction, resumedAt: cursor === null ? null : run.processed })
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
    this.#setting.shared.isAtWork = false
  }

  /** What is thrown instead of what a script has thrown. The ledger keeps why it failed. */
  async #failed(error: unknown, run: ScriptRun, { script, direction, ledger }: Task): Promise<Failure> {
    const { shared } = this.#setting
    const { name, checksum, path } = script.file
    const failure = asFailure(error, script, run, shared)
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

  #tellEnd(run: ScriptRun, script: string, outcome: Outcome): void {
    const { duration, processed, total } = run
    const statements: SentStatement[] | null = this.#log?.take() ?? null
    this.#setting.tell({ kind: 'ended', script, outcome, duration, processed, total, statements })
  }
}

export interface RunnerSetting {
  readonly isDryRun: boolean
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
}

function asFailure(error: unknown, script: Script, run: ScriptRun, shared: Shared): Failure {
  if (error instanceof Failure) return error
  if (shared.isLockLost) return lockLost(script)
  const { name, path } = script.file
  const options = { cause: error, detail: placeIn(error, path) }
  if (shared.isToStop) {
    // It heeded `signal` in its own way.
    return new Failure('INTERRUPTED', `${name} was interrupted: run the same command to go on`, options)
  }
  return new Failure('FAILED', `${name} failed: ${textOf(error)}\n${wayOut(script, run)}`, options)
}

function wayOut({ file: { name }, transaction }: Script, { savedRows }: ScriptRun): string {
  if (transaction === 'none')
    return `It runs without a transaction, so that what it did before stays. Look at the data, mend it, then run it from its beginning after prisma-session migrate repair ${name}`
  if (savedRows === null) return 'All that it did is rolled back. Mend it, and run the same command again'
  return `${savedRows} rows are committed, the page it was at is rolled back. Mend it, and run the same command again with --allow-changed: it goes on from there`
}
