// autoflush and noAutoflush(). The verbs that flush: verbs.test.ts.
import { Prisma } from '../../generated/test/client.ts'
import { inspect, select } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { catching, refused } from '../helpers/steps.js'

const named = (name: string) => select('User', { where: { name } })

behaviour('a select finds pending objects', async (t, x) => {
  const user = x.s.add('User', { name: 'ed' })
  x.s.add('User', { name: 'other' })
  t.is((await x.s.scalars(named('ed'))).one(), user)
  t.deepEqual([...new Set(x.written())], ['INSERT User'])
  t.is(x.ops().length, 2)
  t.is(x.ops().at(-1)?.operation, 'findMany')
})

behaviour('a select finds changed objects by their new values and none scheduled for deletion', async (t, x) => {
  await x.raw.user.createMany({
    data: [
      { id: 1, name: 'one' },
      { id: 2, name: 'two' },
    ],
  })
  const [one, two] = await x.s.getMany('User', [1, 2])
  if (!one || !two) return t.fail()
  one.name = 'changed'
  await x.s.delete(two)
  t.is((await x.s.scalars(named('changed'))).one(), one)
  t.deepEqual((await x.s.scalars(named('two'))).all(), [])
})

behaviour(
  'with autoflush: false a select sends only itself, and commit still writes',
  async (t, x) => {
    const user = x.s.add('User', { name: 'ed' })
    t.deepEqual((await x.s.scalars(named('ed'))).all(), [])
    t.is(x.ops().length, 1)
    t.deepEqual(x.written(), [])
    t.is(inspect(user).state, 'pending')
    await x.s.commit()
    t.is(await x.raw.user.count(), 1)
  },
  { session: { autoflush: false } },
)

behaviour('autoflush can be switched off and on again', async (t, x) => {
  x.s.autoflush = false
  const user = x.s.add('User', { name: 'ed' })
  t.is((await x.s.scalars(named('ed'))).first(), null)
  x.s.autoflush = true
  t.is((await x.s.scalars(named('ed'))).first(), user)
})

behaviour('autoflush is set for one session only', async (t, x) => {
  x.s.autoflush = false
  t.false(x.s.autoflush)
  x.s.add('User', { name: 'a' })
  t.is(await x.s.user.count(), 0)
  x.s.autoflush = true
  t.is(await x.s.user.count(), 1)
  t.true(x.session().autoflush)
})

behaviour('noAutoflush() without a callback lasts until its scope ends', async (t, x) => {
  const user = x.s.add('User', { name: 'ed' })
  {
    using _ = x.s.noAutoflush()
    t.is((await x.s.scalars(named('ed'))).first(), null)
    t.is(await x.s.user.count(), 0)
    {
      using _inner = x.s.noAutoflush()
      t.is((await x.s.scalars(named('ed'))).first(), null)
    }
    t.is((await x.s.scalars(named('ed'))).first(), null)
    t.deepEqual(x.written(), [])
  }
  t.is((await x.s.scalars(named('ed'))).first(), user)
})

behaviour('noAutoflush() with a callback lasts for the calls in it', async (t, x) => {
  const user = x.s.add('User', { name: 'ed' })
  const result = await x.s.noAutoflush(() => x.s.scalars(named('ed')))
  t.is(result.first(), null)
  t.is(inspect(user).state, 'pending')
  t.is((await x.s.scalars(named('ed'))).first(), user)
})

behaviour('noAutoflush() with a callback ends when the callback throws', async (t, x) => {
  x.s.add('User', { name: 'ed' })
  await refused(
    t,
    () =>
      x.s.noAutoflush(() => {
        throw new RangeError('mine')
      }),
    { instanceOf: RangeError, message: 'mine' },
  )
  t.is(await x.s.user.count(), 1)
})

