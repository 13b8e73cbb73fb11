import type { ScalarField } from '../../model/model.js'
import { type Column, type Dialect, type Question, quoting, type Table } from './dialect.js'
import { encoderOf, hex, list } from './encode.js'
/**
 * `json_populate_recordset` over objects, of the table's own row type: every value goes through the input function of
 * its column's type, as a text parameter would, and no statement has to name types.
 */
export const postgresql: Dialect = {
  updateReturns: true,
  question: (table, _key, server, set) =>
    set.length === 0 || server.tables?.has(nameOf(table)) ? null : sideEffectsQuestion(nameOf(table)),
  nameOf: (table) => nameOf(table),
  unfit: () => null,
  column,
  keyColumn: (field) => (keyTypes.has(field.type) ? column(field) : null),

  insert: (table, columns, returned) =>
    `INSERT INTO ${nameOf(table)} (${columns.map(own)}) SELECT ${columns.map(from('"r"'))} FROM ${rowSet(table)} AS "r" RETURNING ${returned.map(result(''))}`,

  update: (table, key, set, returned) => {
    const assigned = set.map((column) => `${own(column)} = ${from('"s"')(column)}`)
    if (!isInBoth(key, set))
      return `UPDATE ${nameOf(table)} AS "t" SET ${assigned} FROM ${rowSet(table)} AS "s" WHERE ${matched(key, '"s"')} RETURNING ${returned.map(result('"t".'))}`
    // Two records, which take half as long again.
    return `UPDATE ${nameOf(table)} AS "t" SET ${assigned} FROM json_array_elements($1::json) AS "r"("j"), json_populate_record(NULL::${nameOf(table)}, "j" -> 'k') AS "k", json_populate_record(NULL::${nameOf(table)}, "j" -> 's') AS "s" WHERE ${matched(key, '"k"')} RETURNING ${returned.map(result('"t".'))}`
  },

  select: (table, key, returned) =>
    `SELECT ${returned.map(result('"t".'))} FROM ${nameOf(table)} AS "t", ${rowSet(table)} AS "r" WHERE ${matched(key, '"r"')}`,

  remove: (table, key) =>
    `DELETE FROM ${nameOf(table)} AS "t" USING ${rowSet(table)} AS "r" WHERE ${matched(key, '"r"')}`,

  link: (table, columns) =>
    `INSERT INTO ${nameOf(table)} (${columns.map(own)}) SELECT ${columns.map(from('"r"'))} FROM ${rowSet(table)} AS "r" ON CONFLICT DO NOTHING`,

  // Texts, which PostgreSQL takes for values of the columns' types.
  one: {
    insert: (table, columns, returned) =>
      `INSERT INTO ${nameOf(table)} (${columns.map(own)}) VALUES (${columns.map((_, index) => `$${index + 1}`)}) RETURNING ${returned.map(result(''))}`,
    args: (values) => values.map((value) => (value === null ? null : String(value))),
  },
  rowText: (key, set) => {
    if (set.length === 0) return objectText(key)
    if (key.length === 0) return objectText(set)
    if (!isInBoth(key, set)) return objectText([...key, ...set])
    const [keyText, setText] = [objectText(key), objectText(set)]
    return (values) => `{"k":${keyText(values)},"s":${setText(values.slice(key.length))}}`
  },
}

const quoted = quoting('"')
const own = ({ field }: Column) => quoted(field.column)
const from = (record: string) => (column: Column) => column.read(`${record}.${own(column)}`)
const nameOf = ({ schema, name }: Table) => (schema === null ? quoted(name) : `${quoted(schema)}.${quoted(name)}`)
const rowSet = (table: Table) => `json_populate_recordset(NULL::${nameOf(table)}, $1::json)`

/**
 * Bits of a trigger's type: 1 for each row, 2 before, 4 on INSERT, 16 on UPDATE, 64 instead of. Generated columns are read
 * by way of JSON, since servers before 12 have none.
 */
