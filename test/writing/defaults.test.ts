// Defaults of new rows, compared with Prisma's own: literals of the schema are equal, ids and times of the same kind.
import fc from 'fast-check'
import type { Model } from '../../src/model/model.js'
import { bothWays, type Outcome, scalarsOf, wideModels } from '../helpers/both-ways.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'
import { givenValues } from './given-values.js'

type Values = Record<string, unknown>

const kinds: Readonly<Record<string, RegExp>> = {
  cuid: /^c[0-9a-z]{24}$/,
  cuid2: /^[a-z][0-9a-z]{23}$/,
  uuid: /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  uuid7: /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/,
  nano: /^[\w-]{21}$/,
  nano5: /^[\w-]{5}$/,
  ulid: /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/,
}
const made = {
  id: 'cuid',
  ...Object.fromEntries(
    Object.keys(kinds)
      .slice(1)
      .map((name) => [name, name]),
  ),
}
const times = ['now', 'changed']

for (const database of databases) {
  testOn(database, `defaults of every kind are generated as Prisma generates them [${database.name}]`, async (t) => {
    const model = wideModels(database.name).find(({ name }) => name === 'Defaults') as Model
    const given = model.scalars.filter(({ name }) => !(name in made) && !times.includes(name) && name !== 'note')
    const row = fc.record(Object.fromEntries(given.map((field) => [field.name, givenValues(field)])), {
      requiredKeys: [],
      noNullPrototype: true,
    })
    let written = 0
    const property = fc.asyncProperty(fc.array(row, { minLength: 1, maxLength: 4 }), async (rows) => {
      const { rowSets, prisma } = await bothWays(database, async (session) => {
        const objects = rows.map((values, index) => session.add('Defaults', { ...values, note: `row ${index}` }))
        if (rows.length === 1)
          t.is(session.explain()[0]?.operation.startsWith('create'), session.explain()[0]?.way === 'prisma')
        await session.flush()
        await session.commit()
        return objects.map((object) => scalarsOf(model, object))
      })
      t.deepEqual(rowSets.error, prisma.error)
      if (!rowSets.error) written++
      t.deepEqual(kindsOf(rowSets), kindsOf(prisma))
      t.true(areFresh(rowSets) && areFresh(prisma))
    })
    await fc.assert(property, { numRuns: 20 })
    // adapter-libsql reads no integer that is not safe in JavaScript, and one of the defaults is none
    t.true(database.name === 'libsql' || written > 10, `only ${written} times rows were written`)
  })
}

/** With the kind of an id in its place. */
function kindsOf({ result, tables }: Outcome<Values[]>): unknown {
  const objects = result?.map((row) => ({
    ...row,
    ...Object.fromEntries(Object.entries(made).map(([name, kind]) => [name, kindOf(kind, row[name])])),
    now: null,
    changed: null,
  }))
  const rows = tables.Defaults?.map((text) =>
    text
      .split('\n')
      .map((line) => {
        const [name = '', ...rest] = line.split(': ')
        if (times.includes(name)) return `${name}: ${/^(?:text|integer)?/.exec(rest.join())?.[0]}`
        return name in made
          ? `${name}: ${kindOf(made[name as keyof typeof made], rest.join(': ').replace(/^text '|'$/g, ''))}`
          : line
      })
      .join('\n'),
  )
  return { objects, rows: rows?.sort() }
}

function kindOf(kind: string, value: unknown): unknown {
  return kinds[kind]?.test(String(value)) ? kind : value
}

/** Times are of now, one for `now()` and `@updatedAt` of all rows; ids are no one's but the row's. */
function areFresh({ result }: Outcome<Values[]>): boolean {
  const rows = result ?? []
  const ids = rows.flatMap((row) => Object.keys(made).map((name) => row[name]))
  const stamps = rows.flatMap((row) => times.map((name) => (row[name] as Date).getTime()))
  return new Set(ids).size === ids.length && stamps.every((stamp) => Math.abs(stamp - Date.now()) < 60_000)
}
