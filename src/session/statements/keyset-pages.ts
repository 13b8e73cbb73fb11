import type { Steps } from '../../driver/effects.js'
import { ArgumentError } from '../../errors.js'
import type { Model } from '../../model/model.js'
import type { SessionCore } from '../core.js'
import { isChanged } from '../objects/changes.js'
import type { Page } from '../objects/identity-map.js'
import { detach } from '../objects/lifecycle.js'
import { loadRows, type Row } from '../objects/load.js'
import { type Entity, type EntityState, identityOf, type KnownRelation, keyValues, stateOf } from '../objects/state.js'
import { OpenStream } from '../transaction/open-streams.js'
import { whereOf } from '../verbs/get.js'
import { query } from '../verbs/query.js'
import { mayBeForeign } from './beyond.js'
import { enumOrder } from './enum-order.js'
import { fetchedEntities, fetchedRecords } from './fetched.js'
import { after, at, placeOf, placeSelect, type Term, type TotalOrder, totalOrder } from './keyset.js'
import { defaultPage, type PageOptions } from './page-options.js'
import { type PageShape, pageShape, type Shape } from './page-shape.js'
import { type Pages, Reading } from './reading.js'
import type { SelectStatement } from './statements.js'
/**
 * A select by pages, each asked for by where the last one ended, never by `cursor` (for which Prisma reads the whole rest)
 * nor by `skip` (which reads what it skips, and misses rows when others go).
 */
export function keysetPages(core: SessionCore, statement: SelectStatement, options: PageOptions): Reading {
  const model = core.model(statement.model)
  const { args } = statement
  refuseUnpaged(statement)
  const size = options.yieldPer ?? statement.options.yieldPer ?? defaultPage
  const isTracked = !args.select && (options.track ?? statement.options.track ?? true)
  const pages = new KeysetPages(core, model, statement, size, isTracked)
  core.streams.add(pages.stream)
  const selected = args.select as object | undefined
  const fetched = selected
    ? fetchedRecords(
        Object.keys(selected).filter((name) => Reflect.get(selected, name)),
        [],
        size,
      )
    : fetchedEntities(model.name, [], size)
  return new Reading({ ...fetched, rowCount: -1 }, pages)
}

class KeysetPages implements Pages {
  readonly stream: OpenStream
  readonly #core: SessionCore
  readonly #model: Model
  readonly #args: SelectStatement['args']
  readonly #populate: boolean
  readonly #size: number
  readonly #isTracked: boolean
  readonly #order: TotalOrder
  #terms: readonly Term[]
  readonly #shape: PageShape
  /** Rows that may still come, where the statement says how many it wants. */
  #left: number
  /** Where the last page ended; null before the first. */
  #place: readonly unknown[] | null = null
  #isOver = false
  /** What the page at hand has brought, and those before it. */
  #page: Page | null = null
  #passed: Page[] = []

  constructor(core: SessionCore, model: Model, statement: SelectStatement, size: number, isTracked: boolean) {
    const { args, options } = statement
    this.stream = new OpenStream(core.transaction, false)
    this.#core = core
    this.#model = model
    this.#args = args
    this.#populate = options.populateExisting === true
    this.#size = size
    this.#isTracked = isTracked
    this.#order = totalOrder(core.provider, model, args.orderBy)
    this.#terms = this.#order.terms
    this.#shape = pageShape(model, this.#terms, args as Shape)
    this.#left = (args.take as number | undefined) ?? Number.POSITIVE_INFINITY
  }

