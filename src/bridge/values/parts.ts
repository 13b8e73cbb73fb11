import { type Step, text } from './cannot-cross.js'
/** The keys and values of a Map, in turns, each with what messages call it. */
export function entriesOf(map: ReadonlyMap<unknown, unknown>): Named[] {
  return [...map].flatMap<Named>(([key, value], index) => [
    [key, () => `.keys()[${index}]`],
    [value, () => `.get(${isPrimitive(key) ? text(key) : '…'})`],
  ])
}

export function membersOf(set: ReadonlySet<unknown>): Named[] {
  return [...set].map((value, index) => [value, () => `.values()[${index}]`])
}

export type Named = readonly [part: unknown, step: Step]

/** Without parts, and nothing that could not cross. */
export function isPrimitive(part: unknown): boolean {
  return typeof part === 'object' ? part === null : typeof part !== 'function' && typeof part !== 'symbol'
}

/** Whether that is the name of an array's element. */
export function isIndex(name: string): boolean {
  const number = Number(name)
  return number < 2 ** 32 - 1 && String(number >>> 0) === name
}
