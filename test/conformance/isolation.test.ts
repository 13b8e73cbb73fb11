// Isolation levels: what each sees of other transactions, and the errors of its conflicts.
import type { ExecutionContext } from 'ava'
import { ArgumentError, inspect, select, sessionMaker, update } from '../../src/index.js'
import { behaviour, type Context, type TestSession } from '../helpers/conformance.js'
import { needsRollback, refused } from '../helpers/steps.js'

const servers = { databases: ['postgresql', 'mariadb'] } as const
const postgresql = { databases: ['postgresql'] } as const

async function countOf(s: TestSession): Promise<number> {
  return (await s.user.findMany()).length
}

behaviour(
  'ReadCommitted sees what others commit meanwhile, RepeatableRead and Serializable do not',
  async (t, x) => {
    for (const [isolationLevel, sees] of [
      ['ReadCommitted', 1],
      ['RepeatableRead', 0],
      ['Serializable', 0],
    ] as const) {
      const s = x.session({ isolationLevel })
      t.is(await countOf(s), 0)
      // Serializable reads of MariaDB lock what they read.
      if (isolationLevel !== 'Serializable' || x.database === 'postgresql')
        await x.raw.user.create({ data: { name: 'meanwhile' } })
      t.is(await countOf(s), sees, isolationLevel)
      await s.rollback()
      await x.raw.user.deleteMany()
    }
  },
  servers,
)

async function levelOf(s: TestSession): Promise<string | undefined> {
  const [row] = await s.$queryRawUnsafe<{ transaction_isolation: string }[]>('SHOW transaction_isolation')
  return row?.transaction_isolation
}

behaviour(
  'an isolation level passed to begin() applies to that transaction only',
  async (t, x) => {
    const s = x.session({ isolationLevel: 'RepeatableRead' })
    t.is(await levelOf(s), 'repeatable read')
    await s.commit()
    await s.begin({ isolationLevel: 'Serializable' })
    t.is(await levelOf(s), 'serializable')
    await s.commit()
    t.is(await levelOf(s), 'repeatable read')
    await s.rollback()
    t.is(await levelOf(x.s), 'read committed')
  },
  { ...postgresql, modes: ['async'] },
)

behaviour(
  'an unknown isolation level is refused, and the message names the supported ones',
  async (t, x) => {
    const refusal = { instanceOf: ArgumentError, message: /Snapshot.*'ReadCommitted'.*'Serializable'/ }
    await refused(t, () => x.s.begin({ isolationLevel: 'Snapshot' }), refusal)
    await refused(t, () => x.s.begin({ isolationLevel: 5 as unknown as string }), { instanceOf: ArgumentError })
    t.throws(() => x.session({ isolationLevel: 'Snapshot' }), refusal)
    t.throws(() => sessionMaker(x.client, { isolationLevel: 'Snapshot' }), refusal)
    t.deepEqual(x.wire(), [])
  },
  servers,
)

/** After a conflict: rollback() is required, then the session works, and the row is the other transaction's. */
async function assertLost(
  t: ExecutionContext,
  x: Context,
  s: TestSession,
  error: unknown,
  name: string,
): Promise<void> {
  t.false(s.isActive)
  await needsRollback(t, () => s.user.count(), error)
  t.is((await x.raw.user.findFirst())?.name, name)
  t.is(await x.raw.post.count(), 0)
  await s.rollback()
  const [user] = (await s.scalars(select('User'))).all()
  t.is(user?.name, name)
  if (user) user.name = 'again'
  await s.commit()
  t.is((await x.raw.user.findFirst())?.name, 'again')
}

behaviour(
  'a flush over a row changed by another transaction throws P2034 under RepeatableRead and writes nothing',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'first' } })
    const s = x.session({ isolationLevel: 'RepeatableRead' })
    const [user] = (await s.scalars(select('User'))).all()
    if (!user) throw new Error('no user')
    await x.raw.user.updateMany({ data: { name: 'theirs' } })
    user.name = 'ours'
    const post = s.add('Post', { title: 'of ours', author: user })
    const error = await refused(t, () => s.flush(), { code: 'P2034' })
    t.is(inspect(post).state, 'transient')
    await assertLost(t, x, s, error, 'theirs')
  },
  postgresql,
)

behaviour(
  'a forwarded call or bulk statement over a row changed by another transaction throws P2034 under RepeatableRead',
  async (t, x) => {
    for (const write of [
      (s: TestSession) => s.user.updateMany({ data: { name: 'ours' } }),
      (s: TestSession) => s.execute(update('User', { data: { name: 'ours' } })),
    ]) {
      await x.raw.user.create({ data: { name: 'first' } })
      const s = x.session({ isolationLevel: 'RepeatableRead' })
      t.is(await countOf(s), 1)
      await x.raw.user.updateMany({ data: { name: 'theirs' } })
      const error = await refused(t, () => write(s), { code: 'P2034' })
      await assertLost(t, x, s, error, 'theirs')
      await x.raw.user.deleteMany()
    }
  },
  postgresql,
)

behaviour(
  'write skew under Serializable fails the second transaction and keeps the first',
  async (t, x) => {
    const s = x.session({ isolationLevel: 'Serializable' })
    const other = x.other({ isolationLevel: 'Serializable' })
    const both = [s, other]
    for (const session of both) t.is(await countOf(session), 0)
    for (const [index, session] of both.entries()) {
      session.add('User', { name: `writer ${index}` })
      await session.flush()
    }
    await s.commit()
    const error = await refused(t, () => other.commit())
    t.false(other.isActive)
    await needsRollback(t, () => other.user.count(), error)
    await other.rollback()
    t.is(await countOf(other), 1)
    await other.rollback()
    t.deepEqual(
      (await x.raw.user.findMany()).map(({ name }) => name),
      ['writer 0'],
    )
  },
  postgresql,
)
