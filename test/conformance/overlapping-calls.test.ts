// Calls of one session made at once: carried out in order, or refused with concurrency: 'error'.
import { IllegalStateChangeError, InvalidRequestError, inspect, select } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'

const modes = ['async'] as const
const queue = { modes }
const refuse = { modes, session: { concurrency: 'error' } } as const

behaviour(
  'a close() made during commit runs after it, and the work is committed',
  async (t, x) => {
    const user = x.s.add('User', { name: 'a' })
    await Promise.all([x.s.commit(), x.s.close()])
    t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
    t.is(inspect(user).state, 'detached')
    t.is(await x.raw.user.count(), 1)
  },
  queue,
)

behaviour(
  'a commit made during commit runs after it and finds nothing to do',
  async (t, x) => {
    x.s.add('User', { name: 'a' })
    await Promise.all([x.s.commit(), x.s.commit()])
    t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
    t.is(await x.raw.user.count(), 1)
  },
  queue,
)

behaviour(
  'a rollback made during commit runs after it and undoes nothing',
  async (t, x) => {
    const user = x.s.add('User', { name: 'a' })
    await Promise.all([x.s.commit(), x.s.rollback()])
    t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
    t.is(inspect(user).state, 'persistent')
    t.is(await x.raw.user.count(), 1)
  },
  queue,
)

behaviour(
  'a commit made during rollback runs after it and writes nothing',
  async (t, x) => {
    const user = x.s.add('User', { name: 'a' })
    await x.s.flush()
    await Promise.all([x.s.rollback(), x.s.commit()])
    t.deepEqual(x.wire(), ['BEGIN', 'ROLLBACK'])
    t.is(inspect(user).state, 'transient')
    t.is(await x.raw.user.count(), 0)
  },
  queue,
)

for (const second of ['close', 'commit', 'rollback'] as const) {
  behaviour(
    `${second} during commit is refused with concurrency: 'error', and the commit completes`,
    async (t, x) => {
      const user = x.s.add('User', { name: 'a' })
      const commit = x.s.commit()
      const error = await t.throwsAsync(x.s[second](), { instanceOf: IllegalStateChangeError })
      t.regex(error?.message ?? '', /\bcommit\b/)
      t.regex(error?.message ?? '', new RegExp(`\\b${second}\\b`))
      await commit
      t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
      t.is(inspect(user).state, 'persistent')
      t.is(await x.raw.user.count(), 1)
    },
    refuse,
  )
}

behaviour(
  'two flushes made at once run in order and send one INSERT',
  async (t, x) => {
    const user = x.s.add('User', { name: 'a' })
    await Promise.all([x.s.flush(), x.s.flush()])
    t.is(inspect(user).state, 'persistent')
    t.deepEqual(x.written(), ['INSERT User'])
    await x.s.commit()
    t.is(await x.raw.user.count(), 1)
  },
  queue,
)

behaviour(
  "flush during flush is refused with concurrency: 'error', and the first completes",
  async (t, x) => {
    const user = x.s.add('User', { name: 'a' })
    const first = x.s.flush()
    const error = await t.throwsAsync(x.s.flush(), { instanceOf: IllegalStateChangeError })
    t.regex(error?.message ?? '', /\bflush\b/)
    await first
    t.is(inspect(user).state, 'persistent')
    t.deepEqual(x.written(), ['INSERT User'])
  },
  refuse,
)

behaviour(
  'get and execute made at once run in order in one transaction',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'a' } })
    const order: string[] = []
    const [user, result] = await Promise.all([
      x.s.get('User', id).then((value) => {
        order.push('get')
        return value
      }),
      x.s.execute(select('User')).then((value) => {
        order.push('execute')
        return value
      }),
    ])
    t.deepEqual(order, ['get', 'execute'])
    t.truthy(user)
    t.is<unknown, unknown>(result.scalars().one(), user)
    t.is(x.ops().length, 2)
    t.deepEqual(x.wire(), ['BEGIN'])
  },
  queue,
)

