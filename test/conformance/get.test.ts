// get, getOne and getMany: keys, hits in the identity map, stale and expired objects, includes.

import { ArgumentError, InvalidRequestError, inspect, NoResultFoundError, select } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { persistent, persistentAll } from '../helpers/entities.js'
import { refused } from '../helpers/steps.js'

behaviour('get reads a row once and then returns the same object without a read', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'ada' } })
  const user = await x.s.get('User', id)
  t.is(x.ops().length, 1)
  t.is(x.ops()[0]?.model, 'User')
  if (!user) return t.fail()
  t.is(user.name, 'ada')
  t.is(inspect(user).state, 'persistent')
  t.is(await x.s.get('User', id), user)
  t.is(await x.s.getOne('User', id), user)
  t.is(x.ops().length, 1)
})

behaviour('get takes any unique field as a key', async (t, x) => {
  const user = await persistent(x, { email: 'ada@example.org' })
  x.clear()
  t.is(await x.s.get('User', { email: 'ada@example.org' }), user)
  t.true(x.ops().length <= 1)
  t.is(await x.s.get('User', { id: user.id }), user)
  t.is(await x.s.get('User', { email: 'nobody@example.org' }), null)
})

behaviour(
  'getMany returns objects in the order of the keys and reads the missing rows with one query',
  async (t, x) => {
    await x.raw.user.createMany({
      data: [
        { id: 1, name: 'one' },
        { id: 2, name: 'two' },
        { id: 3, name: 'three' },
      ],
    })
    const two = await x.s.getOne('User', 2)
    x.clear()
    const users = await x.s.getMany('User', [3, 99, 2, 1, 3])
    t.is(x.ops().length, 1)
    t.deepEqual(
      users.map((user) => user?.name ?? null),
      ['three', null, 'two', 'one', 'three'],
    )
    t.is(users[2], two)
    t.is(users[0], users[4])
    x.clear()
    t.deepEqual(await x.s.getMany('User', [1, 2, 3]), [users[3], two, users[0]])
    t.deepEqual(await x.s.getMany('User', []), [])
    t.deepEqual(x.ops(), [])
  },
)

behaviour('get returns null for a missing row and reads again each time', async (t, x) => {
  t.is(await x.s.get('User', 4711), null)
  t.is(await x.s.get('User', 4711), null)
  t.is(x.ops().length, 2)
  t.is(x.s.identityMap.size, 0)
})

behaviour('getOne throws NoResultFoundError for a missing row', async (t, x) => {
  const error = await refused(t, () => x.s.getOne('User', 4711), { instanceOf: NoResultFoundError })
  t.regex(error.message, /User/)
  t.is((error as NoResultFoundError).key, 4711)
  t.true(error instanceof InvalidRequestError)
  t.true(x.s.isActive)
})

behaviour('every form of a composite key finds the object in the identity map', async (t, x) => {
  await x.raw.pair.create({ data: { x: 1, y: 2, z: 'z' } })
  const pair = await x.s.getOne('Pair', [1, 2])
  t.is(pair.z, 'z')
  t.is(x.ops().length, 1)
  t.is(await x.s.get('Pair', [1, 2]), pair)
  t.is(await x.s.get('Pair', { x: 1, y: 2 }), pair)
  t.is(await x.s.get('Pair', { y: 2, x: 1 }), pair)
  t.is(await x.s.get('Pair', { x_y: { x: 1, y: 2 } }), pair)
  t.is(x.ops().length, 1)
  t.is(await x.s.get('Pair', [2, 1]), null)
})

behaviour('every form of a composite key loads the row', async (t, x) => {
  await x.raw.pair.createMany({ data: [1, 2, 3].map((n) => ({ x: n, y: 0 })) })
  t.is((await x.s.get('Pair', [1, 0]))?.x, 1)
  t.is((await x.s.get('Pair', { x: 2, y: 0 }))?.x, 2)
  t.is((await x.s.get('Pair', { x_y: { x: 3, y: 0 } }))?.x, 3)
})

