// The end of a stream: closing, errors, rollbacks, commits and abort signals; and other calls beside it.

import { getEventListeners } from 'node:events'
import { InvalidRequestError, ResourceClosedError, select } from '../../src/index.js'
import { behaviour, type TestSession } from '../helpers/conformance.js'
import { gate } from '../helpers/observe.js'
import { refused } from '../helpers/steps.js'
import { addUsers, ids, listed, streaming, upTo } from '../helpers/stream-rows.js'

const reason = new Error('enough')

behaviour(
  'break and a throw in a loop close the stream, and the error is kept',
  async (t, x) => {
    await addUsers(x, 10)
    const users = await x.s.streamScalars(select('User'), { yieldPer: 2 })
    for await (const user of users) if (user.id) break
    t.true(users.closed)
    await refused(t, () => users.all(), { instanceOf: ResourceClosedError })
    const again = await x.s.streamScalars(select('User'), { yieldPer: 2 })
    const mine = new RangeError('mine')
    const error = await refused(t, async () => {
      for await (const _ of again) throw mine
    })
    t.is(error, mine)
    t.true(again.closed)
    {
      await using held = await x.s.stream(select('User'), { yieldPer: 2 })
      await held.fetchOne()
      t.false(held.closed)
    }
    const parts = await x.s.streamScalars(select('User'))
    for await (const part of parts.partitions(3)) if (part.length === 3) break
    t.true(parts.closed)
    await parts.close() // a second time it does nothing
  },
  streaming,
)

const endings: Readonly<Record<string, (s: TestSession) => unknown>> = {
  'rollback()': (s) => s.rollback(),
  'close()': (s) => s.close(),
  'reset()': (s) => s.reset(),
}

for (const [name, end] of Object.entries(endings)) {
  behaviour(
    `${name} ends an open stream: its next read is refused, and nothing hangs`,
    async (t, x) => {
      await addUsers(x, 10)
      const users = await x.s.streamScalars(select('User'), { yieldPer: 3 })
      await users.fetchMany(4)
      await end(x.s)
      x.clear()
      await refused(t, () => users.fetchMany(4), { instanceOf: InvalidRequestError, message: /stream\(\)/ })
      t.deepEqual(x.ops(), [])
      await users.close()
      t.is((await (await x.s.streamScalars(select('User'))).all()).length, 10)
    },
    streaming,
  )
}

behaviour(
  'rolling back a savepoint ends the streams opened in it, not those opened before',
  async (t, x) => {
    await addUsers(x, 10)
    const outer = await x.s.streamScalars(select('User'), { yieldPer: 3 })
    await outer.fetchMany(2)
    const savepoint = await x.s.beginNested()
    const inner = await x.s.streamScalars(select('User'), { yieldPer: 3 })
    await inner.fetchMany(2)
    await savepoint.rollback()
    await refused(t, () => inner.all(), { instanceOf: ResourceClosedError })
    t.is((await outer.all()).length, 8)
  },
  streaming,
)

behaviour(
  'rolling back a savepoint does not affect a stream opened before and read inside',
  async (t, x) => {
    await addUsers(x, 10)
    const users = await x.s.streamScalars(select('User'), { yieldPer: 3 })
    await users.fetchMany(2)
    const savepoint = await x.s.beginNested()
    await users.fetchMany(3)
    await savepoint.rollback()
    t.is((await users.all()).length, 5)
  },
  streaming,
)

behaviour(
  'a stream of pages continues after a commit',
  async (t, x) => {
    await addUsers(x, 10)
    let seen = 0
    for await (const part of (await x.s.streamScalars(select('User'), { yieldPer: 3 })).partitions()) {
      for (const user of part) user.name = `done ${++seen}`
      await x.s.commit()
    }
    t.is(seen, 10)
    t.is(await x.raw.user.count({ where: { name: { startsWith: 'done' } } }), 10)
    t.false(x.s.inTransaction())
  },
  streaming,
)

behaviour(
  'a stream of pages continues when each commit expires its objects',
  async (t, x) => {
    await addUsers(x, 10)
    for await (const part of (await x.s.streamScalars(select('User'), { yieldPer: 3 })).partitions()) {
      for (const user of part) user.name = 'done'
      await x.s.commit()
    }
    t.is(await x.raw.user.count({ where: { name: 'done' } }), 10)
  },
  { ...streaming, session: { expireOnCommit: true } },
)