behaviour(
  'many calls made at once resolve in the order of the calls',
  async (t, x) => {
    const order: number[] = []
    const calls = Array.from({ length: 20 }, (_, index) => {
      const user = x.s.add('User', { name: `user ${index}` })
      const call = index % 3 === 0 ? x.s.flush() : index % 3 === 1 ? x.s.scalars(select('User')) : x.s.get('User', 999)
      return Promise.resolve(call).then(() => {
        order.push(index)
        return user
      })
    })
    const users = await Promise.all(calls)
    t.deepEqual(order, [...users.keys()])
    await x.s.commit()
    t.is(await x.raw.user.count(), 20)
    t.is(new Set(users.map((user) => user.id)).size, 20)
  },
  queue,
)

behaviour(
  'a failed call does not block the calls behind it',
  async (t, x) => {
    const results = await Promise.allSettled([
      x.s.execute('SELECT 1' as never),
      x.s.getOne('User', 999),
      x.s.scalars(select('User')),
    ])
    t.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'rejected', 'fulfilled'],
    )
  },
  queue,
)

behaviour(
  "execute during get is refused with concurrency: 'error' and sends nothing",
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'a' } })
    const get = x.s.get('User', id)
    const error = await t.throwsAsync(x.s.execute(select('Doc')), { instanceOf: IllegalStateChangeError })
    t.regex(error?.message ?? '', /\bget\b/)
    t.regex(error?.message ?? '', /\bexecute\b/)
    t.is((await get)?.name, 'a')
    t.deepEqual(
      x.ops().map(({ model }) => model),
      ['User'],
    )
  },
  refuse,
)

behaviour(
  "a forwarded call during another is refused with concurrency: 'error'",
  async (t, x) => {
    const first = x.s.user.count().then((n) => n)
    await t.throwsAsync(async () => await x.s.doc.count(), { instanceOf: IllegalStateChangeError })
    t.is(await first, 0)
    t.deepEqual(
      x.ops().map(({ model }) => model),
      ['User'],
    )
  },
  refuse,
)

behaviour(
  "a session stays usable after a call refused by concurrency: 'error'",
  async (t, x) => {
    x.s.add('User', { name: 'a' })
    const [first, second] = await Promise.allSettled([x.s.flush(), x.s.commit()])
    t.is(first.status, 'fulfilled')
    t.is(second.status, 'rejected')
    t.true(x.s.isActive)
    t.is((await x.s.scalars(select('User'))).all().length, 1)
    await x.s.commit()
    t.is(await x.raw.user.count(), 1)
  },
  refuse,
)

behaviour(
  "concurrency: 'error' refuses calls with an InvalidRequestError, and in-memory calls never",
  async (t, x) => {
    const flushing = x.s.user.count().then((n) => n)
    t.notThrows(() => x.s.add('User', { name: 'meanwhile' }))
    t.true(x.s.inTransaction())
    await t.throwsAsync(x.s.get('User', 1), { instanceOf: InvalidRequestError })
    await flushing
    await x.s.commit()
    t.is(await x.raw.user.count(), 1)
  },
  refuse,
)

behaviour(
  'an object added during a flush is left for the next one',
  async (t, x) => {
    const early = x.s.add('User', { name: 'early' })
    const flush = x.s.flush()
    const late = x.s.add('User', { name: 'late' })
    await flush
    t.is(inspect(early).state, 'persistent')
    t.is(inspect(late).state, 'pending')
    t.true(x.s.new.has(late))
    t.is(late.id as number | undefined, undefined)
    await x.s.commit()
    t.is(inspect(late).state, 'persistent')
    t.deepEqual(
      (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map((user) => user.name),
      ['early', 'late'],
    )
  },
  queue,
)

behaviour(
  'an attribute changed during a flush is written by the next one',
  async (t, x) => {
    const user = x.s.add('User', { name: 'first' })
    await x.s.commit()
    user.name = 'second'
    const flush = x.s.flush()
    user.kind = 'late'
    await flush
    t.true(x.s.isModified(user))
    await x.s.commit()
    t.like(await x.raw.user.findFirstOrThrow(), { name: 'second', kind: 'late' })
  },
  queue,
)

behaviour(
  'in-memory calls and iterating results never wait',
  async (t, x) => {
    const flushing = x.s.user.count().then((n) => n)
    const user = x.s.add('User', { name: 'a' })
    t.true(x.s.contains(user))
    t.true(x.s.isModified(user))
    x.s.expunge(user)
    t.is(inspect(user).state, 'transient')
    t.is(await flushing, 0)
    t.is((await x.s.scalars(select('User'))).all().length, 0)
  },
  queue,
)
