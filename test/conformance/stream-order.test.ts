// The order of a stream: keys, types, nulls and relations, where pages could lose or repeat rows.

import fc from 'fast-check'
import { ArgumentError, select } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { quotedFor } from '../helpers/sql.js'
import { refused } from '../helpers/steps.js'
import { addUsers, ids, streaming, upTo } from '../helpers/stream-rows.js'

/** Reads the entities of a stream as plain objects. */
async function paged(x: Context, model: string, args: object, yieldPer: number): Promise<{ id: unknown }[]> {
  return (await x.s.streamScalars(select(model as 'User', args), { yieldPer, track: false })).all()
}

const userOrders: readonly object[] = [
  { name: 'asc' },
  [{ kind: 'desc' }, { name: 'asc' }],
  [{ email: 'asc' }],
  [{ email: 'desc' }, { name: 'desc' }],
  [{ inviterId: 'asc' }, { kind: 'asc' }],
  [{ inviter: { name: 'asc' } }, { name: 'desc' }],
  [{ inviter: { inviter: { email: 'desc' } } }],
]

for (const orderBy of userOrders) {
  behaviour(
    `a stream yields every row once, ordered by ${JSON.stringify(orderBy)}`,
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
  'a stream puts nulls first or last as the statement says',
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
  'a stream pages by composite keys, text keys and every type that has an order',
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
  'a stream in any order with pages of any size returns what one findMany returns',
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
  'a stream in any order of any types, values and nulls returns what one findMany returns',
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

const shapes: readonly object[] = [
  {},
  { select: { note: true } },
  { select: { note: true, pair: { select: { x: true } } } },
  { include: { pair: true } },
  { include: { pair: { select: { x: true } } } },
  { omit: { note: true, id: true } },
]

behaviour(
  'a stream ordered by optional relations returns what one findMany returns, whatever is selected',
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
  'sort fields are read with each page, and entities have only the fields of the statement',
  async (t, x) => {
    await addUsers(x, 6)
    await x.raw.post.createMany({ data: upTo(6).map((id) => ({ id, title: `${id}`, body: `${-id}`, authorId: id })) })
    const posts = await x.s.streamScalars(
      select('Post', { orderBy: [{ author: { name: 'desc' } }, { body: 'asc' }], omit: { body: true } }),
      { yieldPer: 2 },
    )
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

/** Reverses the values of an enum, which no migration of Prisma does. */
const reversed: Readonly<Record<string, readonly string[]>> = {
  postgresql: [
    `ALTER TYPE "Mood" RENAME TO "Was"`,
    `CREATE TYPE "Mood" AS ENUM ('SAD', 'happy mood')`,
    `ALTER TABLE "every thing" ALTER COLUMN mood TYPE "Mood" USING mood::text::"Mood"`,
  ],
  mariadb: ["ALTER TABLE `every thing` MODIFY mood ENUM('SAD', 'happy mood')"],
}
const restored: typeof reversed = {
  postgresql: [
    `ALTER TYPE "Mood" RENAME TO "Turned"`,
    `ALTER TYPE "Was" RENAME TO "Mood"`,
    `ALTER TABLE "every thing" ALTER COLUMN mood TYPE "Mood" USING mood::text::"Mood"`,
    `DROP TYPE "Turned"`,
  ],
  mariadb: ["ALTER TABLE `every thing` MODIFY mood ENUM('happy mood', 'SAD')"],
}

behaviour(
  'an enum is paged in the order of the database, which may differ from the schema',
  async (t, x) => {
    for (const sql of reversed[x.database] ?? []) await x.raw.$executeRawUnsafe(sql)
    try {
      const data = upTo(10).map((id) => ({ id: BigInt(id), mood: id % 2 ? ('SAD' as const) : ('HAPPY' as const) }))
      await x.raw.everything.createMany({ data })
      for (const mood of ['asc', 'desc'] as const) {
        const whole = await x.raw.everything.findMany({ orderBy: [{ mood }, { id: mood }] })
        t.deepEqual(ids(await paged(x, 'Everything', { orderBy: { mood } }, 3)), ids(whole))
      }
    } finally {
      await x.s.rollback() // its locks would block the DDL
      for (const sql of restored[x.database] ?? []) await x.raw.$executeRawUnsafe(sql)
    }
  },
  streaming,
)

/** A value gets another name in the database, and its own again. */
const renamed: Readonly<Record<string, (from: string, to: string) => string>> = {
  postgresql: (from, to) => `ALTER TYPE "Mood" RENAME VALUE '${from}' TO '${to}'`,
  mariadb: (_, to) => `ALTER TABLE \`every thing\` MODIFY mood ENUM('happy mood', '${to}')`,
}

behaviour(
  'an enum that has other values in the database is refused as the order of a stream',
  async (t, x) => {
    const rename = renamed[x.database]
    await x.raw.$executeRawUnsafe(rename?.('SAD', 'gloomy') ?? '')
    try {
      await x.raw.everything.createMany({ data: upTo(4).map((id) => ({ id: BigInt(id), mood: 'HAPPY' as const })) })
      await refused(t, () => paged(x, 'Everything', { orderBy: { mood: 'asc' } }, 3), {
        instanceOf: ArgumentError,
        message: /does not tell in which order it has the values of Everything\.mood: order by another field/,
      })
    } finally {
      await x.s.rollback() // its locks would block the DDL
      await x.raw.$executeRawUnsafe(rename?.('gloomy', 'SAD') ?? '')
    }
  },
  { ...streaming, databases: ['postgresql', 'mariadb'] },
)

behaviour(
  'dates written by SQL are streamed in order, or refused where SQLite stores them in another form',
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
