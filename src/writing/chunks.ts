import { DbNull } from '@prisma/client/runtime/client'
import type { Column, Dialect, Server } from './dialects/dialect.js'
import type { Statement } from './statement.js'
/** The parameters that a statement takes its rows with; or the field of the first value that Prisma should judge. */
export function chunksFor(
  dialect: Dialect,
  server: Server,
  { key, set, isOfOne }: Statement,
  rows: readonly (readonly unknown[])[],
): Chunk[] | { readonly unproved: string } {
  const columns = [...key, ...set]
  const textOf = isOfOne ? null : dialect.rowText(key, set)
  const texts: string[] = []
  const encoded: unknown[] = new Array(columns.length) // one for all rows: their texts are made at once
  for (const row of rows) {
    for (let index = 0; index < columns.length; index++) {
      const column = columns[index] as Column
      const value = index < key.length && row[index] === null ? undefined : encodedValue(column, row[index], server)
      if (value === undefined) return { unproved: column.field.name }
      encoded[index] = value
    }
    if (!textOf) return [{ args: dialect.one?.args(encoded) ?? [], from: 0, to: 1 }]
    texts.push(textOf(encoded))
  }
  return chunksOf(texts)
}

/** Stands for a value that an earlier row will get. */
export const toCome = Symbol('to come')
/** Stands for the value of a field that a row does not give, though others do, and that has no default. */
export const absent = Symbol('absent')

function encodedValue({ field, encode }: Column, value: unknown, server: Server): unknown {
  if (value === toCome) return null
  if (value === absent) return field.isRequired && !field.isList ? undefined : null
  if (value === null || (field.type === 'Json' && value === DbNull))
    return field.isRequired || field.isList ? undefined : null
  return encode(value, server)
}

/** Rows that one statement takes. */
export interface Chunk {
  /** The JSON of all of them; or, of a single row, each of its values. */
  readonly args: readonly unknown[]
  readonly from: number
  readonly to: number
}

/** By rows, and by the size of the parameter: servers take packets of so many bytes only. */
function chunksOf(texts: readonly string[]): Chunk[] {
  const chunks: Chunk[] = []
  let from = 0
  while (from < texts.length) {
    let to = from
    let size = 0
    while (
      to < texts.length &&
      to - from < mostRows &&
      (to === from || size + (texts[to] as string).length < mostCharacters)
    ) {
      size += (texts[to] as string).length
      to++
    }
    chunks.push({ args: [`[${texts.slice(from, to).join()}]`], from, to })
    from = to
  }
  return chunks
}

const mostRows = 5000
/** Of which none takes more than four bytes: less than what MariaDB takes by default, 16 MB. */
const mostCharacters = 2_000_000
