import { Failure } from '../migrate/failure.js'
import { Keeper, type KeeperSetting } from '../migrate/lock/keeper.js'
import { reach } from '../migrate/run/connections.js'
import type { Ended, RunEvent } from '../migrate/run/events.js'
import type { RunJob } from '../migrate/run/job.js'
import { Shared } from '../migrate/run/shared.js'
import { withDatabase } from './open-ledger.js'
import type { Reporter } from './report/reporter.js'
import { ScriptsWorker } from './scripts-worker.js'
import { Signals } from './signals.js'
/**
 * Runs scripts in a worker, so that this thread's event loop is free whatever a script does: it has the terminal, the
 * signals and, where `lock` says so, the lock.
 */
export async function runJob(job: RunJob, lock: LockFlags | null, reporter: Reporter): Promise<void> {
  const shared = new Shared()
  const progress = new Progress(reporter)
  const scripts = new ScriptsWorker({ run: job, numbers: shared.numbers }, progress)
  const stop = (reason: 'interrupted' | 'lockLost') => {
    shared.stop(reason)
    scripts.tell({ kind: 'stop' })
  }
  const signals = new Signals((signal) => {
    reporter.note(`${signal}: ends after the page that it is at; once more ends at once`)
    stop('interrupted')
  })
  const run = async (token: string) => {
    scripts.tell({ kind: 'go', token })
    const isOver = scripts.ended.then((failure) => ({ failure, patience: 500 }))
    const isInsisted = signals.insisted.then((failure) => ({ failure, patience: 0 }))
    const { failure, patience } = await Promise.race([isOver, isInsisted])
    await scripts.terminate({ patience }) // what it had open is rolled back, before anybody else may begin
    return failure
  }
  let failure: Failure | null
  try {
    failure = lock
      ? await underLock(
          job,
          settingOf(lock, reporter, shared, () => stop('lockLost')),
          run,
        )
      : await run('')
  } finally {
    signals.close()
    await scripts.terminate()
  }
  failure = progress.close(failure)
  if (failure) throw failure
}

export interface LockFlags {
  readonly command: string
  /** Seconds. */
  readonly wait: number
}

function underLock(job: RunJob, setting: KeeperSetting, run: (token: string) => Promise<Failure | null>) {
  return withDatabase(job, async (sql, client) => {
    const keeper = await reach(job, () => Keeper.take(client, sql, setting))
    try {
      return await run(keeper.token)
    } finally {
      await keeper.release()
    }
  })
}

function settingOf({ command, wait }: LockFlags, reporter: Reporter, shared: Shared, lose: () => void): KeeperSetting {
  return {
    command,
    patience: wait * 1000,
    onWaiting: (holder) => reporter.note(`waiting for ${holder}`),
    isUnwanted: () => shared.isToStop,
    onLost: (why) => {
      reporter.note(`the lock is lost: ${why}`)
      lose()
    },
    isAtWork: () => shared.isAtWork,
  }
}

/** What has been heard of the scripts. */
class Progress {
  readonly #reporter: Reporter
  readonly #ended: Ended[] = []
  #current: string | null = null

  constructor(reporter: Reporter) {
    this.#reporter = reporter
  }

  hear(event: RunEvent): void {
    if (event.kind === 'begun') this.#current = event.script
    if (event.kind === 'ended') {
      this.#current = null
      this.#ended.push(event)
    }
    this.#reporter.event(event)
  }

  /** What a script or the client has written by itself. */
  print(text: string): void {
    this.#reporter.event({ kind: 'log', script: this.#current, text })
  }

  /** A script that was at work when its worker ended has failed as that did. */
  close(failure: Failure | null): Failure | null {
    const script = this.#current
    if (script !== null && failure) {
      const counts = { duration: 0, processed: null, total: null, statements: null }
      const outcome = failure.code === 'INTERRUPTED' ? 'interrupted' : 'failed'
      this.hear({ kind: 'ended', script, outcome, ...counts })
    }
    this.#reporter.summary(this.#ended)
    if (script === null || !failure) return failure
    return new Failure(failure.code, `${script} failed: ${failure.message}`, { cause: failure, detail: failure.detail })
  }
}
