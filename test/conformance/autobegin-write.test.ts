// `autobegin: 'write'`: reads hold no connection until something is written or locked, or a transaction is asked for.
import { Prisma } from '../../generated/test/client.js'
import { insert, inspect, remove, StaleDataError, select, update } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { inOrder, refused } from '../helpers/steps.js'

const session = { autobegin: 'write' } as const

/** No transaction is open. The one connection of better-sqlite3 is taken for each read and given back after it. */
function isFree({ database, wire }: Context): boolean {
  const words = wire()
  if (database !== 'better-sqlite3') return words.length === 0
  return words.every((word, index) => word === (index % 2 === 0 ? 'BEGIN' : 'COMMIT')) && words.length % 2 === 0
}

/** Each reads, in a way of its own. */
const reads: Readonly<Record<string, (x: Context) => unknown>> = {
  get: (x) => x.s.get('User', 1),
  getMany: (x) => x.s.getMany('User', [1, 2]),
  'get by a unique field': (x) => x.s.get('User', { email: 'ada@example.org' }),
  scalars: (x) => x.s.scalars(select('User', { include: { posts: true } })),
  'a forwarded findMany': (x) => x.s.user.findMany(),
  'a forwarded aggregate': (x) => x.s.user.aggregate({ _count: true }),
  'a forwarded groupBy': (x) => x.s.user.groupBy({ by: ['name'] }),
  refresh: async (x) => x.s.refresh(await x.s.getOne('User', 1)),
  merge: (x) => x.s.merge('User', { id: 1, name: 'Ada' }),
}

behaviour(
  'with autobegin: write, reads begin no transaction',
  async (t, x) => {
    await x.raw.user.create({ data: { id: 1, name: 'Ada', email: 'ada@example.org' } })
    for (const [name, read] of Object.entries(reads)) {
      await read(x)
      t.true(isFree(x), name)
      t.false(x.s.inTransaction(), name)
      t.is(x.s.getTransaction(), null, name)
      await x.s.rollback()
      t.false(x.s.inTransaction(), name)
      await read(x)
      await x.s.commit()
      t.true(isFree(x), name)
    }
  },
  { session },
)

/** Each writes or locks, or asks for a transaction. */
const others: Readonly<Record<string, (x: Context) => unknown>> = {
  flush: async (x) => {
    x.s.add('User', { id: 50, name: 'new' })
    await x.s.flush()
  },
  'autoflush before a read': async (x) => {
    x.s.add('User', { id: 50, name: 'new' })
    await x.s.user.count()
  },
  insert: (x) => x.s.execute(insert('User', { id: 50, name: 'new' })),
  update: (x) => x.s.execute(update('User', { where: { id: 1 }, data: { name: 'b' } })),
  remove: (x) => x.s.execute(remove('User', { where: { id: 99 } })),
  'a forwarded write': (x) => x.s.user.updateMany({ data: { name: 'c' } }),
  'raw SQL that reads': (x) => x.s.$queryRawUnsafe('SELECT 1 AS one'),
  'a raw statement': (x) => x.s.execute(Prisma.sql`SELECT 1 AS one`),
  'get with a lock': (x) => x.s.get('User', 1, { withForUpdate: true }),
  'getMany with a lock': (x) => x.s.getMany('User', [1], { withForUpdate: true }),
  'refresh with a lock': async (x) => x.s.refresh(await x.s.getOne('User', 1), undefined, { withForUpdate: true }),
  'select with a lock': (x) => x.s.scalars(select('User', { where: { id: 1 }, withForUpdate: true })),
  'a read in transaction(fn)': (x) => x.s.transaction(() => x.s.user.count()),
  'a read in a savepoint': async (x) => {
    await x.s.beginNested()
    await x.s.user.count()
  },
  'a read after begin': async (x) => {
    await x.s.begin()
    await x.s.user.count()
  },
  connection: (x) => x.s.connection(),
}

for (const [name, work] of Object.entries(others))
  behaviour(
    `with autobegin: write, a transaction begins with the first write, lock or wish for one, after reads [${name}]`,
    async (t, x) => {
      await x.raw.user.create({ data: { id: 1, name: 'Ada' } })
      await x.s.user.count()
      t.true(isFree(x))
      x.clear()
      await work(x)
      t.is(x.wire()[0], 'BEGIN')
      t.is(x.s.inTransaction(), name !== 'a read in transaction(fn)')
      const begun = x.wire().length
      await x.s.rollback()
      t.is(x.wire().length > begun || x.wire().includes('COMMIT'), true)
      x.clear()
      await x.s.user.count()
      t.true(isFree(x)) // and again reads hold nothing
    },
    { session },
  )

behaviour(
  'with autobegin: write, more sessions than connections may have read and be open',
  async (t, x) => {
    await x.raw.user.create({ data: { id: 1, name: 'Ada' } })
    const sessions = Array.from({ length: 8 }, () => x.session({ ...session, maxWait: 500 })) // the pool has four
    for (const each of sessions) t.is((await each.getOne('User', 1)).name, 'Ada')
    const [first, second] = sessions
    const ada = (await first?.getOne('User', 1)) as { name: string }
    ada.name = 'Countess'
    await first?.commit()
    t.deepEqual(await second?.user.findMany({ select: { name: true } }), [{ name: 'Countess' }])
  },
  { databases: ['postgresql', 'mariadb'] },
)

