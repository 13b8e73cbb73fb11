// Relations that were loaded, or assigned, in a transaction or savepoint that was rolled back.
import { inspect, select } from '../../src/index.js'
import { behaviour, type Context, type TestSession } from '../helpers/conformance.js'

/** Ways of loading the posts of a user, with those that the transaction has added. */
const loads: Readonly<Record<string, (s: TestSession, id: number) => unknown>> = {
  refresh: async (s, id) => s.refresh(await s.getOne('User', id), ['posts']),
  'get with include': (s, id) => s.getOne('User', id, { include: { posts: true } }),
  'getMany with include': (s, id) => s.getMany('User', [id], { include: { posts: true } }),
  'a select with include': async (s, id) =>
    (await s.scalars(select('User', { where: { id }, include: { posts: true } }))).all(),
}

for (const [how, load] of Object.entries(loads)) {
  for (const isKnown of [true, false])
    behaviour(
      `a row that was rolled back stays gone, though its parent's list was loaded with it by ${how}, ${isKnown ? 'the parent before' : 'the parent too'}`,
      async (t, x) => {
        const { s } = x
        const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
        if (isKnown) await s.getOne('User', id)
        const post = s.add('Post', { title: 'rolled back', author: s.ref('User', id) })
        await s.flush()
        await load(s, id)
        const user = await s.getOne('User', id)
        t.deepEqual(user.posts, [post])
        await s.rollback()
        t.is(inspect(post).state, 'transient')
        t.is(user.posts, undefined)
        const again = await s.getOne('User', id)
        again.name = 'Countess'
        await s.commit()
        t.is(await x.raw.post.count(), 0)
        t.is((await x.raw.user.findUniqueOrThrow({ where: { id } })).name, 'Countess')
      },
    )

  behaviour(`a list that ${how} loaded in a savepoint is after its rollback as before it`, async (t, x) => {
    const { s } = x
    const { id } = await x.raw.user.create({ data: { name: 'Ada', posts: { create: { title: 'kept' } } } })
    const user = await s.getOne('User', id, { include: { posts: true } })
    const [kept] = user.posts ?? []
    const savepoint = await s.beginNested()
    s.add('Post', { title: 'rolled back', author: user })
    if (kept) await s.delete(kept)
    await s.flush()
    await load(s, id)
    t.deepEqual(
      user.posts?.map(({ title }) => title),
      ['rolled back'],
    )
    await savepoint.rollback()
    t.deepEqual(user.posts, [kept])
    t.is(inspect(kept as object).state, 'persistent')
    user.name = 'Countess'
    await s.commit()
    t.deepEqual(
      (await x.raw.post.findMany()).map(({ title }) => title),
      ['kept'],
    )
  })
}

behaviour('a list loaded in a savepoint within another that has written is undone with that', async (t, x) => {
  const { s } = x
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const user = await s.getOne('User', id)
  const outer = await s.beginNested()
  s.add('Post', { title: 'rolled back', author: user })
  await s.flush()
  const inner = await s.beginNested()
  await s.refresh(user, ['posts'])
  t.is(user.posts?.length, 1)
  await inner.commit()
  await outer.rollback()
  t.is(user.posts, undefined)
  user.name = 'Countess'
  await s.commit()
  t.is(await x.raw.post.count(), 0)
})

behaviour('rolled back members of many-to-many and one-to-one relations do not come back', async (t, x) => {
  const { s } = x
  const { id } = await x.raw.user.create({ data: { name: 'Ada', posts: { create: { title: 'kept' } } } })
  const user = await s.getOne('User', id, { include: { posts: true } })
  const [post] = user.posts ?? []
  if (!post) return t.fail('posts not loaded')
  s.add('Tag', { label: 'rolled back', posts: [post] })
  s.add('Profile', { bio: 'rolled back', user })
  await s.flush()
  await s.refresh(post, ['tags'])
  await s.refresh(user, ['profile'])
  t.is(post.tags?.length, 1)
  t.truthy(user.profile)
  await s.rollback()
  t.is(post.tags, undefined)
  t.is(user.profile, undefined)
  for (const each of [await s.getOne('User', id)]) each.name = 'Countess'
  post.title = 'changed'
  await s.commit()
  t.deepEqual(await counts(x), [0, 0, 1])
})

async function counts({ raw }: Context): Promise<number[]> {
  return [await raw.tag.count(), await raw.profile.count(), await raw.post.count()]
}

behaviour('a member of a list that was expunged is not added again by a change of the list’s owner', async (t, x) => {
  const { s } = x
  const { id } = await x.raw.user.create({ data: { name: 'Ada', posts: { create: { title: 'kept' } } } })
  const user = await s.getOne('User', id, { include: { posts: true } })
  s.expunge(user.posts[0] as object)
  user.name = 'Countess'
  await s.commit()
  t.is(inspect(user.posts[0] as object).state, 'detached')
  t.is(await x.raw.post.count(), 1)
})
