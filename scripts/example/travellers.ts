import type { Client } from '../../demo/database.ts'
import { createSession } from '../../src/index.ts'
/** Puts travellers into a database, by flushes of ten thousand. */
export async function addTravellers(client: Client, count: number): Promise<void> {
  await using session = createSession(client)
  for (let from = 0; from < count; from += portion) {
    const size = Math.min(portion, count - from)
    session.addAll(
      'Traveller',
      Array.from({ length: size }, (_, index) => ({ name: nameOf(from + index) })),
    )
    await session.flush()
    session.expungeAll()
  }
  await session.commit()
}

const portion = 10_000

/** Every hundredth has one name only. */
function nameOf(number: number): string {
  const name = given[number % given.length] as string
  return number % 100 === 99 ? name : `${name} ${family[Math.floor(number / given.length) % family.length]}`
}

const given = ['Ibn', 'Isabella', 'Xuanzang', 'Ida', 'Marco', 'Nellie', 'Zheng', 'Freya', 'James', 'Jeanne', 'Ada King']
const family = [
  'Battuta',
  'Bird',
  'Chen',
  'Pfeiffer',
  'Polo',
  'Bly',
  'He',
  'Stark',
  'Cook',
  'Baret',
  'Noel',
  'Kingsley',
]
