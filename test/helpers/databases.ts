import { randomUUID } from 'node:crypto'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import type { PrismaClient } from '../../generated/test/client.ts'
import { cleanDatabase, dropFromServers, type Server, type ServerName, servers } from './servers.js'
import { isQuestion } from './sql.js'

export type { PrismaClient }
export type SchemaName = 'test' | 'clash' | 'wide'

/** One database of its own for one test. */
export interface Database {
  readonly adapter: AdapterName
  readonly url: string
  /** A client on it that nobody else has, with a connection of its own. It tells of its queries. */
  connect(): PrismaClient
  /** Gives a client back. */
  release(client: PrismaClient): Promise<void>
  drop(): Promise<void>
}

export interface DatabaseRow {
  readonly name: string
  create(schema: SchemaName): Promise<Database>
}

type Client = new (options: object) => PrismaClient
type Loader = () => Promise<{ PrismaClient: unknown }>

/** By provider. The types of all are those of SQLite's: bodies are written once. */
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
}
const ddl = { test: 'generated/test.sql', clash: 'generated/clash.sql', wide: 'generated/wide.sql' }

type MakeAdapter = (url: string) => SqlDriverAdapterFactory

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

export type AdapterName = keyof typeof adapters

export function isFile(adapter: AdapterName): boolean {
  return adapters[adapter].provider === 'sqlite'
}

export function nowhere(adapter: AdapterName): string {
  return adapters[adapter].nowhere
}

/** A new client of a database that is there. */
export async function connectTo(schema: SchemaName, adapter: AdapterName, url: string): Promise<PrismaClient> {
  return connectWith(await loadKit(schema, adapter), url)
}

/** What makes clients. A process loads those that it needs: all of them take a third of a second. */
interface Kit {
  readonly Client: Client
  readonly make: MakeAdapter
}

async function loadKit(schema: SchemaName, adapter: AdapterName): Promise<Kit> {
  const { provider, load }: AdapterRow = adapters[adapter]
  const loader = clients[schema][provider] as Loader
  const [{ PrismaClient }, make] = await Promise.all([loader(), load()])
  return { Client: PrismaClient as Client, make }
}

function connectWith({ Client, make }: Kit, url: string): PrismaClient {
  const client = new Client({ adapter: make(url), log: [{ emit: 'event', level: 'query' }] })
  // For TypedSQL Prisma asks for a preview flag, which the test schemas do not set.
  ;(client as unknown as { _engineConfig: { previewFeatures: string[] } })._engineConfig.previewFeatures = ['typedSql']
  const source = client as unknown as { $on(event: 'query', listener: (event: { query: string }) => void): void }
  source.$on('query', ({ query }) => {
    if (!isQuestion(query)) listeners.get(client)?.(query)
  })
  return client
}

/** Tells of every statement that a client sends from now on, and nobody else of them. */
export function listenTo(client: PrismaClient, listener: (sql: string) => void): void {
  listeners.set(client, listener)
}

const listeners = new WeakMap<object, (sql: string) => void>()

/** Every conformance test runs on each of these; another database is another row. */
export const databases = [
  { name: 'better-sqlite3', create: (schema) => createFile(schema, 'better-sqlite3') },
  { name: 'libsql', create: (schema) => createFile(schema, 'libsql') },
  { name: 'postgresql', create: (schema) => createOn(schema, 'postgresql') },
  { name: 'mariadb', create: (schema) => createOn(schema, 'mariadb') },
] as const satisfies readonly DatabaseRow[]

export type DatabaseName = (typeof databases)[number]['name']

async function createOn(schema: SchemaName, name: ServerName): Promise<Database> {
  const [url, kit] = await Promise.all([cleanDatabase(name, schema), loadKit(schema, name)])
  const waiting = idle.get(url) ?? []
  idle.set(url, waiting)
  return {
    adapter: name,
    url,
    connect: () => waiting.pop() ?? connectWith(kit, url),
    release: async (client) => void waiting.push(client),
    drop: async () => {}, // the next test finds it emptied, and the last drops it
  }
}

/** Making a client and its connections takes ten times as long as most of what a test does with them. */
const idle = new Map<string, PrismaClient[]>()

/** To be called when the tests of this process are over. */
export async function dropDatabases(): Promise<void> {
  await Promise.all([...idle.values()].flat().map((client) => client.$disconnect()))
  idle.clear()
  await dropFromServers()
}

const templates = new Map<SchemaName, Promise<string>>()
let folder: string | undefined

// Copying a finished file takes under a millisecond, running the DDL some thirty.
async function createFile(schema: SchemaName, adapter: AdapterName): Promise<Database> {
  let template = templates.get(schema)
  template ??= makeTemplate(schema)
  templates.set(schema, template)
  const file = join(folderOfProcess(), `${randomUUID()}.db`)
  const [kit, from] = await Promise.all([loadKit(schema, adapter), template])
  copyFileSync(from, file)
  const url = pathToFileURL(file).href
  return {
    adapter,
    url,
    connect: () => connectWith(kit, url),
    release: (client) => client.$disconnect(),
    drop: async () => {
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true })
    },
  }
}

// In WAL mode a second connection reads while the first has a transaction open.
async function makeTemplate(schema: SchemaName): Promise<string> {
  const file = join(folderOfProcess(), `template-${schema}.db`)
  const script = readFileSync(new URL(`../../${ddl[schema]}`, import.meta.url), 'utf8')
  const make = await loadBetterSqlite3()
  const connection = await make(pathToFileURL(file).href).connect()
  await connection.executeScript(`PRAGMA journal_mode = WAL;\n${script}`)
  await connection.dispose()
  return file
}

function folderOfProcess(): string {
  if (folder && existsSync(folder)) return folder
  const made = mkdtempSync(join(tmpdir(), 'session-proxy-'))
  process.once('exit', () => rmSync(made, { recursive: true, force: true }))
  folder = made
  return made
}
