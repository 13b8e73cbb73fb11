// Changed and deleted rows: columns, order, rows that are missing, and flushes that fail.
import { IllegalStateChangeError, inspect, StaleDataError } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { mk, persistent, persistentAll } from '../helpers/entities.js'
import { catching, refused } from '../helpers/steps.js'

behaviour('one changed field is one UPDATE of that column', async (t, x) => {
  const user = await persistent(x)
  x.clear()
  user.name = 'bea'
  await x.s.flush()
  t.deepEqual(x.writes(), [{ verb: 'UPDATE', table: 'User', columns: ['name'] }])
  t.false(x.s.isModified(user))
  t.deepEqual(await x.opsDuring(() => x.s.flush()), [])
  await x.s.commit()
  t.is((await x.raw.user.findUniqueOrThrow({ where: { id: user.id } })).name, 'bea')
})

behaviour('a flush without a net change sends nothing', async (t, x) => {
  const user = await persistent(x, { email: 'ada@example.org' })
  x.clear()
  user.name = `${user.name}`
  user.kind = 'other'
  user.kind = 'plain'
  await x.s.flush()
  t.deepEqual(x.ops(), [])
  user.email = null
  await x.s.flush()
  t.is(x.writes().length, 1)
  t.deepEqual(x.writes()[0]?.columns, ['email'])
})

behaviour('a change inside Json, a Date or Bytes is one UPDATE of that column', async (t, x) => {
  await x.raw.everything.create({
    data: { id: 1n, json: { a: { b: 1 } }, at: new Date(0), bytes: new Uint8Array([1, 2, 3]) },
  })
  const row = await x.s.getOne('Everything', 1n)
  x.clear()
  t.false(x.s.isModified(row))
  await x.s.flush()
  t.deepEqual(x.ops(), [])
  for (const [column, change] of Object.entries({
    json: () => {
      ;(row.json as { a: { b: number } }).a.b = 2
    },
    at: () => (row.at as Date).setUTCFullYear(2000),
    bytes: () => (row.bytes as Uint8Array).set([9], 1),
  })) {
    change()
    t.true(x.s.isModified(row), column)
    t.true(x.s.dirty.has(row), column)
    x.clear()
    await x.s.flush()
    t.deepEqual(x.writes(), [{ verb: 'UPDATE', table: 'every thing', columns: [column] }])
    t.false(x.s.isModified(row), column)
  }
  await x.s.commit()
  const stored = await x.raw.everything.findUniqueOrThrow({ where: { id: 1n } })
  t.deepEqual(stored.json, { a: { b: 2 } })
  t.is(stored.at?.getUTCFullYear(), 2000)
  t.deepEqual([...(stored.bytes ?? [])], [1, 9, 3])
})

behaviour('several objects are updated with different values', async (t, x) => {
  const users = await persistentAll(x, { name: 'a' }, { name: 'b' }, { name: 'c' })
  x.clear()
  for (const user of users.toReversed()) user.name += ' changed'
  await x.s.flush()
  t.true(x.ops().length <= 3)
  await x.s.commit()
  const rows = await x.raw.user.findMany({ orderBy: { id: 'asc' } })
  t.deepEqual(
    rows.map((row) => row.name),
    ['a changed', 'b changed', 'c changed'],
  )
})

behaviour('several objects are updated with the same value, and others are left alone', async (t, x) => {
  const users = await persistentAll(x, { name: 'a' }, { name: 'b' }, { name: 'c' })
  for (const user of users.slice(0, 2)) user.kind = 'special'
  await x.s.commit()
  const rows = await x.raw.user.findMany({ orderBy: { id: 'asc' } })
  t.deepEqual(
    rows.map((row) => row.kind),
    ['special', 'special', 'plain'],
  )
})

behaviour('different fields of different objects are updated in one flush', async (t, x) => {
  const [a, b] = await persistentAll(x, { name: 'a' }, { name: 'b', email: 'b@example.org' })
  Object.assign(a as object, { name: 'a changed' })
  Object.assign(b as object, { kind: 'special', email: null })
  await x.s.commit()
  const rows = await x.raw.user.findMany({ orderBy: { id: 'asc' }, select: { name: true, kind: true, email: true } })
  t.deepEqual(rows, [
    { name: 'a changed', kind: 'plain', email: null },
    { name: 'b', kind: 'special', email: null },
  ])
})

