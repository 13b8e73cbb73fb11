// runSync(): the session that a synchronous function gets, its transaction, its errors, and the workers.

import { AsyncLocalStorage } from 'node:async_hooks'
import { availableParallelism } from 'node:os'
import { Prisma } from '../../generated/test/client.ts'
import {
  BridgeError,
  createSession,
  type Entity,
  IllegalStateChangeError,
  InvalidRequestError,
  inspect,
  NotImplementedError,
  StaleDataError,
  type SyncSession,
  TransactionNotStartedError,
} from '../../src/index.js'
import { connectTo, type PrismaClient } from '../helpers/clients.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { databases } from '../helpers/databases.js'
import { persistent } from '../helpers/entities.js'
import { refused } from '../helpers/steps.js'
import { testOnce } from '../helpers/test-on.js'

type Session = SyncSession<PrismaClient>
type User = Entity<PrismaClient, 'User'>

const modes = { modes: ['async'] } as const

behaviour(
  'runSync gives fn a synchronous session over the same transaction and returns its value',
  async (t, x) => {
    x.s.add('User', { name: 'ada' }) // flushed first
    const seen = await x.s.runSync(
      (session, name: string) => ({
        isAsync: session.isAsync,
        count: session.user.count(),
        found: session.query('User').filterBy({ name }).one().name,
        inTransaction: session.inTransaction(),
        size: session.identityMap.size,
      }),
      'ada',
    )
    t.deepEqual(seen, { isAsync: false, count: 1, found: 'ada', inTransaction: true, size: 1 })
    t.is(await x.raw.user.count(), 0)
    t.deepEqual(x.wire().slice(0, 2), ['BEGIN', 'SAVEPOINT'])
    await x.s.commit()
    t.is(await x.raw.user.count(), 1)
  },
  modes,
)

behaviour(
  'the session of fn has its own identity map, and objects that fn changed become stale',
  async (t, x) => {
    const user = await persistent(x)
    const untouched = await x.s.get('User', user.id)
    t.is(untouched, user)
    await x.s.runSync((session, id: number) => {
      const own = session.getOne('User', id)
      own.name = 'changed'
      session.add('User', { name: 'added' })
    }, user.id)
    t.is(user.name, 'ada')
    t.true(inspect(user).stale)
    t.is(await x.s.get('User', user.id), user)
    t.is(user.name, 'changed')
    t.is(await x.s.user.count(), 2)
    await x.s.rollback()
    t.is(user.name, 'ada')
    t.is(await x.raw.user.count(), 1)
  },
  modes,
)

behaviour(
  'a function that only reads leaves loaded objects as they are',
  async (t, x) => {
    const user = await persistent(x)
    t.is(await x.s.runSync((session) => session.user.count()), 1)
    x.clear()
    t.is(await x.s.get('User', user.id), user)
    t.deepEqual(x.ops(), [])
  },
  modes,
)

behaviour(
  'the event loop runs on while fn runs, and other calls of the session wait',
  async (t, x) => {
    let ticks = 0
    const timer = setInterval(() => ticks++, 1)
    const order: string[] = []
    const running = x.s.runSync((session) => {
      const end = Date.now() + 300
      while (Date.now() < end) session.user.count()
      session.add('User', { name: 'inside' })
    })
    const counted = x.s.user.count().then((count) => order.push(`count ${count}`))
    await running.then(() => order.push('fn'))
    await counted
    clearInterval(timer)
    t.true(ticks > 0, `${ticks} ticks`) // how many depends on the load of the machine
    t.deepEqual(order, ['fn', 'count 1'])
  },
  modes,
)

behaviour(
  'commit() inside fn does not end the outer transaction, and a later throw undoes it',
  async (t, x) => {
    await x.s.runSync((session) => {
      session.add('User', { name: 'first' })
      session.commit()
      session.add('User', { name: 'second' })
    })
    t.is(await x.raw.user.count(), 0)
    t.is(await x.s.user.count(), 2)
    await refused(t, () =>
      x.s.runSync((session) => {
        session.add('User', { name: 'third' })
        session.commit()
        throw new Error('no')
      }),
    )
    t.is(await x.s.user.count(), 2)
  },
  modes,
)

