import { Failure } from '../migrate/failure.js'
import type { KeeperJob } from '../migrate/lock/keeper.js'
import type { Ended, RunEvent } from '../migrate/run/events.js'
import type { RunJob } from '../migrate/run/job.js'
import type { ScriptsJob } from '../migrate/run/serve.js'
import { askToStop, newStopFlags } from '../migrate/run/stop.js'
import { HeldLock } from './held-lock.js'
import type { Reporter } from './report/reporter.js'
import { CommandWorker } from './worker.js'
/**
 * Runs scripts in a worker, under a lock that another worker keeps. This thread has the terminal and the signals, and its
 * event loop is free whatever a script does.
 */
export async function runJob(run: RunJob, keeper: KeeperJob | null, reporter: Reporter): Promise<void> {
  const flags = newStopFlags()
  const ended: Ended[] = []
  let current: string | null = null
  const hear = ({ event }: { kind: 'event'; event: RunEvent }) => {
    if (event.kind === 'begun') current = event.script
    if (event.kind === 'ended') {
      current = null
      ended.push(event)
    }
    reporter.event(event)
  }
  const print = (text: string) => reporter.event({ kind: 'log', script: current, text })
  const job: ScriptsJob = { kind: 'scripts', run, flags }
  const scripts = new CommandWorker(job, hear, print)
  const stop = (reason: 'interrupted' | 'lockLost') => {
    askToStop(flags, reason)
    scripts.tell({ kind: 'stop' })
  }
  const lock = keeper && new HeldLock(keeper, reporter, print, () => stop('lockLost'))
  const signals = new Signals(reporter, () => stop('interrupted'))
  let failure: Failure | null
  try {
    const token = lock ? await Promise.race([lock.held, signals.insisted]) : ''
    if (token instanceof Failure) failure = token
    else {
      scripts.tell({ kind: 'go', token })
      failure = await Promise.race([scripts.ended, signals.insisted])
    }
  } finally {
    signals.close()
    await scripts.terminate()
    await lock?.release()
  }
  if (current !== null && failure) {
    ended.push({ kind: 'ended', script: current, outcome: 'failed', ...nothing })
    failure = new Failure(failure.code, `${current} failed: ${failure.message}`, { detail: failure.detail })
  }
  reporter.summary(ended)
  if (failure) throw failure
}

const nothing = { duration: 0, processed: null, total: null, statements: null }

/** Ctrl-C: the first time the script may end its page, the second time it may not. */
class Signals {
  readonly insisted: Promise<Failure>
  readonly #listener: (signal: NodeJS.Signals) => void

  constructor(reporter: Reporter, stop: () => void) {
    let insist: (failure: Failure) => void = () => {}
    this.insisted = new Promise((resolve) => {
      insist = resolve
    })
    let count = 0
    this.#listener = (signal) => {
      if (++count > 1)
        return insist(
          new Failure(
            'INTERRUPTED',
            'interrupted for good, and what was not committed is rolled back: run the same command to go on',
          ),
        )
      reporter.note(`${signal}: ends after the page that it is at; once more ends at once`)
      stop()
    }
    for (const signal of signals) process.on(signal, this.#listener)
  }

  close(): void {
    for (const signal of signals) process.off(signal, this.#listener)
  }
}

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