behaviour('@updatedAt is set by a change only, in the row and on the object', async (t, x) => {
  const old = new Date('2020-01-01')
  const { id } = await x.raw.made.create({ data: { changed: old } })
  const made = await x.s.getOne('Made', id)
  made.note = 'something'
  made.note = null
  await x.s.flush()
  t.deepEqual(made.changed, old)
  t.deepEqual(x.written(), [])
  made.note = 'something'
  x.clear()
  await x.s.flush()
  t.is(x.writes().length, 1)
  t.deepEqual([...(x.writes()[0]?.columns ?? [])].sort(), ['a note', 'changed'])
  x.clear()
  t.true(made.changed.getTime() > Date.now() - 60_000)
  t.false(x.s.isModified(made))
  t.deepEqual(x.ops(), [])
  await x.s.commit()
  const stored = await x.raw.made.findUniqueOrThrow({ where: { id } })
  t.deepEqual(stored.changed, made.changed)
  t.is(stored.note, 'something')
})

behaviour('an object removed from a loaded collection is unlinked, not deleted', async (t, x) => {
  const { id } = await x.raw.user.create({
    data: { name: 'ada', posts: { create: [{ title: 'stays' }, { title: 'goes' }] } },
  })
  const user = await x.s.getOne('User', id, { include: { posts: true } })
  const posts = user.posts as unknown as { id: number; title: string; authorId: number | null }[]
  const goes = posts.find((post) => post.title === 'goes')
  if (!goes) return t.fail()
  posts.splice(posts.indexOf(goes), 1)
  x.clear()
  await x.s.flush()
  t.deepEqual(x.writes(), [{ verb: 'UPDATE', table: 'Post', columns: ['authorId'] }])
  t.is(goes.authorId, null)
  t.is(inspect(goes).state, 'persistent')
  await x.s.commit()
  t.is((await x.raw.post.findUniqueOrThrow({ where: { id: goes.id } })).authorId, null)
  t.is(await x.raw.post.count({ where: { authorId: id } }), 1)
})

behaviour('another parent assigned to a child moves the child', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'ada', posts: { create: { title: 'one' } } } })
  const { id: other } = await x.raw.user.create({ data: { name: 'bea' } })
  const post = (await x.s.getOne('User', id, { include: { posts: true } })).posts?.[0] as {
    id: number
    authorId: number | null
    author?: object | null
  }
  post.author = await x.s.getOne('User', other)
  await x.s.commit()
  t.is(post.authorId, other)
  t.is((await x.raw.post.findUniqueOrThrow({ where: { id: post.id } })).authorId, other)
})

for (const order of ['user first', 'post first'] as const) {
  behaviour(`children are deleted before parents when delete() takes the ${order}`, async (t, x) => {
    const { id, posts } = await x.raw.user.create({
      data: { name: 'ada', posts: { create: [{ title: 'one' }, { title: 'two' }] } },
      include: { posts: true },
    })
    const user = await x.s.getOne('User', id)
    const marked = [
      user,
      ...(await x.s.getMany(
        'Post',
        posts.map((post) => post.id),
      )),
    ] as object[]
    x.clear()
    for (const object of order === 'user first' ? marked : marked.reverse()) await x.s.delete(object)
    await x.s.flush()
    t.deepEqual(x.written(), ['DELETE Post', 'DELETE User'])
    t.is(x.ops().length, 2)
    await x.s.commit()
    t.is(await x.raw.post.count(), 0)
    t.is(await x.raw.user.count(), 0)
  })
}

behaviour('rows of one tree are deleted leaves first', async (t, x) => {
  await x.raw.node.create({ data: { id: 1, name: 'root' } })
  await x.raw.node.create({ data: { id: 2, name: 'child', parentId: 1 } })
  await x.raw.node.create({ data: { id: 3, name: 'grandchild', parentId: 2 } })
  for (const node of await x.s.getMany('Node', [1, 3, 2])) await x.s.delete(node as object)
  await x.s.commit()
  t.is(await x.raw.node.count(), 0)
})

