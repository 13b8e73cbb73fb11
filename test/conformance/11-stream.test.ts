import fc from 'fast-check'
import { Prisma } from '../../generated/test/client.ts'
import {
  ArgumentError,
  InvalidRequestError,
  inspect,
  MultipleResultsFoundError,
  NotImplementedError,
  ResourceClosedError,
  type Statement,
  select,
  update,
} from '../../src/index.js'
import { type BehaviourOptions, behaviour, type Context, type TestSession } from '../helpers/conformance.js'
import { gate } from '../helpers/observe.js'
import { refused } from '../helpers/steps.js'

const streaming: BehaviourOptions = { modes: ['async'] }

async function addUsers(x: Context, count: number): Promise<void> {
  const data = Array.from({ length: count }, (_, at) => ({
    id: at + 1,
    name: `user ${at % 7}`,
    kind: `kind ${at % 3}`,
  }))
  await x.raw.user.createMany({ data })
}

async function listed<T>(rows: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const row of rows) all.push(row)
  return all
}

const ids = (users: readonly { id: number }[]) => users.map(({ id }) => id)
const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1)

behaviour(
  'the same methods as a Result, those that read give promises, the others do not',
  async (t, x) => {
    await addUsers(x, 5)
    const names = select('User', { select: { id: true, name: true }, orderBy: { id: 'asc' } })
    const open = () => x.s.stream(names, { yieldPer: 2 })
    const result = await open()
    t.deepEqual(result.keys(), ['id', 'name'])
    t.false(result.closed)
    const reads: (readonly [unknown, unknown])[] = [
      [(await open()).all().then((rows) => rows.map((row) => row.id)), upTo(5)],
      [(await open()).first().then((row) => row?.id), 1],
      [(await open()).fetchOne().then((row) => row?.id), 1],
      [(await open()).fetchMany(3).then((rows) => rows.map((row) => row.id)), [1, 2, 3]],
      [(await open()).scalars('id').all(), upTo(5)],
      [(await open()).scalars(1).fetchMany(2), ['user 0', 'user 1']],
      [(await open()).scalar(), 1],
      [(await open()).mappings().first(), { id: 1, name: 'user 0' }],
      [
        (await open())
          .columns('name', 0)
          .first()
          .then((row) => [...(row as Iterable<unknown>)]),
        ['user 0', 1],
      ],
    ]
    for (const [promise, value] of reads) {
      t.is(typeof (promise as Promise<unknown>).then, 'function')
      t.deepEqual(await promise, value)
    }
    await refused(t, async () => (await open()).one(), { instanceOf: MultipleResultsFoundError })
    await refused(t, async () => (await open()).scalarOne(), { instanceOf: MultipleResultsFoundError })
    const none = select('User', { where: { id: -1 } })
    t.is(await (await x.s.stream(none)).oneOrNone(), null)
    t.is(await (await x.s.streamScalars(none)).first(), null)
    t.deepEqual(await (await x.s.stream(none)).all(), [])
    t.throws(() => result.scalars('nothing' as 'id'), { instanceOf: ArgumentError })
    await refused(t, () => result.fetchMany(0), { instanceOf: ArgumentError })
  },
  streaming,
)

behaviour(
  'for await gives every row; unique drops repeats over all pages',
  async (t, x) => {
    await addUsers(x, 10)
    const statement = select('User', { orderBy: { id: 'asc' } })
    t.deepEqual(ids(await listed(await x.s.streamScalars(statement, { yieldPer: 3 }))), upTo(10))
    const names = await x.s.stream(select('User', { select: { kind: true }, orderBy: { id: 'asc' } }), { yieldPer: 2 })
    t.deepEqual(await names.scalars().unique().all(), ['kind 0', 'kind 1', 'kind 2'])
    const pairs = (await x.s.streamScalars(statement, { yieldPer: 2 })).unique((user) => user.name)
    const parts = await listed(pairs.partitions(2))
    t.deepEqual(
      parts.map((part) => part.length),
      [2, 2, 2, 1],
    )
  },
  streaming,
)

