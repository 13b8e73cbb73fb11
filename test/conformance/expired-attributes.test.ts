// Reading an expired attribute, or one that omit left out: an error in async mode, a load in sync mode.

import { inspect as show } from 'node:util'
import {
  DetachedInstanceError,
  entity,
  InvalidRequestError,
  inspect,
  MissingAwaitError,
  makeTransientToDetached,
  ObjectDeletedError,
  PendingRollbackError,
  select,
} from '../../src/index.js'
import { behaviour, type Context, inSync } from '../helpers/conformance.js'
import { loaded, updateElsewhere } from '../helpers/loaded-user.js'
import { refused } from '../helpers/steps.js'

const sync = { modes: ['sync'] } as const

/** Reads an expired attribute: an error in async mode, a load in sync mode. */
async function readsAs<T>(t: Parameters<typeof refused>[0], x: Context, read: () => T, value: T) {
  if (x.s.isAsync) t.throws(read, { instanceOf: MissingAwaitError })
  else t.deepEqual(read(), value)
}

behaviour(
  'reading an expired attribute loads all expired attributes with one operation',
  async (t, x) => {
    const user = await loaded(x)
    await updateElsewhere(x, user.id, { name: 'fresh', kind: 'k' })
    x.s.expire(user)
    t.deepEqual(x.ops(), [])
    t.is(user.kind, 'k')
    t.is(x.ops().length, 1)
    t.deepEqual({ ...user }, { id: user.id, name: 'fresh', kind: 'k', email: null, inviterId: null })
    t.deepEqual(inspect(user).expired, [])
    t.true('value' in (Object.getOwnPropertyDescriptor(user, 'name') ?? {}))
    t.is(x.ops().length, 1)
    t.false(x.s.isModified(user))
    t.deepEqual(x.wire(), ['BEGIN'])
  },
  sync,
)

behaviour(
  'reading an expired attribute loads only what is expired and keeps local changes',
  async (t, x) => {
    const user = await loaded(x)
    await updateElsewhere(x, user.id, { name: 'fresh', kind: 'fresh too' })
    x.s.expire(user, ['name'])
    using _ = x.s.noAutoflush()
    user.kind = 'local'
    t.is(user.name, 'fresh')
    t.is(user.kind, 'local')
    t.true(x.s.isModified(user))
    t.is(x.ops().length, 1)
    t.false(JSON.stringify(x.ops()[0]?.args).includes('kind'))
  },
  sync,
)

behaviour(
  'reading an expired attribute flushes pending changes first',
  async (t, x) => {
    const user = await loaded(x)
    const pending = x.s.add('User', { name: 'Bob' })
    x.s.expire(user, ['name'])
    user.kind = 'local'
    t.is(user.name, 'Ada')
    t.is(inspect(pending).state, 'persistent')
    t.false(x.s.isModified(user))
    t.is(user.kind, 'local')
    t.deepEqual([...x.written()].sort(), ['INSERT User', 'UPDATE User'])
    x.s.rollback()

    x.s.expire(user)
    const later = x.s.add('User', { name: 'Cyd' })
    x.s.noAutoflush(() => t.is(user.name, 'Ada'))
    t.is(inspect(later).state, 'pending')
  },
  sync,
)

behaviour(
  'reading an expired attribute loads expired relations with the same operation',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'Ada', posts: { create: { title: 'a' } } } })
    const s = inSync(x.s)
    const user = s.getOne('User', id, { include: { posts: true } })
    const [post] = user.posts ?? []
    s.commit()
    await x.raw.post.create({ data: { title: 'b', authorId: id } })
    s.expire(user)
    x.clear()
    t.is(user.posts?.length, 2)
    t.is(user.posts?.[0], post)
    t.is(user.name, 'Ada')
    t.is(x.ops().length, 1)

    s.expire(user, ['posts'])
    t.is(user.name, 'Ada')
    t.is(x.ops().length, 1)
    t.is(user.posts?.length, 2)
    t.is(x.ops().length, 2)
    // A relation that was never loaded stays absent: relations are not lazy.
    t.false('author' in (post ?? {}))
    t.is(post?.author, undefined)
    t.is(x.ops().length, 2)
  },
  sync,
)

behaviour(
  'reading an attribute of one expired object does not load another',
  async (t, x) => {
    const user = await loaded(x)
    const other = x.s.add('User', { name: 'Bob' })
    x.s.commit()
    x.clear()
    x.s.expireAll()
    t.is(user.name, 'Ada')
    t.is(x.ops().length, 1)
    t.is(other.name, 'Bob')
    t.is(x.ops().length, 2)
    const { name, kind } = other
    t.deepEqual([name, kind], ['Bob', 'plain'])
    t.is(x.ops().length, 2)
  },
  sync,
)

