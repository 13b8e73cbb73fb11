import type { Fetched } from './reading.js'

/** What a select of entities, a raw query, or a statement with `select` brought. */
export function fetchedRecords(columns: readonly string[], records: readonly unknown[], yieldPer?: number): Fetched {
  const cell = (record: unknown, column: string) => (record as Record<string, unknown>)[column]
  return { columns, records, cell, rowCount: records.length, returnsRows: true, yieldPer }
}

/** Entities: one column, named by the model. */
export function fetchedEntities(model: string, entities: readonly unknown[], yieldPer?: number): Fetched {
  return {
    columns: [model],
    records: entities,
    cell: (entity) => entity,
    rowCount: entities.length,
    returnsRows: true,
    yieldPer,
  }
}

/** A statement that returns no rows. */
export function fetchedCount(rowCount: number): Fetched {
  return { columns: [], records: [], cell: () => undefined, rowCount, returnsRows: false }
}
