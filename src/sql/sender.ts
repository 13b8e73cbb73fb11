import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { adapterOf } from '../driver/prisma-internals.js'
import { Failure } from '../migrate/failure.js'
import type { Dialect } from '../migrate/sql.js'
import { openMysql } from './mysql.js'
import { openPostgresql } from './postgresql.js'
import { openSqlite } from './sqlite.js'
/** A connection that takes SQL files whole. */
export interface Sender {
  /**
   * Sends a file between two statements, in one transaction. False where the database or the file does not allow that; then
   * nothing of it was done. Throws what the database says, and nothing of it was done that could be rolled back. `mayCommit`
   * is called before the end, and may throw.
   */
  sendInTransaction(before: string, file: string, after: string, mayCommit: () => void): Promise<boolean>
  /** Ends a transaction that a file has left open, as it failed in it. */
  rollback(): Promise<void>
  /** Sends statements as they are. */
  send(text: string): Promise<void>
  close(): Promise<void>
}

/**
 * A connection of the client's own driver, made by the adapter that the client was made with. `patience`: milliseconds to
 * wait for Prisma's engine, where it has a lock.
 */
export async function openSender(client: object, dialect: Dialect, patience: number): Promise<Sender> {
  const factory = adapterOf(client) as SqlDriverAdapterFactory | null
  if (dialect.provider === 'postgresql') refusePoolOfOne(factory)
  const adapter = (await factory?.connect()) as Adapter | undefined
  if (!adapter) {
    throw new Failure(
      'USAGE',
      'sql up needs a client that was made with a driver adapter: new PrismaClient({ adapter })',
    )
  }
  try {
    switch (dialect.provider) {
      case 'sqlite':
        return openSqlite(adapter)
      case 'postgresql':
        return await openPostgresql(adapter, dialect.schema as string, patience)
      case 'mysql':
        return await openMysql(adapter)
    }
  } catch (error) {
    await adapter.dispose()
    throw error
  }
}

/** A pool that the client shares with us has to have a connection for each. */
function refusePoolOfOne(factory: object | null): void {
  const { externalPool } = (factory ?? {}) as { externalPool?: { options?: { max?: number } } | null }
  if (externalPool?.options?.max !== 1) return
  throw new Failure(
    'USAGE',
    'sql up needs two connections at once, and the pool that the client was given has one: give it max: 2',
  )
}

/** `client`: the driver's own, which the adapters keep under that name. */
export type Adapter = SqlDriverAdapter & { readonly client?: unknown }

export function cannotSend(adapter: Adapter, driver: string): Failure {
  return new Failure(
    'USAGE',
    `sql up sends files through ${driver}, and ${adapter.adapterName} keeps none that it can use: use another client for it with --client`,
  )
}
