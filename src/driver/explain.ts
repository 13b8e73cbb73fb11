import type { Model, Models } from '../model/model.js'
import { chunks, fieldCount, groupsOfSameChange, rowsPerStatement, writesMany } from './batches.js'
import type { Explanation } from './driver.js'
import type { Cells, FlushPlan, Step, UpdateRow, Values } from './flush-plan.js'
import type { Provider } from './providers.js'
/** Why a flush goes through Prisma's own operations. */
export function reasonFor(hasQueryExtensions: boolean): string {
  return hasQueryExtensions
    ? 'the client has query extensions, whose hooks must see every write'
    : 'written through Prisma'
}

/** The operations that `writePlan` would make. */
export function explainPlan(plan: FlushPlan, models: Models, provider: Provider, reason: string): Explanation[] {
  return plan.steps.flatMap((step) =>
    explainStep(step, models.get(step.model) as Model, provider).map(([operation, rows]) => ({
      model: step.model,
      operation,
      rows,
      way: 'prisma' as const,
      reason,
    })),
  )
}

/** The operations of a step, each with the number of its rows. */
function explainStep(step: Step, model: Model, provider: Provider): [operation: string, rows: number][] {
  switch (step.kind) {
    case 'insert':
      return chunks(step.rows, rowsPerStatement(provider, fieldCount(step))).flatMap(({ length }) =>
        writesMany(provider, length) ? [['createManyAndReturn', length]] : Array.from({ length }, () => ['create', 1]),
      )
    case 'update': {
      const many = model.updatedAt.length > 0 ? 'updateManyAndReturn' : 'updateMany'
      return groupsOfSameChange(provider, [], model, step.rows.map(withoutRefs)).map(({ length }) =>
        length === 1 ? ['update', 1] : [many, length],
      )
    }
    case 'delete':
      return chunks(step.rows, rowsPerStatement(provider, model.key.length)).map(({ length }) => ['deleteMany', length])
    case 'link':
      return step.rows.map(() => ['update', 1])
  }
}

/** Rows that wait for a key of another are told apart by which row that is. */
function withoutRefs(row: UpdateRow): UpdateRow {
  return { ...row, values: settledCells(row), refs: {}, key: { values: settledCells(row.key), refs: {} } }
}

function settledCells({ values, refs }: Cells): Values {
  return { ...values, ...Object.fromEntries(Object.entries(refs).map(([name, ref]) => [name, `row ${ref.row}`])) }
}
