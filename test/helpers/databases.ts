import { randomUUID } from 'node:crypto'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaClient as ClashClient } from '../../generated/clash/client.ts'
import { PrismaClient } from '../../generated/sqlite/client.ts'

export type { PrismaClient }
export type SchemaName = 'test' | 'clash'

/** One database of its own for one test. */
export interface Database {
  readonly adapter: AdapterName
  readonly url: string
  /** A new client on it, its own connection. It emits `query` events. */
  connect(): PrismaClient
  drop(): Promise<void>
}

export interface DatabaseRow {
  readonly name: string
  create(schema: SchemaName): Promise<Database>
}

const clients = { test: PrismaClient, clash: ClashClient as unknown as typeof PrismaClient }
const ddl = { test: 'generated/sqlite.sql', clash: 'generated/clash.sql' }

const adapters = {
  'better-sqlite3': (url: string) => new PrismaBetterSqlite3({ url }),
  libsql: (url: string) => new PrismaLibSql({ url }),
}

export type AdapterName = keyof typeof adapters

/** A new client of a database that is there. */
export function connectTo(schema: SchemaName, adapter: AdapterName, url: string): PrismaClient {
  const Client = clients[schema]
  const client = new Client({ adapter: adapters[adapter](url), log: [{ emit: 'event', level: 'query' }] })
  // For TypedSQL Prisma asks for a preview flag, which the test schemas do not set.
  ;(client as unknown as { _engineConfig: { previewFeatures: string[] } })._engineConfig.previewFeatures = ['typedSql']
  return client as PrismaClient
}

/** Every conformance test runs on each of these; another database is another row. */
export const databases = [
  { name: 'better-sqlite3', create: (schema) => createFile(schema, 'better-sqlite3') },
  { name: 'libsql', create: (schema) => createFile(schema, 'libsql') },
] as const satisfies readonly DatabaseRow[]

export type DatabaseName = (typeof databases)[number]['name']

const templates = new Map<SchemaName, Promise<string>>()
let folder: string | undefined

// Copying a finished file takes under a millisecond, running the DDL some thirty.
async function createFile(schema: SchemaName, adapter: AdapterName): Promise<Database> {
  let template = templates.get(schema)
  template ??= makeTemplate(schema)
  templates.set(schema, template)
  const file = join(folderOfProcess(), `${randomUUID()}.db`)
  copyFileSync(await template, file)
  const url = pathToFileURL(file).href
  return {
    adapter,
    url,
    connect: () => connectTo(schema, adapter, url),
    drop: async () => {
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true })
    },
  }
}

// In WAL mode a second connection reads while the first has a transaction open.
async function makeTemplate(schema: SchemaName): Promise<string> {
  const file = join(folderOfProcess(), `template-${schema}.db`)
  const script = readFileSync(new URL(`../../${ddl[schema]}`, import.meta.url), 'utf8')
  const connection = await new PrismaBetterSqlite3({ url: pathToFileURL(file).href }).connect()
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