behaviour(
  'runSync works in a transaction block and in a savepoint, but not in a hook',
  async (t, x) => {
    await x.s.transaction(async () => {
      await x.s.runSync((session) => session.add('User', { name: 'first' }).name)
    })
    t.is(await x.raw.user.count(), 1)
    const savepoint = await x.s.beginNested()
    await x.s.runSync((session) => {
      session.add('User', { name: 'second' })
    })
    await savepoint.rollback()
    t.is(await x.s.user.count(), 1)
    await x.s.rollback()
    x.s.on('beforeFlush', () => x.s.runSync(() => 1))
    x.s.add('User', { name: 'third' })
    await refused(t, () => x.s.flush(), { instanceOf: IllegalStateChangeError })
  },
  modes,
)

behaviour(
  'runSync with autobegin: false requires begin()',
  async (t, x) => {
    await refused(t, () => x.s.runSync(() => 1), { instanceOf: TransactionNotStartedError })
    await x.s.begin()
    t.is(await x.s.runSync((session) => session.user.count()), 0)
  },
  { ...modes, session: { autobegin: false } },
)

behaviour(
  'version fields and the matrix policy of the session apply inside fn',
  async (t, x) => {
    await x.raw.doc.create({ data: { id: 1, version: 1, body: 'one' } })
    const s = x.session({ versionFields: { Doc: 'version' }, matrix: { $executeRawUnsafe: 'notImplemented' } })
    const stale = (session: Session) => {
      const doc = session.getOne('Doc', 1)
      session.doc.updateMany({ data: { version: 9 } })
      doc.body = 'two'
      session.flush()
    }
    await refused(t, () => s.runSync(stale), { instanceOf: StaleDataError })
    await refused(t, () => s.runSync((session) => session.$executeRawUnsafe('SELECT 1')), {
      instanceOf: NotImplementedError,
    })
  },
  modes,
)

behaviour(
  'the session of fn has the current autoflush, and refuses to connect, disconnect or close the client',
  async (t, x) => {
    x.s.autoflush = false
    t.false(await x.s.runSync((session) => session.autoflush))
    for (const name of ['$connect', '$disconnect'] as const) {
      const call = (session: Session, method: '$connect' | '$disconnect') => session[method]()
      await refused(t, () => x.s.runSync(call, name), { instanceOf: InvalidRequestError, message: /whoever made/ })
      t.false(await x.s.runSync((session, method: string) => session.supports(method) || method in session, name))
    }
    await refused(t, () => x.s.runSync((session) => session.getBind().close()), { instanceOf: InvalidRequestError })
  },
  modes,
)

behaviour(
  'a matrix policy that disables commit and close disables them for fn, but not runSync itself',
  async (t, x) => {
    const s = createSession(x.client, { matrix: { commit: 'notImplemented', close: 'notImplemented' } })
    await s.runSync((session) => {
      session.add('User', { name: 'inside' })
    })
    t.is(await s.user.count(), 1)
    await refused(t, () => s.runSync((session) => session.commit()), { instanceOf: NotImplementedError })
    await s.reset()
  },
  modes,
)

behaviour(
  'query and result extensions of the client apply inside fn',
  async (t, x) => {
    const seen: string[] = []
    const session = createSession(extended(x, seen) as PrismaClient)
    t.teardown(() => session.close())
    const loud = await session.runSync((inside) => {
      const user = inside.add('User', { name: 'ada' }) as User & { loud: string }
      inside.flush()
      const before = user.loud
      user.name = 'grace'
      return [before, user.loud, (inside.user.findFirst() as unknown as { loud: string }).loud]
    })
    t.deepEqual(loud, ['ADA', 'GRACE', 'GRACE'])
    t.true(seen.includes('User.create'))
    t.true(seen.includes('User.update'))
  },
  modes,
)

