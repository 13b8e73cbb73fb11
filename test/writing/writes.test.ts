// Values that are easily mistaken for each other, or for no change.
import { inspect } from 'node:util'
import { DbNull, Decimal, JsonNull } from '@prisma/client/runtime/client'
import test, { type ExecutionContext } from 'ava'
import { createSession } from '../../src/index.js'
import type { PrismaClient } from '../helpers/clients.js'
import { databases } from '../helpers/databases.js'
import { copyOf } from '../model/arbitraries.js'

type Values = Record<string, unknown>

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
