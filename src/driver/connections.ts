import { AsyncLocalStorage } from 'node:async_hooks'

/** The connection under a transaction, once the driver adapter has begun it. */
export class ConnectionSlot {
  #connection: Destroyable | null = null

  /** Runs `begin`, and notes the connection that the adapter takes for it. */
  during<T>(begin: () => T): T {
    return slots.run(this, begin)
  }

  set(transaction: object): void {
    this.#connection = (transaction as { client?: Destroyable }).client ?? null
  }

  /** Cuts the connection by the driver's own means, so that its pool replaces it; without effect where it is not known. */
  destroy(): void {
    const connection = this.#connection
    this.#connection = null
    if (!connection) return
    const ended = connection.destroy ? connection.destroy() : connection.end?.()
    if (ended instanceof Promise) ended.catch(() => {})
  }
}

/**
 * Lets the slots of this file know the connections of an adapter's transactions: Prisma keeps them to itself. To be called
 * before the client connects, at its first query.
 */
export function noteConnections(adapter: object | null): void {
  if (!adapter || noted.has(adapter) || !Object.isExtensible(adapter)) return
  noted.add(adapter)
  const factory = adapter as Factory
  const { connect } = factory
  factory.connect = async (...args) => {
    const connected = await connect.apply(factory, args)
    const { startTransaction } = connected
    connected.startTransaction = async (...options) => {
      const transaction = await startTransaction.apply(connected, options)
      slots.getStore()?.set(transaction)
      return transaction
    }
    return connected
  }
}

const slots = new AsyncLocalStorage<ConnectionSlot>()
const noted = new WeakSet<object>()

/** MariaDB's driver has `destroy`; the `end` of PostgreSQL's cuts a connection whose query has no answer yet. */
interface Destroyable {
  destroy?(): unknown
  end?(): unknown
}

interface Factory {
  connect(...args: unknown[]): Promise<{ startTransaction(...options: unknown[]): Promise<object> }>
}
