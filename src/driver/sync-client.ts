import type { Connection } from '../bridge/connection.js'
import { FieldReference } from '../bridge/values/field-reference.js'
import { ArgumentError, InvalidRequestError, NotImplementedError } from '../errors.js'
import type { Model } from '../model/model.js'
import { BlockingDriver } from './blocking.js'
import { modelsIn } from './models.js'
/** A PrismaClient's face in this thread: the same members, each returning its value. */
export function syncClient(place: Place): object {
  const { connection } = place
  const { description } = connection
  const client: Record<string | symbol, unknown> = {}
  places.set(client, place)
  const call = (delegate: string | null, method: string, args: readonly unknown[]) =>
    connection.ask({ kind: 'call', client: place.id, call: { delegate, method, args } })
  for (const [delegate, methods] of Object.entries(description.delegates)) {
    let made: object | undefined
    const get = () => {
      made ??= syncDelegate(connection, delegate, methods, call)
      return made
    }
    Object.defineProperty(client, delegate, { get, enumerable: true, configurable: true })
  }
  const hidden = (name: string | symbol, value: unknown) =>
    Object.defineProperty(client, name, { value, configurable: true })
  for (const method of description.methods) {
    if (place.isTransaction && rootOnly.includes(method)) continue
    hidden(method, (...args: readonly unknown[]) => call(null, method, args))
  }
  hidden('$transaction', (work: unknown, options?: unknown) => transact(client, work, options))
  if (place.isInPlaceOfClient) for (const name of rootOnly) hidden(name, refusalInTransaction(name))
  if (place.isTransaction) return client
  hidden('close', () => connection.close())
  hidden(Symbol.dispose, () => connection.close())
  for (const [name, remedy] of Object.entries(ofFunctions)) hidden(name, () => refuse(name, remedy))
  return client
}

/** Where the client is that a synchronous one stands for. */
export interface Place {
  readonly connection: Connection
  /** 0 for the wrapped client, else a transaction's. */
  readonly id: number
  readonly isTransaction: boolean
  /** A transaction's, given to code that takes it for the client: what it lacks says so. */
  readonly isInPlaceOfClient?: boolean
}

/** The place of a synchronous client; undefined for anything else. */
export function placeOf(client: unknown): Place | undefined {
  return typeof client === 'object' && client !== null ? places.get(client) : undefined
}

const places = new WeakMap<object, Place>()

/** Whether a method of a synchronous client is only there to say why it is not. */
export function isRefusal(method: unknown): boolean {
  return refusals.has(method as object)
}

const refusals = new WeakSet<object>()

const rootOnly = ['$connect', '$disconnect', 'close']

function refusalInTransaction(name: string): () => never {
  const refusal = () => {
    throw new InvalidRequestError(
      `${name}() is for the client, and this is the client of a transaction: whoever made the client calls it there`,
    )
  }
  refusals.add(refusal)
  return refusal
}

const ofFunctions: Readonly<Record<string, string>> = {
  $extends: 'extend the client in the module that createSyncClient() loads',
  $on: 'listen in the module that createSyncClient() loads',
}

function refuse(name: string, remedy: string): never {
  throw new NotImplementedError(`${name}() takes functions, which do not cross to the client's thread: ${remedy}`)
}

type Call = (delegate: string | null, method: string, args: readonly unknown[]) => unknown

function syncDelegate(connection: Connection, delegate: string, methods: readonly string[], call: Call): object {
  const own: Record<string, unknown> = {}
  for (const method of methods) own[method] = (...args: readonly unknown[]) => call(delegate, method, args)
  const get = () => fieldReferences(connection, delegate)
  return Object.defineProperty(own, 'fields', { get })
}

/** `client.user.fields.name`, for comparing columns with each other. */
function fieldReferences({ description }: Connection, delegate: string): object {
  const models = [...modelsIn(description.schema, description.provider).all()]
  const model = models.find(({ delegate: own, name }) => own === delegate || name === delegate) as Model
  return Object.fromEntries(model.scalars.map(({ name }) => [name, new FieldReference(delegate, name)]))
}

/** Prisma's `$transaction(fn)` with a `fn` that does not wait; inside a transaction it is a savepoint. */
function transact(client: object, work: unknown, options: unknown): unknown {
  if (Array.isArray(work))
    throw new NotImplementedError(
      '$transaction([…]) is not available on a synchronous client, whose calls have been made already: use $transaction(fn)',
    )
  if (typeof work !== 'function')
    throw new ArgumentError('$transaction() takes a function: $transaction((tx) => …, options)')
  if (options !== undefined && (typeof options !== 'object' || options === null || Array.isArray(options)))
    throw new ArgumentError('the options of $transaction() are an object: { isolationLevel, maxWait, timeout }')
  const driver = new BlockingDriver(client)
  driver.perform({ kind: 'begin', options: { ...(options as object | undefined) } })
  let value: unknown
  try {
    value = work(driver.perform({ kind: 'connection' }))
    if (typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function') throw promised(value)
    driver.perform({ kind: 'commit', written: 'anything' })
  } catch (error) {
    rollBack(driver)
    throw error
  }
  return value
}

function promised(value: unknown): ArgumentError {
  if (value instanceof Promise) value.catch(() => {}) // what becomes of it, nobody waits for
  return new ArgumentError(
    '$transaction() of a synchronous client takes a function that returns no promise, which it could not wait for: make it synchronous',
  )
}

/** The first error is the one to report. */
function rollBack(driver: BlockingDriver): void {
  try {
    driver.perform({ kind: 'rollback' })
  } catch {
    // The transaction is gone either way.
  }
}
