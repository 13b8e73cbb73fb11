// Extended clients and $extends of a session: computed fields, query hooks, and a unit of work of its own.
import { createSession, InvalidRequestError, inspect, NotImplementedError, select } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.ts'
import { openTransactions } from '../helpers/open-transactions.ts'
import { refused } from '../helpers/steps.ts'

const inProcess = { modes: ['async'] } as const

behaviour(
  '$extends gives a new session over the extended client, with a unit of work of its own',
  async (t, x) => {
    const user = x.s.add('User', { name: 'a' })
    await x.s.commit()
    const extended = x.s.$extends({
      model: { user: { greet: () => 'hello' } },
      client: { $answer: () => 42 },
    })
    t.not(extended as object, x.s)
    t.false(extended.equals(x.s))
    t.is(extended.identityMap.size, 0)
    t.false(extended.contains(user))
    t.is(extended.user.greet(), 'hello')
    t.is(extended.$answer(), 42)
    const theirs = await extended.getOne('User', user.id)
    t.not(theirs as object, user)
    theirs.name = 'b'
    await extended.commit()
    t.is((await x.raw.user.findFirstOrThrow()).name, 'b')
    t.is(user.name, 'a')
    t.false('greet' in x.s.user)
  },
  inProcess,
)

behaviour(
  '$extends passes on the options of the session',
  async (t, x) => {
    const s = x.session({ autoflush: false, info: { tenant: 1 } })
    const extended = s.$extends({})
    t.false(extended.autoflush)
    t.deepEqual(extended.info, { tenant: 1 })
  },
  inProcess,
)

behaviour(
  '$extends is refused while a transaction is open',
  async (t, x) => {
    await x.s.user.count()
    await refused(t, () => x.s.$extends({}), { instanceOf: InvalidRequestError, message: /transaction/ })
    t.true(x.s.inTransaction())
    await x.s.rollback()
    t.notThrows(() => x.s.$extends({}))
  },
  inProcess,
)

behaviour(
  '$extends of a second proxy gives a session with the options that the proxy was made with',
  async (t, x) => {
    const second = createSession(x.s, { info: { tenant: 'one' } })
    const extended = second.$extends({ model: { user: { named: () => 'a method' } } })
    t.is(extended.user.named(), 'a method')
    t.deepEqual((extended as unknown as { info: object }).info, { tenant: 'one' })
    await (extended as unknown as { close(): unknown }).close()
  },
  { modes: ['async'] },
)

behaviour('methods of model and client extensions read in the transaction of the session', async (t, x) => {
  const s = createSession(x.extended('finding'))
  s.add('User', { name: 'ada' })
  await s.flush()
  t.is((await s.user.byName('ada'))?.name, 'ada')
  t.is(await s.$users(), 1)
  await s.rollback()
  t.is(await s.user.byName('ada'), null)
  await s.close()
})

behaviour('$disconnect closes the session first', async (t, x) => {
  const user = x.s.add('User', { name: 'kept' })
  await x.s.commit()
  const lost = x.s.add('User', { name: 'lost' })
  await x.s.flush()
  x.clear()
  await x.s.$disconnect()
  t.deepEqual(x.wire(), ['ROLLBACK'])
  t.is(inspect(user).state, 'detached')
  t.not(inspect(lost).state, 'pending')
  t.false(x.s.inTransaction())
  t.is(x.s.identityMap.size, 0)
  t.deepEqual(
    (await x.raw.user.findMany()).map(({ name }) => name),
    ['kept'],
  )
})

behaviour('computed fields of a result-extended client are getters over current values', async (t, x) => {
  await x.raw.user.create({ data: { name: 'ada' } })
  const s = createSession(x.extended('computing'))
  const user = await s.getOne('User', 1)
  t.is(user.shout, 'ADA')
  user.name = 'grace'
  t.is(user.shout, 'GRACE')
  t.is(user.label, '1: grace')
  await s.rollback()
  t.is(user.shout, 'ADA')
  await s.close()
})

behaviour('computed fields are read-only', async (t, x) => {
  await x.raw.user.create({ data: { name: 'ada' } })
  const s = createSession(x.extended('computing'))
  const user = await s.getOne('User', 1)
  t.throws(() => Object.assign(user, { shout: 'other' }), { instanceOf: TypeError })
  t.is(user.shout, 'ADA')
  t.is(typeof Object.getOwnPropertyDescriptor(user, 'shout')?.get, 'function')
  await s.close()
})

