import type { Steps } from '../driver/effects.js'
import type { Model, Relation, ScalarField } from '../model/model.js'
import { cellOf } from './cell-of.js'
import type { Cells, LinkStep, Written } from './flush-plan.js'
import type { SetBased } from './set-based.js'
import { staleRows } from './stale-rows.js'
import { columnsFor, type Kind, Statement, type StatementParts } from './statement.js'
/**
 * Links of an implicit many-to-many relation: rows of the table that Prisma keeps for it, whose columns A and B are the
 * keys of both sides. At most three statements: new links, links that go, and whether the owners of those are there.
 */
export const linkRows: Kind<LinkStep> = {
  statements: (way, model, step) => {
    const relation = model.fields.get(step.relation) as Relation
    const made = way.remembered(`LINK ${model.name} ${step.relation}`, () => linkStatements(way, relation))
    if (typeof made === 'string') return made
    const { rows } = step
    const needed = [
      rows.some(({ connect }) => connect.length > 0) && made.link,
      rows.some(isOnlyUnlinked) && made.owners,
      rows.some(({ disconnect }) => disconnect.length > 0) && made.unlink,
    ]
    return needed.filter((each) => each !== false)
  },

  rows: (statement, { rows }, written) => {
    if (!(statement instanceof Pairs))
      return rows.filter(isOnlyUnlinked).map(({ key }) => keyOf(statement.model, key, written))
    return rows.flatMap(({ key, connect, disconnect }) =>
      (statement.isNew ? connect : disconnect).map((target) => statement.pair(key, target, written)),
    )
  },

  *run(way, _step, filled, _written) {
    for (const { statement, chunks } of filled) {
      for (const { args, from, to } of chunks) {
        if (statement instanceof Pairs) yield* changeLinks(way, statement, args, to - from)
        else {
          const { length } = yield* way.query(statement, args)
          if (length !== to - from) throw staleRows(statement.model, 'UPDATE of links', to - from, length)
        }
      }
    }
  },
}

function isOnlyUnlinked({ connect, disconnect }: LinkStep['rows'][number]): boolean {
  return connect.length === 0 && disconnect.length > 0
}

class Pairs extends Statement {
  readonly isNew: boolean
  readonly #relation: Relation

  constructor(parts: StatementParts, relation: Relation, isNew: boolean) {
    super(parts)
    this.#relation = relation
    this.isNew = isNew
  }

  /** The values of A and B. */
  pair(owner: Cells, target: Cells, written: Written | null): unknown[] {
    const { model, target: other } = this.#relation
    const pair = [keyOf(model, owner, written)[0], keyOf(other, target, written)[0]]
    return isFirst(this.#relation) ? pair : pair.reverse()
  }
}

interface LinkStatements {
  readonly link: Pairs
  readonly unlink: Pairs
  readonly owners: Statement
}

function linkStatements(way: SetBased, relation: Relation): LinkStatements | string {
  const { model, target } = relation
  const { dialect, server } = way
  const [first, second] = isFirst(relation) ? [model, target] : [target, model]
  if (model.schema !== target.schema) return `${model.name} and ${target.name} are in different schemas`
  const columns = [keyField(first, 'A'), keyField(second, 'B')].map(dialect.keyColumn)
  const owner = columnsFor(model, model.key, dialect.keyColumn)
  const [columnA, columnB] = columns
  if (!columnA || !columnB || typeof owner === 'string')
    return `a key of ${model.name} or ${target.name} is not proved to be written as Prisma writes it`
  const pair = [columnA, columnB]
  const table = { schema: way.tableOf(model).schema, name: `_${relation.relationName}` }
  const parts = { model, table, key: pair, set: [] }
  const link = () => dialect.link(table, pair)
  const unlink = () => dialect.remove(table, pair, server)
  const ownerTable = way.tableOf(model)
  const owners = () => dialect.select(ownerTable, owner, model.keyFields, server)
  return {
    link: new Pairs({ ...parts, what: `INSERT of ${relation.name}`, make: link }, relation, true),
    unlink: new Pairs({ ...parts, what: `DELETE of ${relation.name}`, make: unlink }, relation, false),
    owners: new Statement({ what: 'SELECT', model, table: ownerTable, key: owner, set: [], make: owners }),
  }
}

/** Whether the relation's own model is in column A: the models' names decide, and between the fields of one model theirs. */
function isFirst({ model, target, name, inverse }: Relation): boolean {
  return model === target ? name < inverse.name : model.name < target.name
}

/** Prisma refuses such relations of models whose keys have several fields. */
function keyField({ keyFields }: Model, column: string): ScalarField {
  return { ...(keyFields[0] as ScalarField), name: column, column }
}

function keyOf(model: Model, cells: Cells, written: Written | null): unknown[] {
  return model.key.map((name) => cellOf(cells, name, written))
}

/** A link to a row that is not there is refused by the foreign key. */
function* changeLinks(way: SetBased, statement: Pairs, args: readonly unknown[], pairs: number): Steps<void> {
  try {
    yield* way.count(statement, args)
  } catch (error) {
    if ((error as { code?: unknown }).code !== 'P2003') throw error
    throw staleRows(statement.model, statement.what, pairs, 0, error)
  }
}
