// behaviours.md 7: dirty, deleted, isModified.
import { inspect } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { mk, persistent } from '../helpers/entities.js'

behaviour('dirty holds an object from its change to the flush', async (t, x) => {
  const user = await persistent(x)
  t.deepEqual([...x.s.dirty], [])
  user.name = 'bea'
  t.deepEqual([...x.s.dirty], [user])
  t.true(inspect(user).modified)
  await x.s.flush()
  t.deepEqual([...x.s.dirty], [])
  t.false(inspect(user).modified)
})

behaviour('only a net change makes it dirty', async (t, x) => {
  const user = await persistent(x)
  user.name = 'bea'
  user.name = 'ada'
  t.deepEqual([...x.s.dirty], [])
})

behaviour('set to the value it had: not modified, nothing sent', async (t, x) => {
  const user = await persistent(x)
  x.clear()
  user.name = ['a', 'da'].join('')
  t.false(x.s.isModified(user))
  await x.s.flush()
  t.deepEqual(x.ops(), [])
})

behaviour('isModified sends nothing, whatever is expired, stale or not loaded', async (t, x) => {
  const user = await persistent(x)
  x.clear()
  t.false(x.s.isModified(user))
  x.s.expire(user, ['name'])
  t.false(x.s.isModified(user))
  user.kind = 'special'
  t.true(x.s.isModified(user))
  x.s.expire(user)
  t.false(x.s.isModified(user))
  t.is(x.s.dirty.size, 0)
  t.deepEqual(x.ops(), [])
  await x.s.refresh(user)
  await x.s.commit()
  x.clear()
  t.true(inspect(user).stale)
  t.false(x.s.isModified(user))
  user.name = 'bea'
  t.true(x.s.isModified(user))
  t.deepEqual(x.ops(), [])
})

behaviour('a changed collection counts unless told otherwise', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'ada', posts: { create: { title: 'one' } } } })
  const user = await x.s.getOne('User', id, { include: { posts: true } })
  t.false(x.s.isModified(user))
  ;(user.posts as object[]).push(mk('Post', { title: 'two' }))
  t.true(x.s.isModified(user))
  t.false(x.s.isModified(user, { includeCollections: false }))
  user.name = 'bea'
  t.true(x.s.isModified(user, { includeCollections: false }))
})

behaviour('isModified of transient and detached objects', async (t, x) => {
  t.true(x.s.isModified(mk('User', { name: 'ada' })))
  t.false(x.s.isModified(mk('User', {})))
  const user = await persistent(x)
  x.s.expunge(user)
  t.false(x.s.isModified(user))
  user.name = 'bea'
  t.true(x.s.isModified(user))
})

behaviour('a marked object is in deleted only, a pending one in new only', async (t, x) => {
  const user = await persistent(x)
  user.name = 'changed'
  await x.s.delete(user)
  const pending = x.s.add('User', { name: 'pending' })
  pending.name = 'changed'
  t.deepEqual([...x.s.deleted], [user])
  t.deepEqual([...x.s.new], [pending])
  t.deepEqual([...x.s.dirty], [])
  await x.s.flush()
  t.false(x.written().includes('UPDATE User'))
})
