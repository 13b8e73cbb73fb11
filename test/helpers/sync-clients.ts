import { createSyncClient } from '../../src/sync.js'
import type { AdapterName, SchemaName } from './databases.js'
import type { Log } from './spy.js'

/** A synchronous client that a test has to itself; its worker has served others, and will. */
export interface SyncTestClient {
  close(): void
  $open(adapter: AdapterName, url: string): void
  $spied(): Log & { sql: string[] }
  $disconnect(): void
}

const idle = new Map<SchemaName, SyncTestClient[]>()

/** A client on the database, from a worker that has nothing to do. */
export function takeSyncClient(schema: SchemaName, adapter: AdapterName, url: string): SyncTestClient {
  const client = idle.get(schema)?.pop() ?? started(schema)
  client.$open(adapter, url)
  return client
}

/** Gives a client back, disconnected. */
export function giveSyncClient(schema: SchemaName, client: SyncTestClient): void {
  client.$open('better-sqlite3', ':memory:')
  const waiting = idle.get(schema) ?? []
  idle.set(schema, [...waiting, client])
}

function started(schema: SchemaName): SyncTestClient {
  return createSyncClient(new URL(`./sync-module.ts?schema=${schema}`, import.meta.url)) as unknown as SyncTestClient
}