behaviour(
  'break and a throw in the body close the stream, and the error is kept',
  async (t, x) => {
    await addUsers(x, 10)
    const users = await x.s.streamScalars(select('User'), { yieldPer: 2 })
    for await (const user of users) if (user.id) break
    t.true(users.closed)
    await refused(t, () => users.all(), { instanceOf: ResourceClosedError })
    const again = await x.s.streamScalars(select('User'), { yieldPer: 2 })
    const mine = new RangeError('mine')
    const error = await refused(t, async () => {
      for await (const _ of again) throw mine
    })
    t.is(error, mine)
    t.true(again.closed)
    {
      await using held = await x.s.stream(select('User'), { yieldPer: 2 })
      await held.fetchOne()
      t.false(held.closed)
    }
    const parts = await x.s.streamScalars(select('User'))
    for await (const part of parts.partitions(3)) if (part.length === 3) break
    t.true(parts.closed)
    await parts.close() // a second time it does nothing
  },
  streaming,
)

behaviour(
  'partitions come in the size asked for, and no more than two pages are held',
  async (t, x) => {
    await addUsers(x, 100)
    const ops = await x.opsDuring(async () => {
      const users = await x.s.streamScalars(select('User', { orderBy: { name: 'desc' } }), { yieldPer: 10 })
      const parts = await listed(users.partitions())
      t.is(parts.length, 10)
      t.true(parts.every((part) => part.length === 10))
      t.is(new Set(parts.flat()).size, 100)
    })
    t.is(ops.length, 11)
    for (const { operation, args } of ops) {
      t.is(operation, 'findMany')
      t.is((args as { take: number }).take, 10)
      t.false('cursor' in (args as object))
    }
    const uneven = await listed((await x.s.streamScalars(select('User', { yieldPer: 30 }))).partitions(40))
    t.deepEqual(
      uneven.map((part) => part.length),
      [40, 40, 20],
    )
  },
  streaming,
)

behaviour(
  'opening sends nothing but what is pending; a short page is the last',
  async (t, x) => {
    await addUsers(x, 3)
    x.s.add('User', { id: 100, name: 'pending' })
    const users = await x.s.streamScalars(select('User'), { yieldPer: 10 })
    t.deepEqual(x.written(), ['INSERT User'])
    x.clear()
    t.is((await users.all()).length, 4)
    t.deepEqual(await users.all(), [])
    t.is(x.ops().length, 1)
  },
  streaming,
)

behaviour(
  'take, skip, where, include, select and omit of the statement are kept',
  async (t, x) => {
    await addUsers(x, 20)
    await x.raw.post.createMany({ data: upTo(20).map((id) => ({ title: `post ${id}`, authorId: id })) })
    const read = async (args: object) => listed(await x.s.streamScalars(select('User', args), { yieldPer: 3 }))
    const where = { kind: 'kind 1' }
    t.deepEqual(ids(await read({ where, orderBy: { id: 'desc' }, take: 4, skip: 1 })), [17, 14, 11, 8])
    t.deepEqual(ids(await read({ take: 3 })), [1, 2, 3])
    t.deepEqual(await read({ take: 0 }), [])
    const withPosts = (await read({ include: { posts: true }, take: 7 })) as { posts: { title: string }[] }[]
    t.deepEqual(
      withPosts.map(({ posts }) => posts[0]?.title),
      upTo(7).map((id) => `post ${id}`),
    )
    const rows = await x.s.stream(select('User', { select: { kind: true }, orderBy: { name: 'asc' } }), { yieldPer: 4 })
    const mappings = await rows.mappings().all()
    t.is(mappings.length, 20)
    t.true(mappings.every((row) => Object.keys(row).join() === 'kind'))
    const plain = await x.s.streamScalars(
      select('User', { omit: { id: true, name: true }, orderBy: { name: 'asc' } }),
      {
        yieldPer: 4,
        track: false,
      },
    )
    const users = await plain.all()
    t.is(users.length, 20)
    t.true(users.every((user) => !('id' in user) && !('name' in user) && 'kind' in user))
  },
  streaming,
)

