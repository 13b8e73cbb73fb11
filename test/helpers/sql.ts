/** A statement that wrote, as the database saw it, whichever way the session chose to send it. */
export interface Write {
  readonly verb: 'INSERT' | 'UPDATE' | 'DELETE'
  readonly table: string
  /** The columns of an INSERT or those an UPDATE sets, in the database's names; empty for DELETE. */
  readonly columns: readonly string[]
}

const identifier = String.raw`["\`\w][^"\`.]*["\`\w]|\w`
const head = new RegExp(
  String.raw`\b(INSERT(?: OR \w+| IGNORE)? INTO|UPDATE|DELETE FROM)\s+(?:(?:${identifier})\.)?(${identifier})`,
  'i',
)

/** MariaDB's UPDATE and DELETE of a row set name the table after it. */
const rowSet = /\bJSON_TABLE\(.*?\) AS `r` STRAIGHT_JOIN |(?<=^DELETE )`t` /g

export function parseWrite(text: string): Write | null {
  const sql = text.replace(rowSet, '')
  const match = head.exec(sql)
  if (!match || /^\s*(SELECT|PRAGMA)\b/i.test(sql)) return null
  const verb = match[1]?.slice(0, 6).toUpperCase() as Write['verb']
  const rest = sql.slice(match.index + match[0].length)
  return { verb, table: bare(match[2] ?? ''), columns: columns(verb, rest) }
}

/** Standard quotes of names, as MariaDB takes them even where it is not told to take these. */
export function quotedFor(database: string, sql: string): string {
  return database === 'mariadb' ? sql.replaceAll('"', '`') : sql
}

/** What the writer asks once per client, of its server. */
export function isQuestion(sql: string): boolean {
  return /^SELECT (?:typeof\(\?\)|VERSION\(\)|.* FROM (?:information_schema|pg_catalog\.pg_trigger|pragma_table_xinfo))/.test(
    sql,
  )
}

/** The name of a statement that governs the transaction, null for any other. */
export function parseControl(sql: string): string | null {
  const match = /^\s*(BEGIN|COMMIT|SAVEPOINT|RELEASE|ROLLBACK(?:\s+TO)?)\b/i.exec(sql)
  return match?.[1]?.toUpperCase().replace(/\s+/, ' ') ?? null
}

function columns(verb: Write['verb'], rest: string): string[] {
  if (verb === 'DELETE') return []
  if (verb === 'INSERT') return list(/^\s*\(([^)]*)\)/.exec(rest)?.[1] ?? '').map(bare)
  const assignments = /\bSET\b([\s\S]*)/i.exec(rest)?.[1] ?? ''
  return list(assignments).map((part) => bare(part.split('=')[0] ?? ''))
}

/** Splits at commas outside parentheses, up to the clause that follows. */
function list(text: string): string[] {
  const parts = ['']
  let depth = 0
  for (const token of text.match(/"[^"]*"|`[^`]*`|'[^']*'|\w+|\s+|[^\w\s]/g) ?? []) {
    if (depth === 0 && /^(FROM|WHERE|RETURNING)$/i.test(token)) break
    if (token === '(') depth++
    if (token === ')') depth--
    if (token === ',' && depth === 0) parts.push('')
    else parts[parts.length - 1] += token
  }
  return parts.map((part) => part.trim()).filter((part) => part !== '')
}

function bare(name: string): string {
  const last =
    name
      .trim()
      .match(/["`][^"`]*["`]|\w+/g)
      ?.at(-1) ?? ''
  return last.replace(/^["`]|["`]$/g, '')
}
