// refresh(): fields, relations, unflushed changes, and the objects it refuses.

import { ArgumentError, entity, InvalidRequestError, inspect } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { loaded, updateElsewhere } from '../helpers/loaded-user.js'
import { refused } from '../helpers/steps.js'

behaviour('refresh re-reads every field with one operation and discards local changes', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  await updateElsewhere(x, user.id, { name: 'fresh', kind: 'k' })
  user.name = 'local'
  await s.refresh(user)
  t.is(x.ops().length, 1)
  t.deepEqual(x.written(), [])
  t.is(user.name, 'fresh')
  t.is(user.kind, 'k')
  t.false(s.isModified(user))
  t.false(s.dirty.has(user))
})

behaviour('refresh writes the changes of other objects first', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  const other = s.add('User', { name: 'Bob' })
  await s.commit()
  other.name = 'Bobby'
  x.clear()
  await s.refresh(user)
  t.deepEqual(x.written(), ['UPDATE User'])
  t.false(s.isModified(other))
  t.is(other.name, 'Bobby')
})

behaviour('refresh of one field discards its change, and writes and keeps the others', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  user.name = 'local'
  user.kind = 'changed'
  await s.refresh(user, ['name'])
  t.is(user.name, 'Ada')
  t.is(user.kind, 'changed')
  t.false(s.isModified(user))
  await s.commit()
  const row = await x.raw.user.findUniqueOrThrow({ where: { id: user.id } })
  t.is(row.name, 'Ada')
  t.is(row.kind, 'changed')
})

behaviour('refresh of a relation loads it', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  const { id } = await x.raw.post.create({ data: { title: 'a', authorId: user.id } })
  t.false('posts' in user)
  await s.refresh(user, ['posts'])
  t.is(x.ops().length, 1)
  t.is(user.posts?.length, 1)
  t.is(user.posts?.[0], await s.getOne('Post', id))
  t.is(x.ops().length, 1) // a hit
  t.false(s.isModified(user))
})

behaviour('refresh reloads a relation that is named or was loaded', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  await s.refresh(user)
  t.false('posts' in user)
  await s.refresh(user, ['posts'])
  t.deepEqual(user.posts, [])

  await s.commit()
  await x.raw.post.create({ data: { title: 'a', authorId: user.id } })
  await s.refresh(user, ['posts'])
  t.is(user.posts?.length, 1)

  await s.commit()
  await x.raw.post.create({ data: { title: 'b', authorId: user.id } })
  await s.refresh(user)
  t.is(user.posts?.length, 2)
})

behaviour('refresh of a to-one relation loads the object that the session has', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  const { id } = await x.raw.post.create({ data: { title: 'a', authorId: user.id } })
  const post = await s.getOne('Post', id)
  t.false('author' in post)
  await s.refresh(post, ['author'])
  t.is(post.author, user)
})

behaviour('refresh refuses objects that are not persistent', async (t, x) => {
  const { s } = x
  const message = /not persistent within this session/i
  const transient = entity('User', { name: 'Ada' })
  await refused(t, () => s.refresh(transient), { instanceOf: InvalidRequestError, message })
  const pending = s.add('User', { name: 'Bob' })
  await refused(t, () => s.refresh(pending), { instanceOf: InvalidRequestError, message })
  t.true(s.new.has(pending))
  t.deepEqual(x.ops(), [])

  await s.commit()
  s.expunge(pending)
  await refused(t, () => s.refresh(pending), { instanceOf: InvalidRequestError, message })
})

behaviour('refresh of an object scheduled for delete flushes the delete and is refused', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  await s.delete(user)
  await refused(t, () => s.refresh(user), {
    instanceOf: InvalidRequestError,
    message: /not persistent within this session/i,
  })
  t.is(inspect(user).state, 'deleted')
  t.deepEqual(x.written(), ['DELETE User'])
  await refused(t, () => s.refresh(user), { instanceOf: InvalidRequestError })
})

behaviour('refresh throws when the row of the object is gone', async (t, x) => {
  const user = await loaded(x)
  await x.raw.user.delete({ where: { id: user.id } })
  await refused(t, () => x.s.refresh(user), { instanceOf: InvalidRequestError, message: /could not refresh/i })
})

behaviour('refresh with an unflushed change of the key requires a flush', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'a' } })
  const { s } = x
  const code = await s.getOne('Code', 'A')
  code.code = 'B'
  x.clear()
  await refused(t, () => s.noAutoflush(() => s.refresh(code, ['label'])), {
    instanceOf: InvalidRequestError,
    message: /flush/,
  })
  t.is(code.code, 'B')
  t.deepEqual(x.ops(), [])
})

behaviour('refresh and expire refuse an unknown field, and nothing is expired', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  await refused(t, () => s.refresh(user, ['nope']), { instanceOf: ArgumentError, message: /nope/ })
  t.throws(() => s.expire(user, ['name', 'nope']), { instanceOf: ArgumentError, message: /nope/ })
  t.deepEqual(inspect(user).expired, [])
  t.is(user.name, 'Ada')
  t.deepEqual(x.ops(), [])
})
