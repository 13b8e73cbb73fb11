import { entity, InvalidRequestError, inspect, PendingRollbackError } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

behaviour('delete marks; the row goes at the flush', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const user = await s.getOne('User', id)
  x.clear()
  await s.delete(user)
  await s.delete(user)
  t.deepEqual([...s.deleted], [user])
  t.true(s.contains(user))
  t.is(inspect(user).state, 'persistent')
  t.deepEqual(x.ops(), [])

  await s.flush()
  t.true(x.ops().length <= 1)
  t.is(s.deleted.size, 0)
  t.false(s.contains(user))
  t.is(inspect(user).state, 'deleted')
  await s.commit()
  t.is(await x.raw.user.count(), 0)
})

behaviour('a second delete after the flush is queued again and warns when it matches no row', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const warnings = x.events(s, ['warning'])
  const user = await s.getOne('User', id)
  await s.delete(user)
  await s.flush()
  t.deepEqual(warnings, [])

  await s.delete(user)
  t.true(s.deleted.has(user))
  await s.flush()
  t.is(warnings.length, 1)
  t.regex(String(warnings[0]?.payload.message), /User/)
  t.is(s.deleted.size, 0)
  await s.commit()
  t.is(await x.raw.user.count(), 0)
})

behaviour('a transient or pending object cannot be deleted', async (t, x) => {
  const { s } = x
  const transient = entity('User', { name: 'Ada' })
  await refused(t, () => s.delete(transient), { instanceOf: InvalidRequestError, message: /not persisted/ })
  t.is(inspect(transient).state, 'transient')

  const pending = s.add('User', { name: 'Bob' })
  await refused(t, () => s.delete(pending), { instanceOf: InvalidRequestError, message: /not persisted/ })
  t.true(s.new.has(pending))
  t.is(s.deleted.size, 0)
  t.deepEqual(x.ops(), [])
  await s.commit()
  t.is(await x.raw.user.count(), 1)
})

behaviour('onDelete: SetNull is the database’s work; loaded children follow', async (t, x) => {
  const ada = await x.raw.user.create({ data: { name: 'Ada', posts: { create: [{ title: 'a' }, { title: 'b' }] } } })
  const { s } = x
  const user = await s.getOne('User', ada.id, { include: { posts: true } })
  const [first, second] = user.posts ?? []
  if (!first || !second) return t.fail('posts not loaded')
  t.is(first.authorId, ada.id)
  x.clear()
  await s.delete(user)
  await s.flush()
  t.true(x.ops().length <= 1)
  t.deepEqual(x.written(), ['DELETE User'])
  t.is(first.authorId, null)
  t.is(second.authorId, null)
  t.is(inspect(first).state, 'persistent')
  t.false(s.isModified(first))
  await s.flush()
  t.deepEqual(x.written(), ['DELETE User'])
  await s.commit()
  t.is(await x.raw.post.count({ where: { authorId: null } }), 2)
})

behaviour('after rollback the children point to their parent again', async (t, x) => {
  const ada = await x.raw.user.create({ data: { name: 'Ada', posts: { create: { title: 'a' } } } })
  const { s } = x
  const user = await s.getOne('User', ada.id, { include: { posts: true } })
  const [post] = user.posts ?? []
  if (!post) return t.fail('posts not loaded')
  await s.delete(user)
  await s.flush()
  t.is(post.authorId, null)
  await s.rollback()
  t.is(post.authorId, ada.id)
  t.is(inspect(user).state, 'persistent')
  t.false(s.isModified(post))
})

behaviour('onDelete: Cascade takes loaded children out of the session', async (t, x) => {
  const ada = await x.raw.user.create({ data: { name: 'Ada', items: { create: [{ label: 'pen' }] } } })
  const { s } = x
  const user = await s.getOne('User', ada.id, { include: { items: true } })
  const [item] = user.items ?? []
  if (!item) return t.fail('items not loaded')
  x.clear()
  await s.delete(user)
  await s.flush()
  t.deepEqual(x.written(), ['DELETE User'])
  t.is(inspect(item).state, 'deleted')
  t.false(s.contains(item))
  t.is(await s.get('Item', item.id), null)

  await s.rollback()
  t.is(inspect(item).state, 'persistent')
  t.is(await s.get('Item', item.id), item)
})

behaviour('onDelete: Restrict with children left fails the flush', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'a', uses: { create: {} } } })
  const { s } = x
  const code = await s.getOne('Code', 'A')
  await s.delete(code)
  const first = await refused(t, () => s.flush(), { code: 'P2003' })
  t.is(first.name, 'PrismaClientKnownRequestError')
  t.false(s.isActive)
  const second = await refused<PendingRollbackError>(t, () => s.commit(), { instanceOf: PendingRollbackError })
  t.is(second.cause, first)

  await s.rollback()
  t.true(s.isActive)
  t.is(inspect(code).state, 'persistent')
  t.is(await s.get('Code', 'A'), code)
  t.is(await x.raw.code.count(), 1)
})

behaviour('a child taken out of a required relation is refused, not deleted', async (t, x) => {
  const ada = await x.raw.user.create({ data: { name: 'Ada', items: { create: { label: 'pen' } } } })
  const { s } = x
  const user = await s.getOne('User', ada.id, { include: { items: true } })
  const [item] = user.items ?? []
  if (!item) return t.fail('items not loaded')
  user.items = []
  const error = await refused(t, () => s.flush(), { message: /ownerId/ })
  t.false(s.isActive)
  const second = await refused<PendingRollbackError>(t, () => s.commit(), { instanceOf: PendingRollbackError })
  t.is(second.cause, error)
  await s.rollback()
  t.is(item.ownerId, ada.id)
  t.deepEqual(user.items, [item])
  t.is((await x.raw.item.findMany())[0]?.ownerId, ada.id)
})
