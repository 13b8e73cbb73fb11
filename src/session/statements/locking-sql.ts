import type { PrismaCall } from '../../driver/effects.js'
import type { Provider, RowLock } from '../../driver/providers.js'
import type { Model, ScalarField } from '../../model/model.js'
import type { Identity } from '../objects/state.js'
/** How rows are to be locked: SQLAlchemy's `with_for_update`. */
export interface LockMode {
  readonly nowait?: boolean
  readonly skipLocked?: boolean
  readonly read?: boolean
  readonly of?: readonly string[]
}

/** `SELECT … FOR UPDATE` of rows by key, all their columns. In the order of the key, so that two sessions do not deadlock. */
export function lockingSelect(
  { name }: Provider,
  lock: RowLock,
  model: Model,
  keys: readonly Identity[],
  mode: LockMode,
): PrismaCall {
  const quoted = (text: string) => lock.quote + text.replaceAll(lock.quote, lock.quote + lock.quote) + lock.quote
  const columns = model.scalars.map((field) => `${column(field, name, quoted)} AS ${quoted(field.name)}`)
  const table = [model.schema, model.table].filter((part) => part !== null).map(quoted)
  const key = model.key.map((each) => quoted((model.fields.get(each) as ScalarField).column))
  const values: unknown[] = []
  const place = (value: unknown) => {
    const number = values.push(value)
    return lock.quote === '`' ? '?' : `$${number}`
  }
  const tuples = keys.map((identity) => tuple(identity.values.map(place)))
  const sql = [
    `SELECT ${columns.join(', ')} FROM ${table.join('.')} WHERE ${tuple(key)} IN (${tuples.join(', ')})`,
    `ORDER BY ${key.join(', ')} ${mode.read ? lock.share : lock.update}`,
    mode.nowait ? 'NOWAIT' : mode.skipLocked ? 'SKIP LOCKED' : '',
  ]
  return { delegate: null, method: '$queryRawUnsafe', args: [sql.join(' ').trim(), ...values] }
}

/** Drivers do not know the arrays of an enum, but those of texts. */
function column(field: ScalarField, provider: string, quoted: (text: string) => string): string {
  const name = quoted(field.column)
  return field.type === 'Enum' && field.isList && provider === 'postgresql' ? `${name}::text[]` : name
}

function tuple(parts: readonly string[]): string {
  return parts.length === 1 ? (parts[0] as string) : `(${parts.join(', ')})`
}
