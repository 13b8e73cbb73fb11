/**
 * Makes what tests, benchmarks and the demo need and git does not keep: a Prisma client and a DDL file for each schema
 * in prisma/. Needs no network: the schema engine that `prisma generate` asks for is never started, so any executable
 * stands in for it, and the DDL comes from the engine's WebAssembly build.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { basename, dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import type { SqlMigrationAwareDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import { openEngine } from './schema-engine.ts'

const root = fileURLToPath(new URL('..', import.meta.url))
const require = createRequire(import.meta.url)

/** Each row: the schema file, the DDL file made from it, and the provider where that is not the schema's own. */
const schemas: readonly Schema[] = [
  { schema: 'prisma/test.prisma', ddl: 'generated/test.sql' },
  { schema: 'prisma/test.prisma', ddl: 'generated/postgresql/test.sql', provider: 'postgresql' },
  { schema: 'prisma/test.prisma', ddl: 'generated/mysql/test.sql', provider: 'mysql' },
  { schema: 'prisma/clash.prisma', ddl: 'generated/clash.sql' },
  { schema: 'prisma/clash.prisma', ddl: 'generated/postgresql/clash.sql', provider: 'postgresql' },
  { schema: 'prisma/clash.prisma', ddl: 'generated/mysql/clash.sql', provider: 'mysql' },
  { schema: 'prisma/wide.prisma', ddl: 'generated/wide.sql' },
  { schema: 'prisma/wide.prisma', ddl: 'generated/postgresql/wide.sql', provider: 'postgresql' },
  { schema: 'prisma/wide.prisma', ddl: 'generated/mysql/wide.sql', provider: 'mysql' },
  { schema: 'prisma/edge.prisma', ddl: 'generated/edge.sql' },
  { schema: 'prisma/edge.prisma', ddl: 'generated/postgresql/edge.sql', provider: 'postgresql' },
  { schema: 'prisma/edge.prisma', ddl: 'generated/mysql/edge.sql', provider: 'mysql' },
  { schema: 'prisma/related.prisma', ddl: 'generated/related.sql' },
  { schema: 'prisma/related.prisma', ddl: 'generated/postgresql/related.sql', provider: 'postgresql' },
  { schema: 'prisma/related.prisma', ddl: 'generated/mysql/related.sql', provider: 'mysql' },
  { schema: 'prisma/emulated.prisma', ddl: 'generated/emulated.sql' },
  { schema: 'prisma/demo.prisma', ddl: 'generated/demo.sql' },
]

interface Schema {
  readonly schema: string
  readonly ddl: string
  readonly provider?: 'postgresql' | 'mysql'
}

/** Enough of an adapter for the engine to know the dialect: to write DDL it asks a server nothing but its version. */
const postgresqlByName = {
  provider: 'postgres',
  adapterName: 'none',
  connectToShadowDb: async () => connectionByName,
  connect: async () => connectionByName,
} as unknown as SqlMigrationAwareDriverAdapterFactory

const connectionByName = {
  provider: 'postgres',
  adapterName: 'none',
  queryRaw: async () => ({
    columnNames: ['exists', 'version', 'numeric_version'],
    columnTypes: [5, 7, 0],
    rows: [[true, 'PostgreSQL 15', 150000]],
  }),
  executeRaw: async () => 0,
  executeScript: async () => {},
  getConnectionInfo: () => ({ schemaName: 'public', supportsRelationJoins: true }),
  dispose: async () => {},
}

for (const { schema, ddl, provider } of schemas) {
  if (isFresh(schema, ddl)) continue
  mkdirSync(dirname(root + ddl), { recursive: true })
  const file = provider ? derived(schema, provider) : schema
  generate(file)
  writeFileSync(root + ddl, `${stamp(schema)}\n${await toSql(schema, provider)}`)
  console.error(`made the client and the DDL of ${file}`)
}

