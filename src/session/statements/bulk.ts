import type { Steps } from '../../driver/effects.js'
import { ArgumentError, NotImplementedError } from '../../errors.js'
import { handlesUpdate, type Model, type ScalarField } from '../../model/model.js'
import { noRefs } from '../../writing/flush-plan.js'
import type { SessionCore } from '../core.js'
import { addMovedKeys, followMoves, type KeyMove } from '../flush/follow-relations.js'
import { ListChanges } from '../flush/list-changes.js'
import { mirrorDeletes } from '../flush/mirror-deletes.js'
import { loadAttribute } from '../objects/attributes.js'
import { isPlainObject, whereAmong } from '../objects/keys.js'
import { becomeDeleted, markStale } from '../objects/lifecycle.js'
import type { Row } from '../objects/load.js'
import { LoadedRows } from '../objects/loaded-rows.js'
import { staleReached } from '../objects/stale.js'
import { type EntityState, identityOf } from '../objects/state.js'
import { transactionOnWire } from '../transaction/in-transaction.js'
import type { TransactionState } from '../transaction/transaction-state.js'
import { query } from '../verbs/query.js'
import { fetchedCount, fetchedRecords } from './fetched.js'
import type { Fetched } from './reading.js'
import {
  type InsertStatement,
  type RemoveStatement,
  rowsOf,
  type Synchronize,
  type UpdateStatement,
} from './statements.js'
import { evaluable, namedFields } from './where.js'
/** INSERT of plain rows; no object comes of it. */
export function* executeInsert(core: SessionCore, statement: InsertStatement, params: unknown): Steps<Fetched> {
  const model = core.model(statement.model)
  const rows = params === undefined ? statement.rows : rowsOf(params)
  if (!rows)
    throw new ArgumentError(
      `insert('${model.name}') has no rows: give them to insert(), or to execute() after the statement`,
    )
  if (params !== undefined && statement.rows)
    throw new ArgumentError('rows were given to both insert() and execute(): use one')
  for (const row of rows) checkScalars(model, row, 'insert')
  const { select, skipDuplicates } = statement.options
  const args = { data: rows, ...(skipDuplicates !== undefined && { skipDuplicates }) }
  if (!select) return fetchedCount(countOf(yield* write(core, model, 'createMany', args)))
  requireReturning(core, 'insert')
  const found = (yield* write(core, model, 'createManyAndReturn', { ...args, select })) as Row[]
  return fetchedRecords(columnsOf(select, found), found)
}

/** UPDATE of every row that matches; loaded objects follow. */
export function* executeUpdate(core: SessionCore, { model: name, args, options }: UpdateStatement): Steps<Fetched> {
  const model = core.model(name)
  checkScalars(model, args.data, 'update')
  if (options.select) requireReturning(core, 'update')
  const affected = yield* affectedObjects(core, model, args.where, options.synchronize)
  const method = options.select ? 'updateManyAndReturn' : 'updateMany'
  const answer = yield* write(core, model, method, { ...args, ...(options.select && { select: options.select }) })
  followUpdate(core, affected.matched, args.data as Row)
  for (const state of affected.unknown) markStale(core, state)
  if (options.synchronize !== false) staleReferrers(core, model, args.data)
  if (!options.select) return fetchedCount(countOf(answer))
  return fetchedRecords(columnsOf(options.select, answer as Row[]), answer as Row[])
}

/** DELETE of every row that matches; loaded objects follow. */
export function* executeRemove(core: SessionCore, { model: name, args, options }: RemoveStatement): Steps<Fetched> {
  const model = core.model(name)
  const affected = yield* affectedObjects(core, model, args.where, options.synchronize)
  const answer = yield* write(core, model, 'deleteMany', args)
  const { transaction } = core
  if (transaction) {
    for (const state of affected.matched) {
      transaction.remember(state)
      becomeDeleted(core, state, transaction)
    }
    mirrorDeletes(core, transaction, affected.matched)
  }
  for (const state of affected.unknown) markStale(core, state)
  if (options.synchronize !== false) staleReached(core, model, () => false)
  yield* core.events.tell()
  return fetchedCount(countOf(answer))
}

interface Affected {
  readonly matched: readonly EntityState[]
  /** Those that nobody can tell of without a query. */
  readonly unknown: readonly EntityState[]
}

/** Which loaded objects a statement is going to change: told in memory where the condition is simple, else by their keys. */
function* affectedObjects(
  core: SessionCore,
  model: Model,
  where: unknown,
  synchronize: Synchronize = 'auto',
): Steps<Affected> {
  yield* transactionOnWire(core) // the keys read here and the write belong together
  const loaded = [...core.identityMap.statesOf(model)]
  if (synchronize === false || loaded.length === 0) return { matched: [], unknown: [] }
  const condition = synchronize === 'fetch' ? null : evaluable(model, where, core.provider.exactText)
  if (!condition && synchronize === 'evaluate') {
    throw new ArgumentError("this `where` cannot be evaluated in memory: use synchronize: 'fetch', or 'auto'")
  }
  const names = namedFields(model, where)
  const isTold = ({ isStale, baseline }: EntityState) =>
    !isStale && baseline !== null && names.every((name) => Object.hasOwn(baseline, name))
  if (!condition || (synchronize === 'auto' && !loaded.every(isTold))) {
    return { matched: yield* fetchAffected(core, model, where, loaded), unknown: [] }
  }
  return {
    matched: loaded.filter((state) => isTold(state) && condition(state.baseline ?? {})),
    unknown: loaded.filter((state) => !isTold(state)),
  }
}

