// Events of flushes, transactions and statements: their order and payloads, and what a listener may do.

import { ArgumentError, InvalidRequestError, inspect, type SessionEvent, select } from '../../src/index.js'
import { behaviour, inSync } from '../helpers/conformance.js'
import { listen } from '../helpers/observe.js'
import { sessionEvents } from '../helpers/session-events.js'
import { catching, inOrder } from '../helpers/steps.js'

behaviour('add, flush and commit fire their events in order', async (t, x) => {
  const seen = x.events(x.s, sessionEvents)
  const names = () => seen.splice(0).map(({ event }) => event)
  x.s.add('User', { name: 'a' })
  t.deepEqual(names(), ['afterTransactionCreate', 'beforeAttach', 'afterAttach', 'transientToPending'])
  await x.s.flush()
  t.deepEqual(names(), ['beforeFlush', 'afterBegin', 'afterFlush', 'pendingToPersistent', 'afterFlushPostexec'])
  await x.s.commit()
  t.deepEqual(names(), ['beforeCommit', 'afterCommit', 'afterTransactionEnd'])
})

behaviour('rollback fires its events in order', async (t, x) => {
  x.s.add('User', { name: 'a' })
  await x.s.flush()
  const seen = x.events(x.s, [
    'afterRollback',
    'afterSoftRollback',
    'afterTransactionEnd',
    'beforeCommit',
    'afterCommit',
  ])
  await x.s.rollback()
  t.deepEqual(
    seen.map(({ event }) => event),
    ['afterRollback', 'afterTransactionEnd', 'afterSoftRollback'],
  )
})

behaviour('a failed flush and the rollback after it fire their events in order', async (t, x) => {
  await x.raw.user.create({ data: { name: 'first', email: 'taken' } })
  x.s.add('User', { name: 'second', email: 'taken' })
  const seen = x.events(x.s, [
    'beforeFlush',
    'afterBegin',
    'afterFlush',
    'afterFlushPostexec',
    'afterRollback',
    'afterSoftRollback',
    'pendingToTransient',
  ])
  const names = () => seen.splice(0).map(({ event }) => event)
  await t.throwsAsync(async () => await x.s.flush(), { code: 'P2002' })
  t.deepEqual(names(), ['beforeFlush', 'afterBegin', 'afterRollback', 'pendingToTransient', 'afterSoftRollback'])
  await x.s.rollback()
  t.deepEqual(names(), ['afterSoftRollback'])
})

behaviour(
  'payloads have the session, the entity of a state change, and the transaction of a transaction event',
  async (t, x) => {
    const seen = x.events(x.s, sessionEvents)
    const user = x.s.add('User', { name: 'a' })
    const root = x.s.getTransaction()
    await x.s.commit()
    const of = (event: SessionEvent) => seen.filter((one) => one.event === event).map(({ payload }) => payload)
    t.true(seen.length > 0)
    t.true(seen.every(({ payload }) => payload.session === x.s))
    for (const event of ['beforeAttach', 'afterAttach', 'transientToPending', 'pendingToPersistent'] as const) {
      t.deepEqual(
        of(event).map(({ entity }) => entity === user),
        [true],
        event,
      )
    }
    for (const event of ['afterTransactionCreate', 'afterTransactionEnd'] as const) {
      t.deepEqual(
        of(event).map(({ transaction }) => transaction === root),
        [true],
        event,
      )
    }
  },
)

behaviour(
  'afterBegin fires when BEGIN is sent, afterTransactionCreate when the logical transaction begins',
  async (t, x) => {
    const begun: string[][] = []
    const created: string[][] = []
    listen(x.s, 'afterBegin', () => void begun.push(x.wire()))
    listen(x.s, 'afterTransactionCreate', () => void created.push(x.wire()))
    x.s.add('User', { name: 'a' })
    t.deepEqual(created, [[]])
    t.deepEqual(begun, [])
    await x.s.flush()
    t.deepEqual(begun, [['BEGIN']])
    t.is(created.length, 1)
  },
)

behaviour('listeners are called in the order of on() until off() removes them', async (t, x) => {
  const seen: string[] = []
  const first = () => void seen.push('first')
  const second = () => void seen.push('second')
  t.is(x.s.on('beforeFlush', first), x.s)
  x.s.on('beforeFlush', second)
  x.s.add('User', { name: 'a' })
  await x.s.flush()
  t.deepEqual(seen.splice(0), ['first', 'second'])
  t.is(x.s.off('beforeFlush', first), x.s)
  x.s.add('User', { name: 'b' })
  await x.s.flush()
  t.deepEqual(seen, ['second'])
})

