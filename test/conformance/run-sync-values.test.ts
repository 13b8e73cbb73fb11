// runSync(): the functions it takes, and the values and entities that are passed to them and back.

import { Prisma } from '../../generated/test/client.ts'
import { ArgumentError, BridgeError, type Entity, type SyncSession } from '../../src/index.js'
import type { PrismaClient } from '../helpers/clients.js'
import { behaviour } from '../helpers/conformance.js'
import { mk, persistent } from '../helpers/entities.js'
import { refused } from '../helpers/steps.js'

type Session = SyncSession<PrismaClient>
type User = Entity<PrismaClient, 'User'>

const modes = { modes: ['async'] } as const
const module = new URL('./fixtures/functions.js', import.meta.url)

behaviour(
  'entity arguments are attached to the session of fn, and expired attributes load there',
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
  'entities that fn returns are objects of the calling session, including those made in fn',
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
  'new and detached objects are still new and detached inside fn',
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
    t.is(user.name, 'ada') // detached objects stay as they are
    t.true(back.every((each) => x.s.contains(each)))
    t.is(await x.s.user.count(), 2)
  },
  modes,
)

behaviour(
  'an entity on an error of fn is an object of the calling session',
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

behaviour(
  'values are passed to fn and back unchanged',
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
  'values nested too deep are refused in both directions, and the worker goes on',
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
  'fn that returns a promise or a value that cannot be passed back is refused, and its work is rolled back',
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
  'runSync calls a function by module and name',
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
  'runSync takes shorthand methods and named functions',
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
  'runSync refuses anything but a synchronous function before anything is sent',
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
  'an outer variable in fn is an ArgumentError that names it',
  async (t, x) => {
    const outer = 7
    const error = await refused(t, () => x.s.runSync(() => outer), { instanceOf: ArgumentError })
    t.regex(error.message, /'outer'/)
    t.true(error.cause instanceof ReferenceError)
  },
  modes,
)

behaviour(
  'a function whose source cannot be compiled by itself is refused',
  async (t, x) => {
    class Reader {
      readonly #table = 'User'
      read() {
        return this.#table
      }
    }
    await refused(t, () => x.s.runSync(new Reader().read), {
      instanceOf: ArgumentError,
      message: /cannot be compiled by itself: give it as \{ module, name \}/,
    })
  },
  modes,
)

behaviour(
  'rejected promises that fn leaves behind do not affect other functions',
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