function* fetchAffected(
  core: SessionCore,
  model: Model,
  where: unknown,
  loaded: readonly EntityState[],
): Steps<EntityState[]> {
  const select = Object.fromEntries(model.key.map((name) => [name, true]))
  const keys = loaded.flatMap(({ identity }) => identity ?? [])
  const found: EntityState[] = []
  for (const among of whereAmong(model, keys)) {
    // Beside the user's own condition, not around it: Prisma reads an empty OR otherwise once it is nested.
    const { AND = [], ...rest } = (where ?? {}) as { AND?: unknown }
    const args = { where: { ...rest, AND: [...(Array.isArray(AND) ? AND : [AND]), among] }, select }
    const rows = (yield* query(core, { delegate: model.delegate, method: 'findMany', args: [args] })) as Row[]
    for (const row of rows) {
      const identity = identityOf(model, row)
      const state = identity && core.identityMap.find(identity)
      if (state) found.push(state)
    }
  }
  return found
}

/** The new values are the objects', and not a change; what the database computed is read again later. */
function followUpdate(core: SessionCore, states: readonly EntityState[], data: Row): void {
  const { transaction } = core
  if (!transaction || states.length === 0) return
  const moves: KeyMove[] = []
  const before = new LoadedRows(core)
  for (const state of states) addMovedKeys(moves, before, state, data, noRefs)
  const known = states.map((state) => takeValues(core, transaction, state, data))
  const lists = new ListChanges(transaction)
  followMoves(core, lists, moves)
  lists.apply()
  for (const [index, state] of states.entries()) if (!known[index]) markStale(core, state)
}

/** Takes the values that an object's row was given. True when that is all that has changed. */
function takeValues(core: SessionCore, transaction: TransactionState, state: EntityState, data: Row): boolean {
  transaction.remember(state)
  let isAll = state.model.updatedAt.length === 0
  for (const [name, given] of Object.entries(data)) {
    const field = state.model.fields.get(name)
    if (field?.kind !== 'scalar' || given === undefined) continue
    const value = field.isKey ? undefined : writtenValue(core, field, given)
    if (value === undefined) isAll = false
    else loadAttribute(state, field, value)
  }
  return isAll
}

/** What the schema's `onUpdate` did to rows that point to changed ones is read again. */
function staleReferrers(core: SessionCore, model: Model, data: object): void {
  for (const relation of model.referrers) {
    if (!handlesUpdate(relation) || !relation.references.some((name) => Object.hasOwn(data, name))) continue
    for (const state of core.identityMap.statesOf(relation.model)) markStale(core, state)
  }
}

/** The value as a load would bring it; undefined where only the database knows. */
function writtenValue(core: SessionCore, field: ScalarField, given: unknown): unknown {
  const isOperation = isPlainObject(given) && field.type !== 'Json'
  if (isOperation && !Object.hasOwn(given, 'set')) return undefined
  return core.asLoaded(field, isOperation ? given.set : given)
}

/** An operation that writes many rows. Gives its count, or the rows themselves. */
function* write(core: SessionCore, model: Model, method: string, args: object): Steps<unknown> {
  yield* transactionOnWire(core)
  if (core.transaction) core.transaction.hasOtherWrites = true
  const answer = yield* query(core, { delegate: model.delegate, method, args: [args] })
  const count = Array.isArray(answer) ? answer.length : countOf(answer)
  if (core.transaction && count > 0) core.transaction.hasOtherRows = true
  return answer
}

function countOf(answer: unknown): number {
  return (answer as { readonly count: number }).count
}

function checkScalars(model: Model, data: object, verb: string): void {
  for (const name of Object.keys(data)) {
    const field = model.fields.get(name)
    if (field?.kind === 'scalar') continue
    const known = model.scalars.map((each) => each.name).join(', ')
    const what = field
      ? ` writes columns, and '${name}' is a relation: set ${field.fields.join(', ') || 'the foreign key on the other side'}`
      : `: ${model.name} has no field '${name}': use ${known}`
    throw new ArgumentError(`${verb}()${what}`)
  }
}

function requireReturning(core: SessionCore, verb: string): void {
  if (core.provider.returning) return
  throw new NotImplementedError(
    `${verb}() with \`select\` needs RETURNING, which this database does not have: leave \`select\` out and query the rows`,
  )
}

/** The columns that a `select` asks for; the rows tell for the rest. */
export function columnsOf(select: object, rows: readonly Row[]): string[] {
  const asked = Object.entries(select).filter(([, value]) => value)
  return rows[0] ? Object.keys(rows[0]) : asked.map(([name]) => name)
}
