// Primary keys in a flush: missing, taken, reused and changed.
import { inspect } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { persistent } from '../helpers/entities.js'
import { refused } from '../helpers/steps.js'

behaviour('a missing primary key is an error before anything is sent', async (t, x) => {
  x.s.add('Code', { label: 'no key' } as unknown as { code: string; label: string })
  x.s.add('User', {} as { name: string })
  const error = await refused(t, () => x.s.flush(), { name: 'PrismaClientValidationError' })
  t.regex(error.message, /new Code \(label: "no key"\): Argument `code` is missing/)
  t.regex(error.message, /new User: Argument `name` is missing/)
  t.deepEqual(x.written(), [])
  t.true(x.s.isActive)
  t.is(x.s.new.size, 2)
})

behaviour('a missing part of a composite key is an error', async (t, x) => {
  x.s.add('Pair', { x: 1 } as unknown as { x: number; y: number })
  await refused(t, () => x.s.flush(), { name: 'PrismaClientValidationError', message: /Argument `y` is missing/ })
})

behaviour(
  'a new object with the key of a persistent one causes a warning, then the error of the INSERT',
  async (t, x) => {
    const user = await persistent(x)
    const warnings = x.events(x.s, ['warning'])
    x.s.add('User', { id: user.id, name: 'second' })
    await refused(t, () => x.s.flush(), { code: 'P2002' })
    t.is(warnings.length, 1)
    t.regex(String(warnings[0]?.payload.message), new RegExp(`User.*${user.id}`, 's'))
    await x.s.rollback()
    t.is(x.s.identityMap.get('User', user.id), user)
  },
)

behaviour('a new object with the key of a row that is not loaded causes the error of the INSERT', async (t, x) => {
  await x.raw.user.create({ data: { id: 5, name: 'ada' } })
  x.s.add('User', { id: 5, name: 'second' })
  await refused(t, () => x.s.flush(), { code: 'P2002' })
})

behaviour('a delete and an add with the same key are one UPDATE of the row', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'old', uses: { create: {} } } })
  const old = await x.s.getOne('Code', 'A')
  x.clear()
  await x.s.delete(old)
  const replacement = x.s.add('Code', { code: 'A', label: 'new' })
  await x.s.flush() // a DELETE would break on the row of Use that restricts it
  t.deepEqual(x.writes(), [{ verb: 'UPDATE', table: 'Code', columns: ['label'] }])
  t.is(inspect(old).state, 'deleted')
  t.is(inspect(replacement).state, 'persistent')
  t.is<unknown, unknown>(await x.s.get('Code', 'A'), replacement)
  await x.s.commit()
  t.is((await x.raw.code.findUniqueOrThrow({ where: { code: 'A' } })).label, 'new')
  t.is(await x.raw.use.count(), 1)
})

behaviour('rows that point to a row which a new object takes over have that object in memory', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'old', uses: { create: {} } } })
  const use = await x.s.getOne('Use', 1, { include: { code: true } })
  await x.s.delete(await x.s.getOne('Code', 'A'))
  const fresh = x.s.add('Code', { code: 'A', label: 'new', uses: [] })
  await x.s.flush()
  t.is<unknown, unknown>(use.code, fresh)
  t.deepEqual<unknown, unknown>(fresh.uses, [use])
  t.is(x.s.dirty.size, 0)
  await x.s.rollback()
  t.is(use.code.label, 'old')
  t.not<unknown, unknown>(use.code, fresh)
})

behaviour('a new row takes over that of a deleted one in the version that this was read in', async (t, x) => {
  const s = x.session({ versionFields: { Doc: 'version' } })
  await x.raw.doc.create({ data: { id: 1, version: 4, body: 'old' } })
  await s.delete(await s.getOne('Doc', 1))
  const fresh = s.add('Doc', { id: 1, body: 'new' } as { id: number; body: string; version: number })
  x.clear()
  await s.flush()
  t.deepEqual(x.written(), ['UPDATE Doc'])
  t.is(fresh.version, 5)
  fresh.body = 'newer'
  await s.commit()
  t.deepEqual(await x.raw.doc.findMany(), [{ id: 1, version: 6, body: 'newer' }])
})

