// commit() and rollback(): the statements they send, and the state in which they leave objects.
import { AfterCommitError, FlushError, inspect, MissingAwaitError, select } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { listen } from '../helpers/observe.js'
import { refused } from '../helpers/steps.js'
import { userNames } from '../helpers/user-names.js'

behaviour('commit with nothing to do sends nothing and still fires its events', async (t, x) => {
  const { s } = x
  const events = x.events(s, ['beforeCommit', 'afterCommit'])
  await s.commit()
  t.deepEqual(x.wire(), [])
  t.deepEqual(x.ops(), [])
  t.deepEqual(
    events.map(({ event }) => event),
    ['beforeCommit', 'afterCommit'],
  )
  t.true(events.every(({ payload }) => payload.session === s))
})

behaviour('rollback outside a transaction does nothing', async (t, x) => {
  const { s } = x
  await s.rollback()
  await s.rollback()
  t.deepEqual(x.wire(), [])
  t.false(s.inTransaction())
  t.true(s.isActive)
  s.add('User', { name: 'Ada' })
  await s.commit()
  t.deepEqual(await userNames(x), ['Ada'])
})

behaviour('commit flushes, and the next load sees what others changed after it', async (t, x) => {
  const { s } = x
  const user = s.add('User', { name: 'Ada' })
  await s.commit()
  t.is(x.wire().at(-1), 'COMMIT')
  const other = x.other()
  const theirs = await other.getOne('User', user.id)
  t.is(theirs.name, 'Ada')
  theirs.name = 'theirs'
  await other.commit()

  x.clear()
  t.is(await s.get('User', user.id), user)
  t.is(user.name, 'theirs')
  t.is(x.ops().length, 1)
  t.is(await s.get('User', user.id), user)
  t.is(x.ops().length, 1) // hits hold within one transaction
})

behaviour(
  'commit expires attributes with expireOnCommit: true',
  async (t, x) => {
    const { s } = x
    const user = s.add('User', { name: 'Ada' })
    await s.commit()
    t.true(inspect(user).expired.includes('name'))
    await x.raw.user.update({ where: { id: user.id }, data: { name: 'theirs' } })
    if (s.isAsync) {
      t.throws(() => user.name, { instanceOf: MissingAwaitError })
      await s.refresh(user)
    }
    t.is(user.name, 'theirs')
  },
  { session: { expireOnCommit: true } },
)

behaviour('by default values stay readable after commit and are refreshed by the next load', async (t, x) => {
  const { s } = x
  const user = s.add('User', { name: 'Ada' })
  await s.commit()
  await x.raw.user.update({ where: { id: user.id }, data: { name: 'theirs' } })
  x.clear()
  t.is(user.name, 'Ada')
  t.true(inspect(user).stale)
  t.deepEqual(inspect(user).expired, [])
  t.false(s.isModified(user))
  t.deepEqual(x.ops(), [])
  await s.scalars(select('User'))
  t.is(user.name, 'theirs')
  t.false(inspect(user).stale)
})

behaviour('re-reading a row after commit keeps an unflushed change', async (t, x) => {
  const { s } = x
  const user = s.add('User', { name: 'Ada' })
  await s.commit()
  await x.raw.user.update({ where: { id: user.id }, data: { name: 'theirs', kind: 'theirs' } })
  user.name = 'mine'
  await s.noAutoflush(() => s.get('User', user.id))
  t.is(user.name, 'mine')
  t.is(user.kind, 'theirs')
  t.true(s.isModified(user))
  user.name = 'theirs' // equal to the committed value now
  t.false(s.isModified(user))
})

behaviour(
  'values and identity map hits survive commit with expireOnCommit: false',
  async (t, x) => {
    const { s } = x
    const user = s.add('User', { name: 'Ada' })
    await s.commit()
    await x.raw.user.update({ where: { id: user.id }, data: { name: 'theirs' } })
    x.clear()
    t.is(await s.get('User', user.id), user)
    t.is(user.name, 'Ada')
    t.is(user.kind, 'plain')
    t.false(inspect(user).stale)
    t.deepEqual(x.ops(), [])
  },
  { session: { expireOnCommit: false } },
)

behaviour('commit flushes until its hooks add nothing more', async (t, x) => {
  const { s } = x
  let rounds = 0
  s.on('afterFlushPostexec', () => {
    if (++rounds < 5) s.add('User', { name: `hook ${rounds}` })
  })
  s.add('User', { name: 'first' })
  await s.commit()
  t.is(s.new.size, 0)
  t.false(s.inTransaction())
  t.deepEqual(await userNames(x), ['first', 'hook 1', 'hook 2', 'hook 3', 'hook 4'])
})

