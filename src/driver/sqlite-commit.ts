import type { Written } from './effects.js'
/**
 * To be called before Prisma's COMMIT on SQLite. When that fails, because another process reads the file or a deferred
 * foreign key is violated, Prisma's adapters leave their connection in the transaction (better-sqlite3 for ever, libsql
 * until it is collected). Sent as a statement, the same COMMIT fails like any other, and can be rolled back. Gives how
 * Prisma's own transaction is to be ended.
 */
export async function commitAsStatement(
  root: object,
  client: object,
  written: Written,
): Promise<'commit' | 'rollback'> {
  const transaction = client as RawSql
  if (!(await canFail(root, transaction, written))) return 'commit'
  try {
    await transaction.$executeRawUnsafe('COMMIT')
  } catch (error) {
    if ((error as { code?: unknown }).code === 'P2028') return 'commit' // Prisma says so itself, of its own COMMIT
    throw ownError(error)
  }
  // better-sqlite3 needs one that can be committed; libsql takes it for over, which only a rollback does not mind.
  return transaction.$executeRawUnsafe('BEGIN').then(
    () => 'commit',
    () => 'rollback',
  )
}

/** What has written nothing waits for nobody. */
async function canFail(root: object, transaction: RawSql, written: Written): Promise<boolean> {
  if (written === 'nothing') return false
  const known = failing.get(root)
  if (known || (known === false && written === 'rows')) return known
  if (written === 'anything' && (await isYes(transaction, pragma))) return true
  const answer = await isYes(transaction, file)
  failing.set(root, answer)
  return answer
}

interface RawSql {
  $queryRawUnsafe(sql: string): Promise<{ answer: unknown }[]>
  $executeRawUnsafe(sql: string): Promise<number>
}

const pragma = 'SELECT defer_foreign_keys AS answer FROM pragma_defer_foreign_keys'

/** With a write-ahead log no reader is in the way. Of Prisma's making no table has deferred keys. */
const file = `SELECT (SELECT journal_mode NOT IN ('wal', 'memory', 'off') FROM pragma_journal_mode)
  OR EXISTS (SELECT 1 FROM sqlite_schema WHERE sql LIKE '%DEFERRABLE%') AS answer`

/** By client: asked once, and again after raw SQL as long as it is not so. */
const failing = new WeakMap<object, boolean>()

/** What Prisma's own COMMIT throws: the driver adapter's error, not wrapped in one of raw SQL. */
function ownError(error: unknown): unknown {
  return (error as { meta?: { driverAdapterError?: unknown } }).meta?.driverAdapterError ?? error
}

async function isYes(transaction: RawSql, question: string): Promise<boolean> {
  const [row] = await transaction.$queryRawUnsafe(question)
  return Number(row?.answer) === 1
}
