// behaviours.md 4: what a flush inserts.
import { Prisma } from '../../generated/test/client.ts'
import { CircularDependencyError, FlushError, inspect, PendingRollbackError, select } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { mk, persistent } from '../helpers/entities.js'
import { refused } from '../helpers/steps.js'

behaviour('with nothing pending flush does nothing', async (t, x) => {
  await x.s.flush()
  t.deepEqual(x.ops(), [])
  t.deepEqual(x.wire(), [])
  t.false(x.s.inTransaction())
})

behaviour('the generated key and the defaults are on the object', async (t, x) => {
  const user = x.s.add('User', { name: 'ada' })
  await x.s.flush()
  t.is(x.ops().length, 1)
  t.deepEqual(x.written(), ['INSERT User'])
  t.is(typeof user.id, 'number')
  t.is(user.kind, 'plain')
  t.false(x.s.dirty.has(user))
  t.false(x.s.isModified(user))
  t.is(x.ops().length, 1)
  t.deepEqual(x.wire(), ['BEGIN'])
  await x.s.commit()
  t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
  t.is((await x.raw.user.findUniqueOrThrow({ where: { id: user.id } })).name, 'ada')
})

behaviour('many of one model and one set of fields are one operation', async (t, x) => {
  for (let n = 0; n < 20; n++) x.s.add('User', { name: `user ${n}` })
  await x.s.flush()
  t.is(x.ops().length, 1)
  await x.s.commit()
  t.is(await x.raw.user.count(), 20)
})

behaviour('every object gets the key of its own row', async (t, x) => {
  const users = Array.from({ length: 50 }, (_, n) => x.s.add('User', { name: `user ${(n * 37) % 50}` }))
  await x.s.commit()
  const rows = await x.raw.user.findMany()
  t.is(rows.length, 50)
  for (const user of users) t.is(rows.find((row) => row.id === user.id)?.name, user.name)
})

behaviour('rows that look alike get a key each', async (t, x) => {
  const users = Array.from({ length: 20 }, () => x.s.add('User', { name: 'same' }))
  await x.s.commit()
  t.is(new Set(users.map((user) => user.id)).size, 20)
  t.is(x.s.identityMap.size, 20)
})

behaviour('undefined and absent take the default, null is written', async (t, x) => {
  const absent = x.s.add('User', { name: 'absent' })
  const unset = x.s.add('User', { name: 'unset', kind: undefined, email: undefined })
  const nulled = x.s.add('User', { name: 'nulled', email: null, inviterId: null })
  await x.s.flush()
  t.is(absent.kind, 'plain')
  t.is(unset.kind, 'plain')
  t.is(unset.email, null)
  t.is(nulled.email, null)
  await x.s.commit()
  const rows = await x.raw.user.findMany({ orderBy: { name: 'asc' }, select: { kind: true, email: true } })
  t.deepEqual(rows, Array(3).fill({ kind: 'plain', email: null }))
})

behaviour('null where the column does not allow it is an error, not the default', async (t, x) => {
  x.s.add('User', { name: 'ada', kind: null } as unknown as { name: string })
  await t.throwsAsync(async () => await x.s.flush())
  await x.s.rollback()
  t.is(await x.raw.user.count(), 0)
})

behaviour('a parent goes before its child, whatever the order of add', async (t, x) => {
  const user = mk('User', { name: 'ada' })
  const post = mk('Post', { title: 'one', author: user })
  x.s.addAll([post, user])
  await x.s.flush()
  t.deepEqual(x.written(), ['INSERT User', 'INSERT Post'])
  t.is(post.authorId, user.id)
})

/** Where a row has to be read back by itself, a model's rows are as many statements, one after the other. */
const inRuns = (words: readonly string[]) => words.filter((word, at) => word !== words[at - 1])

behaviour('models are written whole, objects of one in the order of add', async (t, x) => {
  const posts = []
  const users = []
  for (let n = 0; n < 5; n++) {
    posts.push(x.s.add('Post', { title: `post ${n}` }))
    users.push(x.s.add('User', { name: `user ${n}` }))
  }
  await x.s.flush()
  t.deepEqual(inRuns(x.written()), ['INSERT User', 'INSERT Post'])
  t.is(x.ops().length, 2)
  const ascending = (list: { id?: number }[]) =>
    list.every((row, n) => n === 0 || Number(row.id) > Number(list[n - 1]?.id))
  t.true(ascending(users))
  t.true(ascending(posts))
})

