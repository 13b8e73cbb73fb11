// What is written through Prisma's own operations, as a client with query hooks gets it.
import type { ExecutionContext } from 'ava'
import type { PrismaClient as EdgeClient } from '../../generated/edge/client.ts'
import { createSession, FlushError, StaleDataError, select } from '../../src/index.js'
import { connectTo } from '../helpers/clients.js'
import { behaviour, type Context, type TestSession } from '../helpers/conformance.js'
import { databases } from '../helpers/databases.js'
import { refused } from '../helpers/steps.js'
import { testOn } from '../helpers/test-on.js'

/** A session whose operations all go through hooks, and the names of those since the last call. */
function hooked(t: ExecutionContext, x: Context, options: object = {}) {
  const client = x.extended('hooked')
  const s = createSession(client, options) as unknown as TestSession
  t.teardown(async () => void (await s.close()))
  const sent = async () =>
    (await client.$seen()).flatMap(({ model, operation }) => (model ? `${model}.${operation}` : []))
  return { s, sent }
}

/** With the rows as they are then, where the database returns them. */
const updateMany = ({ database }: Context) => (database === 'mariadb' ? 'updateMany' : 'updateManyAndReturn')

behaviour('rows that get the same values are one updateMany, which misses none of them', async (t, x) => {
  const { s, sent } = hooked(t, x)
  const users = s.addAll('User', [{ name: 'a' }, { name: 'b' }])
  await s.commit()
  for (const user of users) user.kind = 'special'
  await sent()
  await s.flush()
  t.deepEqual(await sent(), [`User.${updateMany(x)}`])
  await s.commit()
  t.is(await x.raw.user.count({ where: { kind: 'special' } }), 2)
  await x.raw.user.delete({ where: { id: users[0]?.id ?? 0 } })
  for (const user of users) user.kind = 'other'
  await refused(t, () => s.flush(), { instanceOf: StaleDataError, message: /2 row.*1 matched/ })
  await s.rollback()
  t.is(await x.raw.user.count({ where: { kind: 'other' } }), 0)
})

behaviour(
  'rows with an @updatedAt that get the same values are one updateManyAndReturn, and get its time',
  async (t, x) => {
    const { s, sent } = hooked(t, x)
    const old = new Date('2020-01-01')
    await x.raw.made.createMany({ data: ['a', 'b'].map((id) => ({ id, changed: old })) })
    const rows = [await s.getOne('Made', 'a'), await s.getOne('Made', 'b')]
    for (const row of rows) row.note = 'new'
    await sent()
    await s.flush()
    t.deepEqual(await sent(), ['Made.updateManyAndReturn'])
    for (const row of rows) t.true(row.changed.getTime() > Date.now() - 60_000)
    t.is(s.dirty.size, 0)
    await s.commit()
    const stored = await x.raw.made.findMany({ orderBy: { id: 'asc' } })
    t.deepEqual(
      stored.map(({ note, changed }) => [note, changed]),
      rows.map(({ changed }) => ['new', changed]),
    )
    await x.raw.made.delete({ where: { id: 'a' } })
    for (const row of rows) row.note = 'other'
    await refused(t, () => s.flush(), { instanceOf: StaleDataError, message: /2 row.*1 matched/ })
    await s.rollback()
    t.is((await x.raw.made.findFirstOrThrow()).note, 'new')
  },
  { databases: ['better-sqlite3', 'libsql', 'postgresql'] },
)

behaviour('rows with keys of several fields are deleted by one deleteMany', async (t, x) => {
  const { s, sent } = hooked(t, x)
  await x.raw.pair.createMany({ data: [1, 2, 3].map((y) => ({ x: 1, y })) })
  const pairs = [await s.getOne('Pair', [1, 1]), await s.getOne('Pair', [1, 3])]
  for (const pair of pairs) await s.delete(pair)
  await sent()
  await s.commit()
  t.deepEqual(await sent(), ['Pair.deleteMany'])
  t.deepEqual(await x.raw.pair.findMany({ select: { x: true, y: true } }), [{ x: 1, y: 2 }])
})

behaviour('versioned rows are deleted in the version they were read in', async (t, x) => {
  const { s, sent } = hooked(t, x, { versionFields: { Doc: 'version' } })
  await x.raw.doc.createMany({ data: [1, 2, 3].map((id) => ({ id, version: id, body: `${id}` })) })
  const docs = [await s.getOne('Doc', 1), await s.getOne('Doc', 2)]
  await s.delete(docs[0] as object)
  await sent()
  await s.commit()
  t.deepEqual(await sent(), ['Doc.deleteMany'])
  await s.delete(docs[1] as object)
  await x.raw.doc.update({ where: { id: 2 }, data: { version: 9 } })
  await refused(t, () => s.flush(), { instanceOf: StaleDataError, message: /DELETE on Doc/ })
  await s.rollback()
  t.deepEqual(
    (await x.raw.doc.findMany({ orderBy: { id: 'asc' } })).map(({ id }) => id),
    [2, 3],
  )
})

behaviour('new rows take over those of deleted ones with their keys, several at once', async (t, x) => {
  const { s, sent } = hooked(t, x)
  await x.raw.code.createMany({ data: ['A', 'B'].map((code) => ({ code, label: 'old' })) })
  await x.raw.use.create({ data: { codeId: 'A' } })
  for (const old of await s.getMany('Code', ['A', 'B'])) await s.delete(old as object)
  await sent()
  const fresh = s.addAll('Code', [
    { code: 'A', label: 'new' },
    { code: 'B', label: 'new' },
  ])
  await s.flush()
  t.deepEqual(await sent(), [`Code.${updateMany(x)}`])
  for (const each of fresh) t.is<unknown, unknown>(await s.get('Code', each.code), each)
  t.is(s.dirty.size, 0)
  await s.commit()
  t.is(await x.raw.code.count({ where: { label: 'new' } }), 2)
})

