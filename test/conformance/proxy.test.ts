// The proxy: what it wraps, where its calls go, what they return and how they refuse; and how it is made.
import { inspect as print } from 'node:util'
import { PrismaClient } from '../../generated/test/client.ts'
import {
  createSession,
  PrismaSessionProxy,
  SessionError,
  type SessionOptions,
  select,
  sessionMaker,
  UnmappedInstanceError,
  UnmappedModelError,
} from '../../src/index.js'
import { behaviour, inSync, type TestSession } from '../helpers/conformance.js'
import { persistent } from '../helpers/entities.js'
import { refused } from '../helpers/steps.js'

/** A session seen as a bag of members, for names that its type does not have. */
const loose = (session: object) => session as unknown as Record<string, (...args: unknown[]) => unknown>

behaviour('session is the wrapped client, and isAsync cannot be set', async (t, x) => {
  const s = new PrismaSessionProxy(x.client) as TestSession
  t.true(s.session === x.client)
  t.is<boolean, boolean>(s.isAsync, x.mode === 'async')
  t.throws(() => Object.assign(s, { isAsync: !s.isAsync }), { instanceOf: TypeError })
  t.is<boolean, boolean>(s.isAsync, x.mode === 'async')
  t.true(createSession(s).session === s)
  await s.close()
})

behaviour('delegates and raw calls go to the open transaction', async (t, x) => {
  await x.s.user.create({ data: { name: 'ada' } })
  t.deepEqual(x.wire(), ['BEGIN'])
  t.is(await x.raw.user.count(), 0)
  t.is(await x.s.user.count(), 1)
  const rows = await x.s.$queryRaw<{ name: string }[]>`SELECT "name" FROM "User" WHERE "name" = ${'ada'}`
  t.deepEqual(rows, [{ name: 'ada' }])
  t.is(await x.s.$executeRaw`UPDATE "User" SET "name" = 'bea'`, 1)
  await x.s.rollback()
  t.is(await x.raw.user.count(), 0)
})

behaviour('members that transaction clients lack come from the wrapped client', async (t, x) => {
  await x.s.user.findMany()
  t.true(x.s.inTransaction())
  t.is(typeof loose(x.s).$connect, 'function')
  await t.notThrowsAsync(async () => await loose(x.s).$connect?.())
  t.is(loose(x.s).nothingOfThisName, undefined)
  t.false('nothingOfThisName' in x.s)
})

behaviour('with autobegin: false calls outside a transaction go to the wrapped client', async (t, x) => {
  const s = x.session({ autobegin: false })
  await s.user.create({ data: { name: 'ada' } })
  t.deepEqual(x.wire(), [])
  t.is(await x.raw.user.count(), 1)
  await s.begin()
  await s.user.create({ data: { name: 'bea' } })
  t.deepEqual(x.wire(), ['BEGIN'])
  await s.rollback()
  t.is(await x.raw.user.count(), 1)
})

behaviour('a session is not a thenable', async (t, x) => {
  t.false('then' in x.s)
  t.is(loose(x.s).then, undefined)
  t.is(await x.s, x.s)
  t.is(await Promise.resolve(x.s), x.s)
})

behaviour('printing a session and testing its type send nothing', async (t, x) => {
  t.notThrows(() => print(x.s, { depth: 3, showProxy: true }))
  t.regex(print(x.s), /session/i)
  t.notThrows(() => JSON.stringify(x.s))
  t.notThrows(() => String(x.s))
  const keys = Object.keys(x.s)
  t.true(keys.includes('commit'))
  t.true(keys.includes('user'))
  t.false(keys.includes('then'))
  t.true(x.s instanceof PrismaSessionProxy)
  t.is(x.s instanceof PrismaClient, x.client instanceof PrismaClient)
  t.false(x.client instanceof PrismaSessionProxy)
  t.deepEqual(x.ops(), [])
  t.deepEqual(x.wire(), [])
})

behaviour('two proxies over one session are equal', async (t, x) => {
  const first = createSession(x.s)
  const second = createSession(x.s)
  t.true(first.equals(second))
  t.true(first.equals(x.s))
  t.true(x.s.equals(first))
  t.false(x.s.equals(x.session()))
  t.false(x.s.equals(x.client))
  t.false(x.s.equals(null))
  const user = first.add('User', { name: 'ada' })
  t.true(second.new.has(user))
})

behaviour('createSession of a session makes another proxy over the same unit of work', async (t, x) => {
  const again = createSession(x.s)
  t.true(again.equals(x.s))
  t.true(x.s instanceof PrismaSessionProxy)
  t.true(again instanceof PrismaSessionProxy)
  const user = again.add('User', { name: 'a' })
  t.true(x.s.contains(user))
  await x.s.commit()
  t.is(await again.get('User', user.id), user)
})

