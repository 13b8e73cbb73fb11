/**
 * `npm run demo`: what the library does, shown with the countries of the world.
 * `npm run demo -- some.db` makes the databases there, the second as some-sync.db.
 */
import { relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createSession } from '../src/index.ts'
import { type Client, connect, createDatabase } from './database.ts'
import { takeMigrationTour } from './migration-tour.ts'
import { inTime, printLine, printTitle } from './print.ts'
import { Stage } from './stage.ts'
import { StatementLog } from './statements.ts'
import { takeSyncTour } from './sync-tour.ts'
import { takeTour } from './tour.ts'
import { readWorld } from './world.ts'

const file = resolve(process.argv[2] ?? fileURLToPath(new URL('../.tmp/demo.db', import.meta.url)))
const syncFile = file.replace(/(\.db)?$/, '-sync.db')
const world = readWorld()
await createDatabase(file)
const prisma = connect(file)
const outside = connect(file)
const log = new StatementLog()
prisma.$on('query', (statement) => log.add(statement))

printTitle('prisma-session-proxy: a unit of work for Prisma')
printLine(`data      ${world.length} countries from the npm package world-countries`)
printLine(`databases ${relative('', file)} and ${relative('', syncFile)}, made anew`)

const begun = performance.now()
{
  await using session = createSession(prisma)
  session.on('afterBegin', () => log.add({ query: 'BEGIN', params: '[]' })) // Prisma's log leaves it out
  const tour = { session, stage: new Stage(log), log, world, outside }
  await takeTour(tour)
  await takeSyncTour(tour, syncFile)
  await takeMigrationTour(tour, file)
}
printTitle(`Done: ${log.count} statements on the first in ${inTime(performance.now() - begun)}`)
printLine(`rows now  ${await countTables(outside)}`)
printLine(`database  ${relative('', file)}`)
await prisma.$disconnect()
await outside.$disconnect()

async function countTables({
  region,
  subregion,
  country,
  language,
  currency,
  tender,
  traveller,
}: Client): Promise<string> {
  const counts = {
    Region: await region.count(),
    Subregion: await subregion.count(),
    Country: await country.count(),
    Language: await language.count(),
    Currency: await currency.count(),
    Tender: await tender.count(),
    Traveller: await traveller.count(),
  }
  return Object.entries(counts)
    .map((entry) => entry.join(' '))
    .join(', ')
}
