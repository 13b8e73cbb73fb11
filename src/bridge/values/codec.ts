import { types } from 'node:util'
import { BridgeError, SessionError } from '../../errors.js'
import type { Packed } from '../wire.js'
import { type ShowPlace, shownPlace } from './cannot-cross.js'
import { isCarried } from './carried.js'
import { type Foreign, Packing } from './packing.js'
import { tableOf } from './row-table.js'

export type { Foreign } from './packing.js'
export { type Revive, unpack } from './unpacking.js'

/**
 * Makes a value fit for another thread. What structured cloning carries by itself stays as it is; of a value with
 * anything else in it (Decimal, Prisma.sql, errors, rows of extended clients, …) a copy is made that says how to make it
 * again. A value without any costs one look at each of its parts here, and nothing on the other side.
 *
 * `foreign` takes objects that only the caller knows how to carry: what it gives for one travels in its place.
 *
 * @throws BridgeError for what cannot cross, with its place in `show`'s words.
 */
export function pack(value: unknown, foreign?: Foreign, show: ShowPlace = shownPlace): Packed {
  if (!foreign) {
    const tabled = attempt(() => withTables(value))
    if (tabled) return tabled
  }
  if (isCarried(value, foreign)) return { value }
  try {
    return new Packing(foreign, show).pack(value)
  } catch (error) {
    throw error instanceof SessionError ? error : uncloneable(error)
  }
}

/** Answers of the database: many rows, by themselves or as the value of the one outcome. */
function withTables(value: unknown): Packed | null {
  const table = tableOf(value)
  if (table) {
    const packed: Packed = { value: table, tables: [] }
    return Object.assign(packed, { tables: [packed, 'value'] })
  }
  if (types.isProxy(value) || !Array.isArray(value) || value.length !== 1) return null
  const [outcome] = value as [{ ok?: unknown; value?: unknown } | null]
  if (types.isProxy(outcome) || outcome?.ok !== true || Object.keys(outcome).length !== 2) return null
  const rows = tableOf(outcome.value)
  const copy = rows && { ok: true, value: rows }
  return copy && { value: [copy], tables: [copy, 'value'] }
}

/** A getter that throws has its say later. */
function attempt<T>(look: () => T): T | null {
  try {
    return look()
  } catch {
    return null
  }
}

/** The same for what was thrown, which has to arrive in some form. */
export function packThrown(error: unknown, foreign?: Foreign): Packed {
  try {
    return pack(error, foreign)
  } catch (cause) {
    return pack(uncloneable(cause))
  }
}

/** What is thrown for a value that even structured cloning refuses, one nested too deeply for the stack for example. */
export function uncloneable(cause: unknown): BridgeError {
  if (cause instanceof BridgeError) return cause
  return new BridgeError(`a value cannot cross to another thread (${String(cause)}): pass plain data`, { cause })
}
