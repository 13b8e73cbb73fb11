// One session for everything inside a scope, and the propagation of transaction().
import { AsyncResource } from 'node:async_hooks'
import { setTimeout } from 'node:timers/promises'
import { inspect as show } from 'node:util'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaPg } from '@prisma/adapter-pg'
import type { ExecutionContext } from 'ava'
import {
  ArgumentError,
  createSession,
  InvalidRequestError,
  NotImplementedError,
  PrismaSessionProxy,
  type ScopedSession,
  type SessionMaker,
  scopedSession,
  sessionMaker,
} from '../../src/index.js'
import { createSyncClient } from '../../src/sync.js'
import type { PrismaClient } from '../helpers/clients.js'
import { databases } from '../helpers/databases.js'
import { testOn, testOnce } from '../helpers/test-on.js'

type Scope = ScopedSession<PrismaClient, 'async'>

interface Given {
  readonly maker: SessionMaker<PrismaClient, 'async'>
  readonly scope: Scope
  /** Another over the same client, whose calls outside a scope are committed one by one. */
  readonly open: Scope
  /** What is committed, seen by a client of the test's own. */
  names(): Promise<string[]>
}

/** SQLite's client has one connection: two transactions at a time need a server. */
const onServer = databases.filter(({ name }) => name === 'postgresql')
const onFile = databases.filter(({ name }) => name === 'better-sqlite3')

async function given(t: ExecutionContext, row: (typeof databases)[number]): Promise<Given> {
  const database = await row.create('test')
  const [client, raw] = [database.connect(), database.connect()]
  t.teardown(async () => {
    for (const each of [client, raw]) await database.release(each)
    await database.drop()
  })
  const maker = sessionMaker(client)
  return {
    maker,
    scope: scopedSession(maker),
    open: scopedSession(sessionMaker(client, { matrix: { $queryRawUnsafe: 'notImplemented' } }), {
      outside: 'autocommit',
    }),
    names: async () => (await raw.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name),
  }
}

