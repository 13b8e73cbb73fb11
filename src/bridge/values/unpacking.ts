import { type Holder, type Packed, type Special, setOwn } from '../wire.js'
import { type ErrorData, emptyError, fillError } from './error-codec.js'
import type { FieldReference } from './field-reference.js'
import { prismaMade } from './prisma-codec.js'
import { type RowTable, rowsOf } from './row-table.js'
/** The inverse of `pack`. The packed value is changed: it belongs to this side. */
export function unpack(packed: Packed, revive: Revive = {}): unknown {
  const { holes = [], tables = [] } = packed
  for (let at = 0; at < tables.length; at += 2) {
    const [holder, key] = [tables[at] as Holder, tables[at + 1] as string]
    holder[key] = rowsOf(holder[key] as RowTable)
  }
  const made = new Map<Special, unknown>()
  // Those in a value's parts come before the value, except in a circle.
  for (let at = 0; at < holes.length; at += 2) {
    const [holder, key] = [holes[at] as Holder, holes[at + 1] as string | number]
    const special = holder[key] as Special
    if (!made.has(special)) made.set(special, begun(special, revive))
    setOwn(holder, key, made.get(special))
  }
  for (const [special, value] of made) finish(special, value)
  return packed.value
}

/** How things are brought back that belong to a client or a session. */
export interface Revive {
  readonly field?: (reference: FieldReference) => unknown
  readonly entity?: (content: unknown) => unknown
}

/** What may be part of itself is still empty: its parts need to know it. */
function begun(special: Special, { field, entity }: Revive): unknown {
  const { kind, content } = special
  switch (kind) {
    case 'map':
      return new Map()
    case 'set':
      return new Set()
    case 'error':
      return emptyError(content as ErrorData)
    case 'template': {
      const { strings, raw } = content as { strings: string[]; raw: string[] }
      return Object.freeze(Object.defineProperty(strings, 'raw', { value: Object.freeze(raw) }))
    }
    case 'buffer': {
      const { buffer, byteOffset, byteLength } = content as Uint8Array
      return Buffer.from(buffer, byteOffset, byteLength)
    }
    case 'entity':
      return entity ? entity(content) : content
    default:
      return prismaMade(special, field)
  }
}

function finish({ kind, content }: Special, value: unknown): void {
  if (kind === 'error') fillError(value as Error, content as ErrorData & { isWithin: boolean })
  if (kind === 'set') for (const each of content as unknown[]) (value as Set<unknown>).add(each)
  if (kind !== 'map') return
  const list = content as unknown[]
  for (let at = 0; at < list.length; at += 2) (value as Map<unknown, unknown>).set(list[at], list[at + 1])
}
