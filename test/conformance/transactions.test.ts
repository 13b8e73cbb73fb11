// Begin and end of transactions, their options and handles, and sessions on an external transaction client.
import {
  ArgumentError,
  createSession,
  InvalidRequestError,
  inspect,
  PendingRollbackError,
  ResourceClosedError,
  select,
  TransactionNotStartedError,
} from '../../src/index.js'
import { behaviour, type Context, inClientTransaction } from '../helpers/conformance.js'
import { inOrder, noting, refused } from '../helpers/steps.js'
import { userNames } from '../helpers/user-names.js'

const read = (x: Context) => x.s.scalars(select('User'))

behaviour('the first query begins a transaction, commit ends it, and the next query begins another', async (t, x) => {
  const { s } = x
  t.false(s.inTransaction())
  t.is(s.getTransaction(), null)
  t.deepEqual(x.wire(), [])

  await read(x)
  t.deepEqual(x.wire(), ['BEGIN'])
  t.true(s.inTransaction())
  const first = s.getTransaction()
  t.true(first?.isActive)
  await read(x)
  t.is(s.getTransaction(), first)
  t.deepEqual(x.wire(), ['BEGIN'])

  await s.commit()
  t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
  t.false(s.inTransaction())
  t.is(s.getTransaction(), null)
  t.false(first?.isActive)

  await read(x)
  t.deepEqual(x.wire(), ['BEGIN', 'COMMIT', 'BEGIN'])
  t.not(s.getTransaction(), first)
  await s.rollback()
  t.deepEqual(x.wire(), ['BEGIN', 'COMMIT', 'BEGIN', 'ROLLBACK'])
})

behaviour('add opens a transaction at once; BEGIN is sent with the first operation', async (t, x) => {
  const { s } = x
  s.add('User', { name: 'Ada' })
  t.true(s.inTransaction())
  t.truthy(s.getTransaction())
  t.deepEqual(x.wire(), [])
  await s.flush()
  t.is(x.wire()[0], 'BEGIN')
  await s.commit()
  t.false(s.inTransaction())
})

behaviour('delete and setting an attribute open a transaction and send nothing', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const user = await s.getOne('User', id)
  await s.commit()
  x.clear()

  user.name = 'local'
  t.true(s.inTransaction())
  t.deepEqual(x.wire(), [])
  await s.rollback()
  t.false(s.inTransaction())
  t.is(user.name, 'Ada')

  await s.delete(user)
  t.true(s.inTransaction())
  t.deepEqual(x.wire(), [])
  await s.rollback()
  t.is(s.deleted.size, 0)
  t.false(s.inTransaction())
  t.deepEqual(x.wire(), [])
  t.deepEqual(x.ops(), [])
})

behaviour('begin is refused while a transaction is open', async (t, x) => {
  const { s } = x
  const expectation = { instanceOf: InvalidRequestError, message: /already begun/ }
  const explicit = await s.begin()
  await refused(t, () => s.begin(), expectation)
  t.is(s.getTransaction(), explicit)
  t.true(explicit.isActive)
  await s.rollback()

  await read(x)
  await refused(t, () => s.begin(), expectation)
  await s.rollback()

  s.add('User', { name: 'Ada' })
  await refused(t, () => s.begin(), expectation)
  t.is(s.new.size, 1)
  await s.rollback()
  await s.begin()
  t.true(s.inTransaction())
})

behaviour(
  'autobegin: false requires begin() before every transaction',
  async (t, x) => {
    const { s } = x
    const expectation = { instanceOf: TransactionNotStartedError }
    for (const round of ['Ada', 'Bob']) {
      t.throws(() => s.add('User', { name: round }), expectation)
      await refused(t, () => read(x), expectation)
      await refused(t, () => s.get('User', 1), expectation)
      await refused(t, () => s.commit(), expectation)
      t.is(s.new.size, 0)
      t.false(s.inTransaction())

      await s.begin()
      s.add('User', { name: round })
      await s.commit()
    }
    t.deepEqual(await userNames(x), ['Ada', 'Bob'])
  },
  { session: { autobegin: false } },
)

behaviour('a disposed begin() handle keeps only the work that was committed', async (t, x) => {
  const { s } = x
  {
    await using tx = await s.begin()
    s.add('User', { name: 'Ada' })
    await tx.commit()
  }
  t.false(s.inTransaction())
  {
    await using _ = await s.begin()
    s.add('User', { name: 'Bob' })
    await s.flush()
  }
  t.false(s.inTransaction())
  t.is(x.wire().at(-1), 'ROLLBACK')
  t.deepEqual(await userNames(x), ['Ada'])
})

behaviour('a transaction handle in a `using` block rolls back unless it has ended', async (t, x) => {
  {
    await using tx = await x.s.begin()
    x.s.add('User', { name: 'lost' })
    await x.s.flush()
    t.true(tx.isActive)
  }
  {
    await using tx = await x.s.begin()
    x.s.add('User', { name: 'kept' })
    await tx.commit()
  }
  t.deepEqual(x.wire(), ['BEGIN', 'ROLLBACK', 'BEGIN', 'COMMIT'])
  t.deepEqual(await userNames(x), ['kept'])
})

