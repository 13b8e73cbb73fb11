// Isolation levels are in force, and what they make fail is told as Prisma tells it (behaviours.md 207, 208; design.md 6.3, 6.4).
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
  'the level of one transaction is its own, over the session’s and not for the next',
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
  'a level that no database has is refused, and the message names those it has',
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

/** After a conflict: rollback() is asked for, then the session works, and the row is the other's. */
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
  'RepeatableRead: a flush over what another has committed is P2034, and nothing of it is written',
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
  'RepeatableRead: so is a forwarded call and a bulk statement',
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
  'Serializable: write skew fails the second, at its flush or its COMMIT, and the first stays',
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
