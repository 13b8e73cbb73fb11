// New rows: operations, order, generated values and defaults.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getDMMF } from '@prisma/get-dmmf'
import type { PrismaClient as EdgeClient } from '../../generated/edge/client.ts'
import { CircularDependencyError, createSession, inspect, select } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { mk } from '../helpers/entities.js'
import { root } from '../helpers/project.js'
import { refused } from '../helpers/steps.js'

behaviour('flush with nothing pending does nothing', async (t, x) => {
  await x.s.flush()
  t.deepEqual(x.ops(), [])
  t.deepEqual(x.wire(), [])
  t.false(x.s.inTransaction())
})

behaviour('flush sets the generated key and the defaults on a new object', async (t, x) => {
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

behaviour('many new objects of one model with the same fields are one operation', async (t, x) => {
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

behaviour('identical new rows get a key each', async (t, x) => {
  const users = Array.from({ length: 20 }, () => x.s.add('User', { name: 'same' }))
  await x.s.commit()
  t.is(new Set(users.map((user) => user.id)).size, 20)
  t.is(x.s.identityMap.size, 20)
})

behaviour('undefined and absent fields take the default, null is written', async (t, x) => {
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

behaviour('null in a required field is an error, not the default', async (t, x) => {
  x.s.add('User', { name: 'ada', kind: null } as unknown as { name: string })
  await t.throwsAsync(async () => await x.s.flush())
  await x.s.rollback()
  t.is(await x.raw.user.count(), 0)
})

behaviour('a parent is inserted before its child, whatever the order of add', async (t, x) => {
  const user = mk('User', { name: 'ada' })
  const post = mk('Post', { title: 'one', author: user })
  x.s.addAll([post, user])
  await x.s.flush()
  t.deepEqual(x.written(), ['INSERT User', 'INSERT Post'])
  t.is(post.authorId, user.id)
})

/** Where a row has to be read back by itself, a model's rows are as many statements, one after the other. */
const inRuns = (words: readonly string[]) => words.filter((word, at) => word !== words[at - 1])

behaviour('the new objects of a model are written together, in the order of add', async (t, x) => {
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

behaviour('new users and the posts that refer to them are two operations', async (t, x) => {
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

behaviour('a row that refers to itself and a cycle of three rows are inserted', async (t, x) => {
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

behaviour('a new row and a changed row can refer to each other', async (t, x) => {
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
  t.true(x.s.isActive)
  t.true(x.s.new.has(hen))
  await refused(t, () => x.s.scalars(select('User')), { instanceOf: CircularDependencyError })
  await x.s.rollback()
  t.is(inspect(hen).state, 'transient')
  t.deepEqual((await x.s.scalars(select('Hen'))).all(), [])
})

behaviour('more new rows than the bind limit are inserted in one transaction', async (t, x) => {
  x.s.addAll(
    'User',
    Array.from({ length: 2500 }, (_, n) => ({ name: `user ${n}`, email: `${n}@example.org` })),
  )
  await x.s.commit()
  t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
  t.is(await x.raw.user.count(), 2500)
  t.is((await x.raw.user.findUniqueOrThrow({ where: { email: '2499@example.org' } })).name, 'user 2499')
})

behaviour('defaults that Prisma generates are on the object and in the row', async (t, x) => {
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

behaviour('a field that was never set reads null after the flush', async (t, x) => {
  const user = x.s.add('User', { name: 'ada' })
  await x.s.flush()
  x.clear()
  t.is(user.email, null)
  t.is(user.inviterId, null)
  t.deepEqual(x.ops(), [])
  t.deepEqual(inspect(user).expired, [])
  t.deepEqual(Object.keys(user).sort(), ['email', 'id', 'inviterId', 'kind', 'name'])
})

behaviour(
  'new rows of which nothing is exact get a key each',
  async (t, x) => {
    const s = createSession(x.client as unknown as EdgeClient)
    t.teardown(async () => void (await s.close()))
    const readings = s.addAll('Reading', [{ value: 0.1 }, { value: 2.5 }, { value: 0.3 }])
    await s.commit()
    const stored = await (x.raw as unknown as EdgeClient).reading.findMany()
    t.deepEqual(
      readings.map(({ id, value }) => [id, value]).sort(([a], [b]) => (a as number) - (b as number)),
      stored.map(({ id, value }) => [id, value]),
    )
  },
  { schema: 'edge' },
)

behaviour('a default that the session does not know how to make is left to Prisma', async (t, x) => {
  for (const change of [{ name: 'snowflake' }, { args: [7, 'more'] }]) {
    const s = createSession(x.client, { models: changedModels('Made', 'uuid7', change) })
    t.teardown(async () => void (await s.close()))
    const made = s.add('Made', {}) as { uuid7?: string }
    t.like(s.explain()[0], { model: 'Made', way: 'prisma' })
    t.regex(s.explain()[0]?.reason ?? '', /Made\.uuid7/)
    await s.commit()
    t.regex(made.uuid7 ?? '', /^[0-9a-f]{8}-[0-9a-f]{4}-7/)
  }
  t.is(await x.raw.made.count(), 2)
})

/** The datamodel of test.prisma, with another default of one field. */
function changedModels(model: string, field: string, change: object): object {
  const document = getDMMF({ datamodel: readFileSync(join(root, 'prisma/test.prisma'), 'utf8') })
  if (!('datamodel' in document)) throw document.error
  const datamodel = structuredClone(document.datamodel) as unknown as {
    models: { name: string; fields: { name: string; default?: object }[] }[]
  }
  const found = datamodel.models.find(({ name }) => name === model)?.fields.find(({ name }) => name === field)
  Object.assign(found?.default as object, change)
  return datamodel
}
