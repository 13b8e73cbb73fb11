import { createRequire } from 'node:module'
import type { Countries } from 'world-countries'

/** A country as the import takes it; what it refers to is given by code or name. */
export interface WorldCountry {
  readonly code: string
  readonly name: string
  readonly official: string
  readonly capital: string | null
  readonly area: number
  readonly landlocked: boolean
  readonly flag: string
  readonly region: string
  readonly subregion: string
  readonly borders: readonly string[]
  readonly languages: readonly { readonly code: string; readonly name: string }[]
  readonly currencies: readonly { readonly code: string; readonly name: string; readonly symbol: string }[]
}

/** The countries of the npm package world-countries, plain data that any session or thread can be given. */
export function readWorld(): WorldCountry[] {
  return packaged('world-countries').map((country) => ({
    code: country.cca3,
    name: country.name.common,
    official: country.name.official,
    capital: country.capital.join(', ') || null,
    area: country.area, // -1 where the package does not know it
    landlocked: country.landlocked,
    flag: country.flag,
    region: country.region,
    subregion: country.subregion || country.region, // Antarctica has none
    borders: country.borders,
    languages: Object.entries(country.languages).map(([code, name]) => ({ code, name })),
    currencies: Object.entries(country.currencies).map(([code, names]) => ({ code, ...names })),
  }))
}

/** How many rows of each table the import has to make, those that link two tables included. */
export function countRows(world: readonly WorldCountry[]) {
  const different = (names: readonly string[]) => new Set(names).size
  const languages = world.flatMap((country) => country.languages)
  const currencies = world.flatMap((country) => country.currencies)
  return {
    Region: different(world.map(({ region }) => region)),
    Subregion: different(world.map(({ subregion }) => subregion)),
    Country: world.length,
    Language: different(languages.map(({ code }) => code)),
    Currency: different(currencies.map(({ code }) => code)),
    Tender: currencies.length,
    _border: world.flatMap(({ borders }) => borders).length,
    _spoken: languages.length,
  }
}

// Its ES module imports JSON in a way that no Node takes.
function packaged(name: string): Countries {
  return createRequire(import.meta.url)(name) as Countries
}
