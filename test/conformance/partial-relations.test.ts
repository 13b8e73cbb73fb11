// Relations loaded with a condition, lists assigned over what is not known, and markModified().

import { ArgumentError, InvalidRequestError, inspect, markModified, select } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'

/** A user with the posts a, b and c. */
async function withPosts(x: Context): Promise<number> {
  const posts = { create: ['a', 'b', 'c'].map((title) => ({ title })) }
  return (await x.raw.user.create({ data: { name: 'Ada', posts } })).id
}

const only = (title: string) => ({ posts: { where: { title } } }) as const
const titlesOf = (posts: readonly { title: string }[] | undefined) => posts?.map(({ title }) => title)
const byId = { orderBy: { id: 'asc' } } as const

async function stored(x: Context): Promise<[string, number | null][]> {
  const rows = await x.raw.post.findMany(byId)
  return rows.map(({ title, authorId }) => [title, authorId])
}

behaviour('a relation loaded with a condition shows what each call asked for', async (t, x) => {
  const id = await withPosts(x)
  const user = await x.s.getOne('User', id, { include: only('a') })
  t.deepEqual(titlesOf(user.posts), ['a'])
  t.deepEqual(inspect(user).partial, ['posts'])
  t.is<unknown, unknown>(await x.s.get('User', id, { include: only('b') }), user)
  t.deepEqual(titlesOf(user.posts), ['b'])
  await x.s.execute(select('User', { include: { posts: { take: 2, orderBy: { id: 'desc' } } } }))
  t.deepEqual(titlesOf(user.posts), ['c', 'b'])
  await x.s.get('User', id, { include: { posts: true } })
  t.deepEqual(titlesOf(user.posts)?.sort(), ['a', 'b', 'c'])
  t.deepEqual(inspect(user).partial, [])
  x.clear()
  await x.s.get('User', id, { include: { posts: true } })
  t.deepEqual(x.ops(), [])
  await x.s.getMany('User', [id], { include: only('c') })
  t.deepEqual(titlesOf(user.posts), ['c'])
})

behaviour('a condition inside an included relation makes that relation partial', async (t, x) => {
  const posts = { create: { title: 'p', tags: { create: [{ label: 'x' }, { label: 'y' }] } } }
  const { id } = await x.raw.user.create({ data: { name: 'Ada', posts } })
  const include = { posts: { include: { tags: { where: { label: 'x' } } } } } as const
  const user = await x.s.getOne('User', id, { include })
  const [post] = user.posts
  if (!post) throw new Error('the post was created')
  t.deepEqual(inspect(user).partial, [])
  t.deepEqual(inspect(post).partial, ['tags'])
  Object.assign(post, { tags: [] })
  await x.s.commit()
  t.is(await x.raw.tag.count({ where: { posts: { some: {} } } }), 0)
})

behaviour('a stale object is read again with the condition of its partial relation', async (t, x) => {
  const id = await withPosts(x)
  const user = await x.s.getOne('User', id, { include: only('a') })
  await x.s.commit()
  await x.raw.post.create({ data: { title: 'a', authorId: id } })
  await x.s.get('User', id)
  t.deepEqual(titlesOf(user.posts), ['a', 'a'])
  await x.s.refresh(user)
  t.deepEqual(inspect(user).partial, ['posts'])
  await x.s.refresh(user, ['posts'])
  t.deepEqual([titlesOf(user.posts)?.length, inspect(user).partial], [4, []])
})

behaviour(
  'pushing onto a partial relation adds a link, and removing a loaded member removes that one',
  async (t, x) => {
    const id = await withPosts(x)
    const user = await x.s.getOne('User', id, { include: only('a') })
    user.posts.push(x.s.add('Post', { title: 'new' }) as (typeof user.posts)[number])
    user.posts.shift()
    x.clear()
    await x.s.commit()
    t.false(
      x.ops().some(({ operation }) => operation.startsWith('find')),
      'nothing has to be read',
    )
    t.deepEqual(await stored(x), [
      ['a', null],
      ['b', id],
      ['c', id],
      ['new', id],
    ])
    t.deepEqual(titlesOf(user.posts), ['new'])
  },
)