behaviour('get refuses a key with the wrong number or names of fields and names the right ones', async (t, x) => {
  const get = x.s.get as (model: string, key: unknown) => unknown
  const wrong: [string, unknown][] = [
    ['Pair', 1],
    ['Pair', [1]],
    ['Pair', [1, 2, 3]],
    ['Pair', { x: 1 }],
    ['Pair', { x: 1, q: 2 }],
    ['Pair', { x_y: { x: 1 } }],
    ['User', [1, 2]],
    ['User', { nope: 1 }],
    ['User', undefined],
    ['User', null],
  ]
  for (const [model, key] of wrong) {
    const error = await refused(t, () => get(model, key), { instanceOf: InvalidRequestError })
    t.regex(error.message, model === 'Pair' ? /\bx\b.*\by\b/s : /\bid\b/)
  }
  t.deepEqual(x.ops(), [])
})

behaviour('get re-reads a wholly expired object once', async (t, x) => {
  const user = await persistent(x)
  x.s.expire(user)
  x.clear()
  t.is(await x.s.get('User', user.id), user)
  t.is(x.ops().length, 1)
  t.is(user.name, 'ada')
  t.deepEqual(inspect(user).expired, [])
  t.is(await x.s.get('User', user.id), user)
  t.is(x.ops().length, 1)
})

behaviour('get sends nothing for an object with only some attributes expired', async (t, x) => {
  const user = await persistent(x)
  x.s.expire(user, ['name'])
  x.clear()
  t.is(await x.s.get('User', user.id), user)
  t.deepEqual(x.ops(), [])
  t.deepEqual(inspect(user).expired, ['name'])
})

behaviour('get re-reads a stale object once and returns the same object', async (t, x) => {
  const user = await persistent(x)
  await x.s.commit()
  await x.raw.user.update({ where: { id: user.id }, data: { name: 'bea' } })
  x.clear()
  t.is(user.name, 'ada')
  t.deepEqual(x.ops(), [])
  t.is(await x.s.get('User', user.id), user)
  t.is(x.ops().length, 1)
  t.is(user.name, 'bea')
  t.false(inspect(user).stale)
  t.is(await x.s.get('User', user.id), user)
  t.is(x.ops().length, 1)
})

behaviour('get of a stale object keeps unflushed changes and renews its committed state', async (t, x) => {
  const user = await persistent(x)
  await x.s.commit()
  await x.raw.user.update({ where: { id: user.id }, data: { name: 'theirs', kind: 'theirs' } })
  user.name = 'mine'
  x.s.autoflush = false
  await x.s.get('User', user.id)
  t.is(user.name, 'mine')
  t.is(user.kind, 'theirs')
  t.true(x.s.isModified(user))
  user.name = 'theirs'
  t.false(x.s.isModified(user))
})

behaviour('a stale object whose row is gone leaves the identity map until rollback', async (t, x) => {
  const user = await persistent(x)
  await x.s.commit()
  await x.raw.user.delete({ where: { id: user.id } })
  t.is(user.name, 'ada')
  t.is(await x.s.get('User', user.id), null)
  t.false(x.s.identityMap.has('User', user.id))
  t.false(x.s.contains(user))
  await refused(t, () => x.s.getOne('User', user.id), { instanceOf: NoResultFoundError })
  await x.s.rollback()
  t.true(x.s.identityMap.has('User', user.id))
})

behaviour('get flushes a pending object and finds it by the key it was given', async (t, x) => {
  const user = x.s.add('User', { id: 50, name: 'ed' })
  t.is(await x.s.noAutoflush(() => x.s.get('User', 50)), null)
  t.is(inspect(user).state, 'pending')
  x.clear()
  t.is<unknown, unknown>(await x.s.get('User', 50), user)
  t.deepEqual(x.written(), ['INSERT User'])
  t.true(x.ops().length <= 2)
  t.is(x.s.identityMap.size, 1)
})

