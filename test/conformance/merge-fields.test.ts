// merge() with `fields`: of data from outside only what is named is taken.

import { ArgumentError, entity, inspect } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

behaviour('merge with fields takes the named scalar fields and ignores the rest', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada', kind: 'plain' } })
  const { s } = x
  const body: object = { id, name: 'New', kind: 'admin', email: { increment: 1 }, csrf: 'token' }
  const user = await s.merge('User', body, { fields: ['name'] })
  t.is(user.name, 'New')
  t.is(user.kind, 'plain')
  t.false('csrf' in user)
  x.clear()
  await s.commit()
  t.deepEqual(
    x.writes().map(({ verb, columns }) => [verb, columns]),
    [['UPDATE', ['name']]],
  )
})

behaviour('merge with fields leaves relations alone that are not named', async (t, x) => {
  const { id, posts } = await x.raw.user.create({
    data: { name: 'Ada', posts: { create: { title: 'Notes' } } },
    include: { posts: true },
  })
  const { s } = x
  const body: object = { id, name: 'Ada', posts: [{ id: posts[0]?.id, title: 'stolen' }, { title: 'more' }] }
  await s.merge('User', body, { fields: ['name'] })
  x.clear()
  await s.commit()
  t.deepEqual(x.writes(), [])
})

behaviour('merge with a relation in fields links its members by key and takes no other field of them', async (t, x) => {
  const ada = await x.raw.user.create({ data: { name: 'Ada' } })
  const grace = await x.raw.user.create({ data: { name: 'Grace' } })
  const post = await x.raw.post.create({ data: { title: 'Notes', authorId: ada.id } })
  const { s } = x
  const body: object = { id: post.id, title: 'stolen', author: { id: grace.id, name: 'stolen', kind: 'admin' } }
  await s.merge('Post', body, { fields: ['author'] })
  await s.commit()
  t.is((await x.raw.post.findUniqueOrThrow({ where: { id: post.id } })).authorId, grace.id)
  t.is((await x.raw.post.findUniqueOrThrow({ where: { id: post.id } })).title, 'Notes')
  const author = await x.raw.user.findUniqueOrThrow({ where: { id: grace.id } })
  t.is(author.name, 'Grace')
  t.is(author.kind, 'plain')
})

behaviour('merge takes fields of the members of a relation that are named with it', async (t, x) => {
  const { id, posts } = await x.raw.user.create({
    data: { name: 'Ada', posts: { create: { title: 'Notes' } } },
    include: { posts: true },
  })
  const { s } = x
  const body: object = {
    id,
    name: 'not taken',
    posts: [
      { id: posts[0]?.id, title: 'Letters', author: { id, name: 'not taken' } },
      { title: 'More', authorId: 4711 },
    ],
  }
  await s.merge('User', body, { fields: ['posts.title'] })
  await s.commit()
  const user = await x.raw.user.findUniqueOrThrow({ where: { id }, include: { posts: { orderBy: { id: 'asc' } } } })
  t.is(user.name, 'Ada')
  t.deepEqual(
    user.posts.map(({ title }) => title),
    ['Letters', 'More'],
  )
})

behaviour('merge with fields makes a new object of the key and the named fields', async (t, x) => {
  const { s } = x
  const body: object = { id: 4711, name: 'Ada', kind: 'admin' }
  const user = await s.merge('User', body, { fields: ['name'] })
  t.is(inspect(user).state, 'pending')
  await s.commit()
  const row = await x.raw.user.findUniqueOrThrow({ where: { id: 4711 } })
  t.is(row.name, 'Ada')
  t.is(row.kind, 'plain')
})

behaviour('merge with an empty list of fields takes the key alone', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const user = await s.merge('User', { id, name: 'New' }, { fields: [] })
  t.is(user.name, 'Ada')
  t.false(s.isModified(user))
})

behaviour('merge of an object of another session takes the named fields', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada', kind: 'plain' } })
  const { s } = x
  const detached = await s.getOne('User', id)
  s.expunge(detached)
  Object.assign(detached, { name: 'New', kind: 'admin' })
  const merged = await s.merge(detached, { fields: ['name'] })
  t.not(merged, detached)
  t.is(merged.name, 'New')
  t.is(merged.kind, 'plain')
  const given = await s.merge<object>(entity('User', { id, kind: 'basic' }), { fields: ['kind'] })
  t.is<object, object>(given, merged)
  t.is(merged.kind, 'basic')
})

behaviour('merge takes fields whose names every object has only where data have them', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const body = JSON.parse(`{ "id": ${id}, "name": "New", "__proto__": { "kind": "admin" } }`) as object
  const user = await s.merge('User', body, { fields: ['name', 'kind'] })
  await s.commit()
  t.is(user.kind, 'plain')
})

behaviour('merge refuses fields that the model does not have, before anything is sent', async (t, x) => {
  const { s } = x
  const wrong: [fields: unknown, message: RegExp][] = [
    [['nmae'], /merge\(\): User has no field 'nmae' to take: use id, /],
    [['posts.titel'], /merge\(\): Post has no field 'titel' to take/],
    [['name.length'], /merge\(\): User has no field 'name.length' to take/],
    [['toString'], /merge\(\): User has no field 'toString' to take/],
    [['name', 5], /merge\(\): User has no field '5' to take/],
    ['name', /merge\(\) expects fields to be an array of field names/],
  ]
  for (const [fields, message] of wrong) {
    await refused(t, () => s.merge('User', { id: 1 }, { fields } as never), { instanceOf: ArgumentError, message })
  }
  t.deepEqual(x.ops(), [])
})

behaviour('merge refuses operations in the named fields, and in the key', async (t, x) => {
  const { s } = x
  const bodies: object[] = [
    { id: 1, name: { set: 'New' } },
    { id: { gt: 0 }, name: 'New' },
  ]
  for (const body of bodies)
    await refused(t, () => s.merge('User', body, { fields: ['name'] }), { instanceOf: ArgumentError })
  t.deepEqual(x.ops(), [])
})
