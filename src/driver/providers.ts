import { NotImplementedError } from '../errors.js'
/** What differs between databases; `session.supports()` answers from it. */
export interface Provider {
  readonly name: string
  /** How a savepoint is made: by SQL, or by Prisma's nested `$transaction`. */
  readonly savepoint: 'sql' | 'nested'
  /** `createManyAndReturn` and `updateManyAndReturn`. */
  readonly returning: boolean
  /** After a failed statement the server refuses everything but a rollback. */
  readonly abortsOnError: boolean
  /** Values one statement may bind. */
  readonly bindLimit: number
  /** Whether the database tells 'a' from 'A' when it compares text, as JavaScript does. */
  readonly exactText: boolean
}

const providers: Readonly<Record<string, Omit<Provider, 'name'>>> = {
  sqlite: { savepoint: 'sql', returning: true, abortsOnError: false, bindLimit: 999, exactText: true },
  postgresql: { savepoint: 'sql', returning: true, abortsOnError: true, bindLimit: 32_766, exactText: true },
  cockroachdb: { savepoint: 'sql', returning: true, abortsOnError: true, bindLimit: 32_766, exactText: true },
  mysql: { savepoint: 'nested', returning: false, abortsOnError: false, bindLimit: 65_535, exactText: false },
  sqlserver: { savepoint: 'nested', returning: false, abortsOnError: false, bindLimit: 2_098, exactText: false },
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