behaviour('explain() lists links, and the key that is set once its row is there, as updates', async (t, x) => {
  const { s, sent } = hooked(t, x)
  const a = s.add('A', {})
  Object.assign(a, { b: s.add('B', { a }) })
  s.add('Post', { title: 'one', tags: [{ label: 'red' }] })
  const plan = s.explain()
  t.deepEqual(
    plan.filter(({ operation }) => operation === 'update').map(({ model, rows, way }) => [model, rows, way]),
    [
      ['A', 1, 'prisma'],
      ['Post', 1, 'prisma'],
    ],
  )
  await sent()
  await s.flush()
  t.deepEqual(
    plan.map(({ model, operation }) => `${model}.${operation}`),
    await sent(),
  )
})

behaviour('a link to a row that is gone is a StaleDataError', async (t, x) => {
  await x.raw.post.create({ data: { title: 'one' } })
  await x.raw.tag.create({ data: { label: 'red' } })
  for (const s of [x.s, hooked(t, x).s]) {
    const post = await s.getOne('Post', 1, { include: { tags: true } })
    const tag = await s.getOne('Tag', (await x.raw.tag.findFirstOrThrow()).id)
    await s.commit()
    await x.raw.tag.delete({ where: { id: tag.id } })
    post.tags?.push(tag as never)
    await refused(t, () => s.flush(), { instanceOf: StaleDataError, message: /Post/ })
    await s.rollback()
    t.deepEqual(post.tags, [])
    await s.commit()
    await x.raw.tag.create({ data: { label: 'blue' } })
  }
})

for (const database of databases) {
  testOn(database, `a client that omits keys is told so where Prisma makes them [${database.name}]`, async (t) => {
    const there = await database.create('test')
    const client = await connectTo('test', database.name, there.url, { omit: { user: { id: true } } })
    t.teardown(() => client.$disconnect())
    const prisma = createSession(client.$extends({ query: { $allOperations: ({ args, query }) => query(args) } }))
    for (const data of [{ name: 'ada' }, { name: 'ada', posts: [{ title: 'one' }] }]) {
      prisma.add('User', data)
      await t.throwsAsync(async () => prisma.flush(), { instanceOf: FlushError, message: /do not omit keys/ })
      await prisma.rollback()
    }
    t.is(await client.user.count(), 0)
    const rowSets = createSession(client)
    const user = rowSets.add('User', { name: 'ada', posts: [{ title: 'one' }] })
    await rowSets.commit()
    t.is((await client.post.findFirstOrThrow()).authorId, (user as { id?: number }).id ?? null)
    for (const session of [prisma, rowSets]) await session.close()
  })

  testOn(database, `fields that the client omits are expired after an insert [${database.name}]`, async (t) => {
    const there = await database.create('test')
    const client = await connectTo('test', database.name, there.url, { omit: { user: { kind: true, email: true } } })
    t.teardown(() => client.$disconnect())
    for (const each of [client, client.$extends({ query: { $allOperations: ({ args, query }) => query(args) } })]) {
      const session = createSession(each as typeof client)
      const [user] = session.addAll('User', [
        { name: 'ada', email: `${each === client}` },
        { name: 'bea', email: `${each !== client} too` },
      ])
      if (!user) return t.fail()
      await session.flush()
      t.is(user.email, `${each === client}`)
      t.false(session.isModified(user))
      t.throws(() => user.kind, { message: /kind is not loaded/ })
      await session.refresh(user, ['kind'])
      t.is(user.kind, 'plain')
      await session.commit()
      await session.close()
    }
    t.is(await client.user.count({ where: { kind: 'plain' } }), 4)
  })

  testOn(database, `rows of a client that omits their key are plain objects [${database.name}]`, async (t) => {
    const there = await database.create('test')
    const client = await connectTo('test', database.name, there.url, { omit: { user: { id: true } } })
    t.teardown(() => client.$disconnect())
    await client.user.create({ data: { name: 'ada', email: 'a' } })
    const session = createSession(client)
    const row = (await session.scalars(select('User', { omit: { email: true } }))).one()
    t.deepEqual({ ...row }, { name: 'ada', kind: 'plain', inviterId: null } as object as typeof row)
    t.is(session.identityMap.size, 0)
    row.name = 'bea'
    await session.commit()
    t.is((await client.user.findFirstOrThrow()).name, 'ada')
    await session.close()
  })

  testOn(database, `a foreign key to a field that the client omits is refused [${database.name}]`, async (t) => {
    const there = await database.create('edge')
    const omit = { owner: { slug: true } }
    const client = (await connectTo('edge', database.name, there.url, { omit })) as unknown as EdgeClient
    t.teardown(() => client.$disconnect())
    const session = createSession(client)
    session.add('Pet', { name: 'rex', owner: { name: 'ada' } })
    await t.throwsAsync(async () => session.flush(), { instanceOf: FlushError, message: /no slug.*ownerSlug/ })
    await session.rollback()
    session.add('Pet', { name: 'rex', owner: { name: 'ada', slug: 'ada' } })
    await session.commit()
    t.is((await client.pet.findFirstOrThrow()).ownerSlug, 'ada')
    await session.close()
  })
}
