/** What a flush costs beside SQL written by hand, Prisma's own operations, and other unit-of-work mappers. */
import { absent } from '../../test/helpers/absent.js'
import { databases, dropDatabases, type PrismaClient } from '../../test/helpers/databases.js'
import { print } from '../print.ts'
import { byHand } from './by-hand.ts'
import { rows, unitsOfWork } from './units.ts'
import { measureWays, type Measured, type Way } from './ways.ts'

export async function flushes(rounds = 9): Promise<void> {
  for (const name of ['better-sqlite3', 'postgresql'] as const) {
    if (absent.has(name)) continue
    const row = databases.find((each) => each.name === name) as (typeof databases)[number]
    const database = await row.create('test')
    const client = database.connect()
    await fill(client)
    const units = unitsOfWork(client, byHand[name])
    for (const [kind, { name: title, session, byHand: hand, many, loop }] of Object.entries(units)) {
      if (process.env.ONLY && kind !== process.env.ONLY) continue
      const ways: Record<string, Way> = { session, ...(hand && { 'by hand': hand }), ...(many && { many }), loop }
      const measured = await measureWays(ways, kind === 'one' ? 301 : rounds)
      report(`${title}, ${name}`, measured)
    }
    await database.release(client)
    await database.drop()
  }
  await dropDatabases()
}

function report(title: string, measured: Record<string, Measured>): void {
  const parts = Object.entries(measured).map(([name, { time, ratio }]) => `${name} ${time.median.toFixed(1)} ms (${time.min.toFixed(1)}–${time.max.toFixed(1)}) x${ratio.median.toFixed(2)}`)
  print(title, parts.join(', '))
}

async function fill(client: PrismaClient): Promise<void> {
  const ids = Array.from({ length: rows }, (_, index) => index + 1)
  await client.user.createMany({ data: ids.map((id) => ({ id, name: `user ${id}` })) })
  await client.post.createMany({ data: ids.map((id) => ({ id, title: `post ${id}`, authorId: id })) })
  // Keys given by hand do not move PostgreSQL's sequences.
  for (const table of ['User', 'Post']) await client.$executeRawUnsafe(`SELECT setval(pg_get_serial_sequence('"${table}"', 'id'), 100000)`).catch(() => {})
}
