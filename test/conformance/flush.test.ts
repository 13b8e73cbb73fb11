// Several changes in one flush: rows that need each other, unique values that move, and what one object takes along.
import { Prisma } from '../../generated/test/client.ts'
import { FlushError, inspect } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

behaviour('a 1-1 child moved to an owner that has one unlinks the displaced row first', async (t, x) => {
  const [a, b] = x.s.addAll('User', [
    { name: 'a', profile: { bio: 'of a' } },
    { name: 'b', profile: { bio: 'of b' } },
  ])
  await x.s.commit()
  if (!a || !b) return t.fail()
  const displaced = b.profile
  b.profile = a.profile
  await x.s.commit()
  t.is(displaced?.userId, null)
  t.is(b.profile?.userId, b.id)
  t.is(await x.raw.profile.count({ where: { userId: b.id, bio: 'of a' } }), 1)
})

behaviour('unique values are swapped between two rows, by relation and by scalar', async (t, x) => {
  const [a, b] = x.s.addAll('User', [
    { name: 'a', email: 'a@b.c', profile: { bio: 'of a' } },
    { name: 'b', email: 'b@b.c', profile: { bio: 'of b' } },
  ])
  await x.s.commit()
  if (!a || !b) return t.fail()
  ;[a.email, b.email] = [b.email, a.email]
  ;[a.profile, b.profile] = [b.profile, a.profile]
  await x.s.commit()
  const stored = await x.raw.user.findMany({ orderBy: { id: 'asc' }, include: { profile: true } })
  t.deepEqual(
    stored.map((user) => [user.email, user.profile?.bio]),
    [
      ['b@b.c', 'of b'],
      ['a@b.c', 'of a'],
    ],
  )
  t.is(x.s.dirty.size, 0)
})

behaviour('a 1-1 child is replaced by deleting it and adding a new one, from either side', async (t, x) => {
  const user = x.s.add('User', { name: 'a', profile: { bio: 'first' } })
  await x.s.commit()
  await x.s.delete(user.profile as object)
  user.profile = x.s.add('Profile', { bio: 'second' })
  await x.s.commit()
  await x.s.delete(user.profile as object)
  x.s.add('Profile', { bio: 'third', user })
  await x.s.commit()
  t.deepEqual(
    (await x.raw.profile.findMany()).map(({ bio, userId }) => [bio, userId]),
    [['third', user.id]],
  )
})

behaviour('rows of one model that refer to each other are deleted in one flush', async (t, x) => {
  const a = x.s.add('Node', { name: 'a' })
  const b = x.s.add('Node', { name: 'b', parent: a })
  Object.assign(a, { parent: b })
  await x.s.commit()
  await x.s.delete(a)
  await x.s.delete(b)
  await x.s.commit()
  t.is(await x.raw.node.count(), 0)
})

behaviour('flush of one object also writes the new members of its relations', async (t, x) => {
  const user = x.s.add('User', { name: 'a', posts: [{ title: 'one' }] })
  await x.s.flush([user])
  const tag = x.s.add('Tag', { label: 'red', posts: [{ title: 'two' }] })
  await x.s.flush([tag])
  await x.s.commit()
  t.is(await x.raw.post.count({ where: { authorId: user.id } }), 1)
  t.is(await x.raw.post.count({ where: { tags: { some: { id: tag.id } } } }), 1)
})

behaviour('a Json object, DbNull and JsonNull written in one flush are kept apart', async (t, x) => {
  const [a, b, c] = x.s.addAll('Everything', [
    { id: 1n, json: [1] },
    { id: 2n, json: [1] },
    { id: 3n, json: [1] },
  ])
  await x.s.commit()
  Object.assign(a as object, { json: {} })
  Object.assign(b as object, { json: Prisma.DbNull })
  Object.assign(c as object, { json: Prisma.JsonNull })
  await x.s.commit()
  const isNull = (value: typeof Prisma.DbNull | typeof Prisma.JsonNull) =>
    x.raw.everything.findMany({ where: { json: { equals: value } }, select: { id: true } })
  t.deepEqual(await isNull(Prisma.DbNull), [{ id: 2n }])
  t.deepEqual(await isNull(Prisma.JsonNull), [{ id: 3n }])
  t.deepEqual((await x.raw.everything.findUnique({ where: { id: 1n } }))?.json, {})
})

behaviour('a unique key passes from one child to another while its owner gets a new one', async (t, x) => {
  const [first, second] = x.s.addAll('Profile', [{ bio: 'first', user: { name: 'a' } }, { bio: 'second' }])
  await x.s.commit()
  if (!first || !second) return t.fail()
  const { userId } = first
  Object.assign(first, { user: x.s.add('User', { name: 'b' }) })
  second.userId = userId
  await x.s.commit()
  const stored = await x.raw.profile.findMany({ orderBy: { bio: 'asc' }, include: { user: true } })
  t.deepEqual(
    stored.map(({ bio, user }) => [bio, user?.name]),
    [
      ['first', 'b'],
      ['second', 'a'],
    ],
  )
  t.is(x.s.dirty.size, 0)
})

behaviour('a child given to two parents is refused, and both are named', async (t, x) => {
  const [a, b] = x.s.addAll('User', [
    { name: 'a', posts: [] },
    { name: 'b', posts: [] },
  ])
  await x.s.commit()
  if (!a || !b) return t.fail()
  const post = x.s.add('Post', { title: 'one' })
  for (const { posts } of [a, b]) (posts as object[]).push(post)
  const error = await refused(t, () => x.s.flush(), { instanceOf: FlushError })
  t.regex(error.message, new RegExp(`User ${a.id} and User ${b.id}`))
  await x.s.rollback()
  t.is(await x.raw.post.count(), 0)
})

behaviour(
  'a new row takes over that of a deleted one with its key, with fresh values of what is made for it',
  async (t, x) => {
    const old = x.s.add('Made', { id: 'one', note: 'old' } as { id: string })
    await x.s.commit()
    const { uuid } = old as unknown as { uuid: string }
    await x.s.delete(old)
    const fresh = x.s.add('Made', { id: 'one', note: 'new' } as { id: string })
    x.clear()
    await x.s.flush()
    t.deepEqual(x.written(), ['UPDATE Made'])
    t.not((fresh as unknown as { uuid: string }).uuid, uuid)
    await x.s.commit()
    t.is((await x.raw.made.findFirstOrThrow()).note, 'new')
  },
)

behaviour('assigning a child the parent that it has writes nothing', async (t, x) => {
  await x.raw.user.create({ data: { id: 1, name: 'a', posts: { create: { title: 'one' } } } })
  const post = await x.s.getOne('Post', 1)
  Object.assign(post, { author: await x.s.getOne('User', 1) })
  x.clear()
  await x.s.flush()
  t.deepEqual(x.ops(), [])
  t.false(x.s.isModified(post))
})

behaviour('a flush loads no expired relation, of the objects that it is given either', async (t, x) => {
  await x.raw.user.create({ data: { id: 1, name: 'a', posts: { create: { title: 'one' } } } })
  const user = await x.s.getOne('User', 1, { include: { posts: true } })
  for (const given of [undefined, [user]]) {
    await x.s.expire(user, ['posts'])
    user.name += ' changed'
    x.clear()
    await x.s.flush(given)
    t.deepEqual(x.written(), ['UPDATE User'])
    t.deepEqual(inspect(user).expired, ['posts'])
  }
  await x.s.refresh(user, ['posts'])
  t.is(user.posts?.length, 1)
})
