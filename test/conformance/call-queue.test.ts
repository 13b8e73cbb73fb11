// The queue of a session: callback forms take one place in it, and forwarded reads are batched.
import { IllegalStateChangeError } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { gate } from '../helpers/observe.js'

const queue = { modes: ['async'] } as const

behaviour(
  'a callback form takes one place in the queue, and calls from outside wait until it ends',
  async (t, x) => {
    const entered = gate()
    const leave = gate()
    const order: string[] = []
    const scope = x.s.transaction(async (s) => {
      await s.user.create({ data: { name: 'inside' } })
      entered.open()
      await leave.opened
      order.push(`inside sees ${await s.user.count()}`)
    })
    await entered.opened
    const elsewhere = x.s.user.count().then((n) => order.push(`elsewhere sees ${n}`))
    const get = x.s.get('User', 1).then(() => order.push('get elsewhere'))
    await new Promise((resolve) => setTimeout(resolve, 20))
    t.deepEqual(order, [])
    leave.open()
    await Promise.all([scope, elsewhere, get])
    t.deepEqual(order, ['inside sees 1', 'elsewhere sees 1', 'get elsewhere'])
    t.deepEqual(x.wire(), ['BEGIN', 'COMMIT', 'BEGIN'])
  },
  queue,
)

for (const form of ['transaction', 'begin', 'noAutoflush', '$transaction'] as const) {
  behaviour(
    `calls inside ${form}(fn) run at once, through any reference to the session`,
    async (t, x) => {
      const work = async () => {
        await new Promise((resolve) => setTimeout(resolve, 5))
        x.s.add('User', { name: 'a' })
        await x.s.flush()
        const [users, docs] = await Promise.all([x.s.user.count(), x.s.doc.count()])
        return users + docs
      }
      const scopes: Record<typeof form, () => Promise<number>> = {
        transaction: () => x.s.transaction(work),
        begin: () => x.s.begin(work),
        noAutoflush: () => x.s.noAutoflush(work),
        $transaction: () => x.s.$transaction(work),
      }
      t.is(await scopes[form](), 1)
      await x.s.commit()
      t.is(await x.raw.user.count(), 1)
    },
    queue,
  )
}

behaviour(
  'a call from outside noAutoflush(fn) waits, then flushes as usual',
  async (t, x) => {
    const entered = gate()
    const leave = gate()
    const counts: Record<string, number> = {}
    x.s.add('User', { name: 'a' })
    const scope = x.s.noAutoflush(async () => {
      entered.open()
      await leave.opened
      counts.inside = await x.s.user.count()
    })
    await entered.opened
    const elsewhere = x.s.user.count().then((n) => {
      counts.elsewhere = n
    })
    leave.open()
    await Promise.all([scope, elsewhere])
    t.deepEqual(counts, { inside: 0, elsewhere: 1 })
  },
  queue,
)

behaviour(
  'calls made before noAutoflush(fn) flush as usual',
  async (t, x) => {
    const first = x.s.doc.count().then((n) => n)
    x.s.add('User', { name: 'a' })
    const before = x.s.user.count().then((n) => n)
    const inside = x.s.noAutoflush(async () => {
      await x.s.doc.count()
      x.s.add('User', { name: 'b' })
      return x.s.user.count()
    })
    t.deepEqual(await Promise.all([first, before, inside]), [0, 1, 1])
  },
  queue,
)

behaviour(
  'two callback forms called at once run one after the other',
  async (t, x) => {
    const order: string[] = []
    const work = (name: string) => async () => {
      order.push(`${name} starts`)
      await x.s.user.create({ data: { name } })
      await new Promise((resolve) => setTimeout(resolve, 5))
      order.push(`${name} ends`)
    }
    await Promise.all([x.s.transaction(work('first')), x.s.transaction(work('second'))])
    t.deepEqual(order, ['first starts', 'first ends', 'second starts', 'second ends'])
    t.deepEqual(x.wire(), ['BEGIN', 'COMMIT', 'BEGIN', 'COMMIT'])
  },
  queue,
)

behaviour(
  'a callback form that throws does not block the next one',
  async (t, x) => {
    const mistake = new Error('first')
    const results = await Promise.allSettled([
      x.s.transaction(async () => {
        await x.s.user.create({ data: { name: 'undone' } })
        throw mistake
      }),
      x.s.transaction(async () => void (await x.s.user.create({ data: { name: 'kept' } }))),
    ])
    t.deepEqual(
      results.map(({ status }) => status),
      ['rejected', 'fulfilled'],
    )
    t.is((results[0] as PromiseRejectedResult).reason, mistake)
    t.deepEqual(
      (await x.raw.user.findMany()).map((user) => user.name),
      ['kept'],
    )
  },
  queue,
)