behaviour('commit throws a FlushError when hooks never stop adding objects', async (t, x) => {
  const { s } = x
  let rounds = 0
  s.on('afterFlushPostexec', () => {
    rounds++
    s.add('User', { name: 'again' })
  })
  s.add('User', { name: 'first' })
  await refused(t, () => s.commit(), { instanceOf: FlushError, message: /100/ })
  t.true(rounds >= 100 && rounds <= 101, String(rounds))
  await s.rollback()
  t.deepEqual(await userNames(x), [])
})

behaviour('a session stays usable when an afterCommit hook throws', async (t, x) => {
  const mistake = new Error('in the hook')
  let isFirst = true
  listen(x.s, 'afterCommit', () => {
    if (isFirst) {
      isFirst = false
      throw mistake
    }
  })
  x.s.add('User', { name: 'a' })
  const error = await refused(t, () => x.s.commit(), { instanceOf: AfterCommitError })
  t.is(error.cause, mistake)
  t.false(x.s.inTransaction())
  x.s.add('User', { name: 'b' })
  await x.s.commit()
  t.is(await x.raw.user.count(), 2)
})

for (const expireOnCommit of ['stale', false] as const) {
  behaviour(
    `rollback restores objects (expireOnCommit: ${expireOnCommit})`,
    async (t, x) => {
      const { s } = x
      const make = async (name: string) => (await x.raw.user.create({ data: { name } })).id
      const ids = { a: await make('a'), b: await make('b'), c: await make('c'), d: await make('d') }
      const a = await s.getOne('User', ids.a)
      const b = await s.getOne('User', ids.b)
      const c = await s.getOne('User', ids.c)
      const d = await s.getOne('User', ids.d)
      const inserted = s.add('User', { name: 'inserted' })
      b.name = 'flushed'
      await s.delete(c)
      await s.flush()
      a.name = 'changed'
      b.name = 'again'
      await s.delete(d)
      const pending = s.add('User', { name: 'pending' })

      await s.rollback()
      for (const object of [a, b, c, d]) t.is(inspect(object).state, 'persistent')
      for (const object of [inserted, pending]) t.is(inspect(object).state, 'transient')
      t.is(inserted.name, 'inserted')
      t.is(pending.name, 'pending')
      for (const set of [s.new, s.dirty, s.deleted]) t.is(set.size, 0)
      t.is(s.identityMap.size, 4)

      x.clear()
      t.deepEqual([a, b, c, d].map(({ name }) => name).join(''), 'abcd')
      t.deepEqual(x.ops(), [])
      t.is(await s.get('User', ids.c), c)
      t.is(c.name, 'c')
      await s.commit()
      t.deepEqual(await userNames(x), ['a', 'b', 'c', 'd'])
    },
    { session: { expireOnCommit } },
  )
}

behaviour(
  'rollback expires attributes with expireOnCommit: true',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
    const { s } = x
    const user = await s.getOne('User', id)
    user.name = 'local'
    await s.flush()
    await s.rollback()
    t.true(inspect(user).expired.includes('name'))
    t.false(s.isModified(user))
    await s.refresh(user)
    t.is(user.name, 'Ada')
  },
  { session: { expireOnCommit: true } },
)

behaviour('rollback restores relations', async (t, x) => {
  const ada = await x.raw.user.create({ data: { name: 'Ada', posts: { create: [{ title: 'a' }] } } })
  const { s } = x
  const user = await s.getOne('User', ada.id, { include: { posts: true } })
  const [post] = user.posts ?? []
  if (!post) return t.fail('posts not loaded')
  user.posts = []
  await s.flush()
  t.is(post.authorId, null)
  await s.rollback()
  t.is(post.authorId, ada.id)
  t.false(s.isModified(user))
  await s.refresh(user)
  t.is(user.posts?.[0], post)
})

for (const isFlushed of [false, true]) {
  const title = `rollback discards a value assigned to an attribute that was not loaded (${isFlushed ? '' : 'not '}flushed)`
  behaviour(title, async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'Ada', email: 'ada@example.org' } })
    const { s } = x
    const user = (await s.scalars(select('User', { omit: { email: true } }))).one()
    s.expire(user, ['name'])
    user.email = 'new'
    user.name = 'new'
    if (isFlushed) await s.flush()
    await s.rollback()
    t.false(s.isModified(user))
    t.deepEqual([...inspect(user).expired].sort(), ['email', 'name'])
    await s.refresh(user)
    t.is(user.email, 'ada@example.org')
    t.is(user.name, 'Ada')
    await s.commit()
    t.is((await x.raw.user.findUniqueOrThrow({ where: { id } })).email, 'ada@example.org')
  })
}
