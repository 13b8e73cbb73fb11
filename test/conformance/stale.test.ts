// Stale objects after commit and rollback: readable without a query, and re-read by the next load.

import { inspect, MissingAwaitError, NoResultFoundError, select, update } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

/** A committed user with everything loaded, and nothing in the log. */
async function committed(x: Context) {
  const user = x.s.add('User', { name: 'ada', email: 'ada@example.org' })
  await x.s.commit()
  x.clear()
  return user
}

behaviour('after commit values stay readable with no query, and the next get re-reads them', async (t, x) => {
  const user = await committed(x)
  t.true(inspect(user).stale)
  t.deepEqual(inspect(user).expired, [])
  await x.raw.user.update({ where: { id: user.id }, data: { name: 'grace' } })
  t.is(user.name, 'ada')
  t.deepEqual(x.ops(), [])
  t.is(await x.s.get('User', user.id), user)
  t.is(x.ops().length, 1)
  t.is(user.name, 'grace')
  t.false(inspect(user).stale)
})

behaviour('get of a loaded object sends no query until the transaction ends', async (t, x) => {
  const user = await committed(x)
  await x.s.get('User', user.id)
  x.clear()
  await x.s.get('User', user.id)
  await x.s.getOne('User', user.id)
  t.deepEqual(x.ops(), [])
  await x.s.commit()
  await x.s.get('User', user.id)
  t.is(x.ops().length, 1)
})

behaviour('a select that returns the row of a stale object renews the object', async (t, x) => {
  const user = await committed(x)
  await x.raw.user.update({ where: { id: user.id }, data: { name: 'grace' } })
  t.is((await x.s.scalars(select('User'))).one(), user)
  t.is(user.name, 'grace')
  t.false(inspect(user).stale)
  x.clear()
  await x.s.get('User', user.id)
  t.deepEqual(x.ops(), [])
})

behaviour('a select does not overwrite an object that is not stale', async (t, x) => {
  const user = await committed(x)
  await x.s.get('User', user.id)
  const connection = (await x.s.connection()) as typeof x.client
  await connection.user.update({ where: { id: user.id }, data: { name: 'grace' } })
  await x.s.scalars(select('User'))
  t.is(user.name, 'ada')
  await x.s.refresh(user)
  t.is(user.name, 'grace')
})

behaviour('reading attributes, isModified and dirty never re-read a stale object', async (t, x) => {
  const user = await committed(x)
  t.is(`${user.name} ${user.email} ${user.kind}`, 'ada ada@example.org plain')
  t.is(JSON.parse(JSON.stringify(user)).name, 'ada')
  t.false(x.s.isModified(user))
  t.is(x.s.dirty.size, 0)
  user.name = 'grace'
  t.true(x.s.isModified(user))
  t.true(x.s.dirty.has(user))
  t.deepEqual(x.ops(), [])
  t.deepEqual(x.wire(), [])
})

behaviour('a re-read keeps an unflushed change, and the new row decides what counts as changed', async (t, x) => {
  const user = await committed(x)
  await x.raw.user.update({ where: { id: user.id }, data: { name: 'theirs', kind: 'theirs' } })
  user.name = 'mine'
  x.s.autoflush = false
  await x.s.get('User', user.id)
  t.is(user.name, 'mine')
  t.is(user.kind, 'theirs')
  t.true(x.s.isModified(user))
  user.name = 'ada' // the value loaded first counts as a change now
  t.true(x.s.isModified(user))
  user.name = 'theirs'
  t.false(x.s.isModified(user))
})

behaviour('a change is written even when it equals what the row had before', async (t, x) => {
  const user = await committed(x)
  user.name = 'mine'
  await x.s.commit()
  await x.raw.user.update({ where: { id: user.id }, data: { name: 'theirs' } })
  await x.s.get('User', user.id)
  user.name = 'mine'
  await x.s.commit()
  t.is((await x.raw.user.findFirstOrThrow()).name, 'mine')
})

behaviour('get of a stale object whose row is gone returns null and removes it from the identity map', async (t, x) => {
  const user = await committed(x)
  const { id } = user
  await x.raw.user.delete({ where: { id } })
  t.is(await x.s.get('User', id), null)
  t.is(x.ops().length, 1)
  t.false(x.s.identityMap.has('User', id))
  t.false(x.s.contains(user))
  t.is(user.name, 'ada')
  t.is(await x.s.get('User', id), null)
})

behaviour('getOne of a stale object whose row is gone throws NoResultFoundError', async (t, x) => {
  const user = await committed(x)
  await x.raw.user.delete({ where: { id: user.id } })
  await refused(t, () => x.s.getOne('User', user.id), { instanceOf: NoResultFoundError })
  t.false(x.s.identityMap.has('User', user.id))
})

