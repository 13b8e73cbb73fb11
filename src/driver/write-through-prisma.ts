import { StaleDataError } from '../errors.js'
import type { Model, Models, ScalarField } from '../model/model.js'
import { keyText } from '../model/values.js'
import {
  type Change,
  chunks,
  fieldCount,
  groupsOfSameChange,
  resolved,
  rowsPerStatement,
  writesMany,
} from './batches.js'
import type {
  Cells,
  DeleteStep,
  FlushOutcome,
  FlushPlan,
  InsertStep,
  LinkStep,
  UpdateStep,
  Values,
} from './flush-plan.js'
import { invoke } from './invoke.js'
import { pairReturnedRows } from './pair-rows.js'
import { toPrismaData, whereKey, whereKeys } from './prisma-arguments.js'
import type { Provider } from './providers.js'
/**
 * Writes a flush through Prisma's own operations, in as few calls as Prisma allows. A writer is a function of plan and
 * client: another way of writing takes its place at the driver, step by step.
 */
export async function writePlan(
  plan: FlushPlan,
  client: object,
  models: Models,
  provider: Provider,
): Promise<FlushOutcome> {
  const writing: Writing = { client, provider, rows: [], missed: [] }
  for (const step of plan.steps) {
    const model = models.get(step.model) as Model
    if (step.kind === 'insert') await insert(writing, model, step)
    else if (step.kind === 'update') await update(writing, model, step)
    else if (step.kind === 'delete') await remove(writing, model, step)
    else await link(writing, model, step)
  }
  return { rows: writing.rows, missed: writing.missed }
}

interface Writing {
  readonly client: object
  readonly provider: Provider
  readonly rows: (Values | undefined)[]
  readonly missed: { model: string; expected: number; matched: number }[]
}

function call<T>({ client }: Writing, { delegate }: Model, method: string, args: object): Promise<T> {
  return invoke(client, { delegate, method, args: [args] }) as Promise<T>
}

async function insert(writing: Writing, model: Model, step: InsertStep): Promise<void> {
  const { rows } = writing
  for (const chunk of chunks(step.rows, rowsPerStatement(writing.provider, fieldCount(step)))) {
    const data = chunk.map((row) => resolved(rows, row))
    const returned = writesMany(writing.provider, chunk.length) ? await insertMany(writing, model, data) : null
    for (const [index, row] of chunk.entries()) {
      rows[row.id] = returned?.[index] ?? (await insertOne(writing, model, data[index] as Values))
    }
  }
}

function insertOne(writing: Writing, model: Model, values: Values): Promise<Values> {
  return call(writing, model, 'create', { data: toPrismaData(model, values) })
}

/** The rows in the order of `data`, or null when it cannot be told which row is whose; then nothing was written. */
async function insertMany(writing: Writing, model: Model, data: readonly Values[]): Promise<Values[] | null> {
  const returned = await call<Values[]>(writing, model, 'createManyAndReturn', {
    data: data.map((values) => toPrismaData(model, values)),
  })
  const paired = pairReturnedRows(model, data, returned)
  if (!paired) await call(writing, model, 'deleteMany', { where: whereKeys(model, returned) })
  return paired
}

async function update(writing: Writing, model: Model, step: UpdateStep): Promise<void> {
  for (const group of groupsOfSameChange(writing.provider, writing.rows, model, step.rows)) {
    const [only] = group
    if (group.length === 1 && only) await updateOne(writing, model, only)
    else await updateMany(writing, model, group)
  }
}

async function updateOne(writing: Writing, model: Model, { row, key, values }: Change): Promise<void> {
  const where = { ...whereKey(model, key), ...row.version }
  const args = { where, data: toPrismaData(model, values), select: returnedBy(model, values) }
  const returned = await missingIsStale(model, 'UPDATE', () => call<Values>(writing, model, 'update', args))
  if (row.id !== null) writing.rows[row.id] = returned
}

async function updateMany(writing: Writing, model: Model, group: readonly Change[]): Promise<void> {
  const values = group[0]?.values ?? {}
  const args = {
    where: whereKeys(
      model,
      group.map(({ key }) => key),
    ),
    data: toPrismaData(model, values),
  }
  if (model.updatedAt.length === 0) {
    const { count } = await call<{ count: number }>(writing, model, 'updateMany', args)
    if (count !== group.length) throw stale(model, 'UPDATE', group.length, count)
    return
  }
  const select = returnedBy(model, values)
  const returned = await call<Values[]>(writing, model, 'updateManyAndReturn', { ...args, select })
  if (returned.length !== group.length) throw stale(model, 'UPDATE', group.length, returned.length)
  const byKey = new Map(returned.map((row) => [keyText(keyFields(model), row), row]))
  for (const { row, key } of group)
    if (row.id !== null) writing.rows[row.id] = byKey.get(keyText(keyFields(model), key))
}

async function remove(writing: Writing, model: Model, step: DeleteStep): Promise<void> {
  const size = rowsPerStatement(writing.provider, model.key.length + (step.strict ? 1 : 0))
  for (const chunk of chunks(step.rows, size)) {
    const where = step.strict
      ? { OR: chunk.map(({ key, version }) => ({ ...key, ...version })) }
      : whereKeys(
          model,
          chunk.map(({ key }) => key),
        )
    const { count } = await call<{ count: number }>(writing, model, 'deleteMany', { where })
    if (count === chunk.length) continue
    if (step.strict) throw stale(model, 'DELETE', chunk.length, count)
    writing.missed.push({ model: model.name, expected: chunk.length, matched: count })
  }
}

async function link(writing: Writing, model: Model, step: LinkStep): Promise<void> {
  const target = model.fields.get(step.relation)
  if (target?.kind !== 'relation') return
  const where = (cells: Cells) => whereKey(target.target, resolved(writing.rows, cells))
  for (const row of step.rows) {
    const change = { connect: row.connect.map(where), disconnect: row.disconnect.map(where) }
    const args = {
      where: whereKey(model, resolved(writing.rows, row.key)),
      data: { [step.relation]: change },
      select: selectOf(model.key),
    }
    await missingIsStale(model, `UPDATE of ${step.relation}`, () => call(writing, model, 'update', args))
  }
}

async function missingIsStale<T>(model: Model, what: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if ((error as { code?: unknown }).code === 'P2025') throw stale(model, what, 1, 0, error)
    throw error
  }
}

function stale(model: Model, what: string, expected: number, matched: number, cause?: unknown): StaleDataError {
  return new StaleDataError(
    `${what} on ${model.name} expected to match ${expected} row(s), ${matched} matched: somebody else changed or deleted them. Roll back, read again and repeat`,
    { cause },
  )
}

/** What an update has to read back: its key, what it wrote, and what Prisma wrote beside it. */
function returnedBy(model: Model, values: Values): Record<string, true> {
  return selectOf([...model.key, ...Object.keys(values), ...model.updatedAt.map(({ name }) => name)])
}

function selectOf(names: readonly string[]): Record<string, true> {
  return Object.fromEntries(names.map((name) => [name, true]))
}

function keyFields(model: Model): ScalarField[] {
  return model.key.map((name) => model.fields.get(name) as ScalarField)
}
