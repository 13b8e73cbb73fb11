import { IllegalStateChangeError, InvalidRequestError, inspect, select } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.ts'
import { gate, listen } from '../helpers/observe.ts'

const modes = ['async'] as const
const queue = { modes }
const refuse = { modes, session: { concurrency: 'error' } } as const

behaviour(
  'commit and close at once: in turn, the work is committed',
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
  'commit and commit at once: in turn, the second finds nothing to do',
  async (t, x) => {
    x.s.add('User', { name: 'a' })
    await Promise.all([x.s.commit(), x.s.commit()])
    t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
    t.is(await x.raw.user.count(), 1)
  },
  queue,
)

behaviour(
  'commit and rollback at once: in turn, the rollback comes too late',
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
  'rollback and commit at once: in turn, nothing is written',
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
    `concurrency: 'error': ${second} during commit is refused, the commit completes`,
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
  'flush and flush at once: in turn, one INSERT',
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
  "concurrency: 'error': flush during flush is refused, the first completes",
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
  'get and execute at once: in turn, first in first out, one transaction',
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
    t.is(result.scalars().one(), user)
    t.is(x.ops().length, 2)
    t.deepEqual(x.wire(), ['BEGIN'])
  },
  queue,
)

behaviour(
  'many calls at once are answered in the order in which they were made',
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
  'a call that fails does not hold up those behind it',
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
  "concurrency: 'error': execute during get is refused and sends nothing",
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
  "concurrency: 'error': forwarded calls are refused as well",
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
  "concurrency: 'error': after the refusal the session goes on",
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
  "concurrency: 'error': the refusal is an InvalidRequestError, and in-memory verbs are never refused",
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
  'an object added while a flush is under way is left for the next one',
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
  'an attribute changed while a flush is under way is written by the next one',
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
  'a hook that returns a promise is awaited before the next step',
  async (t, x) => {
    const order: string[] = []
    const slow = async (step: string) => {
      order.push(`${step} starts`)
      await new Promise((resolve) => setTimeout(resolve, 20))
      order.push(`${step} ends: ${x.written().length} written, ${x.wire().join(' ')}`)
    }
    listen(x.s, 'beforeFlush', () => slow('first'))
    listen(x.s, 'beforeFlush', () => slow('second'))
    listen(x.s, 'afterFlush', () => slow('afterFlush'))
    listen(x.s, 'beforeCommit', () => slow('beforeCommit'))
    x.s.add('User', { name: 'a' })
    await x.s.flush()
    await x.s.commit()
    t.deepEqual(order, [
      'first starts',
      'first ends: 0 written, ',
      'second starts',
      'second ends: 0 written, ',
      'afterFlush starts',
      'afterFlush ends: 1 written, BEGIN',
      'beforeCommit starts',
      'beforeCommit ends: 1 written, BEGIN',
    ])
  },
  queue,
)

behaviour(
  'a hook whose promise rejects fails the verb with that error',
  async (t, x) => {
    const mistake = new Error('from the hook')
    listen(x.s, 'beforeFlush', () => Promise.reject(mistake))
    const user = x.s.add('User', { name: 'a' })
    t.is(await t.throwsAsync(x.s.flush()), mistake)
    t.deepEqual(x.written(), [])
    await x.s.rollback()
    t.is(inspect(user).state, 'transient')
  },
  queue,
)

behaviour(
  'calls from elsewhere wait while a hook is under way',
  async (t, x) => {
    const entered = gate()
    const leave = gate()
    const order: string[] = []
    listen(x.s, 'afterFlush', async () => {
      entered.open()
      await leave.opened
      order.push('hook')
    })
    x.s.add('User', { name: 'a' })
    const flush = x.s.flush()
    await entered.opened
    const elsewhere = x.s.get('User', 1).then(() => order.push('elsewhere'))
    leave.open()
    await Promise.all([flush, elsewhere])
    t.deepEqual(order, ['hook', 'elsewhere'])
  },
  queue,
)

behaviour(
  'a callback form whose function gives back one of Prisma’s lazy calls, unawaited, sends it inside',
  async (t, x) => {
    const { s } = x
    const data = { name: 'a' }
    const made = await s.transaction((tx) => tx.user.create({ data }))
    t.is(made.name, 'a')
    t.is((await s.begin((tx) => tx.user.create({ data }))).name, 'a')
    t.is((await s.$transaction((tx) => tx.user.create({ data }))).name, 'a')
    t.is(await s.noAutoflush(() => s.user.count()), 3)
    t.is(await s.transaction((outer) => outer.transaction((inner) => inner.user.count())), 3)
    await s.commit()
    t.is(await x.raw.user.count(), 3)
  },
  queue,
)

behaviour(
  'so does a hook',
  async (t, x) => {
    let counted: Promise<number> | undefined
    x.s.on('beforeFlush', () => {
      counted = x.s.user.count()
      return counted as unknown as undefined
    })
    x.s.add('User', { name: 'a' })
    await x.s.flush()
    t.is(await counted, 0)
  },
  queue,
)
