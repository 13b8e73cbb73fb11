import { inspect } from 'node:util'
import vm from 'node:vm'
import {
  AnyNull,
  DbNull,
  Decimal,
  empty,
  JsonNull,
  join,
  makeTypedQueryFactory,
  PrismaClientInitializationError,
  PrismaClientKnownRequestError,
  PrismaClientRustPanicError,
  PrismaClientUnknownRequestError,
  PrismaClientValidationError,
  raw,
  skip,
  sqltag as sql,
} from '@prisma/client/runtime/client'
import test from 'ava'
import fc from 'fast-check'
import { pack, packThrown, unpack } from '../../src/bridge/values/codec.js'
import { FieldReference } from '../../src/bridge/values/field-reference.js'
import * as errors from '../../src/errors.js'
import { BridgeError } from '../../src/index.js'
import { graphs, type Make, makers, template } from './arbitraries.js'
import { difference } from './same.js'

function crossed<T>(value: T): T {
  return unpack(structuredClone(pack(value))) as T
}

for (const [what, values, numRuns] of [
  ['nested values of every kind', makers, 400],
  ['values in reference cycles', graphs, 400],
] as const) {
  test(`${what} arrive unchanged and leave the originals unchanged`, (t) => {
    const property = fc.property(values, (make) => {
      const value = make()
      return difference(crossed(value), value) === null && difference(value, make()) === null
    })
    t.notThrows(() => fc.assert(property, { numRuns }))
  })

  test(`${what} cross a second time inside another value`, (t) => {
    const property = fc.property(values, (make) => {
      const { inner } = crossed({ inner: structuredClone(pack(make())) })
      return difference(unpack(inner), make()) === null
    })
    t.notThrows(() => fc.assert(property, { numRuns: numRuns / 4 }))
  })
}

test('the comparison of the property tests detects differences', (t) => {
  const shared = {}
  const pairs: readonly (readonly [unknown, unknown])[] = [
    [0, -0],
    [{ a: undefined }, {}],
    [Object.assign(new Array(2), { 1: 1 }), [undefined, 1]],
    [new Decimal('1.5'), new Decimal('1.6')],
    [new TypeError('a'), new Error('a')],
    [
      [shared, shared],
      [{}, {}],
    ],
    [new Map([[1, 2]]), new Map([[1, 3]])],
    [Buffer.from('a'), new Uint8Array([97])],
  ]
  for (const [a, b] of pairs) {
    t.not(difference(a, b), null, inspect([a, b]))
    t.not(difference(b, a), null, inspect([b, a]))
  }
})

/** By what it is, and whether a copy has to be made of it. */
const examples: readonly (readonly [what: string, make: Make])[] = [
  ['NaN, Infinity and -0', () => [Number.NaN, Number.POSITIVE_INFINITY, -0, 0]],
  ['undefined, null and absent properties', () => ({ a: undefined, b: null, c: [undefined] })],
  ['a big integer', () => ({ id: 2n ** 70n })],
  ['dates', () => [new Date(0), new Date(Number.NaN)]],
  ['Decimals', () => ['1.50', '-0', 'NaN', '-Infinity', `0.${'1'.repeat(60)}`].map((text) => new Decimal(text))],
  ["Prisma's null kinds", () => ({ a: DbNull, b: [JsonNull, AnyNull] })],
  ['Prisma.skip', () => ({ where: { name: skip } })],
  ['a Buffer', () => Buffer.from('abc')],
  ['an empty Buffer', () => ({ bytes: Buffer.alloc(0) })],
  ['a view of a larger buffer', () => ({ bytes: new Uint8Array(100).fill(7).subarray(3, 5) })],
  [
    'other views of larger buffers',
    () => [new Float32Array([1, 2, 3]).subarray(1), new DataView(new ArrayBuffer(9), 3, 2)],
  ],
  ['a view and its buffer', () => ({ buffer: new Uint8Array([1, 2]).buffer, view: new Int16Array([5]) })],
  ['a regular expression', () => /a+/giu],
  ['wrapped primitives', () => [Object(1), Object('a'), Object(false), Object(1n)]],
  ['an array with holes', () => Object.assign(new Array(5), { 1: 'a', 3: new Decimal(1) })],
  ['a very long sparse array', () => Object.assign(new Array(4_000_000_000), { 7: new Decimal(1) })],
  ['an array with other properties', () => Object.assign([1, 2], { index: new Decimal(1), '01': 2 })],
  ['the match of a regular expression', () => 'abc'.match(/b/)],
  ['a property called __proto__', () => JSON.parse('{ "__proto__": { "a": 1 }, "b": {} }')],
  [
    'a property called __proto__ beside a value that needs a copy',
    () => ({ ...JSON.parse('{ "__proto__": 1 }'), ...{ ['__proto__']: new Decimal(2), b: new Decimal(1) } }),
  ],
  [
    'properties that the codec uses itself',
    () => ({ value: { kind: 'decimal', content: '1' }, holes: [], more: new Decimal(1) }),
  ],
  [
    'a Map with Decimals',
    () =>
      new Map<unknown, unknown>([
        ['a', new Decimal(1)],
        [new Decimal(2), { b: 1n }],
      ]),
  ],
  ['a Set with Decimals', () => new Set([new Decimal(1), 'a'])],
  ['a Map in a Map in a Set', () => new Set([new Map([[1, new Map([[2, DbNull]])]])])],
  ['Prisma.sql', () => sql`select ${1}, ${new Decimal('1.5')}, ${new Date(0)} ${Buffer.from('a')}`],
  ['Prisma.sql in Prisma.sql', () => sql`select ${join([1, sql`(${2n})`, raw('now()')])} ${empty}`],
  ['the array of a tagged template', () => [template(['select ', '\\n']), 1]],
  ['TypedSQL', () => makeTypedQueryFactory('select ?, ?')(new Decimal(1), new Date(0))],
  ['a reference to a field', () => ({ where: { a: { gt: new FieldReference('user', 'name') } } })],
]

