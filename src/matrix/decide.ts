import { ArgumentError, NotImplementedError } from '../errors.js'
import json from './matrix.json' with { type: 'json' }

/** What each method does in each mode; the README's table is made from it. */
// Without a prototype: `toString` is no method of a session.
export const matrix: Matrix = Object.freeze(Object.assign(Object.create(null), json))

export type Cell = 'shim' | 'await' | 'forward' | 'notImplemented'
export type Mode = 'sync' | 'async'
export type Matrix = { readonly [method: string]: Entry }
export interface Entry {
  readonly sync: Cell
  readonly async: Cell
  readonly note?: string
}

/** The matrix of one session: the common one under the policy that its options lay over it. */
export type Decisions = ReadonlyMap<string, Cell>

/** What a session overrides; checked when it is made. `isKnown` tells of names that are Prisma's. */
export function decisionsFor(mode: Mode, overrides: unknown, isKnown: (name: string) => boolean): Decisions {
  const decisions = new Map(Object.entries(matrix).map(([name, entry]) => [name, entry[mode]]))
  if (overrides === undefined) return decisions
  if (typeof overrides !== 'object' || overrides === null)
    throw new ArgumentError('option matrix is an object: { method: cell }')
  for (const [name, given] of Object.entries(overrides)) {
    if (!(name in matrix) && !isKnown(name)) throw new ArgumentError(`option matrix: there is no method '${name}'`)
    const cell = cellFor(mode, name, given)
    if (cell !== undefined) decisions.set(name, cell)
  }
  return decisions
}

/** What to do with a name: forward it unless the matrix says otherwise, of `user.count` or else of all of `user`. */
export function decide(decisions: Decisions, name: string): Cell {
  const own = decisions.get(name)
  if (own !== undefined) return own
  const [delegate = ''] = name.split('.', 1)
  return (delegate in matrix ? undefined : decisions.get(delegate)) ?? 'forward' // a verb's cell is not its namesake's
}

/** The error of a method that is not there in this mode. */
export function notImplemented(name: string, mode: Mode): NotImplementedError {
  const remedy =
    matrix[name]?.[mode] === 'notImplemented' ? matrix[name].note : "refused by this session's `matrix` option"
  return new NotImplementedError(
    `${name}() is not available on ${mode === 'async' ? 'an asynchronous' : 'a synchronous'} session: ${remedy}`,
  )
}

function cellFor(mode: Mode, name: string, given: unknown): Cell | undefined {
  const entry = typeof given === 'string' ? { sync: given, async: given } : given
  if (typeof entry !== 'object' || entry === null) throw badCell(name, given)
  const { sync, async, ...rest } = entry as Record<string, unknown>
  if (Object.keys(rest).length > 0) throw badCell(name, given)
  for (const [side, cell] of [
    ['sync', sync],
    ['async', async],
  ] as const) {
    if (cell === undefined || cell === 'notImplemented') continue
    // A verb cannot be done in another way than its own: only taken away.
    const own = matrix[name]?.[side] ?? 'forward'
    const isOwn = typeof given === 'string' ? side !== mode || cell === own : cell === own
    if (!cells.includes(cell as Cell) || !isOwn) throw badCell(name, given)
  }
  return (mode === 'async' ? async : sync) as Cell | undefined
}

const cells: readonly Cell[] = ['shim', 'await', 'forward', 'notImplemented']

function badCell(name: string, given: unknown): ArgumentError {
  const own = matrix[name] ? `'${matrix[name].sync}' (sync) and '${matrix[name].async}' (async)` : "'forward'"
  return new ArgumentError(
    `option matrix: ${name} cannot be ${JSON.stringify(given)}: it is ${own}, or 'notImplemented'`,
  )
}
