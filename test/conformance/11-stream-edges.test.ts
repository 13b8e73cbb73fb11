// Where a stream of pages could lose rows, repeat them, or lose a change, without a word.
import { getEventListeners } from 'node:events'
import fc from 'fast-check'
import { Prisma } from '../../generated/test/client.ts'
import { ArgumentError, inspect, select } from '../../src/index.js'
import { type BehaviourOptions, behaviour, type Context } from '../helpers/conformance.js'
import { collectUntil } from '../helpers/observe.js'
import { quotedFor } from '../helpers/sql.js'
import { refused } from '../helpers/steps.js'

const streaming: BehaviourOptions = { modes: ['async'] }
const reason = new Error('enough')

const upTo = (count: number) => Array.from({ length: count }, (_, at) => at + 1)
const ids = (rows: readonly { id: unknown }[]) => rows.map(({ id }) => id)

async function addUsers(x: Context, count: number): Promise<void> {
  await x.raw.user.createMany({ data: upTo(count).map((id) => ({ id, name: `user ${id}`, kind: `kind ${id % 3}` })) })
}

/** The entities of a stream, plain. */
async function paged(x: Context, model: string, args: object, yieldPer: number): Promise<{ id: unknown }[]> {
  return (await x.s.streamScalars(select(model as 'User', args), { yieldPer, track: false })).all()
}

const ways = fc.constantFrom('asc', 'desc')
const texts = fc.string({
  unit: fc.constantFrom('a', 'A', 'b', 'é', 'ß', ' ', '_', '%', 'Z', '😀', '\\', "'"),
  maxLength: 3,
})
const moment = fc.date({ min: new Date('1971-01-01'), max: new Date('2037-01-01'), noInvalidDate: true })
const decimals = fc
  .tuple(fc.integer({ min: -1e9, max: 1e9 }), fc.integer({ min: 0, max: 999_999 }))
  .map(([whole, rest]) => `${whole}.${rest}`)

behaviour(
  'any order of any types and values, nulls first or last, any page: what findMany gives at once',
  async (t, x) => {
    const row = fc.record({
      int: fc.option(fc.integer({ min: -3, max: 3 })),
      float: fc.option(fc.oneof(fc.double({ noNaN: true, min: -1e300, max: 1e300 }), fc.constantFrom(0.1, 0.2, 0.3))),
      decimal: fc.option(fc.oneof(fc.constantFrom('0.1', '12.30', '-5'), decimals)),
      bool: fc.option(fc.boolean()),
      text: fc.option(texts),
      at: fc.option(moment),
      mood: fc.option(fc.constantFrom('HAPPY', 'SAD')),
    })
    for (const [at, data] of fc.sample(row, { numRuns: 50, seed: 3 }).entries()) {
      const id = BigInt(at) * (at % 2 ? 1n : -10_000_000_007n)
      await x.raw.everything.create({ data: { id, ...data } as never })
    }
    const fields = fc.constantFrom('int', 'float', 'decimal', 'bool', 'text', 'at', 'mood')
    const nulls = x.database === 'mariadb' ? fc.constant(undefined) : fc.constantFrom(undefined, 'first', 'last')
    const orders = fc.uniqueArray(fc.tuple(fields, ways, nulls), { maxLength: 3, selector: ([name]) => name })
    await fc.assert(
      fc.asyncProperty(orders, fc.integer({ min: 1, max: 51 }), async (terms, yieldPer) => {
        const orderBy = terms.map(([name, sort, where]) => ({ [name]: where ? { sort, nulls: where } : sort }))
        const id = terms.at(-1)?.[1] ?? 'asc'
        const whole = await x.raw.everything.findMany({ orderBy: [...orderBy, { id }] as never })
        t.deepEqual(ids(await paged(x, 'Everything', { orderBy }, yieldPer)), ids(whole))
      }),
      { numRuns: 40, seed: 5 },
    )
  },
  streaming,
)

