import { providerNamed } from '../../driver/providers.js'
import { ArgumentError } from '../../errors.js'
import type { Model, Models } from '../../model/model.js'
import { after, totalOrder } from '../../session/statements/keyset.js'
import { select } from '../../session/statements/statements.js'
import type { Io } from '../sql.js'
import { keyText, keyValues, type Walk } from './walks.js'
/**
 * A walk over a model's rows by their key, written once for both modes: what is to be done is yielded as a step, and
 * loops.ts does it, with `await` or without.
 */
export function* batch(desk: Desk, modelName: unknown, options: unknown): Generator<Step, void, unknown> {
  const { where, include, name, ...given } = checked(options)
  const size = desk.batchSize ?? given.size
  const model = modelOf(desk.models, modelName)
  const { session } = desk
  const { terms, orderBy } = totalOrder(providerNamed(desk.models.provider, ''), model, undefined)
  const walk = desk.open(model.name, where, name)
  let leaving: Partial<Walk> | undefined
  try {
    if (walk.total === null) {
      walk.total = (yield act(() => session.delegate(model.name).count({ where }))) as number
      const fields = Object.fromEntries(model.key.map((field) => [field, true]))
      const args = { where, orderBy: backwards(orderBy), select: fields }
      const last = (yield act(() => session.delegate(model.name).findFirst(args))) as Row | null
      walk.until = last && keyText(model, last)
      walk.isDone = last === null
    }
    const end = walk.until && { NOT: after(terms, keyValues(model, walk.until)) }
    while (!walk.isDone) {
      desk.requireGoing()
      yield act(() => desk.begin())
      const before = new Set(session.identityMap.values())
      const past = walk.after && after(terms, keyValues(model, walk.after))
      const conditions = [where, end, past].filter((each) => each !== undefined && each !== null)
      const args = { where: { AND: conditions }, orderBy, take: size, ...(include && { include }) }
      const rows = ((yield act(() => session.scalars(select(model.name, args)))) as { all(): Row[] }).all()
      const last = rows.at(-1)
      const place = last ? keyText(model, last) : walk.after // before anybody changes it
      if (last && String(place) === String(walk.after)) throw unmoved(model, String(place))
      const reached = { after: place, processed: walk.processed + rows.length, isDone: rows.length < size }
      leaving = { ...reached, isDone: true }
      if (rows.length > 0) yield { page: rows }
      leaving = undefined
      yield act(() => session.flush())
      yield act(() => desk.save(walk, reached))
      for (const entity of [...session.identityMap.values()]) if (!before.has(entity)) session.expunge(entity)
      desk.tell()
    }
  } finally {
    if (leaving) walk.leaving = leaving // the loop was left by break, or by an error
    desk.close()
  }
}

/** Something to be done, with an answer that may be a promise; or a page for the script. */
export type Step = { readonly act: () => Io<unknown> } | { readonly page: readonly Row[] }

type Row = Readonly<Record<string, unknown>>

/** Of a session what a walk needs. */
export interface WalkedSession {
  delegate(model: string): { count(args: object): Io<number>; findFirst(args: object): Io<Row | null> }
  scalars(statement: object): Io<unknown>
  flush(): Io<void>
  expunge(entity: object): void
  readonly identityMap: { values(): Iterable<object> }
}

/** What a walk has to do with the run that it is part of. */
export interface Desk {
  readonly session: WalkedSession
  readonly models: Models
  /** Page size that overrides the script's; null for the script's own. */
  readonly batchSize: number | null
  open(model: string, where: unknown, name: string | undefined): Walk
  close(): void
  /** Throws when the run is to stop. */
  requireGoing(): void
  /** Sees to it that there is a transaction for a page. */
  begin(): Io<unknown>
  /** A page is done: notes what the walk has reached, and commits it where pages are committed. */
  save(walk: Walk, reached: Partial<Walk>): Io<unknown>
  tell(): void
}

function act(act: () => Io<unknown>): Step {
  return { act }
}

function backwards(orderBy: readonly object[]): object[] {
  return orderBy.map((each) => Object.fromEntries(Object.keys(each).map((name) => [name, 'desc'])))
}

function checked(options: unknown): { where?: object; include?: object; size: number; name?: string } {
  if (options === undefined) return { size: 1000 }
  if (typeof options !== 'object' || options === null)
    throw new ArgumentError('the options of batch() are an object: { where, include, size, name }')
  const {
    where,
    include,
    size = 1000,
    name,
    ...rest
  } = options as {
    where?: object
    include?: object
    size?: unknown
    name?: unknown
  }
  const [unknown] = Object.keys(rest)
  if (unknown !== undefined)
    throw new ArgumentError(`batch() has no option '${unknown}': use where, include, size, name`)
  if (!(Number.isInteger(size) && (size as number) > 0))
    throw new ArgumentError(`batch(): size is a number of rows from 1, not ${String(size)}`)
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    throw new ArgumentError('batch(): name is a text by which the walk is known when it is gone on with')
  return { where, include, size: size as number, name }
}

function modelOf(models: Models, name: unknown): Model {
  const model = typeof name === 'string' ? models.get(name) : undefined
  if (!model) {
    const names = [...models.all()].map((each) => each.name).join(', ')
    throw new ArgumentError(`batch(): there is no model ${String(name)}: it takes one of ${names}`)
  }
  const field = model.keyFields.find(({ type }) => !ordered.has(type))
  if (!field) return model
  throw new ArgumentError(
    `batch() walks by the key, and the order of ${model.name}.${field.name} (${field.type}) cannot be followed: read the rows with session.scalars(select('${model.name}'))`,
  )
}

/** Types of keys whose order is the same to the database, to Prisma's filters and in the ledger. */
const ordered: ReadonlySet<string> = new Set(['Int', 'BigInt', 'String', 'Decimal', 'Boolean'])

function unmoved(model: Model, place: string): ArgumentError {
  return new ArgumentError(
    `batch('${model.name}') finds the row ${place} after itself: its key is not kept as Prisma writes it, so that the walk cannot go on`,
  )
}