for (const [what, make] of examples) {
  test(`the codec keeps ${what}`, (t) => {
    const value = make()
    t.is(difference(crossed(value), value), null)
    t.is(difference(value, make()), null, 'the value itself is left as it is')
  })
}

const cells = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.double(),
  fc.bigInt(),
  fc.boolean(),
  fc.constantFrom(null, undefined),
)
const rowsOfTables = fc
  .tuple(fc.uniqueArray(fc.string({ maxLength: 12 }), { maxLength: 4 }), fc.integer({ min: 14, max: 40 }))
  .chain(([names, length]) =>
    fc
      .array(fc.tuple(...names.map(() => cells)), { minLength: length, maxLength: length })
      .map((lists) => lists.map((list) => Object.fromEntries(names.map((name, index) => [name, list[index]])))),
  )

test('many rows arrive unchanged, alone, as an outcome, or among other values', (t) => {
  const oddities: readonly ((rows: Record<string, unknown>[]) => unknown)[] = [
    (rows) => rows,
    (rows) => [{ ok: true, value: rows }],
    (rows) => [{ ok: true, value: rows, more: 1 }],
    (rows) => ({ rows }),
    (rows) => [...rows, { ...rows[0], other: 1 }],
    (rows) => [...rows, {}],
    (rows) => [...rows, rows[0]],
    (rows) => [...rows, null],
    (rows) => [...rows, { ...rows[0], a: new Date(0) }],
    (rows) => [...rows, { ...rows[0], a: new Decimal(1) }],
    (rows) => Object.assign([...rows], { extra: 1 }),
    (rows) => Object.assign([...rows], { 100: {} }),
  ]
  const property = fc.property(rowsOfTables, fc.constantFrom(...oddities), (rows, odd) => {
    const value = odd(rows)
    return difference(crossed(value), value) === null
  })
  t.notThrows(() => fc.assert(property, { numRuns: 1000 }))
  const rows = Array.from({ length: 16 }, (_, id) => ({ id, name: `row ${id}` }))
  t.true('tables' in pack(rows))
  t.true('tables' in pack([{ ok: true, value: rows }]))
})

test('values that structured cloning supports are not copied', (t) => {
  const shared = { a: [1, 'b', null, undefined, 1n, new Date(0), new Uint8Array(2), /a/] }
  const value = { shared, again: shared, map: new Map([[shared, new Set([shared])]]) }
  t.deepEqual(Object.keys(pack(value)), ['value'])
  t.is(pack(value).value, value)
})

test('Prisma.sql, its nested parts and TypedSQL keep their text and values', (t) => {
  const query = crossed(sql`select ${join([1, sql`(${2n})`])} from x`)
  t.is(query.sql, 'select ?,(?) from x')
  t.deepEqual(query.values, [1, 2n])
  t.is(crossed(empty).sql, '')
  t.is(crossed(makeTypedQueryFactory('select ?')(1)).sql, 'select ?')
  t.deepEqual(crossed(makeTypedQueryFactory('select ?')(1, DbNull)).values, [1, DbNull])
})