behaviour(
  'a callback form inside another runs at once, as a savepoint',
  async (t, x) => {
    await x.s.transaction(async () => {
      await x.s.user.create({ data: { name: 'outer' } })
      await x.s.transaction(async () => {
        await x.s.user.create({ data: { name: 'inner' } })
        await x.s.noAutoflush(async () => t.is(await x.s.user.count(), 2))
      })
    })
    t.deepEqual(x.wire(), ['BEGIN', 'SAVEPOINT', 'RELEASE', 'COMMIT'])
    t.is(await x.raw.user.count(), 2)
  },
  queue,
)

behaviour(
  'two callback forms called at once inside another are consecutive savepoints',
  async (t, x) => {
    const order: string[] = []
    const work = (name: string) => async () => {
      order.push(`${name} starts`)
      await x.s.user.create({ data: { name } })
      await new Promise((resolve) => setTimeout(resolve, 5))
      order.push(`${name} ends`)
    }
    await x.s.transaction(async () => {
      await Promise.all([x.s.transaction(work('first')), x.s.transaction(work('second'))])
    })
    t.deepEqual(order, ['first starts', 'first ends', 'second starts', 'second ends'])
    t.deepEqual(x.wire(), ['BEGIN', 'SAVEPOINT', 'RELEASE', 'SAVEPOINT', 'RELEASE', 'COMMIT'])
    t.is(await x.raw.user.count(), 2)
  },
  queue,
)

behaviour(
  "concurrency: 'error' allows calls inside a callback form and refuses calls from outside",
  async (t, x) => {
    const entered = gate()
    const leave = gate()
    const scope = x.s.transaction(async () => {
      x.s.add('User', { name: 'a' })
      await x.s.flush()
      entered.open()
      await leave.opened
      t.is(await x.s.user.count(), 1)
      await t.throwsAsync(Promise.all([x.s.get('User', 2), x.s.flush()]), { instanceOf: IllegalStateChangeError })
    })
    await entered.opened
    await t.throwsAsync(x.s.get('User', 1), { instanceOf: IllegalStateChangeError, message: /transaction/ })
    leave.open()
    await scope
    t.is(await x.raw.user.count(), 1)
  },
  { ...queue, session: { concurrency: 'error' } },
)

behaviour(
  'a forwarded call made outside a callback form and awaited inside runs inside',
  async (t, x) => {
    const outside = x.s.user.count()
    const seen = await x.s.transaction(async () => {
      await x.s.user.create({ data: { name: 'a' } })
      return outside
    })
    t.is(seen, 1)
  },
  queue,
)

behaviour(
  'a lazy Prisma call returned by a callback is sent inside its callback form',
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
  'a call of another session inside a callback form does not wait',
  async (t, x) => {
    const other = x.other()
    await x.raw.user.create({ data: { name: 'a' } })
    await x.s.transaction(async () => {
      t.is(await other.user.count(), 1)
      t.is(await x.s.user.count(), 1)
    })
    await other.rollback()
    t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
  },
  queue,
)

behaviour(
  'forwarded reads of one tick are batched by Prisma',
  async (t, x) => {
    await x.raw.user.createMany({ data: [{ name: 'a' }, { name: 'b' }, { name: 'c' }] })
    await x.s.user.count()
    x.clear()
    const names = await Promise.all(
      [1, 2, 3].map((id) => x.s.user.findUnique({ where: { id } }).then((user) => user?.name)),
    )
    t.deepEqual(names, ['a', 'b', 'c'])
    t.is(x.ops().length, 3)
    t.is(x.sql().filter((sql) => /^SELECT/i.test(sql)).length, 1)
  },
  queue,
)

behaviour(
  'forwarded reads that wait behind another call are batched, and a failed one does not affect the others',
  async (t, x) => {
    await x.raw.user.createMany({ data: [{ name: 'a' }, { name: 'b' }] })
    x.s.add('Doc', { version: 1, body: 'first in the queue' })
    const [, ...results] = await Promise.allSettled([
      x.s.flush(),
      x.s.user.findUnique({ where: { id: 1 } }),
      x.s.user.findUnique({ where: { id: 2 } }),
      x.s.user.count({ where: { nothing: 1 } as object }),
      x.s.user.findUnique({ where: { id: 3 } }),
    ])
    t.deepEqual(
      results.map(({ status }) => status),
      ['fulfilled', 'fulfilled', 'rejected', 'fulfilled'],
    )
    const users = x.sql().filter((sql) => /^SELECT\b[\s\S]*\bFROM\b[\s\S]*\bUser\b/i.test(sql))
    t.is(users.length, 1, users.join('\n'))
  },
  queue,
)

behaviour(
  'a write among forwarded reads keeps its place',
  async (t, x) => {
    const [before, , after] = await Promise.all([
      x.s.user.count(),
      x.s.user.create({ data: { name: 'a' } }),
      x.s.user.count(),
    ])
    t.deepEqual([before, after], [0, 1])
  },
  queue,
)
