// The members of a session: which are there in each mode, feature detection, and the `matrix` option.
import {
  ArgumentError,
  createSession,
  matrix,
  NotImplementedError,
  type SessionOptions,
  select,
  sessionMaker,
} from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'

/** Members by kind: properties, verbs in memory, verbs of the database in both modes and in one. */
const properties = ['session', 'isAsync', 'isActive', 'autoflush', 'info', 'new', 'dirty', 'deleted', 'identityMap']
const inMemory = [
  'add',
  'addAll',
  'attach',
  'ref',
  'expire',
  'expireAll',
  'expunge',
  'expungeAll',
  'isModified',
  'contains',
  'inTransaction',
  'inNestedTransaction',
  'getTransaction',
  'getNestedTransaction',
  'getBind',
  'noAutoflush',
  'on',
  'off',
  'supports',
  'delegate',
  'explain',
  'equals',
]
const database = [
  'begin',
  'beginNested',
  'transaction',
  'commit',
  'rollback',
  'flush',
  'close',
  'reset',
  'invalidate',
  'connection',
  'get',
  'getOne',
  'getMany',
  'merge',
  'delete',
  'refresh',
  'execute',
  'scalars',
  'scalar',
]
const syncOnly = ['query']
const asyncOnly = ['aclose', 'runSync', 'stream', 'streamScalars']
const delegates = [
  'user',
  'profile',
  'post',
  'tag',
  'node',
  'item',
  'doc',
  'pair',
  'leg',
  'code',
  'use',
  'everything',
  'made',
]

/** A session as what a proxy shows of it. */
const bag = (session: object) => session as Record<PropertyKey, unknown>

/** A session seen as a bag of members, for names that its type does not have. */
const loose = (session: object) => session as unknown as Record<string, (...args: unknown[]) => unknown>

behaviour('the matrix has known cells for every member, according to its kind', async (t) => {
  const cells = new Set(['shim', 'await', 'forward', 'notImplemented'])
  t.true(Object.keys(matrix).length > 40)
  for (const [name, row] of Object.entries(matrix)) {
    t.true(cells.has(row.sync), name)
    t.true(cells.has(row.async), name)
    if (row.sync === 'notImplemented' || row.async === 'notImplemented') t.truthy(row.note, name)
  }
  for (const name of inMemory) t.like(matrix[name], { sync: 'shim', async: 'shim' }, name)
  for (const name of database) t.like(matrix[name], { sync: 'forward', async: 'await' }, name)
  for (const name of syncOnly) t.like(matrix[name], { sync: 'forward', async: 'notImplemented' }, name)
  for (const name of asyncOnly) t.like(matrix[name], { sync: 'notImplemented', async: 'await' }, name)
})

behaviour('Object.keys lists the members and delegates that are usable in the mode', async (t, x) => {
  const keys = new Set(Object.keys(x.s))
  const only = x.s.isAsync ? asyncOnly : syncOnly
  const none = x.s.isAsync ? syncOnly : asyncOnly
  for (const name of [...properties, ...inMemory, ...database, ...only, ...delegates]) t.true(keys.has(name), name)
  for (const name of [...none, 'then', 'constructor', 'toString']) t.false(keys.has(name), name)
  t.is(Object.keys(x.s).length, keys.size)
})

behaviour('keys, `in` and descriptors agree with the members read', async (t, x) => {
  const keys = Reflect.ownKeys(x.s)
  t.deepEqual(keys.filter((key) => typeof key === 'string').sort(), Object.keys(x.s).sort())
  for (const key of keys) {
    const name = String(key)
    t.true(key in x.s, name)
    t.true(Object.hasOwn(x.s, key), name)
    const descriptor = Reflect.getOwnPropertyDescriptor(x.s, key)
    t.true(descriptor?.configurable, name)
    const described = descriptor?.get ? descriptor.get.call(x.s) : descriptor?.value
    const value = bag(x.s)[key]
    if (typeof value === 'function') t.is(described, value, name)
    else t.is(typeof described, typeof value, name)
  }
  for (const name of ['then', 'nothingOfTheKind', ...(x.s.isAsync ? syncOnly : asyncOnly)]) {
    t.false(name in x.s, name)
    t.is(Object.getOwnPropertyDescriptor(x.s, name), undefined, name)
  }
  t.is(bag(x.s).then, undefined)
  t.is(bag(x.s).nothingOfTheKind, undefined)
  t.deepEqual(x.ops(), [])
  t.deepEqual(x.wire(), [])
})

behaviour('supports() agrees with `in` for the verbs', async (t, x) => {
  for (const name of [...inMemory, ...database, ...syncOnly, ...asyncOnly]) t.is(x.s.supports(name), name in x.s, name)
})