behaviour(
  'an abort before opening sends nothing, and a later one rejects the reads with its reason',
  async (t, x) => {
    await addUsers(x, 10)
    const over = AbortSignal.abort(reason)
    t.is(await refused(t, () => x.s.stream(select('User'), { signal: over })), reason)
    t.deepEqual(x.wire(), [])
    const controller = new AbortController()
    const users = await x.s.streamScalars(select('User'), { yieldPer: 2, signal: controller.signal })
    await users.fetchMany(3)
    controller.abort(reason)
    t.is(await refused(t, () => users.fetchMany(3)), reason)
    t.true(users.closed)
    t.is((await x.s.streamScalars(select('User'))).closed, false)
    const seen: number[] = []
    const second = new AbortController()
    const error = await refused(t, async () => {
      for await (const user of await x.s.streamScalars(select('User'), { yieldPer: 2, signal: second.signal })) {
        seen.push(user.id)
        if (seen.length === 2) second.abort(reason)
      }
    })
    t.is(error, reason)
    t.deepEqual(seen, [1, 2])
  },
  streaming,
)

behaviour(
  'an abort discards rows already fetched, and stops a stream that is opening',
  async (t, x) => {
    await addUsers(x, 10)
    const controller = new AbortController()
    const seen: number[] = []
    const error = await refused(t, async () => {
      for await (const user of await x.s.streamScalars(select('User'), { signal: controller.signal })) {
        seen.push(user.id)
        if (user.id === 2) controller.abort(reason)
      }
    })
    t.is(error, reason)
    t.deepEqual(seen, [1, 2])
    const late = new AbortController()
    x.s.on('doExecute', () => late.abort(reason))
    t.is(await refused(t, () => x.s.stream(select('User'), { signal: late.signal })), reason)
  },
  streaming,
)

behaviour(
  'an abort ends a stream that waits for its turn, which then reads nothing',
  async (t, x) => {
    const [entered, leave] = [gate(), gate()]
    const running = x.s.noAutoflush(async () => {
      entered.open()
      await leave.opened
    })
    await entered.opened
    const controller = new AbortController()
    const { signal } = controller
    const waiting = [x.s.stream(select('User'), { signal }), x.s.streamScalars(select('User'), { signal })]
    const refusals = waiting.map((stream) => refused(t, () => stream))
    controller.abort(reason)
    for (const error of await Promise.all(refusals)) t.is(error, reason) // while the callback is still running
    leave.open()
    await running
    await x.s.flush()
    t.deepEqual(x.ops(), [])
    t.is(getEventListeners(signal, 'abort').length, 0)
  },
  streaming,
)

behaviour(
  'a stream that is closed, read to the end or left early stops listening to its signal',
  async (t, x) => {
    await addUsers(x, 10)
    const { signal } = new AbortController()
    const open = () => x.s.streamScalars(select('User'), { yieldPer: 4, signal })
    const listeners = () => getEventListeners(signal, 'abort').length
    const [closed, used, first] = [await open(), await open(), await open()]
    t.is(listeners(), 3)
    await closed.close()
    t.is(listeners(), 2)
    await used.all()
    t.is(listeners(), 1)
    await first.first()
    t.is(listeners(), 0)
    for await (const _ of await open()) break
    t.is(listeners(), 0)
    await refused(t, async () => (await open()).one())
    t.is(listeners(), 0)
    await open()
    await x.s.rollback()
    t.is(listeners(), 0)
    const left = await open()
    await x.s.commit()
    await left.fetchMany(1)
    t.is(listeners(), 1)
    await x.s.close()
    t.is(listeners(), 0)
  },
  streaming,
)

behaviour(
  'other calls run between pages, and concurrent calls wait their turn',
  async (t, x) => {
    await addUsers(x, 10)
    const users = await x.s.streamScalars(select('User'), { yieldPer: 3 })
    const [first, count, second] = await Promise.all([users.fetchMany(5), x.s.user.count(), users.fetchMany(5)])
    t.is(count, 10)
    t.deepEqual(ids([...first, ...second]), upTo(10))
    const opened = gate()
    const inside = x.s.transaction(async () => {
      await opened.opened
      return listed(await x.s.streamScalars(select('User'), { yieldPer: 4 }))
    })
    opened.open()
    t.is((await inside).length, 10)
  },
  streaming,
)

behaviour(
  'a stream goes on after a savepoint that was begun beside it is committed',
  async (t, x) => {
    await addUsers(x, 6)
    const users = await x.s.streamScalars(select('User'), { yieldPer: 2 })
    await users.fetchMany(2)
    const savepoint = await x.s.beginNested()
    x.s.add('Tag', { label: 'red' })
    await savepoint.commit()
    t.is((await users.all()).length, 4)
    await x.s.commit()
    t.is(await x.raw.tag.count(), 1)
  },
  streaming,
)