behaviour('computed fields are never part of a snapshot or of written data', async (t, x) => {
  const s = createSession(x.extended('computing'))
  const user = s.add('User', { name: 'ada' })
  await s.commit()
  t.is((user as typeof user & { shout: string }).shout, 'ADA')
  t.false(s.isModified(user))
  user.name = 'grace'
  await s.commit()
  const loaded = (await s.scalars(select('User'))).one()
  t.is(loaded, user)
  t.false(s.isModified(user))
  const merged = await s.merge('User', { ...user })
  t.is(merged as object, user)
  t.false(s.isModified(user))
  await s.commit()
  t.is((await x.raw.user.findFirstOrThrow()).name, 'grace')
  await s.close()
})

behaviour('a computed field named like a column is the value of that column, as Prisma returns it', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'a', kind: 'one' } })
  const client = x.extended('overriding')
  const s = createSession(client)
  t.teardown(async () => void (await s.close()))
  const theirs = await client.user.findFirstOrThrow()
  const user = (await s.getOne('User', id)) as { name: string; kind: string }
  t.is(user.kind, theirs.kind)
  t.is(user.kind, '(one)')
  t.false(s.isModified(user))
  user.name = 'b'
  await s.commit()
  t.deepEqual(await x.raw.user.findFirst({ select: { name: true, kind: true } }), { name: 'b', kind: 'one' })
  await s.get('User', id)
  user.kind = 'two'
  await s.commit()
  t.is((await x.raw.user.findFirstOrThrow()).kind, 'two')
})

behaviour('included entities get the computed fields of their own model', async (t, x) => {
  await x.raw.user.create({ data: { name: 'ada', posts: { create: { title: 'one' } } } })
  const s = createSession(x.extended('computing'))
  const post = await s.getOne('Post', 1, { include: { author: true } })
  t.false('shout' in post)
  t.is((post.author as unknown as { shout: string }).shout, 'ADA')
  await s.close()
})

behaviour('entities are plain objects, not Prisma’s row proxies', async (t, x) => {
  await x.raw.user.create({ data: { name: 'ada' } })
  const s = createSession(x.extended('computing'))
  const user = await s.getOne('User', 1)
  t.is(Object.getPrototypeOf(user), Object.prototype)
  const copy = { ...user }
  t.is(copy.name, 'ada')
  t.like(JSON.parse(JSON.stringify(user)), { id: 1, name: 'ada' })
  t.notThrows(() => structuredClone(user))
  await s.close()
})

behaviour('a forwarded call on a result-extended client returns what Prisma returns', async (t, x) => {
  const s = createSession(x.extended('computing'))
  const row = await s.user.create({ data: { name: 'ada' } })
  t.is(row.shout, 'ADA')
  const rows = await s.user.findMany({ select: { shout: true } })
  t.deepEqual(
    rows.map(({ shout }) => shout),
    ['ADA'],
  )
  await s.close()
})

behaviour('hooks of a query-extended client see the operations of the session', async (t, x) => {
  const client = x.extended('hooked')
  const s = createSession(client)
  await client.$seen()
  const user = s.add('User', { name: 'a' })
  await s.flush()
  t.true((await client.$seen()).some(({ model, operation }) => model === 'User' && operation.startsWith('create')))
  user.name = 'b'
  await s.flush()
  t.true((await client.$seen()).some(({ model, operation }) => model === 'User' && operation.startsWith('update')))
  s.expire(user)
  await s.get('User', user.id)
  t.true((await client.$seen()).some(({ model, operation }) => model === 'User' && operation.startsWith('find')))
  await s.delete(user)
  await s.commit()
  t.true((await client.$seen()).some(({ model, operation }) => model === 'User' && operation.startsWith('delete')))
  await s.close()
})

behaviour('a hook of a query extension can change what is written', async (t, x) => {
  const s = createSession(x.extended('rewriting'))
  const user = s.add('User', { name: 'a' })
  await s.commit()
  t.is((await x.raw.user.findFirstOrThrow()).kind, 'by the hook')
  await s.get('User', user.id)
  t.is((user as typeof user & { kind: string }).kind, 'by the hook')
  await s.close()
})

