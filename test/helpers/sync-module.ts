/**
 * What the worker of a synchronous test client loads: a client behind which each test puts a real one on a database of
 * its own, spied on. Starting a worker takes half a second, so that a file's tests share one.
 */
import type { PrismaClient } from './clients.js'
import { type AdapterName, connectTo, listenTo, nowhere, type SchemaName } from './clients.js'
import { type ExtensionName, extensions } from './extensions.js'
import { failingRollback } from './failing-rollback.js'
import { type Log, spyOn } from './spy.js'

const { searchParams } = new URL(import.meta.url)
const schema = searchParams.get('schema') as SchemaName
const firstAdapter = searchParams.get('adapter') as AdapterName
const extension = searchParams.get('extension') as ExtensionName | null
const log: Log & { sql: string[] } = { ops: [], wire: [], sql: [] }
let real = await connectTo(schema, firstAdapter, nowhere(firstAdapter))
let openUrl = ''
let spied = spyOn(extended(real), log)

const own: Record<string, (...args: never[]) => unknown> = {
  /** Goes over to another database, or begins afresh on the one where it is. */
  async $open(adapter: AdapterName, url: string) {
    if (url !== openUrl) {
      await real.$disconnect()
      real = await connectTo(schema, adapter, url)
      listenTo(real, (sql) => log.sql.push(sql))
      openUrl = url
    }
    spied = spyOn(extended(real), log)
    for (const list of Object.values(log)) list.length = 0
  },
  /** Has the next ROLLBACK fail. */
  $failRollback() {
    spied = failingRollback(spied)
  },
  /** What was seen since the last call. */
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