behaviour('an array assigned to a partial relation replaces the whole membership', async (t, x) => {
  const id = await withPosts(x)
  const user = await x.s.getOne('User', id, { include: only('a') })
  user.posts = []
  t.true(x.s.isModified(user))
  await x.s.commit()
  t.deepEqual(
    (await stored(x)).map(([, authorId]) => authorId),
    [null, null, null],
  )
  t.deepEqual(inspect(user).partial, [])
})

behaviour('an array of the same members assigned to a partial relation drops the others', async (t, x) => {
  const id = await withPosts(x)
  const user = await x.s.getOne('User', id, { include: only('b') })
  user.posts = [...user.posts]
  await x.s.commit()
  t.deepEqual(
    (await stored(x)).map(([, authorId]) => authorId),
    [null, id, null],
  )
  t.false(x.s.isModified(user))
})

behaviour('an array assigned to partial many-to-many relations replaces all links, by one query', async (t, x) => {
  const tags = { create: [{ label: 'x' }, { label: 'y' }] }
  const ids = [
    (await x.raw.post.create({ data: { title: 'p', tags } })).id,
    (await x.raw.post.create({ data: { title: 'q', tags } })).id,
  ]
  const include = { tags: { where: { label: 'x' } } } as const
  const posts = (await x.s.getMany('Post', ids, { include })) as { tags: { label: string }[] }[]
  for (const post of posts) post.tags = [...post.tags]
  x.clear()
  await x.s.flush()
  t.is(x.ops().filter(({ operation }) => operation === 'findMany').length, 1)
  await x.s.commit()
  const links = await x.raw.post.findMany({ include: { tags: true }, ...byId })
  t.deepEqual(
    links.map(({ tags }) => tags.map(({ label }) => label)),
    [['x'], ['x']],
  )
})

behaviour('merge replaces the members of a list, whatever was loaded before', async (t, x) => {
  for (const include of [undefined, only('a'), { posts: true }] as const) {
    const id = await withPosts(x)
    const kept = await x.raw.post.findFirstOrThrow({ where: { authorId: id, title: 'a' } })
    await x.s.get('User', id, { include: (include ?? {}) as { posts: true } })
    await x.s.merge('User', { id, name: 'Ada', posts: [{ id: kept.id, title: 'a' }] })
    await x.s.commit()
    t.deepEqual(await x.raw.post.findMany({ where: { authorId: id }, select: { title: true } }), [{ title: 'a' }])
  }
})

behaviour('unflushed changes of a list are kept through a load of it', async (t, x) => {
  const id = await withPosts(x)
  const s = x.session({ autoflush: false })
  const user = await s.getOne('User', id, { include: { posts: { orderBy: { id: 'asc' } } } })
  await s.commit()
  const late = await x.raw.post.create({ data: { title: 'late', authorId: id } })
  user.posts.shift()
  user.posts.push(s.add('Post', { title: 'new' }) as (typeof user.posts)[number])
  await s.get('User', id, { include: { posts: true } })
  t.deepEqual(titlesOf(user.posts)?.sort(), ['b', 'c', 'late', 'new'])
  await s.commit()
  t.is((await x.raw.post.findUniqueOrThrow({ where: { id: late.id } })).authorId, id)
  t.is(await x.raw.post.count({ where: { authorId: id } }), 4)
})

behaviour('unflushed changes of a list are kept through a load with a condition', async (t, x) => {
  const id = await withPosts(x)
  const s = x.session({ autoflush: false })
  const user = await s.getOne('User', id, { include: { posts: true } })
  user.posts.push(s.add('Post', { title: 'new' }) as (typeof user.posts)[number])
  await s.get('User', id, { include: only('b') })
  t.deepEqual(titlesOf(user.posts), ['b', 'new'])
  await s.commit()
  t.is(await x.raw.post.count({ where: { authorId: id } }), 4)
})

behaviour('an array assigned over a stale list leaves no rows of others behind', async (t, x) => {
  const id = await withPosts(x)
  const user = await x.s.getOne('User', id, { include: { posts: true } })
  await x.s.commit()
  await x.raw.post.create({ data: { title: 'late', authorId: id } })
  user.posts = []
  await x.s.commit()
  t.is(await x.raw.post.count({ where: { authorId: id } }), 0)
})

