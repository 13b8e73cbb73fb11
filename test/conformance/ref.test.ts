// `session.ref(model, key)`: the object of a row without a query.
import type { PrismaClient as EdgeClient } from '../../generated/edge/client.ts'
import {
  ArgumentError,
  createSession,
  inspect,
  MissingAwaitError,
  StaleDataError,
  UnmappedModelError,
} from '../../src/index.js'
import { behaviour, inSync } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

behaviour('ref sends nothing, is persistent, and knows the key alone', async (t, x) => {
  const user = x.s.ref('User', 7)
  t.is(user.id, 7)
  t.like(inspect(user), { model: 'User', state: 'persistent', key: [7], modified: false })
  t.true(inspect(user).expired.includes('name'))
  t.deepEqual(x.wire(), [])
  t.deepEqual(x.ops(), [])
  t.is(x.s.ref('User', 7), user)
  t.is(x.s.ref('User', { id: 7 }), user)
  await x.s.rollback()
})

behaviour('ref stands in a to-one relation, a list, and a many-to-many relation', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const tag = await x.raw.tag.create({ data: { label: 'maths' } })
  const post = await x.raw.post.create({ data: { title: 'moved' } })
  const author = x.s.ref('User', id)
  const added = x.s.add('Post', { title: 'Notes', author, tags: [x.s.ref('Tag', tag.id)] })
  const invited = x.s.add('User', { name: 'bob', posts: [x.s.ref('Post', post.id)] })
  await x.s.flush()
  t.deepEqual(
    x.ops().filter(({ operation }) => /^find/.test(operation)),
    [],
  )
  await x.s.commit()
  t.is(added.authorId, id)
  t.like(await x.raw.post.findUnique({ where: { id: added.id }, include: { tags: true } }), {
    authorId: id,
    tags: [{ label: 'maths' }],
  })
  t.is((await x.raw.post.findUniqueOrThrow({ where: { id: post.id } })).authorId, invited.id)
})

behaviour('a change of a ref updates the changed columns only', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada', email: 'ada@example.org' } })
  const user = x.s.ref('User', id)
  user.name = 'Countess'
  t.true(x.s.dirty.has(user))
  await x.s.commit()
  t.deepEqual(
    x.ops().filter(({ operation }) => /^find/.test(operation)),
    [],
  )
  t.like(await x.raw.user.findUnique({ where: { id } }), { name: 'Countess', email: 'ada@example.org' })
})

behaviour('a ref can be deleted without being loaded', async (t, x) => {
  const { id } = await x.raw.tag.create({ data: { label: 'maths' } })
  await x.s.delete(x.s.ref('Tag', id))
  await x.s.commit()
  t.is(await x.raw.tag.count(), 0)
})

behaviour('get, refresh and a query load a ref into the same object', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const user = x.s.ref('User', id)
  t.is(await x.s.getOne('User', id), user)
  t.is(user.name, 'Ada')
  t.deepEqual(inspect(user).expired, [])
  await x.s.close()

  const again = x.s.ref('User', id)
  await x.s.refresh(again)
  t.is(again.name, 'Ada')
})

behaviour('a ref to a row that does not exist is null from get, and P2003 as a foreign key', async (t, x) => {
  x.s.ref('User', 99)
  t.is(await x.s.get('User', 99), null)
  x.s.add('Item', { owner: x.s.ref('User', 98) })
  await refused(t, () => x.s.commit(), { code: 'P2003' })
})

behaviour('ref takes a composite key, and the key of a model without a generated one', async (t, x) => {
  await x.raw.pair.create({ data: { x: 1, y: 2 } })
  await x.raw.code.create({ data: { code: 'a', label: 'first' } })
  x.s.add('Leg', { note: 'one', pair: x.s.ref('Pair', [1, 2]) })
  x.s.add('Use', { code: x.s.ref('Code', 'a') })
  await x.s.commit()
  t.like(await x.raw.leg.findFirst(), { pairX: 1, pairY: 2 })
  t.like(await x.raw.use.findFirst(), { codeId: 'a' })
})

behaviour('ref gives the loaded object where there is one', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const user = await x.s.getOne('User', id)
  t.is(x.s.ref('User', id), user)
  t.is(user.name, 'Ada')
})

behaviour('a ref updates a versioned row by the version that it is given, or loads it first', async (t, x) => {
  const s = x.session({ versionFields: { Doc: 'version' } })
  const { id } = await x.raw.doc.create({ data: { version: 3, body: 'first' } })
  const doc = s.ref('Doc', id)
  await s.refresh(doc)
  doc.body = 'second'
  await s.commit()
  t.like(await x.raw.doc.findUnique({ where: { id } }), { version: 4, body: 'second' })
})

behaviour(
  'reading an attribute of a ref is MissingAwaitError',
  async (t, x) => {
    const user = x.s.ref('User', 1)
    t.throws(() => user.name, { instanceOf: MissingAwaitError, message: /User 1\.name is not loaded/ })
  },
  { modes: ['async'] },
)

behaviour(
  'reading an attribute of a ref loads it',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
    t.is(inSync(x.s).ref('User', id).name, 'Ada')
  },
  { modes: ['sync'] },
)

behaviour('ref refuses an unknown model, another unique value and no key', async (t, x) => {
  const ref = x.s.ref.bind(x.s) as (...args: unknown[]) => unknown
  t.throws(() => ref('Usr', 1), { instanceOf: UnmappedModelError })
  t.throws(() => ref('User', { email: 'ada@example.org' }), {
    instanceOf: ArgumentError,
    message: /primary key of a User \(id\)/,
  })
  for (const key of [undefined, null, [1, 2], {}]) t.throws(() => ref('User', key), { message: /the key of a User/ })
  t.false(x.s.inTransaction())
})