test('a template arrives frozen, like the template of a tag', (t) => {
  const arrived = crossed(template(['a', 'b']))
  t.true(Object.isFrozen(arrived) && Object.isFrozen(arrived.raw))
  t.deepEqual(arrived.raw, ['a', 'b'])
})

test('an array with a raw property does not arrive as a template', (t) => {
  const list = Object.assign(['a'], { raw: ['b'] })
  t.is(difference(crossed(list), list), null)
})

test('a view does not carry the rest of its buffer', (t) => {
  const pool = new ArrayBuffer(8192)
  for (const view of [
    Buffer.from(pool, 8, 2),
    new Uint8Array(pool, 8, 2),
    new BigInt64Array(pool, 8, 1),
    new DataView(pool, 8, 2),
  ])
    t.is(crossed(view).buffer.byteLength, view.byteLength, view.constructor.name)
})

test('shared memory stays shared', (t) => {
  const view = new Int32Array(new SharedArrayBuffer(8), 4)
  const arrived = crossed({ view, more: new Decimal(1) })
  Atomics.store(arrived.view, 0, 7)
  t.is(view[0], 7)
})

test('one object in many places arrives as one object', (t) => {
  const [price, bytes, failure] = [new Decimal(1), Buffer.from('a'), new Error('a')]
  const value = {
    list: [price, bytes, failure],
    map: new Map<unknown, unknown>([[price, bytes]]),
    set: new Set([failure]),
  }
  const arrived = crossed(value)
  t.is(difference(arrived, value), null)
  t.is(arrived.map.get(arrived.list[0]), arrived.list[1])
  t.true(arrived.set.has(arrived.list[2] as Error))
})

test('cycles through every kind of container are kept', (t) => {
  const object: Record<string, unknown> = { price: new Decimal(1) }
  const error = new Error('a', { cause: object })
  object.map = new Map<unknown, unknown>([[object, new Set([object, error])]])
  object.list = [object, error]
  error.cause = Object.assign(new Error('b', { cause: error }), { object })
  t.is(difference(crossed(object), object), null)
})

test('an object without a prototype or of another realm arrives as a plain one', (t) => {
  const bare = Object.assign(Object.create(null), { a: new Decimal(1), b: { c: 1 } })
  t.is(difference(crossed(bare), { ...bare }), null)
  const foreign = vm.runInNewContext('({ a: [{ b: new Date(0) }] })')
  t.is(difference(crossed({ foreign, more: new Decimal(1) }).foreign, { a: [{ b: new Date(0) }] }), null)
  t.deepEqual(Object.keys(pack(foreign)), ['value'])
})

test('a proxy is read as a plain object, each property once', (t) => {
  let reads = 0
  const row = new Proxy({ id: 1, price: new Decimal('1.5') } as Record<string, unknown>, {
    ownKeys: (target) => [...Reflect.ownKeys(target), 'shout'],
    getOwnPropertyDescriptor: (target, name) =>
      Reflect.getOwnPropertyDescriptor(target, name) ?? { value: 1, enumerable: true, configurable: true },
    get: (target, name) => {
      if (name !== 'shout') return target[name as string]
      reads++
      return 'ADA!'
    },
  })
  t.is(difference(crossed({ rows: [row] }), { rows: [{ id: 1, price: new Decimal('1.5'), shout: 'ADA!' }] }), null)
  t.is(reads, 1)
  t.is(difference(crossed(new Proxy([1, row], {})), [1, { id: 1, price: new Decimal('1.5'), shout: 'ADA!' }]), null)
})

test('a getter arrives as its value', (t) => {
  const value = { get price() { return new Decimal(1) } } // biome-ignore format: short
  t.is(difference(crossed(value), { price: new Decimal(1) }), null)
})

test('an object with toJSON() arrives as the value it returns', (t) => {
  class Point {
    toJSON() {
      return { x: new Decimal(1) }
    }
  }
  const url = new URL('https://example.org/')
  const value = { url, again: url, point: new Point(), plain: { toJSON: () => 'a' } }
  t.is(difference(crossed(value), { url: url.href, again: url.href, point: { x: new Decimal(1) }, plain: 'a' }), null)
})

