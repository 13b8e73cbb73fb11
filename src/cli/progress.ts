import { textOf } from '../migrate/error-text.js'
import { Failure } from '../migrate/failure.js'
import type { Ledger } from '../migrate/ledger.js'
import type { Ended, RunEvent } from '../migrate/run/events.js'
import { rerun, resumeCommand, toGoOn } from '../migrate/run/failures.js'
import type { RunJob } from '../migrate/run/job.js'
import type { Reporter } from './report/reporter.js'
import { rows } from './report/text.js'

/** What the scripts of a worker have told so far, for the end of a worker that tells nothing of its own end. */
export class Progress {
  readonly #job: RunJob
  readonly #reporter: Reporter
  readonly #ended: Ended[] = []
  #current: Current | null = null

  constructor(job: RunJob, reporter: Reporter) {
    this.#job = job
    this.#reporter = reporter
  }

  hear(event: RunEvent): void {
    if (event.kind === 'begun') {
      const { resumedAt } = event
      this.#current = { ...event, time: performance.now(), processed: resumedAt, total: null, committed: resumedAt }
    }
    if (event.kind === 'progress' && this.#current) {
      const { processed, total, committed } = event
      this.#current = { ...this.#current, processed, total, committed }
    }
    if (event.kind === 'ended') {
      this.#current = null
      this.#ended.push(event)
    }
    this.#reporter.event(event)
  }

  /** What a script or the client has written by itself. */
  print(text: string): void {
    this.#reporter.event({ kind: 'log', script: this.#current?.script ?? null, text })
  }

  ask(question: string): void {
    this.#reporter.question(this.#current?.script ?? null, question)
  }

  /** The worker of a script has ended before it could note why: it is noted here. */
  async noteCrash(ledger: Ledger, failure: Failure | null): Promise<void> {
    if (!this.#current || this.#current.direction === 'down' || failure?.code !== 'FAILED') return
    const { script, checksum } = this.#current
    await ledger.fail(script, checksum, failure.message).catch((cause) => {
      const text = `that ${script} failed could not be noted in the ledger: ${textOf(cause)}`
      this.#reporter.event({ kind: 'warning', text })
    })
  }

  /** A script that was at work when its worker ended has failed as that did. */
  close(failure: Failure | null): Failure | null {
    const current = this.#current
    if (current && failure) {
      const { script, time, processed, total } = current
      const duration = Math.round(performance.now() - time)
      const outcome = failure.code === 'INTERRUPTED' ? 'interrupted' : 'failed'
      this.hear({ kind: 'ended', script, outcome, duration, processed, total, statements: null })
    }
    this.#reporter.summary(this.#ended)
    return current && failure ? this.#failureOf(current, failure) : failure
  }

  #failureOf({ script, direction, transaction, committed }: Current, cause: Failure): Failure {
    const job = this.#job
    const isNoted = job.kind === 'migrate' && !job.isDryRun
    const savedRows = job.isDryRun ? null : committed
    const command = resumeCommand(job.kind === 'migrate' ? job.action : 'up', direction, script)
    const next =
      cause.code === 'INTERRUPTED'
        ? `${afterInterruption(savedRows)}: ${toGoOn({ name: script, transaction, savedRows, isNoted, command })}`
        : `, and ${rerun(command)}${afterCrash(savedRows, isNoted)}`
    return new Failure(cause.code, `${script} failed: ${cause.message}${next}`, { cause, detail: cause.detail })
  }
}

function afterInterruption(savedRows: number | null): string {
  return savedRows === null ? '' : `, and ${rows(savedRows)} of earlier pages stay committed`
}

function afterCrash(savedRows: number | null, isNoted: boolean): string {
  if (savedRows === null) return ''
  const stay = `${rows(savedRows)} of earlier pages stay committed`
  return isNoted ? ` with --allow-changed: ${stay}, and it goes on after them` : `: ${stay}, and it begins anew`
}

/** The script at work, and how far it has come. */
interface Current extends Extract<RunEvent, { kind: 'begun' }> {
  /** When it began. */
  readonly time: number
  readonly processed: number | null
  readonly total: number | null
  readonly committed: number | null
}