behaviour('updates and inserts are sent parents first, then deletes children first', async (t, x) => {
  await x.raw.user.createMany({
    data: [
      { id: 1, name: 'changes' },
      { id: 2, name: 'goes' },
    ],
  })
  await x.raw.post.createMany({
    data: [
      { id: 1, title: 'changes' },
      { id: 2, title: 'goes', authorId: 2 },
    ],
  })
  const [user, goneUser] = await x.s.getMany('User', [1, 2])
  const [post, gonePost] = await x.s.getMany('Post', [1, 2])
  if (!user || !goneUser || !post || !gonePost) return t.fail()
  x.clear()
  await x.s.delete(goneUser)
  await x.s.delete(gonePost)
  const author = mk('User', { id: 3, name: 'new' })
  x.s.add('Post', { id: 3, title: 'new', author })
  user.name = 'changed'
  post.title = 'changed'
  await x.s.flush()
  t.deepEqual(x.written(), ['UPDATE User', 'INSERT User', 'UPDATE Post', 'INSERT Post', 'DELETE Post', 'DELETE User'])
  await x.s.commit()
  const names = (await x.raw.user.findMany({ orderBy: { name: 'asc' } })).map((row) => row.name)
  t.deepEqual(names, ['changed', 'new'])
})

behaviour('more changed or deleted rows than the bind limit are written in one transaction', async (t, x) => {
  await x.raw.user.createMany({ data: Array.from({ length: 2500 }, (_, n) => ({ id: n + 1, name: `user ${n + 1}` })) })
  const users = await x.s.getMany(
    'User',
    Array.from({ length: 2500 }, (_, n) => n + 1),
  )
  for (const user of users) Object.assign(user as object, { name: `changed ${user?.id}` })
  await x.s.commit()
  t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
  t.is(await x.raw.user.count({ where: { name: { startsWith: 'changed' } } }), 2500)
  t.is((await x.raw.user.findUniqueOrThrow({ where: { id: 2345 } })).name, 'changed 2345')
  for (const user of users.slice(1)) await x.s.delete(user as object)
  await x.s.commit()
  t.deepEqual(await x.raw.user.findMany({ select: { name: true } }), [{ name: 'changed 1' }])
})

behaviour('a new row can take the unique value of a deleted one', async (t, x) => {
  const old = await persistent(x, { name: 'old', email: 'one@example.org' })
  await x.s.delete(old)
  const fresh = x.s.add('User', { name: 'new', email: 'one@example.org' })
  await x.s.commit()
  t.is(inspect(old).state, 'detached')
  t.is(inspect(fresh).state, 'persistent')
  t.deepEqual(await x.raw.user.findMany({ select: { name: true } }), [{ name: 'new' }])
})

behaviour('a changed row can take the unique value of a deleted one', async (t, x) => {
  const [old, other] = await persistentAll(x, { name: 'old', email: 'one@example.org' }, { name: 'other' })
  if (!old || !other) return t.fail()
  await x.s.delete(old)
  other.email = 'one@example.org'
  await x.s.commit()
  t.deepEqual(await x.raw.user.findMany({ select: { name: true, email: true } }), [
    { name: 'other', email: 'one@example.org' },
  ])
})

behaviour('an UPDATE of a row that another client deleted throws a StaleDataError', async (t, x) => {
  const user = await persistent(x)
  await x.s.commit()
  await x.raw.user.delete({ where: { id: user.id } })
  user.name = 'bea'
  x.clear()
  const error = await refused(t, () => x.s.flush(), { instanceOf: StaleDataError })
  t.regex(error.message, /User/)
  t.regex(error.message, /1/)
  t.regex(error.message, /0/)
  t.deepEqual(x.wire(), ['BEGIN', 'ROLLBACK'])
  await x.s.rollback()
  t.true(x.s.isActive)
})

