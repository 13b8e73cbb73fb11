// The `tx` of $transaction(fn): what it has, where its calls run, and how it ends.
import { EventEmitter, once } from 'node:events'
import { createSession, PrismaSessionProxy, ResourceClosedError } from '../../src/index.js'
import { behaviour, type TestSession } from '../helpers/conformance.js'
import { gate } from '../helpers/observe.js'
import { catching, inOrder, noting, refused } from '../helpers/steps.js'
import { userNames } from '../helpers/user-names.js'

const inProcess = { modes: ['async'] } as const

/** `$transaction(fn)`, whose types show of `tx` what Prisma's has. */
function transact(s: TestSession, body: (tx: TestSession) => unknown): unknown {
  return s.$transaction(body as unknown as () => Promise<unknown>)
}

behaviour('tx lacks what the client of a transaction lacks', async (t, x) => {
  const lacking = ['$connect', '$disconnect', '$on', '$use', '$extends']
  await transact(x.s, (tx) => {
    for (const name of lacking) {
      t.is(Reflect.get(tx, name), undefined, name)
      t.false(name in tx, name)
      t.false(tx.supports(name), name)
      t.false(Object.keys(tx).includes(name), name)
    }
    t.true('$transaction' in tx)
    t.true('user' in tx)
  })
  t.is(typeof x.s.$disconnect, 'function')
})

behaviour('tx is the session: the same unit of work, by every name of it', async (t, x) => {
  await transact(x.s, (tx) => {
    t.not(tx, x.s)
    t.true(tx.equals(x.s))
    t.true(x.s.equals(tx))
    t.true(tx instanceof PrismaSessionProxy)
    t.true(createSession(tx).equals(x.s))
    t.is(tx.user, tx.user)
    t.is(tx.user.create, tx.user.create)
    const user = tx.add('User', { name: 'a' })
    t.true(x.s.contains(user))
    t.is(tx.getTransaction(), x.s.getTransaction())
    return tx.flush()
  })
  t.deepEqual(await userNames(x), ['a'])
})

behaviour('tx.$transaction(fn) is a savepoint', async (t, x) => {
  await transact(x.s, (tx) =>
    inOrder(
      () => tx.user.create({ data: { name: 'outer' } }),
      catching([], () =>
        transact(tx, (inner) =>
          inOrder(
            () => inner.user.create({ data: { name: 'inner' } }),
            () => {
              throw new Error('inside')
            },
          ),
        ),
      ),
      () => tx.user.create({ data: { name: 'after' } }),
    ),
  )
  t.deepEqual(await userNames(x), ['outer', 'after'])
})

for (const autobegin of [true, false])
  behaviour(
    `tx is refused after its transaction, whoever calls it, with autobegin: ${autobegin}`,
    async (t, x) => {
      const kept: TestSession[] = []
      const parts: (() => unknown)[] = []
      await transact(x.s, (tx) => {
        const { user, $executeRawUnsafe, flush } = tx
        const { create } = user
        kept.push(tx)
        parts.push(
          () => user.create({ data: { name: 'late' } }),
          () => create({ data: { name: 'late' } }),
          () => $executeRawUnsafe('DELETE FROM "User"'),
          () => flush(),
        )
        return tx.user.create({ data: { name: 'a' } })
      })
      x.clear()
      const [tx] = kept as [TestSession]
      for (const call of [
        ...parts,
        () => tx.user.create({ data: { name: 'late' } }),
        () => tx.user.findMany(),
        () => tx.get('User', 1),
        () => tx.add('User', { name: 'late' }),
        () => tx.commit(),
        () => transact(tx, () => {}),
        () => tx.transaction(() => {}),
      ])
        await refused(t, call, { instanceOf: ResourceClosedError, message: /\$transaction\(\).*has ended/ })
      t.deepEqual([x.ops(), x.wire()], [[], []])
      t.deepEqual(await userNames(x), ['a'])
    },
    { session: { autobegin } },
  )

behaviour('the handle that tx gave of an outer transaction ends it after tx', async (t, x) => {
  await x.s.begin()
  const seen: unknown[] = []
  await transact(x.s, (tx) => noting(seen, tx.getTransaction()))
  x.s.add('User', { name: 'a' })
  await x.s.getTransaction()?.commit()
  t.deepEqual(await userNames(x), ['a'])
})

behaviour(
  'a lazy call of tx that is awaited after its transaction is refused',
  async (t, x) => {
    const lazy = await x.s.$transaction(async (tx) => [tx.user.create({ data: { name: 'late' } })])
    await t.throwsAsync(async () => await lazy[0], { instanceOf: ResourceClosedError })
    t.deepEqual(await userNames(x), [])
  },
  inProcess,
)

behaviour(
  'calls of tx run in its transaction from whatever context they come, as those of a batch or of a worker',
  async (t, x) => {
    const jobs = new EventEmitter()
    const worker = (async () => {
      const [tx] = (await once(jobs, 'job')) as [TestSession]
      await tx.user.create({ data: { name: 'by the worker' } })
      jobs.emit('done', await tx.user.count())
    })()
    const count = await x.s.$transaction(async (tx) => {
      await tx.user.create({ data: { name: 'inside' } })
      jobs.emit('job', tx)
      const [seen] = await once(jobs, 'done')
      return seen
    })
    await worker
    t.is(count, 2)
    t.is(x.wire().filter((word) => word === 'BEGIN').length, 1)
    t.deepEqual(await userNames(x), ['inside', 'by the worker'])
  },
  inProcess,
)

behaviour(
  'a call of tx from elsewhere waits for a savepoint that is open inside',
  async (t, x) => {
    const [entered, leave] = [gate(), gate()]
    const order: string[] = []
    let elsewhere: (() => Promise<unknown>) | undefined
    const work = x.s.$transaction(async (tx) => {
      elsewhere = async () => order.push(`elsewhere sees ${await tx.user.count()}`)
      await tx.$transaction(async (inner) => {
        await inner.user.create({ data: { name: 'inner' } })
        entered.open()
        await leave.opened
        order.push('inner ends')
      })
    })
    await entered.opened
    const counted = elsewhere?.()
    leave.open()
    await Promise.all([work, counted])
    t.deepEqual(order, ['inner ends', 'elsewhere sees 1'])
  },
  inProcess,
)

behaviour(
  '$transaction([…]) of tx takes calls of tx and of its session',
  async (t, x) => {
    const values = await x.s.$transaction((tx) =>
      (tx as unknown as TestSession).$transaction([tx.user.create({ data: { name: 'a' } }), x.s.user.count()]),
    )
    t.is(values[1], 1)
    t.deepEqual(await userNames(x), ['a'])
  },
  inProcess,
)