const orders: readonly object[] = [
  { name: 'asc' },
  [{ kind: 'desc' }, { name: 'asc' }],
  [{ email: 'asc' }],
  [{ email: 'desc' }, { name: 'desc' }],
  [{ inviterId: 'asc' }, { kind: 'asc' }],
  [{ inviter: { name: 'asc' } }, { name: 'desc' }],
  [{ inviter: { inviter: { email: 'desc' } } }],
]

for (const orderBy of orders) {
  behaviour(
    `every row once, in order: ${JSON.stringify(orderBy)}`,
    async (t, x) => {
      await addUsers(x, 23)
      for (const id of upTo(23)) {
        const data = {
          email: id % 4 === 0 ? null : `${id % 10}@${id}`,
          inviterId: id % 3 === 0 ? null : Math.ceil(id / 2),
        }
        await x.raw.user.update({ where: { id }, data })
      }
      const whole = await x.raw.user.findMany({ orderBy: [orderBy, { id: lastDirection(orderBy) }].flat() as never })
      for (const yieldPer of [1, 4, 23, 100]) {
        const users = await x.s.streamScalars(select('User', { orderBy: orderBy as never }), { yieldPer, track: false })
        t.deepEqual(ids(await users.all()), ids(whole), `by ${yieldPer}`)
      }
    },
    streaming,
  )
}

function lastDirection(order: unknown): string {
  const last = [order].flat().at(-1)
  const value = Object.values(last as object)[0]
  return typeof value === 'string' ? value : lastDirection(value)
}

behaviour(
  'nulls first or last, as the statement says',
  async (t, x) => {
    await addUsers(x, 9)
    for (const id of [2, 5, 6]) await x.raw.user.update({ where: { id }, data: { email: `${id}` } })
    for (const sort of ['asc', 'desc'] as const) {
      for (const nulls of ['first', 'last'] as const) {
        const orderBy = { email: { sort, nulls } }
        const whole = await x.raw.user.findMany({ orderBy: [orderBy, { id: sort }] })
        const users = await x.s.streamScalars(select('User', { orderBy }), { yieldPer: 2 })
        t.deepEqual(ids(await users.all()), ids(whole))
      }
    }
  },
  { ...streaming, databases: ['better-sqlite3', 'libsql', 'postgresql'] },
)

behaviour(
  'composite keys, text keys, and every type that has an order',
  async (t, x) => {
    await x.raw.pair.createMany({ data: upTo(30).map((n) => ({ x: n % 5, y: n, z: n % 2 ? null : `${n % 3}` })) })
    await x.raw.code.createMany({ data: upTo(12).map((n) => ({ code: `c${n}`, label: `${n % 2}` })) })
    const moods = ['HAPPY', 'SAD', null] as const
    await x.raw.everything.createMany({
      data: upTo(24).map((n) => ({
        id: BigInt(n),
        int: n % 3,
        float: n % 4 ? (n % 4) / 10 : null,
        decimal: n % 5 ? `${n % 5}.5` : null,
        bool: [true, false, null][n % 3] as boolean,
        text: n % 3 ? `t${n % 3}` : null,
        at: n % 4 ? new Date(1_700_000_000_000 + (n % 4)) : null,
        mood: moods[n % 3] as 'SAD',
      })),
    })
    for (const orderBy of [{ y: 'asc' }, { z: 'asc' }, { x: 'desc' }, undefined] as const) {
      const direction = Object.values(orderBy ?? {})[0] ?? 'asc'
      const keys = [{ x: direction }, { y: direction }].filter(
        (key) => !Object.keys(orderBy ?? {}).includes(Object.keys(key)[0] as string),
      )
      const whole = await x.raw.pair.findMany({ orderBy: [...(orderBy ? [orderBy] : []), ...keys] as never })
      t.deepEqual(
        await (await x.s.streamScalars(select('Pair', { orderBy }), { yieldPer: 4, track: false })).all(),
        whole,
      )
    }
    const codes = await x.raw.code.findMany({ orderBy: [{ label: 'desc' }, { code: 'desc' }] })
    t.deepEqual(
      await (
        await x.s.streamScalars(select('Code', { orderBy: { label: 'desc' } }), { yieldPer: 5, track: false })
      ).all(),
      codes,
    )
    for (const name of ['int', 'float', 'decimal', 'bool', 'text', 'at', 'mood'] as const) {
      for (const direction of ['asc', 'desc'] as const) {
        const orderBy = { [name]: direction }
        const whole = await x.raw.everything.findMany({ orderBy: [orderBy, { id: direction }] })
        const rows = await x.s.streamScalars(select('Everything', { orderBy }), { yieldPer: 5, track: false })
        t.deepEqual(
          (await rows.all()).map(({ id }) => id),
          whole.map(({ id }) => id),
          `${name} ${direction}`,
        )
      }
    }
  },
  streaming,
)

