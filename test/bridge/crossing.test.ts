// Values, errors and rows cross between the main thread and a real worker with a real client.
import { inspect } from 'node:util'
import {
  AnyNull,
  DbNull,
  Decimal,
  JsonNull,
  makeTypedQueryFactory,
  PrismaClientKnownRequestError,
  PrismaClientValidationError,
  sqltag as sql,
} from '@prisma/client/runtime/client'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { ArgumentError, BridgeError, createSession, StaleDataError } from '../../src/index.js'
import { createSyncClient, type SyncPrismaClient } from '../../src/sync.js'
import type { PrismaClient } from '../helpers/clients.js'
import { type Database, databases } from '../helpers/databases.js'
import { graphs, makers } from './arbitraries.js'
import type { Given, noting, prisma, Thrown } from './fixtures/extended-client.js'
import { difference } from './same.js'

let database: Database
/** An asynchronous client on the same database. */
let plain: PrismaClient
let client: SyncPrismaClient<typeof prisma>

test.before(async () => {
  database = await databases[0].create('test')
  plain = database.connect()
  client = createSyncClient<typeof prisma>(fixture(), { export: 'prisma', callTimeout: 20_000 })
})

test.after.always(async () => {
  client.close()
  await plain.$disconnect()
  await database.drop()
})

function fixture(): URL {
  const module = new URL('./fixtures/extended-client.js', import.meta.url)
  module.searchParams.set('url', database.url)
  return module
}

for (const [what, values] of [
  ['values of every kind', makers],
  ['values with cycles', graphs],
] as const) {
  test.serial(`${what} are the same after crossing to the worker and back`, (t) => {
    const property = fc.property(values, (make) => difference(client.$echo(make()), make()) === null)
    t.notThrows(() => fc.assert(property, { numRuns: 150 }))
  })
}

test.serial('undefined and null cross as themselves', (t) => {
  t.is(client.$echo(undefined), undefined)
  t.is(client.$echo(null), null)
})

test.serial('a deeply nested value crosses, in a call that is itself deep in the stack', (t) => {
  let [list, map] = [[new Decimal(1)] as unknown[], new Map<number, unknown>()]
  for (let level = 0; level < 900; level++) list = [list]
  for (let level = 0; level < 400; level++) map = new Map([[level, map]])
  const deeply = (calls: number, value: unknown): unknown => (calls ? deeply(calls - 1, value) : client.$echo(value))
  t.is(difference(deeply(100, list), list), null)
  t.is(difference(deeply(100, map), map), null)
})

const full = {
  id: 2n ** 62n,
  int: -5,
  float: 0.1,
  decimal: new Decimal('1234567890.0987654321'),
  bool: true,
  text: 'a\u0000"ü😀',
  at: new Date('2026-01-02T03:04:05.678Z'),
  bytes: new Uint8Array([0, 1, 255, 7]).subarray(1, 3),
  json: { a: [1, null, { b: 'c' }], __proto__: null, d: -0.5 },
  mood: 'SAD',
} as const

const rows = [
  full,
  { id: 1n },
  { id: 2n, bytes: Buffer.from('abc'), json: JsonNull, decimal: '1.50', at: '2026-01-02T03:04:05.678Z' },
  {
    id: 3n,
    json: DbNull,
    float: 1e300,
    decimal: new Decimal('-0.000001'),
    bool: false,
    text: '',
    bytes: new Uint8Array(),
  },
  { id: 4n, json: [[], {}, '', 0, false], mood: 'HAPPY', int: 2 ** 31 - 1, at: new Date(0) },
] as const

test.serial('every type of column is written and read as by an asynchronous client', async (t) => {
  for (const data of rows) {
    const written = client.everything.create({ data: data as never })
    const there = await plain.everything.findUniqueOrThrow({ where: { id: data.id } })
    t.is(difference(written, there), null, inspect(data))
    t.is(difference(client.everything.findUniqueOrThrow({ where: { id: data.id } }), there), null, inspect(data))
    await plain.everything.delete({ where: { id: data.id } })
    await plain.everything.create({ data: data as never })
    t.is(difference(await plain.everything.findUniqueOrThrow({ where: { id: data.id } }), there), null, inspect(data))
  }
  const orderBy = { id: 'asc' } as const
  t.is(difference(client.everything.findMany({ orderBy }), await plain.everything.findMany({ orderBy })), null)
})

