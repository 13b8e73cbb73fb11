import { inWords } from '../../migrate/lock/contract.js'
import { forgetLock } from '../../migrate/lock/lock.js'
import { reach } from '../../migrate/open-client.js'
import { confirm } from '../confirm.js'
import { withDatabase } from '../open-ledger.js'
import type { Reporter } from '../report/reporter.js'
import type { Settings } from '../settings.js'
/** Takes the lock from whoever holds it. A runner that it is taken from stops, and rolls back what it has not committed. */
export async function unlock(
  flags: { yes?: boolean; json?: boolean },
  settings: Settings,
  reporter: Reporter,
): Promise<void> {
  await withDatabase(settings.client, async (sql) => {
    await confirm('Take the lock from the runner that holds it?', flags, settings.host)
    const holder = await reach(settings.client, () => forgetLock(sql))
    const text = holder ? inWords(holder) : null
    reporter.result({ event: 'unlocked', holder }, () =>
      text === null ? 'Nobody holds the lock.' : `The lock was taken from ${text}.`,
    )
  })
}
