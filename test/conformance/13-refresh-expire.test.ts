import { inspect as show } from 'node:util'
import {
  ArgumentError,
  DetachedInstanceError,
  entity,
  InvalidRequestError,
  inspect,
  MissingAwaitError,
  makeTransientToDetached,
  NoResultFoundError,
  ObjectDeletedError,
  PendingRollbackError,
  select,
} from '../../src/index.js'
import { behaviour, type Context, inSync } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

/** A committed user, loaded; no transaction is open. */
async function loaded(x: Context) {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const user = await x.s.getOne('User', id)
  await x.s.commit()
  x.clear()
  return user
}

/** As somebody else. */
const elsewhere = (x: Context, id: number, data: { name?: string; kind?: string }) =>
  x.raw.user.update({ where: { id }, data })

/** Reading an expired attribute: an error in async mode, a load in sync mode. */
async function readsAs<T>(t: Parameters<typeof refused>[0], x: Context, read: () => T, value: T) {
  if (x.s.isAsync) t.throws(read, { instanceOf: MissingAwaitError })
  else t.deepEqual(read(), value)
}

behaviour('refresh re-reads every field in one operation; local changes are lost', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  await elsewhere(x, user.id, { name: 'fresh', kind: 'k' })
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

behaviour('refresh of one field loses only that field; the others are written and kept', async (t, x) => {
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

behaviour('refresh reloads a relation if asked, or if it was loaded', async (t, x) => {
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

behaviour('refresh loads a to-one relation: the object the session has', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  const { id } = await x.raw.post.create({ data: { title: 'a', authorId: user.id } })
  const post = await s.getOne('Post', id)
  t.false('author' in post)
  await s.refresh(post, ['author'])
  t.is(post.author, user)
})

behaviour('only persistent objects are refreshed', async (t, x) => {
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

behaviour('a marked object is deleted by the autoflush, and then not persistent', async (t, x) => {
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

behaviour('refresh of an object whose row is gone says so', async (t, x) => {
  const user = await loaded(x)
  await x.raw.user.delete({ where: { id: user.id } })
  await refused(t, () => x.s.refresh(user), { instanceOf: InvalidRequestError, message: /could not refresh/i })
})

behaviour('refresh with an unflushed change of the key asks for a flush', async (t, x) => {
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

behaviour('an unknown field is an ArgumentError, and nothing is expired', async (t, x) => {
  const user = await loaded(x)
  const { s } = x
  await refused(t, () => s.refresh(user, ['nope']), { instanceOf: ArgumentError, message: /nope/ })
  t.throws(() => s.expire(user, ['name', 'nope']), { instanceOf: ArgumentError, message: /nope/ })
  t.deepEqual(inspect(user).expired, [])
  t.is(user.name, 'Ada')
  t.deepEqual(x.ops(), [])
})

behaviour('expire drops local changes without an operation', async (t, x) => {
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

behaviour('get of a wholly expired object loads it once', async (t, x) => {
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

behaviour('expire drops an unflushed change of the key too', async (t, x) => {
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

behaviour('expire of an object with loaded relations: refresh and get load it again', async (t, x) => {
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

const sync = { modes: ['sync'] } as const

behaviour(
  'reading an expired attribute loads all of them with one operation, and further reads none',
  async (t, x) => {
    const user = await loaded(x)
    await elsewhere(x, user.id, { name: 'fresh', kind: 'k' })
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
  'only what is expired is loaded, and no local change is lost',
  async (t, x) => {
    const user = await loaded(x)
    await elsewhere(x, user.id, { name: 'fresh', kind: 'fresh too' })
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
  'reading an expired attribute flushes what is pending first',
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
  'expired relations are loaded in the same operation',
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
    // One that was never loaded stays absent: relations are not lazy.
    t.false('author' in (post ?? {}))
    t.is(post?.author, undefined)
    t.is(x.ops().length, 2)
  },
  sync,
)

behaviour(
  'each expired object is loaded by its own reading; the session need not be asked',
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
  'JSON.stringify and spread load; printing, keys, `in`, inspect and isModified do not',
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
  'in a failed transaction, reading an expired attribute is a PendingRollbackError',
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
  'of a detached object, reading an expired attribute is a DetachedInstanceError',
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
  'without autobegin and a transaction, reading an expired attribute says to begin one',
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
  'with expireOnCommit: true, what commit expired is loaded by its next reading',
  async (t, x) => {
    const user = await loaded(x)
    t.is(user.name, 'Ada')
    x.s.commit()
    await elsewhere(x, user.id, { name: 'fresh' })
    x.clear()
    t.is(user.name, 'fresh')
    t.is(user.kind, 'plain')
    t.is(x.ops().length, 1)
  },
  { ...sync, session: { expireOnCommit: true } },
)

behaviour(
  'reading an expired attribute in async mode names what to await',
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

behaviour('an expired object keeps its keys and can be looked at', async (t, x) => {
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

behaviour('an object that was expired and loaded again has plain values', async (t, x) => {
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

behaviour('a pending object is neither expired nor refreshed', async (t, x) => {
  const { s } = x
  const pending = s.add('User', { name: 'Ada' })
  t.throws(() => s.expire(pending), { instanceOf: InvalidRequestError })
  await refused(t, () => s.refresh(pending), { instanceOf: InvalidRequestError })
  t.is(pending.name, 'Ada')
  t.true(s.new.has(pending))
  t.deepEqual(x.ops(), [])
})

behaviour(
  'row gone, async: refresh refuses, get gives null, the object leaves the map until rollback',
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

behaviour(
  'row gone, sync: reading is an ObjectDeletedError, and the object stays persistent',
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

behaviour('a select with omit leaves alone what is loaded already', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada', email: 'ada@example.org' } })
  const { s } = x
  const user = await s.getOne('User', id)
  t.is((await s.scalars(select('User', { omit: { email: true } }))).one(), user)
  t.is(user.email, 'ada@example.org')
  t.deepEqual(inspect(user).expired, [])
})

behaviour(
  'what a select or omit left out is loaded by its first reading, all of it with one operation',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'Ada', email: 'ada@example.org', kind: 'k' } })
    const s = inSync(x.s)
    const user = s.scalars(select('User', { omit: { email: true, kind: true } })).one()
    x.clear()
    t.is(user.name, 'Ada')
    t.deepEqual(x.ops(), [])
    t.is(user.email, 'ada@example.org')
    t.is(x.ops().length, 1)
    t.is(user.kind, 'k')
    t.is(x.ops().length, 1)
    t.false(s.isModified(user))
  },
  sync,
)

behaviour(
  'so is what a makeTransientToDetached object does not have',
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
