// Calls made in hooks, and calls made while a hook runs.
import { IllegalStateChangeError, InvalidRequestError, inspect, type SessionEvent, select } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { gate, listen } from '../helpers/observe.js'
import { catching, inOrder, refused } from '../helpers/steps.js'

const queue = { modes: ['async'] } as const

/** The hooks that run in the middle of a call, and the call that fires each. */
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
  behaviour(`flush, commit, rollback, close and begin are refused in the hook ${event}`, async (t, x) => {
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
  behaviour(`flush and commit are refused in the in-memory hook ${event}`, async (t, x) => {
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

behaviour('a refused call that a hook does not catch fails the call that fired it', async (t, x) => {
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
  'a hook whose promise rejects fails the call with that error',
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
  'calls from outside wait while a hook runs',
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
  'a lazy Prisma call returned by a hook is sent before the flush continues',
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

behaviour(
  '$transaction([…]) in a hook is refused like any other call',
  async (t, x) => {
    listen(x.s, 'beforeFlush', () => x.s.$transaction([]))
    x.s.add('User', { name: 'a' })
    await refused(t, () => x.s.flush(), { instanceOf: IllegalStateChangeError })
    await x.s.rollback()
    t.is(await x.raw.user.count(), 0)
  },
  { modes: ['async'] },
)
