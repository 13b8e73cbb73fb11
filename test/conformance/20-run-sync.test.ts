// behaviours.md 243 and design.md 6.12: synchronous functions inside an asynchronous session.
import { AsyncLocalStorage } from 'node:async_hooks'
import { availableParallelism } from 'node:os'
import { Prisma } from '../../generated/test/client.ts'
import {
  ArgumentError,
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
import { mk, persistent } from '../helpers/entities.js'
import { refused } from '../helpers/steps.js'
import { testOnce } from '../helpers/test-on.js'

type Session = SyncSession<PrismaClient>
type User = Entity<PrismaClient, 'User'>

const modes = { modes: ['async'] } as const
const module = new URL('./fixtures/functions.js', import.meta.url)

behaviour(
  'fn gets a synchronous session over the same transaction, and its value comes back',
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
  'its identity map is its own; what it changed is read again here',
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
  'a function that only reads leaves hits as they are',
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
  'an error of fn rejects with its class and message, and its work is undone',
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
  "Prisma's errors, and the session's own, keep class and code",
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
  'a caught failure inside, rolled back there, leaves the rest of fn to go on',
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
  'commit() inside ends nothing of the outer transaction, and a later throw undoes it',
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
  'entity arguments are attached there; expired attributes load inside',
  async (t, x) => {
    const user = await persistent(x)
    x.s.expire(user, ['name'])
    x.clear()
    const seen = await x.s.runSync(
      (session, one: User, list: User[]) => {
        const kind = session.contains(one)
        const before = session.identityMap.size
        one.kind = `${one.name}'s`
        return { kind, before, same: list[0] === one, name: one.name }
      },
      user,
      [user],
    )
    t.deepEqual(seen, { kind: true, before: 1, same: true, name: 'ada' })
    t.is(x.ops().filter(({ operation }) => operation === 'findUnique').length, 1)
    t.deepEqual(x.written(), ['UPDATE User'])
    await x.s.refresh(user)
    t.is(user.kind, "ada's")
  },
  modes,
)

behaviour(
  'returned entities are this session’s own objects, also those made there',
  async (t, x) => {
    const user = await persistent(x)
    const { same, made, list } = await x.s.runSync(
      (session, known: User) => ({
        same: known,
        made: session.add('Post', { title: 'made', author: known }),
        list: session.query('User').all(),
      }),
      user,
    )
    t.is(same, user)
    t.is(list[0], user)
    t.true(x.s.contains(made))
    t.is(made.authorId, user.id)
    t.is(await x.s.get('Post', made.id), made)
    made.title = 'renamed'
    await x.s.commit()
    t.is((await x.raw.post.findUniqueOrThrow({ where: { id: made.id } })).title, 'renamed')
  },
  modes,
)

behaviour(
  'new and detached objects travel as such',
  async (t, x) => {
    const user = await persistent(x)
    x.s.expunge(user)
    const back = await x.s.runSync(
      (session, fresh: User, detached: User) => {
        session.add(fresh)
        detached.name = 'merged'
        return [fresh, session.merge(detached)]
      },
      mk('User', { name: 'fresh' }),
      user,
    )
    t.deepEqual(back.map(({ name }) => name).sort(), ['fresh', 'merged'])
    t.is(user.name, 'ada') // it belongs to nobody
    t.true(back.every((each) => x.s.contains(each)))
    t.is(await x.s.user.count(), 2)
  },
  modes,
)

behaviour(
  'values cross both ways as they are',
  async (t, x) => {
    const values = {
      decimal: new Prisma.Decimal('12345678901234567890.123456789'),
      date: new Date(86_400_000),
      big: 2n ** 70n,
      bytes: new Uint8Array([1, 2, 3]),
      missing: undefined,
      map: new Map([['a', 1n]]),
    }
    const back = await x.s.runSync((_, given: typeof values) => ({ given, isSame: given.date.getTime() }), values)
    t.deepEqual(Object.keys(back.given), Object.keys(values))
    t.true(back.given.decimal.equals(values.decimal))
    t.deepEqual({ ...back.given, decimal: 0 }, { ...values, decimal: 0 } as never)
    t.is(back.isSame, 86_400_000)
    const sql = await x.s.runSync((session, query) => session.$queryRaw(query), Prisma.sql`SELECT ${7} AS seven`)
    t.is(Number((sql as { seven: number }[])[0]?.seven), 7)
  },
  modes,
)

behaviour(
  'the event loop goes on meanwhile, and other calls of the session wait',
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
    t.true(ticks > 0, `${ticks} ticks`) // how many, a busy machine decides
    t.deepEqual(order, ['fn', 'count 1'])
  },
  modes,
)

behaviour(
  'by module and name',
  async (t, x) => {
    const user = await persistent(x)
    t.is(await x.s.runSync<string, [User]>({ module, name: 'promote' }, user), 'Dr. ada')
    t.is(await x.s.runSync<string, [User]>({ module: module.href, name: 'promote' }, user), 'Dr. Dr. ada')
    await refused(t, () => x.s.runSync({ module, name: 'fail' }), { instanceOf: RangeError, message: 'out of reach' })
    const none = await refused(t, () => x.s.runSync({ module, name: 'notAFunction' }), { instanceOf: ArgumentError })
    t.regex(none.message, /promote/)
    await refused(t, () => x.s.runSync({ module: new URL('./no-such.ts', module), name: 'fail' }))
    await refused(t, () => x.s.runSync({ module: './relative.ts', name: 'fail' }), { instanceOf: ArgumentError })
    t.is(await x.s.user.count(), 1)
  },
  modes,
)

