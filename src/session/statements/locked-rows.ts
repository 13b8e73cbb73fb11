import type { Steps } from '../../driver/effects.js'
import type { RowLock } from '../../driver/providers.js'
import { StaleDataError } from '../../errors.js'
import type { Model, Relation } from '../../model/model.js'
import { rowFromRaw } from '../../model/raw-row.js'
import { sameValue } from '../../model/values.js'
import type { SessionCore } from '../core.js'
import { whereAmong } from '../objects/keys.js'
import type { Row } from '../objects/load.js'
import { type Identity, identityOf } from '../objects/state.js'
import { transactionOnWire } from '../transaction/in-transaction.js'
import { query } from '../verbs/query.js'
import { type LockMode, lockingSelect } from './locking-sql.js'
import { pageShape, type Shape } from './page-shape.js'
import { evaluable } from './where.js'

type Args = Readonly<Record<string, unknown>>

/**
 * The rows of Prisma's findMany, locked until the transaction ends. Prisma has no locking clause, so it goes in three
 * steps: which rows, lock them by key, read them under the lock. The condition is asked again with that last step, since
 * somebody else may have changed a row before we had it.
 */
export function* lockedRows(core: SessionCore, model: Model, args: Args, mode: LockMode): Steps<Row[]> {
  yield* transactionOnWire(core)
  const lock = core.provider.rowLock
  if (!lock) return (yield* query(core, { delegate: model.delegate, method: 'findMany', args: [args] })) as Row[]
  const { where, include, select, omit } = args
  const wanted = typeof args.take === 'number' ? args.take : undefined
  const repeats = mode.skipLocked === true && wanted !== undefined && wanted > 0 && !args.cursor && !args.distinct
  const rows: Row[] = []
  const tried: Identity[] = []
  while (true) {
    const rest = repeats ? { where: butNot(model, where, tried), take: wanted - rows.length } : {}
    const { include: _, select: __, omit: ___, ...finding } = args
    const first = tried.length === 0 ? finding : { ...finding, skip: undefined }
    const candidates = yield* find(core, model, { ...first, ...rest, select: candidateFields(model, mode) })
    const newest = yield* lockRows(core, lock, model, candidates, mode)
    const held = candidates.filter((row) => stillMatches(core, model, where, row, newest, mode))
    const read = yield* readHeld(core, model, held, newest, { where, include, select, omit })
    for (const row of read) rows.push(row)
    for (const row of candidates) tried.push(identityOf(model, row) as Identity)
    if (!repeats || rows.length >= wanted || candidates.length === 0) return rows
  }
}

/** One row by its key, locked, every scalar of it; null when it is gone, or is skipped since somebody else has it. */
export function* lockedRow(core: SessionCore, identity: Identity, mode: LockMode): Steps<Row | null> {
  const { model } = identity
  const call = lockingSelect(core.provider, core.provider.rowLock as RowLock, model, [identity], mode)
  const [raw] = (yield* query(core, call)) as Row[]
  return raw ? rowFromRaw(model, raw) : null
}

function* find(core: SessionCore, { delegate }: Model, args: Args): Steps<Row[]> {
  return (yield* query(core, { delegate, method: 'findMany', args: [args] })) as Row[]
}

function candidateFields(model: Model, { of }: LockMode): Record<string, unknown> {
  const fields: Record<string, unknown> = Object.fromEntries(model.scalars.map(({ name }) => [name, true]))
  for (const { name, target } of lockedRelations(model, of))
    fields[name] = { select: Object.fromEntries(target.key.map((key) => [key, true])) }
  return fields
}

function lockedRelations(model: Model, of: readonly string[] = []): Relation[] {
  return of.filter((name) => name !== model.name).map((name) => model.fields.get(name) as Relation)
}