/** The same schema for another database; its clients go to that database's folder. */
function derived(schema: string, provider: string): string {
  const file = `generated/${provider}/${basename(schema)}`
  writeFileSync(root + file, textFor(schema, provider).replaceAll(/"\.\.\/generated\/([\w-]+)"/g, '"./$1"'))
  return file
}

/** With the lines that are there for that database alone. */
function textFor(schema: string, provider: string): string {
  const text = readFileSync(root + schema, 'utf8').replace('provider = "sqlite"', `provider = "${provider}"`)
  return text.replaceAll(`//${provider} `, '')
}

function isFresh(schema: string, ddl: string): boolean {
  return existsSync(root + ddl) && readFileSync(root + ddl, 'utf8').startsWith(stamp(schema))
}

/** The first line of a DDL file: what it was made from. */
function stamp(schema: string): string {
  const hash = createHash('sha256').update(readFileSync(root + schema))
  hash.update(mysqlByHand(schema) ?? '')
  hash.update(readFileSync(require.resolve('prisma/package.json')))
  hash.update(readFileSync(new URL(import.meta.url)))
  return `-- ${hash.digest('hex')}`
}

function generate(schema: string): void {
  const cli = require.resolve('prisma/build/index.js')
  execFileSync(process.execPath, [cli, 'generate', '--schema', schema], {
    cwd: root,
    stdio: ['ignore', 'ignore', 'inherit'],
    env: {
      ...process.env,
      PRISMA_SCHEMA_ENGINE_BINARY: process.execPath,
      PRISMA_HIDE_UPDATE_MESSAGE: '1',
      CHECKPOINT_DISABLE: '1',
    },
  })
}

async function toSql(schema: string, provider?: Schema['provider']): Promise<string> {
  // The engine's WebAssembly build knows no MySQL, whose DDL mostly differs in spelling only.
  if (provider === 'mysql') return mysqlByHand(schema) ?? mysqlFrom(await toSql(schema, 'postgresql'))
  const adapter = provider ? postgresqlByName : new PrismaBetterSqlite3({ url: ':memory:' })
  const engine = await openEngine(adapter)
  const content = provider ? textFor(schema, provider) : readFileSync(root + schema, 'utf8')
  const { stdout } = await engine.diff({
    from: { tag: 'empty' },
    to: { tag: 'schemaDatamodel', files: [{ path: schema, content }] },
    script: true,
    exitCode: null,
    shadowDatabaseUrl: null,
    filters: { externalTables: [], externalEnums: [] },
  })
  return stdout
}

function mysqlByHand(schema: string): string | null {
  const file = root + schema.replace('.prisma', '.mysql.sql')
  return existsSync(file) ? readFileSync(file, 'utf8') : null
}

/** PostgreSQL's DDL in MySQL's words, with the column types that Prisma gives there. */
function mysqlFrom(ddl: string): string {
  const enums = new Map(
    [...ddl.matchAll(/CREATE TYPE "(\w+)" AS (ENUM \([^)]*\));/g)].map(([, name, type]) => [name, type]),
  )
  const types: [RegExp, string][] = [
    [/CREATE (SCHEMA|TYPE) [^;]*;/g, ''],
    [/\bSERIAL\b/g, 'INTEGER AUTO_INCREMENT'],
    [/\bTEXT\b/g, 'VARCHAR(191)'],
    [/\bBYTEA\b/g, 'LONGBLOB'],
    [/\bJSONB\b/g, 'JSON'],
    [/\bDOUBLE PRECISION\b/g, 'DOUBLE'],
    [/\bTIMESTAMP\(3\)/g, 'DATETIME(3)'],
    [/\bCURRENT_TIMESTAMP\b/g, 'CURRENT_TIMESTAMP(3)'],
    [/"/g, '`'],
  ]
  let sql = ddl.replace(/(?<=^ {4}"[^"]*" )"(\w+)"/gm, (all, name) => enums.get(name) ?? all)
  for (const [pattern, words] of types) sql = sql.replace(pattern, words)
  return sql
}
