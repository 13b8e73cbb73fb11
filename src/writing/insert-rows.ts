import type { Steps } from '../driver/effects.js'
import type { Model, ScalarField } from '../model/model.js'
import { keyText, keyTextOf } from '../model/values.js'
import { cellOf } from './cell-of.js'
import { absent } from './chunks.js'
import { type DefaultMaker, defaultOf } from './defaults.js'
import type { InsertStep, Values } from './flush-plan.js'
import { areInOrder, pairReturnedRows } from './pair-rows.js'
import { returnedRow } from './returned-row.js'
import type { SetBased } from './set-based.js'
import { columnsFor, type Kind, Statement, type StatementParts } from './statement.js'
import { writeThroughPrisma } from './through-prisma.js'
import { undoable } from './undoable.js'
import { unpairedRows } from './unpaired-rows.js'
/** One INSERT of all rows. What Prisma would make (ids, times, the schema's defaults) is made here, and sent too. */
export const insertRows: Kind<InsertStep> = {
  statements: (way, model, step) => {
    const { fields, rows } = step
    const isOfOne = rows.length === 1
    const found = way.remembered(`INSERT ${isOfOne} ${model.name} ${fields.join()}`, () =>
      insertStatement(way, model, fields, isOfOne),
    )
    return typeof found === 'string' ? found : [found]
  },

  rows: (statement, { rows }, written) => {
    const { made, set } = statement as Insert
    const now = new Date()
    return rows.map((row) =>
      set.map(({ field: { name } }) => {
        const value = cellOf(row, name, written)
        return value === undefined ? (made.get(name)?.(now) ?? absent) : value
      }),
    )
  },

  *run(way, step, filled, written) {
    for (const { statement, rows, chunks } of filled) {
      const { model, table } = statement
      const effects = way.sideEffectsOn(table)
      for (const { args, from, to } of chunks) {
        const sent = rows.slice(from, to)
        const insert = () => inserted(way, statement as Insert, args, sent)
        const paired = yield* sent.length > 1 && effects?.altersRows ? undoable(insert) : insert()
        const chunk = step.rows.slice(from, to)
        if (paired) {
          for (const [index, { id }] of chunk.entries()) {
            written.rows[id] = paired[index]
            if (effects?.altersReturned) written.outdated.add(id)
          }
        } else {
          way.prisma.unpaired.add(model.name)
          if (!effects?.altersRows) throw unpairedRows(model)
          yield* writeThroughPrisma(way.prisma, model, { ...step, rows: chunk }, written)
        }
      }
    }
  },
}

/** The rows in the order sent, or null where the database has changed what would tell whose row is whose. */
function* inserted(
  way: SetBased,
  statement: Insert,
  args: readonly unknown[],
  sent: readonly (readonly unknown[])[],
): Steps<readonly Values[] | null> {
  const raws = yield* way.query(statement, args)
  return pairedRows(
    statement,
    sent,
    raws.map((raw) => returnedRow(statement.returned, raw)),
  )
}

class Insert extends Statement {
  /** What makes the values that are not given. */
  readonly made: ReadonlyMap<string, DefaultMaker>
  readonly returned: readonly ScalarField[]

  constructor(parts: StatementParts, made: ReadonlyMap<string, DefaultMaker>, returned: readonly ScalarField[]) {
    super(parts)
    this.made = made
    this.returned = returned
  }
}

function insertStatement(way: SetBased, model: Model, given: readonly string[], isSingle: boolean): Insert | string {
  const made = new Map<string, DefaultMaker>()
  const names: string[] = []
  for (const field of model.scalars) {
    const isGiven = given.includes(field.name) // by some of the rows
    const how = defaultOf(field)
    if (isGiven || typeof how === 'function') names.push(field.name)
    if (typeof how === 'function') made.set(field.name, how)
    else if (isGiven) continue
    if (how === 'unknown') return `nobody here knows how Prisma makes the default of ${model.name}.${field.name}`
  }
  const columns = columnsFor(model, names, way.dialect.column)
  if (typeof columns === 'string') return columns
  if (columns.length === 0) return `no column of ${model.name} is given a value`
  const [table, returned] = [way.tableOf(model), way.prisma.returnedBy(model)]
  const { one } = way.dialect
  const isOfOne = isSingle && one !== null && !columns.some(({ field }) => field.isList)
  const make = () => (isOfOne ? one : way.dialect).insert(table, columns, returned)
  return new Insert({ what: 'INSERT', model, table, key: [], set: columns, isOfOne, make }, made, returned)
}

/**
 * The returned rows in the order of those sent: by their keys where those were sent. Else in the order of their keys, where
 * the database counts these up, if what was written says so too; else by all that was written.
 */
function pairedRows(
  { model, set }: Insert,
  sent: readonly (readonly unknown[])[],
  found: Values[],
): readonly Values[] | null {
  if (sent.length !== found.length) return null
  if (sent.length === 1) return found
  const places = model.keyFields.map((field) => set.findIndex((column) => column.field === field))
  if (places.every((place) => place >= 0)) {
    const byKey = new Map(found.map((row) => [keyText(model.keyFields, row), row]))
    const paired = sent.map((values) =>
      byKey.get(
        keyTextOf(
          model.keyFields,
          places.map((place) => values[place]),
        ),
      ),
    )
    if (paired.every((row) => row !== undefined)) return paired
  }
  const fields = set.map(({ field }) => field)
  const [key] = model.keyFields
  const isCounted = key?.default.kind === 'generated' && countedUp.has(key.default.by)
  const ordered = key && isCounted ? [...found].sort((a, b) => ascending(a[key.name], b[key.name])) : found
  if (isCounted && areInOrder(fields, sent, ordered)) return ordered
  return pairReturnedRows(
    model,
    sent.map((values) => Object.fromEntries(fields.map(({ name }, index) => [name, settled(values[index])]))),
    ordered,
  )
}

/** What a row has not given may come back as anything. */
function settled(value: unknown): unknown {
  return value === absent ? undefined : value
}

const countedUp = new Set(['autoincrement', 'sequence'])

function ascending(a: unknown, b: unknown): number {
  return (a as number) < (b as number) ? -1 : 1
}
