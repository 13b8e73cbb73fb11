// Relations of entities: loaded and unloaded, assigned, and kept in step with their foreign keys.
import { ArgumentError, FlushError, inspect, SessionError, select } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.ts'
import { refused } from '../helpers/steps.ts'

const titles = async (x: Context, authorId: number | null) =>
  (await x.raw.post.findMany({ where: { authorId }, orderBy: { id: 'asc' } })).map((post) => post.title)

/** A user in the database with two posts; neither loaded. */
async function author(x: Context) {
  const { id } = await x.raw.user.create({
    data: { name: 'ada', posts: { create: [{ title: 'one' }, { title: 'two' }] } },
  })
  return id
}

behaviour('a relation that is not loaded is absent, and reading it loads nothing', async (t, x) => {
  const id = await author(x)
  const user = await x.s.getOne('User', id)
  x.clear()
  t.false('posts' in user)
  t.is(user.posts, undefined)
  t.false(Object.keys(user).includes('posts'))
  t.deepEqual(x.ops(), [])
  await x.s.refresh(user, ['posts'])
  t.deepEqual(
    user.posts?.map((post) => post.title),
    ['one', 'two'],
  )
})

behaviour('include loads relations', async (t, x) => {
  const id = await author(x)
  const user = await x.s.getOne('User', id, { include: { posts: true, profile: true } })
  t.is(user.posts?.length, 2)
  t.is(user.profile, null)
  t.is(user.posts?.[0], await x.s.getOne('Post', 1))
  t.false(x.s.isModified(user))
})

behaviour('an array assigned to an unloaded to-many relation replaces its members at the flush', async (t, x) => {
  const id = await author(x)
  const user = await x.s.getOne('User', id)
  const two = await x.s.getOne('Post', 2)
  const three = x.s.add('Post', { title: 'three' })
  user.posts = [two, three]
  t.true(x.s.isModified(user))
  await x.s.commit()
  t.deepEqual(await titles(x, id), ['two', 'three'])
  t.deepEqual(await titles(x, null), ['one'])
  t.is(three.authorId, id)
})

behaviour('an empty array assigned to a to-many relation unlinks its members and deletes none', async (t, x) => {
  const id = await author(x)
  const user = await x.s.getOne('User', id)
  user.posts = []
  await x.s.commit()
  t.deepEqual(await titles(x, id), [])
  t.deepEqual(await titles(x, null), ['one', 'two'])
})

behaviour('assigning the same members writes nothing', async (t, x) => {
  const id = await author(x)
  const user = await x.s.getOne('User', id)
  const [one, two] = [await x.s.getOne('Post', 1), await x.s.getOne('Post', 2)]
  user.posts = [two, one]
  x.clear()
  await x.s.commit()
  t.deepEqual(x.written(), [])
})

behaviour('an array assigned to an unloaded many-to-many relation replaces its links', async (t, x) => {
  await x.raw.post.create({ data: { title: 'one', tags: { create: [{ label: 'a' }, { label: 'b' }] } } })
  const post = await x.s.getOne('Post', 1)
  const b = await x.s.getOne('Tag', 2)
  post.tags = [b, x.s.add('Tag', { label: 'c' })]
  await x.s.commit()
  const row = await x.raw.post.findFirstOrThrow({ include: { tags: { orderBy: { id: 'asc' } } } })
  t.deepEqual(
    row.tags.map((tag) => tag.label),
    ['b', 'c'],
  )
  t.is(await x.raw.tag.count(), 3)
})

behaviour('add takes entities, plain new objects and scalar keys in its data', async (t, x) => {
  const known = x.s.add('User', { name: 'known' })
  await x.s.commit()
  const byObject = x.s.add('Post', { title: 'by object', author: known })
  const byKey = x.s.add('Post', { title: 'by key', authorId: known.id })
  const byNew = x.s.add('Post', { title: 'by new object', author: { name: 'new' } })
  const parent = x.s.add('User', { name: 'parent', posts: [{ title: 'child' }], profile: { bio: 'child' } })
  await x.s.commit()
  t.is(byObject.authorId, known.id)
  t.is(byKey.authorId, known.id)
  t.is(typeof byNew.authorId, 'number')
  t.is(inspect(byNew.author as object).model, 'User')
  t.is(inspect(byNew.author as object).state, 'persistent')
  t.deepEqual(await titles(x, parent.id), ['child'])
  t.is((await x.raw.profile.findFirstOrThrow()).userId, parent.id)
  t.is(await x.raw.user.count(), 3)
})

