import { AsyncLocalStorage } from 'node:async_hooks'
import type { Socket } from 'node:net'

/** The connection that a transaction takes from the driver's pool, from BEGIN on. */
export class ConnectionSlot {
  #connection: Destroyable | null = null
  #isDestroyed = false

  /** Runs `begin`, and notes the connection that is taken for it. */
  during<T>(begin: () => T): T {
    return slots.run(this, begin)
  }

  take(connection: Destroyable): void {
    this.#connection = connection
    if (this.#isDestroyed) this.destroy()
  }

  /** Cuts the connection, so that its pool replaces it; without effect where it is not known. */
  destroy(): void {
    this.#isDestroyed = true
    if (this.#connection) cut(this.#connection)
    this.#connection = null
  }
}

/**
 * The `end` of PostgreSQL's driver cuts a connection whose query has no answer yet. MariaDB's waits for the answer, and its
 * `destroy` sends KILL on another connection, whose failure would end the process: there it is the socket that is destroyed.
 */
function cut(connection: Destroyable): void {
  const socket = connection.__tests?.getSocket?.()
  if (socket) socket.destroy(new Error('the session gave up its connection, on which no answer came'))
  else if (!connection.destroy) Promise.resolve(connection.end?.()).catch(() => {})
}

/**
 * Tells the slots of this file which connections an adapter's transactions take: Prisma keeps them to itself. To be called
 * before the client connects, at its first query.
 */
export function noteConnections(adapter: object | null): void {
  if (!adapter || noted.has(adapter) || !Object.isExtensible(adapter)) return
  noted.add(adapter)
  const factory = adapter as AdapterFactory
  const { connect } = factory
  factory.connect = async (...args) => {
    const connected = await connect.apply(factory, args)
    notePool(connected.underlyingDriver?.())
    return connected
  }
}

function notePool(pool: Pool | undefined): void {
  if (!pool || noted.has(pool)) return
  noted.add(pool)
  for (const name of ['connect', 'getConnection'] as const) {
    const take = pool[name]
    if (typeof take !== 'function') continue
    pool[name] = (...args) => {
      const taken = take.apply(pool, args)
      const slot = slots.getStore()
      // With a callback there is no promise; that is not how transactions take them.
      if (slot && taken instanceof Promise)
        taken.then(
          (connection) => slot.take(connection),
          () => {},
        )
      return taken
    }
  }
}

const slots = new AsyncLocalStorage<ConnectionSlot>()
const noted = new WeakSet<object>()

interface Destroyable {
  destroy?(): unknown
  end?(): unknown
  readonly __tests?: { getSocket?(): Socket | null }
}

interface AdapterFactory {
  connect(...args: unknown[]): Promise<{ underlyingDriver?(): Pool }>
}

/** `pg.Pool` has `connect`, MariaDB's `getConnection`. */
interface Pool {
  connect?(...args: unknown[]): unknown
  getConnection?(...args: unknown[]): unknown
}
