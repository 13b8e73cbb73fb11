/**
 * npm run bench -- scale [database] [words]: the time per object of what programs do with many, at 10³, 10⁴ and 10⁵ of
 * them. It may grow by half from the first to the last, which is what larger heaps and tables cost; a search through a
 * list for each of its members shows as a factor of ten or more. Each run has a session of its own, prepares its rows in
 * its transaction, is timed from there on, and is rolled back. Words choose the operations whose names hold them.
 *
 * The time is the processor's, of this process: what else the machine does matters less to that. It holds the work of
 * SQLite, and of a server only what the session does.
 */
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { PrismaClient } from '../../test/helpers/clients.js'
import { type DatabaseName, databases, dropDatabases } from '../../test/helpers/databases.js'
import { createSession } from '../built.ts'
import { spread } from '../pairs.ts'
import { indexes, schemas, type Work, works } from './works.ts'

/** Small ones are over in milliseconds, and take more runs to say something. */
const sizes: readonly { readonly objects: number; readonly runs: number }[] = [
  { objects: 1000, runs: 11 },
  { objects: 10_000, runs: 3 },
  { objects: 100_000, runs: 1 },
]

const mostGrowth = 1.5

export async function scale(words: readonly string[] = process.argv.slice(3)): Promise<void> {
  const database = databases.find(({ name }) => name === words[0])?.name ?? 'better-sqlite3'
  const wanted = words.filter((word) => word !== database)
  const chosen = works.filter(({ name }) => wanted.every((word) => name.includes(word)))
  console.log(`microseconds of the processor for each object (${database})\n`)
  console.log(line('', ...sizes.map(({ objects }) => String(objects)), 'growth'))
  for (const schema of schemas) await measured(database, schema, chosen)
  await dropDatabases()
}

async function measured(name: DatabaseName, schema: Work['schema'], all: readonly Work[]): Promise<void> {
  const row = databases.find((each) => each.name === name) as (typeof databases)[number]
  const database = await row.create(schema, 'scale')
  const client = database.connect()
  if (name !== 'mariadb') for (const sql of indexes[schema]) await client.$executeRawUnsafe(sql)
  for (const work of all.filter((each) => each.schema === schema)) {
    const times: number[] = []
    for (const { objects, runs } of sizes) times.push(await timePerObject(client, work, objects, runs))
    const growth = (times.at(-1) as number) / (times[0] as number)
    const verdict = growth <= mostGrowth ? '' : `   MISSED: at most ${mostGrowth} ×`
    if (verdict) process.exitCode = 1
    console.log(line(work.name, ...times.map((time) => time.toFixed(2)), growth.toFixed(2)) + verdict)
  }
  await database.release(client)
  await database.drop()
}

async function timePerObject(client: PrismaClient, work: Work, objects: number, runs: number): Promise<number> {
  const times: number[] = []
  const warmUp = objects === sizes[0]?.objects ? 20 : 0
  for (let run = -warmUp; run < runs; run++) {
    const time = await once(client, work, objects)
    if (run >= 0) times.push(time / objects)
  }
  return spread(times).median
}

async function once(client: PrismaClient, work: Work, objects: number): Promise<number> {
  await using session = createSession(client, { timeout: 600_000 })
  await session.connection()
  let begin = process.cpuUsage()
  await work.run(session, objects, () => {
    collectGarbage() // what was prepared is not the work's to clear away
    begin = process.cpuUsage()
  })
  const { user, system } = process.cpuUsage(begin)
  await session.rollback()
  return user + system
}

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function line(name: string, ...figures: readonly string[]): string {
  return name.padEnd(62) + figures.map((figure) => figure.padStart(10)).join('')
}
