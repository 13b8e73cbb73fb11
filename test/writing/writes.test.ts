// Whatever way a flush takes, the database holds what Prisma's own operations would have written.
import { inspect, isDeepStrictEqual } from 'node:util'
import { DbNull, Decimal, JsonNull } from '@prisma/client/runtime/client'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { createSession } from '../../src/index.js'
import type { ScalarField } from '../../src/model/model.js'
import { databases, type PrismaClient } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'
import { copyOf, valuesOf } from '../model/arbitraries.js'
import { modelNamed, testModels } from '../model/schemas.js'

type Values = Record<string, unknown>

interface Program {
  /** Data of new rows. */
  readonly added: readonly Values[]
  /** Rounds of changes, each by the place of its row; a flush after each round. */
  readonly rounds: readonly (readonly { readonly at: number; readonly data: Values }[])[]
}

const { scalars } = modelNamed(testModels, 'Everything')
const data = fc.record(
  Object.fromEntries(scalars.filter(({ isKey }) => !isKey).map((field) => [field.name, given(field)])),
  { requiredKeys: [], noNullPrototype: true },
)
const programs: fc.Arbitrary<Program> = fc.record({
  added: fc.array(data, { minLength: 1, maxLength: 4 }),
  rounds: fc.array(fc.array(fc.record({ at: fc.nat(3), data }), { minLength: 1, maxLength: 4 }), { maxLength: 2 }),
})

for (const database of databases) {
  testOn(database, `rows that a flush inserts and updates hold what Prisma writes [${database.name}]`, async (t) => {
    const client = await open(t, database)
    const property = fc.asyncProperty(programs, async ({ added, rounds }) => {
      await client.everything.deleteMany()
      const session = createSession(client)
      const objects: Values[] = added.map((values, index) => session.add('Everything', row(index, values)) as Values)
      await session.commit()
      for (const [index, values] of added.entries()) await client.everything.create({ data: row(twin(index), values) })
      for (const round of rounds) {
        const before = objects.map(({ json }) => json)
        const merged = new Map<number, Values>()
        for (const { at, data: values } of round) {
          if (at >= objects.length) continue
          merged.set(at, { ...merged.get(at), ...values })
          Object.assign(objects[at] as Values, copyOf(values))
        }
        // A null over a null is no change, and an unchanged Json null keeps its kind.
        for (const [at, values] of merged) if (values.json === null && before[at] === null) delete values.json
        await session.commit()
        for (const [at, values] of merged)
          await client.everything.update({ where: { id: BigInt(twin(at)) }, data: forPrisma(values) as never })
      }
      const isClean = objects.every((object) => !session.isModified(object))
      await session.close()
      return isClean && isDeepStrictEqual(await stored(client, 0), await stored(client, twin(0)))
    })
    await t.notThrowsAsync(fc.assert(property, { numRuns: 50 }) as Promise<void>)
  })
}

const changes: readonly (readonly [field: string, values: readonly unknown[]])[] = [
  ['json', [DbNull, JsonNull, {}]],
  ['json', [{}, JsonNull, DbNull]],
  ['json', ['null', null, JsonNull]],
  ['float', [null, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  ['text', ['null', null, '']],
  ['bytes', [new Uint8Array([1, 2]), new Uint8Array([12]), new Uint8Array([])]],
]

for (const [field, values] of changes) {
  test(`changed in one flush: ${field} to ${values.map((value) => inspect(value)).join(', ')}`, async (t) => {
    const client = await open(t, databases[0])
    const session = createSession(client)
    const full = { json: [1], float: 1, text: 'a', bytes: new Uint8Array([1]) }
    const objects = values.map((_, index) => session.add('Everything', row(index, full) as never) as Values)
    await session.commit()
    for (const [index, value] of values.entries()) {
      ;(objects[index] as Values)[field] = value
      await client.everything.create({ data: row(twin(index), { ...full, [field]: value }) })
    }
    await session.commit()
    t.deepEqual(await stored(client, 0), await stored(client, twin(0)))
    await session.close()
  })
}

for (const [what, make] of [
  ['a Date', () => ({ at: new Date(0) })],
  ['a Decimal', () => ({ price: new Decimal('1.5') })],
] as const) {
  test(`Json with ${what} in it is written once, and the object is clean then`, async (t) => {
    const client = await open(t, databases[0])
    const session = createSession(client)
    const object = session.add('Everything', { id: 1n, json: make() } as never)
    await session.commit()
    t.false(session.isModified(object))
    Object.assign(object, { json: [make()] })
    await session.commit()
    t.false(session.isModified(object))
    t.deepEqual((await client.everything.findFirst())?.json, JSON.parse(JSON.stringify([make()])))
    await session.close()
  })
}

/** Values of a field in the forms that a program gives them. */
function given(field: ScalarField): fc.Arbitrary<unknown> {
  return fc.option(valuesGiven(field))
}

function valuesGiven({ type }: ScalarField): fc.Arbitrary<unknown> {
  switch (type) {
    case 'Decimal':
      return fc.integer().map((value) => new Decimal(value).div(8)) // what a REAL of SQLite holds exactly
    case 'DateTime':
      return fc.oneof(
        valuesOf.DateTime,
        valuesOf.DateTime.map((value) => (value as Date).toISOString()),
      )
    case 'Float':
      // Of more digits Prisma reads some one unit in the last place off; a row set has them as they were given.
      return fc.integer().map((value) => value / 8)
    case 'Json':
      return fc.oneof({ arbitrary: valuesOf.Json.map(withShortNumbers), weight: 3 }, fc.constantFrom(DbNull, JsonNull))
    default:
      return valuesOf[type as keyof typeof valuesOf]
  }
}

function withShortNumbers(value: unknown): unknown {
  if (typeof value === 'number') return Math.trunc((value * 8) % 2 ** 31) / 8
  if (Array.isArray(value)) return value.map(withShortNumbers)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, withShortNumbers(each)]))
}

function twin(index: number): number {
  return index + 100
}

function row(index: number, values: Values) {
  return { id: BigInt(index), ...forPrisma(copyOf(values)) }
}

/** Prisma does not take null for Json: it is the database's null. */
function forPrisma(values: Values): Values {
  return values.json === null ? { ...values, json: DbNull } : values
}

/** The rows from that number on as the database has them, the database's null told from Json's. */
async function stored(client: PrismaClient, from: number): Promise<unknown[]> {
  const where = { id: { gte: from, lt: twin(from) } }
  const rows = await client.everything.findMany({ where, orderBy: { id: 'asc' } })
  const empty = await client.everything.findMany({
    where: { ...where, json: { equals: DbNull } },
    select: { id: true },
  })
  return rows.map(({ id, ...rest }) => ({ ...rest, isDbNull: empty.some((each) => each.id === id) }))
}

async function open(t: ExecutionContext, row: (typeof databases)[number]): Promise<PrismaClient> {
  const database = await row.create('test')
  const client = database.connect()
  t.teardown(async () => {
    await client.$disconnect()
    await database.drop()
  })
  return client
}
