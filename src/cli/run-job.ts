import { setTimeout as wait } from 'node:timers/promises'
import { Failure, textOf } from '../migrate/failure.js'
import { Ledger } from '../migrate/ledger.js'
import { Keeper, type KeeperSetting } from '../migrate/lock/keeper.js'
import { reach } from '../migrate/open-client.js'
import type { Ended, RunEvent } from '../migrate/run/events.js'
import { rerun, resumeCommand } from '../migrate/run/failures.js'
import type { Action, RunJob } from '../migrate/run/job.js'
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
  const progress = new Progress(job.kind === 'migrate' ? job.action : 'up', reporter)
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
  const setting = lock && settingOf(lock, reporter, shared, () => stop('lockLost'))
  const work = setting ? underLock(job, setting, run, progress) : run('')
  const insisted = signals.insisted.then(async (failure) => {
    // The lock is let go of where that can be done in time, and else goes with its connection.
    await Promise.race([work.catch(() => {}), wait(2000)])
    return failure
  })
  let failure: Failure | null
  try {
    failure = await Promise.race([work, insisted])
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

function underLock(
  job: RunJob,
  setting: KeeperSetting,
  run: (token: string) => Promise<Failure | null>,
  progress: Progress,
): Promise<Failure | null> {
  return withDatabase(job, async (sql, client) => {
    const keeper = await reach(job, () => Keeper.take(client, sql, setting))
    let failure: Failure | null
    try {
      failure = await run(keeper.token)
    } finally {
      await keeper.release().catch((cause) => setting.onLost(textOf(cause)))
    }
    await progress.noteCrash(new Ledger(sql), failure)
    return failure
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
    heartbeat: (send) => shared.heartbeat(send),
  }
}

/** What has been heard of the scripts. */
class Progress {
  readonly #action: Action
  readonly #reporter: Reporter
  readonly #ended: Ended[] = []
  #current: Begun | null = null

  constructor(action: Action, reporter: Reporter) {
    this.#action = action
    this.#reporter = reporter
  }

  hear(event: RunEvent): void {
    if (event.kind === 'begun') this.#current = event
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
      const counts = { duration: 0, processed: null, total: null, statements: null }
      const outcome = failure.code === 'INTERRUPTED' ? 'interrupted' : 'failed'
      this.hear({ kind: 'ended', script: current.script, outcome, ...counts })
    }
    this.#reporter.summary(this.#ended)
    return current && failure ? this.#failureOf(current, failure) : failure
  }

  #failureOf({ script, direction }: Begun, cause: Failure): Failure {
    const command = resumeCommand(this.#action, direction, script)
    const next = cause.code === 'INTERRUPTED' ? `: ${command} to go on` : `, and ${rerun(command)}`
    return new Failure(cause.code, `${script} failed: ${cause.message}${next}`, { cause, detail: cause.detail })
  }
}

type Begun = Extract<RunEvent, { kind: 'begun' }>
