import { Prisma } from '../../generated/test/client.ts'
import { behaviour, type Context } from '../helpers/conformance.ts'

/** The kind of null in the row: of the database, of Json, or a value. */
async function kindOfNull(x: Context): Promise<string> {
  const [row] = await x.raw.$queryRaw<{ kind: string }[]>`
    SELECT CASE WHEN json IS NULL THEN 'database' WHEN json = 'null' THEN 'json' ELSE 'value' END AS kind FROM "every thing"`
  return row?.kind ?? 'no row'
}

async function loaded(x: Context, data: Omit<Prisma.EverythingUncheckedCreateInput, 'id'>) {
  await x.raw.everything.create({ data: { id: 1n, ...data } })
  const thing = await x.s.getOne('Everything', 1n)
  x.clear()
  return thing as unknown as Record<string, unknown>
}

behaviour('an unchanged Json null keeps its kind when something else is written', async (t, x) => {
  const thing = await loaded(x, { json: Prisma.JsonNull, int: 1 })
  t.is(thing.json, null)
  thing.int = 2
  await x.s.commit()
  t.is(await kindOfNull(x), 'json')
  t.is((await x.raw.everything.findFirstOrThrow()).int, 2)
})

behaviour('an unchanged database null of a Json field keeps its kind too', async (t, x) => {
  const thing = await loaded(x, { json: Prisma.DbNull, int: 1 })
  thing.int = 2
  await x.s.commit()
  t.is(await kindOfNull(x), 'database')
})

behaviour('assigning null to a Json field means DbNull', async (t, x) => {
  const thing = await loaded(x, { json: { a: 1 } })
  thing.json = null
  await x.s.commit()
  t.is(await kindOfNull(x), 'database')
})

behaviour('JsonNull and DbNull may be assigned as such', async (t, x) => {
  const thing = await loaded(x, { json: { a: 1 } })
  thing.json = Prisma.JsonNull
  await x.s.commit()
  t.is(await kindOfNull(x), 'json')
  thing.json = Prisma.DbNull
  await x.s.commit()
  t.is(await kindOfNull(x), 'database')
})

behaviour('adding null to a Json field writes DbNull, JsonNull writes the Json one', async (t, x) => {
  x.s.add('Everything', { id: 1n, json: null } as never)
  await x.s.commit()
  t.is(await kindOfNull(x), 'database')
  await x.raw.everything.deleteMany()
  x.s.add('Everything', { id: 2n, json: Prisma.JsonNull } as never)
  await x.s.commit()
  t.is(await kindOfNull(x), 'json')
})

const at = new Date('2026-08-26T12:00:00.000Z')

/** A change in place, and what the row then has. */
const changes: { title: string; data: object; change: (thing: Record<string, unknown>) => void; expected: object }[] = [
  {
    title: 'Json, deep down',
    data: { json: { a: [1, { b: 'c' }] } },
    change: ({ json }) => {
      const { a } = json as { a: [number, { b: string }] }
      a[1].b = 'd'
    },
    expected: { json: { a: [1, { b: 'd' }] } },
  },
  {
    title: 'a Json array',
    data: { json: [1, 2] },
    change: ({ json }) => void (json as number[]).push(3),
    expected: { json: [1, 2, 3] },
  },
  {
    title: 'a Date',
    data: { at },
    change: (thing) => void (thing.at as Date).setUTCFullYear(2027),
    expected: { at: new Date('2027-08-26T12:00:00.000Z') },
  },
  {
    title: 'Bytes',
    data: { bytes: Uint8Array.of(1, 2, 3) },
    change: ({ bytes }) => void (bytes as Uint8Array).fill(9, 1, 2),
    expected: { bytes: Uint8Array.of(1, 9, 3) },
  },
]

for (const { title, data, change, expected } of changes) {
  behaviour(`a change in place is found: ${title}`, async (t, x) => {
    const thing = await loaded(x, data)
    t.false(x.s.dirty.has(thing))
    change(thing)
    t.true(x.s.dirty.has(thing))
    t.true(x.s.isModified(thing))
    await x.s.commit()
    const row = (await x.raw.everything.findFirstOrThrow()) as Record<string, unknown>
    const [field, value] = Object.entries(expected)[0] as [string, unknown]
    const written = row[field]
    t.deepEqual(written instanceof Uint8Array ? Uint8Array.from(written) : written, value)
    t.false(x.s.dirty.has(thing))
  })
}

/** The same value in another object. */
const same: { title: string; data: object; assign: object }[] = [
  { title: 'Date', data: { at }, assign: { at: new Date(at) } },
  { title: 'Bytes', data: { bytes: Uint8Array.of(1, 2) }, assign: { bytes: Uint8Array.of(1, 2) } },
  { title: 'Decimal', data: { decimal: '1.50' }, assign: { decimal: new Prisma.Decimal('1.5') } },
  { title: 'Json', data: { json: { a: 1, b: [2] } }, assign: { json: { b: [2], a: 1 } } },
]

for (const { title, data, assign } of same) {
  behaviour(`an equal value is no change: ${title}`, async (t, x) => {
    const thing = await loaded(x, data)
    Object.assign(thing, assign)
    t.false(x.s.isModified(thing))
    t.false(x.s.dirty.has(thing))
    await x.s.flush()
    t.deepEqual(x.ops(), [])
  })
}

behaviour('dirty holds objects with a net change only', async (t, x) => {
  const thing = await loaded(x, { int: 1 })
  thing.int = 2
  t.true(x.s.dirty.has(thing))
  thing.int = 1
  t.false(x.s.dirty.has(thing))
  t.deepEqual(x.ops(), [])
})
