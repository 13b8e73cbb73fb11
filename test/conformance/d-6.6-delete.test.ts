import { inspect } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.ts'

/** A committed user with a post, a profile (SetNull), an item (Cascade) and someone invited (SetNull), all loaded. */
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

behaviour('onDelete SetNull: loaded children have null after flush, with no read', async (t, x) => {
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

behaviour('onDelete Cascade: loaded children are deleted after flush', async (t, x) => {
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

behaviour('rollback brings all of it back', async (t, x) => {
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

behaviour('a loaded relation to the deleted object is null afterwards', async (t, x) => {
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

behaviour('a change to a cascaded child is not written: its row is gone', async (t, x) => {
  const { user, items } = await family(x)
  const [item] = items as [(typeof items)[0]]
  item.label = 'changed'
  await x.s.delete(user)
  await x.s.commit()
  t.is(inspect(item).state, 'detached')
  t.is(await x.raw.item.count(), 0)
})

behaviour('SetNull of a composite key', async (t, x) => {
  await x.raw.pair.create({ data: { x: 1, y: 2, legs: { create: { note: 'a' } } } })
  const pair = await x.s.getOne('Pair', [1, 2])
  const leg = await x.s.getOne('Leg', 1)
  await x.s.delete(pair)
  await x.s.flush()
  t.is(leg.pairX, null)
  t.is(leg.pairY, null)
  t.false(x.s.isModified(leg))
})
