import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DriverAdapterError } from '@prisma/driver-adapter-utils'
import { createSession, type Session } from '../../src/index.js'
import type { Model, ScalarField } from '../../src/model/model.js'
import { modelsOf } from '../model/schemas.js'
import { isFile, type PrismaClient } from './clients.js'
import type { DatabaseName, databases } from './databases.js'
import { root } from './project.js'
import { quotedFor } from './sql.js'

type Values = Record<string, unknown>
type DatabaseRow = (typeof databases)[number]

/** A session over the wide schema, whose models differ between databases. */
export interface WideSession
  extends Pick<Session<PrismaClient>, 'flush' | 'commit' | 'rollback' | 'close' | 'isModified' | 'explain'> {
  add(model: string, data: Values): Values
  delete(object: Values): unknown
}

/** What came of the same work. */
export interface Outcome<T> {
  readonly result: T | null
  readonly error: Told | null
  /** Every row of every table, each value as a text of the database's own. */
  readonly tables: Readonly<Record<string, readonly string[]>>
}

/** What is the same of an error whichever statement met it. */
export interface Told {
  readonly name: string
  readonly code: unknown
  readonly modelName: unknown
  readonly cause: unknown
}

/**
 * Does the work on a clean database through statements over row sets, and on another through Prisma's own operations:
 * what a client with query hooks gets.
 */
export async function bothWays<T>(
  row: DatabaseRow,
  work: (session: WideSession, raw: PrismaClient) => Promise<T>,
  { prepare }: { prepare?: readonly string[] } = {},
): Promise<{ rowSets: Outcome<T>; prisma: Outcome<T> }> {
  const outcomes: Outcome<T>[] = []
  const variant = prepare && createHash('sha256').update(prepare.join()).digest('hex').slice(0, 8)
  for (const isHooked of [false, true]) {
    const database = await row.create('wide', variant)
    const raw = database.connect()
    try {
      for (const sql of prepare ?? []) await raw.$executeRawUnsafe(sql)
      outcomes.push(await outcomeOf(row.name, isHooked ? hooked(raw) : raw, raw, work))
    } finally {
      await database.release(raw)
      await database.drop()
    }
  }
  const [rowSets, prisma] = outcomes as [Outcome<T>, Outcome<T>]
  return { rowSets, prisma }
}

/** The models of the wide schema as this database has them. */
export function wideModels(name: DatabaseName): readonly Model[] {
  const provider = providerOf(name)
  const models = wide.get(provider) ?? readWide(provider)
  wide.set(provider, models)
  return models
}

const wide = new Map<string, readonly Model[]>()

function readWide(provider: string): readonly Model[] {
  const file = provider === 'sqlite' ? 'prisma/wide.prisma' : `generated/${provider}/wide.prisma`
  return [...modelsOf(readFileSync(join(root, file), 'utf8'), provider).all()]
}

/** The plain values of an object's columns. */
export function scalarsOf(model: Model, object: Values): Values {
  return Object.fromEntries(model.scalars.map(({ name }) => [name, object[name]]))
}

/** Generated keys by their order: a statement over a row set may leave gaps between them. */
export function ranked<T>(outcome: Outcome<T>, table: string): Outcome<T> {
  const ids = [...JSON.stringify(outcome.tables[table]).matchAll(/(?<="id: (?:integer )?)\d+/g)].map(Number)
  const ranks = new Map(ids.sort((a, b) => a - b).map((id, rank) => [id, rank]))
  const rankOf = (id: unknown) => ranks.get(Number(id)) ?? id
  const rows = outcome.tables[table] ?? []
  const renamed = rows.map((row) => row.replace(/(?<=^id: (?:integer )?)\d+/, (id) => `row ${rankOf(id)}`)).sort()
  const result = (outcome.result as unknown as Values[] | null)?.map((row) => ({ ...row, id: rankOf(row.id) }))
  return { ...outcome, tables: { ...outcome.tables, [table]: renamed }, result: (result ?? null) as T | null }
}

/** What is told of an error of Prisma's or of ours. */
export function told(error: unknown): Told {
  const { name, code, meta } = error as { name: string; code?: unknown; meta?: Values }
  const adapterError = meta?.driverAdapterError
  const cause = adapterError instanceof DriverAdapterError ? adapterError.cause : undefined
  return { name, code, modelName: meta?.modelName, cause: cause && withoutPlace(cause) }
}

/** Which row of a statement it was, and which connection. */
function withoutPlace(cause: object): object {
  return JSON.parse(JSON.stringify(cause).replace(/ at row \d+|\(conn[^)]*\) /g, ''))
}

function hooked(client: PrismaClient): PrismaClient {
  return client.$extends({
    query: { $allModels: { $allOperations: ({ args, query }) => query(args) } },
  }) as unknown as PrismaClient
}

async function outcomeOf<T>(
  name: DatabaseName,
  client: PrismaClient,
  raw: PrismaClient,
  work: (session: WideSession, raw: PrismaClient) => Promise<T>,
): Promise<Outcome<T>> {
  const session = createSession(client) as unknown as WideSession
  let result: T | null = null
  let error: Told | null = null
  try {
    result = await work(session, raw)
  } catch (reason) {
    error = told(reason)
  }
  await session.close()
  return { result, error, tables: await tablesOf(name, raw) }
}

async function tablesOf(name: DatabaseName, raw: PrismaClient): Promise<Record<string, string[]>> {
  const found: Record<string, string[]> = {}
  for (const { table, schema, columns } of tables(name)) {
    const place = schema === null ? quoted(table) : `${quoted(schema)}.${quoted(table)}`
    const texts = columns.map((field, index) => `${textOf(name, field)} AS "c${index}"`)
    const rows = await raw.$queryRawUnsafe<Values[]>(quotedFor(name, `SELECT ${texts} FROM ${place}`))
    found[table] = rows
      .map((row) => columns.map(({ name: field }, index) => `${field}: ${row[`c${index}`]}`).join('\n'))
      .sort()
  }
  return found
}

interface Table {
  readonly table: string
  readonly schema: string | null
  readonly columns: readonly Pick<ScalarField, 'name' | 'column' | 'type'>[]
}

function tables(name: DatabaseName): Table[] {
  const models = wideModels(name)
  const own = models.map(({ table, schema, scalars }) => ({ table, schema, columns: scalars }))
  const links = new Map<string, Table>()
  for (const { relations } of models)
    for (const { isManyToMany, relationName, model } of relations) {
      const columns = ['A', 'B'].map((column) => ({ name: column, column, type: 'Int' as const }))
      if (isManyToMany) links.set(relationName, { table: `_${relationName}`, schema: model.schema, columns })
    }
  return [...own, ...links.values()]
}

function textOf(name: DatabaseName, { column, type }: Pick<ScalarField, 'column' | 'type'>): string {
  const place = quoted(column)
  if (isFile(name)) return `typeof(${place}) || ' ' || quote(${place})`
  if (name === 'postgresql') return `CAST(${place} AS TEXT)`
  return type === 'Bytes' ? `HEX(${place})` : `CAST(${place} AS CHAR)`
}

const quoted = (name: string) => `"${name}"`

function providerOf(name: DatabaseName): string {
  return isFile(name) ? 'sqlite' : name === 'mariadb' ? 'mysql' : name
}
