import { Prisma } from '../../generated/test/client.ts'
import { inspect, NotImplementedError, PendingRollbackError, select } from '../../src/index.js'
import { type BehaviourOptions, behaviour, type Context } from '../helpers/conformance.js'
import { words } from '../helpers/observe.ts'
import { refused } from '../helpers/steps.ts'

const lazy = { modes: ['async'] } as const
const dropIn = { session: { autobegin: false } } as const

const operations = (x: Context) => x.ops().map(({ model, operation }) => `${model ?? ''}.${operation}`)

behaviour(
  'forwarded calls go through the transaction, after an autoflush, and return what Prisma returns',
  async (t, x) => {
    x.s.add('User', { name: 'pending' })
    const users = await x.s.user.findMany({ select: { id: true, name: true } })
    t.deepEqual(users, [{ id: 1, name: 'pending' }])
    t.deepEqual(x.wire(), ['BEGIN'])
    t.deepEqual(x.ops().at(-1), { model: 'User', operation: 'findMany', args: { select: { id: true, name: true } } })
    t.is(await x.raw.user.count(), 0)
  },
)

behaviour('what they return is untracked', async (t, x) => {
  const made = await x.s.user.create({ data: { name: 'a' } })
  t.is(x.s.identityMap.size, 0)
  made.name = 'changed'
  t.is(x.s.dirty.size, 0)
  const user = await x.s.getOne('User', made.id)
  t.not(user as object, made)
  t.is(user.name, 'a')
})

for (const [title, call] of [
  ['a write', (x: Context) => x.s.doc.create({ data: { version: 1, body: 'a' } })],
  ['a raw query', (x: Context) => x.s.$queryRaw`SELECT 1 AS one`],
  ['a raw write', (x: Context) => x.s.$executeRaw`UPDATE "Doc" SET version = 2`],
] as const) {
  behaviour(`${title} autoflushes too`, async (t, x) => {
    const user = x.s.add('User', { name: 'a' })
    await call(x)
    t.is(inspect(user).state, 'persistent')
    t.is(x.written()[0], 'INSERT User')
    t.deepEqual(x.wire(), ['BEGIN'])
  })
}

behaviour(
  'nothing is sent until a forwarded call is awaited',
  async (t, x) => {
    const pending = x.s.add('User', { name: 'a' })
    const call = x.s.user.findMany()
    const raw = x.s.$queryRaw`SELECT 1`
    await new Promise((resolve) => setTimeout(resolve, 10))
    t.deepEqual(x.ops(), [])
    t.deepEqual(x.wire(), [])
    t.is(inspect(pending).state, 'pending')
    t.is(Object.prototype.toString.call(call), '[object PrismaPromise]')
    t.is(Object.prototype.toString.call(raw), '[object PrismaPromise]')
    t.is((await call).length, 1)
  },
  lazy,
)

behaviour(
  'awaited twice, a forwarded call runs once',
  async (t, x) => {
    const call = x.s.user.create({ data: { name: 'a' } })
    const [first, second] = await Promise.all([call, call])
    t.deepEqual(await call, first)
    t.deepEqual(second, first)
    t.deepEqual(operations(x), ['User.create'])
  },
  lazy,
)

behaviour(
  'then, catch and finally are those of a promise',
  async (t, x) => {
    t.is(await x.s.user.count().then((n) => n + 1), 1)
    t.is(await x.s.user.findUniqueOrThrow({ where: { id: 1 } }).catch((error) => error.code), 'P2025')
    let done = false
    t.is(
      await x.s.user.count().finally(() => {
        done = true
      }),
      0,
    )
    t.true(done)
    await t.throwsAsync(
      x.s.user.findUniqueOrThrow({ where: { id: 1 } }).finally(() => {}),
      { code: 'P2025' },
    )
  },
  lazy,
)

behaviour(
  'forwarded calls stay chainable: the fluent form',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'a', posts: { create: [{ title: 'one' }, { title: 'two' }] } } })
    const posts = await x.s.user.findUnique({ where: { id: 1 } }).posts({ orderBy: { id: 'desc' } })
    t.deepEqual(
      posts?.map((post) => post.title),
      ['two', 'one'],
    )
    const author = await x.s.post
      .findUnique({ where: { id: 1 } })
      .author()
      .posts()
    t.is(author?.length, 2)
    t.is(await x.s.user.findUnique({ where: { id: 999 } }).posts(), null)
    t.deepEqual(x.wire(), ['BEGIN'])
  },
  lazy,
)