  *begin(isUsedUp: boolean): Steps<void> {
    if (isUsedUp) this.#turn()
    if (this.#passed.length > 0) yield* this.#letGo()
  }

  *next(): Steps<readonly unknown[]> {
    this.stream.requireAlive()
    this.#turn()
    const size = Math.min(this.#size, this.#left)
    if (this.#isOver || size === 0) {
      yield* this.close()
      return []
    }
    const rows = yield* this.#read(size)
    this.stream.level ??= this.#core.transaction?.root ?? null // the next transaction, after a commit
    this.#left -= rows.length
    this.#isOver = rows.length < size
    const last = rows.at(-1)
    if (last && !this.#isOver && this.#left > 0) this.#place = yield* this.#placeOf(last)
    return yield* this.#handedOut(rows)
  }

  /** What was handed out last stays as it is. */
  // biome-ignore lint/correctness/useYield: nothing in the database is kept for it
  *close(): Steps<void> {
    this.#isOver = true
    this.#turn()
    const { identityMap } = this.#core
    for (const page of this.#passed) identityMap.dropPage(page, identityMap.statesOfPage(page))
    this.#passed = []
    this.#core.streams.delete(this.stream)
  }

  *#read(take: number): Steps<Row[]> {
    const { where, skip } = this.#args
    const from = this.#place && after(this.#terms, this.#place)
    const args = {
      where: from && where ? { AND: [where, from] } : (from ?? where),
      orderBy: this.#order.orderBy,
      take,
      ...(!this.#place && skip !== undefined && { skip }),
      ...this.#shape.args,
    }
    return (yield* query(this.#core, { delegate: this.#model.delegate, method: 'findMany', args: [args] })) as Row[]
  }

  /** Before anybody may change the row. */
  *#placeOf(row: Row): Steps<readonly unknown[]> {
    if (!this.#place) yield* this.#sortEnums()
    const place = placeOf(this.#terms, row) ?? (yield* this.#placeAgain(row))
    const doubtful = this.#terms.find(({ field }) => mayBeForeign(this.#core.provider, field))
    if (!doubtful || (yield* this.#isAt(place))) return place
    throw new ArgumentError(
      `stream(): a row's ${doubtful.field.name} was written in another form than Prisma's, so that its place cannot be told: order by another field, or write such values through Prisma`,
    )
  }

  *#placeAgain(row: Row): Steps<readonly unknown[]> {
    const identity = identityOf(this.#model, row)
    const where = identity && whereOf(this.#model, keyValues(identity))
    const args = [{ where, select: placeSelect(this.#terms) }]
    const call = { delegate: this.#model.delegate, method: 'findUniqueOrThrow', args }
    return placeOf(this.#terms, (yield* query(this.#core, call)) as Row) as unknown[]
  }

  /** Whether the database finds a row at a place. */
  *#isAt(place: readonly unknown[]): Steps<boolean> {
    const select = { [this.#model.key[0] as string]: true }
    const args = [{ where: at(this.#terms, place), select }]
    return (yield* query(this.#core, { delegate: this.#model.delegate, method: 'findFirst', args })) !== null
  }

  *#sortEnums(): Steps<void> {
    const terms: Term[] = []
    for (const term of this.#terms) {
      const { path, field } = term
      const model = path.at(-1)?.target ?? this.#model
      terms.push(field.type === 'Enum' ? { ...term, values: yield* enumOrder(this.#core, model, field) } : term)
    }
    this.#terms = terms
  }

  *#handedOut(rows: readonly Row[]): Steps<readonly unknown[]> {
    if (!this.#isTracked) return this.#shape.strip(rows)
    const core = this.#core
    const stripped = this.#shape.stripButKey(rows)
    const loaded = core.identityMap.page(() => loadRows(core, this.#model, stripped, this.#populate))
    this.#page = loaded.page
    yield* core.events.tell()
    return loaded.value
  }

  #turn(): void {
    if (this.#page) this.#passed.push(this.#page)
    this.#page = null
  }

  /** Of what passed pages brought, objects that were changed stay, and what hangs on them; the others are detached. */
  *#letGo(): Steps<void> {
    const core = this.#core
    for (const page of this.#passed) {
      const states = core.identityMap.statesOfPage(page)
      const kept = new Set(states.filter((state) => state.isMarked || isChanged(state)))
      for (const { related } of kept)
        for (const value of related.values()) for (const each of asList(value)) kept.add(stateOf(each) as EntityState)
      core.identityMap.dropPage(
        page,
        states.filter((state) => kept.has(state)),
      )
      for (const state of states) if (!kept.has(state)) detach(core, state)
    }
    this.#passed = []
    yield* core.events.tell()
  }
}

function asList(value: KnownRelation): readonly Entity[] {
  return Array.isArray(value) ? value : value === null ? [] : [value as Entity]
}

function refuseUnpaged({ args: { take, cursor, distinct }, options }: SelectStatement): void {
  if (options.withForUpdate)
    throw new ArgumentError(
      'stream() takes no locks: execute() selects with take and withForUpdate instead, one by one',
    )
  if (typeof take === 'number' && take < 0)
    throw new ArgumentError('stream(): take counts from the end here: turn orderBy round and take a positive number')
  if (cursor !== undefined)
    throw new ArgumentError('stream(): cursor is not needed, a stream pages by itself: say where it begins with where')
  if (distinct !== undefined)
    throw new ArgumentError(
      'stream(): distinct rows cannot be paged: use groupBy or raw SQL, or unique() on the stream',
    )
}