behaviour("supports() covers Prisma's methods and the features of the database", async (t, x) => {
  t.true(x.s.supports('user.findMany'))
  t.is(x.s.supports('user.createManyAndReturn'), x.database !== 'mariadb')
  t.true(x.s.supports('$queryRaw'))
  t.false(x.s.supports('user.findNothing'))
  t.false(x.s.supports('nobody.findMany'))
  t.false(x.s.supports('nothingOfTheKind'))
  t.false(x.s.supports('then'))
  t.true(x.s.supports('savepoint'))
  t.is(x.s.supports('returning'), x.database !== 'mariadb')
  t.is(x.s.supports('rowLock'), x.database === 'postgresql' || x.database === 'mariadb')
  t.is(x.s.supports('cursor'), x.database === 'postgresql')
  t.deepEqual(x.ops(), [])
})

behaviour('a member is the same each time it is read', async (t, x) => {
  for (const name of [...inMemory, ...database, ...delegates, '$queryRaw', '$transaction', 'session', 'info']) {
    t.is(bag(x.s)[name], bag(x.s)[name], name)
  }
  t.is(x.s.user.findMany, x.s.user.findMany)
  const [one, other] = [x.s.user, x.s.commit]
  await x.s.user.count()
  t.is(x.s.user, one)
  t.is(x.s.commit, other)
})

behaviour('verbs and delegate methods work when destructured', async (t, x) => {
  const { add, flush, isModified, scalar } = x.s
  const { count } = x.s.user
  const { $queryRawUnsafe } = x.s
  const user = add('User', { name: 'a' })
  await flush()
  t.false(isModified(user))
  t.is(await count(), 1)
  t.is(((await $queryRawUnsafe('SELECT 1 AS one')) as object[]).length, 1)
  t.is(typeof scalar, 'function')
})

behaviour('delegate methods and raw calls work when destructured', async (t, x) => {
  const { create, findMany } = x.s.user
  const { $queryRawUnsafe } = x.s
  await create({ data: { name: 'ada' } })
  t.is((await findMany()).length, 1)
  t.is((await $queryRawUnsafe<object[]>('SELECT 1 AS one')).length, 1)
  t.is(x.s.user, x.s.user)
})

behaviour('a notImplemented member is callable and throws before any work', async (t, x) => {
  const names = x.s.isAsync ? syncOnly : asyncOnly
  for (const name of names) {
    const member = bag(x.s)[name]
    t.is(typeof member, 'function', name)
    const error = t.throws(() => (member as () => unknown)(), { instanceOf: NotImplementedError }, name)
    t.regex(error?.message ?? '', new RegExp(name))
    t.regex(error?.message ?? '', x.s.isAsync ? /\basync/ : /\bsync/)
  }
  t.deepEqual(x.ops(), [])
  t.deepEqual(x.wire(), [])
})

behaviour(
  'query is refused at the call in async mode',
  async (t, x) => {
    const error = t.throws(() => loose(x.s).query?.('User'), { instanceOf: NotImplementedError })
    t.regex(error?.message ?? '', /query/)
    t.regex(error?.message ?? '', /async/)
    t.regex(error?.message ?? '', /select/)
    t.false('query' in x.s)
    t.false(x.s.supports('query'))
    t.deepEqual(x.ops(), [])
  },
  { modes: ['async'] },
)

behaviour(
  'members of asynchronous sessions only are refused at the call in sync mode',
  async (t, x) => {
    const remedies: { [verb: string]: [remedy: RegExp, ...args: unknown[]] } = {
      stream: [/use execute\(\) with take/, select('User')],
      streamScalars: [/use scalars\(\) with take/, select('User')],
      runSync: [/call the function with the session/, () => 1],
      aclose: [/use close\(\)/],
    }
    x.s.add('User', { name: 'pending' })
    const keys = Object.keys(x.s)
    for (const [verb, [remedy, ...args]] of Object.entries(remedies)) {
      t.is(typeof loose(x.s)[verb], 'function', verb)
      for (const given of [args, []]) {
        const error = t.throws(() => loose(x.s)[verb]?.(...given), { instanceOf: NotImplementedError, message: remedy })
        t.true(error?.message.startsWith(`${verb}() is not available on a synchronous session: `), verb)
        t.is((error as { code?: string }).code, 'NOT_IMPLEMENTED')
      }
      t.false(verb in x.s, verb)
      t.false(x.s.supports(verb), verb)
      t.false(keys.includes(verb), verb)
      t.is(Object.getOwnPropertyDescriptor(x.s, verb), undefined, verb)
    }
    t.true('query' in x.s)
    t.true(x.s.supports('query'))
    t.true(keys.includes('query'))
    t.is(x.s.new.size, 1)
    t.deepEqual(x.ops(), [])
    t.deepEqual(x.wire(), [])
  },
  { modes: ['sync'] },
)