const prismaErrors = [
  new PrismaClientKnownRequestError('Unique constraint failed', {
    code: 'P2002',
    clientVersion: '7.0.0',
    batchRequestIdx: 2,
    meta: {
      modelName: 'User',
      driverAdapterError: Object.assign(new Error('UniqueConstraintViolation'), {
        name: 'DriverAdapterError',
        cause: { kind: 'UniqueConstraintViolation', constraint: { fields: ['email'] } },
      }),
    },
  }),
  new PrismaClientUnknownRequestError('unknown', { clientVersion: '7.0.0', batchRequestIdx: 1 }),
  new PrismaClientRustPanicError('panic', '7.0.0'),
  new PrismaClientInitializationError('cannot start', '7.0.0', 'P1001'),
  new PrismaClientValidationError('invalid', { clientVersion: '7.0.0' }),
]

const sessionErrors = Object.values(errors).map((Class) => new Class('failed', { cause: new Error('why') }))

const builtIn = [
  new Error('a'),
  new TypeError('a', { cause: new RangeError('b', { cause: null }) }),
  ...[RangeError, SyntaxError, ReferenceError, EvalError, URIError].map((Class) => new Class('a')),
  new AggregateError([new TypeError('a'), 'b', new Decimal(1)], 'several'),
  Object.assign(new Error('read'), { code: 'ENOENT', errno: -2, path: 'x.db', cause: undefined }),
]

for (const [index, error] of [...prismaErrors, ...sessionErrors, ...builtIn].entries()) {
  test(`${error.constructor.name} keeps its class, message and stack (${index})`, (t) => {
    const arrived = crossed({ error, price: new Decimal(1) }).error
    t.is(difference(arrived, error), null)
    t.is(arrived.constructor, error.constructor)
    t.is(String(arrived), String(error))
    t.true(arrived.stack?.startsWith(String(error.stack)))
    t.true(inspect(arrived).startsWith(inspect(error, { depth: 0 }).split('\n')[0] as string))
  })
}

test('the frames of the waiting call are appended to the stack of an error, not of its cause', (t) => {
  const cause = new Error('why')
  const arrived = crossed(new Error('failed', { cause }))
  const here = arrived.stack?.split('\n').filter((line) => line.includes('unpack'))
  t.is(here?.length, 2, arrived.stack)
  t.is((arrived.cause as Error).stack, cause.stack)
})

test('an error of an unknown class keeps the names of its class and superclasses', (t) => {
  class NotFound extends TypeError {
    override name = 'NotFound'
    status = 404
  }
  class NoUser extends NotFound {}
  const [one, two] = [crossed(new NoUser('a')), crossed(new NoUser('b'))]
  t.is(one.constructor.name, 'NoUser')
  t.is(Object.getPrototypeOf(one.constructor).name, 'NotFound')
  t.true(one instanceof TypeError)
  t.is(String(one), 'NotFound: a')
  t.is(one.status, 404)
  t.is(one.constructor, two.constructor)
})

test('an error of a class that only has the name of a session error is not a session error', (t) => {
  class ArgumentError extends Error {}
  const arrived = crossed(new ArgumentError('a'))
  t.is(arrived.constructor.name, 'ArgumentError')
  t.false(arrived instanceof errors.SessionError)
})

test('an error whose class computes its message, name or code arrives with their values', (t) => {
  class Made extends Error {
    override get message() {
      return 'made'
    }
    override get name() {
      return 'MadeError'
    }
    get code() {
      return 'E_MADE'
    }
  }
  t.is(String(crossed(new Made())), 'MadeError: made')
  t.is(crossed(new Made()).code, 'E_MADE')
  const abort = crossed(new DOMException('gone', 'AbortError'))
  t.deepEqual([abort.name, abort.message, abort.code], ['AbortError', 'gone', 20])
})

test('an error of another realm, an object like an error and a proxy of one arrive as errors', (t) => {
  const foreign = crossed(vm.runInNewContext('new TypeError("a")'))
  t.true(foreign instanceof TypeError)
  t.is(foreign.message, 'a')
  const old = crossed(Object.assign(Object.create(Error.prototype), { message: 'b' }))
  t.true(old instanceof Error)
  t.is(String(old), 'Error: b')
  const through = crossed(new Proxy(new RangeError('c'), {}))
  t.true(through instanceof RangeError)
  t.is(through.message, 'c')
})

