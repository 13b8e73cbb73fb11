import type { ScalarField } from '../../model/model.js'
import {
  type Column,
  type Dialect,
  type KnownTable,
  type Question,
  quoting,
  type Server,
  type Table,
} from './dialect.js'
import { bool, encoderOf } from './encode.js'
/**
 * `JSON_TABLE` over arrays, every column of it a text that the column written to converts. Joined in the order of the
 * rows, so that locks are taken in it. Each row is looked up by the key's index: of a small table the optimizer would
 * read every row, and lock it.
 */
export const mariadb: Dialect = {
  updateReturns: false,

  question(table, _key, server) {
    if (server.version === undefined) return versionQuestion
    return server.tables?.has(nameOf(table)) ? null : tableQuestion(table)
  },

  nameOf: (table) => nameOf(table),

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
    return `UPDATE ${rowSet([...key, ...set], key.length)} ${joined(table, key, server)} SET ${assigned}`
  },

  select: (table, key, returned, server) =>
    `SELECT ${returned.map(result('`t`.'))} FROM ${rowSet(key, key.length)} ${joined(table, key, server)}`,

  remove: (table, key, server) => `DELETE \`t\` FROM ${rowSet(key, key.length)} ${joined(table, key, server)}`,

  // INSERT IGNORE would swallow foreign keys that point nowhere.
  link: (table, columns) =>
    `INSERT INTO ${nameOf(table)} (${columns.map(own)}) SELECT ${columns.map(cell)} FROM ${rowSet(columns)} ON DUPLICATE KEY UPDATE ${columns.slice(0, 1).map((column) => `${own(column)} = ${nameOf(table)}.${own(column)}`)}`,

  one: null,
  rowText: () => (values) => JSON.stringify(values),
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

function joined(table: Table, key: readonly Column[], { tables }: Server): string {
  const known = tables?.get(nameOf(table))
  const index = known && indexOf(known, key)
  const equal = key.map((column, place) => {
    const { field } = column
    const collation = known?.collations?.get(field.column)
    let value = `\`r\`.\`${place}\``
    if (collation) value = `CONVERT(${value} USING ${collation.charset}) COLLATE ${collation.name}`
    else if (field.type === 'DateTime') value = `CAST(${value} AS DATETIME(6))`
    return `\`t\`.${own(column)} = ${value}`
  })
  return `STRAIGHT_JOIN ${nameOf(table)} AS \`t\`${index ? ` FORCE INDEX (${quoted(index)})` : ''} ON ${equal.join(' AND ')}`
}

/** The unique index by which the rows are found: a version may be asked for beside its columns. */
function indexOf({ indexes = new Map() }: KnownTable, key: readonly Column[]): string | undefined {
  const names = new Set(key.map(({ field }) => field.column))
  return [...indexes].find(([, columns]) => columns.every((column) => names.has(column)))?.[0]
}

const isText = ({ type }: ScalarField) => type === 'String' || type === 'Enum'

const versionQuestion: Question = {
  sql: 'SELECT VERSION() AS `version`',
  values: [],
  learn: ([row], server) => {
    server.version = String(row?.version)
  },
}

/**
 * Texts of two collations are not compared: the row set's has to be that of the column. Triggers are shown to those alone
 * who may make some. They cannot write to their own table.
 */
function tableQuestion(table: Table): Question {
  return {
    sql: "SELECT c.COLUMN_NAME AS `column`, c.CHARACTER_SET_NAME AS `charset`, c.COLLATION_NAME AS `collation`, s.INDEX_NAME AS `index`, c.EXTRA REGEXP 'GENERATED|on update' OR EXISTS (SELECT 1 FROM information_schema.TRIGGERS t WHERE t.EVENT_OBJECT_SCHEMA = DATABASE() AND t.EVENT_OBJECT_TABLE = c.TABLE_NAME AND t.ACTION_TIMING = 'BEFORE' AND t.EVENT_MANIPULATION <> 'DELETE') AS `alters` FROM information_schema.COLUMNS c LEFT JOIN information_schema.STATISTICS s ON s.TABLE_SCHEMA = c.TABLE_SCHEMA AND s.TABLE_NAME = c.TABLE_NAME AND s.COLUMN_NAME = c.COLUMN_NAME AND s.NON_UNIQUE = 0 WHERE c.TABLE_SCHEMA = DATABASE() AND c.TABLE_NAME = ?",
    values: [table.name],
    learn: (rows, server) => {
      const indexes = new Map<string, string[]>()
      const collations = new Map<string, { charset: string; name: string }>()
      let altersRows = false
      for (const { charset, collation, index, alters, ...row } of rows) {
        altersRows ||= Boolean(Number(alters))
        const column = String(row.column)
        if (isWord(charset) && isWord(collation)) collations.set(column, { charset, name: collation })
        if (typeof index === 'string') indexes.set(index, [...(indexes.get(index) ?? []), column])
      }
      server.tables ??= new Map()
      server.tables.set(nameOf(table), { indexes, collations, altersRows, altersReturned: false })
    },
  }
}

/** Nothing else is ever set unquoted into a statement. */
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
  const encode = field.type === 'Boolean' ? oneOrZero : encoderOf(field)
  return { field, encode, read: field.type === 'Bytes' ? (source) => `UNHEX(${source})` : asIs }
}

const asIs = (source: string) => source

function oneOrZero(value: unknown): number | undefined {
  const is = bool(value)
  return is === undefined ? undefined : Number(is)
}