behaviour('a handle is closed once its transaction has ended', async (t, x) => {
  const { s } = x
  const tx = await s.begin()
  await s.rollback()
  t.false(tx.isActive)
  await refused(t, () => tx.commit(), { instanceOf: ResourceClosedError })

  const next = await s.begin()
  await next.commit()
  await refused(t, () => next.commit(), { instanceOf: ResourceClosedError })
  await refused(t, () => next.rollback(), { instanceOf: ResourceClosedError })
  t.false(s.inTransaction())
})

behaviour('a second session does not see uncommitted rows', async (t, x) => {
  const { s } = x
  s.add('User', { name: 'Ada' })
  await s.flush()
  const other = x.other()
  t.is((await other.scalars(select('User'))).all().length, 0)
  await other.rollback()
  await s.commit()
  t.is((await other.scalars(select('User'))).all().length, 1)
})

behaviour(
  'transaction options are passed to Prisma in a new object',
  async (t, x) => {
    const seen: unknown[] = []
    const client = new Proxy(x.client, {
      get(target, key) {
        const value = Reflect.get(target, key, target)
        if (key !== '$transaction') return value
        return (work: unknown, options: object) => {
          seen.push({ ...options })
          return Reflect.apply(value as () => unknown, target, [work, options])
        }
      },
    })
    const s = createSession(client, { timeout: 5555, maxWait: 1111 })
    const options = { isolationLevel: 'Serializable', timeout: 4321, maxWait: 1234 }
    await s.begin(options)
    await s.scalars(select('User'))
    await s.commit()
    await s.scalars(select('User'))
    await s.commit()
    const plain = createSession(client)
    await plain.scalars(select('User'))
    await plain.commit()
    t.deepEqual(seen[0], options)
    t.like(seen[1], { timeout: 5555, maxWait: 1111 })
    t.like(seen[2], { timeout: 2147483647 })
    t.is(seen.length, 3)
  },
  { modes: ['async'] },
)

behaviour('an expired transaction throws P2028 once, then PendingRollbackError until rollback', async (t, x) => {
  const { s } = x
  await s.begin({ timeout: 500 })
  await read(x)
  await new Promise((resolve) => setTimeout(resolve, 700))
  const first = await refused(t, () => read(x), { code: 'P2028' })
  const second = await refused<PendingRollbackError>(t, () => read(x), { instanceOf: PendingRollbackError })
  t.is(second.cause, first)
  await refused(t, () => s.commit(), { instanceOf: PendingRollbackError })
  await s.rollback()
  s.add('User', { name: 'Ada' })
  await s.commit()
  t.deepEqual(await userNames(x), ['Ada'])
})

behaviour('transaction options that Prisma would misread are refused', async (t, x) => {
  const { s } = x
  // 2^31 and more make a timeout of 1 ms.
  for (const options of [
    { timeout: 2 ** 31 },
    { timeout: Number.POSITIVE_INFINITY },
    { timeout: 0 },
    { maxWait: -1 },
  ]) {
    await refused(t, () => s.begin(options), { instanceOf: ArgumentError })
  }
  const unknown = { nested: true, tiemout: 5 }
  await refused(t, () => s.begin(unknown), { instanceOf: ArgumentError, message: /tiemout/ })
  t.false(s.inTransaction())
})

behaviour(
  'an isolation level that SQLite lacks is refused at the call and at construction',
  async (t, x) => {
    const { s } = x
    const refusal = { instanceOf: ArgumentError, message: /ReadCommitted.*use 'Serializable'/ }
    await refused(t, () => s.begin({ isolationLevel: 'ReadCommitted' }), refusal)
    await refused(t, () => s.transaction(() => 1, { isolationLevel: 'ReadCommitted' }), refusal)
    await refused(t, () => s.$transaction(() => 1 as never, { isolationLevel: 'ReadCommitted' as never }), refusal)
    t.throws(() => x.session({ isolationLevel: 'ReadCommitted' }), refusal)
    t.deepEqual(x.wire(), [])
    t.deepEqual((await read(x)).all(), [])
  },
  { databases: ['better-sqlite3', 'libsql'] },
)

behaviour('on an external transaction client, commit flushes and does not end the transaction', async (t, x) => {
  const mine = new Error('mine')
  const seen: unknown[] = []
  const work = (fail: boolean) =>
    inClientTransaction(x, (tx) => {
      const inside = createSession(tx)
      return inOrder(
        () => inside.add('User', { name: 'Ada' }),
        () => inside.commit(),
        () => noting(seen, tx.user.count()),
        () => {
          if (fail) throw mine
        },
      )
    })
  t.is(await refused(t, () => work(true)), mine)
  t.deepEqual(seen, [1])
  t.deepEqual(await userNames(x), [])

  await work(false)
  t.deepEqual(await userNames(x), ['Ada'])
})

behaviour('on an external transaction client, rollback undoes what the session wrote', async (t, x) => {
  const states: string[] = []
  const work = () =>
    inClientTransaction(x, (tx) => {
      const inside = createSession(tx)
      const user = inside.add('User', { name: 'Ada' })
      return inOrder(
        () => inside.flush(),
        () => inside.rollback(),
        () => states.push(inspect(user).state),
      )
    })
  await Promise.resolve()
    .then(work)
    .catch(() => {}) // the outer one may be marked for rollback
  t.deepEqual(states, ['transient'])
  t.deepEqual(await userNames(x), [])
})