behaviour(
  'JSON.stringify and spread load an expired object; printing, keys, `in`, inspect and isModified do not',
  async (t, x) => {
    const user = await loaded(x)
    const expired = () => {
      x.s.expire(user)
      x.clear()
    }
    expired()
    t.regex(show(user), /name: \[/)
    t.true(Object.keys(user).includes('name'))
    t.true('name' in user)
    t.is(inspect(user).state, 'persistent')
    t.false(x.s.isModified(user))
    t.false(x.s.dirty.has(user))
    t.true(x.s.contains(user))
    t.is(show(x.s).includes('Ada'), false)
    t.deepEqual(x.ops(), [])
    t.is(JSON.parse(JSON.stringify(user)).name, 'Ada')
    t.is(x.ops().length, 1)
    expired()
    t.is({ ...user }.name, 'Ada')
    t.is(x.ops().length, 1)
    expired()
    t.deepEqual(Object.values(user).includes('Ada'), true)
    t.is(x.ops().length, 1)
    expired()
    t.is(structuredClone(user).name, 'Ada')
    t.is(x.ops().length, 1)
  },
  sync,
)

behaviour(
  'reading an expired attribute in a failed transaction throws PendingRollbackError',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'first', email: 'taken' } })
    const user = await loaded(x)
    x.s.add('User', { name: 'second', email: 'taken' })
    const failure = t.throws(() => x.s.flush())
    x.s.expire(user)
    x.clear()
    const error = t.throws(() => user.name, { instanceOf: PendingRollbackError })
    t.is(error?.cause, failure)
    t.deepEqual(x.ops(), [])
    t.true(inspect(user).expired.includes('name'))
    x.s.rollback()
    t.is(user.name, 'Ada')
  },
  sync,
)

behaviour(
  'reading an expired attribute of a detached object throws DetachedInstanceError',
  async (t, x) => {
    const user = await loaded(x)
    x.s.expire(user, ['name'])
    x.s.expunge(user)
    const error = t.throws(() => user.name, { instanceOf: DetachedInstanceError })
    t.regex(error?.message ?? '', /name.*refresh/)
    t.is(user.kind, 'plain')
    t.deepEqual(x.ops(), [])
    x.s.add(user)
    t.is(user.name, 'Ada')
    t.is(x.ops().length, 1)

    x.s.expire(user)
    x.s.close()
    t.throws(() => user.kind, { instanceOf: DetachedInstanceError })
  },
  sync,
)

behaviour(
  'reading an expired attribute without autobegin and a transaction requires begin()',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
    const s = inSync(x.s)
    s.begin()
    const user = s.getOne('User', id)
    s.commit()
    s.expire(user)
    t.throws(() => user.name, { instanceOf: InvalidRequestError, message: /begin\(\)/ })
    s.begin()
    t.is(user.name, 'Ada')
  },
  { ...sync, session: { autobegin: false } },
)

behaviour(
  'with expireOnCommit: true, reading an attribute after commit loads the new value',
  async (t, x) => {
    const user = await loaded(x)
    t.is(user.name, 'Ada')
    x.s.commit()
    await updateElsewhere(x, user.id, { name: 'fresh' })
    x.clear()
    t.is(user.name, 'fresh')
    t.is(user.kind, 'plain')
    t.is(x.ops().length, 1)
  },
  { ...sync, session: { expireOnCommit: true } },
)

behaviour(
  'reading an expired attribute in async mode throws an error that names the call to await',
  async (t, x) => {
    const user = await loaded(x)
    const { s } = x
    s.expire(user)
    const error = t.throws(() => user.name, { instanceOf: MissingAwaitError })
    for (const part of ['User', String(user.id), 'name', 'await']) t.true(error.message.includes(part), part)
    t.regex(error.message, /refresh\(/)
    t.deepEqual(x.ops(), [])
    await s.refresh(user)
    t.is(user.name, 'Ada')
  },
  { modes: ['async'] },
)

behaviour('an expired object keeps its keys and can be printed', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  const keys = Object.keys(user)
  user.name = 'local'
  s.expire(user)
  t.deepEqual(Object.keys(user), keys)
  t.true('name' in user)
  const text = show(user)
  t.regex(text, /name: \[/)
  t.false(text.includes('local'))
  t.deepEqual(x.ops(), [])
  await readsAs(t, x, () => JSON.parse(JSON.stringify(user)).name, 'Ada')
})

behaviour('spreading an expired object reads its attributes', async (t, x) => {
  const user = await loaded(x)
  x.s.expire(user)
  await readsAs(t, x, () => ({ ...user }).name, 'Ada')
})

behaviour(
  'reading an expired attribute whose row is gone throws ObjectDeletedError, and the object stays persistent',
  async (t, x) => {
    const user = await loaded(x)
    await x.raw.user.delete({ where: { id: user.id } })
    x.s.expire(user)
    for (let time = 1; time <= 2; time++) {
      const error = t.throws(() => user.name, { instanceOf: ObjectDeletedError })
      t.regex(error?.message ?? '', /User.*expunge\(\)/)
      t.is(x.ops().length, time)
    }
    t.is(inspect(user).state, 'persistent')
    t.true(x.s.contains(user))
    t.true(inspect(user).expired.includes('name'))
    t.is(user.id, 1)
    await refused(t, () => x.s.refresh(user), { instanceOf: InvalidRequestError, message: /could not refresh/i })
    t.is(await x.s.get('User', user.id), null)
  },
  sync,
)

behaviour('fields left out by omit count as expired', async (t, x) => {
  await x.raw.user.create({ data: { name: 'Ada', email: 'ada@example.org' } })
  const { s } = x
  const user = (await s.scalars(select('User', { omit: { email: true } }))).one()
  t.is(user.name, 'Ada')
  t.true(inspect(user).expired.includes('email'))
  t.false(s.isModified(user))
  await readsAs(t, x, () => user.email, 'ada@example.org')
  await s.refresh(user, ['email'])
  t.is(user.email, 'ada@example.org')
  t.false(inspect(user).expired.includes('email'))
})

behaviour('a select with omit does not expire fields that are loaded', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada', email: 'ada@example.org' } })
  const { s } = x
  const user = await s.getOne('User', id)
  t.is((await s.scalars(select('User', { omit: { email: true } }))).one(), user)
  t.is(user.email, 'ada@example.org')
  t.deepEqual(inspect(user).expired, [])
})

