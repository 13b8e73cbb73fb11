// add() and addAll(): pending objects, and the objects that come with them.
import { inspect, UnmappedInstanceError } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { mk, persistent, persistentAll } from '../helpers/entities.js'

behaviour('an object added twice is inserted once', async (t, x) => {
  const user = mk('User', { name: 'ada' })
  x.s.add(user)
  x.s.add(user)
  t.is(x.s.new.size, 1)
  await x.s.commit()
  t.deepEqual(x.written(), ['INSERT User'])
  t.is(await x.raw.user.count(), 1)
})

behaviour('add of a model and plain data returns that very object', async (t, x) => {
  const data = { name: 'ada' }
  const user = x.s.add('User', data)
  t.is<unknown, unknown>(user, data)
  t.deepEqual(Reflect.ownKeys(data), ['name'])
  t.is(inspect(data).model, 'User')
})

behaviour('addAll keeps the order', async (t, x) => {
  const users = ['a', 'b', 'c'].map((name) => mk('User', { name }))
  t.deepEqual(x.s.addAll(users), users)
  const pending = [...x.s.new]
  t.is(pending.length, 3)
  for (const [index, user] of users.entries()) t.is(pending[index], user)
  const posts = x.s.addAll('Post', [{ title: 'one' }, { title: 'two' }])
  t.deepEqual(
    posts.map((post) => inspect(post).state),
    ['pending', 'pending'],
  )
  t.is(x.s.new.size, 5)
})

behaviour('addAll throws at a bad element and leaves the elements before it pending', async (t, x) => {
  const before = mk('User', { name: 'before' })
  const after = mk('User', { name: 'after' })
  const elements = [before, 1 as unknown as object, after]
  t.throws(() => x.s.addAll(elements), { instanceOf: UnmappedInstanceError })
  t.is(inspect(before).state, 'pending')
  t.is(inspect(after).state, 'transient')
  t.deepEqual([...x.s.new], [before])
})

behaviour('objects that an added object refers to are added with it', async (t, x) => {
  const user = mk('User', { name: 'ada' })
  const post = x.s.add(mk('Post', { title: 'one', author: user }))
  t.is(inspect(user).state, 'pending')
  t.true(x.s.new.has(user))
  await x.s.flush()
  t.is(inspect(user).state, 'persistent')
  t.is(typeof user.id, 'number')
  t.is(post.authorId, user.id)
  await x.s.commit()
  t.deepEqual(await x.raw.post.findMany({ select: { title: true, authorId: true } }), [
    { title: 'one', authorId: user.id },
  ])
})

behaviour('a plain new object in a relation gets the model of the relation', async (t, x) => {
  const user = x.s.add('User', { name: 'ada', posts: [{ title: 'one' }, { title: 'two' }] })
  await x.s.flush()
  const posts = user.posts as unknown as { id: number; authorId: number }[]
  t.deepEqual(
    posts.map((post) => inspect(post).model),
    ['Post', 'Post'],
  )
  for (const post of posts) {
    t.is(inspect(post).state, 'persistent')
    t.is(post.authorId, user.id)
  }
  await x.s.commit()
  t.is(await x.raw.post.count({ where: { author: { name: 'ada' } } }), 2)
})

behaviour('an object pushed into a loaded collection is inserted by the next flush', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'ada', posts: { create: { title: 'old' } } } })
  const user = await x.s.getOne('User', id, { include: { posts: true } })
  const posts = user.posts as object[]
  t.is(posts.length, 1)
  const post = mk('Post', { title: 'new' })
  posts.push(post, { title: 'plain' })
  await x.s.flush()
  t.is(inspect(post).state, 'persistent')
  t.is(post.authorId, id)
  t.is(inspect(posts[2] as object).state, 'persistent')
  await x.s.commit()
  t.is(await x.raw.post.count({ where: { authorId: id } }), 3)
})

behaviour('an object pushed into a collection and removed before the flush is not inserted', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'ada' } })
  const user = await x.s.getOne('User', id, { include: { posts: true } })
  const post = mk('Post', { title: 'new' })
  const posts = user.posts as object[]
  posts.push(post)
  posts.pop()
  await x.s.commit()
  t.not(inspect(post).state, 'persistent')
  t.deepEqual(x.written(), [])
  t.is(await x.raw.post.count(), 0)
})

behaviour('adding an object scheduled for deletion cancels the deletion', async (t, x) => {
  const user = await persistent(x)
  await x.s.delete(user)
  t.true(x.s.deleted.has(user))
  x.s.add(user)
  t.false(x.s.deleted.has(user))
  t.is(inspect(user).state, 'persistent')
  await x.s.commit()
  t.deepEqual(x.written(), [])
  t.is(await x.raw.user.count(), 1)
})

behaviour('new, dirty and deleted cannot be used to change the session', async (t, x) => {
  const [changed, marked] = (await persistentAll(x, {}, {})) as [object & { name: string }, object]
  await x.s.delete(marked)
  const pending = x.s.add('User', { name: 'pending' })
  changed.name = 'changed'
  for (const [set, member] of [
    [x.s.new, pending],
    [x.s.dirty, changed],
    [x.s.deleted, marked],
  ] as const) {
    t.true(set.has(member))
    const open = set as Set<object>
    for (const attempt of [() => open.delete(member), () => open.add(mk('User', {})), () => open.clear()]) {
      try {
        attempt()
      } catch {} // read-only is as good as a copy
    }
  }
  t.deepEqual([...x.s.new], [pending])
  t.deepEqual([...x.s.dirty], [changed])
  t.deepEqual([...x.s.deleted], [marked])
})

behaviour('attach takes a detached object again, as clean as a row that was just read', async (t, x) => {
  const user = await persistent(x)
  await x.s.commit()
  x.s.expunge(user)
  user.name = 'read elsewhere'
  const other = x.session()
  const attached = other.attach('User', user)
  t.is(attached, user)
  t.is(inspect(user).state, 'persistent')
  t.is(inspect(user).session as unknown, other)
  t.false(other.isModified(user))
  user.name = 'changed'
  await other.commit()
  t.is((await x.raw.user.findFirstOrThrow()).name, 'changed')
})

behaviour('attach of an object that the session has returns the object itself', async (t, x) => {
  const user = await persistent(x)
  user.name = 'changed'
  t.is<unknown, unknown>(x.s.attach('User', user), user)
  t.is(user.name, 'changed')
})
