import { hasTable, type Io, type RawTarget, type Row, type Sql } from './sql.js'
/**
 * The table of the scripts that have run. A script's row is written by the session that runs it, in the transaction of the
 * script: `over(session)` is the ledger as that session writes it.
 */
export class Ledger {
  readonly #sql: Sql
  readonly #table: string

  constructor(sql: Sql) {
    this.#sql = sql
    this.#table = sql.dialect.table(ledgerTable)
  }

  over(target: RawTarget): Ledger {
    return new Ledger(this.#sql.over(target))
  }

  /** Every row, by name; none where no script has ever run. */
  async rows(): Promise<Map<string, LedgerRow>> {
    if (!(await hasTable(this.#sql, ledgerTable))) return new Map()
    const rows = await this.#sql.query(`${this.#selectRows} ORDER BY "name"`)
    return new Map(rows.map(ledgerRow).map((row) => [row.name, row]))
  }

  async create(): Promise<void> {
    if (await hasTable(this.#sql, ledgerTable)) return
    const { name, time, number, text } = this.#sql.dialect.types
    await this.#sql.execute(
      `CREATE TABLE IF NOT EXISTS ${this.#table} (
        "name" ${name} NOT NULL PRIMARY KEY,
        "checksum" CHAR(64) NOT NULL,
        "started_at" ${time} NOT NULL,
        "finished_at" ${time},
        "duration_ms" ${number},
        "processed" ${number},
        "total" ${number},
        "cursor" ${text},
        "error" ${text}
      )`,
    )
  }

  /** The rows with that name, one or none. */
  find(name: string): Io<Row[]> {
    return this.#sql.query(`${this.#selectRows} WHERE "name" = ?`, name)
  }

  get #selectRows(): string {
    const { asUtc } = this.#sql.dialect
    const times = ['started_at', 'finished_at'].map((name) => `${asUtc(`"${name}"`)} AS "${name}"`)
    return `SELECT "name", "checksum", ${times.join(', ')}, "duration_ms", "processed", "total", "cursor", "error" FROM ${this.#table}`
  }

  /** Notes that a script is at work. What it had reached before stays, when it goes on from there. */
  start(name: string, checksum: string, was: LedgerRow | null, goesOn: boolean): Io<number> {
    const { now } = this.#sql.dialect
    if (!was) {
      return this.#sql.execute(
        `INSERT INTO ${this.#table} ("name", "checksum", "started_at") VALUES (?, ?, ${now})`,
        name,
        checksum,
      )
    }
    const anew = goesOn ? '' : `, "started_at" = ${now}, "processed" = NULL, "total" = NULL, "cursor" = NULL`
    return this.#sql.execute(
      `UPDATE ${this.#table} SET "checksum" = ?, "finished_at" = NULL, "duration_ms" = NULL, "error" = NULL${anew} WHERE "name" = ?`,
      checksum,
      name,
    )
  }

  /** How far a script has come. */
  reach(name: string, { cursor, processed, total }: Reached): Io<number> {
    return this.#sql.execute(
      `UPDATE ${this.#table} SET "cursor" = ?, "processed" = ?, "total" = ?, "error" = NULL WHERE "name" = ?`,
      cursor,
      processed,
      total,
      name,
    )
  }

  finish(name: string, duration: number, { processed, total }: Omit<Reached, 'cursor'>): Io<number> {
    return this.#sql.execute(
      `UPDATE ${this.#table} SET "finished_at" = ${this.#sql.dialect.now}, "duration_ms" = ?, "processed" = ?, "total" = ?, "cursor" = NULL, "error" = NULL WHERE "name" = ?`,
      duration,
      processed,
      total,
      name,
    )
  }

  /** Notes why a script has ended early, unless that text of it is done by now. */
  async fail(name: string, checksum: string, error: string): Promise<void> {
    const changed = await this.#sql.execute(
      `UPDATE ${this.#table} SET "error" = ? WHERE "name" = ? AND ("finished_at" IS NULL OR "checksum" <> ?)`,
      error,
      name,
      checksum,
    )
    if (changed > 0) return
    await this.#sql.execute(
      `INSERT INTO ${this.#table} ("name", "checksum", "started_at", "error") VALUES (?, ?, ${this.#sql.dialect.now}, ?)`,
      name,
      checksum,
      error,
    )
  }

  /** Notes a script as done that was not run. */
  async baseline(name: string, checksum: string): Promise<void> {
    const { now } = this.#sql.dialect
    await this.remove(name)
    await this.#sql.execute(
      `INSERT INTO ${this.#table} ("name", "checksum", "started_at", "finished_at") VALUES (?, ?, ${now}, ${now})`,
      name,
      checksum,
    )
  }

  remove(name: string): Io<number> {
    return this.#sql.execute(`DELETE FROM ${this.#table} WHERE "name" = ?`, name)
  }

  async rename(name: string, to: string): Promise<void> {
    await this.#sql.execute(`UPDATE ${this.#table} SET "name" = ? WHERE "name" = ?`, to, name)
  }

  async setChecksum(name: string, checksum: string): Promise<void> {
    await this.#sql.execute(`UPDATE ${this.#table} SET "checksum" = ? WHERE "name" = ?`, checksum, name)
  }
}

export const ledgerTable = '_prisma_session_migrations'

export interface LedgerRow {
  readonly name: string
  readonly checksum: string
  readonly startedAt: Date
  /** Null for one that has failed or was interrupted. */
  readonly finishedAt: Date | null
  /** Milliseconds; null for one that was not run but baselined. */
  readonly duration: number | null
  readonly processed: number | null
  readonly total: number | null
  /** Where its walks have come to, as `Walks` writes it. */
  readonly cursor: string | null
  readonly error: string | null
}

export interface Reached {
  readonly cursor: string | null
  readonly processed: number | null
  readonly total: number | null
}

export function ledgerRow(row: Row): LedgerRow {
  return {
    name: String(row.name),
    checksum: String(row.checksum),
    startedAt: timeOf(row.started_at),
    finishedAt: row.finished_at === null ? null : timeOf(row.finished_at),
    duration: numberOrNull(row.duration_ms),
    processed: numberOrNull(row.processed),
    total: numberOrNull(row.total),
    cursor: row.cursor as string | null,
    error: row.error as string | null,
  }
}

/** Text where times are text, else milliseconds. */
function timeOf(value: unknown): Date {
  return new Date(typeof value === 'string' ? value : Number(value))
}

function numberOrNull(value: unknown): number | null {
  return value === null ? null : Number(value)
}
