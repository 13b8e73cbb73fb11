import { Failure } from '../../migrate/failure.js'
import { nameOf, type ScriptFile } from '../../migrate/files.js'
import type { Ledger } from '../../migrate/ledger.js'
import type { Entry } from '../../migrate/plan.js'
import { confirm } from '../confirm.js'
import { withLedger } from '../open-ledger.js'
import type { Reporter } from '../report/reporter.js'
import type { Settings } from '../settings.js'
/** Makes the ledger agree with the files. No script is run, and no other table touched. */
export async function repair(
  given: readonly string[],
  { yes, json }: { yes?: boolean; json?: boolean },
  settings: Settings,
  reporter: Reporter,
): Promise<void> {
  await withLedger(settings, async (ledger, plan) => {
    const names = given.map(nameOf)
    const unknown = names.find((name) => !plan.entries.some((entry) => entry.name === name))
    if (unknown !== undefined)
      throw new Failure('USAGE', `there is no script ${unknown}, in the ledger or in ${settings.dir}`)
    const chosen = plan.entries.filter(({ name }) => names.length === 0 || names.includes(name))
    const repairs = chosen.flatMap((entry) => repairOf(entry) ?? [])
    const value = { event: 'repaired', repairs: repairs.map(({ what }) => what) }
    if (repairs.length > 0) await confirm(`${repairs.map(({ what }) => what).join('\n')}\nDo that?`, { yes, json })
    for (const { act } of repairs) await act(ledger)
    reporter.result(value, () =>
      repairs.length === 0 ? 'Nothing to repair: ledger and files agree.' : value.repairs.join('\n'),
    )
  })
}

interface Repair {
  readonly what: string
  readonly act: (ledger: Ledger) => unknown
}

function repairOf({ name, file, state, row, isChanged, newName }: Entry): Repair | null {
  switch (state) {
    case 'missing':
      return newName === null
        ? { what: `${name}: its row is removed, as its file is gone`, act: (ledger) => ledger.remove(name) }
        : { what: `${name}: its row is renamed to ${newName}`, act: (ledger) => ledger.rename(name, newName) }
    case 'failed':
    case 'interrupted': {
      const rows = row?.cursor == null ? '' : `, though ${row.processed ?? 0} rows of an earlier run are committed`
      return {
        what: `${name}: its row is removed, and it runs from its beginning next time${rows}`,
        act: (ledger) => ledger.remove(name),
      }
    }
    case 'done':
    case 'baseline':
    case 'reverting': {
      const { checksum } = file as ScriptFile
      if (state === 'reverting' && !isChanged) {
        return {
          what: `${name}: it is taken for done, though its down was begun, and its down runs from its beginning next time`,
          act: (ledger) => ledger.reach(name, { cursor: null, processed: null, total: null }),
        }
      }
      if (!isChanged) return null
      return { what: `${name}: its text is taken as it is now`, act: (ledger) => ledger.setChecksum(name, checksum) }
    }
    default:
      return null
  }
}