behaviour('verbs in memory return plain values', async (t, x) => {
  const user = await persistent(x)
  const answers: { [member: string]: unknown } = {
    add: x.s.add('User', { name: 'bea' }),
    addAll: x.s.addAll('User', [{ name: 'cyd' }]),
    isModified: x.s.isModified(user),
    contains: x.s.contains(user),
    inTransaction: x.s.inTransaction(),
    inNestedTransaction: x.s.inNestedTransaction(),
    getTransaction: x.s.getTransaction(),
    getNestedTransaction: x.s.getNestedTransaction(),
    getBind: x.s.getBind(),
    new: x.s.new,
    dirty: x.s.dirty,
    deleted: x.s.deleted,
    identityMap: x.s.identityMap,
    explain: x.s.explain(),
    supports: x.s.supports('commit'),
    noAutoflush: x.s.noAutoflush(() => 1),
    expire: x.s.expire(user),
    expunge: x.s.expunge(user),
    expireAll: x.s.expireAll(),
    expungeAll: x.s.expungeAll(),
  }
  for (const [member, answer] of Object.entries(answers)) {
    t.is((answer as { then?: unknown } | null | undefined)?.then, undefined, member)
  }
  t.true(answers.contains)
  t.false(answers.isModified)
  t.true(answers.inTransaction)
  t.is(answers.noAutoflush, 1)
  t.is(answers.getBind, x.client)
})

/** Arguments that the verbs refuse. */
const badCalls: { [verb: string]: unknown[] } = {
  get: ['Nope', 1],
  getOne: ['Nope', 1],
  getMany: ['Nope', [1]],
  merge: [1],
  delete: [1],
  refresh: [null],
  execute: ['SELECT 1'],
  scalars: ['SELECT 1'],
  scalar: ['SELECT 1'],
  flush: ['everything'],
  transaction: ['not a function'],
}

behaviour(
  'verbs of the database reject and never throw in async mode',
  async (t, x) => {
    for (const [verb, args] of Object.entries(badCalls)) {
      let promise: unknown
      t.notThrows(() => {
        promise = loose(x.s)[verb]?.(...args)
      }, verb)
      t.true(promise instanceof Promise, verb)
      await t.throwsAsync(promise as Promise<unknown>, undefined, verb)
    }
    for (const verb of [
      'begin',
      'beginNested',
      'connection',
      'commit',
      'rollback',
      'flush',
      'reset',
      'invalidate',
      'close',
    ]) {
      const promise = loose(x.s)[verb]?.()
      t.true(promise instanceof Promise, verb)
      await promise
    }
  },
  { modes: ['async'] },
)

behaviour(
  'verbs of the database return values in sync mode, never thenables',
  async (t, x) => {
    const user = await persistent(x)
    const s = inSync(x.s)
    const calls: { [call: string]: () => unknown } = {
      'get of a hit': () => s.get('User', user.id),
      'get of a miss': () => s.get('User', 99),
      getOne: () => s.getOne('User', user.id),
      getMany: () => s.getMany('User', [user.id, 99]),
      merge: () => s.merge('User', { id: user.id, name: 'bea' }),
      execute: () => s.execute(select('User')),
      scalars: () => s.scalars(select('User')),
      scalar: () => s.scalar(select('User')),
      query: () => s.query('User').all(),
      connection: () => s.connection(),
      'a forwarded read': () => s.user.findMany(),
      'a forwarded write': () => s.user.updateMany({ data: { kind: 'k' } }),
      'raw SQL': () => s.$queryRaw`SELECT 1 AS one`,
      'a raw write': () => s.$executeRawUnsafe('UPDATE "User" SET kind = \'raw\''),
      beginNested: () => s.beginNested(),
      transaction: () => s.transaction(() => 'value'),
      $transaction: () => s.$transaction(() => 'value'),
      noAutoflush: () => s.noAutoflush(() => s.user.count()),
    }
    const answers = Object.fromEntries(Object.entries(calls).map(([call, make]) => [call, make()]))
    for (const [call, answer] of Object.entries(answers)) {
      t.is((answer as { then?: unknown } | null | undefined)?.then, undefined, call)
      if (call !== 'get of a miss') t.truthy(answer, call)
    }
    t.is(answers['get of a hit'], user)
    t.is(answers['get of a miss'], null)
    t.deepEqual(answers.getMany, [user, null])
    t.is(answers.merge, user)
    t.is(answers.scalar, user)
    t.is(answers.transaction, 'value')
    t.is(Number((answers['raw SQL'] as { one: number | bigint }[])[0]?.one), 1) // a BigInt with better-sqlite3
    t.is(answers.noAutoflush, 1)
    const nothing: { [call: string]: () => unknown } = {
      refresh: () => s.refresh(user),
      flush: () => s.flush(),
      'flush of objects': () => s.flush([user]),
      delete: () => s.delete(user),
      commit: () => s.commit(),
      rollback: () => s.rollback(),
      reset: () => s.reset(),
      invalidate: () => s.invalidate(),
      close: () => s.close(),
    }
    for (const [call, make] of Object.entries(nothing)) t.is(make(), undefined, call)
    const handle = s.begin()
    t.is((handle as { then?: unknown }).then, undefined)
    t.is<unknown, unknown>(handle.commit(), undefined)
    t.is<unknown, unknown>(s.begin().rollback(), undefined)
    t.is(
      s.begin(() => 'value'),
      'value',
    )
    t.is(await x.raw.user.count(), 0)
  },
  { modes: ['sync'] },
)

