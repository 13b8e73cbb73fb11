// merge() of plain data, transient, pending and detached objects, of graphs, and with load: false.

import { ArgumentError, entity, InvalidRequestError, inspect, StaleDataError } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

behaviour('merge copies a transient object onto its row, found with one read', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada', kind: 'admin' } })
  const { s } = x
  const given = entity('User', { id, name: 'New' })
  const merged = await s.merge('User', given)
  t.is(x.ops().length, 1)
  t.not(merged as object, given)
  t.is(inspect(given).state, 'transient')
  t.deepEqual({ ...given }, { id, name: 'New' })
  t.is(merged.name, 'New')
  t.is(merged.kind, 'admin')
  t.is(inspect(merged).state, 'persistent')
  t.is(await s.get('User', id), merged)

  x.clear()
  await s.commit()
  t.deepEqual(
    x.writes().map(({ verb, columns }) => [verb, columns]),
    [['UPDATE', ['name']]],
  )
  const row = await x.raw.user.findUniqueOrThrow({ where: { id } })
  t.is(row.name, 'New')
  t.is(row.kind, 'admin')
})

behaviour('merge of equal values writes nothing, and takes plain data or a single entity', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const merged = await s.merge('User', { id, name: 'Ada' })
  t.false(s.isModified(merged))
  t.is(await s.merge<object>(entity('User', { id, name: 'Ada' })), merged)
  x.clear()
  await s.flush()
  t.deepEqual(x.ops(), [])
})

behaviour('merge sends nothing when the key is in the identity map', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const user = await s.getOne('User', id)
  x.clear()
  t.is<object, object>(await s.merge('User', entity('User', { id, name: 'New' })), user)
  t.is(user.name, 'New')
  t.is(user.kind, 'plain')
  t.true(s.isModified(user))
  t.deepEqual(x.ops(), [])
})

behaviour('merge of a persistent object of this session returns the object itself', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const user = await s.getOne('User', id)
  x.clear()
  t.is(await s.merge(user), user)
  t.deepEqual(x.ops(), [])
})

behaviour('merge of a detached object returns a copy that belongs to the session', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const first = x.session()
  const detached = await first.getOne('User', id)
  await first.close()
  detached.name = 'New'
  x.clear()
  const merged = await x.s.merge(detached)
  t.is(x.ops().length, 1)
  t.not(merged, detached)
  t.is(merged.name, 'New')
  t.is(inspect(detached).state, 'detached')
  t.is(inspect(merged).state, 'persistent')
  await x.s.commit()
  t.is((await x.raw.user.findUniqueOrThrow({ where: { id } })).name, 'New')
})

behaviour('merge of a key without a row reads once and returns a pending copy', async (t, x) => {
  const { s } = x
  const given = entity('User', { id: 77, name: 'Ada' })
  const merged = await s.merge('User', given)
  t.is(x.ops().length, 1)
  t.not<object, object>(merged, given)
  t.true(s.new.has(merged))
  t.false(s.new.has(given))
  t.is(merged.name, 'Ada')
  await s.commit()
  t.deepEqual(
    (await x.raw.user.findMany()).map(({ id, name }) => [id, name]),
    [[77, 'Ada']],
  )
})

behaviour('merge of an object without a key sends nothing and returns a pending copy', async (t, x) => {
  const { s } = x
  const given = entity('User', { name: 'Ada' })
  const merged = await s.merge('User', given)
  t.not<object, object>(merged, given)
  t.deepEqual([...s.new], [merged])
  t.is(inspect(given).state, 'transient')

  t.deepEqual(x.ops(), [])
})

behaviour('merge of an object with half a composite key sends nothing and returns a pending copy', async (t, x) => {
  const { s } = x
  const half = entity('Pair', { x: 1 })
  const merged = await s.merge<object>(half)
  t.not(merged, half)
  t.deepEqual([...s.new], [merged])
  t.deepEqual(x.ops(), [])
})

