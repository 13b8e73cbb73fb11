/**
 * One body per behaviour, run in every mode and on every database. A new mode or database is a new row of a table.
 *
 * SQLite has one writer: while a session has an open transaction that has written, write through no other client of the
 * same file; and a transaction that has read cannot write any more once another client has written.
 */
import type { ExecutionContext } from 'ava'
import {
  type AsyncSession,
  createSession,
  type SessionEvent,
  type SessionOptions,
  type SyncSession,
} from '../../src/index.js'
import { listenTo, type PrismaClient, type SchemaName } from './clients.js'
import { type Database, type DatabaseName, type DatabaseRow, databases } from './databases.js'
import { type Extended, type ExtensionName, extensions } from './extensions.js'
import { type Log, type Op, spyOn } from './spy.js'
import { parseWrite, type Write } from './sql.js'
import { giveSyncClient, takeSyncClient } from './sync-clients.js'
import { type ModeName, testOn } from './test-on.js'

export type { Op } from './spy.js'
export type { Write } from './sql.js'
export type TestSession = AsyncSession<PrismaClient>

export interface Recorded {
  readonly event: SessionEvent
  readonly payload: Readonly<Record<string, unknown>>
}

export interface Context {
  readonly mode: string
  readonly database: string
  /** A session with the default options (or `options.session`) over a fresh database. */
  readonly s: TestSession
  /** The client under the sessions: a spy around a real PrismaClient. */
  readonly client: PrismaClient
  /** A client of its own on the same database, for looking and for preparing rows. Sees committed rows only. */
  readonly raw: PrismaClient
  /** Another session over `client`. */
  session(options?: SessionOptions): TestSession
  /** A session over a second client on the same database. */
  other(options?: SessionOptions): TestSession
  /** The client, or another on the same database, extended in the module that makes it. */
  extended<N extends ExtensionName>(name: N): Extended<N>
  /** Prisma operations that reached the client since the last `clear()`; no BEGIN and its kind. */
  ops(): Op[]
  /** BEGIN, COMMIT, ROLLBACK, SAVEPOINT, RELEASE, ROLLBACK TO, in the order sent. */
  wire(): string[]
  /** SQL as `$on('query')` reports it. */
  sql(): string[]
  /** The statements of `sql()` that wrote. */
  writes(): Write[]
  /** `writes()` as words: `['INSERT User', 'UPDATE Post']`. */
  written(): string[]
  clear(): void
  /** The operations sent while `work` ran. */
  opsDuring(work: () => unknown): Promise<Op[]>
  /** A list that fills as these events happen. */
  events(session: TestSession, names: readonly SessionEvent[]): Recorded[]
}

export interface BehaviourOptions {
  /** Only in these modes. */
  modes?: readonly ModeName[]
  databases?: readonly DatabaseName[]
  /** Options of `x.s`. */
  session?: SessionOptions
  /** Which schema of prisma/. Default 'test'. */
  schema?: SchemaName
}

interface ModeRow {
  readonly name: ModeName
  /** A client of the mode on the database, that tells what reaches it. */
  connect(database: Database, schema: SchemaName): SpiedClient
}

interface SpiedClient {
  readonly client: PrismaClient
  /** What was seen since the last call. */
  seen(): SpyLog
  release(): unknown
}

type SpyLog = Log & { sql: string[] }

/** The client's own `$transaction(fn)`, with what `inOrder` makes as `fn`. */
export function inClientTransaction(x: Context, fn: (tx: PrismaClient) => unknown): unknown {
  return (x.client as unknown as { $transaction(fn: (tx: PrismaClient) => unknown): unknown }).$transaction(fn)
}

/** The session of a body that runs in sync mode only, by its type there. */
export function inSync(session: TestSession): SyncSession<PrismaClient> {
  return session as unknown as SyncSession<PrismaClient>
}

/** Another mode is another row. */
const modes: readonly ModeRow[] = [
  { name: 'async', connect: connectAsync },
  { name: 'sync', connect: connectSync },
]

export function behaviour(
  title: string,
  body: (t: ExecutionContext, x: Context) => Promise<void>,
  options: BehaviourOptions = {},
): void {
  for (const mode of modes) {
    if (options.modes && !options.modes.includes(mode.name)) continue
    for (const database of databases) {
      if (options.databases && !options.databases.includes(database.name)) continue
      testOn({ name: database.name, mode: mode.name }, `${title} [${mode.name}, ${database.name}]`, async (t) => {
        await body(t, await open(t, mode, database, options))
      })
    }
  }
}

