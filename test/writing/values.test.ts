// Values in a flush: of every type, in every form, and those that are easily mistaken for each other or for no change.
import { inspect } from 'node:util'
import { DbNull, Decimal, JsonNull } from '@prisma/client/runtime/client'
import type { ExecutionContext } from 'ava'
import { Prisma } from '../../generated/test/client.ts'
import { createSession } from '../../src/index.js'
import { bothWays } from '../helpers/both-ways.js'
import type { PrismaClient } from '../helpers/clients.js'
import { behaviour } from '../helpers/conformance.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'
import { copyOf } from '../model/arbitraries.js'

type Values = Record<string, unknown>

behaviour('every type of scalar is read back as it was written', async (t, x) => {
  const values = {
    int: -2147483648,
    float: 0.1,
    decimal: new Prisma.Decimal('12345678.90625'),
    bool: false,
    text: 'quote \' " ` \n\\ \u{1F600}',
    at: new Date('2024-02-29T12:34:56.789Z'),
    bytes: new Uint8Array([0, 1, 254, 255]),
    json: { a: [1, 'two', null, { b: 1.5 }], 'é"': '\\' },
    mood: 'HAPPY',
  } as const
  const added = x.s.add('Everything', { id: 9007199254740991n, ...values } as { id: bigint })
  const empty = x.s.add('Everything', { id: -1n })
  await x.s.flush()
  t.false(x.s.isModified(added))
  t.is(added.id, 9007199254740991n)
  await x.s.commit()
  const stored = await x.raw.everything.findUniqueOrThrow({ where: { id: 9007199254740991n } })
  t.deepEqual({ ...added }, stored)
  t.true(values.decimal.equals(stored.decimal as Prisma.Decimal))
  t.deepEqual({ ...stored, id: 0, decimal: 0, bytes: 0 }, { ...values, id: 0, decimal: 0, bytes: 0 })
  t.deepEqual([...(stored.bytes ?? [])], [0, 1, 254, 255])
  t.deepEqual({ ...empty }, await x.raw.everything.findUniqueOrThrow({ where: { id: -1n } }))
  t.deepEqual(await x.opsDuring(() => x.s.flush()), [])
})

behaviour('a value given in another form is on the object as the database returns it', async (t, x) => {
  const spelled = { id: 7, decimal: '1.50', at: '2024-01-01T00:00:00.000Z', float: 3 }
  const added = x.s.add('Everything', spelled as unknown as { id: bigint })
  await x.s.flush()
  t.is<unknown, unknown>(added.id, 7n)
  t.true(Prisma.Decimal.isDecimal(added.decimal))
  t.true((added.at as unknown) instanceof Date)
  t.is(await x.s.get('Everything', 7n), added)
  t.false(x.s.isModified(added))
  t.deepEqual(x.written(), ['INSERT every thing'])
})

const changes: readonly (readonly [field: string, values: readonly unknown[]])[] = [
  ['json', [DbNull, JsonNull, {}]],
  ['json', [{}, JsonNull, DbNull]],
  ['json', ['null', null, JsonNull]],
  ['float', [null, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY]],
  ['text', ['null', null, '']],
  ['bytes', [new Uint8Array([1, 2]), new Uint8Array([12]), new Uint8Array([])]],
]

for (const [field, values] of changes) {
  testOn(databases[0], `one flush changes ${field} to ${values.map(nameOf).join(', ')}`, async (t) => {
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
  testOn(databases[0], `Json that contains ${what} is written once, and the object is clean after it`, async (t) => {
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

class Point {
  readonly x = 1
}

const judged: readonly (readonly [what: string, values: Values])[] = [
  ['a Decimal with an exponent', { decimal: '15e-1' }],
  ['a Decimal that is none', { decimal: 'one' }],
  ['Bytes given as an array', { bytes: [1, 2] }],
  ['Json that contains JsonNull', { json: { a: JsonNull } }],
  ['Json that contains an object of a class', { json: { a: new Point() } }],
  ['Json that contains a BigInt', { json: { a: 1n } }],
]

for (const [what, values] of judged) {
  behaviour(`${what} is written, or refused, as Prisma does it`, async (t, x) => {
    const outcome = async (id: bigint, write: () => unknown) => {
      try {
        await write()
        return { ...(await x.raw.everything.findUniqueOrThrow({ where: { id } })), id: 0 }
      } catch (error) {
        return (error as Error).name
      }
    }
    const theirs = await outcome(1n, () => x.raw.everything.create({ data: { id: 1n, ...values } as { id: bigint } }))
    const ours = await outcome(2n, async () => {
      x.s.add('Everything', { id: 2n, ...values } as { id: bigint })
      await x.s.commit()
    })
    t.deepEqual(ours, theirs)
  })
}

behaviour('a Decimal that the database computed is a Decimal on the object', async (t, x) => {
  const rows: { id: bigint; decimal?: unknown }[] = [
    { id: 1n, decimal: new Decimal('0.1') },
    { id: 2n, decimal: 2 },
  ]
  const [row] = x.s.addAll('Everything', rows as { id: bigint }[])
  await x.s.flush()
  t.true(Decimal.isDecimal(row?.decimal))
  Object.assign(row as object, { decimal: '0.30' })
  await x.s.commit()
  t.true(Decimal.isDecimal(row?.decimal))
  t.is(String(row?.decimal), '0.3')
  t.is(String((await x.raw.everything.findFirstOrThrow({ where: { id: 1n } })).decimal), '0.3')
})

function nameOf(value: unknown): string {
  if (value === DbNull) return 'DbNull'
  return value === JsonNull ? 'JsonNull' : inspect(value)
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
    await database.release(client)
    await database.drop()
  })
  return client
}

testOn(databases[2], 'lists are written as arrays and as { set }', async (t) => {
  const { rowSets, prisma } = await bothWays(databases[2], async (session) => {
    session.add('Wide', { id: 1, texts: { set: ['a', 'b'] } })
    const row = session.add('Wide', { id: 2, texts: ['a'] })
    await session.flush()
    row.texts = [...(row.texts as string[]), 'b', 'c']
    await session.commit()
    return row.texts
  })
  t.deepEqual(rowSets, prisma)
  t.is(rowSets.error, null)
  t.deepEqual(rowSets.result, ['a', 'b', 'c'])
})