test('an error always arrives, without the values in it that cannot cross', (t) => {
  class Socket {}
  const config = { url: '/', validate: () => true, agent: new Socket(), retries: [1, Symbol('a')] }
  const error = Object.assign(new Error('failed'), { config, socket: new Socket(), send() {}, price: new Decimal(1) })
  Object.defineProperty(error, 'secret', { enumerable: true, get: () => assertNever() })
  const arrived = crossed(error)
  t.is(difference(arrived.config, { url: '/', retries: Object.assign(new Array(2), [1]) }), null)
  t.deepEqual(Object.keys(arrived).sort(), ['config', 'price'])
})

test('a value that is left out of an error is refused elsewhere', (t) => {
  const data = { fn: () => {}, price: new Decimal(1) }
  const error = Object.assign(new Error('failed'), { data })
  t.deepEqual(Object.keys(crossed([error, { price: data.price }] as const)[0].data), ['price'])
  for (const value of [
    { error, data },
    { data, error },
  ])
    t.throws(() => pack(value), { instanceOf: BridgeError, message: /\(at data\.fn\)/ })
})

test('an endless value is left out of an error and does not affect values it shares', (t) => {
  const shared = { price: new Decimal(1) }
  const error = Object.assign(new Error('failed'), { endless: [shared, endless(2)], shared })
  t.is(difference(crossed({ error }).error, Object.assign(new Error('failed'), { shared })), null)
})

test('any value can be thrown', (t) => {
  const thrown = [
    undefined,
    null,
    0,
    '',
    'a',
    false,
    1n,
    Object.freeze({ code: 1, price: new Decimal(1) }),
    Object.freeze(new Error('a')),
  ]
  for (const each of thrown) t.is(difference(unpack(structuredClone(packThrown(each))), each), null, inspect(each))
  for (const each of [() => {}, Symbol('a'), Promise.resolve(), revoked(), endless(2)])
    t.true(unpack(structuredClone(packThrown(each))) instanceof BridgeError, inspect(each))
})

class Account {
  readonly name = 'a'
}

const detached = new ArrayBuffer(8)
const view = new Uint8Array(detached)
structuredClone(detached, { transfer: [detached] })

const unclonable: readonly (readonly [value: unknown, what: string])[] = [
  [() => {}, 'a function'],
  [class {}, 'a function'],
  [Symbol('a'), 'a symbol'],
  [Object(Symbol('a')), 'an object of the class Symbol'],
  [Promise.resolve(1), 'a promise'],
  // biome-ignore lint/suspicious/noThenProperty: made like Prisma's promises
  [{ then() {} }, 'a promise'],
  [new Account(), 'an object of the class Account'],
  [new (class {})(), 'an object of the class Object'],
  [new WeakMap(), 'an object of the class WeakMap'],
  [new WeakSet(), 'an object of the class WeakSet'],
  [(function* () {})(), 'an object of the class Generator'],
  [detached, 'a detached ArrayBuffer'],
  [view, 'a view of a detached ArrayBuffer'],
  [revoked(), 'what throws when it is read'],
  [{ get a() { throw new Error('no') } }, 'what throws when it is read, Error: no,'], // biome-ignore format: short
  [{ toJSON: () => assertNever() }, 'what throws when it is read'],
  [endless(1), 'an endless value'],
  [nested(5000), 'an endless value'],
]

for (const [index, [value, what]] of unclonable.entries()) {
  test(`the codec refuses ${what} and names its path (${index})`, (t) => {
    const refused = (holder: unknown) => t.throws(() => pack(holder), { instanceOf: BridgeError })?.message ?? ''
    t.true(refused(value).startsWith(what), refused(value))
    const message = refused({ data: { items: [1, { ok: true }, { fn: value }] } })
    t.true(message.startsWith(what), message)
    t.true(message.includes('(at data.items[2].fn'), message)
    t.regex(message, /: (pass plain data|await it first, or make the call that gives it synchronous)$/)
  })
}

test('the error of a refused value names paths through maps, sets, odd properties and deep values', (t) => {
  const fn = () => {}
  const deep = { a: { b: { c: { d: { e: { f: { g: { h: { i: { j: { k: { l: { m: fn } } } } } } } } } } } } }
  const places: readonly (readonly [unknown, string])[] = [
    [{ map: new Map([['key', [fn]]]) }, 'map.get("key")[0]'],
    [new Map([[{ a: fn }, 1]]), '.keys()[0].a'],
    [new Map([[{}, { a: fn }]]), '.get(…).a'],
    [{ set: new Set([1, fn]) }, 'set.values()[1]'],
    [{ 'a-b': { '': fn } }, '["a-b"][""]'],
    [[[fn]], '[0][0]'],
    [{ price: new Decimal(1), query: sql`select ${fn as never}` }, 'query.values[0]'],
    [Object.assign([1], { extra: fn }), 'extra'],
    [deep, 'a.b.c.d.e.f.g.h.i.j.k.l …'],
  ]
  for (const [value, place] of places) {
    const error = t.throws(() => pack(value), { instanceOf: BridgeError })
    t.true(error?.message.includes(`(at ${place.replace(/^\./, '')})`), error?.message)
  }
})

