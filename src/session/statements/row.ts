/**
 * One row of a result: its columns by name, and also by place. Columns are the row's own properties, so that it prints,
 * spreads and serialises as Prisma's object does; places, `length` and `_mapping` are inherited.
 */
export interface Row extends Iterable<unknown> {
  readonly length: number
  /** The columns as a plain object. */
  readonly _mapping: Readonly<Record<string, unknown>>
  readonly [column: string | number]: unknown
}

/** Makes rows of the given columns. */
export function rowMaker(columns: readonly string[]): (values: readonly unknown[]) => Row {
  const prototype = Object.create(rowPrototype, { length: { value: columns.length } })
  for (const [index, name] of columns.entries()) Object.defineProperty(prototype, index, placeGetter(name))
  Object.defineProperty(prototype, isRow, { value: columns })
  return (values) => {
    const row = Object.create(prototype)
    for (const [index, name] of columns.entries()) {
      Object.defineProperty(row, name, { value: values[index], enumerable: true })
    }
    return Object.freeze(row)
  }
}

/** On every row: its column names. */
export const isRow = Symbol('columns')

const rowPrototype = Object.create(Object.prototype, {
  constructor: { value: { Row: class Row {} }.Row },
  _mapping: {
    get(this: RowObject) {
      return { ...this }
    },
  },
  [Symbol.iterator]: {
    *value(this: RowObject) {
      for (const name of this[isRow]) yield this[name]
    },
  },
})

interface RowObject {
  readonly [isRow]: readonly string[]
  readonly [column: string]: unknown
}

function placeGetter(name: string): PropertyDescriptor {
  return {
    get(this: RowObject) {
      return this[name]
    },
  }
}