behaviour(
  'a one-to-one relation assigned over a stale one takes the place of what another program put there',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'Ada', profile: { create: { bio: 'first' } } } })
    const user = await x.s.getOne('User', id, { include: { profile: true } })
    await x.s.commit()
    await x.raw.profile.updateMany({ data: { userId: null } })
    await x.raw.profile.create({ data: { bio: 'late', userId: id } })
    Object.assign(user, { profile: x.s.add('Profile', { bio: 'mine' }) })
    await x.s.commit()
    t.deepEqual(await x.raw.profile.findMany({ where: { userId: id }, select: { bio: true } }), [{ bio: 'mine' }])
  },
)

behaviour('a rollback brings a partial relation back as partial', async (t, x) => {
  const id = await withPosts(x)
  const user = await x.s.getOne('User', id, { include: only('a') })
  user.posts = []
  await x.s.flush()
  t.deepEqual(inspect(user).partial, [])
  await x.s.rollback()
  t.deepEqual([titlesOf(user.posts), inspect(user).partial], [['a'], ['posts']])
  user.posts = []
  await x.s.commit()
  t.is(await x.raw.post.count({ where: { authorId: id } }), 0)
})

behaviour('a post that gets an author does not enter a partial list of theirs', async (t, x) => {
  const id = await withPosts(x)
  const user = await x.s.getOne('User', id, { include: only('a') })
  x.s.add('Post', { title: 'z', author: user })
  await x.s.flush()
  t.deepEqual(titlesOf(user.posts), ['a'])
})

behaviour('lists of an attached row are not taken for the whole', async (t, x) => {
  const id = await withPosts(x)
  const row = await x.raw.user.findUniqueOrThrow({ where: { id }, include: only('a') })
  const user = x.s.attach('User', row) as unknown as { posts: object[] }
  t.deepEqual(inspect(user).partial, ['posts'])
  user.posts = []
  await x.s.commit()
  t.is(await x.raw.post.count({ where: { authorId: id } }), 0)
})

behaviour('markModified writes a value that equals the one last seen', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const user = await x.s.getOne('User', id)
  await x.s.commit()
  await x.raw.user.update({ where: { id }, data: { name: 'Countess' } })
  user.name = 'Ada'
  t.false(x.s.isModified(user), 'the session cannot know')
  markModified(user, ['name'])
  t.true(x.s.isModified(user))
  await x.s.commit()
  t.is((await x.raw.user.findUniqueOrThrow({ where: { id } })).name, 'Ada')
  t.false(x.s.isModified(user))
  x.clear()
  await x.s.commit()
  t.deepEqual(x.written(), [])
})

behaviour('markModified of a list reads its members before it writes them', async (t, x) => {
  const id = await withPosts(x)
  const user = await x.s.getOne('User', id, { include: { posts: true } })
  await x.s.commit()
  await x.raw.post.create({ data: { title: 'late', authorId: id } })
  markModified(user, ['posts'])
  t.true(x.s.isModified(user))
  t.false(x.s.isModified(user, { includeCollections: false }))
  await x.s.commit()
  t.is(await x.raw.post.count({ where: { authorId: id } }), 3)
})

behaviour('a rollback and a refresh forget what was marked as modified', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const user = await x.s.getOne('User', id)
  markModified(user, ['name'])
  await x.s.rollback()
  t.false(x.s.isModified(user))
  await x.s.refresh(user)
  markModified(user, ['name'])
  x.clear()
  await x.s.refresh(user)
  t.false(x.s.isModified(user))
  t.deepEqual(x.written(), [])
})

behaviour('markModified refuses names that are not fields, and fields that are not loaded', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const user = await x.s.getOne('User', id)
  t.throws(() => markModified(user, ['nmae']), { instanceOf: ArgumentError, message: /no field 'nmae'/ })
  t.throws(() => markModified(user, 'name' as never), { instanceOf: ArgumentError })
  t.throws(() => markModified(user, ['posts']), { instanceOf: InvalidRequestError, message: /not loaded/ })
  t.throws(() => markModified({}, ['name']))
  t.false(x.s.isModified(user))
})