behaviour('objects that beforeFlush adds, changes and deletes are written in the same flush', async (t, x) => {
  const changed = x.s.add('User', { name: 'changed' })
  const doomed = x.s.add('User', { name: 'doomed' })
  await x.s.commit()
  let added = {}
  let calls = 0
  listen(x.s, 'beforeFlush', () => {
    calls++
    added = x.s.add('Doc', { version: 1, body: 'from the hook' })
    changed.name = 'by the hook'
    return x.s.delete(doomed)
  })
  const own = x.s.add('User', { name: 'own' })
  await x.s.flush()
  t.is(calls, 1)
  t.is(inspect(added).state, 'persistent')
  t.is(inspect(own).state, 'persistent')
  t.is(inspect(doomed).state, 'deleted')
  t.false(x.s.isModified(changed))
  await x.s.commit()
  t.is(await x.raw.doc.count(), 1)
  t.deepEqual(
    (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map((user) => user.name),
    ['by the hook', 'own'],
  )
})

behaviour('beforeFlush is not called when nothing is pending', async (t, x) => {
  const user = x.s.add('User', { name: 'a' })
  await x.s.commit()
  const seen = x.events(x.s, ['beforeFlush', 'afterFlush', 'afterFlushPostexec'])
  await x.s.flush()
  await x.s.scalars(select('User'))
  await x.s.commit()
  t.deepEqual(seen, [])
  user.name = 'b'
  await x.s.flush()
  t.deepEqual(
    seen.map(({ event }) => event),
    ['beforeFlush', 'afterFlush', 'afterFlushPostexec'],
  )
})

behaviour('afterFlush still shows what was flushed, afterFlushPostexec does not', async (t, x) => {
  const dirty = x.s.add('User', { name: 'dirty' })
  const doomed = x.s.add('User', { name: 'doomed' })
  await x.s.commit()
  const snapshots: object[] = []
  const look = () => void snapshots.push({ new: [...x.s.new], dirty: [...x.s.dirty], deleted: [...x.s.deleted] })
  listen(x.s, 'afterFlush', look)
  listen(x.s, 'afterFlushPostexec', look)
  const added = x.s.add('User', { name: 'added' })
  dirty.name = 'changed'
  await x.s.delete(doomed)
  await x.s.flush()
  t.is(snapshots.length, 2)
  const [after, postexec] = snapshots as { new: object[]; dirty: object[]; deleted: object[] }[]
  t.true(after?.new.length === 1 && after.new[0] === added)
  t.true(after?.dirty.length === 1 && after.dirty[0] === dirty)
  t.true(after?.deleted.length === 1 && after.deleted[0] === doomed)
  t.deepEqual(postexec, { new: [], dirty: [], deleted: [] })
})

behaviour('an object that afterFlushPostexec adds waits for the next flush', async (t, x) => {
  let added: object | undefined
  listen(x.s, 'afterFlushPostexec', () => {
    added ??= x.s.add('Doc', { version: 1, body: 'from the hook' })
  })
  x.s.add('User', { name: 'a' })
  await x.s.flush()
  t.is(inspect(added ?? {}).state, 'pending')
  t.deepEqual(x.written(), ['INSERT User'])
  await x.s.flush()
  t.is(inspect(added ?? {}).state, 'persistent')
})

behaviour('commit flushes an object that afterFlushPostexec adds', async (t, x) => {
  let added: object | undefined
  listen(x.s, 'afterFlushPostexec', () => {
    added ??= x.s.add('Doc', { version: 1, body: 'from the hook' })
  })
  x.s.add('User', { name: 'a' })
  await x.s.commit()
  t.is(inspect(added ?? {}).state, 'persistent')
  t.is(await x.raw.doc.count(), 1)
})

for (const [event, end, state] of [
  ['afterCommit', 'commit', /commit/i],
  ['afterRollback', 'rollback', /inactive|roll/i],
] as const) {
  behaviour(`in ${event} values are still loaded, and a query is an InvalidRequestError`, async (t, x) => {
    const user = x.s.add('User', { name: 'a' })
    await x.s.commit()
    user.name = 'b'
    await x.s.flush()
    const errors: Error[] = []
    const names: string[] = []
    listen(x.s, event, () =>
      inOrder(
        () => names.push(user.name),
        catching(errors, () => x.s.execute(select('User'))),
        catching(errors, () => x.s.get('User', 999)),
        catching(errors, () => x.s.user.count()),
      ),
    )
    x.clear()
    await x.s[end]()
    t.is(names.length, 1)
    t.is(errors.length, 3)
    t.true(errors.every((error) => error instanceof InvalidRequestError))
    t.regex(errors[0]?.message ?? '', state)
    t.deepEqual(x.ops(), [])
    t.true(x.s.isActive)
  })
}

behaviour('a listener of afterSoftRollback may query', async (t, x) => {
  await x.raw.user.create({ data: { name: 'there' } })
  x.s.add('User', { name: 'a' })
  await x.s.flush()
  const errors: unknown[] = []
  const found: number[] = []
  listen(x.s, 'afterSoftRollback', () =>
    inOrder(
      catching(errors, () => {
        const count = x.s.user.count() as unknown
        if (typeof count === 'number') found.push(count)
        else return (count as Promise<number>).then((n) => found.push(n))
      }),
    ),
  )
  await x.s.rollback()
  t.deepEqual(errors, [])
  t.deepEqual(found, [1])
})

behaviour('the end of a savepoint fires the same events as the end of a transaction', async (t, x) => {
  const seen = x.events(x.s, [
    'afterRollback',
    'afterSoftRollback',
    'beforeCommit',
    'afterCommit',
    'afterTransactionEnd',
  ])
  const names = () => seen.splice(0).map(({ event }) => event)
  await x.s.begin()
  const undone = await x.s.beginNested()
  x.s.add('User', { name: 'a' })
  await x.s.flush()
  await undone.rollback()
  t.deepEqual(names(), ['afterRollback', 'afterTransactionEnd', 'afterSoftRollback'])
  const released = await x.s.beginNested()
  x.s.add('User', { name: 'b' })
  await x.s.flush()
  await released.commit()
  t.deepEqual(names(), ['beforeCommit', 'afterCommit', 'afterTransactionEnd'])
})

behaviour('doExecute fires before every statement, with the session and the params', async (t, x) => {
  const statement = select('User', { where: { name: 'a' } })
  const seen = x.events(x.s, ['doExecute'])
  await x.s.execute(statement)
  await x.s.scalars(statement)
  await x.s.scalar(statement)
  t.is(seen.length, 3)
  t.true(seen.every(({ payload }) => payload.statement === statement))
  t.true(seen.every(({ payload }) => payload.session === x.s && 'params' in payload))
})

behaviour('a listener of doExecute may set another statement', async (t, x) => {
  await x.raw.user.createMany({ data: [{ name: 'a' }, { name: 'b' }] })
  listen(x.s, 'doExecute', (payload) => {
    payload.statement = select('User', { where: { name: 'b' } })
  })
  const names = (await x.s.scalars(select('User'))).all().map((user) => user.name)
  t.deepEqual(names, ['b'])
})

behaviour('a listener of doExecute may return a Result, and nothing is sent', async (t, x) => {
  await x.raw.user.create({ data: { name: 'a' } })
  const statement = select('User')
  const frozen = (await x.s.execute(statement)).freeze()
  listen(x.s, 'doExecute', () => frozen())
  x.clear()
  const result = await x.s.execute(statement)
  t.is(result.scalars().one().name, 'a')
  t.deepEqual(x.ops(), [])
  if (x.s.isAsync) t.is((await (await x.s.streamScalars(statement)).all())[0]?.name, 'a')
  t.deepEqual(x.ops(), [])
})

for (const event of ['beforeFlush', 'afterFlush', 'afterFlushPostexec', 'beforeCommit', 'afterBegin'] as const) {
  behaviour(
    `a synchronous session refuses a listener of ${event} that returns a promise, and undoes the call`,
    async (t, x) => {
      const user = x.s.add('User', { name: 'a' })
      const listener = async () => {
        await new Promise((resolve) => setTimeout(resolve))
        throw new Error('not awaited')
      }
      x.s.on(event, listener)
      const commit = () => x.s.commit()
      t.throws(commit, { instanceOf: ArgumentError, message: /a listener returned a promise to a synchronous session/ })
      x.s.off(event, listener)
      x.s.rollback()
      t.is(inspect(user).state, 'transient')
      t.is(await x.raw.user.count(), 0)
      x.s.add(user)
      x.s.commit()
      t.is(await x.raw.user.count(), 1)
      await new Promise((resolve) => setTimeout(resolve, 5))
    },
    { modes: ['sync'] },
  )
}

behaviour(
  'a hook of a synchronous session may read expired attributes, and nothing is flushed twice',
  async (t, x) => {
    const user = x.s.add('User', { name: 'a' })
    x.s.commit()
    const seen: string[] = []
    for (const event of ['beforeFlush', 'afterFlush', 'afterFlushPostexec', 'beforeCommit'] as const) {
      listen(x.s, event, () => {
        x.s.expire(user)
        seen.push(`${event} ${user.name}`)
      })
    }
    const errors: Error[] = []
    listen(x.s, 'afterCommit', () => {
      x.s.expire(user)
      catching(errors, () => user.name)()
    })
    const other = x.s.add('User', { name: 'b' })
    x.clear()
    x.s.commit()
    // The read in beforeCommit autoflushes.
    t.deepEqual(seen, ['beforeFlush a', 'afterFlush a', 'afterFlushPostexec a', 'beforeCommit a'])
    t.deepEqual(x.written(), ['INSERT User'])
    t.is(errors.length, 1)
    t.true(errors[0] instanceof InvalidRequestError)
    t.is(inspect(other).state, 'persistent')
    t.is(user.name, 'a')
  },
  { modes: ['sync'] },
)

behaviour(
  'a synchronous session refuses a callback that returns a promise, and undoes its work',
  async (t, x) => {
    const s = inSync(x.s)
    const expected = { instanceOf: ArgumentError, message: /the function returned a promise.*make it synchronous/ }
    const rejecting = async () => {
      s.add('User', { name: 'lost' })
      s.flush()
      throw new Error('not awaited')
    }
    for (const call of [
      () => s.transaction(rejecting),
      () => s.begin(rejecting),
      () => s.$transaction(rejecting),
      () => s.transaction(async () => s.add('User', { name: 'lost' })),
    ]) {
      t.throws(call, expected)
      t.false(s.inTransaction())
      t.is(s.new.size, 0)
    }
    // Inside another transaction a savepoint is rolled back.
    s.begin()
    s.add('User', { name: 'kept' })
    t.throws(() => s.transaction(rejecting), expected)
    s.commit()
    t.deepEqual(
      (await x.raw.user.findMany()).map(({ name }) => name),
      ['kept'],
    )
  },
  { modes: ['sync'] },
)

behaviour('a listener of an event of memory that returns a promise is refused, and nothing is added', async (t, x) => {
  listen(x.s, 'beforeAttach', async () => {})
  t.throws(() => x.s.add('User', { name: 'a' }), {
    instanceOf: ArgumentError,
    message: /make the listener synchronous/,
  })
  t.is(x.s.new.size, 0)
})

behaviour('a query in afterFlush gives the objects whose rows the flush has written', async (t, x) => {
  const moved = x.s.add('Code', { code: 'a', label: 'moved' })
  await x.s.flush()
  const seen: unknown[] = []
  let isFirst = true
  listen(x.s, 'afterFlush', ({ session }) => {
    if (!isFirst) return
    isFirst = false
    const s = session as typeof x.s
    const note = (value: unknown) => Promise.resolve(value).then((found) => seen.push(found))
    const keep = x.mode === 'async' ? note : (value: unknown) => seen.push(value)
    return inOrder(
      () => keep(s.scalars(select('User', { include: { posts: true } }))),
      () => keep(s.get('User', user.id)),
      () => keep(s.get('Code', 'b')),
    )
  })
  const user = x.s.add('User', { name: 'a', posts: [{ title: 'p' }] })
  moved.code = 'b'
  await x.s.flush()
  const [result, ...found] = seen as [{ all(): unknown[] }, ...unknown[]]
  t.is(result.all()[0], user)
  t.is(found[0], user)
  t.is(found[1], moved)
  t.is(await x.s.get('User', user.id), user)
  t.is(x.s.identityMap.size, 3)
  await x.s.commit()
  t.like(await x.raw.user.findFirst({ include: { posts: true } }), { name: 'a', posts: [{ title: 'p' }] })
})
