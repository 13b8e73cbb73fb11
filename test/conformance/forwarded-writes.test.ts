// Loaded objects after forwarded reads and writes: which of them become stale.
import { Prisma } from '../../generated/test/client.ts'
import { inspect } from '../../src/index.js'
import { type BehaviourOptions, behaviour, type Context } from '../helpers/conformance.js'

/** Loaded and not stale: a user, a post, an item, a profile, the user's inviter, a document, a code. */
async function loadOneOfEach(x: Context) {
  await x.raw.doc.create({ data: { version: 1, body: 'a' } })
  await x.raw.code.create({ data: { code: 'A', label: 'a' } })
  const row = await x.raw.user.create({
    data: {
      name: 'a',
      posts: { create: { title: 'one' } },
      items: { create: {} },
      profile: { create: { bio: 'a' } },
      invited: { create: { name: 'guest' } },
    },
  })
  const loaded = {
    user: await x.s.getOne('User', row.id),
    post: await x.s.getOne('Post', 1),
    item: await x.s.getOne('Item', 1),
    profile: await x.s.getOne('Profile', 1),
    guest: await x.s.getOne('User', 2),
    doc: await x.s.getOne('Doc', 1),
    code: await x.s.getOne('Code', 'A'),
  }
  x.clear()
  return loaded
}

const stale = (loaded: Record<string, object>) =>
  Object.entries(loaded).flatMap(([name, object]) => (inspect(object).stale ? [name] : []))

behaviour('a forwarded read makes nothing stale', async (t, x) => {
  const loaded = await loadOneOfEach(x)
  await x.s.user.findMany({ include: { posts: true } })
  await x.s.user.findUnique({ where: { id: 1 } })
  await x.s.user.count()
  await x.s.user.aggregate({ _max: { id: true } })
  await x.s.user.groupBy({ by: ['kind'] })
  await x.s.user.findFirst()
  t.deepEqual(stale(loaded), [])
})

/** Each writing method of a delegate, on one model that nothing refers to. */
const writes: Record<string, (x: Context) => PromiseLike<unknown>> = {
  create: (x) => x.s.doc.create({ data: { version: 1, body: 'new' } }),
  createMany: (x) => x.s.doc.createMany({ data: [{ version: 1, body: 'new' }] }),
  createManyAndReturn: (x) => x.s.doc.createManyAndReturn({ data: [{ version: 1, body: 'new' }] }),
  update: (x) => x.s.doc.update({ where: { id: 1 }, data: { body: 'changed' } }),
  updateMany: (x) => x.s.doc.updateMany({ data: { body: 'changed' } }),
  updateManyAndReturn: (x) => x.s.doc.updateManyAndReturn({ data: { body: 'changed' } }),
  upsert: (x) => x.s.doc.upsert({ where: { id: 1 }, create: { version: 1, body: 'new' }, update: { body: 'changed' } }),
  delete: (x) => x.s.doc.delete({ where: { id: 1 } }),
  deleteMany: (x) => x.s.doc.deleteMany(),
}

const returning: BehaviourOptions = { databases: ['better-sqlite3', 'libsql', 'postgresql'] }

for (const [method, write] of Object.entries(writes)) {
  behaviour(
    `a forwarded ${method} makes the loaded objects of its model stale, and no others`,
    async (t, x) => {
      const loaded = await loadOneOfEach(x)
      await write(x)
      t.true(stale(loaded).includes('doc') || method.startsWith('create'))
      t.deepEqual(
        stale(loaded).filter((name) => name !== 'doc'),
        [],
      )
      t.deepEqual(inspect(loaded.doc).expired, [])
      const [row] = await ((await x.s.connection()) as typeof x.client).doc.findMany({ where: { id: 1 } })
      x.clear()
      const doc = await x.s.get('Doc', 1)
      t.is(doc?.body, row?.body)
      t.is(doc, row ? loaded.doc : null)
    },
    method.endsWith('AndReturn') ? returning : {},
  )
}