/** The locked rows as they are now, by the text of their key; null where the model's own rows are not to be locked. */
function* lockRows(
  core: SessionCore,
  lock: RowLock,
  model: Model,
  candidates: readonly Row[],
  mode: LockMode,
): Steps<Map<string, Row> | null> {
  for (const { name, target } of lockedRelations(model, mode.of)) {
    const related = candidates.flatMap((row): Row[] => [(row[name] ?? []) as Row | Row[]].flat())
    yield* lockByKey(core, lock, target, related, mode)
  }
  return mode.of && !mode.of.includes(model.name) ? null : yield* lockByKey(core, lock, model, candidates, mode)
}

const keysPerStatement = 1000

function* lockByKey(
  core: SessionCore,
  lock: RowLock,
  model: Model,
  rows: readonly Row[],
  mode: LockMode,
): Steps<Map<string, Row>> {
  const keys = [...new Map(rows.map((row) => identified(model, row)).map((each) => [each.text, each])).values()]
  const found = new Map<string, Row>()
  for (let at = 0; at < keys.length; at += keysPerStatement) {
    const part = keys.slice(at, at + keysPerStatement)
    const raws = (yield* query(core, lockingSelect(core.provider, lock, model, part, mode))) as Row[]
    for (const raw of raws) {
      const row = rowFromRaw(model, raw)
      found.set(identified(model, row).text, row)
    }
  }
  return found
}

/** Where plain reads see a snapshot, the database cannot be asked whether a changed row still matches. */
function stillMatches(
  core: SessionCore,
  model: Model,
  where: unknown,
  seen: Row,
  newest: Map<string, Row> | null,
  mode: LockMode,
): boolean {
  if (!newest) return true
  const now = newest.get(identified(model, seen).text)
  if (!now) return false
  if (!readsSnapshot(core)) return true
  if (model.scalars.every((field) => sameValue(field, seen[field.name], now[field.name]))) return true
  const condition = evaluable(model, where, core.provider.exactText)
  if (condition) return condition(now)
  if (mode.skipLocked) return false // somebody had it until just now
  throw new StaleDataError(
    `a ${model.name} was changed by somebody else before it could be locked, and whether it still matches cannot be told under RepeatableRead: begin with isolationLevel 'ReadCommitted', or roll back and repeat`,
  )
}

function readsSnapshot({ provider, options, transaction }: SessionCore): boolean {
  const level = transaction?.root.options.isolationLevel ?? options.isolationLevel ?? 'RepeatableRead'
  return provider.rowLock?.readsSnapshot === true && level === 'RepeatableRead'
}

/** Read under the lock, in the order in which they were found. */
function* readHeld(
  core: SessionCore,
  model: Model,
  held: readonly Row[],
  newest: Map<string, Row> | null,
  { where, select, omit, include }: Args,
): Steps<Row[]> {
  const keys = held.map((row) => identified(model, row))
  const shape = pageShape(model, [], { select, omit, include } as Shape)
  const rows = new Map<string, Row>()
  const condition = readsSnapshot(core) ? undefined : where
  for (let at = 0; at < keys.length; at += keysPerStatement) {
    const among = { OR: whereAmong(model, keys.slice(at, at + keysPerStatement)) }
    const args = {
      where: condition ? { AND: [condition, among] } : among,
      ...(include ? { include } : {}),
      ...shape.args,
    }
    for (const row of yield* find(core, model, args)) {
      const { text } = identified(model, row)
      if (readsSnapshot(core)) overlay(row, newest?.get(text))
      rows.set(text, shape.strip([row])[0] as Row)
    }
  }
  return keys.map(({ text }) => rows.get(text)).filter((row) => row !== undefined)
}

function overlay(row: Row, now: Row | undefined): void {
  for (const name of Object.keys(now ?? {})) if (name in row) row[name] = now?.[name]
}

function butNot(model: Model, where: unknown, tried: readonly Identity[]): unknown {
  return tried.length === 0 ? where : { AND: [where ?? {}, { NOT: { OR: whereAmong(model, tried) } }] }
}

function identified(model: Model, row: Row): Identity {
  return identityOf(model, row) as Identity
}
