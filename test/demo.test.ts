import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import { type Client, connect } from '../demo/database.ts'
import { summarize } from '../demo/statements.ts'
import { countRows, readWorld } from '../demo/world.ts'
import { root } from './helpers/project.js'

const folder = mkdtempSync(join(tmpdir(), 'session-proxy-demo-'))
const file = join(folder, 'countries.db')
const syncFile = join(folder, 'countries-sync.db')
const world = readWorld()
let output: string
/** The output by steps: each from its title to the next. */
let steps: string[]

// One run, as users run it, serves all tests. It rejects when the demo ends with another exit code than 0.
test.before(async () => {
  const run = promisify(execFile)(process.execPath, ['--import=tsx/esm', 'demo/index.ts', file], { cwd: root })
  output = (await run).stdout
  steps = output.split(/^\d+\. /m)
})

test.after.always(() => rmSync(folder, { recursive: true, force: true }))

test('every row and link of the data package is written and reported', (t) => {
  const counts = Object.entries(countRows(world))
  t.is(counts.length, 8)
  for (const [table, count] of counts) t.regex(step('Import'), new RegExp(`INSERT INTO ${table} × ${count} rows `))
  t.is(step('Import').match(/\bBEGIN\b/g)?.length, 1)
  t.is(step('Import').match(/\bCOMMIT\b/g)?.length, 1)
})

test('the file has the rows of the data package and no work that was rolled back', async (t) => {
  const client = connect(file)
  t.teardown(() => client.$disconnect())
  await compare(t, client, ['CHE', 'SJM'])
})

test('the synchronous import makes the same database', async (t) => {
  const client = connect(syncFile)
  t.teardown(() => client.$disconnect())
  await compare(t, client, [])
  const text = step('The very same import function')
  for (const table of ['Region', 'Subregion', 'Country', 'Language', 'Currency', 'Tender'] as const)
    t.regex(text, new RegExp(`INSERT INTO ${table} × ${countRows(world)[table]} rows`))
  t.is(text.match(/\bBEGIN\b/g)?.length, 1)
  t.is(text.match(/\bCOMMIT\b/g)?.length, 1)
  t.regex(text, new RegExp(`countries, before its promise is looked at: ${world.length}\n`))
})

test('the migration script splits every name', async (t) => {
  const text = step('Migration scripts')
  t.regex(text, /INSERT INTO Traveller × 100000 rows/)
  t.regex(text, /20261127090000_split_names done, 100000 rows, /)
  const client = connect(file)
  t.teardown(() => client.$disconnect())
  t.is(await client.traveller.count({ where: { givenName: { not: null } } }), 100_000)
  t.like(await client.traveller.findFirst({ where: { name: { startsWith: 'Ada King ' } } }), { givenName: 'Ada King' })
})

test('the synchronous client reads without await', (t) => {
  t.regex(step('A synchronous client'), /client\.country\.count\(\): 0\n\s+session\.isAsync: false/)
  const text = step('Reading without await')
  const landlocked = world.filter((country) => country.landlocked).map(({ name }) => name)
  t.regex(text, new RegExp(`landlocked: ${landlocked.sort().slice(0, 3).join(', ')}\n`))
  t.regex(text, /limit\(3\)\n.*nothing sent/)
  t.regex(text, /switzerland\.capital\n.*→ SELECT Country/)
  t.deepEqual(text.match(/(?<=capital: ).*/g), ['Bern', 'Bern'])
})