const filters = [
  [{ json: { equals: DbNull } }, [1n, 3n]],
  [{ json: { equals: JsonNull } }, [2n]],
  [{ json: { equals: AnyNull } }, [1n, 2n, 3n]],
  [{ decimal: { gt: new Decimal('1.4') } }, [2n, full.id]],
  [{ bytes: full.bytes }, [full.id]],
  [{ bytes: Buffer.from('xabc').subarray(1) }, [2n]],
  [{ at: { lte: new Date(0) } }, [4n]],
  [{ id: { in: [1n, full.id] }, text: undefined }, [1n, full.id]],
] as const

test.serial('filters of every kind find the same rows in the worker', (t) => {
  client.$transaction((tx) => {
    tx.everything.deleteMany()
    for (const data of rows) tx.everything.create({ data: data as never })
    for (const [where, ids] of filters) {
      const found = tx.everything.findMany({ where: where as never, orderBy: { id: 'asc' }, select: { id: true } })
      t.deepEqual(
        found.map(({ id }) => id),
        [...ids],
        inspect(where),
      )
    }
  })
})

test.serial('raw queries return the same as by an asynchronous client: templates, Prisma.sql, TypedSQL', async (t) => {
  const [at, price, bytes] = [new Date('2026-01-01'), new Decimal('1.5'), Buffer.from([7])]
  const typed = makeTypedQueryFactory('select ? as a, ? as b')(3, at)
  const same = async (there: PromiseLike<unknown>, here: unknown) => t.is(difference(here, await there), null)
  await same(plain.$queryRaw`select ${1} as a, ${'x'} as b`, client.$queryRaw`select ${1} as a, ${'x'} as b`)
  await same(
    plain.$queryRaw`select ${at}, ${price}, hex(${bytes})`,
    client.$queryRaw`select ${at}, ${price}, hex(${bytes})`,
  )
  const nested = sql`select ${2} as a ${sql`where ${true} or ${price} > 1`}`
  await same(plain.$queryRaw(nested), client.$queryRaw(nested))
  await same((plain as unknown as Typed).$queryRawTyped(typed), (client as unknown as Typed).$queryRawTyped(typed))
  t.is(client.$queryRaw<unknown[]>(nested).length, 1)
  t.is(client.$executeRaw`update User set name = ${'a'} where id = ${-1}`, 0)
})

/** A member that the types have only where a schema enables it. */
interface Typed {
  $queryRawTyped(query: unknown): PromiseLike<unknown>
}

test.serial('rows of a result-extended client have its computed fields', async (t) => {
  const { id } = await plain.user.create({ data: { name: 'ada', posts: { create: { title: 'a' } } } })
  const row = client.user.findUniqueOrThrow({ where: { id }, include: { posts: true } })
  t.is(row.shout, 'ADA')
  t.deepEqual(row.label, { id: BigInt(id), name: 'ada' })
  t.is(row.posts[0]?.title, 'a')
  t.deepEqual(client.user.findMany({ where: { id }, select: { shout: true } }), [{ shout: 'ADA' }])
  t.deepEqual(client.post.findFirstOrThrow({ where: { authorId: id }, select: { author: true } }).author?.shout, 'ADA')
})

test.serial('entities of a session over a result-extended client have its computed fields', (t) => {
  using noted = createSyncClient<typeof noting>(fixture(), { export: 'noting' })
  using session = createSession(noted)
  const ada = session.add('User', { name: 'ada' })
  session.commit()
  const [written] = noted.$written()
  t.deepEqual(
    [written].flat().map((data) => Object.keys(data as object)),
    [['name']],
  )
  t.is(ada.shout, 'ADA')
  ada.name = 'grace'
  t.is(ada.shout, 'GRACE')
  t.deepEqual(ada.label, { id: BigInt(ada.id), name: 'grace' })
  t.throws(() => Object.assign(ada, { shout: 'other' }), { instanceOf: TypeError })
  session.commit()
  t.deepEqual(noted.$written(), [{ name: 'grace' }])
  const again = session.getOne('User', ada.id)
  t.is(again, ada)
  t.is(again.shout, 'GRACE')
  t.like(client.$echo(ada), { name: 'grace', shout: 'GRACE' })
})