behaviour(
  'query hooks of the client run in the async context of the call, not of the call that started the worker',
  async (t, x) => {
    const storage = new AsyncLocalStorage<string>()
    const seen: (string | undefined)[] = []
    const client = x.client.$extends({
      query: {
        $allOperations({ args, query }) {
          seen.push(storage.getStore())
          return query(args)
        },
      },
    })
    for (const tenant of ['a', 'b']) {
      const s = createSession(client as unknown as PrismaClient)
      t.teardown(() => s.close())
      await storage.run(tenant, () => s.runSync((session) => session.user.count()))
      await s.rollback()
    }
    t.deepEqual(seen, ['a', 'b'])
  },
  modes,
)

function extended(x: Context, seen: string[]): object {
  return x.client.$extends({
    query: {
      $allModels: {
        $allOperations({ model, operation, args, query }) {
          seen.push(`${model}.${operation}`)
          return query(args)
        },
      },
    },
    result: { user: { loud: { needs: { name: true }, compute: ({ name }) => name.toUpperCase() } } },
  })
}

behaviour(
  'an error of fn rejects with its class and message, and its work is rolled back',
  async (t, x) => {
    const user = await persistent(x, { email: 'taken' })
    const kept = x.s.add('User', { name: 'kept' })
    const work = (session: Session, id: number) => {
      session.getOne('User', id).name = 'changed'
      session.add('User', { name: 'lost' })
      session.flush()
      throw new RangeError('out of reach')
    }
    const error = await refused(t, () => x.s.runSync(work, user.id), { instanceOf: RangeError })
    t.is(error.message, 'out of reach')
    t.regex(String(error.stack), /out of reach/)
    t.true(x.s.isActive)
    t.is(inspect(kept).state, 'persistent')
    t.deepEqual(
      (await x.s.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name),
      ['ada', 'kept'],
    )
    await x.s.commit()
    t.deepEqual(
      (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name),
      ['ada', 'kept'],
    )
  },
  modes,
)

behaviour(
  'errors of Prisma and of the session keep class and code',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'ada', email: 'taken' } })
    const error = await refused(
      t,
      () =>
        x.s.runSync((session) => {
          session.add('User', { name: 'second', email: 'taken' }) // flushed when fn returns
        }),
      { instanceOf: Prisma.PrismaClientKnownRequestError as never },
    )
    t.is((error as { code?: string }).code, 'P2002')
    t.is(await x.s.user.count(), 1)
    const missing = (session: Session) => session.getOne('User', 4711)
    await refused(t, () => x.s.runSync(missing), { code: 'NO_RESULT_FOUND' })
    await refused(t, () => x.s.runSync((session) => session.get('User', 'no number' as never)), {
      code: 'INVALID_REQUEST',
    })
  },
  modes,
)

behaviour(
  'fn can catch a failed flush, roll back and go on',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'ada', email: 'taken' } })
    const names = await x.s.runSync((session) => {
      session.add('User', { name: 'second', email: 'taken' })
      try {
        session.flush()
      } catch {
        session.rollback()
      }
      session.add('User', { name: 'third' })
      const savepoint = session.beginNested()
      session.add('User', { name: 'fourth' })
      savepoint.rollback()
      return session
        .query('User')
        .orderBy('id')
        .all()
        .map(({ name }) => name)
    })
    t.deepEqual(names, ['ada', 'third'])
    await x.s.commit()
    t.is(await x.raw.user.count(), 2)
  },
  modes,
)

behaviour(
  'a throw rolls back all work of fn, whatever savepoints it made and ended',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'ada', email: 'taken' } })
    const blocks = (session: Session) => {
      session.transaction(() => session.add('User', { name: 'first' }))
      session.transaction(() => session.add('User', { name: 'second', email: 'taken' }))
    }
    await refused(t, () => x.s.runSync(blocks), { code: 'P2002' })
    t.is(await x.s.user.count(), 1)
    const ends = (session: Session) => {
      session.add('User', { name: 'first' })
      session.commit()
      session.add('User', { name: 'second' })
      session.flush()
      session.rollback()
      throw new Error('no')
    }
    await refused(t, () => x.s.runSync(ends), { message: 'no' })
    await x.s.commit()
    t.is(await x.raw.user.count(), 1)
  },
  modes,
)