behaviour('fields left out by omit are absent from JSON, copies and keys', async (t, x) => {
  await x.raw.user.create({ data: { name: 'Ada', email: 'ada@example.org' } })
  const user = (await x.s.scalars(select('User', { omit: { email: true } }))).one()
  x.clear()
  t.false('email' in JSON.parse(JSON.stringify(user)))
  t.false('email' in { ...user })
  t.false(Object.keys(user).includes('email'))
  t.deepEqual(x.ops(), [])
  await x.s.refresh(user, ['email'])
  t.is(JSON.parse(JSON.stringify(user)).email, 'ada@example.org')
  x.s.expire(user, ['email'])
  t.true(Object.keys(user).includes('email'), 'it was there before')
})

behaviour(
  'reading a field that omit left out loads that one, and keeps it out of JSON, copies and keys',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'Ada', email: 'ada@example.org', kind: 'k' } })
    const s = inSync(x.s)
    const user = s.scalars(select('User', { omit: { email: true, kind: true } })).one()
    x.clear()
    t.is(user.name, 'Ada')
    t.deepEqual(x.ops(), [])
    t.is(user.email, 'ada@example.org')
    t.is(x.ops().length, 1)
    t.deepEqual(inspect(user).expired, ['kind'])
    t.deepEqual(Object.keys(user).sort(), ['id', 'inviterId', 'name'])
    t.is(user.email, 'ada@example.org')
    t.is(x.ops().length, 1)
    t.false(s.isModified(user))
    Object.assign(user, { posts: [] })
    t.true(s.isModified(user), 'a relation beside it is seen')
    user.email = 'countess@example.org'
    s.commit()
    t.is((await x.raw.user.findFirstOrThrow()).email, 'countess@example.org')
    s.expire(user)
    t.false(JSON.stringify(user).includes('countess@'))
  },
  sync,
)

behaviour('a ref that was not loaded is its key in JSON, and reading it loads the row once', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada', kind: 'k' } })
  const user = x.s.ref('User', id) as unknown as { name: string; kind: string }
  t.deepEqual(JSON.parse(JSON.stringify(user)), { id })
  x.clear()
  if (x.mode === 'sync') t.deepEqual([user.name, user.kind, x.ops().length], ['Ada', 'k', 1])
  else await x.s.refresh(user)
  t.like(JSON.parse(JSON.stringify(user)), { id, name: 'Ada', kind: 'k' })
})

behaviour(
  'reading a field that makeTransientToDetached left unset loads all unset fields with one operation',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'Ada', kind: 'k' } })
    const user = entity('User', { id: 1, name: undefined as string | undefined, kind: undefined as string | undefined })
    makeTransientToDetached(user)
    x.s.add(user)
    t.deepEqual(x.ops(), [])
    t.is(user.name, 'Ada')
    t.is(user.kind, 'k')
    t.is(x.ops().length, 1)
  },
  sync,
)

behaviour(
  'an object assigned to a relation of an expired object can be deleted in the same flush',
  async (t, x) => {
    const { s } = x
    const [a, b] = s.addAll('User', [{ name: 'a' }, { name: 'b' }])
    if (!a || !b) throw new Error('two were added')
    const byObject = s.add('Post', { title: 'by object', author: a })
    const byKey = s.add('Post', { title: 'by key', author: a })
    await s.commit()

    Object.assign(byObject, { author: b })
    Object.assign(byKey, { authorId: b.id })
    await s.delete(b)
    await s.commit()
    t.deepEqual(await x.raw.post.findMany({ select: { title: true, authorId: true }, orderBy: { id: 'asc' } }), [
      { title: 'by object', authorId: null },
      { title: 'by key', authorId: null },
    ])
  },
  { session: { expireOnCommit: true } },
)
