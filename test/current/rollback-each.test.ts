// A session for each test, over a transaction that is rolled back whatever the code under test commits.
import type { ExecutionContext } from 'ava'
import {
  createSession,
  InvalidRequestError,
  type RolledBack,
  rollbackEach,
  type SessionOptions,
  sessionMaker,
} from '../../src/index.js'
import type { PrismaClient } from '../helpers/clients.js'
import { databases } from '../helpers/databases.js'
import { giveSyncClient, takeSyncClient } from '../helpers/sync-clients.js'
import { testOn } from '../helpers/test-on.js'

type Tests = RolledBack<PrismaClient, 'async'>

interface Given {
  readonly client: PrismaClient
  readonly tests: Tests
  /** How many users are committed, seen by another client. */
  committed(): Promise<number>
}

async function given(t: ExecutionContext, row: (typeof databases)[number], options?: SessionOptions): Promise<Given> {
  const database = await row.create('test')
  const [client, raw] = [database.connect(), database.connect()]
  const tests = rollbackEach(client, options)
  t.teardown(async () => {
    await tests.after()
    for (const each of [client, raw]) await database.release(each)
    await database.drop()
  })
  return { client, tests, committed: () => raw.user.count() }
}

for (const row of databases) {
  testOn(
    row,
    `work committed by the code under test is visible in its test and gone after it [${row.name}]`,
    async (t) => {
      const { tests, committed } = await given(t, row)
      await tests.before()
      const { session } = tests
      const ada = session.add('User', { name: 'ada', email: 'ada@example.org' })
      await session.commit()
      t.is(await session.user.count(), 1)
      ada.name = 'changed'
      await session.flush()
      await session.rollback()
      t.is(ada.name, 'ada') // a rollback goes back to the commit, not to the beginning of the test
      t.is(await session.user.count(), 1)
      await session.transaction(async () => void session.add('User', { name: 'bob' }))
      await t.throwsAsync(() =>
        session.transaction(async () => {
          await session.user.deleteMany()
          throw new RangeError('undone')
        }),
      )
      await session.$transaction([session.user.create({ data: { name: 'eve' } })])
      t.is(await session.user.count(), 3)
      if (row.name !== 'better-sqlite3' && row.name !== 'libsql') t.is(await committed(), 0)
      await tests.after()
      t.is(await committed(), 0)

      await tests.before()
      t.is(tests.session, session)
      t.is(await session.user.count(), 0)
      t.is(session.identityMap.size, 0)
      await tests.after()
    },
  )

  testOn(row, `a failure handled by the code under test leaves its other work in place [${row.name}]`, async (t) => {
    const { tests, committed } = await given(t, row)
    await tests.before()
    const { session } = tests
    session.add('User', { name: 'a', email: 'taken' })
    await session.commit()
    session.add('User', { name: 'b', email: 'taken' })
    await t.throwsAsync(() => session.commit(), { code: 'P2002' } as never)
    await session.rollback()
    t.is(await session.user.count(), 1)
    await t.throwsAsync(async () => session.user.create({ data: { name: 'c', email: 'taken' } }), {
      code: 'P2002',
    } as never)
    await session.rollback()
    t.is(await session.user.count(), 1)
    await tests.after()
    t.is(await committed(), 0)
  })

  testOn(row, `a failed call without autobegin undoes only itself [${row.name}]`, async (t) => {
    const { tests, committed } = await given(t, row, { autobegin: false })
    await tests.before()
    const { session } = tests
    const create = (name: string) => session.user.create({ data: { name, email: 'taken' } })
    await create('a')
    await t.throwsAsync(async () => create('b'), { code: 'P2002' } as never)
    t.is(await session.user.count(), 1)
    await t.throwsAsync(() => session.$transaction([session.user.deleteMany(), create('c'), create('d')]), {
      code: 'P2002',
    } as never)
    t.is(await session.user.count(), 1)
    const both = await Promise.allSettled([session.post.create({ data: { title: 'kept' } }), create('e')])
    t.deepEqual(
      both.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
    t.is(await session.post.count(), 1)
    const [one, many] = await Promise.all([session.user.findFirst(), session.user.findMany()])
    t.deepEqual([one], many)
    await session.$transaction(async (tx) => {
      await tx.user.deleteMany()
    })
    t.is(await session.user.count(), 0)
    t.false(session.inTransaction())
    await tests.after()
    t.is(await committed(), 0)
  })
}

for (const row of databases.filter(({ name }) => name === 'better-sqlite3')) {
  testOn(row, 'the session is refused between tests, and a test cannot begin twice', async (t) => {
    const { tests } = await given(t, row)
    const between = { instanceOf: InvalidRequestError, message: /no test is under way: call before\(\)/ }
    t.throws(() => tests.session.user, between)
    await t.notThrowsAsync(() => tests.after())
    await tests.before()
    await t.throwsAsync(() => tests.before(), { instanceOf: InvalidRequestError, message: /test\.serial in ava/ })
    t.is(await tests.session.user.count(), 0)
    await tests.after()
    await tests.after()
    t.throws(() => tests.session.commit(), between)
  })

  testOn(row, 'tests that begin at the same time are refused and leave no transaction open', async (t) => {
    const { client, tests } = await given(t, row)
    const settled = await Promise.allSettled([tests.before(), tests.before()])
    t.deepEqual(
      settled.map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
    await tests.after()
    await Promise.all([tests.before(), tests.after()])
    t.throws(() => tests.session.user, { instanceOf: InvalidRequestError })
    await client.user.create({ data: { name: 'nothing is in its way' } })
  })

  testOn(row, 'a policy applies to the code under test, which can connect and disconnect', async (t) => {
    const matrix = { begin: 'notImplemented', close: 'notImplemented', connection: 'notImplemented' } as const
    const { tests } = await given(t, row, { matrix })
    await tests.before()
    t.throws(() => tests.session.close(), { message: /refused by this session's `matrix` option/ })
    await tests.session.$connect()
    await tests.session.user.create({ data: { name: 'a' } })
    await tests.session.commit()
    await tests.session.$disconnect()
    t.is(await tests.session.user.count(), 1)
    t.throws(() => tests.session.$extends({}), { message: /give rollbackEach\(\) the extended client/ })
    const made = sessionMaker(tests.session as unknown as PrismaClient)()
    t.throws(() => made.close(), { message: /refused/ }) // a maker does not lead around it
    await tests.after()
  })

  testOn(row, 'makers and sessions over the session of a test join the test', async (t) => {
    const { tests, committed } = await given(t, row)
    const makeSession = sessionMaker(tests.session as unknown as PrismaClient) // at the top of a module, before any test
    await tests.before()
    const mine = tests.session.add('User', { name: 'mine' })
    await tests.session.commit()
    await makeSession.begin((session) => session.add('User', { name: 'a' }))
    await t.throwsAsync(() =>
      makeSession.begin(async (session) => {
        await session.user.deleteMany()
        throw new RangeError('undone')
      }),
    )
    t.true(tests.session.contains(mine)) // they have units of work of their own
    const own = createSession(tests.session)
    own.add('User', { name: 'b' })
    await own.commit()
    t.true(own.equals(tests.session)) // while a session of a session is the same one
    t.is(await tests.session.user.count(), 3)
    await tests.after()
    t.is(await committed(), 0)
    t.throws(() => makeSession(), { message: /no test is under way/ })
  })

  testOn(row, 'rollbackEach() refuses unknown options and invalid clients', async (t) => {
    const { client } = await given(t, row)
    t.throws(() => rollbackEach(client, { autoBegin: false } as never), { message: /no option 'autoBegin'/ })
    t.throws(() => rollbackEach({} as never), { message: /a session wraps a PrismaClient/ })
  })

  testOn(row, 'a test whose transaction could not begin can begin again', async (t) => {
    const { client, tests } = await given(t, row, { maxWait: 50 })
    await client.$transaction(async () => {
      await t.throwsAsync(() => tests.before(), { code: 'P2028' } as never)
    })
    await tests.after()
    await tests.before()
    t.is(await tests.session.user.count(), 0)
  })
}

for (const row of databases) {
  testOn(
    { name: row.name, mode: 'sync' },
    `a synchronous client gives each test a session too [${row.name}]`,
    async (t) => {
      const kind = { schema: 'test', adapter: row.name } as const
      const database = await row.create('test')
      const client = takeSyncClient(kind, database.url)
      t.teardown(async () => {
        giveSyncClient(kind, client)
        await database.drop()
      })
      const tests = rollbackEach(client as unknown as PrismaClient, { autobegin: false })
      await tests.before()
      const { session } = tests as unknown as { session: PrismaClient }
      const create = (name: string) => session.user.create({ data: { name, email: 'taken' } }) as unknown
      create('a')
      t.throws(() => create('b'), { code: 'P2002' } as never)
      t.is(session.user.count() as unknown, 1)
      await tests.after()
      await tests.before()
      t.is(session.user.count() as unknown, 0)
      await tests.after()
    },
  )
}