behaviour('merge of a graph merges related objects and replaces a to-many list', async (t, x) => {
  const { s } = x
  const ada = await x.raw.user.create({
    data: { name: 'Ada', posts: { create: [{ title: 'keep', body: 'text' }, { title: 'drop' }] } },
    include: { posts: { orderBy: { id: 'asc' } } },
  })
  const [keep, drop] = ada.posts
  if (!keep || !drop) return t.fail('posts not made')
  const given = {
    id: ada.id,
    name: 'Ada L.',
    posts: [entity('Post', { id: keep.id, title: 'kept' }), entity('Post', { title: 'new' })],
  }
  const merged = await s.merge('User', given)
  const posts = merged.posts ?? []
  t.is(posts.length, 2)
  t.is<unknown, unknown>(posts[0], await s.get('Post', keep.id))
  t.is(posts[0]?.title, 'kept')
  t.true(s.new.has(posts[1] as object))
  for (const part of given.posts) t.is(inspect(part).state, 'transient')

  await s.commit()
  const rows = await x.raw.post.findMany({ orderBy: { id: 'asc' } })
  t.deepEqual(
    rows.map(({ title, body, authorId }) => ({ title, body, authorId })),
    [
      { title: 'kept', body: 'text', authorId: ada.id },
      { title: 'drop', body: null, authorId: null },
      { title: 'new', body: null, authorId: ada.id },
    ],
  )
})

behaviour('merge of a graph with a cycle merges each object once', async (t, x) => {
  const { s } = x
  const author: { name: string; posts: object[] } = entity('User', { name: 'Ada', posts: [] })
  const post = entity('Post', { title: 'a', author })
  author.posts.push(post)
  const merged = await s.merge<typeof post>(post)
  t.not(merged, post)
  t.not(merged.author, author)
  t.is(merged.author.posts.length, 1)
  t.is<object | undefined, object>(merged.author.posts[0], merged)
  t.is(s.new.size, 2)
  t.deepEqual(x.ops(), [])
  await s.commit()
  const row = await x.raw.post.findFirstOrThrow({ include: { author: true } })
  t.is(row.author?.name, 'Ada')
  t.is(await x.raw.user.count(), 1)
})

behaviour('merge makes one object of two new objects with the same key', async (t, x) => {
  const { s } = x
  const posts = [entity('Post', { id: 5, title: 'a' }), entity('Post', { id: 5, title: 'b' })]
  const merged = await s.merge('User', { name: 'Ada', posts })
  t.is(merged.posts?.length, 1)
  t.is(s.new.size, 2)
  await s.commit()
  t.deepEqual(
    (await x.raw.post.findMany()).map(({ id, title }) => [id, title]),
    [[5, 'b']],
  )
})

behaviour('merge neither loads nor changes a relation that the argument does not have', async (t, x) => {
  const ada = await x.raw.user.create({ data: { name: 'Ada', posts: { create: { title: 'a' } } } })
  const { s } = x
  const merged = await s.merge('User', { id: ada.id, name: 'New' })
  t.is(x.ops().length, 1)
  t.false('posts' in merged)
  await s.flush()
  t.deepEqual(x.written(), ['UPDATE User'])
  await s.commit()
  t.is((await x.raw.post.findFirstOrThrow()).authorId, ada.id)
})

behaviour('merge keeps a loaded relation that the argument does not have', async (t, x) => {
  const ada = await x.raw.user.create({ data: { name: 'Ada', posts: { create: { title: 'a' } } } })
  const { s } = x
  const user = await s.getOne('User', ada.id, { include: { posts: true } })
  x.clear()
  await s.merge('User', { id: ada.id, name: 'New' })
  t.is(user.posts?.length, 1)
  t.is(user.name, 'New')
  await s.flush()
  t.deepEqual(x.written(), ['UPDATE User'])
})

behaviour('merge with load: false copies an unchanged detached object without an operation', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const first = x.session()
  const detached = await first.getOne('User', id)
  await first.close()
  x.clear()
  const { s } = x
  const merged = await s.merge(detached, { load: false })
  t.not(merged, detached)
  t.is(inspect(merged).state, 'persistent')
  t.deepEqual({ ...merged }, { ...detached })
  t.false(s.isModified(merged))
  t.false(s.dirty.has(merged))
  t.is(s.identityMap.get('User', id), merged)
  await s.flush()
  t.deepEqual(x.ops(), [])
})

