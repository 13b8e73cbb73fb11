import type { ScalarField } from '../model/model.js'
import { valueFromRaw } from '../model/raw-row.js'
import type { Values } from './flush-plan.js'
/**
 * A row that a statement gives back, with the values that Prisma's own operation would give: changed in place, since
 * nobody else has it. JSON comes as its text.
 */
export function returnedRow(fields: readonly ScalarField[], raw: Values): Values {
  const row = raw as Record<string, unknown>
  for (const field of fields) {
    if (field.type === 'String' && !field.isList) continue
    const value = row[field.name]
    if (value !== null || field.isList) row[field.name] = readValue(field, value)
  }
  return row
}

function readValue(field: ScalarField, raw: unknown): unknown {
  if (field.type === 'Int' && typeof raw === 'number') return raw
  if (field.type === 'Json' && typeof raw === 'string' && !field.isList) return JSON.parse(raw)
  return valueFromRaw(field, raw)
}
