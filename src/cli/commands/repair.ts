import { Failure } from '../../migrate/failure.js'
import { nameOf, type ScriptFile } from '../../migrate/files.js'
import type { Entry } from '../../migrate/plan.js'
import { type Change, changeLedger } from '../change-ledger.js'
import type { Reporter } from '../report/reporter.js'
import type { Settings } from '../settings.js'
/** Makes the ledger agree with the files. No script is run, and no other table touched. */
export async function repair(
  given: readonly string[],
  flags: { yes?: boolean; json?: boolean },
  settings: Settings,
  reporter: Reporter,
): Promise<void> {
  const names = given.map(nameOf)
  const question = (repairs: readonly string[]) => `${repairs.join('\n')}\nDo that?`
  const repairs = await changeLedger('migrate repair', { settings, flags, question }, ({ entries }) => {
    const unknown = names.find((name) => !entries.some((entry) => entry.name === name))
    if (unknown !== undefined)
      throw new Failure('USAGE', `there is no script ${unknown}, in the ledger or in ${settings.dir}`)
    return entries
      .filter(({ name }) => names.length === 0 || names.includes(name))
      .flatMap((entry) => repairOf(entry) ?? [])
  })
  reporter.result({ event: 'repaired', repairs }, () =>
    repairs.length === 0 ? 'Nothing to repair: ledger and files agree.' : repairs.join('\n'),
  )
}

function repairOf({ name, file, state, row, isChanged, newName }: Entry): Change | null {
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