behaviour(
  'with query extensions a savepoint is Prisma’s nested transaction, and hooks see no savepoint SQL',
  async (t, x) => {
    const client = x.extended('hooked')
    const s = createSession(client)
    await client.$seen()
    await s.begin()
    const outer = s.add('User', { name: 'outer' })
    const undone = await s.beginNested()
    const inner = s.add('User', { name: 'undone' })
    await s.flush()
    await undone.rollback()
    t.is(inspect(inner).state, 'transient')
    t.is(inspect(outer).state, 'persistent')
    const kept = await s.beginNested()
    s.add('User', { name: 'kept' })
    await s.flush()
    await kept.commit()
    await s.commit()
    t.deepEqual(
      (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name),
      ['outer', 'kept'],
    )
    const seen = await client.$seen()
    t.true(seen.length > 0)
    t.false(seen.some(({ args }) => /savepoint/i.test(JSON.stringify(args) ?? '')))
    await s.close()
  },
)

behaviour('with query extensions explain() reports that Prisma writes, and why', async (t, x) => {
  const s = createSession(x.extended('hooked'))
  s.add('User', { name: 'a' })
  const plan = s.explain()
  t.deepEqual(
    plan.map(({ model, rows, way }) => ({ model, rows, way })),
    [{ model: 'User', rows: 1, way: 'prisma' }],
  )
  t.regex(plan[0]?.reason ?? '', /extension/)
  await s.close()
})

behaviour('an error thrown by a query hook comes out of the flush as it is', async (t, x) => {
  const s = createSession(x.extended('failing'))
  const user = s.add('User', { name: 'a' })
  await refused(t, () => s.flush(), { instanceOf: RangeError, message: 'from the extension' })
  t.is(inspect(user).state, 'transient')
  await s.rollback()
  t.is(await s.user.count(), 0)
  await s.close()
})

behaviour(
  '$extends and $on of a synchronous session are refused with the remedy',
  async (t, x) => {
    const s = x.s as unknown as Record<string, (...args: unknown[]) => unknown>
    for (const [name, remedy] of [
      ['$extends', /Extend the client in its own module/],
      ['$on', /Listen in the client's own module/],
    ] as const) {
      t.throws(() => s[name]?.({}, () => {}), { instanceOf: NotImplementedError, message: remedy })
      t.false(name in x.s, name)
      t.false(x.s.supports(name), name)
      t.false(Object.keys(x.s).includes(name), name)
    }
    t.deepEqual(x.ops(), [])
  },
  { modes: ['sync'] },
)

for (const [what, own] of [
  ['returns nothing', (client: Base) => ({ $transaction: (...args: Args) => void client.$transaction(...args) })],
  [
    'does not await what it calls',
    (client: Base) => ({ $transaction: async (...args: Args) => void client.$transaction(...args) }),
  ],
  ['calls nothing', () => ({ $transaction: async () => {} })],
] as const)
  behaviour(
    `a client whose own $transaction ${what} is refused at BEGIN, and holds no connection`,
    async (t, x) => {
      const base = x.client as unknown as Base
      const s = createSession(base.$extends({ client: own(base) }) as typeof x.client)
      await refused(t, () => s.user.count(), {
        instanceOf: InvalidRequestError,
        message: /own \$transaction ended before/,
      })
      await s.close()
      x.s.add('User', { name: 'after' })
      await x.s.commit()
      t.is(await x.raw.user.count(), 1)
      t.is(await openTransactions(x.raw, x.database), 0)
    },
    inProcess,
  )

behaviour(
  "an error that an extension's own method throws at once keeps its stack",
  async (t, x) => {
    function fromTheExtension(): never {
      throw new Error('refused')
    }
    const base = x.client as unknown as Base
    const client = base.$extends({
      model: { user: { findMany: fromTheExtension }, $allModels: { count: fromTheExtension } },
    }) as typeof x.client
    const s = createSession(client)
    for (const call of [() => s.user.findMany(), () => s.post.count(), () => s.user.count()]) {
      const error = await refused(t, call, { message: 'refused' })
      t.regex(error.stack ?? '', /fromTheExtension/)
    }
    await s.close()
  },
  inProcess,
)

type Args = readonly [unknown, unknown?]

interface Base {
  $transaction(...args: Args): Promise<unknown>
  $extends(extension: object): unknown
}
