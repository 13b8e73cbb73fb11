import type { ExecutionContext } from 'ava'
import { connectTo, type PrismaClient } from './clients.js'
import type { databases } from './databases.js'
import { TcpProxy } from './tcp-proxy.js'

export interface BehindProxy {
  readonly proxy: TcpProxy
  /** Through the proxy, with a pool of its own. */
  readonly client: PrismaClient
  /** Past it. */
  readonly raw: PrismaClient
  readonly url: string
}

/** A clean database with a proxy before its server. The client connects at its first query. */
export async function behindProxy(t: ExecutionContext, row: (typeof databases)[number]): Promise<BehindProxy> {
  const database = await row.create('test')
  const url = new URL(database.url)
  const proxy = await TcpProxy.before(Number(url.port))
  url.port = String(proxy.port)
  const client = await connectTo('test', row.name, url.href)
  const raw = database.connect()
  t.teardown(async () => {
    await client.$disconnect()
    await proxy.close()
    await database.release(raw)
    await database.drop()
  })
  return { proxy, client, raw, url: url.href }
}