behaviour('users, then the posts that refer to them: two operations', async (t, x) => {
  for (let n = 0; n < 5; n++) {
    const author = mk('User', { name: `user ${n}` })
    x.s.add('Post', { title: `post ${n}`, author })
    x.s.add(author)
  }
  await x.s.flush()
  t.is(x.ops().length, 2)
  t.deepEqual(inRuns(x.written()), ['INSERT User', 'INSERT Post'])
  await x.s.commit()
  const posts = await x.raw.post.findMany({ include: { author: true } })
  t.is(posts.length, 5)
  for (const post of posts) t.is(post.author?.name, post.title.replace('post', 'user'))
})

behaviour('a tree linked by objects is inserted level by level', async (t, x) => {
  const root = mk('Node', { name: 'root' })
  const child = mk('Node', { name: 'child', parent: root })
  const grandchild = x.s.add(mk('Node', { name: 'grandchild', parent: child }))
  const sibling = x.s.add(mk('Node', { name: 'sibling', parent: child }))
  await x.s.flush()
  t.true(x.ops().length <= 3)
  t.true(root.id < child.id && child.id < grandchild.id && child.id < sibling.id)
  t.is(child.parentId, root.id)
  t.is(grandchild.parentId, child.id)
  t.is(sibling.parentId, child.id)
  await x.s.commit()
  t.is(await x.raw.node.count({ where: { parent: { parent: { name: 'root' } } } }), 2)
})

behaviour('a tree linked by key values is inserted parents first', async (t, x) => {
  x.s.add('Node', { id: 3, name: 'grandchild', parentId: 2 })
  x.s.add('Node', { id: 2, name: 'child', parentId: 1 })
  x.s.add('Node', { id: 1, name: 'root' })
  await x.s.commit()
  t.is((await x.raw.node.findUniqueOrThrow({ where: { id: 3 }, include: { parent: true } })).parent?.name, 'child')
})

behaviour('two rows that need each other are linked by an UPDATE', async (t, x) => {
  const a = mk('A', {})
  const b = mk('B', { a })
  Object.assign(a, { b })
  x.s.add(a)
  await x.s.flush()
  t.is(x.written().length, 3)
  t.is(x.written().filter((write) => write.startsWith('UPDATE')).length, 1)
  t.is(a.bId, b.id)
  t.is(b.aId, a.id)
  t.is(x.s.dirty.size, 0)
  await x.s.commit()
  t.is((await x.raw.a.findUniqueOrThrow({ where: { id: a.id } })).bId, b.id)
  t.is((await x.raw.b.findUniqueOrThrow({ where: { id: b.id } })).aId, a.id)
})

behaviour('a row that refers to itself, and a circle of three', async (t, x) => {
  const self = mk('Node', { name: 'self' })
  Object.assign(self, { parent: self })
  const ring = ['one', 'two', 'three'].map((name) => mk('Node', { name }))
  for (const [index, node] of ring.entries()) Object.assign(node, { parent: ring[(index + 1) % 3] })
  x.s.addAll([self, ...ring])
  await x.s.flush()
  t.is(self.parentId, self.id)
  for (const [index, node] of ring.entries()) t.is(node.parentId, ring[(index + 1) % 3]?.id ?? null)
  t.is(x.s.dirty.size, 0)
  await x.s.commit()
  const rows = await x.raw.node.findMany()
  for (const node of [self, ...ring])
    t.is(rows.find((row) => row.id === node.id)?.parentId ?? null, node.parentId ?? null)
})

behaviour('a new row and a changed row that need each other', async (t, x) => {
  const { id } = await x.raw.a.create({ data: {} })
  const a = await x.s.getOne('A', id)
  const b = mk('B', { a })
  Object.assign(a, { b })
  await x.s.commit()
  t.is(a.bId, b.id)
  t.is(b.aId, id)
  t.is((await x.raw.a.findUniqueOrThrow({ where: { id } })).bId, b.id)
})

behaviour('a cycle without a nullable key is refused before anything is written', async (t, x) => {
  const hen = mk('Hen', {})
  const egg = mk('Egg', { hen })
  Object.assign(hen, { egg })
  x.s.add(hen)
  const error = await refused(t, () => x.s.flush(), { instanceOf: CircularDependencyError })
  t.regex(error.message, /Hen/)
  t.regex(error.message, /Egg/)
  t.deepEqual(x.written(), [])
  t.false(x.s.isActive)
  await refused(t, () => x.s.scalars(select('User')), { instanceOf: PendingRollbackError })
  await x.s.rollback()
  t.is(inspect(hen).state, 'transient')
  t.deepEqual((await x.s.scalars(select('Hen'))).all(), [])
})