behaviour('get with populateExisting always reads and overwrites loaded values', async (t, x) => {
  const user = await persistent(x)
  await x.s.commit()
  await x.raw.user.update({ where: { id: user.id }, data: { name: 'bea' } })
  x.clear()
  t.is(await x.s.get('User', user.id, { populateExisting: true }), user)
  t.is(user.name, 'bea')
  t.is(await x.s.get('User', user.id, { populateExisting: true }), user)
  t.is(x.ops().length, 2)
})

behaviour('get with populateExisting flushes a pending change first', async (t, x) => {
  const user = await persistent(x)
  user.name = 'mine'
  x.clear()
  await x.s.get('User', user.id, { populateExisting: true })
  t.deepEqual(x.written(), ['UPDATE User'])
  t.is(user.name, 'mine')
})

behaviour('get with populateExisting discards a pending change under noAutoflush', async (t, x) => {
  const user = await persistent(x)
  user.name = 'mine'
  x.clear()
  await x.s.noAutoflush(() => x.s.get('User', user.id, { populateExisting: true }))
  t.is(x.ops().length, 1)
  t.is(user.name, 'ada')
  t.false(x.s.dirty.has(user))
})

behaviour('include loads a relation with the object, whether that is in the identity map or not', async (t, x) => {
  const include = { posts: true }
  const ids = []
  for (const name of ['missed', 'hit']) {
    const { id } = await x.raw.user.create({ data: { name, posts: { create: { title: name } } } })
    ids.push(id)
  }
  const [missed, hit] = ids as [number, number]
  const loaded = await x.s.getOne('User', missed, { include })
  t.is(x.ops().length, 1)
  const [post] = loaded.posts
  t.is(inspect(post as object).state, 'persistent')
  t.is(inspect(post as object).model, 'Post')

  const user = await x.s.getOne('User', hit)
  t.false('posts' in user)
  x.clear()
  const again = await x.s.getOne('User', hit, { include })
  t.is<unknown, unknown>(again, user)
  t.is(again.posts[0]?.title, 'hit')
  t.is(x.ops().length, 1)
  t.false(x.s.dirty.has(user))
  x.clear()
  await x.s.get('User', hit, { include })
  await x.s.getMany('User', [hit, missed], { include })
  t.deepEqual(x.ops(), [])
})

behaviour('include on an object that is here keeps its unflushed changes', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'ada', posts: { create: { title: 'one' } } } })
  const user = await x.s.getOne('User', id)
  user.name = 'mine'
  const post = x.s.add('Post', { title: 'two' })
  await x.s.noAutoflush(async () => {
    const { posts } = await x.s.getOne('User', id, { include: { posts: true } })
    t.is(posts.length, 1)
    posts.push(post)
    t.is((await x.s.getOne('User', id, { include: { posts: { include: { tags: true } } } })).posts.length, 2)
  })
  t.is(user.name, 'mine')
  await x.s.commit()
  t.like(await x.raw.user.findUniqueOrThrow({ where: { id }, include: { posts: true } }), {
    name: 'mine',
    posts: { length: 2 },
  })
})

behaviour('include loads what a loaded relation lacks', async (t, x) => {
  const posts = { create: [{ title: 'one', tags: { create: { label: 'a' } } }, { title: 'two' }] }
  const { id } = await x.raw.user.create({ data: { name: 'ada', posts } })
  const user = await x.s.getOne('User', id, { include: { posts: true } })
  x.clear()
  const include = { posts: { include: { tags: true } } } as const
  const again = await x.s.getOne('User', id, { include })
  t.is<unknown, unknown>(again.posts[0], user.posts[0])
  t.deepEqual(
    again.posts.map(({ tags }) => tags.map(({ label }) => label)),
    [['a'], []],
  )
  t.is(x.ops().length, 1)
  x.clear()
  await x.s.getOne('User', id, { include })
  t.deepEqual(x.ops(), [])
})