behaviour(
  'verbs of the database throw at the call in sync mode',
  async (t, x) => {
    const bad: { [verb: string]: unknown[] } = {
      ...badCalls,
      begin: [{ timeout: -1 }],
      query: ['Nope'],
    }
    for (const [verb, args] of Object.entries(bad)) t.throws(() => loose(x.s)[verb]?.(...args), undefined, verb)
    t.deepEqual(x.ops(), [])
    t.deepEqual(x.wire(), [])
  },
  { modes: ['sync'] },
)

behaviour('blocks and callbacks receive a proxy', async (t, x) => {
  const seen: unknown[] = []
  await x.s.transaction((session) => seen.push(session))
  await x.s.begin((session) => seen.push(session))
  await sessionMaker(x.client).with((session) => seen.push(session))
  t.is(seen.length, 3)
  for (const session of seen) t.true(session instanceof PrismaSessionProxy)
  t.true(x.s.equals(seen[0]))
  t.true(x.s.equals(seen[1]))
  await using bound = x.session()
  t.true(bound instanceof PrismaSessionProxy)
})

const notEntities = [1, 'text', () => 1, null, {}, new Date()]

for (const verb of ['add', 'delete', 'merge', 'refresh', 'expire', 'expunge', 'isModified', 'contains']) {
  behaviour(`${verb} refuses values that are not entities`, async (t, x) => {
    for (const value of notEntities) {
      await refused(t, () => loose(x.s)[verb]?.(value), { instanceOf: UnmappedInstanceError })
    }
    t.is(x.s.new.size, 0)
    t.deepEqual(x.ops(), [])
    t.false(x.s.inTransaction())
  })
}

behaviour('every verb that takes a model refuses an unknown one', async (t, x) => {
  const calls = [
    () => loose(x.s).get?.('Nope', 1),
    () => loose(x.s).getOne?.('Nope', 1),
    () => loose(x.s).getMany?.('Nope', [1]),
    () => loose(x.s).add?.('Nope', {}),
    () => loose(x.s).addAll?.('Nope', [{}]),
    () => loose(x.s).merge?.('Nope', {}),
    () => loose(x.s).delegate?.('Nope'),
    () => loose(x.s).execute?.(select('Nope')),
  ]
  for (const call of calls) {
    const error = await refused(t, call, { instanceOf: UnmappedModelError })
    t.regex(error.message, /Nope/)
  }
  t.is(x.s.new.size, 0)
  t.deepEqual(x.ops(), [])
})

behaviour('sessionMaker makes independent sessions, each with its own info', async (t, x) => {
  const info = { tenant: 'one' }
  const maker = sessionMaker(x.client, { info })
  const first = maker()
  const second = maker({ autoflush: false })
  t.deepEqual(first.info, info)
  t.deepEqual(second.info, info)
  t.not(first.info, second.info)
  Object.assign(first.info, { tenant: 'two' })
  t.deepEqual(second.info, { tenant: 'one' })
  t.deepEqual(info, { tenant: 'one' })
  t.false(first.equals(second))
  t.true(first.autoflush)
  t.false(second.autoflush)
  first.add('User', { name: 'ada' })
  t.is(second.new.size, 0)
  t.is(first.new.size, 1)
  t.false('tenant' in sessionMaker(x.client)().info)
})

for (const options of [
  { concurrency: 'parallel' },
  { identityMap: 'soft' },
  { expireOnCommit: 'later' },
  { versionFields: { Doc: 'nothing' } },
  { versionFields: { Nobody: 'version' } },
]) {
  behaviour(`createSession refuses the options ${JSON.stringify(options)}`, async (t, x) => {
    t.throws(() => createSession(x.client, options as unknown as SessionOptions), { instanceOf: SessionError })
  })
}