behaviour('options.matrix removes a method from one session', async (t, x) => {
  const policy = x.session({ matrix: { $executeRawUnsafe: 'notImplemented', expungeAll: 'notImplemented' } })
  for (const name of ['$executeRawUnsafe', 'expungeAll']) {
    const error = t.throws(() => (bag(policy)[name] as (sql: string) => unknown)('DELETE FROM "User"'), {
      instanceOf: NotImplementedError,
    })
    t.true(error?.message.includes(name))
    t.false(name in policy, name)
    t.false(policy.supports(name), name)
    t.false(Object.keys(policy).includes(name), name)
    t.true(name in x.s, name)
  }
  t.deepEqual(x.ops(), [])
  t.is(await x.s.$executeRawUnsafe('DELETE FROM "User"'), 0)
  await x.s.rollback()
  t.is(await policy.$executeRaw`DELETE FROM "User"`, 0)
})

behaviour('options.matrix removes a model, or all but one of its methods', async (t, x) => {
  const s = x.session({
    matrix: { user: 'notImplemented', 'user.count': 'forward', 'post.deleteMany': 'notImplemented' },
  })
  const refused = { instanceOf: NotImplementedError, message: /refused by this session's `matrix` option/ }
  t.throws(() => s.user.findMany(), refused)
  t.throws(() => s.delegate('User').create({ data: { name: 'a' } }), refused)
  t.throws(() => s.post.deleteMany(), refused)
  t.is(await s.user.count(), 0)
  t.is(await s.post.count(), 0)
  t.deepEqual(
    ['user', 'user.findMany', 'user.count', 'post', 'post.deleteMany'].map((name) => s.supports(name)),
    [false, false, true, true, false],
  )
  t.deepEqual(Object.keys(s.user), ['count'])
  t.is((await s.getMany('User', [1])).length, 1) // the session's own verbs are other cells
})

behaviour('options.matrix takes a cell for one mode only', async (t, x) => {
  const mine = x.session({ matrix: { expireAll: { [x.mode]: 'notImplemented' } } })
  t.throws(() => mine.expireAll(), { instanceOf: NotImplementedError })
  const theirs = x.session({ matrix: { expireAll: { [x.mode === 'async' ? 'sync' : 'async']: 'notImplemented' } } })
  t.notThrows(() => theirs.expireAll())
})

behaviour('a session maker passes options.matrix to each session', async (t, x) => {
  const maker = sessionMaker(x.client, { matrix: { $executeRawUnsafe: 'notImplemented' } })
  const s = maker()
  t.false('$executeRawUnsafe' in s)
  t.false('$executeRawUnsafe' in maker())
})

for (const [title, policy] of [
  ['an unknown cell', { commit: 'forbidden' }],
  ['an unknown cell for one mode', { commit: { async: 'forbidden' } }],
  ['an unknown mode', { commit: { asynchronous: 'await' } }],
  ['a value that is not a cell', { commit: 1 }],
] as const) {
  behaviour(`options.matrix with ${title} is refused at construction`, async (t, x) => {
    const error = t.throws(() => createSession(x.client, { matrix: policy as unknown as SessionOptions['matrix'] }), {
      instanceOf: ArgumentError,
    })
    t.regex(error?.message ?? '', /commit/)
  })
}

behaviour("a delegate looks like Prisma's own to whoever reflects on it", async (t, x) => {
  const [ours, theirs] = [x.s.user, x.client.user]
  t.is(Reflect.getPrototypeOf(ours), Reflect.getPrototypeOf(theirs))
  for (const symbol of [Symbol.iterator, Symbol.toStringTag]) {
    t.is(Reflect.get(ours, symbol), Reflect.get(theirs, symbol))
    t.false(symbol in ours)
    t.is(Reflect.getOwnPropertyDescriptor(ours, symbol), undefined)
  }
  t.true('count' in ours)
  t.false('findNothing' in ours)
  t.is(Reflect.getOwnPropertyDescriptor(ours, 'findNothing'), undefined)
  t.is(Reflect.getOwnPropertyDescriptor(ours, 'count')?.value, ours.count)
})

behaviour('sessions and delegates refuse to lose members, to be frozen and to change their prototype', async (t, x) => {
  for (const face of [x.s, x.s.user]) t.false(Reflect.deleteProperty(face, 'count'))
  const prototype = Reflect.getPrototypeOf(x.s)
  t.false(Reflect.deleteProperty(x.s, 'commit'))
  t.false(Reflect.setPrototypeOf(x.s, {}))
  t.false(Reflect.preventExtensions(x.s))
  t.false(Reflect.defineProperty(x.s, 'nothingOfTheKind', { value: 1 }))
  t.throws(() => Object.freeze(x.s), { instanceOf: TypeError })
  t.is(Reflect.getPrototypeOf(x.s), prototype)
  const { commit } = x.s
  const spied = () => commit()
  t.true(Reflect.defineProperty(x.s, 'commit', { value: spied, configurable: true }))
  t.is(x.s.commit, spied)
})
