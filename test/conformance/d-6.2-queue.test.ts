import { IllegalStateChangeError, InvalidRequestError, inspect, type SessionEvent, select } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.ts'
import { gate, listen } from '../helpers/observe.ts'
import { catching, inOrder } from '../helpers/steps.ts'

const queue = { modes: ['async'] } as const

behaviour(
  'a callback form is one entry of the queue: calls from elsewhere wait until it ends',
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
    `inside ${form}(fn) calls run at once, whichever reference to the session they use`,
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
  'noAutoflush(fn): a call from elsewhere waits, and flushes as usual',
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
  'noAutoflush(fn): calls made before it flush as usual',
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
  'two callback forms at once run one after the other',
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
  'one that throws lets the next one go on',
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
  'callback forms nest: the inner one is inside the outer one',
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
  'two callback forms at once inside another are savepoints, one after the other',
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
  "concurrency: 'error': calls inside a callback are no overlap, calls from elsewhere are",
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
  'a forwarded call made outside and awaited inside runs inside',
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
  'work that a callback leaves behind un-awaited waits for its turn when the callback has ended',
  async (t, x) => {
    let late: Promise<number> | undefined
    const leave = gate()
    await x.s.transaction(async () => {
      await x.s.user.create({ data: { name: 'a' } })
      late = leave.opened.then(() => x.s.user.count())
    })
    leave.open()
    t.is(await late, 1)
    t.deepEqual(x.wire(), ['BEGIN', 'COMMIT', 'BEGIN'])
  },
  queue,
)

behaviour(
  'two sessions have a queue each: inside one, the other is elsewhere',
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
  'forwarded reads of one tick go out together: Prisma batches them',
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
  'so do those that wait behind another call, and one that fails does not spoil the others',
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

/** The hooks in which a session is in the middle of a verb, and the verb that fires each. */
const hooks: { event: SessionEvent; fire: (x: Context) => unknown }[] = [
  { event: 'beforeFlush', fire: (x) => x.s.flush() },
  { event: 'afterFlush', fire: (x) => x.s.flush() },
  { event: 'afterFlushPostexec', fire: (x) => x.s.flush() },
  { event: 'beforeCommit', fire: (x) => x.s.commit() },
  { event: 'afterCommit', fire: (x) => x.s.commit() },
  { event: 'afterBegin', fire: (x) => x.s.flush() },
  { event: 'pendingToPersistent', fire: (x) => x.s.flush() },
  { event: 'doExecute', fire: (x) => x.s.execute(select('User')) },
]

for (const { event, fire } of hooks) {
  behaviour(`flush, commit, rollback, close and begin are refused from ${event}`, async (t, x) => {
    const errors: Error[] = []
    let calls = 0
    listen(x.s, event, () => {
      calls++
      if (calls > 1) return
      return inOrder(
        catching(errors, () => x.s.flush()),
        catching(errors, () => x.s.commit()),
        catching(errors, () => x.s.rollback()),
        catching(errors, () => x.s.close()),
        catching(errors, () => x.s.begin()),
        catching(errors, () => x.s.beginNested()),
      )
    })
    const user = x.s.add('User', { name: 'a' })
    await fire(x)
    t.true(calls > 0)
    t.is(errors.length, 6)
    for (const error of errors) {
      t.true(error instanceof IllegalStateChangeError, String(error))
      t.true(error instanceof InvalidRequestError)
    }
    t.is(inspect(user).state, 'persistent')
    await x.s.commit()
    t.is(await x.raw.user.count(), 1)
    await x.s.flush() // allowed again, outside
  })
}

for (const event of ['beforeAttach', 'afterAttach', 'transientToPending', 'afterTransactionCreate'] as const) {
  behaviour(`they are refused from ${event}, a hook of a verb in memory, as well`, async (t, x) => {
    const errors: Error[] = []
    const settled: unknown[] = []
    listen(x.s, event, () => {
      if (settled.length > 0) return
      settled.push(catching(errors, () => x.s.flush())(), catching(errors, () => x.s.commit())())
    })
    x.s.add('User', { name: 'a' })
    await Promise.all(settled)
    t.is(settled.length, 2)
    t.is(errors.length, 2)
    t.true(errors.every((error) => error instanceof IllegalStateChangeError))
    await x.s.commit()
    t.is(await x.raw.user.count(), 1)
  })
}

behaviour('a refusal that the hook does not catch fails the verb', async (t, x) => {
  listen(x.s, 'beforeFlush', () => x.s.commit())
  x.s.add('User', { name: 'a' })
  await t.throwsAsync(async () => await x.s.flush(), { instanceOf: IllegalStateChangeError })
  await x.s.rollback()
  t.is(await x.raw.user.count(), 0)
})

behaviour('a hook of one session may use another session', async (t, x) => {
  const other = x.other()
  const names: string[] = []
  listen(x.s, 'beforeFlush', () =>
    inOrder(
      () => other.add('User', { name: 'audit' }),
      () => other.commit(),
      () => names.push('committed'),
    ),
  )
  x.s.add('User', { name: 'a' })
  await x.s.commit()
  t.deepEqual(names, ['committed'])
  t.is(await x.raw.user.count(), 2)
})

behaviour(
  'iterating results and in-memory verbs never wait',
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
