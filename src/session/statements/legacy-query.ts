import type { Steps } from '../../driver/effects.js'
import { ArgumentError, InvalidRequestError } from '../../errors.js'
import type { Model } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import { autoflush } from '../flush/flush.js'
import { isPlainObject } from '../objects/keys.js'
import { describe } from '../objects/state.js'
import { usableTransaction } from '../transaction/in-transaction.js'
import { get } from '../verbs/get.js'
import { query } from '../verbs/query.js'
import { checkStatement, execute, scalars } from './execute.js'
import { remove, select, update } from './statements.js'
/** A query of a synchronous session, over all rows of a model as yet. */
export function legacyQuery(core: SessionCore, model: unknown, run: Run): LegacyQuery {
  return new LegacyQuery(core, core.model(model), run, { where: [], orderBy: [] })
}

/** Runs steps to their end, here and now. */
export type Run = (steps: Steps<unknown>) => unknown

interface Spec {
  readonly where: readonly object[]
  readonly orderBy: readonly object[]
  readonly limit?: number
  readonly offset?: number
}

/** Conditions chained one to the other, and read at the end. Mirrors SQLAlchemy's legacy Query. */
class LegacyQuery implements Iterable<object> {
  readonly #core: SessionCore
  readonly #model: Model
  readonly #run: Run
  readonly #spec: Spec

  constructor(core: SessionCore, model: Model, run: Run, spec: Spec) {
    this.#core = core
    this.#model = model
    this.#run = run
    this.#spec = spec
  }

  filter(where: unknown): LegacyQuery {
    if (!isPlainObject(where)) throw new ArgumentError(`filter() takes a Prisma \`where\`, not ${describe(where)}`)
    this.#refuseLimited('filter')
    return this.#with({ where: [...this.#spec.where, where] })
  }

  filterBy(equals: unknown): LegacyQuery {
    if (!isPlainObject(equals)) throw new ArgumentError(`filterBy() takes fields and values, not ${describe(equals)}`)
    for (const [name, value] of Object.entries(equals)) {
      this.#checkField(name, 'filterBy')
      if (value === undefined)
        throw new ArgumentError(
          `filterBy(): ${name} is undefined, which Prisma takes for no condition: leave it out, or give null`,
        )
    }
    this.#refuseLimited('filterBy')
    return this.#with({ where: [...this.#spec.where, equals] })
  }

  orderBy(...order: readonly unknown[]): LegacyQuery {
    const added = order.map((each) => {
      if (typeof each === 'string') {
        this.#checkField(each, 'orderBy')
        return { [each]: 'asc' }
      }
      if (isPlainObject(each)) return each
      throw new ArgumentError(`orderBy() takes names of fields or Prisma's orderBy, not ${describe(each)}`)
    })
    this.#refuseLimited('orderBy')
    return this.#with({ orderBy: [...this.#spec.orderBy, ...added] })
  }

  limit(count: unknown): LegacyQuery {
    return this.#with({ limit: checkedCount(count, 'limit') })
  }

  offset(count: unknown): LegacyQuery {
    return this.#with({ offset: checkedCount(count, 'offset') })
  }

  all(): object[] {
    return this.#entities(this.#spec.limit)
  }

  first(): object | null {
    return this.#entities(Math.min(this.#spec.limit ?? 1, 1))[0] ?? null
  }

  one(): object {
    return this.#scalars(this.#atMostTwo).one() as object
  }

  oneOrNone(): object | null {
    return this.#scalars(this.#atMostTwo).oneOrNone() as object | null
  }

  get(key: unknown): object | null {
    const { where, orderBy, limit, offset } = this.#spec
    if (where.length + orderBy.length > 0 || limit !== undefined || offset !== undefined)
      throw new InvalidRequestError('get() takes a key alone, and this query has conditions already: use session.get()')
    return this.#run(get(this.#core, this.#model.name, key)) as object | null
  }

  count(): number {
    return this.#run(this.#countSteps(this.#spec.limit)) as number
  }

  exists(): boolean {
    return (this.#run(this.#countSteps(Math.min(this.#spec.limit ?? 1, 1))) as number) > 0
  }

  update(data: unknown): number {
    this.#refuseShaped('update')
    return this.#rowCount(update(this.#model.name, { where: this.#where, data }))
  }

  delete(): number {
    this.#refuseShaped('delete')
    return this.#rowCount(remove(this.#model.name, { where: this.#where }))
  }

  *[Symbol.iterator](): Iterator<object> {
    yield* this.all()
  }

  get #where(): object {
    const { where } = this.#spec
    return where.length > 1 ? { AND: where } : (where[0] ?? {})
  }

  get #atMostTwo(): number {
    return Math.min(this.#spec.limit ?? 2, 2)
  }

  #entities(limit: number | undefined): object[] {
    return this.#scalars(limit).all() as object[]
  }

  #scalars(limit: number | undefined) {
    const statement = select(this.#model.name, this.#args(limit))
    return this.#run(scalars(this.#core, statement)) as { all(): unknown[]; one(): unknown; oneOrNone(): unknown }
  }

  #args(limit: number | undefined): Record<string, unknown> {
    const { orderBy, offset } = this.#spec
    return {
      where: this.#where,
      ...(orderBy.length > 0 && { orderBy }),
      ...(limit !== undefined && { take: limit }),
      ...(offset !== undefined && { skip: offset }),
    }
  }

  *#countSteps(limit: number | undefined): Steps<number> {
    const args = this.#args(limit)
    checkStatement(this.#core, select(this.#model.name, args))
    usableTransaction(this.#core)
    yield* autoflush(this.#core)
    if (limit === 0) return 0
    return (yield* query(this.#core, { delegate: this.#model.delegate, method: 'count', args: [args] })) as number
  }

  #rowCount(statement: object): number {
    return (this.#run(execute(this.#core, statement)) as { rowCount: number }).rowCount
  }

  #with(more: Partial<Spec>): LegacyQuery {
    return new LegacyQuery(this.#core, this.#model, this.#run, { ...this.#spec, ...more })
  }

  #checkField(name: string, verb: string): void {
    if (this.#model.fields.has(name)) return
    throw new ArgumentError(
      `${verb}(): ${this.#model.name} has no field '${name}': use ${[...this.#model.fields.keys()].join(', ')}`,
    )
  }

  /** SQL would apply it before the limit, the reader of the chain expects it after. */
  #refuseLimited(verb: string): void {
    const { limit, offset } = this.#spec
    if (limit === undefined && offset === undefined) return
    throw new InvalidRequestError(`${verb}() comes before limit() and offset(): this query has one of them already`)
  }

  #refuseShaped(verb: string): void {
    const { limit, offset, orderBy } = this.#spec
    if (limit === undefined && offset === undefined && orderBy.length === 0) return
    throw new InvalidRequestError(
      `${verb}() writes all rows that match, and this query has a limit, an offset or an order: leave it out`,
    )
  }
}

export type { LegacyQuery }

function checkedCount(count: unknown, verb: string): number {
  if (Number.isInteger(count) && (count as number) >= 0) return count as number
  throw new ArgumentError(`${verb}() takes a number of rows from 0, not ${describe(count)}`)
}