async function open(t: ExecutionContext, mode: ModeRow, row: DatabaseRow, options: BehaviourOptions): Promise<Context> {
  const schema = options.schema ?? 'test'
  const database = await row.create(schema)
  const log: SpyLog = { ops: [], wire: [], sql: [] }
  const sessions: TestSession[] = []
  const releases: (() => unknown)[] = []
  t.teardown(async () => {
    const failures: unknown[] = []
    const attempt = (work: () => unknown) =>
      Promise.resolve()
        .then(work)
        .catch((error) => failures.push(error))
    for (const session of sessions.reverse()) await attempt(() => session.close())
    for (const release of releases) await attempt(release)
    await attempt(() => database.drop())
    if (failures.length > 0) throw failures[0]
  })

  const spied = lazily(() => {
    const made = mode.connect(database, schema)
    releases.push(made.release)
    return made
  })
  /** Everything seen so far. */
  const seen = (): SpyLog => {
    const more = spied.isMade ? spied().seen() : { ops: [], wire: [], sql: [] }
    log.ops.push(...more.ops)
    log.wire.push(...more.wire)
    log.sql.push(...more.sql)
    return log
  }
  const openOn = (client: PrismaClient, sessionOptions: SessionOptions | undefined) => {
    const session = createSession(client, sessionOptions)
    sessions.push(session)
    return session
  }
  const client = () => spied().client
  const raw = lazily(() => {
    const made = database.connect()
    releases.push(() => database.release(made))
    return made
  })
  const second = lazily(() => {
    const made = mode.connect(database, schema)
    releases.push(made.release)
    return made.client
  })
  const s = lazily(() => openOn(client(), options.session))
  const writes = () =>
    seen()
      .sql.map(parseWrite)
      .filter((write) => write !== null)

  return {
    mode: mode.name,
    database: row.name,
    get s() {
      return s()
    },
    get client() {
      return client()
    },
    get raw() {
      return raw()
    },
    session: (sessionOptions) => openOn(client(), sessionOptions),
    other: (sessionOptions) => openOn(second(), sessionOptions),
    extended: (name) => {
      if (mode.name === 'async') return extensions[name](client()) as Extended<typeof name>
      const made = connectSync(database, schema, name)
      releases.push(made.release)
      return made.client as unknown as Extended<typeof name>
    },
    ops: () => [...seen().ops],
    wire: () => [...seen().wire],
    sql: () => [...seen().sql],
    writes,
    written: () => writes().map(({ verb, table }) => `${verb} ${table}`),
    clear: () => {
      for (const list of Object.values(seen())) list.length = 0
    },
    opsDuring: async (work) => {
      const before = seen().ops.length
      await work()
      return seen().ops.slice(before)
    },
    events: (session, names) => {
      const list: Recorded[] = []
      for (const event of names) {
        session.on(event, (payload: object) => {
          list.push({ event, payload: payload as Recorded['payload'] })
        })
      }
      return list
    },
  }
}

function connectAsync(database: Database): SpiedClient {
  const log: SpyLog = { ops: [], wire: [], sql: [] }
  const real = database.connect()
  listenTo(real, (sql) => log.sql.push(sql))
  return {
    client: spyOn(real, log),
    seen: () => ({ ops: log.ops.splice(0), wire: log.wire.splice(0), sql: log.sql.splice(0) }),
    release: () => database.release(real),
  }
}

/** Typed as the asynchronous one: bodies await what they are given. */
function connectSync({ adapter, url }: Database, schema: SchemaName, extension?: ExtensionName): SpiedClient {
  const kind = { schema, adapter, ...(extension && { extension }) }
  const client = takeSyncClient(kind, url)
  return {
    client: client as unknown as PrismaClient,
    seen: () => client.$spied(),
    release: () => giveSyncClient(kind, client),
  }
}

interface Lazy<T> {
  (): T
  readonly isMade: boolean
}

function lazily<T>(make: () => T): Lazy<T> {
  let made: { value: T } | undefined
  const get = () => {
    made ??= { value: make() }
    return made.value
  }
  return Object.defineProperty(get, 'isMade', { get: () => made !== undefined }) as Lazy<T>
}