behaviour('a many-to-many relation: both ends, then the links', async (t, x) => {
  const tags = ['red', 'blue'].map((label) => mk('Tag', { label }))
  const post = x.s.add(mk('Post', { title: 'one', tags }))
  await x.s.flush()
  t.is(inspect(tags[1] as object).state, 'persistent')
  const writes = x.written()
  const links = writes.findIndex((write) => write.includes('_PostToTag'))
  t.true(links > writes.indexOf('INSERT Post') && links > writes.indexOf('INSERT Tag'))
  t.deepEqual(await x.opsDuring(() => x.s.flush()), [])
  await x.s.commit()
  const stored = await x.raw.post.findUniqueOrThrow({ where: { id: post.id }, include: { tags: true } })
  t.deepEqual(stored.tags.map((tag) => tag.label).sort(), ['blue', 'red'])
})

behaviour('a link named from both sides is one link', async (t, x) => {
  const tag = mk('Tag', { label: 'red' })
  const post = mk('Post', { title: 'one', tags: [tag] })
  Object.assign(tag, { posts: [post] })
  x.s.add(tag)
  await x.s.commit()
  t.is(await x.raw.post.count({ where: { tags: { some: { label: 'red' } } } }), 1)
  t.deepEqual(await x.opsDuring(() => x.s.flush()), [])
})

behaviour('links between what was there already, from the other side', async (t, x) => {
  await x.raw.post.createMany({ data: [1, 2].map((id) => ({ id, title: `${id}` })) })
  const { id } = await x.raw.tag.create({ data: { label: 'red', posts: { connect: { id: 1 } } } })
  const tag = await x.s.getOne('Tag', id, { include: { posts: true } })
  ;(tag.posts as object[]).push((await x.s.getOne('Post', 2)) as object)
  await x.s.commit()
  t.is(await x.raw.post.count({ where: { tags: { some: { id } } } }), 2)
  ;(tag.posts as object[]).length = 0
  await x.s.commit()
  t.is(await x.raw.post.count({ where: { tags: { some: { id } } } }), 0)
})

behaviour('a link taken out of a loaded many-to-many relation goes, the row stays', async (t, x) => {
  const { id } = await x.raw.post.create({
    data: { title: 'one', tags: { create: [{ label: 'red' }, { label: 'blue' }] } },
  })
  const post = await x.s.getOne('Post', id, { include: { tags: true } })
  const tags = post.tags as unknown as { label: string }[]
  tags.splice(
    tags.findIndex((tag) => tag.label === 'red'),
    1,
  )
  tags.push(mk('Tag', { label: 'green' }) as unknown as { label: string })
  await x.s.commit()
  const stored = await x.raw.post.findUniqueOrThrow({ where: { id }, include: { tags: true } })
  t.deepEqual(stored.tags.map((tag) => tag.label).sort(), ['blue', 'green'])
  t.is(await x.raw.tag.count(), 3)
})

behaviour('more rows than the bind limit go in, in one transaction', async (t, x) => {
  x.s.addAll(
    'User',
    Array.from({ length: 2500 }, (_, n) => ({ name: `user ${n}`, email: `${n}@example.org` })),
  )
  await x.s.commit()
  t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
  t.is(await x.raw.user.count(), 2500)
  t.is((await x.raw.user.findUniqueOrThrow({ where: { email: '2499@example.org' } })).name, 'user 2499')
})

