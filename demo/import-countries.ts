import type { PrismaClient } from '../generated/demo/client.ts'
import type { Entity, Session } from '../src/index.ts'
import type { WorldCountry } from './world.ts'

/**
 * Makes objects of everything and commits them: one unit of work. Which row goes first and which key goes where is the
 * session's job. Serves an asynchronous session and a synchronous one alike: `await` on a plain value is free.
 */
export async function importCountries(session: Session<PrismaClient>, world: readonly WorldCountry[]): Promise<void> {
  const region = once((name) => session.add('Region', { name }))
  const subregion = once((name, of: string) => session.add('Subregion', { name, region: region(of) }))
  const language = once((code, name: string) => session.add('Language', { code, name }))
  const currency = once((code, name: string) => session.add('Currency', { code, name }))
  const countries = new Map<string, Entity<PrismaClient, 'Country'>>()

  for (const { region: of, subregion: within, borders, languages, currencies, ...scalars } of world) {
    const country = session.add('Country', {
      ...scalars,
      subregion: subregion(within, of),
      languages: languages.map(({ code, name }) => language(code, name)),
    })
    for (const { code, name, symbol } of currencies)
      session.add('Tender', { country, currency: currency(code, name), symbol })
    countries.set(country.code, country)
  }
  // Only now: a country may border on one that comes later in the list.
  for (const { code, borders } of world) {
    const country = countries.get(code)
    if (country) country.borders = borders.flatMap((neighbour) => countries.get(neighbour) ?? [])
  }
  await session.commit()
}

/** Makes a thing when its name is first met, and gives the same one from then on. */
function once<Rest extends unknown[], T>(make: (name: string, ...rest: Rest) => T): typeof make {
  const made = new Map<string, T>()
  return (name, ...rest) => {
    const thing = made.get(name) ?? make(name, ...rest)
    made.set(name, thing)
    return thing
  }
}