behaviour(
  'the error of fn is thrown even when its transaction is gone',
  async (t, x) => {
    const s = x.session({ timeout: 1500 })
    const late = (session: Session) => {
      session.user.count()
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1800)
      throw new RangeError('mine')
    }
    await refused(t, () => s.runSync(late), { instanceOf: RangeError, message: 'mine' })
    await s.rollback()
    t.is(await s.user.count(), 0)
  },
  modes,
)

behaviour(
  'a worker that exits is a BridgeError, its work is rolled back, and the next worker works',
  async (t, x) => {
    const exiting = (session: Session) => {
      session.add('User', { name: 'lost' })
      session.flush()
      process.exit(3)
    }
    const error = await refused(t, () => x.s.runSync(exiting), { instanceOf: BridgeError })
    t.regex(error.message, /code 3/)
    t.true(x.s.isActive)
    t.is(await x.s.runSync((session) => session.user.count()), 0)
  },
  modes,
)

behaviour(
  'a session used after fn has ended is refused',
  async (t, x) => {
    await x.s.runSync((session) => {
      ;(globalThis as { kept?: Session }).kept = session
    })
    const late = () => (globalThis as unknown as { kept: Session }).kept.user.count()
    const error = await refused(t, () => x.s.runSync(late), { instanceOf: BridgeError })
    t.regex(error.message, /has ended/)
  },
  modes,
)

testOnce('two concurrent functions run in two workers, each in its own transaction', async (t) => {
  const made = await Promise.all([databases[0].create('test'), databases[0].create('test')])
  const clients = await Promise.all(made.map(({ adapter, url }) => connectTo('test', adapter, url)))
  const sessions = clients.map((client) => createSession(client))
  t.teardown(async () => {
    for (const session of sessions) await session.close()
    for (const client of clients) await client.$disconnect()
    for (const database of made) await database.drop()
  })
  const work = (session: Session, name: string) => {
    session.add('User', { name })
    return session.user.count()
  }
  t.deepEqual(await Promise.all(sessions.map((session, index) => session.runSync(work, `user ${index}`))), [1, 1])
})

testOnce('functions beyond the limit of workers wait their turn', async (t) => {
  const made = await Promise.all(Array.from({ length: 7 }, () => databases[0].create('test')))
  const clients = await Promise.all(made.map(({ adapter, url }) => connectTo('test', adapter, url)))
  const sessions = clients.map((client) => createSession(client))
  const workers: unknown[] = []
  const seen = (worker: unknown) => workers.push(worker)
  process.on('worker', seen)
  t.teardown(async () => {
    process.off('worker', seen)
    for (const session of sessions) await session.close()
    for (const client of clients) await client.$disconnect()
    for (const database of made) await database.drop()
  })
  const counts = await Promise.all(sessions.map((session) => session.runSync((inside) => inside.user.count())))
  t.deepEqual(counts, [0, 0, 0, 0, 0, 0, 0])
  t.true(workers.length <= Math.max(4, availableParallelism()), `${workers.length} workers`)
})

behaviour(
  'runSync works over the transaction client of an extended client',
  async (t, x) => {
    const count = await x.extended('computing').$transaction(async (tx) => {
      const session = createSession(tx as unknown as PrismaClient)
      session.add('User', { name: 'ada' })
      const counted = await session.runSync(
        (inside) => inside.user.count() + inside.$executeRawUnsafe('DELETE FROM "User"'),
      )
      await session.commit()
      return counted
    })
    t.is(count, 2)
    t.is(await x.raw.user.count(), 0)
  },
  modes,
)
