import type { Steps } from '../driver/effects.js'
import type { Model, Relation } from '../model/model.js'
import { keyText } from '../model/values.js'
import { type Change, chunks, groupsOfSameChange, resolved, rowsPerStatement, writesMany } from './batches.js'
import { checkDeleted } from './delete-rows.js'
import type { Cells, DeleteStep, InsertStep, LinkStep, Step, UpdateStep, Values, Written } from './flush-plan.js'
import { pairReturnedRows } from './pair-rows.js'
import { performed } from './performed.js'
import { toPrismaData, whereKey, whereKeys } from './prisma-arguments.js'
import type { PrismaWay } from './prisma-way.js'
import { staleRows } from './stale-rows.js'
import { undoable } from './undoable.js'
/** Writes a step through Prisma's own operations, in as few calls as Prisma allows. */
export function* writeThroughPrisma(way: PrismaWay, model: Model, step: Step, written: Written): Steps<void> {
  const writing: Writing = { way, ...written }
  if (step.kind === 'insert') yield* insert(writing, model, step)
  else if (step.kind === 'update') yield* update(writing, model, step)
  else if (step.kind === 'delete') yield* remove(writing, model, step)
  else yield* link(writing, model, step)
}

interface Writing extends Written {
  readonly way: PrismaWay
}

/** One of Prisma's operations on a model. */
function* operation<T>({ delegate }: Model, method: string, args: object): Steps<T> {
  return yield* performed({ delegate, method, args: [args] })
}

function* insert(writing: Writing, model: Model, step: InsertStep): Steps<void> {
  const { way, rows } = writing
  for (const chunk of chunks(step.rows, rowsPerStatement(way.provider, step.fields.length))) {
    const data = chunk.map((row) => resolved(rows, row))
    const isMany = writesMany(way.provider, chunk.length) && !way.unpaired.has(model.name)
    const returned = isMany ? yield* insertMany(model, data) : null
    if (isMany && !returned) way.unpaired.add(model.name)
    for (const [index, row] of chunk.entries()) {
      rows[row.id] = returned?.[index] ?? (yield* insertOne(model, data[index] as Values))
    }
  }
}

function insertOne(model: Model, values: Values): Steps<Values> {
  return operation(model, 'create', { data: toPrismaData(model, values) })
}

/** The rows in the order of `data`, or null when it cannot be told which row is whose; then nothing was written. */
function insertMany(model: Model, data: readonly Values[]): Steps<Values[] | null> {
  return undoable(function* () {
    const returned = yield* operation<Values[]>(model, 'createManyAndReturn', {
      data: data.map((values) => toPrismaData(model, values)),
    })
    return pairReturnedRows(model, data, returned)
  })
}

function* update(writing: Writing, model: Model, step: UpdateStep): Steps<void> {
  for (const group of groupsOfSameChange(writing.way.provider, writing.rows, model, step.rows)) {
    const [only] = group
    if (group.length === 1 && only) yield* updateOne(writing, model, only)
    else yield* updateMany(writing, model, group)
  }
}

function* updateOne(writing: Writing, model: Model, { row, key, values }: Change): Steps<void> {
  const where = { ...whereKey(model, key), ...row.version }
  const args = { where, data: toPrismaData(model, values), select: returnedBy(writing.way, model) }
  const returned = yield* missingIsStale(model, 'UPDATE', () => operation<Values>(model, 'update', args))
  if (row.id !== null) writing.rows[row.id] = returned
}

function* updateMany(writing: Writing, model: Model, group: readonly Change[]): Steps<void> {
  const values = group[0]?.values ?? {}
  const args = {
    where: whereKeys(
      model,
      group.map(({ key }) => key),
    ),
    data: toPrismaData(model, values),
  }
  if (!writing.way.provider.returning) {
    const { count } = yield* operation<{ count: number }>(model, 'updateMany', args)
    if (count !== group.length) throw staleRows(model, 'UPDATE', group.length, count)
    for (const { row } of group) if (row.id !== null) writing.outdated.add(row.id)
    return
  }
  const select = returnedBy(writing.way, model)
  const returned = yield* operation<Values[]>(model, 'updateManyAndReturn', { ...args, select })
  if (returned.length !== group.length) throw staleRows(model, 'UPDATE', group.length, returned.length)
  const byKey = new Map(returned.map((row) => [keyText(model.keyFields, row), row]))
  for (const { row, key } of group) if (row.id !== null) writing.rows[row.id] = byKey.get(keyText(model.keyFields, key))
}

function* remove(writing: Writing, model: Model, step: DeleteStep): Steps<void> {
  const size = rowsPerStatement(writing.way.provider, model.key.length + (step.strict ? 1 : 0))
  for (const chunk of chunks(step.rows, size)) {
    const where = step.strict
      ? { OR: chunk.map(({ key, version }) => ({ ...key, ...version })) }
      : whereKeys(
          model,
          chunk.map(({ key }) => key),
        )
    const { count } = yield* refusedAlone(model, chunk, operation<{ count: number }>(model, 'deleteMany', { where }))
    checkDeleted(model, step, chunk, count, writing)
  }
}

/**
 * Where Prisma does what foreign keys would, it refuses deletes: delete() looks at the relations in another order than
 * deleteMany(), and the error that users know is that of delete(). The rows it deletes here come back with the rollback.
 */
function* refusedAlone<T>(model: Model, rows: DeleteStep['rows'], deleting: Steps<T>): Steps<T> {
  try {
    return yield* deleting
  } catch (error) {
    if (!isRefusal(error)) throw error
    for (const { key } of rows) {
      const args = { where: whereKey(model, key), select: selectOf(model.key) }
      const { refusal } = yield* refusalOf(operation(model, 'delete', args))
      if (refusal) throw refusal
    }
    throw error
  }
}

function* refusalOf(deleting: Steps<unknown>): Steps<{ readonly refusal?: unknown }> {
  try {
    yield* deleting
    return {}
  } catch (error) {
    return isRefusal(error) ? { refusal: error } : {}
  }
}

function isRefusal(error: unknown): boolean {
  return (error as { code?: unknown }).code === 'P2014'
}

function* link(writing: Writing, model: Model, step: LinkStep): Steps<void> {
  const { target } = model.fields.get(step.relation) as Relation
  const where = (cells: Cells) => whereKey(target, resolved(writing.rows, cells))
  for (const row of step.rows) {
    const change = { connect: row.connect.map(where), disconnect: row.disconnect.map(where) }
    const args = {
      where: whereKey(model, resolved(writing.rows, row.key)),
      data: { [step.relation]: change },
      select: selectOf(model.key),
    }
    yield* missingIsStale(model, `UPDATE of ${step.relation}`, () => operation(model, 'update', args))
  }
}

function* missingIsStale<T>(model: Model, what: string, run: () => Steps<T>): Steps<T> {
  try {
    return yield* run()
  } catch (error) {
    if ((error as { code?: unknown }).code === 'P2025') throw staleRows(model, what, 1, 0, error)
    throw error
  }
}

/** All that Prisma gives of a row: the database may have changed more than was written. */
function returnedBy(way: PrismaWay, model: Model): Record<string, true> {
  return selectOf(way.returnedBy(model).map(({ name }) => name))
}

function selectOf(names: readonly string[]): Record<string, true> {
  return Object.fromEntries(names.map((name) => [name, true]))
}
