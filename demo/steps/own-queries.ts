import type { Tour } from '../tour.ts'

export async function showOwnQueries({ session, stage, outside }: Tour): Promise<void> {
  stage.step("Prisma's own queries: in the session's transaction, seeing its work")
  session.add('Country', {
    code: 'ATL',
    name: 'Atlantis',
    official: 'Atlantis',
    area: 0,
    landlocked: false,
    flag: '🔱',
  })
  const code = "session.add('Country', { name: 'Atlantis', … }); await session.country.count()"
  stage.value('countries here', await stage.run(code, () => session.country.count()))
  stage.value('countries for another connection', await outside.country.count())
  await stage.run('await session.rollback()', () => session.rollback())
  stage.value('countries here', await session.country.count())
}
