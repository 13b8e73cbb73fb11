import { readFileSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import type { SqlDriverAdapter, SqlDriverAdapterFactory } from '@prisma/driver-adapter-utils'
import type { SchemaName } from './clients.js'
import { root } from './project.js'
/** A database server on which each test file has databases of its own. */
export interface Server {
  readonly provider: 'postgresql' | 'mysql'
  readonly url: string
  /** Fails at once where nobody listens, if the driver's pool would try for ten seconds. */
  reach?(): Promise<void>
  /** Loads its driver. */
  adapter(): Promise<AdapterOf>
  /** Names of the test databases that are there. */
  readonly listing: string
  dropping(name: string): string
  /** Prepares the tables of a new database, once. */
  prepare?(connection: Connection): Promise<void>
  /** Empties every table, and has keys begin at 1 again. */
  clear(connection: Connection): Promise<void>
}

type Connection = SqlDriverAdapter
type AdapterOf = (connections: number, url: string) => SqlDriverAdapterFactory

const mariadbUrl = process.env.MYSQL_URL ?? 'mariadb://root@127.0.0.1:3306/mysql'

export const servers = {
  postgresql: {
    provider: 'postgresql',
    url: process.env.POSTGRES_URL ?? 'postgresql://postgres@127.0.0.1:5432/postgres',
    adapter: postgresqlAdapter,
    listing: `SELECT datname FROM pg_database WHERE datname LIKE 'session\\_proxy\\_%'`,
    dropping: (name) => `DROP DATABASE IF EXISTS ${name} WITH (FORCE)`,
    prepare: keepOrder,
    clear: clearPostgresql,
  },
  mariadb: {
    provider: 'mysql',
    url: mariadbUrl,
    reach: () => reach(mariadbUrl, 3306),
    adapter: mariadbAdapter,
    listing: `SELECT schema_name FROM information_schema.schemata WHERE schema_name LIKE 'session\\_proxy\\_%'`,
    dropping: (name) => `DROP DATABASE IF EXISTS ${name}`,
    clear: clearMysql,
  },
} satisfies Readonly<Record<string, Server>>

async function postgresqlAdapter(): Promise<AdapterOf> {
  const { PrismaPg } = await import('@prisma/adapter-pg')
  // What a crash of the server would lose, no test looks for; waiting for its disk takes longer than most tests.
  return (max, url) => new PrismaPg({ connectionString: url, max, options: '-c synchronous_commit=off' })
}

/** Raw SQL of the bodies quotes names as the standard does. */
async function mariadbAdapter(): Promise<AdapterOf> {
  const { PrismaMariaDb } = await import('@prisma/adapter-mariadb')
  return (connectionLimit, url) => {
    const { hostname, port, username, password, pathname } = new URL(url)
    return new PrismaMariaDb({
      host: hostname,
      port: Number(port || 3306),
      user: decodeURIComponent(username),
      password: decodeURIComponent(password),
      database: pathname.slice(1),
      connectionLimit,
      sessionVariables: { sql_mode: 'ANSI_QUOTES,STRICT_TRANS_TABLES' },
    })
  }
}

export type ServerName = keyof typeof servers

/** Whether a server answers; asked once by a process. With REQUIRE_SERVERS it has to. */
export function isServed(name: ServerName): Promise<boolean> {
  const answers = served.get(name) ?? ask(servers[name])
  served.set(name, answers)
  return answers
}

const served = new Map<ServerName, Promise<boolean>>()

async function ask(server: Server): Promise<boolean> {
  try {
    await server.reach?.()
    await using(server, server.url, (connection) => run(connection, 'SELECT 1'))
    return true
  } catch (error) {
    if (process.env.REQUIRE_SERVERS) throw error
    return false
  }
}

function reach(url: string, usual: number): Promise<void> {
  const { hostname, port } = new URL(url)
  return new Promise((resolve, reject) => {
    const socket = connect(Number(port || usual), hostname)
    socket.once('error', reject)
    socket.once('connect', () => {
      socket.destroy()
      resolve()
    })
  })
}

/** A clean database, which this process makes once and empties each time. Gives its URL. */
export async function cleanDatabase(name: ServerName, schema: SchemaName, variant = 'plain'): Promise<string> {
  const server: Server = servers[name]
  const place = `${name} ${schema} ${variant}`
  const known = made.get(place)
  if (known) {
    await server.clear(await known.connection)
    return known.url
  }
  await dropLeftovers(server)
  const database = `session_proxy_${process.pid}_${schema}_${variant}`
  await using(server, server.url, async (connection) => {
    await run(connection, server.dropping(database))
    await run(connection, `CREATE DATABASE ${database}`)
  })
  const url = Object.assign(new URL(server.url), { pathname: `/${database}` }).href
  const connection: Promise<Connection> = connectionTo(server, url)
  made.set(place, { server, database, url, connection })
  await run(await connection, readFileSync(join(root, `generated/${server.provider}/${schema}.sql`), 'utf8'))
  await server.prepare?.(await connection)
  return url
}

/** A database with nothing in it, dropped with the others. Gives its URL. */
export async function emptyDatabase(name: ServerName): Promise<string> {
  const server: Server = servers[name]
  const database = `session_proxy_${process.pid}_empty_${made.size}`
  await using(server, server.url, (connection) => run(connection, `CREATE DATABASE ${database}`))
  const url = Object.assign(new URL(server.url), { pathname: `/${database}` }).href
  made.set(url, { server, database, url, connection: connectionTo(server, url) })
  return url
}

const made = new Map<string, { server: Server; database: string; url: string; connection: Promise<Connection> }>()

/** Drops what this process has made. */
export async function dropFromServers(): Promise<void> {
  for (const { server, database, connection } of made.values()) {
    await (await connection).dispose()
    await using(server, server.url, (admin) => run(admin, server.dropping(database)))
  }
  made.clear()
}

/** What processes left behind that were killed. */
async function dropLeftovers(server: Server): Promise<void> {
  await using(server, server.url, async (connection) => {
    for (const [name] of await rows(connection, server.listing))
      if (!isRunning(Number(/\d+/.exec(String(name))?.[0]))) await run(connection, server.dropping(String(name)))
  })
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as { code?: unknown }).code === 'EPERM'
  }
}