behaviour(
  'any order, any nulls, any page: what findMany gives at once',
  async (t, x) => {
    await x.raw.user.createMany({ data: upTo(5).map((id) => ({ id, name: `inviter ${id % 2}` })) })
    const user = fc.record({
      name: fc.constantFrom('a', 'b', 'c'),
      kind: fc.constantFrom('x', 'y'),
      inviterId: fc.option(fc.integer({ min: 1, max: 5 })),
    })
    await x.raw.user.createMany({
      data: fc.sample(user, { numRuns: 40, seed: 7 }).map((row, at) => ({ id: at + 10, ...row })),
    })
    const term = fc.tuple(fc.constantFrom('name', 'kind', 'inviterId', 'email'), fc.constantFrom('asc', 'desc'))
    const orderBy = fc.array(term, { maxLength: 3 }).map((terms) => terms.map(([name, way]) => ({ [name]: way })))
    await fc.assert(
      fc.asyncProperty(orderBy, fc.integer({ min: 1, max: 50 }), async (order, yieldPer) => {
        const id = Object.values(order.at(-1) ?? {})[0] ?? 'asc'
        const whole = await x.raw.user.findMany({ orderBy: [...order, { id }] as never })
        const users = await x.s.streamScalars(select('User', { orderBy: order as never }), { yieldPer, track: false })
        t.deepEqual(ids(await users.all()), ids(whole))
      }),
      { numRuns: 25, seed: 11 },
    )
  },
  streaming,
)

behaviour(
  'rows that come and go meanwhile: none twice, none that was there and stays is missed',
  async (t, x) => {
    await addUsers(x, 20)
    const seen: number[] = []
    for await (const user of await x.s.streamScalars(select('User', { orderBy: { id: 'desc' } }), { yieldPer: 4 })) {
      seen.push(user.id)
      if (user.id === 17) {
        await x.s.user.create({ data: { id: 100, name: 'above' } })
        await x.s.user.delete({ where: { id: 20 } })
        await x.s.user.delete({ where: { id: 10 } })
      }
    }
    t.deepEqual(
      seen,
      upTo(20)
        .reverse()
        .filter((id) => id !== 10),
    )
  },
  streaming,
)

behaviour(
  'entities are tracked by the same rules; track: false gives plain objects that nobody keeps',
  async (t, x) => {
    await addUsers(x, 6)
    const known = await x.s.getOne('User', 3)
    known.name = 'mine'
    const users = await x.s.noAutoflush(async () => (await x.s.streamScalars(select('User'), { yieldPer: 2 })).all())
    t.is(users[2], known)
    t.is(known.name, 'mine')
    t.true(users.every((user) => x.s.contains(user)))
    const plain = await (await x.s.streamScalars(select('User'), { yieldPer: 2, track: false })).all()
    const kept = new Set(x.s.identityMap.values())
    t.false(plain.some((user) => kept.has(user)))
    t.not(plain[2], known)
    const own = await (await x.s.streamScalars(select('User', { track: false }), { yieldPer: 2 })).all()
    t.false(own.some((user) => kept.has(user)))
    t.is(x.s.identityMap.size, kept.size)
  },
  streaming,
)

