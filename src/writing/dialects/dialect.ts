import type { ScalarField } from '../../model/model.js'
import type { Encode } from './encode.js'
/**
 * How a database takes a whole change set with one statement: its rows are one JSON parameter, which the statement turns
 * into a table. The texts hold nothing but names of the schema, quoted.
 */
export interface Dialect {
  /** Whether UPDATE tells what it has written, or it has to be read back. */
  readonly updateReturns: boolean
  /** What else has to be known before rows of these columns can be written; null when nothing has. */
  question(table: Table, key: readonly Column[], server: Server, set: readonly Column[]): Question | null
  /** The table's name as statements have it. */
  nameOf(table: Table): string
  /** Why this server gets no such statements; null when it does. */
  unfit(server: Server): string | null
  /** How a field's values travel; null where it is not proved that what arrives is what Prisma would have written. */
  column(field: ScalarField): Column | null
  /** The same for a field that rows are found by: it has to be comparable too. */
  keyColumn(field: ScalarField): Column | null
  insert(table: Table, columns: readonly Column[], returned: readonly ScalarField[]): string
  update(
    table: Table,
    key: readonly Column[],
    set: readonly Column[],
    returned: readonly ScalarField[],
    server: Server,
  ): string
  /** Reads rows by key: for databases whose UPDATE returns nothing. */
  select(table: Table, key: readonly Column[], returned: readonly ScalarField[], server: Server): string
  remove(table: Table, key: readonly Column[], server: Server): string
  /** Pairs that are there already stay as they are. */
  link(table: Table, columns: readonly Column[]): string
  /** An INSERT of a single row; null where that is no cheaper. */
  readonly one: OneRow | null
  /** The JSON text of a row; `key` are the first of its columns where rows are found by key. */
  rowText(key: readonly Column[], set: readonly Column[]): (values: readonly unknown[]) => string
}

/** A statement of a single row, whose values are parameters. Lists are not among them. */
export interface OneRow {
  insert(table: Table, columns: readonly Column[], returned: readonly ScalarField[]): string
  args(values: readonly unknown[]): unknown[]
}

/** A column of the row set. */
export interface Column {
  readonly field: ScalarField
  readonly encode: Encode<string | number | boolean | readonly unknown[]>
  /** The SQL that makes the column's value of what was in the JSON. */
  readonly read: (source: string) => string
}

export interface Table {
  readonly schema: string | null
  readonly name: string
}

/** What was learnt of the server, and of how its adapter is set. */
export interface Server {
  /** How DateTime is stored in SQLite: the adapter's `timestampFormat`. */
  timestamps?: 'iso8601' | 'unixepoch-ms'
  /** What `VERSION()` says. */
  version?: string
  /** By the table's quoted name. */
  tables?: Map<string, KnownTable>
}

export interface KnownTable extends SideEffects {
  /** The columns of each unique index; on MariaDB alone. */
  readonly indexes?: ReadonlyMap<string, readonly string[]>
  /** Of the columns that hold text; on MariaDB alone. */
  readonly collations?: ReadonlyMap<string, { readonly charset: string; readonly name: string }>
}

/** What a database makes of rows beside what is written, by triggers and in generated columns. */
export interface SideEffects {
  /** Rows come back with other values than were sent, and with others in columns that were not. */
  readonly altersRows: boolean
  /** Rows may be changed once more after a statement has returned them. */
  readonly altersReturned: boolean
}

/** A query, and what its rows tell. */
export interface Question {
  readonly sql: string
  readonly values: readonly unknown[]
  learn(rows: readonly Readonly<Record<string, unknown>>[], server: Server): void
}

/** `quoted('a"b')` for the given quotes. */
export function quoting(quote: '"' | '`'): (name: string) => string {
  return (name) => quote + name.replaceAll(quote, quote + quote) + quote
}
