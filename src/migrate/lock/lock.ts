import { hostname } from 'node:os'
import { Failure } from '../failure.js'
import type { Io, Sql } from '../sql.js'
import { AdvisoryLock, advisoryFence, advisoryHolder, forgetAdvisory } from './advisory.js'
import { type Holder, inWords, type Lock } from './contract.js'
import { forgetLease, LeaseLock, leaseFence, leaseHolder } from './lease.js'

export function lockOf(client: object, sql: Sql, command: string): Lock {
  const own = { host: hostname(), pid: process.pid, command }
  return sql.dialect.provider === 'postgresql' ? new AdvisoryLock(client, sql, own) : new LeaseLock(sql, own)
}

/**
 * The first statement of every transaction that works under the lock, and the last: false when another runner has taken it.
 * As long as the transaction is open, no other can pass.
 */
export function passFence(sql: Sql, token: string): Io<boolean> {
  return sql.dialect.provider === 'postgresql' ? advisoryFence(sql, token) : leaseFence(sql, token)
}

/** The runner that holds the lock, found without taking it. */
export function lockHolder(sql: Sql): Promise<Holder | null> {
  return sql.dialect.provider === 'postgresql' ? advisoryHolder(sql) : leaseHolder(sql, hostname())
}

/** Takes the lock from whoever holds it. Gives the holder, or null where there was none. */
export function forgetLock(sql: Sql): Promise<Holder | null> {
  return sql.dialect.provider === 'postgresql' ? forgetAdvisory(sql) : forgetLease(sql)
}

export function lockedFailure(holder: Holder): Failure {
  return new Failure(
    'LOCKED',
    `${inWords(holder)} is running scripts on this database: wait until it has ended. A lock whose holder has died is released by itself; if the holder lives and is not wanted, prisma-session migrate unlock takes the lock from it`,
  )
}
