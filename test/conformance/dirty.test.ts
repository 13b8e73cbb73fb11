// dirty, deleted and isModified(): what counts as a change, of Json, dates, bytes and nulls as well.
import { Prisma } from '../../generated/test/client.ts'
import { inspect } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { mk, persistent } from '../helpers/entities.js'

behaviour('dirty holds an object from its change to the flush', async (t, x) => {
  const user = await persistent(x)
  t.deepEqual([...x.s.dirty], [])
  user.name = 'bea'
  t.deepEqual([...x.s.dirty], [user])
  t.true(inspect(user).modified)
  await x.s.flush()
  t.deepEqual([...x.s.dirty], [])
  t.false(inspect(user).modified)
})

behaviour('a change that is taken back leaves the object clean', async (t, x) => {
  const user = await persistent(x)
  user.name = 'bea'
  user.name = 'ada'
  t.deepEqual([...x.s.dirty], [])
})

behaviour('a field set to the value it had is not modified and sends nothing', async (t, x) => {
  const user = await persistent(x)
  x.clear()
  user.name = ['a', 'da'].join('')
  t.false(x.s.isModified(user))
  await x.s.flush()
  t.deepEqual(x.ops(), [])
})

behaviour('isModified sends nothing for expired and stale objects', async (t, x) => {
  const user = await persistent(x)
  x.clear()
  t.false(x.s.isModified(user))
  x.s.expire(user, ['name'])
  t.false(x.s.isModified(user))
  user.kind = 'special'
  t.true(x.s.isModified(user))
  x.s.expire(user)
  t.false(x.s.isModified(user))
  t.is(x.s.dirty.size, 0)
  t.deepEqual(x.ops(), [])
  await x.s.refresh(user)
  await x.s.commit()
  x.clear()
  t.true(inspect(user).stale)
  t.false(x.s.isModified(user))
  user.name = 'bea'
  t.true(x.s.isModified(user))
  t.deepEqual(x.ops(), [])
})

behaviour('isModified counts a changed collection unless includeCollections is false', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'ada', posts: { create: { title: 'one' } } } })
  const user = await x.s.getOne('User', id, { include: { posts: true } })
  t.false(x.s.isModified(user))
  ;(user.posts as object[]).push(mk('Post', { title: 'two' }))
  t.true(x.s.isModified(user))
  t.false(x.s.isModified(user, { includeCollections: false }))
  user.name = 'bea'
  t.true(x.s.isModified(user, { includeCollections: false }))
})

behaviour('isModified works on transient and detached objects', async (t, x) => {
  t.true(x.s.isModified(mk('User', { name: 'ada' })))
  t.false(x.s.isModified(mk('User', {})))
  const user = await persistent(x)
  x.s.expunge(user)
  t.false(x.s.isModified(user))
  user.name = 'bea'
  t.true(x.s.isModified(user))
})

behaviour('an object scheduled for deletion is in deleted only, a pending one in new only', async (t, x) => {
  const user = await persistent(x)
  user.name = 'changed'
  await x.s.delete(user)
  const pending = x.s.add('User', { name: 'pending' })
  pending.name = 'changed'
  t.deepEqual([...x.s.deleted], [user])
  t.deepEqual([...x.s.new], [pending])
  t.deepEqual([...x.s.dirty], [])
  await x.s.flush()
  t.false(x.written().includes('UPDATE User'))
})

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

behaviour('an unchanged Json null stays one when another field is written', async (t, x) => {
  const thing = await loaded(x, { json: Prisma.JsonNull, int: 1 })
  t.is(thing.json, null)
  thing.int = 2
  await x.s.commit()
  t.is(await kindOfNull(x), 'json')
  t.is((await x.raw.everything.findFirstOrThrow()).int, 2)
})

behaviour('an unchanged database null in a Json field stays one when another field is written', async (t, x) => {
  const thing = await loaded(x, { json: Prisma.DbNull, int: 1 })
  thing.int = 2
  await x.s.commit()
  t.is(await kindOfNull(x), 'database')
})

behaviour('null assigned to a Json field is written as DbNull', async (t, x) => {
  const thing = await loaded(x, { json: { a: 1 } })
  thing.json = null
  await x.s.commit()
  t.is(await kindOfNull(x), 'database')
})

behaviour('JsonNull and DbNull can be assigned to a Json field', async (t, x) => {
  const thing = await loaded(x, { json: { a: 1 } })
  thing.json = Prisma.JsonNull
  await x.s.commit()
  t.is(await kindOfNull(x), 'json')
  thing.json = Prisma.DbNull
  await x.s.commit()
  t.is(await kindOfNull(x), 'database')
})

behaviour('a new object with null in a Json field gets DbNull, with JsonNull a Json null', async (t, x) => {
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
    title: 'a nested Json value',
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
  behaviour(`a change of ${title} in place is found and written`, async (t, x) => {
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
  behaviour(`assigning an equal ${title} is no change`, async (t, x) => {
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