behaviour(
  'changes made while streaming are written, on pages passed as on the last',
  async (t, x) => {
    await addUsers(x, 9)
    for await (const user of await x.s.streamScalars(select('User'), { yieldPer: 2 }))
      if (user.id % 2) user.name = `changed ${user.id}`
    await x.s.commit()
    const names = (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name)
    t.deepEqual(
      names.map((name) => name.startsWith('changed')),
      upTo(9).map((id) => id % 2 === 1),
    )
  },
  streaming,
)

behaviour(
  'two pages on, changed objects and what hangs on them stay, and those known before; the others are detached',
  async (t, x) => {
    await addUsers(x, 60)
    await x.raw.user.updateMany({ where: { id: { gt: 40, lt: 45 } }, data: { inviterId: 3 } })
    const known = await x.s.getOne('User', 9)
    const seen: { id: number; name: string; inviter?: object | null }[] = []
    for await (const user of await x.s.streamScalars(select('User', { include: { inviter: true } }), {
      yieldPer: 10,
    })) {
      t.true(x.s.contains(user)) // as long as its page is read
      seen.push(user)
      if (user.id === 6 || user.id === 41) user.name = 'changed'
      if (user.id === 7) await x.s.delete(user)
    }
    const kept = seen.filter((user) => x.s.contains(user)).map(({ id }) => id)
    t.deepEqual(kept.slice(0, 4), [6, 7, 9, 41])
    t.true(kept.length <= 4 + 20)
    t.true(x.s.contains(seen[40]?.inviter as object))
    t.is(seen[8], known)
    t.is(inspect(seen[4] as object).state, 'detached')
    const again = await x.s.getOne('User', 5)
    t.not(again as object, seen[4])
    const held = seen[7] as (typeof seen)[0]
    x.s.add(held)
    held.name = 'taken back'
    await x.s.commit()
    const names = await x.raw.user.findMany({
      where: { name: { in: ['changed', 'taken back'] } },
      orderBy: { id: 'asc' },
    })
    t.deepEqual(ids(names), [6, 8, 41])
    t.is(await x.raw.user.findUnique({ where: { id: 7 } }), null)
  },
  streaming,
)

behaviour(
  'what one reading gives is tracked together, however many pages it took',
  async (t, x) => {
    await addUsers(x, 20)
    const users = await x.s.streamScalars(select('User'), { yieldPer: 3 })
    for (const size of [7, 13]) {
      const batch = await users.fetchMany(size)
      t.true(batch.every((user) => x.s.contains(user)))
      for (const user of batch) user.name = `batch of ${size}`
    }
    await x.s.commit()
    t.is(await x.raw.user.count({ where: { name: { startsWith: 'batch' } } }), 20)
    const all = await (await x.session().streamScalars(select('User'), { yieldPer: 3 })).all()
    t.true(all.every((user) => inspect(user).state === 'persistent'))
  },
  streaming,
)

behaviour(
  'new objects may refer to what a stream has passed by',
  async (t, x) => {
    await addUsers(x, 10)
    for await (const user of await x.s.streamScalars(select('User'), { yieldPer: 2 }))
      x.s.add('Post', { title: `by ${user.id}`, author: user })
    await x.s.commit()
    const posts = await x.raw.post.findMany()
    t.is(posts.length, 10)
    for (const post of posts) t.is(post.title, `by ${post.authorId}`)
  },
  streaming,
)