for (const [title, data] of [
  ['connect', { title: 'a', author: { connect: { id: 1 } } }],
  ['create', { title: 'a', author: { create: { name: 'new' } } }],
  ['connectOrCreate', { title: 'a', author: { connectOrCreate: { where: { id: 1 }, create: { name: 'new' } } } }],
  ['connect in a list', { title: 'a', tags: { connect: [{ id: 1 }] } }],
  ['create in a list', { title: 'a', tags: { create: [{ label: 'a' }] } }],
] as const) {
  behaviour(`Prisma's nested ${title} is refused with an ArgumentError that names the relation`, async (t, x) => {
    const error = await refused(t, () => x.s.add('Post', data as never), { instanceOf: ArgumentError })
    t.regex(error.message, /author|tags/)
    t.is(x.s.new.size, 0)
    t.deepEqual(x.ops(), [])
  })
}

behaviour('a nested write assigned to a loaded object is refused by the flush', async (t, x) => {
  await author(x)
  const post = await x.s.getOne('Post', 1)
  Object.assign(post, { author: { connect: { id: 1 } } })
  await refused(t, () => x.s.flush(), { instanceOf: SessionError })
  await x.s.rollback()
  t.deepEqual(await titles(x, 1), ['one', 'two'])
})

behaviour('a new object whose relation and foreign key disagree is refused with a FlushError', async (t, x) => {
  const [ada, grace] = x.s.addAll('User', [{ name: 'ada' }, { name: 'grace' }])
  if (!ada || !grace) throw new Error('no users')
  await x.s.commit()
  x.s.add('Post', { title: 'a', author: ada, authorId: grace.id })
  const error = await refused(t, () => x.s.flush(), { instanceOf: FlushError })
  t.regex(error.message, /author/)
  await x.s.rollback()
  t.is(await x.raw.post.count(), 0)
})

behaviour(
  'a relation and its foreign key can change together to agree, and are refused when they disagree',
  async (t, x) => {
    const [ada, grace, third] = x.s.addAll('User', [{ name: 'ada' }, { name: 'grace' }, { name: 'third' }])
    if (!ada || !grace || !third) throw new Error('no users')
    const post = x.s.add('Post', { title: 'a', author: ada })
    await x.s.commit()
    await x.s.refresh(post, ['author'])
    post.author = grace
    post.authorId = grace.id
    await x.s.flush()
    t.is(post.authorId, grace.id)
    post.author = ada
    post.authorId = third.id
    await refused(t, () => x.s.flush(), { instanceOf: FlushError })
    await x.s.rollback()
    t.is((await x.raw.post.findFirstOrThrow()).authorId, ada.id)
  },
)

behaviour('a changed foreign key wins over the unchanged relation, and the loaded object follows', async (t, x) => {
  const [ada, grace] = x.s.addAll('User', [{ name: 'ada' }, { name: 'grace' }])
  if (!ada || !grace) throw new Error('no users')
  const post = x.s.add('Post', { title: 'a', author: ada })
  await x.s.commit()
  await x.s.get('User', grace.id)
  await x.s.refresh(post, ['author'])
  t.is(post.author, ada)
  post.authorId = grace.id
  await x.s.flush()
  t.is(post.authorId, grace.id)
  t.not(post.author as object | undefined, ada)
  t.is((await ((await x.s.connection()) as typeof x.client).post.findFirstOrThrow()).authorId, grace.id)
})

behaviour('a changed relation sets the foreign key at the flush', async (t, x) => {
  const [ada, grace] = x.s.addAll('User', [{ name: 'ada' }, { name: 'grace' }])
  if (!ada || !grace) throw new Error('no users')
  const post = x.s.add('Post', { title: 'a', author: ada })
  await x.s.commit()
  post.author = grace
  await x.s.flush()
  t.is(post.authorId, grace.id)
  post.author = null
  await x.s.commit()
  t.is(post.authorId, null)
  t.is((await x.raw.post.findFirstOrThrow()).authorId, null)
})

