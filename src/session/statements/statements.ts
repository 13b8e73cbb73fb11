import { ArgumentError } from '../../errors.js'
import { isPlainObject } from '../objects/keys.js'
import { describe } from '../objects/state.js'
/** What `execute`, `scalars` and `scalar` take. Statements name a model and carry Prisma's own arguments. */
export type Statement = SelectStatement | InsertStatement | UpdateStatement | RemoveStatement

export interface SelectStatement {
  readonly kind: 'select'
  readonly model: string
  /** Prisma's findMany arguments. */
  readonly args: Readonly<Record<string, unknown>>
  readonly options: {
    readonly yieldPer?: number
    readonly withForUpdate?: unknown
    readonly populateExisting?: boolean
    readonly track?: boolean
  }
}

export interface InsertStatement {
  readonly kind: 'insert'
  readonly model: string
  readonly rows: readonly object[] | undefined
  readonly options: { readonly select?: object; readonly skipDuplicates?: boolean }
}

export interface UpdateStatement {
  readonly kind: 'update'
  readonly model: string
  readonly args: { readonly where?: object; readonly data: object }
  readonly options: { readonly select?: object; readonly synchronize?: Synchronize }
}

export interface RemoveStatement {
  readonly kind: 'remove'
  readonly model: string
  readonly args: { readonly where?: object }
  readonly options: { readonly synchronize?: Synchronize }
}

export type Synchronize = 'auto' | 'evaluate' | 'fetch' | false

const statements = new WeakSet<object>()

export function isStatement(value: unknown): value is Statement {
  return typeof value === 'object' && value !== null && statements.has(value)
}

/** Objects of a model, or rows where `select` is given. Takes Prisma's findMany arguments. Mirrors SQLAlchemy's `select()`. */
export function select(model: unknown, given: unknown = {}): SelectStatement {
  const { yieldPer, withForUpdate, populateExisting, track, ...args } = checked('select', model, given, selectNames)
  if (yieldPer !== undefined && !(Number.isInteger(yieldPer) && (yieldPer as number) > 0)) {
    throw new ArgumentError(`select(): yieldPer is a number of rows from 1, not ${String(yieldPer)}`)
  }
  const options = { yieldPer, withForUpdate, populateExisting, track } as SelectStatement['options']
  return made({ kind: 'select', model: model as string, args, options })
}

/** Rows to insert, here or as `execute`'s second argument. Mirrors `insert()`. */
export function insert(model: unknown, rows?: unknown, options: unknown = {}): InsertStatement {
  const checkedOptions = checked('insert', model, options, ['select', 'skipDuplicates'])
  return made({
    kind: 'insert',
    model: model as string,
    rows: rows === undefined ? undefined : rowsOf(rows),
    options: checkedOptions,
  })
}

/** A change of every row that matches. Mirrors `update()`. */
export function update(model: unknown, args: unknown, options: unknown = {}): UpdateStatement {
  const checkedArgs = checked('update', model, args, ['where', 'data'])
  if (!isPlainObject(checkedArgs.data)) throw new ArgumentError('update() takes { where, data }, and data is missing')
  const checkedOptions = synchronized('update', checked('update', model, options, ['select', 'synchronize']))
  return made({
    kind: 'update',
    model: model as string,
    args: checkedArgs as UpdateStatement['args'],
    options: checkedOptions,
  })
}

/** Deletes every row that matches. Mirrors `delete()`. */
export function remove(model: unknown, args: unknown, options: unknown = {}): RemoveStatement {
  const checkedArgs = checked('remove', model, args, ['where'])
  const checkedOptions = synchronized('remove', checked('remove', model, options, ['synchronize']))
  return made({ kind: 'remove', model: model as string, args: checkedArgs, options: checkedOptions })
}

/** The rows of an insert: one object, or a list. */
export function rowsOf(rows: unknown): readonly object[] {
  const list = Array.isArray(rows) ? rows : [rows]
  const bad = list.find((row) => typeof row !== 'object' || row === null || Array.isArray(row))
  if (bad !== undefined) throw new ArgumentError(`insert() takes objects of fields, not ${describe(bad)}`)
  return list
}

const selectNames = [
  ...['where', 'include', 'select', 'omit', 'orderBy', 'take', 'skip', 'cursor', 'distinct'],
  ...['yieldPer', 'withForUpdate', 'populateExisting', 'track'],
]

function made<T extends Statement>(statement: T): T {
  statements.add(statement)
  return Object.freeze(statement)
}

function checked(verb: string, model: unknown, given: unknown, names: readonly string[]): Record<string, unknown> {
  if (typeof model !== 'string' || model === '')
    throw new ArgumentError(`${verb}() takes the name of a model first: ${verb}('User', …)`)
  if (!isPlainObject(given))
    throw new ArgumentError(`${verb}() takes an object after the model: { ${names.join(', ')} }`)
  const unknown = Object.keys(given).find((name) => !names.includes(name))
  if (unknown !== undefined) throw new ArgumentError(`${verb}() has no argument '${unknown}': use ${names.join(', ')}`)
  return given
}

function synchronized<T extends { synchronize?: unknown }>(
  verb: string,
  options: T,
): T & { synchronize?: Synchronize } {
  if (![undefined, 'auto', 'evaluate', 'fetch', false].includes(options.synchronize as Synchronize)) {
    throw new ArgumentError(
      `${verb}(): synchronize cannot be ${String(options.synchronize)}: use 'auto', 'evaluate', 'fetch' or false`,
    )
  }
  return options as T & { synchronize?: Synchronize }
}