behaviour('getMany with include reads those that lack the relation, and only those', async (t, x) => {
  const ids: number[] = []
  for (const name of ['a', 'b', 'c']) {
    const { id } = await x.raw.user.create({ data: { name, posts: { create: { title: name } } } })
    ids.push(id)
  }
  const [a, b] = ids as [number, number]
  await x.s.getMany('User', [a, b])
  await x.s.get('User', a, { include: { posts: true } })
  x.clear()
  const users = await x.s.getMany('User', ids, { include: { posts: true } })
  t.deepEqual(
    users.map((user) => user?.posts.map(({ title }) => title)),
    [['a'], ['b'], ['c']],
  )
  t.is(x.ops().length, 1)
  const [read] = x.ops() as unknown as [{ args: { where: { id: { in: number[] } } } }]
  t.deepEqual(read.args.where.id.in, ids.slice(1))
})

behaviour('included rows become the objects that the session already has', async (t, x) => {
  const { id } = await x.raw.user.create({
    data: {
      name: 'ada',
      posts: { create: { title: 'one', tags: { create: { label: 'red' } } } },
      profile: { create: { bio: 'b' } },
    },
  })
  const post = await x.s.getOne('Post', 1)
  post.title = 'changed'
  x.s.autoflush = false
  const user = await x.s.getOne('User', id, {
    include: { posts: { include: { tags: true, author: true } }, profile: true },
  })
  t.is<unknown, unknown>((user.posts as object[])[0], post)
  t.is(post.title, 'changed')
  t.is<unknown, unknown>(post.author, user)
  t.is((post.tags as { label: string }[])[0]?.label, 'red')
  t.is(inspect(user.profile as object).model, 'Profile')
  t.is(x.s.identityMap.size, 4)
  t.deepEqual([...x.s.dirty], [post])
})

behaviour('a key given as a bigint or as a number finds the same object', async (t, x) => {
  await x.raw.everything.create({ data: { id: 1n, text: 'one' } })
  const row = await x.s.getOne('Everything', 1n)
  x.clear()
  t.is(await x.s.get('Everything', 1), row)
  t.deepEqual(x.ops(), [])
})

behaviour(
  'get calls of one tick share a query, and each settles with its own result',
  async (t, x) => {
    const rows = await Promise.all(['ada', 'bea', 'cyd'].map((name) => x.raw.user.create({ data: { name } })))
    const post = await x.raw.post.create({ data: { title: 'one' } })
    const [first, second, third] = rows.map(({ id }) => id) as [number, number, number]
    const held = await x.s.getOne('User', third)
    x.clear()
    const answers = await Promise.allSettled([
      x.s.get('User', first),
      x.s.getOne('User', second),
      x.s.get('User', 0),
      x.s.getOne('User', -1),
      x.s.get('User', third),
      x.s.get('User', 'no key' as never),
      x.s.get('Post', post.id),
      x.s.get('User', first),
    ])
    const values = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : answer.reason.name))
    const user = x.s.identityMap.get('User', first)
    t.is(values[0], user)
    t.is(values[1], x.s.identityMap.get('User', second))
    t.is(values[4], held)
    t.is(values[7], user)
    t.deepEqual([values[2], values[3], values[5]], [null, 'NoResultFoundError', 'InvalidRequestError'])
    t.is((values[6] as { title: string }).title, 'one')
    t.deepEqual(
      x.ops().map(({ model, operation }) => `${model}.${operation}`),
      ['User.findMany', 'Post.findUnique'],
    )
    t.is<unknown, unknown>(await x.s.get('User', first), user)
  },
  { modes: ['async'] },
)

behaviour(
  'get calls of one tick flush pending changes first, and calls with options are sent alone',
  async (t, x) => {
    const [a, b] = [
      await x.raw.user.create({ data: { name: 'ada' } }),
      await x.raw.user.create({ data: { name: 'bea' } }),
    ]
    x.s.add('User', { name: 'new' })
    x.clear()
    await Promise.all([
      x.s.get('User', a.id),
      x.s.get('User', b.id),
      x.s.get('User', b.id, { include: { posts: true } }),
    ])
    t.deepEqual(x.written(), ['INSERT User'])
    t.is(x.ops().filter(({ operation }) => operation === 'findMany').length, 1)
    const [one, two] = await x.s.noAutoflush(() => Promise.all([x.s.get('User', a.id), x.s.get('User', b.id)]))
    t.is(one?.name, 'ada')
    t.is(two?.name, 'bea')
  },
  { modes: ['async'] },
)