test.serial('references to fields cross, in a transaction too', (t) => {
  client.user.create({ data: { name: 'same', kind: 'same' } })
  client.user.create({ data: { name: 'one', kind: 'other' } })
  const { kind } = client.user.fields
  t.deepEqual(
    client.user.findMany({ where: { name: { equals: kind } } }).map(({ name }) => name),
    ['same'],
  )
  const [found] = client.$transaction((tx) => tx.user.findMany({ where: { name: { equals: tx.user.fields.kind } } }))
  t.is(found?.name, 'same')
  using session = createSession(client)
  t.is(session.user.count({ where: { NOT: { name: { equals: kind } }, kind: 'other' } }), 1)
})

test.serial("Prisma's errors arrive as instances of its classes, with their code and meta", async (t) => {
  client.user.create({ data: { name: 'a', email: 'a@example.org' } })
  const duplicate = { data: { name: 'b', email: 'a@example.org' } }
  const unique = known(t, 'P2002', () => client.user.create(duplicate))
  t.is(unique.meta?.modelName, 'User')
  const { driverAdapterError } = unique.meta as { driverAdapterError: Error }
  t.true(driverAdapterError instanceof Error)
  t.is(driverAdapterError.name, 'DriverAdapterError')
  t.like(driverAdapterError.cause, { kind: 'UniqueConstraintViolation', constraint: { fields: ['email'] } })
  t.is(known(t, 'P2025', () => client.user.update({ where: { id: -1 }, data: { name: 'c' } })).meta?.modelName, 'User')
  known(t, 'P2025', () => client.user.findUniqueOrThrow({ where: { id: -1 } }))
  const raw = known(t, 'P2010', () => client.$queryRawUnsafe('select nothing'))
  t.regex(raw.message, /nothing/)
  const invalid = t.throws(() => client.user.create({ data: { nope: 1 } as never }), { any: true })
  t.true(invalid instanceof PrismaClientValidationError)
  t.regex((invalid as Error).message, /nope/)
  t.is((invalid as PrismaClientValidationError).clientVersion, unique.clientVersion)
})

test.serial(
  'a Prisma error is the same as by an asynchronous client, with the line of the call in its stack',
  async (t) => {
    const where = { where: { id: -1 } }
    const there = await t.throwsAsync(plain.user.delete(where), { instanceOf: PrismaClientKnownRequestError })
    const here = t.throws(() => client.user.delete(where), { instanceOf: PrismaClientKnownRequestError })
    t.deepEqual(Object.keys(here), Object.keys(there))
    t.deepEqual([here.code, here.clientVersion, here.name], [there.code, there.clientVersion, there.name])
    t.is(inspect(here.meta).split('\n    at')[0], inspect(there.meta).split('\n    at')[0])
    t.regex(here.stack ?? '', /crossing\.test\.ts/)
  },
)

function known(t: ExecutionContext, code: string, work: () => unknown): PrismaClientKnownRequestError {
  return t.throws(work, { instanceOf: PrismaClientKnownRequestError, code })
}

