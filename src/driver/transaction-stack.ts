import type { BeginOptions } from './effects.js'
import { HeldTransaction } from './held-transaction.js'
/**
 * The open transaction of a session and its savepoints, innermost last. A savepoint is SQL where the database takes it,
 * else (and for clients whose query hooks would see the SQL) Prisma's nested `$transaction`.
 */
export class TransactionStack {
  readonly #levels: Level[] = []
  readonly #root: object
  readonly #isOutside: boolean
  readonly #nesting: 'sql' | 'nested'
  /** `isOutside`: the client is a transaction of somebody else's, so that even our first level is a savepoint in it. */
  constructor(root: object, isOutside: boolean, nesting: 'sql' | 'nested') {
    this.#root = root
    this.#isOutside = isOutside
    this.#nesting = nesting
  }

  /** The client that calls go to now. */
  get client(): object {
    return this.#levels.at(-1)?.client ?? this.#root
  }

  async begin(options: BeginOptions): Promise<void> {
    if (this.#isOutside) return this.savepoint()
    this.#levels.push(new HeldLevel(await opened(this.#root, options)))
  }

  async savepoint(): Promise<void> {
    const { client } = this
    if (this.#nesting === 'sql') {
      const level = new SqlSavepoint(client, `session_${++lastSavepoint}`)
      await level.open()
      this.#levels.push(level)
    } else {
      this.#levels.push(new HeldLevel(await HeldTransaction.open(client, {})))
    }
  }

  /** Ends the innermost level; the stack is rid of it even when that fails. */
  async end(how: 'commit' | 'rollback'): Promise<void> {
    await this.#levels.pop()?.[how]()
  }

  /** Rolls back everything, innermost out. */
  async rollbackAll(): Promise<void> {
    while (this.#levels.length > 1) {
      const level = this.#levels.pop()
      if (level instanceof HeldLevel) await level.rollback().catch(() => {}) // the root's rollback undoes it anyway
    }
    await this.end('rollback')
  }
}

/**
 * A pool may give out a connection that the server has closed, until the event loop has heard of it. Nothing was sent on
 * it, so that BEGIN goes out again, on another.
 */
async function opened(client: object, options: BeginOptions, attempts = 3): Promise<HeldTransaction> {
  try {
    return await HeldTransaction.open(client, options)
  } catch (error) {
    if (!isLostConnection(error) || attempts === 1) throw error
    await new Promise((resolve) => setImmediate(resolve))
    return opened(client, options, attempts - 1)
  }
}

/**
 * P1017, where the adapter knows the error; the driver's own error, which is none of Prisma's, where it does not; and
 * where the server or the driver has said why the connection is closed, that comes as the answer to BEGIN.
 */
function isLostConnection(error: unknown): boolean {
  const { code, meta } = error as { code?: unknown; meta?: { driverAdapterError?: { cause?: { code?: unknown } } } }
  if (code === 'P1017' || !/^P\d{4}$/.test(String(code))) return true
  return farewells.has(String(meta?.driverAdapterError?.cause?.code))
}

/**
 * PostgreSQL's: ended by an administrator, in a crash, after having been idle. MySQL's: shutdown, killed, idle; and what
 * MariaDB's driver makes of a socket that has closed.
 */
const farewells = new Set(['57P01', '57P02', '57P05', '1053', '1927', '4031', '45004', '45009', '45013'])

/**
 * Every savepoint of the process has a name of its own: one rolled back to still stands in the database, and several
 * stacks may stand on one transaction, each with savepoints in it.
 */
let lastSavepoint = 0

interface Level {
  readonly client: object
  commit(): Promise<void>
  rollback(): Promise<void>
}

class HeldLevel implements Level {
  readonly #held: HeldTransaction

  constructor(held: HeldTransaction) {
    this.#held = held
  }

  get client(): object {
    return this.#held.client
  }

  commit(): Promise<void> {
    return this.#held.commit()
  }

  rollback(): Promise<void> {
    return this.#held.rollback()
  }
}

class SqlSavepoint implements Level {
  readonly client: object
  readonly #name: string

  constructor(client: object, name: string) {
    this.client = client
    this.#name = name
  }

  open(): Promise<void> {
    return this.#send(`SAVEPOINT ${this.#name}`)
  }

  commit(): Promise<void> {
    return this.#send(`RELEASE SAVEPOINT ${this.#name}`)
  }

  rollback(): Promise<void> {
    return this.#send(`ROLLBACK TO SAVEPOINT ${this.#name}`)
  }

  async #send(sql: string): Promise<void> {
    await (this.client as { $executeRawUnsafe(sql: string): Promise<unknown> }).$executeRawUnsafe(sql)
  }
}
