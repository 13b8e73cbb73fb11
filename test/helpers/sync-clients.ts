import { createSyncClient } from '../../src/sync.js'
import { type AdapterName, isFile, nowhere, type SchemaName } from './clients.js'
import type { ExtensionName } from './extensions.js'
import type { Log } from './spy.js'

/** A synchronous client for one test; its worker serves one test after the other. */
export interface SyncTestClient {
  close(): void
  $open(url: string): void
  $spied(): Log & { sql: string[] }
  $disconnect(): void
}

/** The client that its module makes. */
interface Kind {
  readonly schema: SchemaName
  readonly adapter: AdapterName
  readonly extension?: ExtensionName
}

const idle = new Map<string, SyncTestClient[]>()

/** A client on the database, from an idle worker. */
export function takeSyncClient(kind: Kind, url: string): SyncTestClient {
  const client = idle.get(searchOf(kind))?.pop() ?? started(kind)
  client.$open(url)
  return client
}

/** Returns a client: its file is closed; a client of a server stays on the database, where the next test is too. */
export function giveSyncClient(kind: Kind, client: SyncTestClient): void {
  if (isFile(kind.adapter)) client.$open(nowhere(kind.adapter))
  const waiting = idle.get(searchOf(kind)) ?? []
  idle.set(searchOf(kind), [...waiting, client])
}

function started(kind: Kind): SyncTestClient {
  return createSyncClient(new URL(`./sync-module.js?${searchOf(kind)}`, import.meta.url)) as unknown as SyncTestClient
}

function searchOf(kind: Kind): string {
  return String(new URLSearchParams({ ...kind }))
}
