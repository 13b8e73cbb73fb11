import { textOf } from './error-text.js'
import { Failure } from './failure.js'
/**
 * Statements of our own over a client or a session, with a promise or a value as the answer. They are written with `?` for
 * a value and double quotes around names.
 */
export class Sql {
  readonly dialect: Dialect
  readonly #target: RawTarget

  constructor(target: RawTarget, dialect: Dialect) {
    this.#target = target
    this.dialect = dialect
  }

  query(text: string, ...values: unknown[]): Io<Row[]> {
    return this.#target.$queryRawUnsafe(this.dialect.translate(text), ...values) as Io<Row[]>
  }

  /** How many rows it was for. */
  execute(text: string, ...values: unknown[]): Io<number> {
    return this.#target.$executeRawUnsafe(this.dialect.translate(text), ...values) as Io<number>
  }

  over(target: RawTarget): Sql {
    return new Sql(target, this.dialect)
  }
}

/** A promise from an asynchronous session, a value from a synchronous one; `await` takes both. */
export type Io<T> = T | PromiseLike<T>

export type Row = Readonly<Record<string, unknown>>

/** A client, or a session of either kind. */
export interface RawTarget {
  $queryRawUnsafe(sql: string, ...values: unknown[]): unknown
  $executeRawUnsafe(sql: string, ...values: unknown[]): unknown
}

export interface Dialect {
  readonly provider: 'sqlite' | 'postgresql' | 'mysql'
  /** PostgreSQL's schema that the client works in. */
  readonly schema: string | null
  translate(text: string): string
  /** A table's name, quoted and with its schema. */
  table(name: string): string
  readonly types: {
    readonly name: string
    readonly time: string
    readonly number: string
    readonly text: string
  }
  /** The time by the server's clock, in UTC. */
  readonly now: string
  /** The same in milliseconds since 1970. */
  readonly milliseconds: string
  /** A time as milliseconds since 1970, or as text in UTC: the time zone of the connection does not show in it. */
  asUtc(time: string): string
}

export function dialectFor(provider: string, schema: string | null): Dialect {
  switch (provider) {
    case 'sqlite':
      return {
        provider,
        schema: null,
        translate: (text) => text,
        table: quoted,
        types: { name: 'TEXT', time: 'TEXT', number: 'INTEGER', text: 'TEXT' },
        now: "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')",
        milliseconds: "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)",
        asUtc: (time) => time,
      }
    case 'postgresql':
      return {
        provider,
        schema: schema ?? 'public',
        translate: numbered,
        table: (name) => `${quoted(schema ?? 'public')}.${quoted(name)}`,
        types: { name: 'VARCHAR(255)', time: 'TIMESTAMPTZ(3)', number: 'BIGINT', text: 'TEXT' },
        now: 'clock_timestamp()',
        milliseconds: sinceEpoch('clock_timestamp()'),
        asUtc: sinceEpoch,
      }
    case 'mysql':
      return {
        provider,
        schema: null,
        translate: (text) => text.replaceAll('"', '`'),
        table: quoted,
        types: {
          // Names and texts have letters of any script, whatever the database's own character set is.
          name: 'VARCHAR(255) CHARACTER SET utf8mb4 COLLATE utf8mb4_bin',
          time: 'DATETIME(3)',
          number: 'BIGINT',
          text: 'LONGTEXT CHARACTER SET utf8mb4',
        },
        now: 'UTC_TIMESTAMP(3)',
        milliseconds: sinceEpochOfUtc('UTC_TIMESTAMP(3)'),
        asUtc: sinceEpochOfUtc,
      }
    default:
      throw new Failure('USAGE', `migration scripts run on SQLite, PostgreSQL and MariaDB or MySQL, not on ${provider}`)
  }
}

/** Whether a table is there, asked without touching it. */
export async function hasTable(sql: Sql, name: string): Promise<boolean> {
  const [question, ...values] = {
    sqlite: ["SELECT 1 AS found FROM sqlite_master WHERE type = 'table' AND name = ?", name],
    postgresql: [
      'SELECT 1 AS found FROM information_schema.tables WHERE table_schema = ? AND table_name = ?',
      sql.dialect.schema,
      name,
    ],
    mysql: [
      'SELECT 1 AS found FROM information_schema.tables WHERE table_schema = database() AND table_name = ?',
      name,
    ],
  }[sql.dialect.provider] as [string, ...unknown[]]
  return (await sql.query(question, ...values)).length > 0
}

/** Whether a statement has waited in vain for another's transaction. */
export function isBusy(error: unknown): boolean {
  return /SQLITE_BUSY|database is (locked|busy)|P1008|lock wait timeout/i.test(`${String(error)} ${textOf(error)}`)
}

/** PostgreSQL's. */
function sinceEpoch(time: string): string {
  return `CAST(extract(epoch FROM ${time}) * 1000 AS BIGINT)`
}

/** MySQL's, for a DATETIME in UTC: UNIX_TIMESTAMP() would take it for local time, which an hour of each autumn has twice. */
function sinceEpochOfUtc(time: string): string {
  return `TIMESTAMPDIFF(MICROSECOND, '1970-01-01', ${time}) DIV 1000`
}

function quoted(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

function numbered(text: string): string {
  let count = 0
  return text.replaceAll('?', () => `$${++count}`)
}
