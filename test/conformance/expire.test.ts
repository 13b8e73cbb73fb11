// expire() and expireAll(): what they discard, what stays readable, and how the object is loaded again.

import { InvalidRequestError, inspect, NoResultFoundError, select } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { persistent } from '../helpers/entities.js'
import { loaded } from '../helpers/loaded-user.js'
import { refused } from '../helpers/steps.js'

behaviour('expire discards local changes without an operation', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  user.name = 'local'
  s.expire(user)
  t.false(s.isModified(user))
  t.false(s.dirty.has(user))
  t.true(inspect(user).expired.includes('name'))
  await s.flush()
  t.deepEqual(x.ops(), [])
  t.deepEqual(x.wire(), [])
  await s.refresh(user)
  t.is(user.name, 'Ada')
  t.deepEqual(inspect(user).expired, [])
})

behaviour('get loads a wholly expired object with one read', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  s.expire(user)
  t.is(await s.get('User', user.id), user)
  t.is(x.ops().length, 1)
  t.is(user.name, 'Ada')
  t.is(await s.get('User', user.id), user)
  t.is(x.ops().length, 1)
})

behaviour('an attribute assigned after expire has its value and is written', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  s.expire(user)
  user.name = 'new'
  t.is(user.name, 'new')
  t.deepEqual(x.ops(), [])
  await s.commit()
  const row = await x.raw.user.findUniqueOrThrow({ where: { id: user.id } })
  t.is(row.name, 'new')
  t.is(row.kind, 'plain')
})

behaviour('expire discards an unflushed change of the key', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'a' } })
  const { s } = x
  const code = await s.getOne('Code', 'A')
  code.code = 'B'
  s.expire(code)
  t.is(code.code, 'A')
  t.false(s.isModified(code))
  await s.refresh(code)
  t.deepEqual({ ...code }, { code: 'A', label: 'a' })
})

behaviour('refresh loads an expired object with its relations again', async (t, x) => {
  const { s } = x
  const { id } = await x.raw.user.create({ data: { name: 'Ada', posts: { create: { title: 'a' } } } })
  const user = await s.getOne('User', id, { include: { posts: true } })
  const [post] = user.posts ?? []
  if (!post) return t.fail('posts not loaded')
  s.expireAll()
  await s.refresh(user)
  t.is(user.name, 'Ada')
  t.deepEqual(user.posts, [post])
  await s.refresh(post, ['author'])
  t.is(post.author, user)

  s.expire(user, ['posts'])
  t.deepEqual(inspect(user).expired, ['posts'])
  await s.refresh(user, ['posts'])
  t.deepEqual(user.posts, [post])
  t.deepEqual(inspect(user).expired, [])
})

behaviour('an expired object that is loaded again has plain values', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  const before = { ...user }
  s.expire(user)
  await s.refresh(user)
  t.deepEqual({ ...user }, before)
  t.true('value' in (Object.getOwnPropertyDescriptor(user, 'name') ?? {}))
})

behaviour('the key of an expired object stays readable', async (t, x) => {
  const user = await loaded(x)
  await x.raw.pair.create({ data: { x: 1, y: 2 } })
  const { s } = x
  const { id } = user
  const pair = await s.getOne('Pair', [1, 2])
  await s.commit()
  x.clear()
  s.expireAll()
  t.is(user.id, id)
  t.is(pair.x, 1)
  t.is(pair.y, 2)
  t.deepEqual(inspect(pair).key, [1, 2])
  t.deepEqual(x.ops(), [])
})

behaviour('expire of one field leaves the changes of the others', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  user.name = 'local'
  user.kind = 'changed'
  s.expire(user, ['name'])
  t.deepEqual(inspect(user).expired, ['name'])
  t.is(user.kind, 'changed')
  t.true(s.isModified(user))
  t.deepEqual(x.ops(), [])
  await s.commit()
  const row = await x.raw.user.findUniqueOrThrow({ where: { id: user.id } })
  t.is(row.name, 'Ada')
  t.is(row.kind, 'changed')
  await s.refresh(user, ['name'])
  t.is(user.name, 'Ada')
  t.deepEqual(inspect(user).expired, [])
})

behaviour('expire and refresh refuse a pending object', async (t, x) => {
  const { s } = x
  const pending = s.add('User', { name: 'Ada' })
  t.throws(() => s.expire(pending), { instanceOf: InvalidRequestError })
  await refused(t, () => s.refresh(pending), { instanceOf: InvalidRequestError })
  t.is(pending.name, 'Ada')
  t.true(s.new.has(pending))
  t.deepEqual(x.ops(), [])
})

behaviour(
  'an expired object whose row is gone leaves the identity map until rollback',
  async (t, x) => {
    const user = await loaded(x)
    const { s } = x
    await x.raw.user.delete({ where: { id: user.id } })
    s.expire(user)
    await refused(t, () => s.refresh(user), { instanceOf: InvalidRequestError })
    t.is(await s.get('User', user.id), null)
    t.false(s.identityMap.has('User', user.id))
    await refused(t, () => s.getOne('User', user.id), { instanceOf: NoResultFoundError })
    await s.rollback()
    t.is(s.identityMap.get('User', user.id), user)
  },
  { modes: ['async'] },
)

behaviour('expireAll expires every persistent object and leaves the pending ones', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  const other = s.add('User', { name: 'Bob' })
  await s.commit()
  const pending = s.add('User', { name: 'Cyd' })
  user.name = 'local'
  x.clear()
  s.expireAll()
  t.true(inspect(user).expired.includes('name'))
  t.true(inspect(other).expired.includes('name'))
  t.false(s.isModified(user))
  t.is(pending.name, 'Cyd')
  t.true(s.new.has(pending))
  t.deepEqual(x.ops(), [])
  await s.refresh(user)
  t.is(user.name, 'Ada')
})

behaviour('an attribute assigned after expire is kept by a query, and written', async (t, x) => {
  const user = await persistent(x)
  await x.s.expire(user)
  user.name = 'mine'
  const scope = x.s.noAutoflush()
  await x.s.scalars(select('User'))
  scope[Symbol.dispose]()
  t.is(user.name, 'mine')
  t.is(user.kind, 'plain')
  t.true(x.s.isModified(user))
  x.clear()
  await x.s.commit()
  t.deepEqual(x.writes(), [{ verb: 'UPDATE', table: 'User', columns: ['name'] }])
  t.is((await x.raw.user.findFirstOrThrow()).name, 'mine')
})
