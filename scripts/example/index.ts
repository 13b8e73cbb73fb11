/**
 * `npm run example`: migration scripts on the demo's database, with 100 000 rows to take apart.
 * `npm run example -- 5000` takes fewer.
 */
import { createDatabase } from '../../demo/database.ts'
import { prismaSession } from './command.ts'
import { file, prisma } from './db.ts'
import { addTravellers } from './travellers.ts'

const count = Number(process.argv[2] ?? 100_000)
await createDatabase(file)
await addTravellers(prisma, count)
await prisma.$disconnect()

for (const verb of ['status', 'up', 'status']) {
  console.log(`\n$ prisma-session migrate ${verb}`)
  process.exitCode = (await prismaSession(file, 'migrate', verb)) ?? 1
}
