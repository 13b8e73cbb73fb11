// Forwarded calls: Prisma's own methods on a session, their forms, and the transaction in which they run.
import { getDMMF } from '@prisma/get-dmmf'
import {
  ArgumentError,
  createSession,
  inspect,
  NotImplementedError,
  PendingRollbackError,
  select,
} from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { words } from '../helpers/observe.js'
import { refused } from '../helpers/steps.js'

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

behaviour('objects that a forwarded call returns are not tracked', async (t, x) => {
  const made = await x.s.user.create({ data: { name: 'a' } })
  t.is(x.s.identityMap.size, 0)
  made.name = 'changed'
  t.is(x.s.dirty.size, 0)
  const user = await x.s.getOne('User', made.id)
  t.not(user as object, made)
  t.is(user.name, 'a')
})

for (const [title, call] of [
  ['a forwarded write', (x: Context) => x.s.doc.create({ data: { version: 1, body: 'a' } })],
  ['a forwarded raw query', (x: Context) => x.s.$queryRaw`SELECT 1 AS one`],
  ['a forwarded raw write', (x: Context) => x.s.$executeRaw`UPDATE "Doc" SET version = 2`],
] as const) {
  behaviour(`${title} autoflushes within its transaction`, async (t, x) => {
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
  'a forwarded call awaited twice runs once',
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
  'then, catch and finally of a forwarded call are those of a promise',
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
  'a forwarded call has the fluent form',
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
  'the fluent form sends nothing until it is awaited',
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
  'a forwarded call runs in the transaction that is current when it is awaited',
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
  '$transaction([…]) runs its calls in order, inside a savepoint',
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
  'a failing $transaction([…]) undoes its savepoint and leaves the rest',
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
    const asked = x.database === 'mariadb' ? ['SAVEPOINT', 'RELEASE'] : [] // Prisma's own savepoint tells nothing
    t.deepEqual(words(x.wire()), ['SAVEPOINT', 'ROLLBACK TO', ...asked])
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
  '$transaction([…]) takes the fluent form, and an empty list',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'a', posts: { create: { title: 'one' } } } })
    const [posts] = await x.s.$transaction([x.s.user.findUnique({ where: { id: 1 } }).posts()])
    t.is(posts?.[0]?.title, 'one')
    t.deepEqual(await x.s.$transaction([]), [])
  },
  lazy,
)

behaviour(
  '$transaction([…]) makes loaded objects of the models it wrote stale',
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
  '$transaction([…]) throws a NotImplementedError that names $transaction(fn) in sync mode',
  async (t, x) => {
    const { $transaction } = x.s as unknown as { $transaction(list: unknown[]): unknown }
    const error = await refused(t, () => $transaction([]), { instanceOf: NotImplementedError })
    t.regex(error.message, /\$transaction\(fn\)/)
    t.deepEqual(x.ops(), [])
  },
  { modes: ['sync'] },
)

behaviour(
  'with autobegin: false forwarded calls outside a transaction commit by themselves, as Prisma’s do',
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
  'with autobegin: false forwarded calls inside a transaction belong to it',
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
  'with autobegin: false $transaction([…]) goes to Prisma as it is',
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
  'with autobegin: false a forwarded call is lazy, runs once and has the fluent form',
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

behaviour('forwarded calls are refused after a failed flush until rollback', async (t, x) => {
  await x.raw.user.create({ data: { name: 'first', email: 'taken' } })
  x.s.add('User', { name: 'second', email: 'taken' })
  const error = await t.throwsAsync(async () => void (await x.s.user.count()))
  t.is((error as Error & { code: string }).code, 'P2002')
  await t.throwsAsync(async () => void (await x.s.user.count()), { instanceOf: PendingRollbackError })
  await x.s.rollback()
  t.is(await x.s.user.count(), 1)
  t.is((await x.s.scalars(select('User'))).all().length, 1)
})

behaviour(
  "the client's own $transaction([…]) refuses calls of a session, which are in another transaction",
  async (t, x) => {
    await refused(t, () => x.client.$transaction([x.s.user.count()] as never), {
      instanceOf: ArgumentError,
      message: /use session\.\$transaction\(\[…\]\)/,
    })
  },
  lazy,
)

interface ByModelName {
  User: Context['s']['user']
}

behaviour('a delegate answers to the name of its model too, in the transaction of the session', async (t, x) => {
  const { User } = x.s as unknown as ByModelName
  t.is(User, x.s.user as never)
  await User.create({ data: { name: 'Ada' } })
  t.is(await x.s.user.count(), 1)
  await x.s.rollback()
  t.is(await x.raw.user.count(), 0)
})

behaviour(
  '$transaction([…]) takes calls of a delegate under the name of its model',
  async (t, x) => {
    const { User } = x.s as unknown as ByModelName
    const [made] = await x.s.$transaction([User.create({ data: { name: 'Ada' } })])
    t.is(made.name, 'Ada')
    await x.s.rollback()
    t.is(await x.raw.user.count(), 0)
  },
  { modes: ['async'] },
)

behaviour(
  '$transaction([…]) as the first call begins the transaction with its options',
  async (t, x) => {
    const warnings = x.events(x.s, ['warning'])
    const level = () => x.s.$queryRaw<{ level: string }[]>`SELECT current_setting('transaction_isolation') AS level`
    x.s.add('User', { name: 'Ada' })
    const [rows] = await x.s.$transaction([level()], { isolationLevel: 'Serializable' })
    t.deepEqual(rows, [{ level: 'serializable' }])
    t.deepEqual(warnings, [])
    await x.s.$transaction([level()], { isolationLevel: 'ReadCommitted' as never })
    t.is(warnings.length, 1)
    await x.s.rollback()
  },
  { modes: ['async'], databases: ['postgresql'] },
)

behaviour(
  'a delegate of the client that the session knows no model of is refused',
  async (t, x) => {
    const datamodel = 'datasource db {\n provider = "sqlite"\n}\nmodel Tag {\n id Int @id\n label String\n}'
    const dmmf = (await getDMMF({ datamodel })) as { readonly datamodel: object }
    const s = createSession(x.client, { models: dmmf.datamodel as never })
    t.is(await s.tag.count(), 0)
    t.throws(() => s.user, { message: /knows no model of 'user'/ })
    await s.close()
  },
  { modes: ['async'], databases: ['better-sqlite3'] },
)
