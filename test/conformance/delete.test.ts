// delete() and the flush of a delete: states, and what onDelete does to loaded children.

import { entity, FlushError, InvalidRequestError, inspect, PendingRollbackError } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

behaviour('delete schedules an object, and flush deletes its row', async (t, x) => {
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

behaviour('a second delete after the flush is scheduled again and warns when it matches no row', async (t, x) => {
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

behaviour('onDelete: SetNull is left to the database, and loaded children have null after the flush', async (t, x) => {
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

behaviour('a rollback of a delete points the children to their parent again', async (t, x) => {
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

behaviour('onDelete: Cascade removes loaded children from the session', async (t, x) => {
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

behaviour('onDelete: Restrict fails the flush while children are left', async (t, x) => {
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

behaviour('removing a child from a required relation is refused and does not delete the child', async (t, x) => {
  const ada = await x.raw.user.create({ data: { name: 'Ada', items: { create: { label: 'pen' } } } })
  const { s } = x
  const user = await s.getOne('User', ada.id, { include: { items: true } })
  const [item] = user.items ?? []
  if (!item) return t.fail('items not loaded')
  user.items = []
  const error = await refused(t, () => s.flush(), { message: /ownerId/ })
  t.true(error instanceof FlushError)
  t.true(s.isActive) // nothing was sent: mend it and flush again
  await refused(t, () => s.commit(), { message: /ownerId/ })
  await s.rollback()
  t.is(item.ownerId, ada.id)
  t.deepEqual(user.items, [item])
  t.is((await x.raw.item.findMany())[0]?.ownerId, ada.id)
})

/** A committed user with a post, a profile (SetNull), an item (Cascade) and an invited user (SetNull), all loaded. */
async function family(x: Context) {
  const row = await x.raw.user.create({
    data: {
      name: 'parent',
      posts: { create: [{ title: 'one' }, { title: 'two' }] },
      profile: { create: { bio: 'bio' } },
      items: { create: [{ label: 'a' }, { label: 'b' }] },
      invited: { create: [{ name: 'guest' }] },
    },
  })
  const user = await x.s.getOne('User', row.id)
  await x.s.refresh(user, ['posts', 'profile', 'items', 'invited'])
  const { posts, profile, items, invited } = user
  if (!posts || !profile || !items || !invited) throw new Error('not loaded')
  x.clear()
  return { user, posts: [...posts], profile, items: [...items], guest: invited[0] as NonNullable<(typeof invited)[0]> }
}

behaviour('SetNull sets the keys of all loaded children to null at the flush, with no read', async (t, x) => {
  const { user, posts, profile, guest } = await family(x)
  await x.s.delete(user)
  await x.s.flush()
  x.clear()
  for (const post of posts) {
    t.is(post.authorId, null)
    t.is(inspect(post).state, 'persistent')
    t.false(x.s.isModified(post))
  }
  t.is(profile.userId, null)
  t.is(guest.inviterId, null)
  t.deepEqual(x.ops(), [])
  await x.s.commit()
  t.deepEqual(
    (await x.raw.post.findMany()).map((post) => post.authorId),
    [null, null],
  )
})

behaviour('Cascade makes loaded children deleted at the flush and detached at commit', async (t, x) => {
  const { user, items } = await family(x)
  await x.s.delete(user)
  await x.s.flush()
  t.deepEqual(
    x.written().filter((write) => write.endsWith('Item')),
    [],
  )
  for (const item of items) {
    t.is(inspect(item).state, 'deleted')
    t.false(x.s.identityMap.has('Item', item.id))
    t.false(x.s.contains(item))
  }
  await x.s.commit()
  t.true(items.every((item) => inspect(item).wasDeleted && inspect(item).state === 'detached'))
  t.is(await x.raw.item.count(), 0)
})

behaviour('a rollback restores a deleted object with all its children', async (t, x) => {
  const { user, posts, profile, items } = await family(x)
  await x.s.delete(user)
  await x.s.flush()
  await x.s.rollback()
  t.is(inspect(user).state, 'persistent')
  for (const post of posts) t.is(post.authorId, user.id)
  t.is(profile.userId, user.id)
  for (const item of items) {
    t.is(inspect(item).state, 'persistent')
    t.true(x.s.identityMap.has('Item', item.id))
    t.is(await x.s.get('Item', item.id), item)
  }
  t.is(await x.raw.item.count(), 2)
})

behaviour('a loaded relation to a deleted object becomes null', async (t, x) => {
  const { user, posts } = await family(x)
  const [post] = posts as [(typeof posts)[0]]
  await x.s.refresh(post, ['author'])
  t.is(post.author, user)
  await x.s.delete(user)
  await x.s.flush()
  t.is(post.author, null)
  t.false(x.s.isModified(post))
})

behaviour('a deleted child leaves the loaded array of its parent', async (t, x) => {
  const { user, posts } = await family(x)
  const [first, second] = posts as [(typeof posts)[0], (typeof posts)[0]]
  await x.s.delete(first)
  await x.s.flush()
  t.deepEqual(
    user.posts?.map((post) => post === second),
    [true],
  )
  t.false(x.s.isModified(user))
  x.clear()
  await x.s.flush()
  t.deepEqual(x.written(), [])
})

behaviour('children that are not loaded are left to the database', async (t, x) => {
  const row = await x.raw.user.create({
    data: { name: 'a', posts: { create: { title: 'one' } }, items: { create: {} } },
  })
  const user = await x.s.getOne('User', row.id)
  x.clear()
  await x.s.delete(user)
  await x.s.flush()
  t.is(x.ops().length, 1)
  t.deepEqual(x.written(), ['DELETE User'])
  await x.s.commit()
  t.is((await x.raw.post.findFirstOrThrow()).authorId, null)
  t.is(await x.raw.item.count(), 0)
})

behaviour('a change to a cascaded child is not written, because its row is gone', async (t, x) => {
  const { user, items } = await family(x)
  const [item] = items as [(typeof items)[0]]
  item.label = 'changed'
  await x.s.delete(user)
  await x.s.commit()
  t.is(inspect(item).state, 'detached')
  t.is(await x.raw.item.count(), 0)
})

behaviour('SetNull sets every field of a composite key to null', async (t, x) => {
  await x.raw.pair.create({ data: { x: 1, y: 2, legs: { create: { note: 'a' } } } })
  const pair = await x.s.getOne('Pair', [1, 2])
  const leg = await x.s.getOne('Leg', 1)
  await x.s.delete(pair)
  await x.s.flush()
  t.is(leg.pairX, null)
  t.is(leg.pairY, null)
  t.false(x.s.isModified(leg))
})

behaviour('deleted children leave the loaded array of their parent together', async (t, x) => {
  const { user, posts } = await family(x)
  const list = user.posts
  for (const post of posts) await x.s.delete(post)
  await x.s.flush()
  t.is(user.posts, list)
  t.deepEqual(user.posts, [])
  t.false(x.s.isModified(user))
  await x.s.rollback()
  t.is(user.posts?.length, posts.length)
})

behaviour('a deleted object leaves the loaded many-to-many relations of others', async (t, x) => {
  await x.raw.post.create({ data: { title: 'one', tags: { create: [{ label: 'red' }, { label: 'blue' }] } } })
  const post = await x.s.getOne('Post', 1, { include: { tags: { orderBy: { id: 'asc' } } } })
  const [red, blue] = post.tags ?? []
  if (!red || !blue) return t.fail('tags not loaded')
  await x.s.delete(red)
  await x.s.flush()
  t.deepEqual(
    post.tags?.map(({ label }) => label),
    ['blue'],
  )
  t.false(x.s.isModified(post))
  await x.s.rollback()
  t.is(post.tags?.length, 2)
  await x.s.delete(blue)
  await x.s.commit()
  const stored = await x.raw.post.findFirstOrThrow({ include: { tags: true } })
  t.deepEqual(
    stored.tags.map(({ label }) => label),
    ['red'],
  )
})

behaviour('a deleted object that a many-to-many relation was given is not linked', async (t, x) => {
  await x.raw.post.create({ data: { title: 'one' } })
  await x.raw.tag.create({ data: { label: 'red' } })
  const post = await x.s.getOne('Post', 1)
  const tag = await x.s.getOne('Tag', 1, { include: { posts: true } })
  tag.posts?.push(post as never)
  await x.s.delete(post)
  await x.s.flush()
  t.deepEqual(tag.posts, [])
  t.false(x.s.isModified(tag))
  await x.s.commit()
  t.is(await x.raw.post.count(), 0)
})

behaviour('children of a deleted object are not those of a new one with its key', async (t, x) => {
  const { user, posts, items } = await family(x)
  const id = user.id
  await x.s.delete(user)
  const fresh = x.s.add('User', { id, name: 'new' })
  await x.s.flush()
  for (const post of posts) t.is(post.authorId, null)
  for (const item of items) t.is(inspect(item).state, 'deleted')
  await x.s.commit()
  t.is(inspect(fresh).state, 'persistent')
  const stored = await x.raw.user.findUniqueOrThrow({ where: { id }, include: { posts: true, items: true } })
  t.deepEqual([stored.name, stored.posts, stored.items], ['new', [], []])
})

behaviour('links of a deleted object are not those of a new one with its key', async (t, x) => {
  await x.raw.post.create({ data: { id: 1, title: 'old', tags: { create: { label: 'red' } } } })
  const tag = await x.s.getOne('Tag', 1, { include: { posts: true } })
  await x.s.delete(await x.s.getOne('Post', 1))
  x.s.add('Post', { id: 1, title: 'new' })
  await x.s.flush()
  t.deepEqual(tag.posts, [])
  await x.s.commit()
  t.deepEqual((await x.raw.post.findFirstOrThrow({ include: { tags: true } })).tags, [])
})

behaviour('rows that refer to each other are deleted beside one whose key the database sets to null', async (t, x) => {
  const a = x.s.add('A', {})
  const b = x.s.add('B', { a })
  Object.assign(a, { b })
  const kept = x.s.add('B', {})
  const other = x.s.add('A', { b: kept })
  const keptToo = x.s.add('A', {})
  const another = x.s.add('B', { a: keptToo })
  const post = x.s.add('Post', { title: 'one', author: x.s.add('User', { name: 'ada' }) })
  const node = x.s.add('Node', { name: 'leaf', parent: x.s.add('Node', { name: 'root' }) })
  await x.s.commit()
  for (const object of [a, b, other, another, post, node]) await x.s.delete(object)
  await x.s.commit()
  t.deepEqual(
    (await x.raw.a.findMany()).map(({ id }) => id),
    [keptToo.id],
  )
  t.deepEqual(
    (await x.raw.b.findMany()).map(({ id }) => id),
    [kept.id],
  )
  t.is(await x.raw.post.count(), 0)
  t.is(await x.raw.user.count(), 1)
  t.deepEqual(
    (await x.raw.node.findMany()).map(({ name }) => name),
    ['root'],
  )
})