behaviour(
  'the fluent form is lazy too',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'a', posts: { create: { title: 'one' } } } })
    const user = x.s.user.findUnique({ where: { id: 1 } })
    const posts = user.posts()
    await new Promise((resolve) => setTimeout(resolve, 10))
    t.deepEqual(x.ops(), [])
    t.is((await posts)?.length, 1)
    t.is((await user)?.name, 'a')
  },
  lazy,
)

behaviour(
  'a forwarded call binds to the transaction in charge when awaited',
  async (t, x) => {
    const create = x.s.user.create({ data: { name: 'second' } })
    await x.s.user.create({ data: { name: 'first' } })
    await x.s.rollback()
    x.clear()
    await create
    t.deepEqual(x.wire(), ['BEGIN'])
    await x.s.commit()
    t.deepEqual(
      (await x.raw.user.findMany()).map((user) => user.name),
      ['second'],
    )
  },
  lazy,
)

behaviour(
  '$transaction([…]) is replayed in order, inside a savepoint',
  async (t, x) => {
    await x.s.begin()
    x.s.add('User', { name: 'pending' })
    const [created, users, raw, count] = await x.s.$transaction([
      x.s.user.create({ data: { name: 'a' } }),
      x.s.user.findMany({ orderBy: { id: 'asc' } }),
      x.s.$queryRaw`SELECT count(*) AS n FROM "User"`,
      x.s.user.count(),
    ])
    t.is(created.name, 'a')
    t.deepEqual(
      users.map((user) => user.name),
      ['pending', 'a'],
    )
    t.is(Number((raw as { n: bigint }[])[0]?.n), 2)
    t.is(count, 2)
    t.deepEqual(x.wire(), ['BEGIN', 'SAVEPOINT', 'RELEASE'])
    t.deepEqual(operations(x).slice(-4), ['User.create', 'User.findMany', '.$queryRaw', 'User.count'])
    t.is(await x.raw.user.count(), 0)
    await x.s.commit()
    t.is(await x.raw.user.count(), 2)
  },
  lazy,
)

behaviour(
  '$transaction([…]) that fails undoes its savepoint and leaves the rest',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'first', email: 'taken' } })
    x.s.add('User', { name: 'kept' })
    await x.s.flush()
    x.clear()
    const error = await t.throwsAsync(
      async () =>
        void (await x.s.$transaction([
          x.s.doc.create({ data: { version: 1, body: 'undone' } }),
          x.s.user.create({ data: { name: 'second', email: 'taken' } }),
          x.s.user.create({ data: { name: 'third' } }),
        ])),
    )
    t.is((error as Error & { code: string }).code, 'P2002')
    t.deepEqual(
      operations(x).filter((name) => name.endsWith('.create')),
      ['Doc.create', 'User.create'],
    )
    t.deepEqual(words(x.wire()), ['SAVEPOINT', 'ROLLBACK TO'])
    t.true(x.s.isActive)
    await x.s.commit()
    t.is(await x.raw.doc.count(), 0)
    t.deepEqual(
      (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map((user) => user.name),
      ['first', 'kept'],
    )
  },
  lazy,
)

behaviour(
  '$transaction([…]) with the fluent form, and with nothing',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'a', posts: { create: { title: 'one' } } } })
    const [posts] = await x.s.$transaction([x.s.user.findUnique({ where: { id: 1 } }).posts()])
    t.is(posts?.[0]?.title, 'one')
    t.deepEqual(await x.s.$transaction([]), [])
  },
  lazy,
)

behaviour(
  '$transaction([…]) marks what it wrote stale',
  async (t, x) => {
    const user = x.s.add('User', { name: 'a' })
    await x.s.flush()
    await x.s.$transaction([x.s.user.updateMany({ data: { name: 'b' } })])
    t.true(inspect(user).stale)
    await x.s.get('User', user.id)
    t.is(user.name, 'b')
  },
  lazy,
)

behaviour(
  '$transaction([…]) is NotImplementedError naming $transaction(fn) where calls have already run',
  async (t, x) => {
    const { $transaction } = x.s as unknown as { $transaction(list: unknown[]): unknown }
    const error = await refused(t, () => $transaction([]), { instanceOf: NotImplementedError })
    t.regex(error.message, /\$transaction\(fn\)/)
    t.deepEqual(x.ops(), [])
  },
  { modes: ['sync'] },
)

