import type { Tour } from '../tour.ts'

/** Back on the asynchronous session. */
export async function showRunSync({ session, stage }: Tour, steps: number): Promise<void> {
  stage.step('runSync: synchronous code inside the asynchronous session, in its transaction', steps)
  const europe = await session.getOne('Region', { name: 'Europe' })
  let ticks = 0
  const timer = setInterval(() => ticks++, 1)
  const code = 'await session.runSync((inside, region) => …, europe)'
  const { area, largest } = await stage.run(code, () =>
    session.runSync((inside, region) => {
      const countries = inside.subregion
        .findMany({ where: { regionId: region.id } })
        .flatMap(({ id }) => inside.query('Country').filterBy({ subregionId: id }).all())
      const [first] = countries.sort((a, b) => b.area - a.area)
      if (first) first.official = `${first.official} (the largest)`
      return { area: countries.reduce((sum, country) => sum + country.area, 0), largest: first }
    }, europe),
  )
  clearInterval(timer)
  stage.value('area of Europe in km²', area)
  stage.value("the largest is this session's own object", largest && session.contains(largest))
  stage.value('changed there, seen here', largest?.official)
  stage.value('timers fired meanwhile', ticks > 0)
  await stage.run('await session.rollback()', () => session.rollback())
}