behaviour('no change is written when one of several rows is missing', async (t, x) => {
  const users = await persistentAll(x, { name: 'a' }, { name: 'b' }, { name: 'c' })
  await x.s.commit()
  await x.raw.user.delete({ where: { id: users[1]?.id } })
  for (const user of users) user.name += ' changed'
  const error = await refused(t, () => x.s.flush(), { instanceOf: StaleDataError })
  t.regex(error.message, /User/)
  await x.s.rollback()
  const names = (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map((row) => row.name)
  t.deepEqual(names, ['a', 'c'])
  t.deepEqual(
    users.map((user) => user.name),
    ['a', 'b', 'c'],
  )
})

behaviour('a DELETE that finds no row warns', async (t, x) => {
  const user = await persistent(x)
  await x.s.commit()
  await x.raw.user.delete({ where: { id: user.id } })
  const warnings = x.events(x.s, ['warning'])
  await x.s.delete(user)
  await x.s.flush()
  t.is(warnings.length, 1)
  t.regex(String(warnings[0]?.payload.message), /User/)
  t.is(inspect(user).state, 'deleted')
})

behaviour(
  'confirmDeletedRows: false suppresses the warning of a DELETE that finds no row',
  async (t, x) => {
    const user = await persistent(x)
    await x.s.commit()
    await x.raw.user.delete({ where: { id: user.id } })
    const warnings = x.events(x.s, ['warning'])
    await x.s.delete(user)
    await x.s.commit()
    t.deepEqual(warnings, [])
    t.is(inspect(user).state, 'detached')
  },
  { session: { confirmDeletedRows: false } },
)

behaviour(
  'a DELETE that finds no row of a versioned model throws a StaleDataError',
  async (t, x) => {
    const { id } = await x.raw.doc.create({ data: { version: 1, body: 'one' } })
    const doc = await x.s.getOne('Doc', id)
    await x.s.commit()
    await x.raw.doc.update({ where: { id }, data: { version: 2 } })
    await x.s.delete(doc)
    await refused(t, () => x.s.flush(), { instanceOf: StaleDataError, message: /Doc/ })
    await x.s.rollback()
    t.is(await x.raw.doc.count(), 1)
    t.is(inspect(doc).state, 'persistent')
  },
  { session: { versionFields: { Doc: 'version' } } },
)

behaviour('one failing operation undoes all that the flush wrote', async (t, x) => {
  const [changed, marked] = await persistentAll(x, { name: 'changes', email: 'taken' }, { name: 'goes' })
  if (!changed || !marked) return t.fail()
  await x.s.commit()
  changed.name = 'changed'
  await x.s.delete(marked)
  const code = x.s.add('Code', { code: 'A', label: 'a' })
  const fine = x.s.add('User', { name: 'fine' })
  x.s.add('Post', { title: 'one', author: x.s.add('User', { name: 'second', email: 'taken' }) })
  await refused(t, () => x.s.flush(), { code: 'P2002' })
  await x.s.rollback()
  t.deepEqual(
    (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map((row) => row.name),
    ['changes', 'goes'],
  )
  t.is(await x.raw.code.count(), 0)
  t.is(await x.raw.post.count(), 0)
  t.is(changed.name, 'changes')
  t.is(inspect(marked).state, 'persistent')
  t.is(inspect(code).state, 'transient')
  t.is(inspect(fine).state, 'transient')
  t.false('id' in fine)
  t.is(x.s.new.size + x.s.dirty.size + x.s.deleted.size, 0)
})

behaviour('flush inside a flush is refused, and the flush goes on', async (t, x) => {
  const errors: unknown[] = []
  x.s.on(
    'beforeFlush',
    catching(errors, () => x.s.flush()),
  )
  const user = x.s.add('User', { name: 'ada' })
  await x.s.flush()
  t.is(errors.length, 1)
  t.true(errors[0] instanceof IllegalStateChangeError)
  t.regex((errors[0] as Error).message, /flush/)
  t.is(inspect(user).state, 'persistent')
  t.deepEqual(x.written(), ['INSERT User'])
})

behaviour('flush of some objects writes those and the objects they need', async (t, x) => {
  const author = x.s.add('User', { name: 'author' })
  const post = x.s.add('Post', { title: 'one', author })
  const other = x.s.add('User', { name: 'other' })
  await x.s.flush([post])
  t.is(inspect(post).state, 'persistent')
  t.is(inspect(author).state, 'persistent')
  t.is(inspect(other).state, 'pending')
  t.is(post.authorId, author.id)
  await x.s.flush()
  t.is(inspect(other).state, 'persistent')
})
