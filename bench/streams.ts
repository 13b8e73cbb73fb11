/** What a stream costs beside pages read by hand, on every database that answers. */
import { Prisma } from '../generated/postgresql/test/client.ts'
import { absent } from '../test/helpers/absent.js'
import type { PrismaClient } from '../test/helpers/clients.js'
import { type DatabaseRow, databases, dropDatabases } from '../test/helpers/databases.js'
import { createSession, select } from './built.ts'
import { type Compared, comparePairs } from './pairs.ts'
import { printThroughput } from './print.ts'

const rows = 50_000
const page = 1000

export async function streams(): Promise<void> {
  for (const row of databases) if (!absent.has(row.name)) await streamsOf(row)
  await dropDatabases()
}

async function streamsOf(row: DatabaseRow): Promise<void> {
  const database = await row.create('test')
  const client = database.connect()
  for (let at = 0; at < rows; at += 5000) {
    const data = Array.from({ length: 5000 }, (_, index) => ({ id: at + index + 1, name: `user ${at + index}` }))
    await client.user.createMany({ data })
  }
  printThroughput(await compared(row.name, client, false), 'keyset findMany by hand', 0.9)
  printThroughput(await compared(row.name, client, true), 'keyset findMany by hand', 0.6)
  if (row.name === 'postgresql') printThroughput(await comparedRaw(client), 'DECLARE and FETCH by hand', 0.9)
  await database.release(client)
  await database.drop()
}

function compared(name: string, client: PrismaClient, track: boolean): Promise<Compared> {
  return comparePairs(
    `stream of ${rows} ${track ? 'tracked entities' : 'plain rows'} on ${name}, ${page} to a page`,
    { ours: () => streamed(client, select('User'), track), theirs: () => paged(client) },
    { calls: 1, pairs: 15, warmUp: 5 },
  )
}

function comparedRaw(client: PrismaClient): Promise<Compared> {
  return comparePairs(
    `stream of ${rows} rows of raw SQL on postgresql, ${page} to a page`,
    {
      ours: () => streamed(client, Prisma.sql`SELECT * FROM "User" WHERE id > ${0}`, false),
      theirs: () => fetched(client),
    },
    { calls: 1, pairs: 15, warmUp: 5 },
  )
}

async function streamed(client: PrismaClient, statement: object, track: boolean): Promise<void> {
  await using session = createSession(client)
  let seen = 0
  for await (const _ of await session.streamScalars(statement, { yieldPer: page, track })) seen++
  check(seen)
}

async function paged(client: PrismaClient): Promise<void> {
  await client.$transaction(
    async (tx) => {
      let seen = 0
      for (let last = 0; ; ) {
        const users = await tx.user.findMany({ where: { id: { gt: last } }, orderBy: { id: 'asc' }, take: page })
        for (const user of users) {
          last = user.id
          seen++
        }
        if (users.length < page) break
      }
      check(seen)
    },
    { timeout: 60_000 },
  )
}

async function fetched(client: PrismaClient): Promise<void> {
  await client.$transaction(
    async (tx) => {
      let seen = 0
      await tx.$executeRaw`DECLARE by_hand NO SCROLL CURSOR FOR SELECT * FROM "User" WHERE id > ${0}`
      for (;;) {
        const users = await tx.$queryRawUnsafe<object[]>(`FETCH FORWARD ${page} FROM by_hand`)
        for (const _ of users) seen++
        if (users.length < page) break
      }
      check(seen)
    },
    { timeout: 60_000 },
  )
}

function check(seen: number): void {
  if (seen !== rows) throw new Error(`${seen} rows were read, not ${rows}`)
}
