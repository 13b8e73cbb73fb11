/** A statement as Prisma's query log reports it. */
export interface Statement {
  readonly query: string
  /** Its parameters, a JSON list. */
  readonly params: string
}

/** What a client sends. */
export class StatementLog {
  /** How many statements there have been in all. */
  count = 0
  /** Called with each statement when it is sent. */
  onStatement: ((statement: Statement) => void) | null = null
  #sent: Statement[] = []

  add(statement: Statement): void {
    this.count++
    this.#sent.push(statement)
    this.onStatement?.(statement)
  }

  /** The statements since the last call. */
  take(): Statement[] {
    const sent = this.#sent
    this.#sent = []
    return sent
  }
}

/** Statements of one kind as one line: `INSERT INTO Country × 250 rows (3 statements)`. */
export function summarize(statements: readonly Statement[]): string[] {
  const kinds = new Map<string, { count: number; rows: number }>()
  for (const statement of statements) {
    const kind = kindOf(statement.query)
    const { count, rows } = kinds.get(kind) ?? { count: 0, rows: 0 }
    kinds.set(kind, { count: count + 1, rows: rows + rowsOf(statement) })
  }
  return [...kinds].map(([kind, { count, rows }]) => {
    if (rows > 0) return `${kind} × ${plural(rows, 'row')} (${plural(count, 'statement')})`
    return count > 1 ? `${kind} (${plural(count, 'statement')})` : kind
  })
}

/** The rows that an INSERT brings, 0 for any other statement. */
export function rowsOf({ query, params }: Statement): number {
  const columns = /^INSERT\b[^(]*\(([^)]*)\)/.exec(bare(query))?.[1]
  if (!columns) return 0
  const values = JSON.parse(params) as unknown[]
  const [first] = values
  // The session's own way: all rows in one parameter.
  if (query.includes('json_each') && typeof first === 'string') return (JSON.parse(first) as unknown[]).length
  return values.length / columns.split(',').length
}

function kindOf(query: string): string {
  const sql = bare(query)
  const update = /^UPDATE (\w+).*? SET (.*?)(?: FROM | WHERE | RETURNING |$)/s.exec(sql)
  if (update) return `UPDATE ${update[1]} SET ${update[2]?.match(/\w+(?=\s*=)/g)?.join(', ')}`
  const table = /^(?:INSERT|DELETE|SELECT)\b.*?\b(?:INTO|FROM) (\w+)/s.exec(sql)?.[1]
  if (table) return `${sql.slice(0, 6)}${verbs[sql.slice(0, 6)]} ${table}`
  return /^(?:ROLLBACK TO|\w+)/.exec(sql)?.[0] ?? sql
}

/** The SQL without quotes, the schema's name and what stands before the verb. */
function bare(query: string): string {
  return query
    .replace(/[`"]/g, '')
    .replaceAll('main.', '')
    .replace(/^-- Implicit (\w+).*/, '$1') // how adapters log what the driver sends itself
    .replace(/^WITH\b.*?\b(?=(?:INSERT|UPDATE|DELETE)\b)/s, '')
}

const verbs: Readonly<Record<string, string>> = { INSERT: ' INTO', DELETE: ' FROM', SELECT: '' }

function plural(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? '' : 's'}`
}
