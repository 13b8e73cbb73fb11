import type { PrismaClient } from './clients.js'
/** How many connections to the client's database, besides the one that asks, have a transaction open. SQLite does not tell. */
export async function openTransactions(client: PrismaClient, database: string): Promise<number> {
  const question = questions[database]
  return question === undefined ? 0 : (await client.$queryRawUnsafe<unknown[]>(question)).length
}

const questions: Readonly<Record<string, string>> = {
  postgresql: `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`,
  mariadb:
    'SELECT trx_id FROM information_schema.innodb_trx JOIN information_schema.processlist ON id = trx_mysql_thread_id AND db = database()',
}
