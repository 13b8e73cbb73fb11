import { Failure } from '../../migrate/failure.js'
import { nameOf, type ScriptFile } from '../../migrate/files.js'
import type { Plan } from '../../migrate/plan.js'
import { type Change, changeLedger } from '../change-ledger.js'
import type { Reporter } from '../report/reporter.js'
import { noScripts } from '../report/text.js'
import type { Settings } from '../settings.js'
/** Notes scripts as done without running them: for a database that has had their work done by other means. */
export async function baseline(
  { to, ...flags }: { to?: string; yes?: boolean; json?: boolean },
  settings: Settings,
  reporter: Reporter,
): Promise<void> {
  const question = (names: readonly string[]) => `Note as done, without running them: ${names.join(', ')}?`
  let isEmpty = false
  const scripts = await changeLedger('migrate baseline', { settings, flags, question }, (plan) => {
    isEmpty = plan.entries.length === 0
    return changes(plan, to, settings.dir)
  })
  const nothing = () => (isEmpty ? noScripts(settings.dir) : 'Nothing to note: every script is done.')
  reporter.result({ event: 'baselined', scripts }, () =>
    scripts.length === 0 ? nothing() : `noted as done: ${scripts.join(', ')}`,
  )
}

function changes({ pending, entries }: Plan, to: string | undefined, dir: string): Change[] {
  const at = to === undefined ? pending.length - 1 : pending.findIndex(({ name }) => name === nameOf(to))
  if (to !== undefined && at < 0) {
    const known = entries.find(({ name }) => name === nameOf(to))
    const why = known ? `that script is ${known.state}` : `there is no such script in ${dir}`
    throw new Failure('USAGE', `--to ${to}: ${why}`)
  }
  return pending.slice(0, at + 1).map(({ name, file }) => ({
    what: name,
    act: (ledger) => ledger.baseline(name, (file as ScriptFile).checksum),
  }))
}