behaviour(
  'with autobegin: write, each read sees what is committed by then; what was read before BEGIN is read again by the next load',
  async (t, x) => {
    await x.raw.user.createMany({
      data: [
        { id: 1, name: 'Ada' },
        { id: 2, name: 'bob' },
      ],
    })
    const ada = await x.s.getOne('User', 1)
    await x.raw.user.update({ where: { id: 1 }, data: { name: 'Countess' } })
    t.is(await x.s.user.count({ where: { name: 'Countess' } }), 1)
    t.is((await x.s.getOne('User', 1)).name, 'Ada') // the identity map's, while nothing is written

    await x.s.transaction(() =>
      inOrder(
        () => x.s.getOne('User', 1),
        () => {
          t.is(ada.name, 'Countess')
          ada.name += ' of Lovelace'
        },
      ),
    )
    t.is((await x.raw.user.findUniqueOrThrow({ where: { id: 1 } })).name, 'Countess of Lovelace')
  },
  { session },
)

behaviour(
  'with autobegin: write, a savepoint reads again what was read before it',
  async (t, x) => {
    await x.raw.user.create({ data: { id: 1, name: 'Ada' } })
    const ada = await x.s.getOne('User', 1)
    await x.raw.user.update({ where: { id: 1 }, data: { name: 'Countess' } })
    await x.s.beginNested()
    await x.s.getOne('User', 1)
    t.is(ada.name, 'Countess')
    await x.s.getOne('User', 1) // in the transaction hits hold again
    t.is(x.ops().length, 2)
  },
  { session },
)

behaviour(
  'with autobegin: write, a change made to an object before BEGIN is kept, and what others wrote meanwhile is not overwritten',
  async (t, x) => {
    await x.raw.user.create({ data: { id: 1, name: 'Ada', email: 'old@example.org' } })
    const ada = await x.s.getOne('User', 1)
    await x.raw.user.update({ where: { id: 1 }, data: { email: 'new@example.org' } })
    ada.name = 'Countess'
    await x.s.commit()
    t.like(await x.raw.user.findUnique({ where: { id: 1 } }), { name: 'Countess', email: 'new@example.org' })
  },
  { session },
)

behaviour(
  'with autobegin: write, a version counter finds what changed between the read and the write',
  async (t, x) => {
    await x.raw.doc.create({ data: { id: 1, version: 1, body: 'first' } })
    const doc = await x.s.getOne('Doc', 1)
    await x.raw.doc.update({ where: { id: 1 }, data: { version: 2 } })
    doc.body = 'mine'
    await refused(t, () => x.s.commit(), { instanceOf: StaleDataError })
  },
  { session: { ...session, versionFields: { Doc: 'version' } } },
)

behaviour(
  'with autobegin: write and expireOnCommit: false, objects read before BEGIN stay as they are',
  async (t, x) => {
    await x.raw.user.create({ data: { id: 1, name: 'Ada' } })
    const ada = await x.s.getOne('User', 1)
    x.s.add('Tag', { label: 'new' })
    await x.s.commit()
    t.false(inspect(ada).stale)
  },
  { session: { ...session, expireOnCommit: false } },
)

behaviour(
  'with autobegin: write, a stream of entities holds no connection between its pages',
  async (t, x) => {
    await x.raw.user.createMany({ data: [1, 2, 3, 4, 5].map((id) => ({ id, name: `user ${id}` })) })
    const ids: number[] = []
    for await (const user of (await x.s.stream(select('User'), { yieldPer: 2 })).scalars()) ids.push(user.id)
    t.deepEqual(ids, [1, 2, 3, 4, 5])
    t.true(isFree(x))
  },
  { session, modes: ['async'] },
)

behaviour(
  'with autobegin: write, a failed read ends nothing',
  async (t, x) => {
    await refused(t, () => x.s.user.findUniqueOrThrow({ where: { id: 99 } }), { code: 'P2025' })
    await refused(t, () => x.s.user.findMany({ where: { nope: 1 } as object }), { name: 'PrismaClientValidationError' })
    x.s.add('User', { id: 50, name: 'new' })
    await x.s.commit()
    t.is(await x.s.user.count(), 1)
  },
  { session },
)

behaviour('an autobegin that is none of its values is refused when the session is made', async (t, x) => {
  await refused(t, async () => x.session({ autobegin: 'read' as 'write' }), { code: 'ARGUMENT', message: /autobegin/ })
})

behaviour(
  'with autobegin: write, begin() after reads begins the transaction',
  async (t, x) => {
    await x.raw.user.create({ data: { id: 1, name: 'Ada' } })
    await x.s.getOne('User', 1)
    t.false(x.s.inTransaction())
    const transaction = await x.s.begin({ timeout: 30_000 })
    t.is(x.s.getTransaction(), transaction)
    await x.s.getOne('User', 1)
    await refused(t, () => x.s.begin(), { message: /already begun/ })
    await transaction.commit()
    t.false(x.s.inTransaction())
    x.s.add('User', { name: 'new' })
    t.true(x.s.inTransaction())
  },
  { session },
)

behaviour(
  'with autobegin: write, a read does not see what another session has not committed',
  async (t, x) => {
    await x.raw.user.create({ data: { id: 1, name: 'Ada' } })
    const writer = x.session({ ...session })
    const ada = await writer.getOne('User', 1)
    ada.name = 'of an open transaction'
    await writer.flush()
    const reading = Promise.all([x.s.user.count(), x.s.getOne('User', 1)])
    await writer.rollback() // better-sqlite3 has one connection, for which the read waits
    const [count, read] = await reading
    t.is(count, 1)
    t.is(read.name, 'Ada')
  },
  { session, modes: ['async'] },
)

behaviour(
  'with autobegin: write, a read waits for the one connection as long as maxWait says',
  async (t, x) => {
    const writer = x.session({ ...session })
    writer.add('User', { name: 'open' })
    await writer.flush()
    const reader = x.session({ ...session, maxWait: 100 })
    await refused(t, () => reader.user.count(), { code: 'P2028' })
    await writer.commit()
    t.is(await reader.user.count(), 1)
  },
  { session, databases: ['better-sqlite3'] },
)
