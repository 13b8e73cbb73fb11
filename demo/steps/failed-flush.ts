import { inspect } from '../../src/index.ts'
import type { Tour } from '../tour.ts'

export async function showFailedFlush({ session, stage }: Tour): Promise<void> {
  stage.step("A failed flush: Prisma's error, and nothing half written")
  const atlantis = { code: 'ATL', name: 'Atlantis', official: 'Atlantis', area: 0, landlocked: false, flag: '🔱' }
  const kosovo = { ...atlantis, code: 'XKX', name: 'Kosovo' } // there is a row of this name, with another code
  session.addAll('Country', [atlantis, kosovo])
  const error = await stage.refused("session.addAll('Country', [atlantis, kosovo]); await session.commit()", () =>
    session.commit(),
  )
  stage.value(`${error.name} ${error.code}`, lastLine(error))
  const next = await stage.refused('await session.country.count()', () => session.country.count())
  stage.value(next.name, next.message.split('. ')[0])
  await stage.run('await session.rollback()', () => session.rollback())
  stage.value('atlantis is', inspect(atlantis).state)
  stage.value('countries', await session.country.count())
}

/** Prisma puts the call's source before what it has to say. */
function lastLine({ message }: Error): string {
  return message.trimEnd().split('\n').at(-1) ?? ''
}
