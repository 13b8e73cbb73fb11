import type { Provider } from '../driver/providers.js'
import type { Model } from '../model/model.js'
import { chunks, groupsOfSameChange, rowsPerStatement, writesMany } from './batches.js'
import type { Cells, Step, UpdateRow, Values } from './flush-plan.js'
import type { Explanation } from './writer.js'
/** Prisma's operations that a step would take. */
export function explainThroughPrisma(provider: Provider, model: Model, step: Step, reason: string): Explanation[] {
  return operationsOf(step, model, provider).map(([operation, rows]) => ({
    model: model.name,
    operation,
    rows,
    way: 'prisma',
    reason,
  }))
}

/** The operations of a step, each with the number of its rows. */
function operationsOf(step: Step, model: Model, provider: Provider): [operation: string, rows: number][] {
  switch (step.kind) {
    case 'insert':
      return chunks(step.rows, rowsPerStatement(provider, step.fields.length)).flatMap(({ length }) =>
        writesMany(provider, length) ? [['createManyAndReturn', length]] : Array.from({ length }, () => ['create', 1]),
      )
    case 'update': {
      const many = provider.returning ? 'updateManyAndReturn' : 'updateMany'
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
