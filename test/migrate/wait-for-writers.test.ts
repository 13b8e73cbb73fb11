// How long connections of the command wait for another one that writes to the same file.
import { PrismaLibSql } from '@prisma/adapter-libsql'
import { PrismaClient } from '../../generated/test/client.ts'
import { waitForWriters } from '../../src/migrate/wait-for-writers.js'
import { connectTo } from '../helpers/clients.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'

async function timeoutOf(client: Pick<PrismaClient, '$queryRawUnsafe'>): Promise<number> {
  const [row] = await client.$queryRawUnsafe<{ timeout: unknown }[]>('PRAGMA busy_timeout')
  return Number(row?.timeout)
}

for (const row of databases.filter(({ name }) => name === 'libsql' || name === 'better-sqlite3'))
  testOn(row, `connections wait five seconds for another one that writes [${row.name}]`, async (t) => {
    const database = await row.create('test')
    const client = await connectTo('test', row.name, database.url)
    t.teardown(async () => {
      await client.$disconnect()
      await database.drop()
    })
    await client.$connect()
    for (let times = 0; times < 2; times++) await waitForWriters(client) // commands of one process share a client
    t.is(await timeoutOf(client), 5000)
    await client.$transaction(async (tx) => t.is(await timeoutOf(tx), 5000))
    t.is(await timeoutOf(client), 5000)
  })

for (const row of databases.filter(({ name }) => name === 'libsql'))
  testOn(row, "the timeout of the adapter's own options is kept", async (t) => {
    const database = await row.create('test')
    const client = new PrismaClient({ adapter: new PrismaLibSql({ url: database.url, timeout: 70 }) })
    t.teardown(async () => {
      await client.$disconnect()
      await database.drop()
    })
    await waitForWriters(client)
    t.is(await timeoutOf(client), 70)
  })
