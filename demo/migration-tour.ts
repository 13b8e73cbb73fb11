import { prismaSession } from '../scripts/example/command.ts'
import { addTravellers } from '../scripts/example/travellers.ts'
import type { Client } from './database.ts'
import type { Tour } from './tour.ts'

/** The command: a script of scripts/example takes 100 000 names apart, page by page. */
export async function takeMigrationTour({ session, stage, outside }: Tour, file: string): Promise<void> {
  stage.step('Migration scripts: prisma-session migrate up')
  await stage.run(`await addTravellers(prisma, ${count})`, () => addTravellers(session.getBind() as Client, count))
  const code = await prismaSession(file, 'migrate', 'up')
  if (code !== 0) throw new Error(`prisma-session migrate up ended with exit code ${code}`)
  const split = await outside.traveller.count({ where: { familyName: 'Noel' } })
  stage.value("travellers of the name 'Noel'", split)
}

const count = 100_000
