import type { Written } from './effects.js'
/**
 * To be called before Prisma's COMMIT on SQLite. When a foreign key that was deferred fails at COMMIT, Prisma's adapters
 * leave their connection in the transaction (better-sqlite3 for ever, libsql until it is collected). Sent as a statement,
 * the same COMMIT fails like any other, and can be rolled back. Gives how Prisma's own transaction is to be ended.
 */
export async function commitDeferred(root: object, client: object, written: Written): Promise<'commit' | 'rollback'> {
  const transaction = client as RawSql
  if (!(await isDeferring(root, transaction, written))) return 'commit'
  await transaction.$executeRawUnsafe('COMMIT').catch((error: unknown) => {
    throw ownError(error)
  })
  // better-sqlite3 needs one that can be committed; libsql takes it for over, which only a rollback does not mind.
  return transaction.$executeRawUnsafe('BEGIN').then(
    () => 'commit',
    () => 'rollback',
  )
}

async function isDeferring(root: object, transaction: RawSql, written: Written): Promise<boolean> {
  if (written === 'nothing') return false
  if (written === 'anything' && (await isYes(transaction, pragma))) return true
  const known = written === 'rows' ? declaring.get(root) : undefined
  if (known !== undefined) return known
  const answer = await isYes(transaction, tables)
  declaring.set(root, answer)
  return answer
}

interface RawSql {
  $queryRawUnsafe(sql: string): Promise<{ answer: unknown }[]>
  $executeRawUnsafe(sql: string): Promise<number>
}

const pragma = 'SELECT defer_foreign_keys AS answer FROM pragma_defer_foreign_keys'
const tables = `SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE sql LIKE '%DEFERRABLE%') AS answer`

/** Whether a table has such keys: of Prisma's making none has, so that one answer does for all that Prisma writes. */
const declaring = new WeakMap<object, boolean>()

/** What Prisma's own COMMIT throws: the driver adapter's error, not wrapped in one of raw SQL. */
function ownError(error: unknown): unknown {
  return (error as { meta?: { driverAdapterError?: unknown } }).meta?.driverAdapterError ?? error
}

async function isYes(transaction: RawSql, question: string): Promise<boolean> {
  const [row] = await transaction.$queryRawUnsafe(question)
  return Number(row?.answer) === 1
}