behaviour(
  'ten thousand rows in parts of a hundred',
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

const shapes: readonly object[] = [
  {},
  { select: { note: true } },
  { select: { note: true, pair: { select: { x: true } } } },
  { include: { pair: true } },
  { include: { pair: { select: { x: true } } } },
  { omit: { note: true, id: true } },
]

behaviour(
  'relations that may lead nowhere in the order, whatever is selected: what findMany gives at once',
  async (t, x) => {
    const keys = upTo(12).map((y) => ({ x: y % 4, y }))
    await x.raw.pair.createMany({ data: keys.map((key) => ({ ...key, z: key.y % 3 ? `${key.y % 3}` : null })) })
    const legs = upTo(40).map((n) => ({ note: `${n % 4}`, key: n % 5 ? keys[n % 12] : undefined }))
    await x.raw.leg.createMany({ data: legs.map(({ note, key }) => ({ note, pairX: key?.x, pairY: key?.y })) })
    const term = fc.tuple(fc.constantFrom('note', 'pairX', 'pair.x', 'pair.y', 'pair.z'), ways)
    const orders = fc.array(term, { minLength: 1, maxLength: 3 })
    await fc.assert(
      fc.asyncProperty(
        orders,
        fc.integer({ min: 1, max: 41 }),
        fc.constantFrom(...shapes),
        async (terms, size, shape) => {
          const orderBy = terms.map(([name, way]) => {
            const [first = '', second] = name.split('.')
            return { [first]: second ? { [second]: way } : way }
          })
          const args = { ...shape, orderBy: [...orderBy, { id: terms.at(-1)?.[1] }] }
          const whole: object[] = await x.raw.leg.findMany(args as never)
          const result = await x.s.stream(select('Leg', { ...shape, orderBy } as never), {
            yieldPer: size,
            track: false,
          })
          t.deepEqual((await ('select' in shape ? result.mappings() : result.scalars()).all()) as object[], whole)
        },
      ),
      { numRuns: 40, seed: 5 },
    )
  },
  streaming,
)

behaviour(
  'what the order goes by is read with the page: one query a page, and an entity keeps to what it was asked for',
  async (t, x) => {
    await addUsers(x, 6)
    await x.raw.post.createMany({ data: upTo(6).map((id) => ({ id, title: `${id}`, body: `${-id}`, authorId: id })) })
    const orderBy = [{ author: { name: 'desc' } }, { body: 'asc' }] as const
    const posts = await x.s.streamScalars(select('Post', { orderBy, omit: { body: true } }), { yieldPer: 2 })
    const all = await posts.all()
    t.deepEqual(ids(all), upTo(6).reverse())
    t.true(all.every((post) => !('author' in post)))
    t.deepEqual(
      x.ops().map(({ operation }) => operation),
      ['findMany', 'findMany', 'findMany', 'findMany'],
    )
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
  'the condition of a statement means the same on every page',
  async (t, x) => {
    await addUsers(x, 10)
    for (const where of conditions) {
      const whole = await x.raw.user.findMany({ where, orderBy: { id: 'asc' } })
      t.deepEqual(ids(await paged(x, 'User', { where }, 3)), ids(whole), JSON.stringify(where))
    }
  },
  streaming,
)

behaviour(
  'columns stand as execute() has them',
  async (t, x) => {
    await addUsers(x, 3)
    const statement = select('User', { select: { kind: true, id: true, name: true }, orderBy: { id: 'asc' } })
    const [whole, pages] = [await x.s.execute(statement), await x.s.stream(statement)]
    t.deepEqual(pages.keys(), whole.keys())
    t.deepEqual([...((await pages.first()) ?? [])], [...(whole.first() ?? [])])
  },
  streaming,
)

/** The values of an enum turned round, which no migration that Prisma makes would do. */
const turned: Readonly<Record<string, readonly string[]>> = {
  postgresql: [
    `ALTER TYPE "Mood" RENAME TO "Was"`,
    `CREATE TYPE "Mood" AS ENUM ('SAD', 'happy mood')`,
    `ALTER TABLE "every thing" ALTER COLUMN mood TYPE "Mood" USING mood::text::"Mood"`,
  ],
  mariadb: ["ALTER TABLE `every thing` MODIFY mood ENUM('SAD', 'happy mood')"],
}
const turnedBack: typeof turned = {
  postgresql: [
    `ALTER TYPE "Mood" RENAME TO "Turned"`,
    `ALTER TYPE "Was" RENAME TO "Mood"`,
    `ALTER TABLE "every thing" ALTER COLUMN mood TYPE "Mood" USING mood::text::"Mood"`,
    `DROP TYPE "Turned"`,
  ],
  mariadb: ["ALTER TABLE `every thing` MODIFY mood ENUM('happy mood', 'SAD')"],
}

behaviour(
  'an enum is paged in the order of the database, which need not be that of the schema',
  async (t, x) => {
    for (const sql of turned[x.database] ?? []) await x.raw.$executeRawUnsafe(sql)
    try {
      const data = upTo(10).map((id) => ({ id: BigInt(id), mood: id % 2 ? ('SAD' as const) : ('HAPPY' as const) }))
      await x.raw.everything.createMany({ data })
      for (const mood of ['asc', 'desc'] as const) {
        const whole = await x.raw.everything.findMany({ orderBy: [{ mood }, { id: mood }] })
        t.deepEqual(ids(await paged(x, 'Everything', { orderBy: { mood } }, 3)), ids(whole))
      }
    } finally {
      await x.s.rollback() // its locks would keep the DDL waiting
      for (const sql of turnedBack[x.database] ?? []) await x.raw.$executeRawUnsafe(sql)
    }
  },
  streaming,
)

behaviour(
  'dates that SQL wrote: in order, or where SQLite has them as other texts than Prisma’s, refused',
  async (t, x) => {
    for (const id of upTo(8)) {
      const sql = `INSERT INTO "every thing" (id, at) VALUES (${id}, '2024-01-0${1 + (id % 2)} 1${id}:00:00')`
      await x.raw.$executeRawUnsafe(quotedFor(x.database, sql))
    }
    const read = () => paged(x, 'Everything', { orderBy: { at: 'asc' } }, 3)
    if (x.database === 'postgresql' || x.database === 'mariadb')
      t.deepEqual(ids(await read()), [2, 4, 6, 8, 1, 3, 5, 7].map(BigInt))
    else await refused(t, read, { instanceOf: ArgumentError, message: /at was written in another form/ })
  },
  streaming,
)

behaviour(
  'a row that a stream has passed by is read again when it is asked for, and its change is not lost',
  async (t, x) => {
    await addUsers(x, 30)
    for await (const _ of await x.s.streamScalars(select('User'), { yieldPer: 10 }));
    for (const id of upTo(30)) await rename(x, id)
    await x.s.commit()
    t.is(await x.raw.user.count({ where: { name: 'changed' } }), 30)
  },
  streaming,
)

async function rename(x: Context, id: number): Promise<void> {
  const user = await x.s.getOne('User', id)
  user.name = 'changed'
}

behaviour(
  'a second stream over the same rows keeps no more than the first',
  async (t, x) => {
    await addUsers(x, 40)
    for (const _ of [1, 2]) {
      for await (const _ of await x.s.streamScalars(select('User'), { yieldPer: 5 }));
      t.true(x.s.identityMap.size <= 10)
    }
  },
  streaming,
)

behaviour(
  'commits between pages, with objects that expire at each',
  async (t, x) => {
    await addUsers(x, 10)
    for await (const part of (await x.s.streamScalars(select('User'), { yieldPer: 3 })).partitions()) {
      for (const user of part) user.name = 'done'
      await x.s.commit()
    }
    t.is(await x.raw.user.count({ where: { name: 'done' } }), 10)
  },
  { ...streaming, session: { expireOnCommit: true } },
)

behaviour(
  'a savepoint that is rolled back leaves a stream alone that was read in it and opened before',
  async (t, x) => {
    await addUsers(x, 10)
    const users = await x.s.streamScalars(select('User'), { yieldPer: 3 })
    await users.fetchMany(2)
    const savepoint = await x.s.beginNested()
    await users.fetchMany(3)
    await savepoint.rollback()
    t.is((await users.all()).length, 5)
  },
  streaming,
)

behaviour(
  'a signal: rows at hand are not given out any more, and while it opens it is heard',
  async (t, x) => {
    await addUsers(x, 10)
    const controller = new AbortController()
    const seen: number[] = []
    const error = await refused(t, async () => {
      for await (const user of await x.s.streamScalars(select('User'), { signal: controller.signal })) {
        seen.push(user.id)
        if (user.id === 2) controller.abort(reason)
      }
    })
    t.is(error, reason)
    t.deepEqual(seen, [1, 2])
    const late = new AbortController()
    x.s.on('doExecute', () => late.abort(reason))
    t.is(await refused(t, () => x.s.stream(select('User'), { signal: late.signal })), reason)
  },
  streaming,
)

behaviour(
  'a stream that is closed, used up or broken off hears of its signal no more',
  async (t, x) => {
    await addUsers(x, 10)
    const { signal } = new AbortController()
    const open = () => x.s.streamScalars(select('User'), { yieldPer: 4, signal })
    const heard = () => getEventListeners(signal, 'abort').length
    const [closed, used, first] = [await open(), await open(), await open()]
    t.is(heard(), 3)
    await closed.close()
    t.is(heard(), 2)
    await used.all()
    t.is(heard(), 1)
    await first.first()
    t.is(heard(), 0)
    for await (const _ of await open()) break
    t.is(heard(), 0)
  },
  streaming,
)

behaviour(
  'raw SQL: what a cursor can be declared for, and nothing else',
  async (t, x) => {
    await addUsers(x, 5)
    const queries = [
      Prisma.sql`SELECT id FROM "User" ORDER BY id;`,
      Prisma.sql`/* all */ SELECT id FROM "User" ORDER BY id -- all`,
      Prisma.sql`VALUES (1), (2), (3), (4), (${5}::int)`,
      Prisma.sql`WITH found AS (SELECT id FROM "User" WHERE name LIKE ${'user%'}) SELECT * FROM found ORDER BY id`,
    ]
    for (const query of queries) {
      t.deepEqual(await (await x.s.stream(query, { yieldPer: 2 })).scalars().all(), upTo(5))
    }
    for (const sql of [
      Prisma.sql`INSERT INTO "User" (name) VALUES ('x') RETURNING id`,
      Prisma.sql`SHOW server_version`,
    ]) {
      await refused(t, () => x.s.stream(sql), { instanceOf: ArgumentError, message: /execute\(\)/ })
    }
    t.is((await (await x.s.stream(select('User'))).all()).length, 5)
  },
  { ...streaming, databases: ['postgresql'] },
)

behaviour(
  'an object of a passed page that was expunged and added again is the session’s own',
  async (t, x) => {
    await addUsers(x, 4)
    const stream = await x.s.streamScalars(select('User'), { yieldPer: 2 })
    const [first] = await stream.fetchMany(2)
    if (!first) throw new Error('no user')
    x.s.expunge(first)
    x.s.add(first)
    await stream.fetchMany(2)
    await stream.close()
    t.is(inspect(first).state, 'persistent')
    t.is(await x.s.get('User', first.id), first)
  },
  streaming,
)

behaviour(
  'with a weak identity map too, an object of a passed page is detached, and a new one stands for its row',
  async (t, x) => {
    await addUsers(x, 4)
    const s = x.session({ identityMap: 'weak' })
    const stream = await s.streamScalars(select('User'), { yieldPer: 2 })
    const [first, second] = await stream.fetchMany(2)
    if (!first || !second) throw new Error('no users')
    second.name = 'changed'
    await stream.fetchMany(2)
    await stream.close()
    t.is(inspect(first).state, 'detached')
    t.is(inspect(second).state, 'persistent')
    const again = await s.get('User', first.id)
    t.not(again, first)
    t.is(again && inspect(again).state, 'persistent')
    t.is(await s.get('User', second.id), second)
  },
  streaming,
)
