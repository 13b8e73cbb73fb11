import { createSyncClient } from '../../src/sync.js'
import { type AdapterName, isFile, nowhere, type SchemaName } from './clients.js'
import type { ExtensionName } from './extensions.js'
import type { Log } from './spy.js'

/** A synchronous client that a test has to itself; its worker has served others, and will. */
export interface SyncTestClient {
  close(): void
  $open(adapter: AdapterName, url: string): void
  $spied(): Log & { sql: string[] }
  $disconnect(): void
}

/** What its module makes. */
interface Kind {
  readonly schema: SchemaName
  readonly adapter: AdapterName
  readonly extension?: ExtensionName
}

const idle = new Map<string, SyncTestClient[]>()

/** A client on the database, from a worker that has nothing to do. */
export function takeSyncClient(kind: Kind, url: string): SyncTestClient {
  const client = idle.get(searchOf(kind))?.pop() ?? started(kind)
  client.$open(kind.adapter, url)
  return client
}

/** Gives a client back: away from its file, but still on a server's database, where the next test is too. */
export function giveSyncClient(kind: Kind, client: SyncTestClient): void {
  if (isFile(kind.adapter)) client.$open(kind.adapter, nowhere(kind.adapter))
  const waiting = idle.get(searchOf(kind)) ?? []
  idle.set(searchOf(kind), [...waiting, client])
}

function started(kind: Kind): SyncTestClient {
  return createSyncClient(new URL(`./sync-module.js?${searchOf(kind)}`, import.meta.url)) as unknown as SyncTestClient
}

function searchOf(kind: Kind): string {
  return String(new URLSearchParams({ ...kind }))
}