behaviour('rollback restores an object that a new one with its key replaced', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'old' } })
  const old = await x.s.getOne('Code', 'A')
  await x.s.delete(old)
  const replacement = x.s.add('Code', { code: 'A', label: 'new' })
  await x.s.flush()
  await x.s.rollback()
  t.is(inspect(old).state, 'persistent')
  t.is(inspect(replacement).state, 'transient')
  t.is(await x.s.get('Code', 'A'), old)
  t.is(old.label, 'old')
})

behaviour('a changed key is one UPDATE and moves the object in the identity map', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'a' } })
  const code = await x.s.getOne('Code', 'A')
  code.code = 'B'
  x.clear()
  await x.s.flush()
  t.deepEqual(x.writes(), [{ verb: 'UPDATE', table: 'Code', columns: ['code'] }])
  x.clear()
  t.is(await x.s.get('Code', 'B'), code)
  t.deepEqual(x.ops(), [])
  t.is(await x.s.get('Code', 'A'), null)
  t.is(x.ops().length, 1)
  t.deepEqual(inspect(code).key, ['B'])
  await x.s.commit()
  t.deepEqual(await x.raw.code.findMany(), [{ code: 'B', label: 'a' }])
})

behaviour('rows of children follow a changed key at once, their objects when they are read again', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'a', uses: { create: [{}, {}] } } })
  const code = await x.s.getOne('Code', 'A', { include: { uses: true } })
  const [use] = code.uses as unknown as { id: number; codeId: string }[]
  if (!use) return t.fail()
  code.code = 'B'
  await x.s.flush()
  t.is(x.s.dirty.size, 0)
  t.deepEqual(await x.opsDuring(() => x.s.flush()), [])
  t.is((code.uses as object[]).length, 2)
  await x.s.refresh(use)
  t.is(use.codeId, 'B')
  await x.s.commit()
  t.is((await x.s.getOne('Use', use.id)).codeId, 'B')
  t.is(await x.raw.use.count({ where: { codeId: 'B' } }), 2)
})

behaviour('a part of a composite key can be changed', async (t, x) => {
  await x.raw.pair.create({ data: { x: 1, y: 2, z: 'z', legs: { create: { note: 'leg' } } } })
  const pair = await x.s.getOne('Pair', [1, 2])
  pair.y = 3
  pair.z = 'changed'
  await x.s.flush()
  t.deepEqual(inspect(pair).key, [1, 3])
  t.is(await x.s.get('Pair', { x: 1, y: 3 }), pair)
  await x.s.commit()
  const stored = await x.raw.pair.findUniqueOrThrow({ where: { x_y: { x: 1, y: 3 } }, include: { legs: true } })
  t.is(stored.z, 'changed')
  t.is(stored.legs.length, 1)
})

behaviour('rollback restores a changed key and the identity map', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'a' } })
  const code = await x.s.getOne('Code', 'A')
  code.code = 'B'
  await x.s.flush()
  await x.s.rollback()
  t.is(code.code, 'A')
  t.deepEqual(inspect(code).key, ['A'])
  t.is(await x.s.get('Code', 'A'), code)
  t.is(await x.s.get('Code', 'B'), null)
})

behaviour('a row that goes with its parent is written anew for a new object with its key', async (t, x) => {
  const [one, two] = [
    await x.raw.user.create({ data: { name: '1' } }),
    await x.raw.user.create({ data: { name: '2' } }),
  ]
  await x.raw.item.create({ data: { id: 1, label: 'old', ownerId: one.id } })
  const old = await x.s.getOne('Item', 1)
  await x.s.delete(await x.s.getOne('User', one.id))
  await x.s.delete(old)
  const fresh = x.s.add('Item', { id: 1, label: 'new', ownerId: two.id })
  await x.s.commit()
  t.deepEqual(await x.raw.item.findMany(), [{ id: 1, label: 'new', ownerId: two.id }])
  t.is<unknown, unknown>(await x.s.get('Item', 1), fresh)
  t.is(inspect(old).state, 'detached')
})
