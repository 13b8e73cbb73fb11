import type { ScalarField } from '../../model/model.js'
import { arrayText, type Column, type Dialect, type Question, quoting, type Server, type Table } from './dialect.js'
import { bool, encoderOf } from './encode.js'
/**
 * `JSON_TABLE` over arrays, every column of it a text that the column written to converts. Joined in the order of the
 * rows, so that locks are taken in it, and each row is looked up by key.
 */
export const mariadb: Dialect = {
  updateReturns: false,

  question(table, key, server) {
    if (server.version === undefined) return versionQuestion
    for (const { field } of key) {
      if (isText(field) && !server.collations?.has(placeOf(table, field))) return collationQuestion(table, field)
    }
    return null
  },

  unfit({ version }) {
    if (version === undefined) return null
    const [, major, minor] = /^(\d+)\.(\d+)\..*MariaDB/i.exec(version) ?? []
    if (major === undefined) return 'MySQL has no RETURNING'
    const isOld = Number(major) < 10 || (Number(major) === 10 && Number(minor) < 6)
    return isOld ? `MariaDB ${version} has no JSON_TABLE: 10.6 has` : null
  },

  column,
  keyColumn: (field) => (keyTypes.has(field.type) ? column(field) : null),

  insert: (table, columns, returned) =>
    `INSERT INTO ${nameOf(table)} (${columns.map(own)}) SELECT ${columns.map(cell)} FROM ${rowSet(columns)} RETURNING ${returned.map(result(''))}`,

  update: (table, key, set, _returned, server) => {
    const assigned = set.map((column, index) => `\`t\`.${own(column)} = ${cell(column, key.length + index)}`)
    return `UPDATE ${rowSet([...key, ...set], key.length)} STRAIGHT_JOIN ${nameOf(table)} AS \`t\` ON ${matched(table, key, server)} SET ${assigned}`
  },

  select: (table, key, returned, server) =>
    `SELECT ${returned.map(result('`t`.'))} FROM ${rowSet(key, key.length)} STRAIGHT_JOIN ${nameOf(table)} AS \`t\` ON ${matched(table, key, server)}`,

  remove: (table, key, server) =>
    `DELETE \`t\` FROM ${rowSet(key, key.length)} STRAIGHT_JOIN ${nameOf(table)} AS \`t\` ON ${matched(table, key, server)}`,

  // INSERT IGNORE would swallow foreign keys that point nowhere.
  link: (table, columns) =>
    `INSERT INTO ${nameOf(table)} (${columns.map(own)}) SELECT ${columns.map(cell)} FROM ${rowSet(columns)} ON DUPLICATE KEY UPDATE ${columns.slice(0, 1).map((column) => `${own(column)} = ${nameOf(table)}.${own(column)}`)}`,

  rowText: arrayText,
}

const quoted = quoting('`')
const own = ({ field }: Column) => quoted(field.column)
const cell = (column: Column, index: number) => column.read(`\`r\`.\`${index}\``)
const nameOf = ({ name }: Table) => quoted(name)

/** The rows as a table; of the first `keys` columns whole numbers keep their type, so that the index serves. */
function rowSet(columns: readonly Column[], keys = 0): string {
  const declared = columns.map(({ field }, index) => {
    const type = index < keys && !isText(field) && field.type !== 'DateTime' ? wholeType(field) : 'LONGTEXT'
    return `\`${index}\` ${type} PATH '$[${index}]'`
  })
  return `JSON_TABLE(?, '$[*]' COLUMNS (${declared})) AS \`r\``
}

function wholeType({ nativeType }: ScalarField): string {
  return nativeType?.startsWith('Unsigned') ? 'BIGINT UNSIGNED' : 'BIGINT'
}

function matched(table: Table, key: readonly Column[], { collations }: Server): string {
  const equal = key.map((column, index) => {
    const { field } = column
    const collation = collations?.get(placeOf(table, field))
    let value = `\`r\`.\`${index}\``
    if (collation) value = `CONVERT(${value} USING ${collation.charset}) COLLATE ${collation.name}`
    else if (field.type === 'DateTime') value = `CAST(${value} AS DATETIME(6))`
    return `\`t\`.${own(column)} = ${value}`
  })
  return equal.join(' AND ')
}

const isText = ({ type }: ScalarField) => type === 'String' || type === 'Enum'
const placeOf = ({ name }: Table, { column }: ScalarField) => `${name}\0${column}`

const versionQuestion: Question = {
  sql: 'SELECT VERSION() AS `version`',
  values: [],
  learn: (row, server) => {
    server.version = String(row?.version)
  },
}

/** Texts of two collations are not compared: the row set's has to be that of the column. */
function collationQuestion(table: Table, field: ScalarField): Question {
  return {
    sql: 'SELECT CHARACTER_SET_NAME AS `charset`, COLLATION_NAME AS `name` FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND COLUMN_NAME = ?',
    values: [table.name, field.column],
    learn: (row, server) => {
      server.collations ??= new Map()
      const [charset, name] = [row?.charset, row?.name].map((each) => (isWord(each) ? each : null))
      server.collations.set(placeOf(table, field), charset && name ? { charset, name } : null)
    },
  }
}

function isWord(value: unknown): value is string {
  return typeof value === 'string' && /^\w+$/.test(value)
}

function result(prefix: string): (field: ScalarField) => string {
  return (field) => {
    const name = prefix + quoted(field.column)
    return `${field.type === 'Json' ? `CONCAT(${name})` : name} AS ${quoted(field.name)}`
  }
}

const keyTypes = new Set<ScalarField['type']>(['Int', 'BigInt', 'String', 'Boolean', 'Enum', 'DateTime'])

/** Native types by their names in the schema; the others are written through Prisma. */
const natives: Readonly<Record<string, readonly string[]>> = {
  Int: ['Int', 'UnsignedInt', 'SmallInt', 'UnsignedSmallInt', 'MediumInt', 'UnsignedMediumInt'],
  BigInt: ['BigInt', 'UnsignedBigInt'],
  Float: ['Double', 'Float'],
  Decimal: ['Decimal'],
  Boolean: ['TinyInt'],
  String: ['VarChar', 'Char', 'Text', 'TinyText', 'MediumText', 'LongText'],
  DateTime: ['DateTime', 'Date'],
  Bytes: ['Blob', 'TinyBlob', 'MediumBlob', 'LongBlob', 'VarBinary'],
  Json: ['Json'],
}

function column(field: ScalarField): Column | null {
  if (field.isList || (field.nativeType !== null && !natives[field.type]?.includes(field.nativeType))) return null
  const encoded = field.type === 'Boolean' ? oneOrZero : encoderOf(field)
  return encoded && { field, encode: encoded, read: field.type === 'Bytes' ? (source) => `UNHEX(${source})` : asIs }
}

const asIs = (source: string) => source

function oneOrZero(value: unknown): number | undefined {
  const is = bool(value)
  return is === undefined ? undefined : Number(is)
}
