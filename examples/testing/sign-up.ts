import type { PrismaClient } from '../../generated/test/client.ts'
import type { AsyncSession } from '../../src/index.ts' // an application writes 'prisma-session-proxy'

/** The code under test: it commits as it likes, and knows of no test. */
export async function signUp(session: AsyncSession<PrismaClient>, name: string, email: string) {
  const user = session.add('User', { name, email })
  session.add('Profile', { bio: `${name} is new here`, user })
  await session.commit()
  return user
}

/** Gives null where the address is taken, and leaves the session ready for more. */
export async function trySignUp(session: AsyncSession<PrismaClient>, name: string, email: string) {
  try {
    return await signUp(session, name, email)
  } catch (error) {
    await session.rollback()
    if ((error as { code?: unknown }).code !== 'P2002') throw error
    return null
  }
}

/** Code that was written for Prisma alone; in a test it is handed the session. */
export function moveProfile(prisma: Pick<PrismaClient, '$transaction'>, from: number, to: number) {
  return prisma.$transaction(async (tx) => {
    await tx.profile.update({ where: { userId: from }, data: { userId: to } })
    if ((await tx.profile.count({ where: { userId: to } })) !== 1) throw new Error(`user ${to} is missing`)
  })
}
