import cuid from '@bugsnag/cuid'
import { createId } from '@paralleldrive/cuid2'
import { Decimal, JsonNull } from '@prisma/client/runtime/client'
import { nanoid } from 'nanoid'
import { ulid } from 'ulid'
import { v4, v7 } from 'uuid'
import type { Default, ScalarField } from '../model/model.js'
/**
 * What makes the value of a field that a new row does not give, as Prisma makes it: `database` where that does, `none`
 * where the column is left out, `unknown` for a default that is not known here.
 */
export function defaultOf(field: ScalarField): DefaultMaker | 'database' | 'none' | 'unknown' {
  const given = field.default
  if (given.kind === 'none') return 'none'
  if (given.kind === 'literal') {
    const value = literal(field, given.value)
    return () => value
  }
  return databaseMakes.has(given.by) ? 'database' : (generator(given) ?? 'unknown')
}

/** `now` is one for all rows that one call writes. */
export type DefaultMaker = (now: Date) => unknown

const databaseMakes = new Set(['autoincrement', 'dbgenerated', 'sequence'])

function generator({ by, args }: Default & { kind: 'generated' }): DefaultMaker | null {
  const [first] = args
  if (args.length > 1) return null
  switch (by) {
    case 'now':
    case 'updatedAt':
      return (now) => now
    case 'uuid':
      if (first === undefined || first === 4) return () => v4()
      return first === 7 ? () => v7() : null
    case 'cuid':
      if (first === undefined || first === 1) return () => cuid()
      return first === 2 ? () => createId() : null
    case 'nanoid':
      if (first === undefined) return () => nanoid()
      return typeof first === 'number' ? () => nanoid(first) : null
    case 'ulid':
      return () => ulid()
    default:
      return null
  }
}

/** The schema's own way of writing a value. */
function literal(field: ScalarField, value: unknown): unknown {
  if (field.isList)
    return Array.isArray(value) ? value.map((each) => literal({ ...field, isList: false }, each)) : value
  switch (field.type) {
    case 'BigInt':
      return BigInt(value as string)
    case 'Decimal':
      return new Decimal(value as string)
    case 'DateTime':
      return new Date(value as string)
    case 'Bytes':
      return new Uint8Array(Buffer.from(value as string, 'base64'))
    case 'Json':
      return value === null ? JsonNull : value
    default:
      return value
  }
}
