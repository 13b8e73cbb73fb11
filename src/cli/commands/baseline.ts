import { Failure } from '../../migrate/failure.js'
import { nameOf, type ScriptFile } from '../../migrate/files.js'
import { confirm } from '../confirm.js'
import { withLedger } from '../open-ledger.js'
import type { Reporter } from '../report/reporter.js'
import type { Settings } from '../settings.js'
/** Notes scripts as done without running them: for a database that has had their work done by other means. */
export async function baseline(
  { to, yes, json }: { to?: string; yes?: boolean; json?: boolean },
  settings: Settings,
  reporter: Reporter,
): Promise<void> {
  await withLedger(settings, async (ledger, plan) => {
    const { pending } = plan
    const at = to === undefined ? pending.length - 1 : pending.findIndex(({ name }) => name === nameOf(to))
    if (to !== undefined && at < 0) {
      const known = plan.entries.find(({ name }) => name === nameOf(to))
      throw new Failure(
        'USAGE',
        `--to ${to}: ${known ? `that script is ${known.state}` : `there is no such script in ${settings.dir}`}`,
      )
    }
    const chosen = pending.slice(0, at + 1)
    const names = chosen.map(({ name }) => name)
    if (chosen.length > 0) await confirm(`Note as done, without running them: ${names.join(', ')}?`, { yes, json })
    await ledger.create()
    for (const { file } of chosen) await ledger.baseline((file as ScriptFile).name, (file as ScriptFile).checksum)
    reporter.result({ event: 'baselined', scripts: names }, () =>
      names.length === 0 ? 'Nothing to note: every script is done.' : `noted as done: ${names.join(', ')}`,
    )
  })
}
