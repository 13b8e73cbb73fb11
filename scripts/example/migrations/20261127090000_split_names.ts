import type { AsyncSession, MigrationContext } from '../../../src/index.ts'
import type { prisma } from '../db.ts'

type Client = typeof prisma

// Each page is committed by itself, together with its place: whatever stops this, the next run goes on from there.
export const transaction = 'batch'

/** "Ada King Noel" is Ada King of the Noels. The columns are there, and empty. */
export async function up(_session: AsyncSession<Client>, { batch, log }: MigrationContext<Client>): Promise<void> {
  let without = 0
  for await (const travellers of batch('Traveller', { where: { givenName: null }, size: 2000 })) {
    for (const traveller of travellers) {
      const words = traveller.name.trim().split(/\s+/)
      const familyName = words.length > 1 ? words.pop() : null
      if (!familyName) without++
      traveller.givenName = words.join(' ')
      traveller.familyName = familyName ?? null
    }
  }
  if (without > 0) log(`${without} of them have one name only`)
}

export async function down(session: AsyncSession<Client>): Promise<void> {
  await session.traveller.updateMany({ data: { givenName: null, familyName: null } })
}
