import { chooseScripts } from '../../migrate/run/choose.js'
import type { Action, Choice, MigrateJob } from '../../migrate/run/job.js'
import { confirm } from '../confirm.js'
import { readPlan } from '../open-ledger.js'
import type { Reporter } from '../report/reporter.js'
import { runJob } from '../run-job.js'
import type { Settings } from '../settings.js'

/** Runs pending scripts, undoes scripts, or undoes a script and runs it again. */
export async function runMigrations(
  action: Action,
  { to, step, dryRun, batchSize, allowChanged, allowOutOfOrder, wait, ...flags }: RunFlags,
  settings: Settings,
  reporter: Reporter,
): Promise<void> {
  const { client, exportName } = settings.client
  const isDryRun = dryRun ?? false
  const choice: Choice = {
    action,
    dir: settings.dir,
    to: to ?? null,
    step: step ?? null,
    allowsChanged: allowChanged ?? false,
    allowsLate: allowOutOfOrder ?? false,
  }
  const expected = action === 'up' || isDryRun ? null : await confirmedScripts(choice, flags, settings, reporter)
  const options = { client, exportName, isDryRun, batchSize: batchSize ?? null }
  const job: MigrateJob = { kind: 'migrate', ...options, ...choice, expected }
  // A dry run changes nothing, and the transaction that it rolls back keeps others out of what it has touched.
  await runJob(job, isDryRun ? null : { command: `migrate ${action}`, wait }, settings.host, reporter)
}

export interface RunFlags {
  readonly to?: string
  readonly step?: number
  readonly dryRun?: boolean
  readonly batchSize?: number
  readonly allowChanged?: boolean
  readonly allowOutOfOrder?: boolean
  /** Seconds. */
  readonly wait: number
  readonly yes?: boolean
  readonly json?: boolean
}

/** Lists the scripts to undo and asks for confirmation. The runner refuses to undo any others. */
async function confirmedScripts(
  choice: Choice,
  flags: { readonly yes?: boolean; readonly json?: boolean },
  settings: Settings,
  reporter: Reporter,
): Promise<readonly string[]> {
  const { plan } = await readPlan(settings)
  const names = chooseScripts(plan, choice).map(({ name }) => name)
  if (names.length === 0) return names
  const list = names.join(', ')
  const then = choice.action === 'redo' ? ', then run it again' : ''
  if (flags.yes) reporter.note(`To be undone${then}: ${list}`)
  else await confirm(`Undo ${list}${then}?`, flags, settings.host)
  return names
}
