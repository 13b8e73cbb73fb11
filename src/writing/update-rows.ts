import type { Steps } from '../driver/effects.js'
import type { Model, ScalarField } from '../model/model.js'
import { keyText, keyTextOf } from '../model/values.js'
import { cellOf } from './cell-of.js'
import type { Chunk } from './chunks.js'
import type { UpdateRow, UpdateStep, Values } from './flush-plan.js'
import { returnedRow } from './returned-row.js'
import type { SetBased } from './set-based.js'
import { staleRows } from './stale-rows.js'
import { columnsFor, type Filled, type Kind, Statement, type StatementParts } from './statement.js'
/** One UPDATE of rows that change the same fields, each to its own values. */
export const updateRows: Kind<UpdateStep> = {
  statements: (way, model, step) => {
    const row = step.rows[0] as UpdateRow
    const given = [...Object.keys(row.values), ...Object.keys(row.refs)]
    const version = Object.keys(row.version ?? {})
    const text = `UPDATE ${model.name} ${version.join()} ${given.join()}`
    const found = way.remembered(text, () => updateStatement(way, model, given, version))
    return typeof found === 'string' ? found : [found]
  },

  rows: ({ model, key, set }, { rows }, written) => {
    const now = new Date()
    return rows.map((row) => {
      const values: unknown[] = new Array(key.length + set.length)
      for (const [index, { field }] of key.entries())
        values[index] = index < model.key.length ? cellOf(row.key, field.name, written) : row.version?.[field.name]
      for (const [index, { field }] of set.entries()) {
        const value = cellOf(row, field.name, written)
        values[key.length + index] = value === undefined && field.isUpdatedAt ? now : value
      }
      return values
    })
  },

  *run(way, step, filled, written) {
    for (const each of filled) {
      for (const chunk of each.chunks) {
        const rows = step.rows.slice(chunk.from, chunk.to)
        const found = yield* updated(way, each, chunk, rows)
        const isOutdated = way.sideEffectsOn(each.statement.table)?.altersReturned ?? false
        for (const [index, { id }] of rows.entries()) {
          if (id === null) continue
          written.rows[id] = found[index]
          if (isOutdated) written.outdated.add(id)
        }
      }
    }
  },
}

class Update extends Statement {
  readonly #way: SetBased
  #returned: readonly ScalarField[] | undefined
  #back: Statement | undefined

  constructor(parts: Omit<StatementParts, 'make'>, way: SetBased) {
    const { table, key, set } = parts
    super({ ...parts, make: () => way.dialect.update(table, key, set, this.returned, way.server) })
    this.#way = way
  }

  /** What it wrote; where the database may write more beside, all that Prisma gives of a row. */
  get returned(): readonly ScalarField[] {
    if (this.#returned) return this.#returned
    const { model, table, set } = this
    const effects = this.#way.sideEffectsOn(table)
    const own = new Set([...model.keyFields, ...set.map(({ field }) => field)])
    const returned = effects?.altersRows ? [...new Set([...this.#way.prisma.returnedBy(model), ...own])] : [...own]
    if (effects) this.#returned = returned
    return returned
  }

  /** Reads back what was written. */
  get back(): Statement {
    const { model, table, returned } = this
    const key = this.key.slice(0, model.key.length)
    const make = () => this.#way.dialect.select(table, key, returned, this.#way.server)
    this.#back ??= new Statement({ what: 'SELECT', model, table, key, set: [], make })
    return this.#back
  }
}

function updateStatement(
  way: SetBased,
  model: Model,
  given: readonly string[],
  version: readonly string[],
): Update | string {
  const moved = model.key.find((name) => given.includes(name))
  if (moved !== undefined) return `${model.name}.${moved} is the key that rows are found by, and changes`
  const times = model.updatedAt.map(({ name }) => name).filter((name) => !given.includes(name))
  const key = columnsFor(model, [...model.key, ...version], way.dialect.keyColumn)
  const set = columnsFor(model, [...given, ...times], way.dialect.column)
  if (typeof key === 'string') return key
  if (typeof set === 'string') return set
  const table = way.tableOf(model)
  return new Update({ what: 'UPDATE', model, table, key, set }, way)
}

/** Writes a chunk, and gives what the database holds after it, in the order of the rows. */
function* updated(
  way: SetBased,
  { statement, rows: all }: Filled,
  { args, from, to }: Chunk,
  rows: readonly UpdateRow[],
): Steps<(Values | undefined)[]> {
  const { model, returned, back } = statement as Update
  const sent = all.slice(from, to)
  let found: Values[]
  let matched: number
  if (way.dialect.updateReturns) {
    found = yield* way.query(statement, args)
    matched = found.length
  } else {
    matched = yield* way.count(statement, args)
    const keys = sent.map((row) => row.slice(0, model.key.length))
    found = yield* way.query(back, way.argsOf(back, keys))
    // Told to (`foundRows: false`) the driver counts only rows that were not so before; of those a version always is.
    if (rows[0]?.version == null) matched = found.length
  }
  if (matched !== to - from) throw staleRows(model, 'UPDATE', to - from, matched)
  for (const raw of found) returnedRow(returned, raw)
  return inOrder(model, sent, found)
}

/** The rows that came back in the order of those sent, which begin with their keys. */
function inOrder({ keyFields }: Model, sent: readonly (readonly unknown[])[], found: Values[]): (Values | undefined)[] {
  const isInOrder =
    sent.length === found.length &&
    sent.every((values, place) => keyFields.every(({ name }, index) => values[index] === found[place]?.[name]))
  if (isInOrder) return found
  const byKey = new Map(found.map((row) => [keyText(keyFields, row), row]))
  return sent.map((values) => byKey.get(keyTextOf(keyFields, values)))
}
