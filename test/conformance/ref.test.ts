// `session.ref(model, key)`: the object of a row without a query.
import { ArgumentError, inspect, MissingAwaitError, UnmappedModelError } from '../../src/index.js'
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