async function clearPostgresql(connection: Connection): Promise<void> {
  // A test that left a transaction open would block this for ever.
  await run(connection, `SET lock_timeout = '5s'; SET session_replication_role = replica; SET synchronous_commit = off`)
  const tables = await rows(connection, `SELECT ${qualified}, pg_table_size(pg_class.oid) > 1000000 FROM ${ownTables}`)
  const isLarge = new Map(tables.map(([name, large]) => [name, large]))
  const filled = await dirty(connection, tables)
  for (const name of filled)
    await run(connection, isLarge.get(name) ? `TRUNCATE ${name} CASCADE` : `DELETE FROM ${name}`)
  // Else rows to come would take the places of deleted ones here and there, and be read in another order than they were written.
  if (filled.length > 0) await run(connection, `VACUUM ${filled}`)
  const moved = `SELECT setval(format('%I.%I', schemaname, sequencename)::regclass, 1, false) FROM pg_sequences WHERE last_value IS NOT NULL`
  await rows(connection, moved)
}

/** Vacuum frees the places of deleted rows, which new rows take: queries without an order would see them out of order. */
async function keepOrder(connection: Connection): Promise<void> {
  for (const [name] of await rows(connection, `SELECT ${qualified} FROM ${ownTables}`))
    await run(connection, `ALTER TABLE ${name} SET (autovacuum_enabled = false)`)
}

const qualified = `format('%I.%I', nspname, relname)`
const ownTables = `pg_class JOIN pg_namespace ON pg_namespace.oid = relnamespace WHERE relkind = 'r' AND relpersistence = 'p' AND nspname NOT IN ('pg_catalog', 'information_schema')`

async function clearMysql(connection: Connection): Promise<void> {
  await run(connection, 'SET foreign_key_checks = 0; SET lock_wait_timeout = 5; SET innodb_lock_wait_timeout = 5')
  const counters = `SELECT concat('\`', table_name, '\`'), auto_increment FROM information_schema.tables WHERE table_schema = database()`
  const tables = await rows(connection, counters)
  for (const name of await dirty(connection, tables)) await run(connection, `DELETE FROM ${name}`)
  for (const [name, next] of tables)
    if (Number(next) > 1) await run(connection, `ALTER TABLE ${name} AUTO_INCREMENT = 1`)
}

/** Those of the tables that have rows. */
async function dirty(connection: Connection, tables: readonly (readonly unknown[])[]): Promise<unknown[]> {
  const names = tables.map(([name]) => name)
  const [answers = []] = await rows(connection, `SELECT ${names.map((name) => `EXISTS (SELECT 1 FROM ${name})`)}`)
  return names.filter((_, index) => Boolean(Number(answers[index])))
}

async function connectionTo(server: Server, url: string): Promise<Connection> {
  const make = await server.adapter()
  return make(1, url).connect()
}

async function using<T>(server: Server, url: string, work: (connection: Connection) => Promise<T>): Promise<T> {
  const connection = await connectionTo(server, url)
  try {
    return await work(connection)
  } finally {
    await connection.dispose()
  }
}

/** Statement by statement: adapter-mariadb has no executeScript. */
async function run(connection: Connection, script: string): Promise<void> {
  for (const sql of script.split(/;\s*$|; (?=SET)/m).filter((each) => /^\s*[A-Z]/m.test(each)))
    await connection.executeRaw({ sql, args: [], argTypes: [] })
}

async function rows(connection: Connection, sql: string): Promise<readonly (readonly unknown[])[]> {
  return (await connection.queryRaw({ sql, args: [], argTypes: [] })).rows
}
