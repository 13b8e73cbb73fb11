import { ArgumentError } from '../../errors.js'
/** `Prisma.sql`, recognised by shape: this layer knows nothing of Prisma's classes. */
export function isSql(
  value: unknown,
): value is { readonly strings: readonly string[]; readonly values: readonly unknown[] } {
  return isObject(value) && Array.isArray(value.strings) && Array.isArray(value.values)
}

/** A query of TypedSQL: its text, and values, no pieces. */
export function isTypedSql(value: unknown): value is { readonly sql: string; readonly values: readonly unknown[] } {
  return isObject(value) && typeof value.sql === 'string' && Array.isArray(value.values) && !('strings' in value)
}

/** The text of raw SQL in whichever form Prisma takes it. */
export function rawText(query: unknown): string {
  if (typeof query === 'string') return query
  if (Array.isArray(query)) return query.join('?') // a template's pieces
  if (isSql(query)) return query.strings.join('?')
  return isTypedSql(query) ? query.sql : ''
}

/** Whether SQL changes rows. A CTE may hide a write, so every keyword of one counts. */
export function writesRows(text: string): boolean {
  const sql = withoutComments(text)
  return (
    /^(insert|update|delete|merge|replace|truncate|call|do)\b/i.test(sql) ||
    /^with\b[\s\S]*\b(insert|update|delete|merge)\b/i.test(sql)
  )
}

/** Whether SQL brings rows back, so that it goes through `$queryRaw`. */
export function bringsRows(text: string): boolean {
  const sql = withoutComments(text)
  if (/^(insert|update|delete|merge|replace)\b/i.test(sql)) return /\breturning\b/i.test(sql)
  return /^(select|with|values|table|show|explain|describe|pragma|call|\()/i.test(sql)
}

/** Whether SQL is a query, which a cursor can be declared for. */
export function isQuery(text: string): boolean {
  return /^(select|with|values|table|\()/i.test(withoutComments(text))
}

export function refusePlainText(statement: unknown): void {
  if (typeof statement !== 'string') return
  throw new ArgumentError(
    'a plain string is not a statement: use the tagged form, Prisma.sql`SELECT …`, so that values travel as parameters',
  )
}

function withoutComments(text: string): string {
  return text.replace(/--[^\n]*|\/\*[\s\S]*?\*\//g, ' ').trim()
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null
}
