import { scriptFiles } from '../migrate/files.js'
import { Ledger } from '../migrate/ledger.js'
import { underLock } from '../migrate/lock/under-lock.js'
import { reach } from '../migrate/open-client.js'
import { Plan } from '../migrate/plan.js'
import { ledgerChanged } from '../migrate/run/failures.js'
import { confirm } from './confirm.js'
import { withDatabase } from './open-ledger.js'
import type { Settings } from './settings.js'
/** Changes rows of the ledger, when somebody has agreed to it and while no runner is at work. Gives what was done. */
export async function changeLedger(
  command: string,
  { settings, flags, question }: ChangeSetting,
  propose: (plan: Plan) => readonly Change[],
): Promise<readonly string[]> {
  const { client: module, dir } = settings
  return await withDatabase(module, async (sql, client) => {
    const files = await scriptFiles(dir)
    const planOf = async (ledger: Ledger) => new Plan(files, await ledger.rows())
    const wanted = propose(await reach(module, () => planOf(new Ledger(sql)))).map(({ what }) => what)
    if (wanted.length === 0) return wanted
    await confirm(question(wanted), flags, settings.host)
    await reach(module, () => new Ledger(sql).create())
    await underLock(client, sql, command, async (own) => {
      const ledger = new Ledger(own)
      const changes = propose(await planOf(ledger))
      if (String(changes.map(({ what }) => what)) !== String(wanted)) throw ledgerChanged()
      for (const { act } of changes) await act(ledger)
    })
    return wanted
  })
}

export interface Change {
  readonly what: string
  readonly act: (ledger: Ledger) => unknown
}

export interface ChangeSetting {
  readonly settings: Settings
  readonly flags: { readonly yes?: boolean; readonly json?: boolean }
  readonly question: (wanted: readonly string[]) => string
}
