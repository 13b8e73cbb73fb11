import type { Tour } from '../tour.ts'

export async function showRelations({ session, stage }: Tour): Promise<void> {
  stage.step('Relations: change one side, the other follows')
  const withCountries = { include: { countries: true } }
  const north = await session.getOne('Subregion', { name: 'North America' }, withCountries)
  const central = await session.getOne('Subregion', { name: 'Central America' }, withCountries)
  const mexico = await session.getOne('Country', 'MEX', { include: { subregion: true } })
  stage.value('Mexico is in', mexico.subregion?.name)
  await stage.run('mexico.subregion = centralAmerica; await session.flush()', () => {
    mexico.subregion = central
    return session.flush()
  })
  stage.value('northAmerica.countries.includes(mexico)', north.countries?.includes(mexico))
  stage.value('centralAmerica.countries.includes(mexico)', central.countries?.includes(mexico))

  const india = await session.getOne('Country', 'IND', { include: { borders: true } })
  const sriLanka = await session.getOne('Country', 'LKA', { include: { borders: true, borderedBy: true } })
  stage.value('sriLanka.borders.includes(india)', sriLanka.borders?.includes(india))
  stage.value('india.borders.includes(sriLanka)', india.borders?.includes(sriLanka)) // so the package has it
  await stage.run('india.borders.push(sriLanka); await session.flush()', () => {
    india.borders?.push(sriLanka)
    return session.flush()
  })
  stage.value('sriLanka.borderedBy.includes(india)', sriLanka.borderedBy?.includes(india))

  await stage.run('await session.rollback()', () => session.rollback())
  stage.value('Mexico is in', mexico.subregion?.name)
  stage.value('india.borders.includes(sriLanka)', india.borders?.includes(sriLanka))
}