test('an error thrown by a getter is the cause, and a session error is thrown unchanged', (t) => {
  const cause = new Error('no')
  const reads = (error: Error) => ({ row: { get name() { throw error } } }) // biome-ignore format: short
  t.is(t.throws(() => pack(reads(cause)), { instanceOf: BridgeError })?.cause, cause)
  t.throws(() => pack(reads(new errors.MissingAwaitError('refresh it'))), { instanceOf: errors.MissingAwaitError })
})

test('objects that the caller packs itself cross once each', (t) => {
  const [ada, bob] = [new Account(), new Account()]
  const carry = (object: object) =>
    object === ada ? { id: 1, price: new Decimal(1) } : object === bob ? { id: 2 } : undefined
  const packed = structuredClone(pack({ list: [ada, bob, ada], map: new Map([[ada, bob]]) }, carry))
  const found: unknown[] = []
  const entity = (content: unknown) => {
    found.push(content)
    return { entity: (content as { id: number }).id }
  }
  const arrived = unpack(packed, { entity }) as { list: unknown[]; map: Map<unknown, unknown> }
  t.is(difference(found, [{ id: 1, price: new Decimal(1) }, { id: 2 }]), null)
  t.deepEqual(arrived.list, [{ entity: 1 }, { entity: 2 }, { entity: 1 }])
  t.is(arrived.list[0], arrived.list[2])
  t.is(arrived.map.get(arrived.list[0]), arrived.list[1])
})

test('a reference to a field that the client lacks is refused, since undefined would be no filter', (t) => {
  const packed = () => structuredClone(pack({ where: { a: new FieldReference('user', 'gone') } }))
  t.is(difference(unpack(packed(), { field: ({ field }) => `the ${field}` }), { where: { a: 'the gone' } }), null)
  const error = t.throws(() => unpack(packed(), { field: () => undefined }), { instanceOf: BridgeError })
  t.regex(error?.message ?? '', /user\.fields\.gone/)
})

function revoked(): object {
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  return proxy
}

/** Each of its parts has as many parts of the same kind. */
function endless(parts: number): object {
  const names = Array.from({ length: parts }, (_, index) => `part${index}`)
  return new Proxy(
    {},
    {
      ownKeys: () => names,
      getOwnPropertyDescriptor: () => ({ value: 1, enumerable: true, configurable: true }),
      get: (_, name) => (names.includes(name as string) ? endless(parts) : undefined),
    },
  )
}

function nested(depth: number): unknown {
  let value: unknown = 1
  for (let level = 0; level < depth; level++) value = [value]
  return value
}

function assertNever(): never {
  throw new Error('never read')
}

test('an object whose toJSON() returns the object itself is refused', (t) => {
  class Own {
    toJSON() {
      return this
    }
  }
  t.throws(() => pack({ own: new Own() }), { instanceOf: BridgeError, message: /an object of the class Own.*own/ })
})

test('rows with a getter that throws are refused, its error being the cause', (t) => {
  const cause = new Error('no')
  const row = () => Object.defineProperty({ id: 1 }, 'name', { enumerable: true, get() { throw cause } }) // biome-ignore format: short
  t.is(t.throws(() => pack(Array.from({ length: 100 }, row)), { instanceOf: BridgeError })?.cause, cause)
})

test('an error of a class without a constructor of its own arrives under the names above', (t) => {
  const error = new RangeError('far')
  Object.setPrototypeOf(error, Object.create(RangeError.prototype))
  const arrived = crossed(error)
  t.true(arrived instanceof RangeError)
  t.is((arrived as Error).message, 'far')
})

test('a value of a kind that only the other version knows is refused', (t) => {
  const packed = structuredClone(pack({ price: new Decimal(1) }))
  const text = JSON.stringify(packed)
  t.true(text.includes('"decimal"'))
  const other = JSON.parse(text.replaceAll('"decimal"', '"temporal"'))
  t.throws(() => unpack(other), { instanceOf: BridgeError, message: /'temporal'.*both threads need the same version/ })
})
