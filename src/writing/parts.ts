import type { Step } from './flush-plan.js'
/**
 * A step as statements take it: the changed rows of each part give the same fields, and have a version or none. New rows of
 * models that are `unpaired` come one by one.
 */
export function partsOf(step: Step, unpaired: ReadonlySet<string>): Step[] {
  switch (step.kind) {
    case 'insert':
      return unpaired.has(step.model) ? step.rows.map((row) => ({ ...step, rows: [row] })) : [step]
    case 'link':
      return [step]
    case 'update':
      return alike(step.rows, ({ values, refs, version }) => shape(values, refs, version)).map((rows) => ({
        ...step,
        rows,
      }))
    case 'delete':
      return alike(step.rows, ({ version }) => shape(version)).map((rows) => ({ ...step, rows }))
  }
}

function alike<T>(rows: readonly T[], textOf: (row: T) => string): T[][] {
  const groups = new Map<string, T[]>()
  for (const row of rows) {
    const text = textOf(row)
    const group = groups.get(text)
    if (group) group.push(row)
    else groups.set(text, [row])
  }
  return [...groups.values()]
}

function shape(...records: readonly (object | null)[]): string {
  return records.map((record) => (record ? Object.keys(record).sort().join() : '')).join(' ')
}
