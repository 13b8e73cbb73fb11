import type { ScalarField } from '../../model/model.js'
import { type Column, type Dialect, type Question, quoting, type Server, type Table } from './dialect.js'
import { date, decimal, encoderOf, float } from './encode.js'
/**
 * `json_each` over arrays. Numbers with fractions and those of 64 bits travel as text: SQLite's JSON would round some,
 * and its CAST does not.
 */
export const sqlite: Dialect = {
  updateReturns: true,

  question(table, key, { timestamps, tables }, set) {
    if (timestamps === undefined && [...key, ...set].some(({ field }) => field.type === 'DateTime')) return timeQuestion
    return set.length === 0 || tables?.has(nameOf(table)) ? null : sideEffectsQuestion(table)
  },

  nameOf: (table) => nameOf(table),
  unfit: () => null,
  column,
  keyColumn: (field) => (keyTypes.has(field.type) ? column(field) : null),

  insert: (table, columns, returned) =>
    `INSERT INTO ${nameOf(table)} (${columns.map(own)}) SELECT ${columns.map(cell)} FROM json_each(?) RETURNING ${returned.map(result)}`,

  update: (table, key, set, returned) => {
    const cells = [...key, ...set].map((column, index) => `${cell(column, index)} AS "${index}"`)
    const assigned = set.map((column, index) => `${own(column)} = "r"."${key.length + index}"`)
    const found = key.map((column, index) => `"t".${own(column)} = "r"."${index}"`)
    return `UPDATE ${nameOf(table)} AS "t" SET ${assigned} FROM (SELECT ${cells} FROM json_each(?)) AS "r" WHERE ${found.join(' AND ')} RETURNING ${returned.map(result)}`
  },

  select: (table, key, returned) => `SELECT ${returned.map(result)} FROM ${nameOf(table)} WHERE ${among(key)}`,
  remove: (table, key) => `DELETE FROM ${nameOf(table)} WHERE ${among(key)}`,

  link: (table, columns) =>
    `INSERT OR IGNORE INTO ${nameOf(table)} (${columns.map(own)}) SELECT ${columns.map(cell)} FROM json_each(?)`,

  // JSON still, which keeps what type a value is of: numbers are bound as floating-point ones.
  one: {
    insert: (table, columns, returned) =>
      `INSERT INTO ${nameOf(table)} (${columns.map(own)}) VALUES (${columns.map((column) => column.read(`? ->> '$'`))}) RETURNING ${returned.map(result)}`,
    args: (values) => values.map((value) => JSON.stringify(value)),
  },
  rowText: () => (values) => JSON.stringify(values),
}

const quoted = quoting('"')
const own = ({ field }: Column) => quoted(field.column)
const cell = (column: Column, index: number) => column.read(`value ->> ${index}`)
const nameOf = ({ name }: Table) => `"main".${quoted(name)}`

const named = (source: string, { name }: ScalarField) => `${source} AS ${quoted(name)}`

/** The adapter has two formats, and does not tell which: it is given a time to bind. */
const timeQuestion: Question = {
  sql: 'SELECT typeof(?) AS "kind"',
  values: [new Date(0)],
  learn: ([row], server) => {
    server.timestamps = row?.kind === 'text' ? 'iso8601' : 'unixepoch-ms'
  },
}

/** A trigger cannot change what is being written, but write to the row afterwards. */
function sideEffectsQuestion(table: Table): Question {
  return {
    sql: `SELECT EXISTS (SELECT 1 FROM pragma_table_xinfo(?) WHERE hidden > 1) AS "alters", EXISTS (SELECT 1 FROM main.sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE) AS "later"`,
    values: [table.name, table.name],
    learn: ([row], server) => {
      server.tables ??= new Map()
      server.tables.set(nameOf(table), { altersRows: Boolean(row?.alters), altersReturned: Boolean(row?.later) })
    },
  }
}

/** JSON as text: what type a column says it has is not asked. */
function result(field: ScalarField): string {
  const name = quoted(field.column)
  return field.type === 'Json' ? named(`${name} || ''`, field) : field.column === field.name ? name : named(name, field)
}

function among(key: readonly Column[]): string {
  const names = key.map(own)
  const tuple = names.length === 1 ? names : `(${names})`
  return `${tuple} IN (SELECT ${key.map(cell)} FROM json_each(?))`
}

const keyTypes = new Set<ScalarField['type']>(['Int', 'BigInt', 'String', 'Boolean', 'Enum', 'DateTime'])

function column(field: ScalarField): Column {
  const encoded = encoderOf(field)
  switch (field.type) {
    case 'BigInt':
      return { field, encode: encoded, read: castTo('INTEGER') }
    case 'Float':
      return { field, encode: (value) => shortest(float(value)), read: castTo('REAL') }
    case 'Decimal': // which the adapters bind as a floating-point number
      return { field, encode: (value) => shortest(numberOf(decimal(value))), read: castTo('REAL') }
    case 'DateTime':
      return { field, encode: (value, server) => stored(date(value), server), read: asIs }
    case 'Bytes':
      return { field, encode: encoded, read: (source) => `unhex(${source})` }
    default:
      return { field, encode: encoded, read: asIs }
  }
}

const asIs = (source: string) => source
const castTo = (type: string) => (source: string) => `CAST(${source} AS ${type})`
const shortest = (value: number | undefined) => (value === undefined ? undefined : String(value))
const numberOf = (value: string | undefined) => (value === undefined ? undefined : Number.parseFloat(value))

function stored(value: Date | undefined, { timestamps }: Server): string | number | undefined {
  if (value === undefined) return undefined
  return timestamps === 'unixepoch-ms' ? value.getTime() : value.toISOString().replace('Z', '+00:00')
}
