import {
  AnyNull,
  DbNull,
  Decimal,
  isObjectEnumValue,
  JsonNull,
  makeTypedQueryFactory,
  Sql,
  skip,
} from '@prisma/client/runtime/client'
import { BridgeError } from '../../errors.js'
import type { Special } from '../wire.js'
import { FieldReference } from './field-reference.js'
/** How one of Prisma's own objects travels; undefined for all others. */
export function prismaSpecial(value: object): Special | undefined {
  if (Decimal.isDecimal(value)) return { kind: 'decimal', content: value.valueOf() }
  if (isObjectEnumValue(value)) return { kind: 'null', content: String(value).replace('Prisma.', '') }
  if (value === (skip as object)) return { kind: 'skip', content: null }
  if (value instanceof FieldReference) return { kind: 'field', content: { ...value } }
  const { strings, values } = value as { strings?: unknown; values?: unknown }
  if (!Array.isArray(values)) return undefined
  if (Array.isArray(strings)) return { kind: 'sql', content: { strings: [...strings], values: [...values] } }
  const { sql } = value as { sql?: unknown }
  return typeof sql === 'string' ? { kind: 'typedSql', content: { sql, values: [...values] } } : undefined
}

/** The inverse of `prismaSpecial`; `field` finds the reference that the client has. */
export function prismaMade({ kind, content }: Special, field?: (reference: FieldReference) => unknown): unknown {
  switch (kind) {
    case 'decimal':
      return new Decimal(content as string)
    case 'null':
      return { DbNull, JsonNull, AnyNull }[content as 'DbNull']
    case 'skip':
      return skip
    case 'sql': {
      const { strings, values } = content as { strings: string[]; values: ConstructorParameters<typeof Sql>[1] }
      return new Sql(strings, values)
    }
    case 'typedSql': {
      const { sql, values } = content as { sql: string; values: unknown[] }
      return makeTypedQueryFactory(sql)(...values)
    }
    case 'field': {
      const { delegate, field: name } = content as FieldReference
      const reference = new FieldReference(delegate, name)
      return field ? (field(reference) ?? noField(reference)) : reference
    }
    default:
      throw new BridgeError(`a value arrived as '${kind}', which nobody knows: both threads need the same version`)
  }
}

/** Prisma takes `undefined` in a filter for no filter. */
function noField({ delegate, field }: FieldReference): never {
  throw new BridgeError(`the client has no ${delegate}.fields.${field}: make the synchronous client anew`)
}
