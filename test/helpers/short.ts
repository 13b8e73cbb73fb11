import { type DatabaseName, databases } from './databases.js'

const isShort = process.env.TESTS === 'short'

/**
 * With TESTS=short, for a slow machine: what is to be said of SQLite is said on better-sqlite3, and a bridge is the same
 * whatever server is behind it. Bodies that name their databases run on all of them.
 */
export function isLeftOut(mode: 'async' | 'sync', database: DatabaseName): boolean {
  return isShort && (database === 'libsql' || (database === 'mariadb' && mode === 'sync'))
}

export const syncDatabases = databases.filter(({ name }) => !isLeftOut('sync', name))
