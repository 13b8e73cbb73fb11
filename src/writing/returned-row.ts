import { Decimal } from '@prisma/client/runtime/client'
import type { ScalarField } from '../model/model.js'
import { valueFromRaw } from '../model/raw-row.js'
import type { Values } from './flush-plan.js'
/** A row that a statement gives back, as Prisma's own operation would. JSON comes as its text. */
export function returnedRow(fields: readonly ScalarField[], raw: Values): Values {
  const row: Record<string, unknown> = {}
  for (const field of fields) row[field.name] = value(field, raw[field.name])
  return row
}

function value(field: ScalarField, raw: unknown): unknown {
  if (field.type === 'Json' && typeof raw === 'string' && !field.isList) return JSON.parse(raw)
  if (field.type === 'Decimal' && (typeof raw === 'number' || typeof raw === 'string')) return new Decimal(raw)
  return valueFromRaw(field, raw)
}