for (const row of [...onFile, ...onServer]) {
  const scoped = (title: string, body: (t: ExecutionContext, x: Given) => Promise<void>) =>
    testOn(row, `${title} [${row.name}]`, async (t) => body(t, await given(t, row)))

  scoped('a scope has one session, shared by everything inside it', async (t, { scope, names }) => {
    const deep = async () => {
      await setTimeout(1)
      return scope.current()
    }
    await scope.run(async () => {
      const session = scope.current()
      t.is(await deep(), session)
      t.is(await Promise.resolve().then(deep), session)
      t.true(scope.session.equals(session))
      t.true(scope.session instanceof PrismaSessionProxy)
      t.true(createSession(scope.session).equals(session))
      const ada = scope.session.add('User', { name: 'ada' })
      t.true(session.contains(ada))
      await scope.session.commit()
      t.is(await scope.session.getOne('User', ada.id), ada)
      t.is(await scope.session.user.count(), 1)
      scope.session.autoflush = false
      t.false(session.autoflush)
      t.true('user' in scope.session)
      t.false('nonsense' in scope.session)
      t.deepEqual(Object.keys(scope.session), Object.keys(session))
    })
    t.deepEqual(await names(), ['ada'])
  })

  scoped("with outside: 'autocommit' Prisma's calls outside a scope are committed one by one", async (t, x) => {
    const { open: scope, names } = x
    const service = { signUp: (name: string) => scope.session.user.create({ data: { name } }) }
    await service.signUp('ada')
    t.deepEqual(await names(), ['ada'])
    await scope.session.$transaction(async (tx) => {
      await tx.user.create({ data: { name: 'grace' } })
    })
    const lazy = [scope.session.user.count(), scope.session.$queryRaw`SELECT 1 AS one`] as const
    t.is(await lazy[0], 2)
    t.is(((await lazy[1]) as unknown[]).length, 1)
    await scope.run(async () => {
      await service.signUp('undone') // in the transaction of the scope's session, which is not committed
      t.is(await scope.session.user.count(), 3)
    })
    t.deepEqual(await names(), ['ada', 'grace'])
    const refused = { instanceOf: InvalidRequestError, message: /there is no current session here/ }
    for (const use of [
      () => scope.session.add('User', { name: 'lost' }),
      () => scope.session.commit(),
      () => scope.session.identityMap,
      () => scope.current(),
    ])
      t.throws(use, refused)
    t.throws(() => scope.session.$queryRawUnsafe('SELECT 1'), { instanceOf: NotImplementedError })
    let left: (() => unknown) | undefined
    await scope.run(async () => {
      left = AsyncResource.bind(() => scope.session.user)
    })
    t.throws(() => left?.(), { instanceOf: InvalidRequestError, message: /the scope that this runs in has ended/ })
  })

  scoped('concurrent and nested scopes have sessions of their own', async (t, { scope }) => {
    const seen = new Set<unknown>()
    await Promise.all(
      [1, 2, 3].map((ms) =>
        scope.run(async () => {
          const session = scope.current()
          seen.add(session)
          await setTimeout(ms)
          t.is(scope.current(), session)
        }),
      ),
    )
    t.is(seen.size, 3)
    await scope.run(async () => {
      const outer = scope.current()
      await scope.run(async () => {
        t.not(scope.current(), outer)
        t.false(scope.session.equals(outer))
      })
      t.is(scope.current(), outer)
    })
  })

  scoped('run() closes its session without a commit and returns the value of the function', async (t, x) => {
    const { scope, names } = x
    let session: unknown
    const value = await scope.run(async () => {
      session = scope.current()
      scope.session.add('User', { name: 'forgotten' })
      await scope.session.flush()
      return 7
    })
    t.is(value, 7)
    t.false((session as PrismaClientSession).inTransaction())
    t.is((session as PrismaClientSession).identityMap.size, 0)
    await t.throwsAsync(() => scope.run(() => Promise.reject(new RangeError('of the body'))), {
      instanceOf: RangeError,
    })
    await t.throwsAsync(
      () =>
        scope.run(() => {
          throw new RangeError('at once')
        }),
      { instanceOf: RangeError },
    )
    t.deepEqual(await names(), [])
  })

  scoped('the scoped session is refused outside a scope and after its end', async (t, { scope }) => {
    const outside = { instanceOf: InvalidRequestError, message: /no current session here: scope\.run\(/ }
    t.throws(() => scope.current(), outside)
    t.throws(() => scope.session.add('User', { name: 'a' }), outside)
    t.throws(() => scope.session.user, outside)
    t.throws(() => scope.session.$queryRaw, outside)
    t.throws(() => scope.session.isAsync, outside)
    t.throws(() => {
      scope.session.autoflush = false
    }, outside)
    let late: Promise<unknown> = Promise.resolve()
    await scope.run(() => {
      late = setTimeout(5).then(() => scope.session.user.count())
    })
    await t.throwsAsync(() => late, {
      instanceOf: InvalidRequestError,
      message: /the scope that this runs in has ended/,
    })
    await t.throwsAsync(() => scope.run(1 as never), { message: /run\(\) takes a function/ })
  })

  scoped('a session, delegate or call kept from a scope is refused after its end', async (t, { scope }) => {
    let session!: PrismaClientSession
    let users!: PrismaClientSession['user']
    let call!: PromiseLike<unknown>
    let queued: Promise<unknown> = Promise.resolve()
    await scope.run(() => {
      session = scope.current()
      users = session.user
      call = session.user.findMany()
      queued = session.user.count().then((count) => count) // is under way, and waited for
    })
    t.is(await queued, 0)
    const closed = { instanceOf: InvalidRequestError, message: /permanently closed/ }
    await t.throwsAsync(async () => session.user.count(), closed)
    await t.throwsAsync(async () => users.count(), closed)
    await t.throwsAsync(async () => call, closed)
    await t.throwsAsync(() => session.get('User', 1), closed)
    t.false(session.inTransaction())
  })

  scoped('the scoped session can be inspected outside a scope, as frameworks do', async (t, { scope }) => {
    const loose = scope.session as unknown as Record<string, unknown>
    t.is(loose.then, undefined)
    t.is(loose.onModuleInit, undefined)
    t.is(loose.hasOwnProperty as unknown, Object.prototype.hasOwnProperty)
    t.is(await Promise.resolve(scope.session), scope.session)
    t.regex(show(scope.session), /no session/)
    t.true('user' in scope.session)
    t.true('commit' in scope.session)
    t.false('onModuleInit' in scope.session)
    t.deepEqual(Object.keys(scope.session), [])
    t.is(String(Object.prototype.toString.call(scope.session)), '[object Object]')
  })

  scoped("propagation 'required' joins an open transaction, or begins and commits one", async (t, { scope, names }) => {
    await scope.run(async () => {
      await scope.transaction(async () => {
        scope.session.add('User', { name: 'a' })
        t.true(scope.session.inTransaction())
        const outer = scope.session.getTransaction()
        await scope.transaction(async () => {
          t.is(scope.session.getTransaction(), outer)
          t.false(scope.session.inNestedTransaction())
          scope.session.add('User', { name: 'b' })
        })
        t.deepEqual(await names(), [])
      })
      t.false(scope.session.inTransaction())
      t.deepEqual(await names(), ['a', 'b'])
      await t.throwsAsync(() =>
        scope.transaction(async () => {
          scope.session.add('User', { name: 'c' })
          await scope.session.flush()
          throw new RangeError('undone')
        }),
      )
    })
    t.deepEqual(await names(), ['a', 'b'])
  })

  scoped("propagation 'required' takes over an autobegun transaction", async (t, { scope, names }) => {
    await scope.run(async () => {
      await scope.session.user.count()
      scope.session.add('User', { name: 'before' })
      t.true(scope.session.inTransaction())
      await scope.transaction(async () => void scope.session.add('User', { name: 'inside' }))
      t.deepEqual((await names()).sort(), ['before', 'inside'])
    })
  })

  scoped('concurrent transactions in one scope run in turn, each with its own outcome', async (t, x) => {
    const { scope, names } = x
    await scope.run(async () => {
      const settled = await Promise.allSettled([
        scope.transaction(async () => {
          scope.session.add('User', { name: 'lost' })
          await scope.session.flush()
          await setTimeout(5)
          throw new RangeError('only this one')
        }),
        scope.transaction(async () => {
          scope.session.add('User', { name: 'kept' })
          await scope.session.flush()
        }),
      ])
      t.deepEqual(
        settled.map(({ status }) => status),
        ['rejected', 'fulfilled'],
      )
    })
    t.deepEqual(await names(), ['kept'])
  })

  scoped("propagation 'nested' opens a savepoint, or a transaction when none is open", async (t, { scope, names }) => {
    await scope.run(async () => {
      await scope.transaction(async () => {
        scope.session.add('User', { name: 'outer' })
        const inner = scope.transaction(
          async () => {
            t.true(scope.session.inNestedTransaction())
            scope.session.add('User', { name: 'inner' })
            await scope.session.flush()
            throw new RangeError('only the savepoint')
          },
          { propagation: 'nested' },
        )
        await t.throwsAsync(() => inner, { instanceOf: RangeError })
      })
      await scope.transaction(async () => void scope.session.add('User', { name: 'alone' }), { propagation: 'nested' })
    })
    t.deepEqual(await names(), ['outer', 'alone'])
  })

  scoped(
    "propagation 'mandatory' requires an open transaction, and 'never' refuses one",
    async (t, { scope, names }) => {
      const mandatory = { propagation: 'mandatory' } as const
      const never = { propagation: 'never' } as const
      await scope.run(async () => {
        await scope.session.user.count() // begun by its first use: nobody will commit that
        const missing = { instanceOf: InvalidRequestError, message: /'mandatory' asks for one/ }
        await t.throwsAsync(() => scope.transaction(() => t.fail(), mandatory), missing)
        t.is(await scope.transaction(() => 1, never), 1)
        await scope.session.rollback()
        await scope.transaction(async () => {
          await scope.transaction(() => void scope.session.add('User', { name: 'a' }), mandatory)
          const open = { instanceOf: InvalidRequestError, message: /'never' refuses one/ }
          await t.throwsAsync(() => scope.transaction(() => t.fail(), never), open)
        })
      })
      t.deepEqual(await names(), ['a'])
      await t.throwsAsync(() => scope.transaction(() => t.fail(), mandatory), { message: /no current session here/ })
    },
  )

  scoped('transaction() outside a scope opens one', async (t, { scope, names }) => {
    await scope.transaction(async () => void scope.current().add('User', { name: 'job' }))
    t.deepEqual(await names(), ['job'])
    t.false(await scope.transaction(() => scope.session.inTransaction(), { propagation: 'never' }))
    t.throws(() => scope.current())
  })

  scoped('scope.transaction() refuses wrong options before anything is sent', async (t, { scope }) => {
    const wrong = { propagation: 'supports' } as never
    await t.throwsAsync(() => scope.transaction(() => t.fail(), wrong), {
      message: /propagation cannot be supports: use/,
    })
    await t.throwsAsync(() => scope.transaction(() => t.fail(), { retries: 1 } as never), { message: /'retries'/ })
    await t.throwsAsync(() => scope.transaction(() => t.fail(), { timeout: -1 }), { message: /timeout/ })
    const joined = (options: object) => scope.transaction(() => scope.transaction(() => 1, options))
    await t.throwsAsync(() => joined({ retries: 1 }), { message: /'retries'/ })
    await t.throwsAsync(() => joined({ isolationLevel: 'Nope' }), { message: /isolationLevel/ })
    await t.throwsAsync(() => scope.transaction(null as never), { message: /transaction\(\) takes a function/ })
    t.throws(() => scopedSession((() => ({})) as never), { message: /what sessionMaker\(\) gives/ })
  })
}

async function clientWith(adapter: PrismaPg): Promise<PrismaClient> {
  const { PrismaClient: Client } = await import('../../generated/postgresql/test/client.ts')
  return new Client({ adapter }) as unknown as PrismaClient
}

type PrismaClientSession = ReturnType<Scope['current']>

for (const row of onServer)
  testOn(row, `propagation 'requiresNew' opens a session and a transaction of its own [${row.name}]`, async (t) => {
    const { scope, names } = await given(t, row)
    await scope.run(async () => {
      await t.throwsAsync(() =>
        scope.transaction(async () => {
          const outer = scope.current()
          outer.add('User', { name: 'outer' })
          await outer.flush()
          await scope.transaction(
            async () => {
              t.not(scope.current(), outer)
              scope.session.add('User', { name: 'audit' })
            },
            { propagation: 'requiresNew' },
          )
          t.is(scope.current(), outer)
          t.deepEqual(await names(), ['audit'])
          throw new RangeError('the outer one is undone')
        }),
      )
    })
    t.deepEqual(await names(), ['audit'])
  })

/** A client with one connection: SQLite's have no more. */
for (const row of [...onFile, ...onServer])
  testOn(
    row,
    `propagation 'requiresNew' is refused at once where no connection is left for it [${row.name}]`,
    async (t) => {
      const database = await row.create('test')
      const adapter = new PrismaPg({ connectionString: database.url, max: 1 })
      const client = row.name === 'postgresql' ? await clientWith(adapter) : database.connect()
      t.teardown(async () => {
        await (row.name === 'postgresql' ? client.$disconnect() : database.release(client))
        await database.drop()
      })
      const scope = scopedSession(sessionMaker(client, { maxWait: 60_000 }))
      const audit = (name: string) =>
        scope.transaction(() => void scope.session.add('User', { name }), { propagation: 'requiresNew' })
      await scope.run(async () => {
        await audit('before') // nothing is open
        await scope.transaction(async () => {
          await scope.session.user.create({ data: { name: 'outer' } })
          const expected = { instanceOf: InvalidRequestError, message: /holds the only connection of its client/ }
          await t.throwsAsync(() => audit('refused'), expected)
        })
        await audit('after')
      })
      t.deepEqual(
        (await client.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name),
        ['before', 'outer', 'after'],
      )
    },
  )

for (const row of onFile) {
  testOn(row, 'the end of a scope closes a session whose policy refuses close()', async (t) => {
    const database = await row.create('test')
    const client = database.connect()
    const scope = scopedSession(sessionMaker(client, { matrix: { close: 'notImplemented' } }))
    const count = await scope.run(() => {
      t.throws(() => scope.session.close(), { message: /refused/ })
      return scope.session.user.count()
    })
    t.is(count, 0)
    await client.user.create({ data: { name: 'nothing is in its way' } })
    await database.release(client)
    await database.drop()
  })

  testOn(row, "hooks of an application's client class are hidden outside a scope", async (t) => {
    const database = await row.create('test')
    const client = database.connect()
    class PrismaService extends (client.constructor as new (options: object) => PrismaClient) {
      started = 0
      onModuleInit() {
        this.started++
        return this.started
      }
    }
    const service = new PrismaService({ adapter: new PrismaBetterSqlite3({ url: database.url }) })
    const scope = scopedSession(sessionMaker(service))
    const loose = scope.session as unknown as PrismaService
    t.is(loose.onModuleInit as unknown, undefined)
    t.false('onModuleInit' in loose)
    t.throws(() => loose.user, { instanceOf: InvalidRequestError })
    t.throws(() => loose.$connect, { instanceOf: InvalidRequestError })
    await scope.run(() => t.deepEqual([loose.onModuleInit(), loose.onModuleInit(), service.started], [1, 2, 2]))
    await service.$disconnect()
    await database.release(client)
    await database.drop()
  })
}

testOnce('the session of a scope shows that there is none outside, and refuses to be changed', async (t) => {
  const { scope } = await given(t, databases[0])
  const { session } = scope
  t.is(show(session), 'no session')
  t.is((Reflect.get(session, show.custom) as unknown as () => string)(), 'no session')
  t.false(Reflect.deleteProperty(session, 'commit'))
  t.false(Reflect.defineProperty(session, 'commit', { value: 1 }))
  t.false(Reflect.setPrototypeOf(session, {}))
  t.false(Reflect.preventExtensions(session))
})

testOnce('a scope works with a synchronous session', async (t) => {
  const database = await databases[0].create('test')
  const url = new URL(
    `../sync/fixtures/default-client.js?adapter=better-sqlite3&url=${encodeURIComponent(database.url)}`,
    import.meta.url,
  )
  const client = createSyncClient<PrismaClient>(url)
  t.teardown(() => {
    client.close()
    return database.drop()
  })
  const scope = scopedSession(sessionMaker(client))
  await scope.run(() => {
    t.false(scope.session.isAsync)
    scope.session.add('User', { name: 'sync' })
    scope.session.commit()
    t.is(scope.session.user.count(), 1)
  })
  await scope.transaction(() => void scope.session.add('User', { name: 'another' }))
  t.is(await scope.run(() => scope.session.user.count()), 2)
  t.throws(() => scope.session.user, { message: /no current session here/ })
})

testOnce('scopedSession() refuses options that it does not know', async (t) => {
  const { maker } = await given(t, databases[0])
  for (const [options, message] of [
    [{ outsid: 'refuse' }, /^Unknown option 'outsid' of scopedSession\(\)\. Expected: outside\.$/],
    [{ outside: 'client' }, /^Option outside cannot be client\. Expected one of: refuse, autocommit\.$/],
  ] as const)
    t.throws(() => scopedSession(maker, options as never), { instanceOf: ArgumentError, message })
})
