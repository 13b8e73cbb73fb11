import type { RawTarget, Sql } from '../sql.js'
import { takeAdvisory } from './advisory.js'
import { lockedFailure, lockOf } from './lock.js'
/**
 * Does something short while no runner is at work, in one transaction. On PostgreSQL that transaction holds the lock itself,
 * so that one connection is enough.
 */
export async function underLock<T>(
  client: object,
  sql: Sql,
  command: string,
  work: (sql: Sql) => Promise<T>,
): Promise<T> {
  const { $transaction } = client as Transactions
  const inTransaction = (body: (sql: Sql) => Promise<T>) =>
    $transaction.call(client, (tx) => body(sql.over(tx))) as Promise<T>
  if (sql.dialect.provider === 'postgresql') {
    return await inTransaction(async (own) => {
      const holder = await takeAdvisory(own)
      if (holder) throw lockedFailure(holder)
      return await work(own)
    })
  }
  const lock = lockOf(client, sql, command)
  const holder = await lock.take()
  if (holder) throw lockedFailure(holder)
  try {
    return await inTransaction(work)
  } finally {
    await lock.release()
  }
}

interface Transactions {
  $transaction(work: (tx: RawTarget) => Promise<unknown>): Promise<unknown>
}