behaviour('noAutoflush() with a callback lasts until its promise settles', async (t, x) => {
  const user = x.s.add('User', { name: 'ed' })
  const answer = await x.s.noAutoflush(async () => {
    await new Promise((resolve) => setTimeout(resolve, 5))
    t.is((await x.s.scalars(named('ed'))).first(), null)
    await new Promise((resolve) => setTimeout(resolve, 5))
    t.is(await x.s.user.count(), 0)
    return 'done'
  })
  t.is(answer, 'done')
  t.is(inspect(user).state, 'pending')
  await refused(t, () => x.s.noAutoflush(() => Promise.reject(new RangeError('mine'))), { instanceOf: RangeError })
  t.is((await x.s.scalars(named('ed'))).first(), user)
})

behaviour('session.autoflush is false inside noAutoflush()', async (t, x) => {
  t.true(x.s.autoflush)
  await x.s.noAutoflush(() => t.false(x.s.autoflush))
  {
    using _pause = x.s.noAutoflush()
    t.false(x.s.autoflush)
  }
  t.true(x.s.autoflush)
})

behaviour('raw SQL flushes first, as a statement and as a forwarded call', async (t, x) => {
  const count = Prisma.sql`SELECT count(*) AS n FROM "User"`
  x.s.add('User', { name: 'one' })
  t.is(Number((await x.s.execute(count)).scalarOne()), 1)
  x.s.add('User', { name: 'two' })
  t.is(Number((await x.s.$queryRaw<{ n: bigint }[]>(count))[0]?.n), 2)
  x.s.add('User', { name: 'three' })
  t.is(await x.s.$executeRaw`UPDATE "User" SET "kind" = 'special'`, 3)
})

behaviour('a failing autoflush throws from the call that caused it, and mentions noAutoflush', async (t, x) => {
  await x.raw.user.create({ data: { name: 'first', email: 'taken' } })
  x.s.add('User', { name: 'second', email: 'taken' })
  const error = await refused<Error & { code: string; meta?: { modelName?: string }; detail?: unknown }>(
    t,
    () => x.s.scalars(select('Post')),
    { code: 'P2002', instanceOf: Prisma.PrismaClientKnownRequestError },
  )
  t.is(error.meta?.modelName, 'User')
  t.regex(`${error.detail ?? ''}\n${error.message}`, /autoflush[\s\S]*noAutoflush/)
  t.false(x.s.isActive)
})

behaviour('merge of a graph flushes once, at its start', async (t, x) => {
  await x.raw.user.create({
    data: {
      id: 1,
      name: 'ada',
      posts: {
        create: [
          { id: 1, title: 'one' },
          { id: 2, title: 'two' },
        ],
      },
    },
  })
  x.s.add('Code', { code: 'A', label: 'a' })
  const flushes = x.events(x.s, ['beforeFlush'])
  const user = await x.s.merge('User', {
    id: 1,
    name: 'changed',
    posts: [
      { id: 1, title: 'one changed' },
      { id: 2, title: 'two changed' },
      { id: 3, title: 'three' },
    ],
  })
  t.is(flushes.length, 1)
  t.deepEqual(x.written(), ['INSERT Code'])
  t.is(user.name, 'changed')
  await x.s.commit()
  const titles = (await x.raw.post.findMany({ where: { authorId: 1 }, orderBy: { id: 'asc' } })).map(
    (post) => post.title,
  )
  t.deepEqual(titles, ['one changed', 'two changed', 'three'])
})

behaviour('get with autoflush: false does not flush', async (t, x) => {
  const user = x.s.add('User', { id: 50, name: 'ed' })
  t.is(await x.s.get('User', 50, { autoflush: false }), null)
  t.is(inspect(user).state, 'pending')
  t.is<unknown, unknown>(await x.s.get('User', 50), user)
})

behaviour('what a hook throws that is no error comes out of an autoflush as it is', async (t, x) => {
  x.s.on('beforeFlush', () => {
    throw 'only a text'
  })
  x.s.add('User', { name: 'a' })
  const thrown: unknown[] = []
  await catching(thrown, () => x.s.scalars(select('User')))()
  t.deepEqual(thrown, ['only a text'])
  await x.s.rollback()
  t.is(await x.raw.user.count(), 0)
})
