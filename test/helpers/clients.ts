import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import type { PrismaClient } from '../../generated/test/client.ts'
import { MovableAdapter } from './movable-adapter.js'
import { type Server, servers } from './servers.js'
import { isQuestion } from './sql.js'

export type { PrismaClient }
export type SchemaName = 'test' | 'clash' | 'wide' | 'edge' | 'related'

/** Clients of one schema on one kind of database. They are kept: making one takes longer than most tests do. */
export class ClientPool {
  readonly #Client: Client
  readonly #make: MakeAdapter
  /** A client on a file moves to the next file; one on a server stays on its database. */
  readonly #moves: boolean
  readonly #idle: PooledClient[] = []
  readonly #all = new Map<PrismaClient, PooledClient>()

  constructor(Client: Client, make: MakeAdapter, moves: boolean) {
    this.#Client = Client
    this.#make = make
    this.#moves = moves
  }

  /** A client that nothing else uses, on the database at `url`. */
  take(url: string): PrismaClient {
    const at = this.#idle.findIndex((each) => this.#moves || each.url === url)
    const [pooled] = at === -1 ? [this.#open(url)] : this.#idle.splice(at, 1)
    const { client, adapter } = pooled as PooledClient
    if (adapter instanceof MovableAdapter) adapter.moveTo(url)
    listeners.delete(client)
    return client
  }

  /** Takes a client back, closing its file. */
  async release(client: PrismaClient): Promise<void> {
    const pooled = this.#all.get(client)
    if (!pooled) return client.$disconnect()
    if (pooled.adapter instanceof MovableAdapter) await pooled.adapter.release()
    this.#idle.push(pooled)
  }

  async disconnect(): Promise<void> {
    await Promise.all([...this.#all.keys()].map((client) => client.$disconnect()))
    this.#all.clear()
    this.#idle.length = 0
  }

  #open(url: string): PooledClient {
    const adapter = this.#moves ? new MovableAdapter(this.#make, url) : this.#make(url)
    const pooled = { client: clientOver(this.#Client, adapter), adapter, url }
    this.#all.set(pooled.client, pooled)
    return pooled
  }
}

interface PooledClient {
  readonly client: PrismaClient
  readonly adapter: SqlDriverAdapterFactory
  readonly url: string
}

/** The pool of this process, for one schema and adapter. */
export async function poolOf(schema: SchemaName, adapter: AdapterName): Promise<ClientPool> {
  const key = `${schema} ${adapter}`
  const pool = pools.get(key) ?? makePool(schema, adapter)
  pools.set(key, pool)
  return pool
}

const pools = new Map<string, Promise<ClientPool>>()

async function makePool(schema: SchemaName, adapter: AdapterName): Promise<ClientPool> {
  const { Client, make } = await loadKit(schema, adapter)
  return new ClientPool(Client, make, isFile(adapter))
}

/** Disconnects every pooled client of this process. */
export async function disconnectPools(): Promise<void> {
  for (const pool of pools.values()) await (await pool).disconnect()
  pools.clear()
}

/** A new client of a database that exists, outside every pool; `options` are Prisma's. */
export async function connectTo(
  schema: SchemaName,
  adapter: AdapterName,
  url: string,
  options: object = {},
): Promise<PrismaClient> {
  const { Client, make } = await loadKit(schema, adapter)
  return clientOver(Client, make(url), options)
}

/** Calls `listener` with every statement that a client sends from now on; any earlier listener is dropped. */
export function listenTo(client: PrismaClient, listener: (sql: string) => void): void {
  listeners.set(client, listener)
}

const listeners = new WeakMap<object, (sql: string) => void>()

type Client = new (options: object) => PrismaClient
type Loader = () => Promise<{ PrismaClient: unknown }>
export type MakeAdapter = (url: string) => SqlDriverAdapterFactory

/** By provider. All have the types of SQLite's: bodies are written once. */
const clients: Readonly<Record<SchemaName, Readonly<Record<string, Loader>>>> = {
  test: {
    sqlite: () => import('../../generated/test/client.ts'),
    postgresql: () => import('../../generated/postgresql/test/client.ts'),
    mysql: () => import('../../generated/mysql/test/client.ts'),
  },
  clash: {
    sqlite: () => import('../../generated/clash/client.ts'),
    postgresql: () => import('../../generated/postgresql/clash/client.ts'),
    mysql: () => import('../../generated/mysql/clash/client.ts'),
  },
  wide: {
    sqlite: () => import('../../generated/wide/client.ts'),
    postgresql: () => import('../../generated/postgresql/wide/client.ts'),
    mysql: () => import('../../generated/mysql/wide/client.ts'),
  },
  edge: {
    sqlite: () => import('../../generated/edge/client.ts'),
    postgresql: () => import('../../generated/postgresql/edge/client.ts'),
    mysql: () => import('../../generated/mysql/edge/client.ts'),
  },
  related: {
    sqlite: () => import('../../generated/related/client.ts'),
    postgresql: () => import('../../generated/postgresql/related/client.ts'),
    mysql: () => import('../../generated/mysql/related/client.ts'),
  },
}

interface AdapterRow {
  readonly provider: string
  load(): Promise<MakeAdapter>
  /** Where a client stands that is not to touch anything; it connects at its first query only. */
  readonly nowhere: string
}

const adapters = {
  'better-sqlite3': { provider: 'sqlite', load: loadBetterSqlite3, nowhere: ':memory:' },
  libsql: { provider: 'sqlite', load: loadLibSql, nowhere: ':memory:' },
  postgresql: served(servers.postgresql, 'postgresql://127.0.0.1/none'),
  mariadb: served(servers.mariadb, 'mariadb://127.0.0.1/none'),
} as const satisfies Readonly<Record<string, AdapterRow>>

export type AdapterName = keyof typeof adapters

export function isFile(adapter: AdapterName): boolean {
  return adapters[adapter].provider === 'sqlite'
}

export function nowhere(adapter: AdapterName): string {
  return adapters[adapter].nowhere
}

/** Opens a SQLite file without a client. */
export async function openFile(url: string): Promise<SqlDriverAdapter> {
  return (await loadBetterSqlite3())(url).connect()
}

async function loadBetterSqlite3(): Promise<MakeAdapter> {
  const { PrismaBetterSqlite3 } = await import('@prisma/adapter-better-sqlite3')
  return (url) => new PrismaBetterSqlite3({ url })
}

async function loadLibSql(): Promise<MakeAdapter> {
  const { PrismaLibSql } = await import('@prisma/adapter-libsql')
  return (url) => new PrismaLibSql({ url })
}

function served({ provider, adapter }: Server, nowhere: string): AdapterRow {
  return { provider, load: async () => (await adapter()).bind(null, 4), nowhere }
}

/** A process loads only the clients and drivers it uses: all of them take a third of a second. */
async function loadKit(
  schema: SchemaName,
  adapter: AdapterName,
): Promise<{ readonly Client: Client; readonly make: MakeAdapter }> {
  const { provider, load }: AdapterRow = adapters[adapter]
  const loader = clients[schema][provider] as Loader
  const [{ PrismaClient }, make] = await Promise.all([loader(), load()])
  return { Client: PrismaClient as Client, make }
}

function clientOver(Client: Client, adapter: SqlDriverAdapterFactory, options: object = {}): PrismaClient {
  const client = new Client({ ...options, adapter, log: [{ emit: 'event', level: 'query' }] })
  // For TypedSQL Prisma asks for a preview flag, which the test schemas do not set.
  ;(client as unknown as { _engineConfig: { previewFeatures: string[] } })._engineConfig.previewFeatures = ['typedSql']
  const source = client as unknown as { $on(event: 'query', listener: (event: { query: string }) => void): void }
  source.$on('query', ({ query }) => {
    if (!isQuestion(query)) listeners.get(client)?.(query)
  })
  return client
}
