import { Failure } from '../migrate/failure.js'
import { ledgerTable } from '../migrate/ledger.js'
import { lockTable } from '../migrate/lock/lease.js'
import { prismaTable } from '../migrate/prisma-migrations.js'
import { hasTable, type Sql } from '../migrate/sql.js'
import { isChecksumOf, type MigrationFile } from './migration-files.js'
/** The table in which Prisma notes its migrations, kept as its schema engine keeps it. */
export class History {
  readonly #sql: Sql
  readonly #table: string

  constructor(sql: Sql) {
    this.#sql = sql
    this.#table = sql.dialect.table(prismaTable)
  }

  /** The migrations that are still to be applied. Refuses what Prisma would refuse. */
  async pending(files: readonly MigrationFile[]): Promise<{ pending: MigrationFile[]; unknown: string[] }> {
    if (!(await hasTable(this.#sql, prismaTable))) {
      if (files.length > 0) await this.#refuseUsed()
      return { pending: [...files], unknown: [] }
    }
    const rows = await this.#sql.query(
      `SELECT "migration_name", "checksum", "finished_at" IS NULL AS failed, "logs" FROM ${this.#table} WHERE "rolled_back_at" IS NULL ORDER BY "started_at"`,
    )
    const failed = rows.find((row) => Number(row.failed) === 1)
    if (failed) throw this.#failedBefore(String(failed.migration_name), failed.logs)
    const applied = new Map(rows.map((row) => [String(row.migration_name), String(row.checksum)]))
    for (const file of files) {
      const noted = applied.get(file.name)
      if (noted !== undefined && !isChecksumOf(file, noted)) throw edited(file)
    }
    const names = new Set(files.map(({ name }) => name))
    return {
      pending: files.filter(({ name }) => !applied.has(name)),
      unknown: [...applied.keys()].filter((name) => !names.has(name)),
    }
  }

  async create(): Promise<void> {
    if (await hasTable(this.#sql, prismaTable)) return
    const { id, hash, name, text, time, now, count } = columns[this.#sql.dialect.provider]
    await this.#sql.execute(
      `CREATE TABLE ${this.#table} (
        "id" ${id} PRIMARY KEY NOT NULL,
        "checksum" ${hash} NOT NULL,
        "finished_at" ${time},
        "migration_name" ${name} NOT NULL,
        "logs" ${text},
        "rolled_back_at" ${time},
        "started_at" ${time} NOT NULL DEFAULT ${now},
        "applied_steps_count" ${count} NOT NULL DEFAULT 0
      )`,
    )
  }

  /** The statement that notes a migration as begun, whole, for the connection that applies it. */
  start(id: string, { name, checksum }: MigrationFile): string {
    return this.#sql.dialect.translate(
      `INSERT INTO ${this.#table} ("id", "checksum", "migration_name", "started_at") VALUES (${[id, checksum, name].map(literal).join(', ')}, ${this.#now})`,
    )
  }

  finish(id: string): string {
    return this.#sql.dialect.translate(
      `UPDATE ${this.#table} SET "finished_at" = ${this.#now}, "applied_steps_count" = 1 WHERE "id" = ${literal(id)}`,
    )
  }

  /** Notes why a migration has failed; false where its row was rolled back with all that it did. */
  async fail(id: string, logs: string): Promise<boolean> {
    return (await this.#sql.execute(`UPDATE ${this.#table} SET "logs" = ? WHERE "id" = ?`, logs, id)) > 0
  }

  /** What a person runs who has mended a failed migration by hand. */
  resolution(name: string): string {
    return this.#sql.dialect.translate(
      `UPDATE ${this.#table} SET "rolled_back_at" = ${this.#now} WHERE "migration_name" = ${literal(name)} AND "finished_at" IS NULL`,
    )
  }

  get #now(): string {
    const { provider, milliseconds, now } = this.#sql.dialect
    return provider === 'sqlite' ? milliseconds : now // Prisma's engine writes numbers there
  }

  #failedBefore(name: string, logs: unknown): Failure {
    return new Failure(
      'DISAGREES',
      `${name} was begun before and has failed (Prisma's P3009), so that nothing more is applied. Undo by hand what it has left, then say so: prisma migrate resolve --rolled-back ${name}, or without the schema engine: ${this.resolution(name)}`,
      { detail: logs ? String(logs) : null },
    )
  }

  /** Prisma's P3005. */
  async #refuseUsed(): Promise<void> {
    const { provider, schema } = this.#sql.dialect
    const [question, ...values] = {
      sqlite: ["SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'"],
      postgresql: [
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = ? AND table_type = 'BASE TABLE'",
        schema,
      ],
      mysql: [
        "SELECT table_name AS name FROM information_schema.tables WHERE table_schema = database() AND table_type = 'BASE TABLE'",
      ],
    }[provider] as [string, ...unknown[]]
    const tables = (await this.#sql.query(question, ...values)).map((row) => String(row.name))
    const theirs = tables.filter((name) => name !== ledgerTable && name !== lockTable)
    if (theirs.length === 0) return
    throw new Failure(
      'DISAGREES',
      `the database has tables (${theirs.slice(0, 3).join(', ')}${theirs.length > 3 ? ', …' : ''}) and no history of migrations (Prisma's P3005): if some of the migrations made them, note those as applied with prisma migrate resolve --applied`,
    )
  }
}

function edited({ name, path }: MigrationFile): Failure {
  return new Failure(
    'DISAGREES',
    `${name} has changed since it was applied (${path}): put its text back, and write another migration for what is to be different`,
  )
}

/** Names, checksums and ids have no backslash that MySQL would take for more than itself. */
function literal(text: string): string {
  if (text.includes('\\')) throw new Failure('USAGE', `${text} has a backslash in its name: rename it`)
  return `'${text.replaceAll("'", "''")}'`
}

const columns = {
  sqlite: {
    id: 'TEXT',
    hash: 'TEXT',
    name: 'TEXT',
    text: 'TEXT',
    time: 'DATETIME',
    now: 'current_timestamp',
    count: 'INTEGER UNSIGNED',
  },
  postgresql: {
    id: 'VARCHAR(36)',
    hash: 'VARCHAR(64)',
    name: 'VARCHAR(255)',
    text: 'TEXT',
    time: 'TIMESTAMPTZ',
    now: 'now()',
    count: 'INTEGER',
  },
  mysql: {
    id: 'VARCHAR(36)',
    hash: 'VARCHAR(64)',
    name: 'VARCHAR(255)',
    text: 'TEXT',
    time: 'DATETIME(3)',
    now: 'CURRENT_TIMESTAMP(3)',
    count: 'INTEGER UNSIGNED',
  },
} as const
