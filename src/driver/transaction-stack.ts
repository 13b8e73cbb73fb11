import { ConnectionTimeoutError } from '../errors.js'
import { ConnectionSlot } from './connections.js'
import type { BeginOptions } from './effects.js'
import { HeldTransaction } from './held-transaction.js'
import { invoke } from './invoke.js'
/**
 * The open transaction of a session and its savepoints, innermost last. A savepoint is SQL where the database takes it,
 * else (and for clients whose query hooks would see the SQL) Prisma's nested `$transaction`.
 */
export class TransactionStack {
  readonly #levels: Level[] = []
  readonly #root: object
  readonly #isOutside: boolean
  readonly #nesting: 'sql' | 'nested'
  /** What a commit or a rollback under way has taken off. */
  #ending: readonly Level[] = []
  /** The connection of the open transaction, or of the last one. */
  #connection = new ConnectionSlot()
  #isGivenUp = false
  /** Counts how often everything was given up: what was being opened then is opened too late. */
  #givenUp = 0

  /** `isOutside`: the client is a transaction of somebody else's, so that even our first level is a savepoint in it. */
  constructor(root: object, isOutside: boolean, nesting: 'sql' | 'nested') {
    this.#root = root
    this.#isOutside = isOutside
    this.#nesting = nesting
  }

  /** The client that calls go to now. */
  get client(): object {
    if (this.#isGivenUp) throw givenUp()
    return this.#levels.at(-1)?.client ?? this.#root
  }

  async begin(options: BeginOptions): Promise<void> {
    this.#isGivenUp = false
    if (this.#isOutside) return this.savepoint()
    const connection = new ConnectionSlot()
    this.#connection = connection
    await this.#push(() => connection.during(() => opened(this.#root, options)).then(HeldLevel.of))
  }

  async savepoint(): Promise<void> {
    const { client } = this
    await this.#push(() =>
      this.#nesting === 'sql' ? SqlSavepoint.open(client) : HeldTransaction.open(client, {}).then(HeldLevel.of),
    )
  }

  async #push(open: () => Promise<Level>): Promise<void> {
    const before = this.#givenUp
    const level = await open()
    if (this.#givenUp === before) {
      this.#levels.push(level)
      return
    }
    this.#abandon([level])
    throw givenUp()
  }

  /** Ends the innermost level; the stack is rid of it even when that fails. */
  async end(how: 'commit' | 'rollback'): Promise<void> {
    if (this.#isGivenUp) throw givenUp()
    const [level] = this.#levels.splice(-1)
    if (level) await this.#while([level], level[how]())
  }

  /**
   * Rolls back everything, innermost out. Returns false where the database has not answered `within` milliseconds: the
   * connection is given up then.
   */
  async rollbackAll(within?: number): Promise<boolean> {
    this.#isGivenUp = false
    const levels = this.#levels.splice(0)
    const done = rolledBack(levels)
    if (within !== undefined && !(await settlesWithin(done, within))) {
      this.#abandon(levels)
      return false
    }
    await this.#while(levels, done)
    return true
  }

  async #while(ending: readonly Level[], done: Promise<void>): Promise<void> {
    this.#ending = ending
    try {
      await done
    } finally {
      if (this.#ending === ending) this.#ending = []
    }
  }

  /** Lets go of everything without waiting for the database; what is sent is refused until the next rollback or begin. */
  giveUp(): void {
    const open = this.#levels.splice(0)
    this.#isGivenUp = open.length > 0 // else there is nothing whose rollback would end this state
    this.#givenUp++
    this.#abandon([...open, ...this.#ending])
  }

  /** Cuts the connection, and rolls back in the background whatever the driver makes of it. */
  #abandon(levels: readonly Level[]): void {
    this.#connection.destroy()
    rolledBack(levels).catch(() => {})
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

/** Levels, outermost first. */
async function rolledBack([root, ...savepoints]: readonly Level[]): Promise<void> {
  for (const level of savepoints.reverse()) if (level instanceof HeldLevel) await level.rollback().catch(() => {}) // the root's rollback undoes it anyway
  await root?.rollback()
}

function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), ms)
    const settled = () => {
      clearTimeout(timer)
      resolve(true)
    }
    promise.then(settled, settled)
  })
}

export function givenUp(): ConnectionTimeoutError {
  return new ConnectionTimeoutError(
    'the database did not answer, and its connection was given up for a close() that waited for it: look for what is between here and the server, or raise closeTimeout where statements take longer',
  )
}

interface Level {
  readonly client: object
  commit(): Promise<void>
  rollback(): Promise<void>
}

class HeldLevel implements Level {
  static readonly of = (held: HeldTransaction) => new HeldLevel(held)
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

  static async open(client: object): Promise<SqlSavepoint> {
    const level = new SqlSavepoint(client, `session_${++lastSavepoint}`)
    await level.#send(`SAVEPOINT ${level.#name}`)
    return level
  }

  commit(): Promise<void> {
    return this.#send(`RELEASE SAVEPOINT ${this.#name}`)
  }

  rollback(): Promise<void> {
    return this.#send(`ROLLBACK TO SAVEPOINT ${this.#name}`)
  }

  async #send(sql: string): Promise<void> {
    await invoke(this.client, { delegate: null, method: '$executeRawUnsafe', args: [sql] })
  }
}
