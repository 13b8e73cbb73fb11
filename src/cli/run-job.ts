import { setTimeout as wait } from 'node:timers/promises'
import { textOf } from '../migrate/error-text.js'
import type { Failure } from '../migrate/failure.js'
import { Ledger } from '../migrate/ledger.js'
import { Keeper, type KeeperSetting } from '../migrate/lock/keeper.js'
import { reach } from '../migrate/open-client.js'
import type { RunJob } from '../migrate/run/job.js'
import { Shared } from '../migrate/run/shared.js'
import { withDatabase } from './open-ledger.js'
import { Progress } from './progress.js'
import type { Reporter } from './report/reporter.js'
import { ScriptsWorker } from './scripts-worker.js'
import type { Host } from './settings.js'
import { Signals } from './signals.js'

/**
 * Runs scripts in a worker, so that this thread's event loop is free whatever a script does: it has the terminal, the
 * signals and, where `lock` says so, the lock.
 */
export async function runJob(job: RunJob, lock: LockFlags | null, { stdin }: Host, reporter: Reporter): Promise<void> {
  const shared = new Shared()
  const progress = new Progress(job, reporter)
  const scripts = new ScriptsWorker({ run: job, numbers: shared.numbers }, stdin, progress)
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