/** Loaded and not stale: a user, a post, an item, a profile, the user's inviter, a document, a code. */
async function everybody(x: Context) {
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
  const loaded = await everybody(x)
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
    `after a forwarded ${method} the model’s loaded objects are stale, others are not`,
    async (t, x) => {
      const loaded = await everybody(x)
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

behaviour('after a forwarded delete so are those that its referential actions reach', async (t, x) => {
  const loaded = await everybody(x)
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

behaviour('an update that moves a key reaches the rows that follow it', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'a', uses: { create: {} } } })
  const use = await x.s.getOne('Use', 1)
  await x.s.code.update({ where: { code: 'A' }, data: { code: 'B' } })
  t.true(inspect(use).stale)
  t.is((await x.s.getOne('Use', 1)).codeId, 'B')
})

behaviour('so do the models of a nested write', async (t, x) => {
  const loaded = await everybody(x)
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
    `after ${title} all loaded objects are stale`,
    async (t, x) => {
      const loaded = await everybody(x)
      await write(x)
      t.deepEqual(stale(loaded), Object.keys(loaded))
      t.is((await x.s.getOne('Doc', 1)).body, 'raw')
    },
    title.startsWith('$queryRaw') ? returning : {},
  )
}

behaviour(
  'autobegin: false: outside a transaction forwarded calls commit by themselves, as Prisma’s do',
  async (t, x) => {
    await x.s.user.create({ data: { name: 'a' } })
    t.is(await x.raw.user.count(), 1)
    t.false(x.s.inTransaction())
    t.is(await x.s.user.count(), 1)
    await x.s.$executeRaw`UPDATE "User" SET name = 'b'`
    t.is((await x.raw.user.findFirstOrThrow()).name, 'b')
    t.deepEqual(x.wire(), [])
  },
  dropIn,
)

behaviour(
  'autobegin: false: inside a transaction they belong to it',
  async (t, x) => {
    await x.s.begin()
    await x.s.user.create({ data: { name: 'undone' } })
    t.is(await x.s.user.count(), 1)
    await x.s.rollback()
    t.deepEqual(x.wire(), ['BEGIN', 'ROLLBACK'])
    t.is(await x.s.user.count(), 0)
    await x.s.transaction((s) => void s.add('User', { name: 'kept' }))
    t.is(await x.raw.user.count(), 1)
  },
  dropIn,
)

behaviour(
  'autobegin: false: the array form goes to Prisma as it is',
  async (t, x) => {
    const [user, count] = await x.s.$transaction([x.s.user.create({ data: { name: 'a' } }), x.s.user.count()])
    t.is(user.name, 'a')
    t.is(count, 1)
    t.is(await x.raw.user.count(), 1)
    await t.throwsAsync(
      async () =>
        void (await x.s.$transaction([
          x.s.user.create({ data: { name: 'undone' } }),
          x.s.user.create({ data: { id: 1, name: 'taken' } }),
        ])),
      { code: 'P2002' },
    )
    t.is(await x.raw.user.count(), 1)
    t.false(x.s.inTransaction())
  },
  { ...dropIn, ...lazy },
)

behaviour(
  'autobegin: false: the forms of a forwarded call are the same',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'a', posts: { create: { title: 'one' } } } })
    const posts = await x.s.user.findUnique({ where: { id: 1 } }).posts()
    t.is(posts?.length, 1)
    const call = x.s.user.create({ data: { name: 'b' } })
    await new Promise((resolve) => setTimeout(resolve, 10))
    t.is(await x.raw.user.count(), 1)
    await Promise.all([call, call])
    t.is(await x.raw.user.count(), 2)
    await t.throwsAsync(async () => await x.s.user.findUniqueOrThrow({ where: { id: 999 } }), { code: 'P2025' })
  },
  { ...dropIn, ...lazy },
)

behaviour(
  'autobegin: false: forwarded writes outside mark loaded objects stale',
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
  'autobegin: false: so does the array form',
  async (t, x) => {
    await x.s.begin()
    const user = x.s.add('User', { name: 'a' })
    await x.s.commit()
    await x.s.$transaction([x.s.user.updateMany({ data: { name: 'b' } })])
    t.true(inspect(user).stale)
  },
  { session: { autobegin: false, expireOnCommit: false }, ...lazy },
)

behaviour('after a failed flush forwarded calls wait for rollback', async (t, x) => {
  await x.raw.user.create({ data: { name: 'first', email: 'taken' } })
  x.s.add('User', { name: 'second', email: 'taken' })
  const error = await t.throwsAsync(async () => void (await x.s.user.count()))
  t.is((error as Error & { code: string }).code, 'P2002')
  await t.throwsAsync(async () => void (await x.s.user.count()), { instanceOf: PendingRollbackError })
  await x.s.rollback()
  t.is(await x.s.user.count(), 1)
  t.is((await x.s.scalars(select('User'))).all().length, 1)
})
