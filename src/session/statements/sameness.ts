import { stateOf } from '../objects/state.js'
import { isRow, type Row } from './row.js'

/** What makes two values of a result one: a key for a Set. Entities are themselves, all else goes by value. */
export function sameness(value: unknown): unknown {
  if (typeof value === 'string') return `s${value}` // apart from the keys of objects
  if (typeof value !== 'object' || value === null) return value
  if (stateOf(value)) return value
  return `o${text(isRow in value ? [...(value as unknown as Row)] : value)}`
}

/** Values written so that no two kinds look alike. */
function text(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  if (stateOf(value)) return `#${entityNumber(value)}`
  if (value instanceof Date) return `date ${value.getTime()}`
  if (value instanceof Uint8Array) return `bytes ${value.join()}`
  if (Array.isArray(value)) return `[${value.map(text).join()}]`
  if ('toFixed' in value) return `decimal ${String(value)}`
  const cells = Object.entries(value).map(([name, cell]) => `${JSON.stringify(name)}:${text(cell)}`)
  return `{${cells.sort().join()}}`
}

const numbers = new WeakMap<object, number>()
let lastNumber = 0

function entityNumber(entity: object): number {
  let number = numbers.get(entity)
  if (number === undefined) {
    number = ++lastNumber
    numbers.set(entity, number)
  }
  return number
}
