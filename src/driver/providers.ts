import { NotImplementedError } from '../errors.js'
/** What differs between databases; `session.supports()` answers from it. */
export interface Provider {
  readonly name: string
  /** How a savepoint is made: by SQL, or by Prisma's nested `$transaction`. */
  readonly savepoint: 'sql' | 'nested'
  /** How `SELECT … FOR UPDATE` is spelled; null where there are no row locks: SQLite locks the whole file. */
  readonly rowLock: RowLock | null
  /** `DECLARE CURSOR` and `FETCH` inside a transaction. */
  readonly cursor: boolean
  /** Where NULL stands when rows are ordered ascending. */
  readonly nulls: 'first' | 'last'
  /** What `isolationLevel` takes, in Prisma's words. */
  readonly isolationLevels: readonly string[]
  /** `createManyAndReturn` and `updateManyAndReturn`. */
  readonly returning: boolean
  /** What a failed statement leaves of the transaction: in PostgreSQL nothing but a rollback. */
  readonly afterError: 'aborted' | 'open'
  /** What a deadlock or a serialization failure leaves: on MySQL and SQL Server not even the savepoints. */
  readonly afterConflict: 'open' | 'over'
  /** DDL commits the transaction that it is sent in. */
  readonly implicitCommit: boolean
  /** How to find out whether a transaction is still there. */
  readonly probe: 'begin' | 'savepoint'
  /** Values one statement may bind. */
  readonly bindLimit: number
  /** Whether the database tells 'a' from 'A' when it compares text, as JavaScript does. */
  readonly exactText: boolean
}

/** The locking clauses of a dialect, and the quotes around its names. */
export interface RowLock {
  readonly quote: '"' | '`'
  readonly update: string
  readonly share: string
  /** Plain reads see the transaction's snapshot, under the default isolation level, and locking reads what is newest. */
  readonly readsSnapshot: boolean
}

const ansiLevels = ['ReadUncommitted', 'ReadCommitted', 'RepeatableRead', 'Serializable']

const postgresql: Omit<Provider, 'name'> = {
  savepoint: 'sql',
  rowLock: { quote: '"', update: 'FOR UPDATE', share: 'FOR SHARE', readsSnapshot: false },
  cursor: true,
  nulls: 'last',
  isolationLevels: ansiLevels,
  returning: true,
  afterError: 'aborted',
  afterConflict: 'open',
  implicitCommit: false,
  probe: 'savepoint',
  bindLimit: 32_766,
  exactText: true,
}

/** Another database is another row. */
const providers: Readonly<Record<string, Omit<Provider, 'name'>>> = {
  sqlite: {
    savepoint: 'sql',
    rowLock: null,
    cursor: false,
    nulls: 'first',
    isolationLevels: ['Serializable'],
    returning: true,
    afterError: 'open',
    afterConflict: 'open',
    implicitCommit: false,
    probe: 'begin',
    bindLimit: 999,
    exactText: true,
  },
  postgresql,
  cockroachdb: { ...postgresql, cursor: false, nulls: 'first' },
  mysql: {
    savepoint: 'nested',
    // LOCK IN SHARE MODE is what MariaDB and every MySQL understand.
    rowLock: { quote: '`', update: 'FOR UPDATE', share: 'LOCK IN SHARE MODE', readsSnapshot: true },
    cursor: false,
    nulls: 'first',
    isolationLevels: ansiLevels,
    returning: false,
    afterError: 'open',
    afterConflict: 'over',
    probe: 'savepoint',
    implicitCommit: true,
    bindLimit: 65_535,
    exactText: false,
  },
  sqlserver: {
    savepoint: 'nested',
    rowLock: null,
    cursor: false,
    nulls: 'first',
    isolationLevels: [...ansiLevels, 'Snapshot'],
    returning: false,
    afterError: 'open',
    afterConflict: 'over',
    probe: 'savepoint',
    implicitCommit: false,
    bindLimit: 2_098,
    exactText: false,
  },
}

export function providerNamed(name: string, adapterName: string): Provider {
  const found = providers[name]
  if (!found || adapterName.includes('d1')) {
    const what = found ? 'Cloudflare D1' : name
    throw new NotImplementedError(
      `${what} has no interactive transactions, which a session is made of: use SQLite (better-sqlite3, libsql), PostgreSQL or MySQL/MariaDB`,
    )
  }
  return { name, ...found }
}