function sideEffectsQuestion(name: string): Question {
  return {
    sql: `SELECT COALESCE(bool_or(t.tgtype & 66 <> 0), false) OR EXISTS (SELECT 1 FROM pg_catalog.pg_attribute a WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND to_jsonb(a) ->> 'attgenerated' <> '') AS "alters", COALESCE(bool_or(t.tgtype & 66 = 0), false) AS "later" FROM pg_catalog.pg_trigger t WHERE t.tgrelid = to_regclass($1) AND NOT t.tgisinternal AND t.tgenabled <> 'D' AND t.tgtype & 20 <> 0`,
    values: [name],
    learn: ([row], server) => {
      server.tables ??= new Map()
      server.tables.set(name, { altersRows: row?.alters === true, altersReturned: row?.later === true })
    },
  }
}

/** A version is what a row is found by, and what it gets. */
function isInBoth(key: readonly Column[], set: readonly Column[]): boolean {
  return key.some(({ field }) => set.some((column) => column.field === field))
}

function matched(key: readonly Column[], record: string): string {
  return key.map((column) => `"t".${own(column)} = ${record}.${own(column)}`).join(' AND ')
}

/** Drivers do not know the arrays of an enum, and what JSON a column holds is read from its text. */
function result(prefix: string): (field: ScalarField) => string {
  return (field) => {
    const name = prefix + quoted(field.column)
    const cast =
      field.type === 'Json' && !field.isList ? '::text' : field.type === 'Enum' && field.isList ? '::text[]' : ''
    return `${name}${cast} AS ${quoted(field.name)}`
  }
}

function objectText(columns: readonly Column[]): (values: readonly unknown[]) => string {
  const names = columns.map(({ field }, index) => `${index === 0 ? '{' : ','}${JSON.stringify(field.column)}:`)
  return (values) => {
    let text = ''
    for (let index = 0; index < names.length; index++) text += (names[index] as string) + jsonText(values[index])
    return `${text}}`
  }
}

/** What JSON.stringify() gives, sooner for what is most of it. */
function jsonText(value: unknown): string {
  if (typeof value === 'number') return String(value)
  if (typeof value === 'string' && !needsEscape.test(value)) return `"${value}"`
  return JSON.stringify(value)
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what JSON escapes
const needsEscape = /["\\\u0000-\u001f\ud800-\udfff]/

const keyTypes = new Set<ScalarField['type']>(['Int', 'BigInt', 'String', 'Boolean', 'Enum', 'DateTime'])

/** Native types by their names in the schema; the others of PostgreSQL are written through Prisma. */
const natives: Readonly<Record<string, readonly string[]>> = {
  Int: ['Integer', 'SmallInt'],
  BigInt: ['BigInt'],
  Float: ['DoublePrecision', 'Real'],
  Decimal: ['Decimal'],
  Boolean: ['Boolean'],
  String: ['Text', 'VarChar', 'Char', 'Uuid', 'Citext'],
  DateTime: ['Timestamp', 'Timestamptz', 'Date', 'Time'],
  Bytes: ['ByteA'],
  Json: ['Json', 'JsonB'],
}

function column(field: ScalarField): Column | null {
  if (field.nativeType !== null && !natives[field.type]?.includes(field.nativeType)) return null
  const encoded = field.type === 'Bytes' ? prefixedHex : encoderOf(field)
  if (field.isList) return field.type === 'Json' ? null : { field, encode: list(encoded), read: asIs }
  return { field, encode: encoded, read: field.type === 'Json' ? jsonFromText(field) : asIs }
}

const asIs = (source: string) => source

function prefixedHex(value: unknown): string | undefined {
  const digits = hex(value)
  return digits === undefined ? undefined : `\\x${digits}`
}

/** A JSON null among the row's own JSON would be taken for the database's null: the document travels as a text. */
function jsonFromText({ nativeType }: ScalarField): (source: string) => string {
  return (source) => `(${source} #>> '{}')::${nativeType === 'Json' ? 'json' : 'jsonb'}`
}