behaviour('getMany by a unique field sends one query and keeps the order of the keys', async (t, x) => {
  for (const name of ['ada', 'bea', 'cyd']) await x.raw.user.create({ data: { name, email: `${name}@x` } })
  const held = await x.s.getOne('User', { email: 'bea@x' })
  x.clear()
  const emails = ['cyd', 'nobody', 'bea', 'ada'].map((name) => ({ email: `${name}@x` }))
  const found = await x.s.getMany('User', emails)
  t.deepEqual(
    found.map((user) => user?.name ?? null),
    ['cyd', null, 'bea', 'ada'],
  )
  t.is(found[2], held)
  t.is(x.ops().length, 1)
})

behaviour('getMany returns null for a stale object whose row is gone', async (t, x) => {
  const [ada, bea] = await persistentAll(x, {}, { name: 'bea' })
  if (!ada || !bea) return t.fail('users not made')
  const keys = [ada.id, bea.id]
  await x.s.commit()
  await x.raw.user.delete({ where: { id: ada.id } })
  t.deepEqual(await x.s.getMany('User', keys), [null, bea])
  t.false(x.s.contains(ada))
})

behaviour('include refuses a name that is no relation, whether the object is here or not', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const wrong = [{ post: true }, { name: true }, { posts: { include: { user: true } } }, [], 'posts']
  for (const isLoaded of [false, true]) {
    if (isLoaded) await x.s.getOne('User', id)
    for (const include of wrong) {
      x.clear()
      const options = { include } as never
      await refused(t, () => x.s.get('User', id, options), { instanceOf: ArgumentError, message: /include|relation/ })
      await refused(t, () => x.s.getOne('User', id, options), { instanceOf: ArgumentError })
      await refused(t, () => x.s.getMany('User', [id], options), { instanceOf: ArgumentError })
      t.deepEqual(x.ops(), [])
    }
  }
})

behaviour('get takes the fields of a key or a unique, and no condition beside them', async (t, x) => {
  await x.raw.user.create({ data: { name: 'Ada', email: 'ada@example.org' } })
  t.truthy(await x.s.get('User', { email: 'ada@example.org' }))
  const get = x.s.get.bind(x.s) as (...args: unknown[]) => unknown
  const oracles = [
    { id: 1, name: { startsWith: 'A' } },
    { id: 1, name: 'Ada' },
    { id: 1, OR: [{ name: 'Ada' }] },
    { id: 1, posts: { some: {} } },
    { id: { equals: 1 } },
    { id: { in: [1] } },
    { email: { startsWith: 'a' } },
    { email: 'ada@example.org', NOT: { name: 'x' } },
    { email: null },
  ]
  x.clear()
  for (const key of oracles) await refused(t, () => get('User', key), { message: /the key of a User/ })
  for (const key of [{ x: 1, y: { gt: 0 } }, { x_y: { x: 1, y: 2 }, z: 'a' }, { x_y: { x: 1, y: { not: 3 } } }])
    await refused(t, () => get('Pair', key), { message: /the key of a Pair/ })
  t.deepEqual(x.ops(), [])
})

behaviour(
  'a count of relations comes with an object that is here already, new each time it is asked for',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'Ada', posts: { create: { title: 'a' } } } })
    const include = { _count: { select: { posts: true } } } as const
    const user = await x.s.getOne('User', id)
    const counted = await x.s.getOne('User', id, { include })
    t.is<object, object>(counted, user)
    t.is(counted._count.posts, 1)
    x.s.add('Post', { title: 'b', author: user })
    const [again] = (await x.s.scalars(select('User', { include }))).all()
    t.is<unknown, unknown>(again, user)
    t.is(counted._count.posts, 2)
    await x.s.getMany('User', [id], { include })
    t.false(x.s.isModified(user))
    user.name = 'Countess'
    await x.s.commit()
    t.is((await x.raw.user.findUniqueOrThrow({ where: { id } })).name, 'Countess')
    t.is(counted._count.posts, 2)
  },
)
