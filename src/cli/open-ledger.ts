import { isTypeScript, tsxFor, useTsx } from '../bridge/typescript.js'
import { scriptFiles } from '../migrate/files.js'
import { Ledger } from '../migrate/ledger.js'
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

/** The same with the ledger, and what it says beside the files. */
export function withLedger<T>(settings: Settings, use: (ledger: Ledger, plan: Plan) => Promise<T>): Promise<T> {
  return withDatabase(settings.client, async (sql) => {
    const ledger = new Ledger(sql)
    const files = await scriptFiles(settings.dir)
    const rows = await reach(settings.client, () => ledger.rows())
    return await use(ledger, new Plan(files, rows))
  })
}