behaviour('the other side of a relation follows at the flush where it is loaded', async (t, x) => {
  const id = await author(x)
  const user = await x.s.getOne('User', id, { include: { posts: true } })
  const other = x.s.add('User', { name: 'grace', posts: [] })
  await x.s.flush()
  const [one] = user.posts as NonNullable<typeof user.posts>
  if (!one) throw new Error('no post')
  one.author = other as never
  const three = x.s.add('Post', { title: 'three', author: user })
  await x.s.flush()
  t.deepEqual(
    user.posts?.map((post) => post.title),
    ['two', 'three'],
  )
  t.is(user.posts?.[1] as object, three)
  t.deepEqual(
    (other.posts as object[]).map((post) => post === one),
    [true],
  )
  x.clear()
  await x.s.flush()
  t.deepEqual(x.written(), [])
})

behaviour('pushing to a loaded to-many relation sets the to-one side where it is loaded', async (t, x) => {
  const id = await author(x)
  const user = await x.s.getOne('User', id, { include: { posts: true } })
  const post = x.s.add('Post', { title: 'three', author: null } as { title: string })
  user.posts?.push(post as never)
  await x.s.flush()
  const { author: found, authorId } = post as { title: string; author?: object; authorId?: number }
  t.is(found, user)
  t.is(authorId, id)
  await x.s.commit()
  t.deepEqual(await titles(x, id), ['one', 'two', 'three'])
})

behaviour('a one-to-one relation follows a change of either side', async (t, x) => {
  const user = x.s.add('User', { name: 'ada' }) as { id: number; name: string; profile?: object | null }
  const profile = x.s.add('Profile', { bio: 'a', user } as { bio: string; userId?: number })
  await x.s.commit()
  t.is(profile.userId, user.id)
  await x.s.refresh(user, ['profile'])
  t.is(user.profile, profile)
  user.profile = null
  await x.s.commit()
  t.is(profile.userId, null as never)
  t.is((await x.raw.profile.findFirstOrThrow()).userId, null)
})

behaviour('an object of another model in a relation is refused', async (t, x) => {
  const doc = x.s.add('Doc', { version: 1, body: 'a' })
  const post = x.s.add('Post', { title: 'a' })
  await x.s.commit()
  Object.assign(post, { author: doc })
  await refused(t, () => x.s.flush(), { instanceOf: SessionError })
  await x.s.rollback()
  t.is((await x.raw.post.findFirstOrThrow()).authorId, null)
})

behaviour('a changed foreign key wins where the child also left the list of its parent', async (t, x) => {
  const id = await author(x)
  const other = await x.raw.user.create({ data: { name: 'grace' } })
  const user = await x.s.getOne('User', id, { include: { posts: true } })
  const [one] = user.posts?.splice(0, 1) ?? []
  if (!one) throw new Error('no post')
  one.authorId = other.id
  await x.s.commit()
  t.deepEqual(await titles(x, other.id), ['one'])
  t.deepEqual(await titles(x, id), ['two'])
})

behaviour('a loaded relation is unloaded when its foreign key leads to an object that is not loaded', async (t, x) => {
  await author(x)
  const other = await x.raw.user.create({ data: { name: 'grace' } })
  const post = await x.s.getOne('Post', 1, { include: { author: true } })
  post.authorId = other.id
  await x.s.flush()
  t.false('author' in post)
  t.false(x.s.isModified(post))
  await x.s.refresh(post, ['author'])
  t.is(post.author?.name, 'grace')
})

behaviour('a query leaves relations that were changed and not flushed, and the flush writes them', async (t, x) => {
  const id = await author(x)
  const other = await x.s.getOne('User', (await x.raw.user.create({ data: { name: 'grace' } })).id)
  const user = await x.s.getOne('User', id, { include: { posts: true } })
  const [one, two] = user.posts ?? []
  if (!one || !two) throw new Error('no posts')
  await x.s.refresh(two, ['author'])
  two.author = other as never
  user.posts?.splice(0, 1)
  const scope = x.s.noAutoflush()
  await x.s.scalars(select('User', { include: { posts: true } }))
  await x.s.scalars(select('Post', { include: { author: true } }))
  scope[Symbol.dispose]()
  t.deepEqual(user.posts, [two])
  t.is<unknown, unknown>(two.author, other)
  await x.s.commit()
  t.deepEqual(await titles(x, other.id), ['two'])
  t.deepEqual(await titles(x, null), ['one'])
})

behaviour('a rollback restores a loaded list in whose place something else was put', async (t, x) => {
  const id = await author(x)
  const user = await x.s.getOne('User', id, { include: { posts: true } })
  Object.assign(user, { posts: undefined })
  await x.s.rollback()
  t.deepEqual(
    user.posts?.map(({ title }) => title),
    ['one', 'two'],
  )
  t.false(x.s.isModified(user))
})