behaviour('a rollback restores an object whose row was deleted inside the transaction', async (t, x) => {
  const user = await committed(x)
  const { id } = user
  await x.s.user.delete({ where: { id } })
  t.is(await x.s.get('User', id), null)
  t.false(x.s.contains(user))
  await x.s.rollback()
  t.true(x.s.contains(user))
  t.is(inspect(user).state, 'persistent')
  t.is(await x.s.get('User', id), user)
})

behaviour('a rollback restores the last known database values and makes the object stale', async (t, x) => {
  const user = await committed(x)
  user.name = 'flushed'
  await x.s.flush()
  user.email = 'unflushed'
  await x.s.rollback()
  x.clear()
  t.is(user.name, 'ada')
  t.is(user.email, 'ada@example.org')
  t.false(x.s.isModified(user))
  t.true(inspect(user).stale)
  t.deepEqual(x.ops(), [])
  await x.s.get('User', user.id)
  t.is(x.ops().length, 1)
})

behaviour('the rollback of a savepoint restores the values at its start', async (t, x) => {
  const user = await committed(x)
  user.name = 'outer'
  const savepoint = await x.s.beginNested()
  user.name = 'inner'
  await x.s.flush()
  await savepoint.rollback()
  t.is(user.name, 'outer')
  t.false(x.s.isModified(user))
  await x.s.commit()
  t.is((await x.raw.user.findFirstOrThrow()).name, 'outer')
})

behaviour('a bulk update makes the objects it may have changed stale, or sets the new value', async (t, x) => {
  const user = await committed(x)
  await x.s.get('User', user.id)
  await x.s.execute(update('User', { where: { email: { contains: 'example' } }, data: { name: 'bulk' } }))
  t.true(inspect(user).stale || user.name === 'bulk')
  t.deepEqual(inspect(user).expired, [])
  await x.s.get('User', user.id)
  t.is(user.name, 'bulk')
})

behaviour('a generated key is removed when the INSERT is rolled back', async (t, x) => {
  const user = x.s.add('User', { name: 'ada' })
  const code = x.s.add('Code', { code: 'A', label: 'own key' })
  const post = x.s.add('Post', { title: 'one', author: user })
  await x.s.flush()
  t.is(typeof user.id, 'number')
  t.is(post.authorId, user.id)
  await x.s.rollback()
  t.is(user.id as number | undefined, undefined)
  t.is(code.code, 'A')
  t.is(user.name, 'ada')
  x.s.addAll([post, code])
  await x.s.commit()
  t.is(typeof user.id, 'number')
  t.is((await x.raw.post.findFirstOrThrow()).authorId, user.id)
})

behaviour(
  'with expireOnCommit: true, a read after commit throws in async mode and loads in sync mode',
  async (t, x) => {
    const user = await committed(x)
    const { id } = user
    t.true(inspect(user).expired.includes('name'))
    await x.raw.user.update({ where: { id }, data: { name: 'grace' } })
    if (x.s.isAsync) {
      const error = t.throws(() => user.name, { instanceOf: MissingAwaitError })
      t.regex(error?.message ?? '', /refresh/)
      t.deepEqual(x.ops(), [])
      await x.s.refresh(user)
    }
    t.is(user.name, 'grace')
    t.is(x.ops().length, 1)
  },
  { session: { expireOnCommit: true } },
)

behaviour(
  'expireOnCommit: true expires objects at rollback',
  async (t, x) => {
    const user = await committed(x)
    await x.s.refresh(user)
    await x.s.rollback()
    t.true(inspect(user).expired.includes('name'))
    t.is(await x.s.get('User', user.id), user)
    t.is(user.name, 'ada')
  },
  { session: { expireOnCommit: true } },
)

behaviour(
  'expireOnCommit: false keeps values after commit, and get sends no query',
  async (t, x) => {
    const user = await committed(x)
    await x.raw.user.update({ where: { id: user.id }, data: { name: 'grace' } })
    t.is(await x.s.get('User', user.id), user)
    t.is(user.name, 'ada')
    t.false(inspect(user).stale)
    t.deepEqual(x.ops(), [])
  },
  { session: { expireOnCommit: false } },
)

behaviour('expire() expires an attribute whatever expireOnCommit is', async (t, x) => {
  const user = await committed(x)
  x.s.expire(user, ['name'])
  t.deepEqual(inspect(user).expired, ['name'])
  t.is(user.email, 'ada@example.org')
  if (x.s.isAsync) t.throws(() => user.name, { instanceOf: MissingAwaitError })
  await x.s.refresh(user)
  t.is(user.name, 'ada')
  t.deepEqual(inspect(user).expired, [])
})
