// expunge() and expungeAll(): the states they leave, and what is not written afterwards.

import { entity, InvalidRequestError, inspect, select } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'

behaviour('expunge detaches a persistent object; its changes are not written', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const user = await s.getOne('User', id)
  user.name = 'local'
  x.clear()
  s.expunge(user)
  t.is(inspect(user).state, 'detached')
  t.is(inspect(user).session, null)
  t.false(s.contains(user))
  t.false(s.identityMap.has('User', id))
  t.is(user.name, 'local')
  await s.flush()
  t.deepEqual(x.ops(), [])
  await s.commit()
  t.is((await x.raw.user.findUniqueOrThrow({ where: { id } })).name, 'Ada')
})

behaviour('after expunge the row is loaded as another object', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const user = await s.getOne('User', id)
  s.expunge(user)
  x.clear()
  t.not(await s.get('User', id), user)
  t.is(x.ops().length, 1)
})

behaviour('expunge of an object scheduled for delete cancels the delete', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const user = await s.getOne('User', id)
  await s.delete(user)
  s.expunge(user)
  t.is(s.deleted.size, 0)
  t.is(inspect(user).state, 'detached')
  await s.commit()
  t.is(await x.raw.user.count(), 1)
})

behaviour('expunge makes a pending object transient; it is never inserted', async (t, x) => {
  const { s } = x
  const pending = s.add('User', { name: 'Ada' })
  s.expunge(pending)
  t.is(inspect(pending).state, 'transient')
  t.is(s.new.size, 0)
  await s.commit()
  t.deepEqual(x.ops(), [])
  t.deepEqual(x.wire(), [])
})

behaviour('expunge refuses an object that is not in the session', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const expectation = { instanceOf: InvalidRequestError, message: /not present/ }
  t.throws(() => s.expunge(entity('User', { name: 'Bob' })), expectation)
  const user = await s.getOne('User', id)
  s.expunge(user)
  t.throws(() => s.expunge(user), expectation)
  t.is(inspect(user).state, 'detached')
})

behaviour('expungeAll empties the session; the transaction goes on', async (t, x) => {
  await x.raw.user.createMany({ data: [{ name: 'Ada' }, { name: 'Bob' }] })
  const { s } = x
  const flushed = s.add('User', { name: 'Cyd' })
  await s.flush()
  const [ada, bob] = (await s.scalars(select('User', { orderBy: { id: 'asc' } }))).all() as [{ name: string }, object]
  const pending = s.add('User', { name: 'Dan' })
  ada.name = 'local'
  await s.delete(bob)
  s.expungeAll()
  for (const set of [s.new, s.dirty, s.deleted, s.identityMap]) t.is(set.size, 0)
  t.deepEqual([...s], [])
  t.is(inspect(pending).state, 'transient')
  for (const object of [flushed, ada, bob]) t.is(inspect(object).state, 'detached')
  t.true(s.inTransaction())
  t.deepEqual(x.wire(), ['BEGIN'])

  await s.commit()
  const names = (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name)
  t.deepEqual(names, ['Ada', 'Bob', 'Cyd'])
})

behaviour('expunge detaches the object alone, not its related objects', async (t, x) => {
  const ada = await x.raw.user.create({ data: { name: 'Ada', posts: { create: { title: 'a' } } } })
  const { s } = x
  const user = await s.getOne('User', ada.id, { include: { posts: true } })
  const [post] = user.posts ?? []
  if (!post) return t.fail('posts not loaded')
  s.expunge(user)
  t.is(inspect(post).state, 'persistent')
  t.true(s.contains(post))
})
