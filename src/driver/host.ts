import type { FieldReference } from '../bridge/values/field-reference.js'
import type { Description, Request } from '../bridge/wire.js'
import { ResourceClosedError } from '../errors.js'
import { defaultCloseTimeout } from './effects.js'
import { InProcessDriver, performAlone } from './in-process.js'
import { invoke } from './invoke.js'
import { modelsOf } from './models.js'
import { clientMethodsOf, methodsOf } from './operations.js'
import {
  adapterNameOf,
  computedFieldsOf,
  factsOf,
  hasQueryExtensions,
  providerOf,
  schemaOf,
} from './prisma-internals.js'
/** Answers what the blocking drivers of another thread ask, by in-process drivers over one client. */
export class DriverHost {
  readonly #client: object
  /** Of the sessions that have a transaction open. */
  readonly #drivers = new Map<number, InProcessDriver>()
  /** Transaction clients that were asked for by `connection`, until their transaction ends. */
  readonly #clients = new Map<number, { readonly client: object; readonly driver: number }>()
  #lastClient = 0
  /** Whether anything was asked that may have changed rows. */
  hasWritten = false

  readonly #onRequest: () => void

  constructor(client: object, onRequest = () => {}) {
    this.#client = client
    this.#onRequest = onRequest
  }

  handle(request: Request): Promise<unknown> {
    this.#onRequest()
    switch (request.kind) {
      case 'call':
        this.#noteWrite(request.call.method)
        return invoke(this.#clientOf(request.client), request.call)
      case 'perform':
        return this.#perform(request)
      case 'compute':
        return Promise.resolve(computedFieldsOf(this.#client, request.delegate)[request.field]?.compute(request.row))
      case 'abandon':
        return this.#end(request.driver)
      case 'close':
        return this.close()
    }
  }

  /** Rolls back what is open and closes the client's connections. */
  async close(): Promise<void> {
    await this.rollback()
    await (this.#client as { $disconnect?(): Promise<void> }).$disconnect?.()
  }

  /** Rolls back what is open. */
  async rollback(): Promise<void> {
    for (const id of [...this.#drivers.keys()].reverse()) await this.#end(id)
  }

  fieldOf({ delegate, field }: FieldReference): unknown {
    const { fields } = (this.#client as Record<string, { fields?: Record<string, unknown> }>)[delegate] ?? {}
    return fields?.[field]
  }

  async #perform({ driver: id, client, models, effect }: Request & { kind: 'perform' }): Promise<unknown> {
    if (effect.kind === 'operations') for (const { method } of effect.calls) this.#noteWrite(method)
    const known = this.#drivers.get(id)
    if (!known && effect.kind === 'operations') return performAlone(this.#clientOf(client), effect.calls, effect.alone)
    const driver = known ?? new InProcessDriver(this.#clientOf(client), models)
    this.#drivers.set(id, driver)
    let isOver = effect.kind === 'rollback'
    try {
      const answer = await driver.perform(effect)
      isOver ||= effect.kind === 'commit' // after one that failed comes a rollback
      return effect.kind === 'connection' ? this.#idOf(answer as object, id) : answer
    } catch (error) {
      isOver ||= effect.kind === 'begin'
      throw error
    } finally {
      if (isOver) this.#forget(id)
    }
  }

  async #end(id: number): Promise<void> {
    const driver = this.#drivers.get(id)
    this.#forget(id)
    await driver?.perform({ kind: 'rollback', within: defaultCloseTimeout })
  }

  #forget(id: number): void {
    this.#drivers.delete(id)
    for (const [number, { driver }] of this.#clients) if (driver === id) this.#clients.delete(number)
  }

  /** The number of a transaction client, the same one each time. */
  #idOf(client: object, driver: number): number {
    for (const [id, known] of this.#clients) if (known.client === client && known.driver === driver) return id
    this.#clients.set(++this.#lastClient, { client, driver })
    return this.#lastClient
  }

  #clientOf(id: number): object {
    if (id === 0) return this.#client
    const known = this.#clients.get(id)
    if (known) return known.client
    throw new ResourceClosedError('this transaction has ended, and its client with it: use the client of an open one')
  }

  #noteWrite(method: string): void {
    if (!/^(find|count|aggregate|groupBy)/.test(method)) this.hasWritten = true
  }
}

/** What the other thread has to know of the client. */
export function describeClient(client: object): Description {
  let description = descriptions.get(client)
  if (!description) {
    description = described(client)
    descriptions.set(client, description)
  }
  return description
}

const descriptions = new WeakMap<object, Description>()

function described(client: object): Description {
  const delegates: Record<string, readonly string[]> = {}
  const computed: Record<string, Record<string, Readonly<Record<string, boolean>> | null>> = {}
  for (const delegate of delegateNames(client)) {
    const own = (client as Record<string, { findMany?: unknown } | undefined>)[delegate]
    if (typeof own?.findMany !== 'function') continue
    delegates[delegate] = methodsOf(own)
    const fields = Object.entries(computedFieldsOf(client, delegate))
    if (fields.length > 0)
      computed[delegate] = Object.fromEntries(fields.map(([name, { needs }]) => [name, needs ?? null]))
  }
  return {
    provider: providerOf(client),
    adapterName: adapterNameOf(client),
    facts: factsOf(client),
    schema: schemaOf(client),
    hasQueryExtensions: hasQueryExtensions(client),
    computed,
    delegates,
    methods: clientMethodsOf(client),
  }
}

function delegateNames(client: object): string[] {
  try {
    return Object.keys(client).filter((name) => !/^[$_]/.test(name))
  } catch {
    return [...modelsOf(client).all()].map(({ delegate }) => delegate) // an extended transaction client cannot be listed
  }
}
