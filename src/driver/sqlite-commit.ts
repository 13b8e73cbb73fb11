import type { Written } from './effects.js'
import { invoke } from './invoke.js'
import { adapterNameOf } from './prisma-internals.js'
/**
 * To be called before Prisma's COMMIT on SQLite. When that fails, because a deferred foreign key is violated or another
 * process reads the file, Prisma's adapters leave their connection in the transaction: better-sqlite3 for ever, libsql in
 * the first case and until it is collected. Sent as a statement, the same COMMIT fails like any other, and can be rolled
 * back; but for a file in use on libsql, where it would keep the file locked. Gives how Prisma's own transaction is to be
 * ended.
 */
export async function commitAsStatement(
  root: object,
  client: object,
  written: Written,
): Promise<'commit' | 'rollback'> {
  if (!(await canFail(root, client, written))) return 'commit'
  try {
    await execute(client, 'COMMIT')
  } catch (error) {
    if ((error as { code?: unknown }).code === 'P2028') return 'commit' // Prisma says so itself, of its own COMMIT
    throw ownError(error)
  }
  // better-sqlite3 needs one that can be committed; libsql takes it for over, which only a rollback does not mind.
  return execute(client, 'BEGIN').then(
    () => 'commit',
    () => 'rollback',
  )
}

/** What has written nothing waits for nobody. */
async function canFail(root: object, client: object, written: Written): Promise<boolean> {
  if (written === 'nothing') return false
  const known = files.get(root)
  if (known?.isJournal) return true
  if (written === 'anything' && (await ask(client, pragma)).isDeferring) return true
  if (known && written === 'rows') return known.isDeferring
  const { isDeferring, isJournal } = await ask(client, question)
  const file = { isDeferring, isJournal: isJournal && adapterNameOf(root).includes('better-sqlite3') }
  files.set(root, file)
  return file.isJournal || file.isDeferring
}

interface FileFacts {
  /** A rollback journal: readers are in the way of COMMIT. With a write-ahead log they are not. */
  readonly isJournal: boolean
  /** A table has deferred keys. Of Prisma's making none has. */
  readonly isDeferring: boolean
}

/** By client: what raw SQL has not changed since. */
const files = new WeakMap<object, FileFacts>()

const pragma = 'SELECT defer_foreign_keys AS "isDeferring", 0 AS "isJournal" FROM pragma_defer_foreign_keys'

const question = `SELECT
  (SELECT journal_mode NOT IN ('wal', 'memory', 'off') FROM pragma_journal_mode) AS "isJournal",
  EXISTS (SELECT 1 FROM sqlite_schema WHERE sql LIKE '%DEFERRABLE%') AS "isDeferring"`

function execute(client: object, sql: string): Promise<unknown> {
  return invoke(client, { delegate: null, method: '$executeRawUnsafe', args: [sql] })
}

async function ask(client: object, sql: string): Promise<FileFacts> {
  const call = { delegate: null, method: '$queryRawUnsafe', args: [sql] }
  const [row] = (await invoke(client, call)) as Readonly<Record<keyof FileFacts, unknown>>[]
  return { isJournal: Number(row?.isJournal) === 1, isDeferring: Number(row?.isDeferring) === 1 }
}

/** What Prisma's own COMMIT throws: the driver adapter's error, not wrapped in one of raw SQL. */
function ownError(error: unknown): unknown {
  return (error as { meta?: { driverAdapterError?: unknown } }).meta?.driverAdapterError ?? error
}
