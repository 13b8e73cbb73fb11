import { isTypeScript, tsxFor, useTsx } from '../bridge/typescript.js'
import { scriptFiles } from '../migrate/files.js'
import { Ledger } from '../migrate/ledger.js'
import type { Holder } from '../migrate/lock/contract.js'
import { lockHolder } from '../migrate/lock/lock.js'
import type { AsyncClient } from '../migrate/open-client.js'
import { openClient, reach, sqlOver } from '../migrate/open-client.js'
import { Plan } from '../migrate/plan.js'
import type { ClientModule } from '../migrate/run/job.js'
import type { Sql } from '../migrate/sql.js'
import type { Settings } from './settings.js'

/** For the commands that run no script: the database, from this thread, for as long as `use` takes. */
export async function withDatabase<T>(
  module: ClientModule,
  use: (sql: Sql, client: AsyncClient) => Promise<T>,
): Promise<T> {
  const tsx = isTypeScript(module.client) ? tsxFor(module.client) : null
  if (tsx) await useTsx(tsx)
  const client = await openClient(module)
  try {
    return await use(sqlOver(client), client)
  } finally {
    await client.$disconnect()
  }
}

/** Compares the ledger with the files, and finds the runner at work, if any. */
export function readPlan(settings: Settings): Promise<{ readonly plan: Plan; readonly runner: Holder | null }> {
  return withDatabase(settings.client, async (sql) => {
    const files = await scriptFiles(settings.dir)
    // In this order: what the runner finishes in between shows in the rows.
    const runner = await reach(settings.client, () => lockHolder(sql))
    const rows = await reach(settings.client, () => new Ledger(sql).rows())
    return { plan: new Plan(files, rows, runner), runner }
  })
}