const thrown: Readonly<Record<Thrown, (t: ExecutionContext, error: never) => void>> = {
  undefined: (t, error: unknown) => t.is(error, undefined),
  null: (t, error: unknown) => t.is(error, null),
  zero: (t, error: unknown) => t.is(error, 0),
  text: (t, error: unknown) => t.is(error, 'text'),
  frozen: (t, error) => t.deepEqual(error, { code: 7 }),
  type: (t, error: TypeError) => {
    t.true(error instanceof TypeError)
    t.true(error.cause instanceof RangeError)
  },
  several: (t, error: AggregateError) => {
    t.true(error instanceof AggregateError)
    t.true(error.errors[0] instanceof TypeError)
    t.is(error.errors[1], 'two')
  },
  circular: (t, error: Error) => t.is((error.cause as Error).cause, error),
  session: (t, error: StaleDataError) => {
    t.true(error instanceof StaleDataError)
    t.is(error.code, 'STALE_DATA')
    t.true(error.cause instanceof ArgumentError)
  },
  prisma: (t, error: PrismaClientKnownRequestError) => {
    t.true(error instanceof PrismaClientKnownRequestError)
    t.deepEqual([error.code, error.clientVersion, error.meta], ['P1234', '7.0.0', { a: 1n }])
  },
  own: (t, error: Error & { status: number }) => {
    t.true(error instanceof Error)
    t.deepEqual([error.constructor.name, String(error), error.status], ['NotFound', 'NotFound: not found', 404])
  },
  withFunction: (t, error: Error & { status: number }) => {
    t.is(String(error), 'Error: with a function')
    t.is(error.status, 503)
    t.false('retry' in error)
  },
  function: (t, error: Error) => t.true(error instanceof BridgeError),
  promiseLike: (t, error: Error) => t.true(error instanceof BridgeError),
}

for (const [kind, check] of Object.entries(thrown) as [Thrown, (typeof thrown)[Thrown]][]) {
  for (const method of ['$fail', '$failLater'] as const) {
    test.serial(`an error that ${method}() throws arrives in the main thread: ${kind}`, (t) => {
      let hasThrown = false
      try {
        client[method](kind)
      } catch (error) {
        hasThrown = true
        check(t, error as never)
      }
      t.true(hasThrown)
    })
  }
}

const given: Readonly<Record<Given, RegExp>> = {
  function: /^a function cannot cross .*\(at items\[1\]\.fn\)/,
  symbol: /^a symbol cannot cross .*\(at items\[1\]\.fn\)/,
  promise: /^a promise cannot cross .*\(at items\[1\]\.fn\): await it first/,
  class: /^an object of the class NotData cannot cross .*\(at items\[1\]\.fn\)/,
  weakMap: /^an object of the class WeakMap cannot cross .*\(at items\[1\]\.fn\)/,
  revoked: /^what throws when it is read, .* cannot cross .*\(at items\[1\]\.fn\)/,
  client: / cannot cross .*\(at items\[1\]\.fn\./,
  deep: /^an endless value cannot cross .*\(at items\[1\]\.fn\[0\]/,
}

for (const [kind, message] of Object.entries(given) as [Given, RegExp][]) {
  test.serial(`an answer that cannot cross throws a BridgeError, and the client stays usable: ${kind}`, (t) => {
    t.throws(() => client.$give(kind), { instanceOf: BridgeError, message })
    t.is(client.$echo(1), 1)
  })
}

const arguments_: readonly (readonly [what: string, call: () => unknown, message: RegExp])[] = [
  [
    'of a query',
    () => client.user.create({ data: { items: [1, 2, { fn() {} }] } as never }),
    /\(at data\.items\[2\]\.fn\)/,
  ],
  ['of a method', () => client.$echo(() => {}), /^a function .*\(at argument 1\)/],
  ['the second argument', () => client.$queryRawUnsafe('select ?', Symbol('a')), /^a symbol .*\(at argument 2\)/],
  [
    'deep in the second argument',
    () => client.$queryRawUnsafe('select ?', { a: [Promise.resolve()] }),
    /^a promise .*\(at argument 2: a\[0\]\)/,
  ],
  ['of a template', () => client.$queryRaw`select ${() => {}}`, /^a function .*\(at argument 2\)/],
  ['the client itself', () => client.$echo({ client }), /^a function .*\(at client\./],
  [
    'in a transaction',
    () => client.$transaction((tx) => tx.user.findMany({ where: { name: (() => {}) as never } })),
    /\(at where\.name\)/,
  ],
  [
    'of a session',
    () => createSession(client).user.findMany({ where: { name: Symbol('a') as never } }),
    /\(at where\.name\)/,
  ],
]

for (const [what, call, message] of arguments_) {
  test.serial(`an argument that cannot cross throws a BridgeError, and the client stays usable: ${what}`, (t) => {
    t.throws(call, { instanceOf: BridgeError, message })
    t.is(client.$echo(1), 1)
  })
}
