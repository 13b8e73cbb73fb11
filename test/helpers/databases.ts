import { randomUUID } from 'node:crypto'
import { copyFileSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type AdapterName, disconnectPools, openFile, type PrismaClient, poolOf, type SchemaName } from './clients.js'
import { root } from './project.js'
import { cleanDatabase, dropFromServers, type ServerName } from './servers.js'

/** One database of its own for one test. */
export interface Database {
  readonly adapter: AdapterName
  readonly url: string
  /** A client on it that nothing else uses, with a connection of its own. It reports its queries. */
  connect(): PrismaClient
  /** Gives a client back. */
  release(client: PrismaClient): Promise<void>
  drop(): Promise<void>
}

export interface DatabaseRow {
  readonly name: DatabaseName
  /** Another `variant` of a schema is another database on a server: what a test does to its tables stays there. */
  create(schema: SchemaName, variant?: string): Promise<Database>
}

/** Every conformance test runs on each of these; another database is another row. */
export const databases = [
  { name: 'better-sqlite3', create: (schema) => createFile(schema, 'better-sqlite3') },
  { name: 'libsql', create: (schema) => createFile(schema, 'libsql') },
  { name: 'postgresql', create: (schema: SchemaName, variant?: string) => createOn(schema, 'postgresql', variant) },
  { name: 'mariadb', create: (schema: SchemaName, variant?: string) => createOn(schema, 'mariadb', variant) },
] as const satisfies readonly { readonly name: AdapterName; create: DatabaseRow['create'] }[]

export type DatabaseName = (typeof databases)[number]['name']

async function createOn(schema: SchemaName, name: ServerName, variant?: string): Promise<Database> {
  const [url, pool] = await Promise.all([cleanDatabase(name, schema, variant), poolOf(schema, name)])
  return {
    adapter: name,
    url,
    connect: () => pool.take(url),
    release: (client) => pool.release(client),
    drop: async () => {}, // the next test empties it, and the last one drops it
  }
}

/** To be called when the tests of this process are over. */
export async function dropDatabases(): Promise<void> {
  await disconnectPools()
  await dropFromServers()
}

const ddl = {
  test: 'generated/test.sql',
  clash: 'generated/clash.sql',
  wide: 'generated/wide.sql',
  edge: 'generated/edge.sql',
  related: 'generated/related.sql',
}
const templates = new Map<SchemaName, Promise<string>>()
let folder: string | undefined

// Copying a finished file takes under a millisecond, running the DDL some thirty.
async function createFile(schema: SchemaName, adapter: AdapterName): Promise<Database> {
  let template = templates.get(schema)
  template ??= makeTemplate(schema)
  templates.set(schema, template)
  const file = join(folderOfProcess(), `${randomUUID()}.db`)
  const [pool, from] = await Promise.all([poolOf(schema, adapter), template])
  copyFileSync(from, file)
  const url = pathToFileURL(file).href
  return {
    adapter,
    url,
    connect: () => pool.take(url),
    release: (client) => pool.release(client),
    drop: async () => {
      for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(file + suffix, { force: true })
    },
  }
}

// In WAL mode a second connection reads while the first has a transaction open.
async function makeTemplate(schema: SchemaName): Promise<string> {
  const file = join(folderOfProcess(), `template-${schema}.db`)
  const script = readFileSync(join(root, ddl[schema]), 'utf8')
  const connection = await openFile(pathToFileURL(file).href)
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
