import { setTimeout } from 'node:timers/promises'
import type { PrismaClient } from './clients.js'

/**
 * Returns how many connections to the client's database, besides its own, have a transaction open. SQLite keeps no such
 * list: 0 there.
 */
export async function openTransactions(client: PrismaClient, database: string): Promise<number> {
  return (await transactionsOf(client, database)).length
}

/** Returns once a statement waits for a lock in the client's database, on a server. */
export async function untilLockWait(client: PrismaClient, database: string): Promise<void> {
  while (!(await transactionsOf(client, database)).some(({ isWaiting }) => isWaiting)) await setTimeout(5)
}

interface Transaction {
  readonly isWaiting: boolean
}

async function transactionsOf(client: PrismaClient, database: string): Promise<Transaction[]> {
  if (database === 'postgresql')
    return await client.$queryRaw`
      SELECT coalesce(wait_event_type = 'Lock', false) AS "isWaiting" FROM pg_stat_activity
      WHERE datname = current_database() AND pid <> pg_backend_pid() AND state <> 'idle'`
  return database === 'mariadb' ? await mariadbTransactions(client) : []
}

/** From the monitor's text: information_schema.innodb_trx is a cache, which stays as it is while it is read often. */
async function mariadbTransactions(client: PrismaClient): Promise<Transaction[]> {
  const [monitor] = await client.$queryRawUnsafe<{ Status: string }[]>('SHOW ENGINE INNODB STATUS')
  const own = await client.$queryRaw<{ id: unknown }[]>`
    SELECT id FROM information_schema.processlist WHERE db = database()`
  const threads = new Set(own.map(({ id }) => String(id)))
  const parts = monitor?.Status.split('\n---TRANSACTION ').slice(1) ?? []
  return parts
    .filter((part) => part.includes(', ACTIVE') && threads.has(/thread id (\d+)/.exec(part)?.[1] ?? ''))
    .map((part) => ({ isWaiting: part.includes('LOCK WAIT') }))
}