behaviour('execute() with streamResults is refused and names stream()', async (t, x) => {
  const options = { streamResults: true }
  await refused(t, () => x.s.execute(select('User'), options), { instanceOf: ArgumentError, message: /stream\(/ })
  t.deepEqual(x.ops(), [])
})

const endings: Readonly<Record<string, (s: TestSession) => unknown>> = {
  'rollback()': (s) => s.rollback(),
  'close()': (s) => s.close(),
  'reset()': (s) => s.reset(),
}

for (const [name, end] of Object.entries(endings)) {
  behaviour(
    `${name} under an open stream: the next reading is refused, and nothing hangs`,
    async (t, x) => {
      await addUsers(x, 10)
      const users = await x.s.streamScalars(select('User'), { yieldPer: 3 })
      await users.fetchMany(4)
      await end(x.s)
      x.clear()
      await refused(t, () => users.fetchMany(4), { instanceOf: InvalidRequestError, message: /stream\(\)/ })
      t.deepEqual(x.ops(), [])
      await users.close()
      t.is((await (await x.s.streamScalars(select('User'))).all()).length, 10)
    },
    streaming,
  )
}

behaviour(
  'a savepoint that is rolled back ends the streams opened in it, not those around it',
  async (t, x) => {
    await addUsers(x, 10)
    const outer = await x.s.streamScalars(select('User'), { yieldPer: 3 })
    await outer.fetchMany(2)
    const savepoint = await x.s.beginNested()
    const inner = await x.s.streamScalars(select('User'), { yieldPer: 3 })
    await inner.fetchMany(2)
    await savepoint.rollback()
    await refused(t, () => inner.all(), { instanceOf: ResourceClosedError })
    t.is((await outer.all()).length, 8)
  },
  streaming,
)

behaviour(
  'pages by key go on after a commit: a batch job may commit as it goes',
  async (t, x) => {
    await addUsers(x, 10)
    let seen = 0
    for await (const part of (await x.s.streamScalars(select('User'), { yieldPer: 3 })).partitions()) {
      for (const user of part) user.name = `done ${++seen}`
      await x.s.commit()
    }
    t.is(seen, 10)
    t.is(await x.raw.user.count({ where: { name: { startsWith: 'done' } } }), 10)
    t.false(x.s.inTransaction())
  },
  streaming,
)

behaviour(
  'an AbortSignal: before opening nothing is sent, later the reading rejects with its reason',
  async (t, x) => {
    await addUsers(x, 10)
    const reason = new Error('enough')
    const over = AbortSignal.abort(reason)
    t.is(await refused(t, () => x.s.stream(select('User'), { signal: over })), reason)
    t.deepEqual(x.wire(), [])
    const controller = new AbortController()
    const users = await x.s.streamScalars(select('User'), { yieldPer: 2, signal: controller.signal })
    await users.fetchMany(3)
    controller.abort(reason)
    t.is(await refused(t, () => users.fetchMany(3)), reason)
    t.true(users.closed)
    t.is((await x.s.streamScalars(select('User'))).closed, false)
    const seen: number[] = []
    const second = new AbortController()
    const error = await refused(t, async () => {
      for await (const user of await x.s.streamScalars(select('User'), { yieldPer: 2, signal: second.signal })) {
        seen.push(user.id)
        if (seen.length === 2) second.abort(reason)
      }
    })
    t.is(error, reason)
    t.deepEqual(seen, [1, 2])
  },
  streaming,
)

behaviour(
  'other calls go on between pages, and calls at once wait their turn',
  async (t, x) => {
    await addUsers(x, 10)
    const users = await x.s.streamScalars(select('User'), { yieldPer: 3 })
    const [first, count, second] = await Promise.all([users.fetchMany(5), x.s.user.count(), users.fetchMany(5)])
    t.is(count, 10)
    t.deepEqual(ids([...first, ...second]), upTo(10))
    const opened = gate()
    const inside = x.s.transaction(async () => {
      await opened.opened
      return listed(await x.s.streamScalars(select('User'), { yieldPer: 4 }))
    })
    opened.open()
    t.is((await inside).length, 10)
  },
  streaming,
)

const unreadable: readonly (readonly [string, () => unknown, object?])[] = [
  ['a plain string', () => 'SELECT 1'],
  ['an update', () => update('User', { data: { name: 'x' } })],
  ['raw SQL that brings nothing', () => Prisma.sql`DELETE FROM users`],
  ['a negative take', () => select('User', { take: -1 })],
  ['a cursor', () => select('User', { cursor: { id: 1 } })],
  ['distinct', () => select('User', { distinct: ['name'] })],
  ['a lock', () => select('User', { withForUpdate: true })],
  ['an order by a count', () => select('User', { orderBy: { posts: { _count: 'asc' } } })],
  ['an order by Json', () => select('Everything', { orderBy: { json: 'asc' } })],
  ['an order by bytes', () => select('Everything', { orderBy: { bytes: 'asc' } })],
  ['no rows to a page', () => select('User'), { yieldPer: 0 }],
  ['half a row to a page', () => select('User'), { yieldPer: 1.5 }],
  ['an unknown option', () => select('User'), { size: 3 }],
  ['a signal that is none', () => select('User'), { signal: {} }],
  ['track that is no flag', () => select('User'), { track: 1 }],
]

behaviour(
  'what cannot be streamed is refused before anything is sent',
  async (t, x) => {
    x.s.add('User', { name: 'pending' })
    for (const [name, statement, options] of unreadable) {
      const call = () => x.s.stream(statement() as Statement, options)
      await refused(t, call, { instanceOf: ArgumentError }).catch(() => t.fail(name))
    }
    t.deepEqual(x.wire(), [])
    t.deepEqual(x.ops(), [])
    t.is(x.s.new.size, 1)
  },
  streaming,
)

const rawUsers = () => Prisma.sql`SELECT id, name FROM "User" WHERE id > ${2} ORDER BY id`

behaviour(
  'raw SQL without cursors in the database: NotImplementedError that names the way out',
  async (t, x) => {
    await refused(t, () => x.s.stream(rawUsers()), { instanceOf: NotImplementedError, message: /select/ })
    t.false(x.s.supports('cursor'))
    t.deepEqual(x.wire(), [])
  },
  { ...streaming, databases: ['better-sqlite3', 'libsql', 'mariadb'] },
)

const withCursor: BehaviourOptions = { ...streaming, databases: ['postgresql'] }

behaviour(
  'raw SQL goes by a cursor: rows, columns, parameters; it is closed at the end',
  async (t, x) => {
    await addUsers(x, 12)
    const rows = await x.s.stream(rawUsers(), { yieldPer: 4 })
    t.deepEqual(rows.keys(), ['id', 'name'])
    t.deepEqual(await rows.scalars().all(), upTo(12).slice(2))
    const open = async () => (await x.s.connection()) as { $queryRaw(sql: unknown): Promise<{ n: number }[]> }
    const cursors = async () =>
      (await (await open()).$queryRaw(Prisma.sql`SELECT count(*)::int AS n FROM pg_cursors`))[0]?.n
    t.is(await cursors(), 0)
    const half = await x.s.stream(rawUsers(), { yieldPer: 4 })
    for await (const row of half) if (row.id === 3) break
    t.is(await cursors(), 0)
    const other = await x.s.stream(rawUsers(), { yieldPer: 4 })
    const third = await x.s.stream(Prisma.sql`SELECT 1 AS one WHERE false`, { yieldPer: 4 })
    t.deepEqual(await third.scalars().all(), [])
    t.is(await cursors(), 1)
    t.is((await other.fetchMany(6)).length, 6)
    await other.close()
    t.is(await cursors(), 0)
  },
  withCursor,
)

behaviour(
  'a cursor bears writes and savepoints, and ends with the transaction',
  async (t, x) => {
    await addUsers(x, 12)
    const rows = await x.s.stream(rawUsers(), { yieldPer: 2 })
    await rows.fetchMany(3)
    const savepoint = await x.s.beginNested()
    x.s.add('User', { id: 100, name: 'inside' })
    await x.s.flush()
    await savepoint.rollback()
    t.is((await rows.fetchMany(3)).length, 3)
    await x.s.commit()
    await refused(t, () => rows.fetchMany(3), { instanceOf: ResourceClosedError, message: /commit/ })
    await rows.close()
    const again = await x.s.stream(rawUsers(), { yieldPer: 2 })
    await x.s.rollback()
    await again.fetchMany(2) // at hand already
    await refused(t, () => again.fetchMany(2), { instanceOf: ResourceClosedError })
  },
  withCursor,
)

behaviour(
  'SQL in error rejects at stream() itself',
  async (t, x) => {
    await refused(t, () => x.s.stream(Prisma.sql`SELECT * FROM nowhere`), { code: 'P2010' } as object)
    await x.s.rollback()
    t.deepEqual(await (await x.s.stream(Prisma.sql`SELECT 1 AS one`)).scalars().all(), [1])
  },
  withCursor,
)
