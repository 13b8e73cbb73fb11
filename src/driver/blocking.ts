import type { Connection } from '../bridge/connection.js'
import type { Model, Models } from '../model/model.js'
import type { ClientFacts, ComputedField, Driver } from './driver.js'
import type { DatabaseEffect, PrismaCall } from './effects.js'
import { modelsIn } from './models.js'
import { type Provider, providerNamed } from './providers.js'
import { placeOf, syncClient } from './sync-client.js'
/** The driver over a client in another thread: blocks, and answers are values. The work is done there, by an in-process driver. */
export class BlockingDriver implements Driver<unknown> {
  readonly isAsync = false
  readonly isOutside: boolean
  readonly client: object
  readonly models: Models
  readonly provider: Provider
  readonly hasQueryHooks: boolean
  readonly facts: ClientFacts
  get pool(): object {
    return this.#connection
  }

  readonly #connection: Connection
  /** The number of the client it stands on. */
  readonly #on: number
  readonly #id = ++lastDriver
  readonly #ownModels: object | undefined
  /** The clients of the open transaction that somebody asked for. */
  readonly #clients = new Map<number, object>()
  #hasBegun = false

  constructor(client: object, models?: object) {
    const place = placeOf(client)
    if (!place) throw new TypeError('a blocking driver needs a synchronous client')
    const { description } = place.connection
    this.client = client
    this.isOutside = place.isTransaction
    this.#connection = place.connection
    this.#on = place.id
    this.#ownModels = models
    this.provider = providerNamed(description.provider, description.adapterName)
    this.hasQueryHooks = description.hasQueryExtensions
    this.facts = description.facts
    this.models = modelsIn(description.schema, description.provider, models)
  }

  perform(effect: DatabaseEffect): unknown {
    const isEnd = effect.kind === 'commit' || effect.kind === 'rollback'
    try {
      const answer = this.#connection.ask({
        kind: 'perform',
        driver: this.#id,
        client: this.#on,
        effect,
        ...(effect.kind === 'begin' && this.#ownModels && { models: this.#ownModels }),
      })
      if (effect.kind === 'begin') this.#hasBegun = true
      return effect.kind === 'connection' ? this.#clientOf(answer as number) : answer
    } catch (error) {
      // With its thread the transaction is gone: that is what was asked for.
      if (effect.kind === 'rollback' && this.#connection.end !== null) return undefined
      throw error
    } finally {
      if (isEnd) this.#settle()
    }
  }

  computedFields({ delegate }: Model): Readonly<Record<string, ComputedField>> {
    const known = this.#connection.description.computed[delegate]
    return known ? computedFieldsThere(this.#connection, delegate, known) : none
  }

  callOutside(call: PrismaCall): unknown {
    return this.#connection.ask({ kind: 'call', client: this.#on, call })
  }

  abandon(): void {
    if (this.#hasBegun) this.#connection.tell({ kind: 'abandon', driver: this.#id })
    this.#settle()
  }

  #clientOf(id: number): object {
    let client = this.#clients.get(id)
    if (!client) {
      client = syncClient({ connection: this.#connection, id, isTransaction: true })
      this.#clients.set(id, client)
    }
    return client
  }

  #settle(): void {
    this.#hasBegun = false
    this.#clients.clear()
  }
}

const none: Readonly<Record<string, ComputedField>> = Object.freeze({})

let lastDriver = 0

const computedByConnection = new WeakMap<Connection, Map<string, Record<string, ComputedField>>>()

/** The functions stay in the other thread: each reading asks for its value. */
function computedFieldsThere(
  connection: Connection,
  delegate: string,
  known: Readonly<Record<string, ComputedField['needs'] | null>>,
): Readonly<Record<string, ComputedField>> {
  const all = computedByConnection.get(connection) ?? new Map<string, Record<string, ComputedField>>()
  computedByConnection.set(connection, all)
  let fields = all.get(delegate)
  if (!fields) {
    fields = {}
    for (const [field, needs] of Object.entries(known)) {
      const compute = (row: object) => {
        const values = Object.fromEntries(
          namesIn(needs, row).map((name) => [name, (row as Record<string, unknown>)[name]]),
        )
        return connection.ask({ kind: 'compute', delegate, field, row: values })
      }
      fields[field] = { compute, ...(needs && { needs }) }
    }
    all.set(delegate, fields)
  }
  return fields
}

function namesIn(needs: ComputedField['needs'] | null, row: object): string[] {
  return needs ? Object.keys(needs).filter((name) => needs[name]) : Object.keys(row)
}
