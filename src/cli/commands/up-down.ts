import type { Direction } from '../../migrate/run/events.js'
import type { MigrateJob } from '../../migrate/run/job.js'
import { confirm } from '../confirm.js'
import type { Reporter } from '../report/reporter.js'
import { runJob } from '../run-job.js'
import type { Settings } from '../settings.js'
/** Runs what waits, or undoes what has run. */
export async function upOrDown(
  direction: Direction,
  { to, step, dryRun, allowChanged, allowOutOfOrder, wait, yes, json }: UpDownFlags,
  settings: Settings,
  reporter: Reporter,
): Promise<void> {
  const { client, dir, host } = settings
  const isDryRun = dryRun ?? false
  const job: MigrateJob = {
    kind: 'migrate',
    ...client,
    dir,
    direction,
    to: to ?? null,
    step: step ?? null,
    isDryRun,
    allowsChanged: allowChanged ?? false,
    allowsLate: allowOutOfOrder ?? false,
  }
  if (direction === 'down' && !isDryRun) {
    const what =
      to === '0' ? 'every script' : to !== undefined ? `scripts back to ${to}` : `the last ${step ?? 1} of them`
    await confirm(`Undo ${what}?`, { yes, json }, host)
  }
  // A dry run changes nothing, and the transaction that it rolls back keeps others out of what it has touched.
  await runJob(job, isDryRun ? null : { command: `migrate ${direction}`, wait }, reporter)
}

export interface UpDownFlags {
  readonly to?: string
  readonly step?: number
  readonly dryRun?: boolean
  readonly allowChanged?: boolean
  readonly allowOutOfOrder?: boolean
  /** Seconds. */
  readonly wait: number
  readonly yes?: boolean
  readonly json?: boolean
}