behaviour('a forwarded delete makes the objects stale that its referential actions reach', async (t, x) => {
  const loaded = await loadOneOfEach(x)
  await x.s.user.delete({ where: { id: loaded.user.id } })
  t.deepEqual(stale(loaded), ['user', 'post', 'item', 'profile', 'guest'])
  t.is((await x.s.getOne('Post', 1)).authorId, null)
  t.is((await x.s.getOne('Profile', 1)).userId, null)
  t.is((await x.s.getOne('User', 2)).inviterId, null)
  t.is(await x.s.get('Item', 1), null)
  t.is(await x.s.get('User', 1), null)
  x.clear()
  await x.s.get('Doc', 1)
  await x.s.get('Code', 'A')
  t.deepEqual(x.ops(), [])
})

behaviour('a forwarded update of a key makes the objects stale whose foreign keys follow it', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'a', uses: { create: {} } } })
  const use = await x.s.getOne('Use', 1)
  await x.s.code.update({ where: { code: 'A' }, data: { code: 'B' } })
  t.true(inspect(use).stale)
  t.is((await x.s.getOne('Use', 1)).codeId, 'B')
})

behaviour('a forwarded nested write makes the objects of its models stale', async (t, x) => {
  const loaded = await loadOneOfEach(x)
  await x.s.user.update({
    where: { id: 1 },
    data: { posts: { updateMany: { where: {}, data: { title: 'nested' } } } },
  })
  t.true(inspect(loaded.post).stale)
  t.is((await x.s.getOne('Post', 1)).title, 'nested')
  t.false(inspect(loaded.doc).stale)
})

for (const [title, write] of [
  ['$executeRaw', (x: Context) => x.s.$executeRaw`UPDATE "Doc" SET body = ${'raw'}`],
  [
    '$executeRawUnsafe',
    (x: Context) => x.s.$executeRawUnsafe(`UPDATE "Doc" SET body = ${x.database === 'postgresql' ? '$1' : '?'}`, 'raw'),
  ],
  ['$queryRaw that writes', (x: Context) => x.s.$queryRaw`UPDATE "Doc" SET body = ${'raw'} RETURNING id`],
  ['execute of a raw write', (x: Context) => x.s.execute(Prisma.sql`UPDATE "Doc" SET body = ${'raw'}`)],
] as const) {
  behaviour(
    `${title} makes all loaded objects stale`,
    async (t, x) => {
      const loaded = await loadOneOfEach(x)
      await write(x)
      t.deepEqual(stale(loaded), Object.keys(loaded))
      t.is((await x.s.getOne('Doc', 1)).body, 'raw')
    },
    title.startsWith('$queryRaw') ? returning : {},
  )
}

behaviour(
  'with autobegin: false forwarded writes outside a transaction make loaded objects stale',
  async (t, x) => {
    await x.s.begin()
    const user = x.s.add('User', { name: 'a' })
    await x.s.commit()
    t.false(inspect(user).stale)
    await x.s.user.count()
    t.false(inspect(user).stale)
    await x.s.user.updateMany({ data: { name: 'b' } })
    t.true(inspect(user).stale)
    await x.s.begin()
    await x.s.get('User', user.id)
    t.is(user.name, 'b')
    await x.s.commit()
    t.false(inspect(user).stale)
    await x.s.$executeRaw`UPDATE "User" SET name = 'c'`
    t.true(inspect(user).stale)
  },
  { session: { autobegin: false, expireOnCommit: false } },
)

behaviour(
  'with autobegin: false $transaction([…]) makes loaded objects stale',
  async (t, x) => {
    await x.s.begin()
    const user = x.s.add('User', { name: 'a' })
    await x.s.commit()
    await x.s.$transaction([x.s.user.updateMany({ data: { name: 'b' } })])
    t.true(inspect(user).stale)
  },
  { session: { autobegin: false, expireOnCommit: false }, modes: ['async'] },
)
