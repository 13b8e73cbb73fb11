// behaviours.md 5: what a flush updates and deletes, and in which order.
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

behaviour('no net change sends nothing', async (t, x) => {
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

behaviour('a change inside Json, a Date or Bytes is found', async (t, x) => {
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

behaviour('several objects with different values', async (t, x) => {
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

behaviour('several objects with the same new value, others untouched', async (t, x) => {
  const users = await persistentAll(x, { name: 'a' }, { name: 'b' }, { name: 'c' })
  for (const user of users.slice(0, 2)) user.kind = 'special'
  await x.s.commit()
  const rows = await x.raw.user.findMany({ orderBy: { id: 'asc' } })
  t.deepEqual(
    rows.map((row) => row.kind),
    ['special', 'special', 'plain'],
  )
})

behaviour('different fields of different objects', async (t, x) => {
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

behaviour('@updatedAt moves with a change and shows on the object', async (t, x) => {
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

behaviour('taken out of a loaded collection: unlinked, not deleted', async (t, x) => {
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

behaviour('another object put in the place of a parent moves the child', async (t, x) => {
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
  behaviour(`children are deleted before parents: ${order}`, async (t, x) => {
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

behaviour('updates, inserts, parents first; then deletes, children first', async (t, x) => {
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

behaviour('delete and add with the same key is one UPDATE of the row', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'old', uses: { create: {} } } })
  const old = await x.s.getOne('Code', 'A')
  x.clear()
  await x.s.delete(old)
  const replacement = x.s.add('Code', { code: 'A', label: 'new' })
  await x.s.flush() // a DELETE would break on the row of Use that restricts it
  t.deepEqual(x.writes(), [{ verb: 'UPDATE', table: 'Code', columns: ['label'] }])
  t.is(inspect(old).state, 'deleted')
  t.is(inspect(replacement).state, 'persistent')
  t.is<unknown, unknown>(await x.s.get('Code', 'A'), replacement)
  await x.s.commit()
  t.is((await x.raw.code.findUniqueOrThrow({ where: { code: 'A' } })).label, 'new')
  t.is(await x.raw.use.count(), 1)
})

behaviour('undone by rollback, the old object is back', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'old' } })
  const old = await x.s.getOne('Code', 'A')
  await x.s.delete(old)
  const replacement = x.s.add('Code', { code: 'A', label: 'new' })
  await x.s.flush()
  await x.s.rollback()
  t.is(inspect(old).state, 'persistent')
  t.is(inspect(replacement).state, 'transient')
  t.is(await x.s.get('Code', 'A'), old)
  t.is(old.label, 'old')
})

behaviour('a deleted row makes way for a new one with its unique value', async (t, x) => {
  const old = await persistent(x, { name: 'old', email: 'one@example.org' })
  await x.s.delete(old)
  const fresh = x.s.add('User', { name: 'new', email: 'one@example.org' })
  await x.s.commit()
  t.is(inspect(old).state, 'detached')
  t.is(inspect(fresh).state, 'persistent')
  t.deepEqual(await x.raw.user.findMany({ select: { name: true } }), [{ name: 'new' }])
})

behaviour('and for a changed one', async (t, x) => {
  const [old, other] = await persistentAll(x, { name: 'old', email: 'one@example.org' }, { name: 'other' })
  if (!old || !other) return t.fail()
  await x.s.delete(old)
  other.email = 'one@example.org'
  await x.s.commit()
  t.deepEqual(await x.raw.user.findMany({ select: { name: true, email: true } }), [
    { name: 'other', email: 'one@example.org' },
  ])
})

behaviour('a changed key: UPDATE by the old one, and the map moves', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'a' } })
  const code = await x.s.getOne('Code', 'A')
  code.code = 'B'
  x.clear()
  await x.s.flush()
  t.deepEqual(x.writes(), [{ verb: 'UPDATE', table: 'Code', columns: ['code'] }])
  x.clear()
  t.is(await x.s.get('Code', 'B'), code)
  t.deepEqual(x.ops(), [])
  t.is(await x.s.get('Code', 'A'), null)
  t.is(x.ops().length, 1)
  t.deepEqual(inspect(code).key, ['B'])
  await x.s.commit()
  t.deepEqual(await x.raw.code.findMany(), [{ code: 'B', label: 'a' }])
})

behaviour('children follow a changed key: the rows at once, the objects when they are read again', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'a', uses: { create: [{}, {}] } } })
  const code = await x.s.getOne('Code', 'A', { include: { uses: true } })
  const [use] = code.uses as unknown as { id: number; codeId: string }[]
  if (!use) return t.fail()
  code.code = 'B'
  await x.s.flush()
  t.is(x.s.dirty.size, 0)
  t.deepEqual(await x.opsDuring(() => x.s.flush()), [])
  t.is((code.uses as object[]).length, 2)
  await x.s.refresh(use)
  t.is(use.codeId, 'B')
  await x.s.commit()
  t.is((await x.s.getOne('Use', use.id)).codeId, 'B')
  t.is(await x.raw.use.count({ where: { codeId: 'B' } }), 2)
})

behaviour('a part of a composite key', async (t, x) => {
  await x.raw.pair.create({ data: { x: 1, y: 2, z: 'z', legs: { create: { note: 'leg' } } } })
  const pair = await x.s.getOne('Pair', [1, 2])
  pair.y = 3
  pair.z = 'changed'
  await x.s.flush()
  t.deepEqual(inspect(pair).key, [1, 3])
  t.is(await x.s.get('Pair', { x: 1, y: 3 }), pair)
  await x.s.commit()
  const stored = await x.raw.pair.findUniqueOrThrow({ where: { x_y: { x: 1, y: 3 } }, include: { legs: true } })
  t.is(stored.z, 'changed')
  t.is(stored.legs.length, 1)
})

behaviour('rolled back, the key and the map are as before', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'a' } })
  const code = await x.s.getOne('Code', 'A')
  code.code = 'B'
  await x.s.flush()
  await x.s.rollback()
  t.is(code.code, 'A')
  t.deepEqual(inspect(code).key, ['A'])
  t.is(await x.s.get('Code', 'A'), code)
  t.is(await x.s.get('Code', 'B'), null)
})

behaviour('a row deleted behind the session is a StaleDataError', async (t, x) => {
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

behaviour('one missing among several: none is written', async (t, x) => {
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
  'confirmDeletedRows: false silences it',
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
  'of a versioned model it is a StaleDataError',
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

behaviour('flush of some writes those and what they need', async (t, x) => {
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
