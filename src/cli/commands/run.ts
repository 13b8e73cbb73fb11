import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { Failure } from '../../migrate/failure.js'
import type { Reporter } from '../report/reporter.js'
import { runJob } from '../run-job.js'
import type { Settings } from '../settings.js'
/** Runs one script that is no migration: nothing is noted, and it may run again and again. */
export async function run(
  given: string,
  args: readonly string[],
  { dryRun, batchSize }: { readonly dryRun?: boolean; readonly batchSize?: number },
  settings: Settings,
  reporter: Reporter,
): Promise<void> {
  const path = resolve(settings.host.cwd(), given)
  if (!existsSync(path)) throw new Failure('USAGE', `there is no script ${path}`)
  const { client, exportName } = settings.client
  const options = { client, exportName, isDryRun: dryRun ?? false, batchSize: batchSize ?? null }
  await runJob({ kind: 'script', ...options, path, args }, null, settings.host, reporter)
}
