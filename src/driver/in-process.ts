import type { Model, Models } from '../model/model.js'
import { noteConnections } from './connections.js'
import type { ClientFacts, ComputedField, Driver } from './driver.js'
import {
  type BeginOptions,
  type DatabaseEffect,
  defaultCloseTimeout,
  type Outcome,
  type PrismaCall,
  type Written,
} from './effects.js'
import type { TransactionStarter } from './held-transaction.js'
import { invoke } from './invoke.js'
import { modelsOf } from './models.js'
import { prismaOperations } from './operations.js'
import {
  adapterNameOf,
  adapterOf,
  computedFieldsOf,
  factsOf,
  hasQueryExtensions,
  isTransactionClient,
  poolOf,
  providerOf,
} from './prisma-internals.js'
import { type Provider, providerNamed } from './providers.js'
import { commitAsStatement } from './sqlite-commit.js'
import { givenUp, TransactionStack } from './transaction-stack.js'
/** The driver over a PrismaClient of this thread: answers are promises. */
export class InProcessDriver implements Driver<Promise<unknown>> {
  readonly isAsync = true
  readonly isOutside: boolean
  readonly client: object
  readonly pool: object
  readonly models: Models
  readonly provider: Provider
  readonly #transactions: TransactionStack
  readonly hasQueryHooks: boolean
  readonly facts: ClientFacts
  /** Fails the effect that was begun last, unless it has been answered. */
  #refuse: ((error: unknown) => void) | null = null
  readonly #computed = new Map<string, Readonly<Record<string, ComputedField>>>()

  constructor(client: object, models?: object) {
    this.client = client
    this.pool = poolOf(client)
    this.provider = providerNamed(providerOf(client), adapterNameOf(client))
    this.models = modelsOf(client, models)
    this.isOutside = isTransactionClient(client)
    this.hasQueryHooks = hasQueryExtensions(client)
    this.facts = factsOf(client)
    const nesting = this.hasQueryHooks ? 'nested' : this.provider.savepoint
    this.#transactions = new TransactionStack(client, this.isOutside, nesting)
    if (this.provider.name !== 'sqlite') noteConnections(adapterOf(client))
  }

  perform(effect: DatabaseEffect): Promise<unknown> {
    return new Promise((resolve, reject) => {
      this.#refuse =
        effect.kind === 'operations' ? (error) => resolve(effect.calls.map(() => ({ ok: false, error }))) : reject
      this.#send(effect).then(resolve, reject)
    })
  }

  #send(effect: DatabaseEffect): Promise<unknown> {
    switch (effect.kind) {
      case 'operations':
        return performAlone(this.#transactions.client, effect.calls, effect.alone)
      case 'begin':
        return this.#transactions.begin(effect.options)
      case 'savepoint':
        return this.#transactions.savepoint()
      case 'commit':
        return this.#commit(effect.written)
      case 'releaseSavepoint':
        return this.#transactions.end('commit')
      case 'rollbackToSavepoint':
        return this.#transactions.end('rollback')
      case 'rollback':
        return this.#transactions.rollbackAll(effect.within)
      case 'connection':
        return Promise.resolve(this.#transactions.client)
    }
  }

  async #commit(written: Written): Promise<void> {
    const isSqlite = this.provider.name === 'sqlite' && !this.isOutside
    await this.#transactions.end(
      isSqlite ? await commitAsStatement(this.client, this.#transactions.client, written) : 'commit',
    )
  }

  computedFields({ delegate }: Model): Readonly<Record<string, ComputedField>> {
    let fields = this.#computed.get(delegate)
    if (!fields) {
      fields = computedFieldsOf(this.client, delegate)
      this.#computed.set(delegate, fields)
    }
    return fields
  }

  callOutside(call: PrismaCall): Promise<unknown> {
    return invoke(this.client, call)
  }

  abandon(): void {
    this.#transactions.rollbackAll(defaultCloseTimeout).catch(() => {})
  }

  /** Gives up a connection that does not answer: the effect under way fails, and all others until the next rollback. */
  giveUp(): void {
    this.#transactions.giveUp()
    this.#refuse?.(givenUp())
  }
}

/**
 * The same outside any transaction. A client of better-sqlite3 has one connection for everybody: there the calls wait for
 * the transaction that is open on it, which they would be in the middle of.
 */
export function performAlone(client: object, calls: readonly PrismaCall[], alone?: BeginOptions): Promise<Outcome[]> {
  if (!alone || isTransactionClient(client) || !adapterNameOf(client).includes('better-sqlite3'))
    return performCalls(client, calls)
  const { $transaction } = client as TransactionStarter
  return $transaction.call(client, (tx) => performCalls(tx, calls), { ...alone }) as Promise<Outcome[]>
}

/** Makes calls side by side. No function of ours that can do without stands in the stack of an error, which shows ten. */
export function performCalls(client: object, calls: readonly PrismaCall[]): Promise<Outcome[]> {
  const [only] = calls
  if (only && calls.length === 1) return settled(client, only).then((outcome) => [outcome])
  // All in this tick, so that Prisma can batch them.
  return Promise.all(calls.map((call) => settled(client, call))).then((outcomes) => withUnsent(client, calls, outcomes))
}

/** When one call of a batch fails, Prisma answers those after it, which it has not sent, with undefined. */
async function withUnsent(client: object, calls: readonly PrismaCall[], outcomes: Outcome[]): Promise<Outcome[]> {
  if (outcomes.every(({ ok }) => ok)) return outcomes
  for (const [index, call] of calls.entries()) {
    const outcome = outcomes[index]
    const isUnsent = outcome?.ok && outcome.value === undefined && prismaOperations.has(call.method)
    if (isUnsent) outcomes[index] = await settled(client, call)
  }
  return outcomes
}

function settled(client: object, call: PrismaCall): Promise<Outcome> {
  return call.within ? call.within(() => outcomeOf(client, call)) : outcomeOf(client, call)
}

async function outcomeOf(client: object, call: PrismaCall): Promise<Outcome> {
  try {
    return { ok: true, value: await invoke(client, call) }
  } catch (error) {
    return { ok: false, error }
  }
}