behaviour('merge with load: false copies loaded relations', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada', posts: { create: { title: 'a' } } } })
  const first = x.session()
  const detached = await first.getOne('User', id, { include: { posts: { include: { author: true } } } })
  await first.close()
  x.clear()
  const { s } = x
  const merged = await s.merge(detached, { load: false })
  const [post] = merged.posts ?? []
  if (!post) return t.fail('posts not merged')
  t.not(post, detached.posts?.[0])
  t.is(post.title, 'a')
  t.is(post.author, merged)
  t.is(s.identityMap.get('Post', post.id), post)
  t.is(await s.merge(detached, { load: false }), merged)
  t.is(s.dirty.size, 0)
  t.deepEqual(x.ops(), [])
})

behaviour(
  'merge with load: false refuses a transient and a changed object, each with its own message',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
    const first = x.session()
    const changed = await first.getOne('User', id)
    await first.close()
    changed.name = 'local'
    x.clear()
    const { s } = x
    const load = { load: false }
    const transient = await refused(t, () => s.merge(entity('User', { id, name: 'Ada' }), load), {
      instanceOf: InvalidRequestError,
    })
    const dirty = await refused(t, () => s.merge(changed, load), { instanceOf: InvalidRequestError })
    t.not(transient.message, dirty.message)
    t.is(s.identityMap.size, 0)
    t.is(s.new.size, 0)
    t.deepEqual(x.ops(), [])
  },
)

behaviour('merge of a pending object of this session flushes it and returns the object itself', async (t, x) => {
  const { s } = x
  const pending = s.add('User', { name: 'Ada' })
  t.is(await s.merge(pending), pending)
  t.is(inspect(pending).state, 'persistent')
  t.deepEqual(x.written(), ['INSERT User'])
})

behaviour('merge of a pending object under noAutoflush warns and returns a second pending copy', async (t, x) => {
  const { s } = x
  const warnings = x.events(s, ['warning'])
  const pending = s.add('User', { name: 'Ada' })
  const merged = await s.noAutoflush(() => s.merge(pending))
  t.not(merged, pending)
  t.deepEqual([...s.new], [pending, merged])
  t.is(warnings.length, 1)
  t.deepEqual(x.ops(), [])
})

behaviour(
  'merge into a versioned model refuses another version and accepts the same or none',
  async (t, x) => {
    const { id } = await x.raw.doc.create({ data: { version: 2, body: 'text' } })
    const { s } = x
    await refused(t, () => s.merge('Doc', entity('Doc', { id, version: 1, body: 'mine' })), {
      instanceOf: StaleDataError,
    })
    t.is((await s.getOne('Doc', id)).body, 'text')

    const same = await s.merge('Doc', { id, version: 2, body: 'same' })
    t.is(same.body, 'same')
    const unset = await s.merge<{ body: string }>(entity('Doc', { id, body: 'unset' }))
    t.is(unset.body, 'unset')
    await s.commit()
    t.is((await x.raw.doc.findUniqueOrThrow({ where: { id } })).body, 'unset')
  },
  { session: { versionFields: { Doc: 'version' } } },
)

behaviour('merge sets a relation to null where the argument has null', async (t, x) => {
  const { id } = await x.raw.post.create({ data: { title: 'a', author: { create: { name: 'Ada' } } } })
  const merged = await x.s.merge('Post', { id, title: 'a', author: null })
  t.is(merged.author, null)
  await x.s.commit()
  t.is((await x.raw.post.findUniqueOrThrow({ where: { id } })).authorId, null)
})

behaviour('merge leaves out expired attributes of the argument, and reads none of them', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada', kind: 'admin' } })
  const before = x.session()
  const given = await before.getOne('User', id)
  before.expire(given, ['kind'])
  before.expunge(given)
  await before.close()
  given.name = 'Bea'
  const merged = await x.s.merge(given)
  t.deepEqual([merged.name, merged.kind], ['Bea', 'admin'])
  t.true(inspect(given).expired.includes('kind'))
})

behaviour('merge refuses an object in whose relation stands what is no object', async (t, x) => {
  const other = x.session()
  const given = other.add('User', { name: 'Ada' })
  other.expunge(given)
  Object.assign(given, { posts: [5] })
  await refused(t, () => x.s.merge(given), { instanceOf: ArgumentError, message: /merge\(\) takes objects, not 5/ })
  t.is(x.s.new.size, 0)
})
