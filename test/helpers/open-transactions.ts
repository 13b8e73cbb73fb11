import { setTimeout } from 'node:timers/promises'
import type { PrismaClient } from './clients.js'

/**
 * Returns how many connections to the client's database, besides its own, have a transaction open. SQLite keeps no such
 * list: 0 there.
 */
export async function openTransactions(client: PrismaClient, database: string): Promise<number> {
  const sql = transactions[database]
  return sql === undefined ? 0 : (await client.$queryRawUnsafe<unknown[]>(sql)).length
}

/** Returns once a statement waits for a lock in the client's database, on a server. */
export async function untilLockWait(client: PrismaClient, database: string): Promise<void> {
  const sql = lockWaits[database]
  if (sql === undefined) throw new Error(`${database} does not tell who waits`)
  while ((await client.$queryRawUnsafe<unknown[]>(sql)).length === 0) await setTimeout(5)
}

const transactions: Readonly<Record<string, string>> = {
  postgresql: `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`,
  mariadb:
    'SELECT trx_id FROM information_schema.innodb_trx JOIN information_schema.processlist ON id = trx_mysql_thread_id AND db = database()',
}

const lockWaits: Readonly<Record<string, string>> = {
  postgresql: `SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
  mariadb: `${transactions.mariadb} WHERE trx_state = 'LOCK WAIT'`,
}
