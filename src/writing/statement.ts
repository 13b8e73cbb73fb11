import type { Steps } from '../driver/effects.js'
import type { Model, ScalarField } from '../model/model.js'
import type { Chunk } from './chunks.js'
import type { Column, Table } from './dialects/dialect.js'
import type { Written } from './flush-plan.js'
import type { SetBased } from './set-based.js'
/** A statement over rows of one kind, for as long as its client lives. */
export class Statement {
  /** INSERT, UPDATE or DELETE: for messages, and explain(). */
  readonly what: string
  readonly model: Model
  readonly table: Table
  /** What rows are found by, and what is written. */
  readonly key: readonly Column[]
  readonly set: readonly Column[]
  /** Takes a single row, by parameters of its own: cheaper than a row set. */
  readonly isOfOne: boolean
  readonly #make: () => string
  #sql: string | undefined

  constructor({ what, model, table, key, set, isOfOne = false, make }: StatementParts) {
    this.what = what
    this.model = model
    this.table = table
    this.key = key
    this.set = set
    this.isOfOne = isOfOne
    this.#make = make
  }

  /** Its text; what it depends on has been learnt. */
  get sql(): string {
    this.#sql ??= this.#make()
    return this.#sql
  }

  /** Its text as far as it is known now. */
  get draft(): string {
    return this.#sql ?? this.#make()
  }
}

export interface StatementParts {
  readonly what: string
  readonly model: Model
  readonly table: Table
  readonly key: readonly Column[]
  readonly set: readonly Column[]
  readonly isOfOne?: boolean
  make(): string
}

/** A statement with the rows it is to be sent with. */
export interface Filled {
  readonly statement: Statement
  /** Values in the order of its columns. */
  readonly rows: readonly (readonly unknown[])[]
  readonly chunks: readonly Chunk[]
}

/** How a kind of step becomes statements. */
export interface Kind<S> {
  /** Those that the step takes; or why it gets none, in words. */
  statements(way: SetBased, model: Model, step: S): Statement[] | string
  /** The rows of each; without `written`, those of a plan that is only looked at. */
  rows(statement: Statement, step: S, written: Written | null): (readonly unknown[])[]
  run(way: SetBased, step: S, filled: readonly Filled[], written: Written): Steps<void>
}

/** Columns for fields, or why there are none. */
export function columnsFor(
  model: Model,
  names: readonly string[],
  columnOf: (field: ScalarField) => Column | null,
): Column[] | string {
  const columns: Column[] = []
  for (const name of names) {
    const field = model.fields.get(name) as ScalarField
    const column = columnOf(field)
    if (!column) return `${model.name}.${name} is of a type that is not proved to be written as Prisma writes it`
    columns.push(column)
  }
  return columns
}