behaviour('so do more changed rows, and more deleted ones', async (t, x) => {
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

behaviour('a key that nobody makes is missed before anything is sent', async (t, x) => {
  x.s.add('Code', { label: 'no key' } as unknown as { code: string; label: string })
  const error = await refused(t, () => x.s.flush(), { instanceOf: FlushError })
  t.regex(error.message, /Code/)
  t.regex(error.message, /primary key/)
  t.deepEqual(x.written(), [])
  await refused(t, () => x.s.scalars(select('User')), { instanceOf: PendingRollbackError })
  await x.s.rollback()
  t.true(x.s.isActive)
})

behaviour('nor half of a composite key', async (t, x) => {
  x.s.add('Pair', { x: 1 } as unknown as { x: number; y: number })
  await refused(t, () => x.s.flush(), { instanceOf: FlushError, message: /primary key/ })
})

behaviour('the key of a persistent object a second time: a warning, then the error', async (t, x) => {
  const user = await persistent(x)
  const warnings = x.events(x.s, ['warning'])
  x.s.add('User', { id: user.id, name: 'second' })
  await refused(t, () => x.s.flush(), { code: 'P2002' })
  t.is(warnings.length, 1)
  t.regex(String(warnings[0]?.payload.message), new RegExp(`User.*${user.id}`, 's'))
  await x.s.rollback()
  t.is(x.s.identityMap.get('User', user.id), user)
})

behaviour('the row is there but not loaded: the error of the INSERT', async (t, x) => {
  await x.raw.user.create({ data: { id: 5, name: 'ada' } })
  x.s.add('User', { id: 5, name: 'second' })
  await refused(t, () => x.s.flush(), { code: 'P2002' })
})

behaviour('defaults that Prisma makes are on the object and in the row', async (t, x) => {
  const before = Date.now() - 1000
  const made = x.s.add('Made', {})
  const second = x.s.add('Made', { note: 'given', uuid: 'mine' })
  await x.s.flush()
  t.regex(made.id, /^c[a-z0-9]{20,}$/)
  t.regex(made.uuid, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.regex(made.uuid7, /^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
  t.regex(made.nano, /^[\w-]{21}$/)
  t.regex(made.ulid, /^[0-9A-HJKMNP-TV-Z]{26}$/)
  for (const date of [made.made, made.changed]) {
    t.true(date instanceof Date)
    t.true(date.getTime() >= before && date.getTime() <= Date.now() + 1000)
  }
  t.is(made.flag, true)
  t.is(made.mood, 'SAD')
  t.is(made.note, null)
  t.is(second.uuid, 'mine')
  t.not(second.id, made.id)
  await x.s.commit()
  t.deepEqual(await x.raw.made.findUnique({ where: { id: made.id } }), { ...made })
  t.deepEqual(await x.raw.made.findUnique({ where: { id: second.id } }), { ...second })
})

behaviour('what was never set reads null after the flush', async (t, x) => {
  const user = x.s.add('User', { name: 'ada' })
  await x.s.flush()
  x.clear()
  t.is(user.email, null)
  t.is(user.inviterId, null)
  t.deepEqual(x.ops(), [])
  t.deepEqual(inspect(user).expired, [])
  t.deepEqual(Object.keys(user).sort(), ['email', 'id', 'inviterId', 'kind', 'name'])
})

behaviour('every type of scalar comes out as it went in', async (t, x) => {
  const values = {
    int: -2147483648,
    float: 0.1,
    decimal: new Prisma.Decimal('12345678.90625'),
    bool: false,
    text: 'quote \' " ` \n\\ \u{1F600}',
    at: new Date('2024-02-29T12:34:56.789Z'),
    bytes: new Uint8Array([0, 1, 254, 255]),
    json: { a: [1, 'two', null, { b: 1.5 }], 'é"': '\\' },
    mood: 'HAPPY',
  } as const
  const added = x.s.add('Everything', { id: 9007199254740991n, ...values } as { id: bigint })
  const empty = x.s.add('Everything', { id: -1n })
  await x.s.flush()
  t.false(x.s.isModified(added))
  t.is(added.id, 9007199254740991n)
  await x.s.commit()
  const stored = await x.raw.everything.findUniqueOrThrow({ where: { id: 9007199254740991n } })
  t.deepEqual({ ...added }, stored)
  t.true(values.decimal.equals(stored.decimal as Prisma.Decimal))
  t.deepEqual({ ...stored, id: 0, decimal: 0, bytes: 0 }, { ...values, id: 0, decimal: 0, bytes: 0 })
  t.deepEqual([...(stored.bytes ?? [])], [0, 1, 254, 255])
  t.deepEqual({ ...empty }, await x.raw.everything.findUniqueOrThrow({ where: { id: -1n } }))
  t.deepEqual(await x.opsDuring(() => x.s.flush()), [])
})

behaviour('a value in another spelling is on the object as the database gives it', async (t, x) => {
  const spelled = { id: 7, decimal: '1.50', at: '2024-01-01T00:00:00.000Z', float: 3 }
  const added = x.s.add('Everything', spelled as unknown as { id: bigint })
  await x.s.flush()
  t.is<unknown, unknown>(added.id, 7n)
  t.true(Prisma.Decimal.isDecimal(added.decimal))
  t.true((added.at as unknown) instanceof Date)
  t.is(await x.s.get('Everything', 7n), added)
  t.false(x.s.isModified(added))
  t.deepEqual(x.written(), ['INSERT every thing'])
})
