import type { Steps } from '../../driver/effects.js'
import { ArgumentError } from '../../errors.js'
import type { Model, ScalarField } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import { readRaw } from '../verbs/query.js'
/**
 * The values of an enum field in the order in which the database sorts them, by the schema's names. That is not always the
 * schema's order: a migration that adds a value puts it last, and one that only reorders them does nothing.
 */
export function* enumOrder(core: SessionCore, model: Model, field: ScalarField): Steps<readonly string[]> {
  const own = field.enumNames ?? new Map<string, string>()
  const labels = yield* labelsOf(core, model, field, [...own.keys()])
  const names = labels.flatMap((label) => own.get(label) ?? [])
  if (names.length === own.size) return names
  throw new ArgumentError(
    `stream(): the database does not tell in which order it has the values of ${model.name}.${field.name}: order by another field`,
  )
}

type Row = { readonly label: string }

function* labelsOf(
  core: SessionCore,
  model: Model,
  field: ScalarField,
  known: readonly string[],
): Steps<readonly string[]> {
  const { name } = core.provider
  if (name === 'sqlite') return [...known].sort(byBytes) // it keeps texts
  const table = [model.schema, model.table].filter((part) => part !== null)
  if (name === 'mysql') {
    const sql =
      'SELECT COLUMN_TYPE AS label FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ? AND COLUMN_NAME = ?'
    const [row] = yield* ask(core, sql, model.table, field.column)
    return [...String(row?.label).matchAll(/'((?:[^']|'')*)'/g)].map(([, label]) =>
      (label as string).replaceAll("''", "'"),
    )
  }
  const sql =
    'SELECT e.enumlabel::text AS label FROM pg_attribute a JOIN pg_enum e ON e.enumtypid = a.atttypid WHERE a.attrelid = to_regclass($1) AND a.attname = $2 ORDER BY e.enumsortorder'
  const rows = yield* ask(core, sql, table.map((part) => `"${part.replaceAll('"', '""')}"`).join('.'), field.column)
  return rows.map(({ label }) => label)
}

function* ask(core: SessionCore, sql: string, ...values: readonly string[]): Steps<readonly Row[]> {
  return (yield* readRaw(core, sql, values)) as Row[]
}

function byBytes(a: string, b: string): number {
  return a < b ? -1 : 1
}
