import type { PrismaCall, Steps } from '../../driver/effects.js'
import { ArgumentError } from '../../errors.js'
import type { Model } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import { autoflush } from '../flush/flush.js'
import { isPlainObject } from '../objects/keys.js'
import { type Include, loadRows, type Row } from '../objects/load.js'
import { staleAfter } from '../objects/stale.js'
import { describe } from '../objects/state.js'
import { usableTransaction } from '../transaction/in-transaction.js'
import { refuseTransactionSql } from '../transaction/raw-transactions.js'
import { checkVersion } from '../verbs/get.js'
import { checkLock } from '../verbs/lock.js'
import { query } from '../verbs/query.js'
import { columnsOf, executeInsert, executeRemove, executeUpdate } from './bulk.js'
import { fetchedCount, fetchedEntities, fetchedRecords } from './fetched.js'
import { lockedRows } from './locked-rows.js'
import { bringsRows, isSql, isTypedSql, rawText, refusePlainText } from './raw.js'
import type { Fetched, Reading } from './reading.js'
import { Result, type ScalarResult } from './result.js'
import { isStatement, type SelectStatement, type Statement } from './statements.js'
/** Runs a statement or raw SQL. Mirrors `Session.execute()`. */
export function* execute(core: SessionCore, given: unknown, params?: unknown): Steps<Result> {
  const payload = { statement: given, params }
  checkStatement(core, given)
  if (isPlainObject(params) && 'streamResults' in params && !isInsert(given))
    throw new ArgumentError('execute() reads all rows at once: use stream(statement) to read them page by page')
  usableTransaction(core)
  for (const answer of yield* core.events.emit('doExecute', payload)) if (answer instanceof Result) return answer
  const { statement } = payload
  checkStatement(core, statement)
  if (payload.params !== undefined && !isInsert(statement)) {
    throw new ArgumentError('only insert() takes rows after the statement; values of raw SQL go into its template')
  }
  yield* autoflush(core)
  const result = new Result(yield* fetch(core, statement, payload.params))
  warnOfReread(core, result.reading)
  return result
}

/** A second reading of a result brings nothing, which is seldom meant. */
export function warnOfReread(core: SessionCore, reading: Reading): void {
  reading.onReread = () =>
    core.onMistake(
      'reread',
      'A result was read to its end before, and gives no rows the second time. Keep what all() returned, or freeze() the result first.',
    )
}

/** The first column of every row. Mirrors `Session.scalars()`. */
export function* scalars(core: SessionCore, statement: unknown): Steps<ScalarResult> {
  return (yield* execute(core, statement)).scalars()
}

/** The first column of the first row, or null. Mirrors `Session.scalar()`. */
export function* scalar(core: SessionCore, statement: unknown): Steps<unknown> {
  return (yield* execute(core, statement)).scalar()
}

function isInsert(statement: unknown): boolean {
  return isStatement(statement) && statement.kind === 'insert'
}

function* fetch(core: SessionCore, statement: unknown, params: unknown): Steps<Fetched> {
  if (!isStatement(statement)) return yield* executeRaw(core, statement)
  switch (statement.kind) {
    case 'select':
      return yield* executeSelect(core, statement)
    case 'insert':
      return yield* executeInsert(core, statement, params)
    case 'update':
      return yield* executeUpdate(core, statement)
    case 'remove':
      return yield* executeRemove(core, statement)
  }
}

function* executeSelect(core: SessionCore, { model: name, args, options }: SelectStatement): Steps<Fetched> {
  const model = core.readableModel(name)
  const lock = lockOf(core, model, { args, options })
  const rows = lock
    ? yield* lockedRows(core, model, args, lock)
    : ((yield* query(core, { delegate: model.delegate, method: 'findMany', args: [args] })) as Row[])
  if (args.select) return fetchedRecords(columnsOf(args.select, rows), rows, options.yieldPer)
  if (options.track === false) return fetchedEntities(model.name, rows, options.yieldPer)
  if (lock) for (const row of rows) checkVersion(core, model, row)
  const populate = options.populateExisting === true || lock !== null
  const entities = loadRows(core, model, rows, populate, args.include as Include)
  yield* core.events.tell()
  return fetchedEntities(model.name, entities, options.yieldPer)
}

function lockOf(core: SessionCore, model: Model, { args, options }: Pick<SelectStatement, 'args' | 'options'>) {
  return checkLock(core, model, options.withForUpdate, args.include ?? args.select)
}

function* executeRaw(core: SessionCore, statement: unknown): Steps<Fetched> {
  const hasRows = isTypedSql(statement) || bringsRows(rawText(statement))
  const method = isTypedSql(statement) ? '$queryRawTyped' : hasRows ? '$queryRaw' : '$executeRaw'
  const call: PrismaCall = { delegate: null, method, args: [statement] }
  const answer = yield* query(core, call)
  staleAfter(core, call)
  if (!hasRows) return fetchedCount(answer as number)
  const rows = answer as Row[]
  return fetchedRecords(rows[0] ? Object.keys(rows[0]) : [], rows)
}

/** Everything that can be told to be wrong is refused before the transaction begins. */
export function checkStatement(core: SessionCore, statement: unknown): void {
  refusePlainText(statement)
  if (isStatement(statement)) checkFields(modelRead(core, statement), statement, core)
  else if (!isSql(statement) && !isTypedSql(statement)) {
    throw new ArgumentError(
      `${describe(statement)} is not a statement: use select(), insert(), update(), remove(), Prisma.sql or TypedSQL`,
    )
  } else refuseTransactionSql(core, [{ delegate: null, method: '$executeRaw', args: [statement] }])
}

/** Of what is read as plain rows, no key is needed. */
function modelRead(core: SessionCore, statement: Statement): Model {
  const isPlain =
    statement.kind === 'select' &&
    statement.options.withForUpdate === undefined &&
    (statement.args.select !== undefined || statement.options.track === false)
  return isPlain ? core.readableModel(statement.model) : core.model(statement.model)
}

function checkFields(model: Model, statement: Statement, core: SessionCore): void {
  if (statement.kind === 'insert') return
  const { where, ...rest } = statement.args as Record<string, unknown>
  checkWhere(model, where, statement.kind)
  if (statement.kind !== 'select') return
  lockOf(core, model, statement)
  for (const part of ['select', 'include', 'omit', 'orderBy']) {
    for (const each of asList(rest[part])) {
      for (const name of isPlainObject(each) ? Object.keys(each) : []) checkField(core, model, name, part)
    }
  }
}

function checkWhere(model: Model, where: unknown, verb: string): void {
  for (const each of asList(where)) {
    if (!isPlainObject(each)) continue
    for (const [name, value] of Object.entries(each)) {
      if (name === 'AND' || name === 'OR' || name === 'NOT') checkWhere(model, value, verb)
      else if (
        !model.fields.has(name) &&
        name !== model.keyName &&
        !model.uniques.some((unique) => unique.name === name)
      ) {
        throw noField(model, name, 'where')
      }
    }
  }
}

function checkField(core: SessionCore, model: Model, name: string, part: string): void {
  if (model.fields.has(name) || name.startsWith('_') || Object.hasOwn(core.computedFields(model), name)) return
  throw noField(model, name, part)
}

function noField(model: Model, name: string, part: string): ArgumentError {
  return new ArgumentError(
    `${model.name} has no field '${name}' for \`${part}\`: use ${[...model.fields.keys()].join(', ')}`,
  )
}

function asList(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : value === undefined ? [] : [value]
}
