/**
 * The module that the worker of a synchronous test client loads: a client that stays, and moves to the database of each
 * test. It records what reaches it.
 */
import { type AdapterName, listenTo, nowhere, type PrismaClient, poolOf, type SchemaName } from './clients.js'
import { type ExtensionName, extensions } from './extensions.js'
import { failingRollback } from './failing-rollback.js'
import { type Log, spyOn } from './spy.js'

const { searchParams } = new URL(import.meta.url)
const schema = searchParams.get('schema') as SchemaName
const adapter = searchParams.get('adapter') as AdapterName
const extension = searchParams.get('extension') as ExtensionName | null
const log: Log & { sql: string[] } = { ops: [], wire: [], sql: [] }
const pool = await poolOf(schema, adapter)
let openUrl = nowhere(adapter)
let real = pool.take(openUrl)
let spied = spyOn(extended(real), log)

const own: Record<string, (...args: never[]) => unknown> = {
  /** Moves to another database, or starts over on the same one. */
  async $open(url: string) {
    if (url !== openUrl) {
      await pool.release(real)
      real = pool.take(url)
      listenTo(real, (sql) => log.sql.push(sql))
      openUrl = url
    }
    spied = spyOn(extended(real), log)
    for (const list of Object.values(log)) list.length = 0
  },
  /** Makes the next ROLLBACK fail. */
  $failRollback() {
    spied = failingRollback(spied)
  },
  /** Returns what was recorded since the last call. */
  $spied() {
    return { ops: log.ops.splice(0), wire: log.wire.splice(0), sql: log.sql.splice(0) }
  },
}

export const prisma = new Proxy({} as PrismaClient, {
  get: (_, name) => own[name as string] ?? Reflect.get(spied, name),
  has: (_, name) => name in own || Reflect.has(spied, name),
  ownKeys: () => [...Reflect.ownKeys(spied), ...Object.keys(own)],
  getOwnPropertyDescriptor: (_, name) => ({
    value: own[name as string] ?? Reflect.get(spied, name),
    enumerable: !String(name).startsWith('$'),
    configurable: true,
  }),
})

function extended(client: PrismaClient): PrismaClient {
  return extension === null ? client : (extensions[extension](client) as unknown as PrismaClient)
}
