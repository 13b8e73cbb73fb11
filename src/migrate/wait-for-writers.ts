import { adapterNameOf, adapterOf } from '../driver/prisma-internals.js'

/**
 * Makes libsql wait for another connection that writes to the same file, as better-sqlite3 does: the command itself has
 * several, for the scripts, for the lock, and for a second runner. A `timeout` in the adapter's own options takes precedence.
 */
export async function waitForWriters(client: Closable): Promise<void> {
  const factory = adapterNameOf(client).includes('libsql') ? (adapterOf(client) as ClientFactory | null) : null
  if (typeof factory?.createClient !== 'function' || Object.hasOwn(factory, 'createClient')) return
  await client.$disconnect() // its module may have connected it; the next call connects again
  const createClient = factory.createClient.bind(factory)
  factory.createClient = (config) => createClient({ timeout: longestWait, ...config })
}

/** Milliseconds: better-sqlite3's own default. */
const longestWait = 5000

interface Closable {
  $disconnect(): Promise<void>
}

interface ClientFactory {
  createClient?(config: object): unknown
}