test('runSync returns its value and objects while the event loop continues', (t) => {
  const text = step('runSync')
  const europe = world.filter(({ region }) => region === 'Europe')
  const area = europe.reduce((sum, country) => sum + country.area, 0)
  const told = Number(/area of Europe in km²: (\S+)/.exec(text)?.[1])
  t.true(Math.abs(told - area) < 41_285 + 63_000, `${told} and ${area}`) // but for the two that the tour has changed
  t.regex(text, /this session's own object: true\n/)
  t.regex(text, /changed there, seen here: .* \(the largest\)\n/)
  t.regex(text, /timers fired meanwhile: true\n/)
})

/** The database against the data package, but for the areas of these countries. */
async function compare(t: ExecutionContext, client: Client, changedAreas: readonly string[]): Promise<void> {
  const stored = await client.country.findMany({
    include: { subregion: { include: { region: true } }, borders: true, languages: true, tenders: true },
  })
  const code = (row: { code: string }) => row.code
  const inTheFile = stored.map((country) => [
    country.code,
    country.name,
    country.capital,
    country.subregion?.name,
    country.subregion?.region.name,
    country.borders.map(code).sort(),
    country.languages.map(code).sort(),
    country.tenders.map(({ currencyCode, symbol }) => `${currencyCode} ${symbol}`).sort(),
  ])
  const inThePackage = world.map((country) => [
    country.code,
    country.name,
    country.capital,
    country.subregion,
    country.region,
    [...country.borders].sort(),
    country.languages.map(code).sort(),
    country.currencies.map(({ code, symbol }) => `${code} ${symbol}`).sort(),
  ])
  t.deepEqual(inTheFile.sort(byCode), inThePackage.sort(byCode))
  const changed = stored.filter(({ code, area }) => area !== world.find((country) => country.code === code)?.area)
  t.deepEqual(changed.map(code).sort(), changedAreas)
  const counts = countRows(world)
  t.is(await client.language.count(), counts.Language)
  t.is(await client.currency.count(), counts.Currency)
  t.is(await client.subregion.count(), counts.Subregion)
}

test('the second get of an object sends nothing and returns the same object', (t) => {
  t.regex(step('Identity'), /const again = .*\n.*nothing sent\n\s+first === again: true/)
  t.regex(step('Identity'), /first === found: true/)
})

test('dirty checking updates the changed column and sends nothing for a reverted change', (t) => {
  const text = step('Dirty checking')
  t.regex(text, new RegExp(`one of ${world.length} objects: -1`))
  t.regex(text, /→ UPDATE Country SET area · COMMIT\n/)
  t.regex(text, /'Spitsbergen'; session\.dirty\.size: 1\n/)
  t.regex(text, /session\.dirty\.size: 0\n {2}await session\.commit\(\)\n.*nothing sent/)
})

test('both sides of a relation follow a change and its rollback', (t) => {
  const text = step('Relations')
  t.regex(text, /northAmerica\.countries\.includes\(mexico\): false/)
  t.regex(text, /centralAmerica\.countries\.includes\(mexico\): true/)
  t.regex(text, /sriLanka\.borderedBy\.includes\(india\): true/)
  t.deepEqual(text.match(/(?<=Mexico is in: ).*/g), ['North America', 'North America'])
  t.deepEqual(text.match(/(?<=india\.borders\.includes\(sriLanka\): ).*/g), ['false', 'false'])
})

test('a rolled back savepoint restores the value from before it', (t) => {
  const text = step('Savepoint')
  const before = world.find(({ code }) => code === 'CHE')
  t.regex(text, /capital in the savepoint: Zürich\n/)
  t.regex(text, /→ ROLLBACK TO/)
  t.regex(text, new RegExp(`capital after its rollback: ${before?.capital}\n`))
  t.not(before?.area, 41285)
  t.regex(text, /area, changed before the savepoint: 41285\n/)
})

test("Prisma's own query sees work that another connection does not see", (t) => {
  const text = step("Prisma's own queries")
  t.deepEqual(text.match(/(?<=countries here: ).*/g), [`${world.length + 1}`, `${world.length}`])
  t.regex(text, new RegExp(`countries for another connection: ${world.length}\n`))
})

test('a failed flush throws, further calls are refused, and a rollback recovers', (t) => {
  const text = step('A failed flush')
  t.regex(text, /PrismaClientKnownRequestError P2002: .*name/)
  t.regex(text, /PendingRollbackError: /)
  t.regex(text, /atlantis is: transient\n/)
  t.regex(text, new RegExp(`countries: ${world.length}\n`))
})

test('deletes reach loaded objects, and a rollback restores them', (t) => {
  const text = step('Deletes')
  t.deepEqual(text.match(/(?<=palau\.subregion.*: ).*/g), ['Micronesia', 'null', 'Micronesia'])
  t.deepEqual(text.match(/(?<=legal tender.* is: ).*/g), ['deleted', 'persistent'])
  t.deepEqual(text.match(/(?<=italy\.borders\.includes\(sanMarino\): ).*/g), ['false', 'true'])
})

test('output to a pipe has no colors and no progress bar, and names the files', (t) => {
  t.false(output.includes('\u001b'))
  t.regex(output, /databases .*countries\.db and .*countries-sync\.db/)
  t.regex(output, /Done: \d+ statements on the first in/)
})

test('statements are summarized by kind, whichever way rows were sent', (t) => {
  const insert = 'INSERT INTO `main`.`Language` (`code`, `name`) VALUES (?,?), (?,?) RETURNING `code` AS `code`'
  const setBased = `INSERT INTO "Language" ("code", "name") SELECT value ->> 0, value ->> 1 FROM json_each(?)`
  const update = 'UPDATE `main`.`Country` SET `name` = ?, `area` = ? WHERE (`main`.`Country`.`code` = ? AND 1=1)'
  t.deepEqual(
    summarize([
      { query: insert, params: '["deu","German","fra","French"]' },
      { query: setBased, params: JSON.stringify([JSON.stringify([['ita', 'Italian']])]) },
      { query: update, params: '["x",1,"CHE"]' },
      { query: 'SELECT `main`.`Country`.`code` FROM `main`.`Country` WHERE 1=1', params: '[]' },
      { query: 'SELECT COUNT(*) FROM (SELECT `main`.`Country`.`code` FROM `main`.`Country`) AS `sub`', params: '[]' },
      { query: '-- Implicit "COMMIT" query via underlying driver', params: '[]' },
    ]),
    [
      'INSERT INTO Language × 3 rows (2 statements)',
      'UPDATE Country SET name, area',
      'SELECT Country (2 statements)',
      'COMMIT',
    ],
  )
})

function step(title: string): string {
  const found = steps.find((text) => text.startsWith(title))
  if (!found) throw new Error(`no step is called ${title}:\n${output}`)
  return found
}

function byCode([a]: unknown[], [b]: unknown[]): number {
  return String(a) < String(b) ? -1 : 1
}
