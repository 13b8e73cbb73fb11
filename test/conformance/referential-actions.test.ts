// The rarer referential actions and keys: references to a unique field, two parents, keys that are times.
import type { PrismaClient as EdgeClient } from '../../generated/edge/client.ts'
import { createSession, inspect } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'

const edge = { schema: 'edge' } as const
const noon = new Date('2024-05-06T12:00:00.123Z')
const later = new Date('2024-05-06T12:00:00.456Z')

/** A session with the models of prisma/edge.prisma, and a client to look with. */
function opened(x: Context, t: { teardown(fn: () => unknown): void }) {
  const s = createSession(x.client as unknown as EdgeClient)
  t.teardown(async () => void (await s.close()))
  return { s, raw: x.raw as unknown as EdgeClient }
}

behaviour(
  'onUpdate: SetNull sets the keys of loaded children to null when the key they refer to changes',
  async (t, x) => {
    const { s, raw } = opened(x, t)
    await raw.owner.create({ data: { slug: 'a', pets: { create: { name: 'rex' } } } })
    const owner = await s.getOne('Owner', { slug: 'a' }, { include: { pets: true } })
    const pet = await s.getOne('Pet', 1)
    await s.refresh(pet, ['owner'])
    t.is<unknown, unknown>(pet.owner, owner)
    owner.slug = 'b'
    await s.flush()
    t.is(pet.ownerSlug, null)
    t.is(pet.owner, null)
    t.false(s.isModified(pet))
    await s.rollback()
    t.is(owner.slug, 'a')
    t.is(pet.ownerSlug, 'a')
    owner.slug = 'b'
    await s.commit()
    t.is((await raw.pet.findFirstOrThrow()).ownerSlug, null)
  },
  edge,
)

behaviour(
  'a changed key leaves children alone that refer to another field, or that the database does not change',
  async (t, x) => {
    const { s, raw } = opened(x, t)
    await raw.owner.create({ data: { id: 5, slug: 'a', pets: { create: { name: 'rex' } } } })
    const owner = await s.getOne('Owner', 5)
    const pet = await s.getOne('Pet', 1)
    owner.id = 6
    await s.flush()
    t.is(pet.ownerSlug, 'a')
    t.false(s.isModified(pet))
    t.deepEqual(inspect(owner).key, [6])
    await s.commit()
    t.deepEqual(await raw.owner.findMany({ select: { id: true, slug: true } }), [{ id: 6, slug: 'a' }])
  },
  edge,
)

behaviour(
  'onDelete: SetDefault is left to the database, and loaded children are read again',
  async (t, x) => {
    const { s, raw } = opened(x, t)
    await raw.owner.create({ data: { id: 1, slug: 'first' } })
    await raw.owner.create({ data: { id: 2, slug: 'second', toys: { create: { label: 'ball' } } } })
    const owner = await s.getOne('Owner', 2)
    const toy = await s.getOne('Toy', 1)
    await s.delete(owner)
    await s.flush()
    t.false(s.isModified(toy))
    t.true(inspect(toy).stale)
    t.is((await s.getOne('Toy', 1)).ownerId, 1)
    t.is(toy.ownerId, 1)
    await s.commit()
    t.is((await raw.toy.findFirstOrThrow()).ownerId, 1)
  },
  { ...edge, databases: ['better-sqlite3', 'libsql', 'postgresql'] },
)

behaviour(
  'a foreign key that is a time follows the changed key, and is null after its delete',
  async (t, x) => {
    const { s, raw } = opened(x, t)
    await raw.slot.create({ data: { at: noon, pets: { create: { name: 'rex' } } } })
    const slot = await s.getOne('Slot', noon)
    const pet = await s.getOne('Pet', 1)
    slot.at = later
    await s.flush()
    t.deepEqual(pet.slotAt, later)
    t.false(s.isModified(pet))
    await s.delete(slot)
    await s.flush()
    t.is(pet.slotAt, null)
    t.false(s.isModified(pet))
    await s.commit()
    t.is((await raw.pet.findFirstOrThrow()).slotAt, null)
  },
  edge,
)

behaviour(
  'a time given another spelling of itself keeps the key of its row',
  async (t, x) => {
    const { s, raw } = opened(x, t)
    await raw.slot.create({ data: { at: noon } })
    const slot = await s.getOne('Slot', noon)
    slot.label = 'lunch'
    await s.flush()
    t.is<unknown, unknown>(await s.get('Slot', noon), slot)
    t.deepEqual(inspect(slot).key, [noon])
    await s.commit()
    t.deepEqual(await raw.slot.findMany(), [{ at: noon, label: 'lunch' }])
  },
  edge,
)

behaviour(
  'a loaded relation follows a key that differs from another by milliseconds only',
  async (t, x) => {
    const { s, raw } = opened(x, t)
    await raw.slot.createMany({ data: [{ at: noon }, { at: later }] })
    await raw.pet.create({ data: { name: 'rex', slotAt: noon } })
    const pet = await s.getOne('Pet', 1, { include: { slot: true } })
    const other = await s.getOne('Slot', later)
    pet.slotAt = later
    await s.flush()
    t.is<unknown, unknown>(pet.slot, other)
  },
  edge,
)