behaviour(
  'an outer variable is an ArgumentError that names it',
  async (t, x) => {
    const outer = 7
    const error = await refused(t, () => x.s.runSync(() => outer), { instanceOf: ArgumentError })
    t.regex(error.message, /'outer'/)
    t.true(error.cause instanceof ReferenceError)
  },
  modes,
)

behaviour(
  'what is no synchronous function is refused before anything is sent',
  async (t, x) => {
    x.s.add('User', { name: 'waits' })
    class Thing {}
    for (const fn of [
      async () => 1,
      function* () {},
      Thing,
      Math.max,
      ((_: Session) => 1).bind(null),
      'text',
      null,
      {},
      { module, name: 'promote', extra: 1 },
    ])
      await refused(t, () => x.s.runSync(fn as never), { instanceOf: ArgumentError })
    await refused(
      t,
      () =>
        x.s.runSync(
          (_, fn: () => void) => fn(),
          () => {},
        ),
      { instanceOf: BridgeError },
    )
    t.deepEqual(x.ops(), [])
    t.deepEqual(x.wire(), [])
    t.is(x.s.new.size, 1)
  },
  modes,
)

behaviour(
  'a promise, or what cannot cross, as the value: refused, and undone',
  async (t, x) => {
    const promising = (session: Session) => {
      session.add('User', { name: 'lost' })
      return Promise.resolve(1)
    }
    const promised = await refused(t, () => x.s.runSync(promising), { instanceOf: ArgumentError })
    t.regex(promised.message, /promise/)
    const returning = (session: Session) => {
      session.add('User', { name: 'lost' })
      return { query: session.query('User') }
    }
    const error = await refused(t, () => x.s.runSync(returning), { instanceOf: BridgeError })
    t.regex(error.message, /query/)
    t.is(await x.s.user.count(), 0)
  },
  modes,
)

behaviour(
  'shorthand methods and functions of other kinds travel too',
  async (t, x) => {
    const holder = {
      count(session: Session) {
        return session.user.count()
      },
    }
    t.is(await x.s.runSync(holder.count), 0)
    t.is(
      await x.s.runSync(function named(session: Session) {
        function helper() {
          return session.user.count()
        }
        return helper()
      }),
      0,
    )
  },
  modes,
)

behaviour(
  'a worker that exits: BridgeError, undone, and the next one works',
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
  'a session kept beyond the end of fn is refused',
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

behaviour(
  'inside a transaction block, in a savepoint, and not from a hook',
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
  "the session's rules hold inside: version fields, matrix policy",
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
  'with autobegin: false it needs begin()',
  async (t, x) => {
    await refused(t, () => x.s.runSync(() => 1), { instanceOf: TransactionNotStartedError })
    await x.s.begin()
    t.is(await x.s.runSync((session) => session.user.count()), 0)
  },
  { ...modes, session: { autobegin: false } },
)

behaviour(
  'over a client with query and result extensions: hooks see each call, computed fields are there',
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
  'a throw undoes all of it, whatever savepoints fn has made and ended',
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
  "the client's hooks run in the context of the call, not of the one that started the worker",
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

behaviour(
  'promises that fn leaves behind hurt no other function',
  async (t, x) => {
    const rejecting = () => Promise.reject(new Error('boom'))
    const leaving = () => {
      Promise.reject(new Error('boom'))
      return 1
    }
    await refused(t, () => x.s.runSync(rejecting), { instanceOf: ArgumentError })
    await refused(t, () => x.s.runSync({ module, name: 'later' }), { instanceOf: ArgumentError })
    t.is(await x.s.runSync(leaving), 1)
    await new Promise((resolve) => setTimeout(resolve, 20))
    t.is(await x.s.runSync((session) => session.user.count()), 0)
  },
  modes,
)

behaviour(
  'a policy that takes commit and close away takes them from fn, and from nothing else',
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
  "fn's own error comes out, though its transaction is gone",
  async (t, x) => {
    const s = x.session({ timeout: 200 })
    const late = (session: Session) => {
      session.user.count()
      const end = Date.now() + 400
      while (Date.now() < end);
      throw new RangeError('mine')
    }
    await refused(t, () => s.runSync(late), { instanceOf: RangeError, message: 'mine' })
    await s.rollback()
    t.is(await s.user.count(), 0)
  },
  modes,
)

behaviour(
  'values at the limit of depth are refused either way, and the worker goes on',
  async (t, x) => {
    const deep = (levels: number) => {
      let value: object = {}
      for (let level = 0; level < levels; level++) value = { value }
      return value
    }
    await refused(t, () => x.s.runSync((_, value: object) => Object.keys(value).length, deep(20_000)), {
      instanceOf: BridgeError,
    })
    const returning = () => {
      let value: object = {}
      for (let level = 0; level < 20_000; level++) value = { value }
      return value
    }
    await refused(t, () => x.s.runSync(returning), { instanceOf: BridgeError })
    t.is(await x.s.runSync((_, value: object) => Object.keys(value).length, deep(900)), 1)
  },
  modes,
)

behaviour(
  'autoflush as it is now; what is the client’s own is refused inside',
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
  'an object on an error is this session’s own',
  async (t, x) => {
    const user = await persistent(x)
    const throwing = (_: Session, one: User) => {
      throw Object.assign(new Error('about'), { one })
    }
    const error = await refused<Error & { one?: User }>(t, () => x.s.runSync(throwing, user))
    t.is(error.one, user)
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

testOnce('two functions at once run in two workers, each in its own transaction', async (t) => {
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

testOnce('more functions at once than there may be workers: the rest wait their turn', async (t) => {
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