behaviour('ref tells its listeners, and is a transient row no more after a rollback', async (t, x) => {
  const events = x.events(x.s, ['loadedAsPersistent'])
  const user = x.s.ref('User', 7)
  t.is(events[0]?.payload.entity, user)
  await x.s.rollback()
  t.is(inspect(user).state, 'persistent')
  await x.s.close()
  t.is(inspect(user).state, 'detached')
})

behaviour('a change of a ref counts up the version of its row, so that others find it', async (t, x) => {
  const options = { versionFields: { Doc: 'version' } }
  const { id } = await x.raw.doc.create({ data: { version: 3, body: 'first' } })
  const s = x.session(options)
  const doc = await s.getOne('Doc', id)
  await s.commit()
  const other = x.session(options)
  other.ref('Doc', id).body = 'by ref'
  await other.commit()
  t.like(await x.raw.doc.findUnique({ where: { id } }), { version: 4, body: 'by ref' })
  doc.body = 'by the first'
  await refused(t, () => s.commit(), { instanceOf: StaleDataError })
})

behaviour('ref gives the new object of its key', async (t, x) => {
  const user = x.s.add('User', { id: 70, name: 'new' })
  t.is(x.s.ref('User', 70), user)
  x.s.ref('User', 70).name = 'changed'
  await x.s.commit()
  t.is((await x.raw.user.findUniqueOrThrow({ where: { id: 70 } })).name, 'changed')
})

behaviour(
  'of two objects of one row the one that comes back by a rollback stays, and the ref is detached',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
    const user = await x.s.getOne('User', id)
    await x.s.delete(user)
    await x.s.flush()
    const reference = x.s.ref('User', id)
    t.not(reference, user)
    await x.s.rollback()
    t.is(inspect(user).state, 'persistent')
    t.is(inspect(reference).state, 'detached')
    t.is(x.s.ref('User', id), user)
  },
)

behaviour('an object that a new one of its key replaces is detached', async (t, x) => {
  const first = await x.s.begin()
  await x.s.user.create({ data: { id: 5, name: 'rolled back' } })
  const ghost = await x.s.getOne('User', 5)
  await first.rollback()
  const user = x.s.add('User', { id: 5, name: 'new' })
  await x.s.commit()
  t.is(inspect(ghost).state, 'detached')
  t.is(await x.s.getOne('User', 5), user)
  ghost.name = 'lost'
  await x.s.commit()
  t.is((await x.raw.user.findUniqueOrThrow({ where: { id: 5 } })).name, 'new')
})

behaviour('get reads a ref of key columns only, and one that was changed', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada', email: 'ada@example.org' } })
  x.s.ref('Pair', [1, 77])
  t.is(await x.s.get('Pair', [1, 77]), null)
  x.s.ref('User', 999).name = 'x'
  t.is(await x.s.noAutoflush(() => x.s.get('User', 999)), null)
  const user = x.s.ref('User', id)
  user.name = 'Countess'
  const loaded = await x.s.noAutoflush(() => x.s.getOne('User', id))
  t.is(loaded, user)
  t.is(user.email, 'ada@example.org')
  t.is(user.name, 'Countess')
  await x.s.rollback()
})

behaviour(
  'a ref whose relations go by another field than the key is read by the flush, and can be deleted',
  async (t, x) => {
    const s = createSession(x.client as unknown as EdgeClient)
    t.teardown(async () => void (await s.close()))
    const raw = x.raw as unknown as EdgeClient
    const { id } = await raw.owner.create({ data: { slug: 'sl' } })
    const free = await raw.owner.create({ data: { slug: 'free' } })
    const pet = s.add('Pet', { name: 'p', owner: s.ref('Owner', id) })
    await s.commit()
    t.is((await raw.pet.findUniqueOrThrow({ where: { id: pet.id } })).ownerSlug, 'sl')
    await s.delete(s.ref('Owner', free.id))
    await s.commit()
    t.is(await raw.owner.count(), 1)
  },
  { schema: 'edge' },
)

behaviour(
  'a ref knows its key in the type that the database returns, and loads the row of another spelling',
  async (t, x) => {
    const s = createSession(x.client as unknown as EdgeClient)
    t.teardown(async () => void (await s.close()))
    const raw = x.raw as unknown as EdgeClient
    await raw.share.create({ data: { size: '2.5' } })
    const share = s.ref('Share', '2.50')
    t.is(s.ref('Share', 2.5), share)
    t.is(share.size.plus(1).toString(), '3.5')
    t.is(await s.get('Share', '2.5'), share)
    t.is(share.label, 'share')
    const at = new Date('2021-01-01T00:00:00Z')
    const slot = s.ref('Slot', at)
    at.setFullYear(2022)
    t.false(inspect(slot).modified)
    t.is(slot.at.getUTCFullYear(), 2021)
    await s.rollback()
  },
  { schema: 'edge' },
)

behaviour(
  'a ref in another spelling than its row is known by the key of the row once it is loaded',
  async (t, x) => {
    await x.raw.code.create({ data: { code: 'abc', label: 'first' } })
    const code = x.s.ref('Code', 'ABC')
    await x.s.refresh(code)
    t.is(code.code, 'abc')
    t.is(code.label, 'first')
    t.is(x.s.ref('Code', 'abc'), code)
    t.deepEqual(inspect(code).key, ['abc'])
  },
  { databases: ['mariadb'] },
)

behaviour('the message about a wrong key of ref offers what ref takes', async (t, x) => {
  const ref = x.s.ref.bind(x.s) as (...args: unknown[]) => unknown
  const error = t.throws(() => ref('User', undefined))
  t.regex(String(error?.message), /the key of a User is the value of id; /)
  t.notRegex(String(error?.message), /unique|select/)
})