behaviour(
  'a loaded relation follows a foreign key that refers to a unique field',
  async (t, x) => {
    const { s, raw } = opened(x, t)
    await raw.owner.create({ data: { slug: 'a', pets: { create: { name: 'rex' } } } })
    await raw.owner.create({ data: { slug: 'b' } })
    const other = await s.getOne('Owner', { slug: 'b' }, { include: { pets: true } })
    const pet = await s.getOne('Pet', 1, { include: { owner: true } })
    pet.ownerSlug = 'b'
    await s.flush()
    t.is<unknown, unknown>(pet.owner, other)
    t.is<unknown, unknown>(other.pets?.[0], pet)
    t.false(s.isModified(other))
    await s.expire(other, ['slug'])
    x.clear()
    pet.ownerSlug = 'a'
    await s.flush() // an expired field cannot be read here
    t.deepEqual(x.written(), ['UPDATE Pet'])
    t.deepEqual(inspect(other).expired, ['slug'])
    t.is(pet.owner?.slug, 'a')
  },
  edge,
)

behaviour(
  'one relation follows its key while the key of another is expired',
  async (t, x) => {
    const { s, raw } = opened(x, t)
    await raw.slot.createMany({ data: [{ at: noon }, { at: later }] })
    await raw.owner.create({ data: { slug: 'a', pets: { create: { name: 'rex', slotAt: noon } } } })
    const pet = await s.getOne('Pet', 1, { include: { owner: true, slot: true } })
    const other = await s.getOne('Slot', later)
    const { owner } = pet
    await s.expire(pet, ['ownerSlug'])
    pet.slotAt = later
    await s.flush()
    t.is<unknown, unknown>(pet.slot, other)
    t.is(pet.owner, owner)
    t.deepEqual(inspect(pet).expired, ['ownerSlug'])
  },
  edge,
)

behaviour(
  'a row deleted with its children is replaced by one with its unique value',
  async (t, x) => {
    const { s, raw } = opened(x, t)
    await raw.owner.create({ data: { slug: 'a', pets: { create: [{ name: 'rex' }, { name: 'tom' }] } } })
    await raw.owner.create({ data: { slug: 'b', pets: { create: { name: 'stays' } } } })
    const owner = await s.getOne('Owner', { slug: 'a' })
    const pets = await s.getMany('Pet', [1, 2])
    x.clear()
    for (const object of [owner, ...pets]) await s.delete(object as object)
    s.add('Owner', { slug: 'a', name: 'new', pets: [{ name: 'max' }] })
    await s.flush()
    t.deepEqual(x.written(), ['DELETE Pet', 'DELETE Owner', 'INSERT Owner', 'INSERT Pet'])
    await s.commit()
    const stored = await raw.pet.findMany({ include: { owner: true }, orderBy: { name: 'asc' } })
    t.deepEqual(
      stored.map((pet) => [pet.name, pet.owner?.name]),
      [
        ['max', 'new'],
        ['stays', 'owner'],
      ],
    )
  },
  edge,
)

behaviour(
  'a new row takes over that of a deleted one with its key, the defaults of what it does not give included',
  async (t, x) => {
    const { s, raw } = opened(x, t)
    await raw.preset.create({ data: { id: 1, big: 7n, price: 2, text: 'old', on: false, note: 'old' } })
    await s.delete(await s.getOne('Preset', 1))
    x.clear()
    const fresh = s.add('Preset', { id: 1 })
    await s.flush()
    t.deepEqual(x.written(), ['UPDATE Preset'])
    t.deepEqual(
      { ...fresh, price: Number(fresh.price) },
      {
        ...{ id: 1, big: 5n, price: 0.125, text: 'preset', on: true, note: null },
      },
    )
    t.false(s.isModified(fresh))
    await s.commit()
    t.deepEqual({ ...(await raw.preset.findFirstOrThrow()), price: 0 }, { ...fresh, price: 0 } as never)
  },
  edge,
)

behaviour(
  'a key that is a time, changed in place, is a changed key',
  async (t, x) => {
    const { s, raw } = opened(x, t)
    await raw.slot.create({ data: { at: noon, label: 'lunch', pets: { create: { name: 'rex' } } } })
    const slot = await s.getOne('Slot', noon)
    const pet = await s.getOne('Pet', 1)
    slot.at.setTime(later.getTime())
    await s.flush()
    t.deepEqual([inspect(slot).key, pet.slotAt], [[later], later])
    t.is<unknown, unknown>(await s.get('Slot', later), slot)
    t.is(await s.get('Slot', noon), null)
    await s.commit()
    t.deepEqual(await raw.slot.findMany(), [{ at: later, label: 'lunch' }])
  },
  edge,
)

behaviour(
  'rows whose keys differ by milliseconds are deleted, added and switched apart from each other',
  async (t, x) => {
    const { s, raw } = opened(x, t)
    await raw.slot.createMany({ data: [{ at: noon }, { at: later }] })
    await raw.pet.createMany({
      data: [
        { name: 'rex', slotAt: noon },
        { name: 'tom', slotAt: later },
      ],
    })
    const [rex, tom] = await s.getMany('Pet', [1, 2])
    await s.delete(await s.getOne('Slot', noon))
    await s.flush()
    t.deepEqual([rex?.slotAt, tom?.slotAt], [null, later])
    s.add('Slot', { at: noon, label: 'again' })
    await s.commit()
    t.deepEqual(
      (await raw.slot.findMany({ orderBy: { at: 'asc' } })).map(({ label }) => label),
      ['again', null],
    )
  },
  edge,
)
