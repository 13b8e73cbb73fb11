// A pool without a free connection, and a transaction that outlives its timeout (P2028).
import { PendingRollbackError, select } from '../../src/index.js'
import { behaviour, type Context, type TestSession } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

const databases = ['postgresql', 'mariadb'] as const

/** Takes every connection of the client. */
async function exhaust(x: Context): Promise<TestSession[]> {
  const sessions = [x.session(), x.session(), x.session(), x.session()]
  for (const session of sessions) await session.user.count()
  return sessions
}

behaviour(
  'a flush on an exhausted pool throws P2028 after maxWait, and works once a connection is free',
  async (t, x) => {
    const others = await exhaust(x)
    const s = x.session({ maxWait: 500 })
    const user = s.add('User', { name: 'patient' })
    await refused(t, () => s.flush(), { code: 'P2028' })
    await refused(t, () => s.commit(), { instanceOf: PendingRollbackError })
    await s.rollback()
    t.is(await others[0]?.user.count(), 0)
    for (const other of others) await other.rollback()
    s.add(user)
    await s.commit()
    t.deepEqual(
      (await x.raw.user.findMany()).map(({ name }) => name),
      ['patient'],
    )
  },
  { databases },
)

behaviour(
  'a forwarded call on an exhausted pool opens no transaction and can be repeated',
  async (t, x) => {
    const others = await exhaust(x)
    const s = x.session({ maxWait: 500 })
    await refused(t, () => s.user.count(), { code: 'P2028' })
    await refused(t, () => s.scalars(select('User')), { code: 'P2028' })
    for (const other of others) await other.rollback()
    t.is(await s.user.count(), 0)
    await s.commit()
  },
  { databases },
)

behaviour(
  'sessions that gave up on an exhausted pool hold no connection',
  async (t, x) => {
    for (let turn = 0; turn < 3; turn++) {
      const others = await exhaust(x)
      for (let late = 0; late < 3; late++) {
        const s = x.session({ maxWait: 30 })
        await refused(t, () => s.user.count(), { code: 'P2028' })
        await s.rollback()
      }
      for (const other of others) await other.rollback()
    }
    for (const session of await exhaust(x)) await session.rollback()
    t.pass()
  },
  { databases },
)

behaviour('an expired transaction returns its connection and has written nothing', async (t, x) => {
  for (let turn = 0; turn < 5; turn++) {
    await x.s.begin({ timeout: 500 })
    x.s.add('User', { name: 'late' })
    await x.s.flush()
    await new Promise((resolve) => setTimeout(resolve, 700))
    if (turn % 2 === 0) await refused(t, () => x.s.commit(), { code: 'P2028' })
    else await refused(t, () => x.s.user.count(), { code: 'P2028' })
    await refused(t, () => x.s.user.count(), { instanceOf: PendingRollbackError })
    await x.s.rollback()
  }
  t.is(await x.raw.user.count(), 0)
  await x.raw.user.create({ data: { name: 'another writer' } })
  x.s.add('User', { name: 'in time' })
  await x.s.commit()
  t.is(await x.raw.user.count(), 2)
})

behaviour(
  'a transaction that expires during a flush is rolled back completely',
  async (t, x) => {
    await x.s.begin({ timeout: 500 })
    await x.s.user.count()
    x.s.on('beforeFlush', () => new Promise((resolve) => setTimeout(resolve, 700)))
    x.s.add('User', { name: 'late', posts: [{ title: 'later' }] })
    await refused(t, () => x.s.flush(), { code: 'P2028' })
    await refused(t, () => x.s.user.count(), { instanceOf: PendingRollbackError })
    await x.s.rollback()
    t.deepEqual([await x.raw.user.count(), await x.raw.post.count()], [0, 0])
  },
  { databases, modes: ['async'] },
)
