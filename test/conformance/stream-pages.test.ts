// stream() and streamScalars() of a select: the methods of a stream, and how its rows are read by pages.

import { Prisma } from '../../generated/test/client.ts'
import { ArgumentError, MultipleResultsFoundError, type Statement, select, update } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { collectUntil } from '../helpers/observe.js'
import { refused } from '../helpers/steps.js'
import { addUsers, ids, listed, streaming, upTo } from '../helpers/stream-rows.js'

behaviour(
  'a stream has the methods of a Result, and those that read return promises',
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
    t.is(await (await x.s.stream(none)).scalarOneOrNone(), null)
    t.is(await (await x.s.stream(select('User', { where: { id: 3 }, select: { id: true } }))).scalarOneOrNone(), 3)
    t.is(await (await x.s.streamScalars(none)).first(), null)
    t.deepEqual(await (await x.s.stream(none)).all(), [])
    t.throws(() => result.scalars('nothing' as 'id'), { instanceOf: ArgumentError })
    await refused(t, () => result.fetchMany(0), { instanceOf: ArgumentError })
  },
  streaming,
)

behaviour(
  'for await yields every row, and unique drops repeats across pages',
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
  'the columns of a stream have the order they have with execute()',
  async (t, x) => {
    await addUsers(x, 3)
    const statement = select('User', { select: { kind: true, id: true, name: true }, orderBy: { id: 'asc' } })
    const [whole, pages] = [await x.s.execute(statement), await x.s.stream(statement)]
    t.deepEqual(pages.keys(), whole.keys())
    t.deepEqual([...((await pages.first()) ?? [])], [...(whole.first() ?? [])])
  },
  streaming,
)

behaviour(
  'partitions have the requested size, and each page is one query by key',
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
  'ten thousand rows are streamed in partitions of a hundred',
  async (t, x) => {
    const ids = upTo(10_000)
    for (let at = 0; at < ids.length; at += 1000) {
      await x.raw.code.createMany({
        data: ids.slice(at, at + 1000).map((id) => ({ code: `${id}`, label: `${id % 50}` })),
      })
    }
    const met = new Set<string>()
    let parts = 0
    const codes = await x.s.streamScalars(select('Code', { orderBy: { label: 'asc' } }))
    for await (const part of codes.partitions(100)) {
      parts++
      t.is(part.length, 100)
      for (const { code } of part) met.add(code)
    }
    t.is(parts, 100)
    t.is(met.size, 10_000)
    t.is(x.ops().length, 11)
    t.true(await collectUntil(() => x.s.identityMap.size <= 1000))
  },
  streaming,
)

behaviour(
  'opening a stream only flushes, and a short page is the last',
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
  'a stream keeps take, skip, where, include, select and omit of the statement',
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

const conditions: readonly object[] = [
  { OR: [] },
  { OR: [{}] },
  { AND: [] },
  { NOT: [] },
  { NOT: {} },
  { AND: [{ OR: [] }] },
  { OR: [{ kind: 'kind 1' }, { id: 3 }] },
]

behaviour(
  'a where condition means the same on every page',
  async (t, x) => {
    await addUsers(x, 10)
    for (const where of conditions) {
      const whole = await x.raw.user.findMany({ where, orderBy: { id: 'asc' } })
      const users = await x.s.streamScalars(select('User', { where }), { yieldPer: 3, track: false })
      t.deepEqual(ids(await users.all()), ids(whole), JSON.stringify(where))
    }
  },
  streaming,
)

behaviour(
  'rows inserted and deleted while streaming cause no repeated and no missed rows',
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

behaviour('execute() refuses streamResults and names stream()', async (t, x) => {
  const options = { streamResults: true }
  await refused(t, () => x.s.execute(select('User'), options), { instanceOf: ArgumentError, message: /stream\(/ })
  t.deepEqual(x.ops(), [])
})

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
  'stream() refuses statements and options it cannot use before anything is sent',
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
