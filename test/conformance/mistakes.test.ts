// Mistakes that lose work without an error: each tells its session's listeners, once.
import { setTimeout } from 'node:timers/promises'
import { insert, scopedSession, select, sessionMaker, update } from '../../src/index.js'
import { behaviour, type Context, type TestSession } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

/** What `using` does at the end of a block. */
function dispose(s: TestSession): unknown {
  const methods = s as unknown as Record<symbol, () => unknown>
  return (methods[Symbol.asyncDispose] ?? methods[Symbol.dispose])?.call(s)
}

const messages = (warnings: readonly { payload: { message?: unknown } }[]) =>
  warnings.map(({ payload }) => String(payload.message))

/** Work that is lost without a commit. */
const works: readonly (readonly [title: string, work: (x: Context, s: TestSession) => unknown, told: RegExp])[] = [
  ['a new object', (_, s) => s.add('User', { name: 'new' }), /1 new \(User\)/],
  [
    'a change',
    async (x, s) => {
      const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
      ;(await s.getOne('User', id)).name = 'Countess'
    },
    /1 changed \(User\)/,
  ],
  [
    'a delete',
    async (x, s) => {
      const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
      await s.delete(await s.getOne('User', id))
    },
    /1 deleted \(User\)/,
  ],
  [
    'rows that were flushed',
    async (_, s) => {
      s.addAll([{ name: 'a' }, { name: 'b' }].map((data) => s.add('User', data)))
      s.add('Tag', { label: 'new' })
      await s.flush()
    },
    /3 flushed \((User, Tag|Tag, User)\)/,
  ],
  [
    'rows of a statement',
    async (x, s) => {
      await x.raw.user.create({ data: { name: 'old' } })
      await s.execute(update('User', { where: { name: 'old' }, data: { name: 'a' } }))
    },
    /rows written by statements/,
  ],
  ['rows of insert()', (_, s) => s.execute(insert('User', [{ name: 'a' }])), /rows written by statements/],
  ['a forwarded write', (_, s) => s.user.create({ data: { name: 'a' } }), /rows written by statements/],
  ['raw SQL', (x, s) => s.$executeRawUnsafe(insertOf(x)), /rows written by statements/],
]

function insertOf({ database }: Context): string {
  const [open, close] = database === 'mariadb' ? ['`', '`'] : ['"', '"']
  return `INSERT INTO ${open}Tag${close} (label) VALUES ('new')`
}

for (const [title, work, told] of works)
  behaviour(`the end of a using block without commit() warns of lost work [${title}]`, async (t, x) => {
    const s = x.session()
    const warnings = x.events(s, ['warning'])
    await work(x, s)
    await dispose(s)
    const [message, ...more] = messages(warnings)
    t.regex(String(message), /^A session ended with work that was not committed: /)
    t.regex(String(message), told)
    t.deepEqual(more, [])

    s.add('User', { name: 'once more' })
    await dispose(s)
    t.is(warnings.length, 1)
    t.is(await x.raw.user.count({ where: { name: { in: ['new', 'a', 'b', 'Countess'] } } }), 0)
  })

behaviour('the end of a using block does not warn of statements that matched no row', async (t, x) => {
  const s = x.session()
  const warnings = x.events(s, ['warning'])
  await s.execute(update('User', { where: { name: 'nobody' }, data: { name: 'a' } }))
  await s.user.updateMany({ where: { name: 'nobody' }, data: { name: 'a' } })
  await s.$executeRawUnsafe(x.database === 'mariadb' ? 'DELETE FROM Tag' : 'DELETE FROM "Tag"')
  await dispose(s)
  t.deepEqual(messages(warnings), [])
})

behaviour(
  'a change after the end of a session is not warned of when another session has merged it',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
    const warnings = x.events(x.s, ['warning'])
    const ada = await x.s.getOne('User', id)
    await x.s.close()
    ada.name = 'Countess'
    const next = x.session()
    await next.merge(ada)
    await next.commit()
    await setTimeout(1200)
    t.deepEqual(messages(warnings), [])
    t.is((await x.raw.user.findUniqueOrThrow({ where: { id } })).name, 'Countess')
  },
  { databases: ['better-sqlite3'] },
)

/** Ends that say what they mean, or have nothing to lose. */
const ends: Readonly<Record<string, (x: Context, s: TestSession) => unknown>> = {
  commit: (_, s) => s.commit(),
  rollback: (_, s) => s.rollback(),
  'a failed flush': async (_, s) => {
    s.add('Profile', { bio: 'x', userId: 99 })
    await Promise.resolve()
      .then(() => s.flush())
      .catch(() => {})
  },
}

for (const [title, end] of Object.entries(ends))
  behaviour(`the end of a using block does not warn after ${title}`, async (t, x) => {
    const s = x.session()
    const warnings = x.events(s, ['warning'])
    s.add('User', { name: 'new' })
    await end(x, s)
    await dispose(s)
    t.deepEqual(messages(warnings), [])
  })

behaviour('the end of a using block does not warn of reads, raw queries included', async (t, x) => {
  const s = x.session()
  const warnings = x.events(s, ['warning'])
  await s.user.findMany()
  await s.$queryRawUnsafe('SELECT 1')
  await dispose(s)
  t.deepEqual(messages(warnings), [])
})

behaviour('the end of a using block does not warn of rows that others have changed or deleted', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const gone = await x.raw.user.create({ data: { name: 'bob' } })
  const s = x.session()
  const warnings = x.events(s, ['warning'])
  const user = await s.getOne('User', id)
  await s.getOne('User', gone.id)
  await s.commit()
  await x.raw.user.update({ where: { id }, data: { name: 'Countess' } })
  await x.raw.user.delete({ where: { id: gone.id } })
  await s.getOne('User', id)
  t.is(user.name, 'Countess')
  t.is(await s.get('User', gone.id), null)
  await dispose(s)
  t.deepEqual(messages(warnings), [])
})

behaviour('close() discards work without a warning', async (t, x) => {
  const s = x.session()
  const warnings = x.events(s, ['warning'])
  s.add('User', { name: 'new' })
  await s.close()
  t.deepEqual(messages(warnings), [])
})

behaviour('a scope and a maker warn of lost work where their function returns, not where it throws', async (t, x) => {
  const make = sessionMaker(x.client)
  const warnings: string[] = []
  const forget = (s: { on: TestSession['on']; add: TestSession['add'] }) => {
    s.on('warning', ({ message }) => warnings.push(message))
    s.add('User', { name: 'new' })
  }
  const failing = (s: Parameters<typeof forget>[0]) => {
    forget(s)
    throw new Error('mine')
  }
  await make.with((s) => forget(s as never))
  t.is(warnings.length, 1)
  const scope = scopedSession(make)
  await scope.run(() => forget(scope.session as never))
  t.is(warnings.length, 2)
  for (const warning of warnings) t.regex(warning, /1 new \(User\)/)

  await refused(t, () => make.with((s) => failing(s as never)), { message: 'mine' })
  await refused(t, () => scope.run(() => failing(scope.session as never)), { message: 'mine' })
  await refused(t, () => scope.transaction(() => failing(scope.session as never)), { message: 'mine' })
  await scope.transaction(() => forget(scope.session as never))
  t.is(warnings.length, 2)
})

behaviour('a change to an object whose session has ended warns, once', async (t, x) => {
  await x.raw.user.createMany({ data: [{ name: 'Ada' }, { name: 'bob' }, { name: 'cy' }] })
  const s = x.session()
  const warnings = x.events(s, ['warning'])
  const [ada, bob, cy] = (await s.scalars(select('User', { orderBy: { id: 'asc' } }))).all()
  await s.close()
  if (!ada || !bob || !cy) return t.fail()
  cy.name = 'changed back'
  cy.name = 'cy'
  bob.name = 'Bob'
  ada.name = 'Countess'
  while (warnings.length === 0) await setTimeout(50)
  const [message] = messages(warnings)
  t.regex(String(message), /^User \d+ was changed after its session ended: the change is not written/)
  t.is(warnings.length, 1)
})

behaviour(
  'an object that another session has taken in, or that was changed before close(), is no late change',
  async (t, x) => {
    await x.raw.user.createMany({ data: [{ name: 'Ada' }, { name: 'bob' }] })
    const s = x.session()
    const warnings = x.events(s, ['warning'])
    const [ada, bob] = (await s.scalars(select('User', { orderBy: { id: 'asc' } }))).all()
    if (!ada || !bob) return t.fail()
    bob.name = 'Bob'
    await s.close()
    ada.name = 'Countess'
    const other = x.session()
    other.add(ada)
    await setTimeout(1300)
    t.deepEqual(messages(warnings), [])
    await other.commit()
    t.is(await x.raw.user.count({ where: { name: 'Countess' } }), 1)
  },
)

/** Ways to read every row. */
const wholes: Readonly<Record<string, (result: { all(): unknown[] } & Iterable<unknown>) => unknown>> = {
  all: (result) => result.all(),
  'a loop': (result) => [...result],
}

for (const [title, whole] of Object.entries(wholes))
  behaviour(`reading a result to its end a second time warns, once [${title}]`, async (t, x) => {
    await x.raw.user.create({ data: { name: 'Ada' } })
    const warnings = x.events(x.s, ['warning'])
    const result = await x.s.scalars(select('User'))
    t.is((whole(result) as unknown[]).length, 1)
    t.is(warnings.length, 0)
    t.deepEqual(whole(result), [])
    t.deepEqual(result.all(), [])
    t.regex(String(messages(warnings)[0]), /^A result was read to its end before/)
    t.is(warnings.length, 1)
  })

behaviour('a result read in parts, an empty one, and one that is frozen do not warn', async (t, x) => {
  const warnings = x.events(x.s, ['warning'])
  const empty = await x.s.scalars(select('User'))
  t.deepEqual([empty.all(), empty.all()], [[], []])
  await x.raw.user.createMany({ data: [{ name: 'Ada' }, { name: 'bob' }] })
  await x.s.rollback()
  const parts = await x.s.execute(select('User'))
  while (parts.fetchOne()) {}
  t.deepEqual(parts.all(), [])
  const partitioned = await x.s.scalars(select('User'))
  t.deepEqual(
    [...partitioned.partitions()].map((part) => part.length),
    [2],
  )
  const frozen = (await x.s.scalars(select('User'))).freeze()
  t.is(frozen().all().length + frozen().all().length, 4)
  t.deepEqual(messages(warnings), [])
})

behaviour(
  'reading a stream to its end a second time warns',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'Ada' } })
    const warnings = x.events(x.s, ['warning'])
    const stream = await x.s.streamScalars(select('User'))
    let count = 0
    for await (const _ of stream) count++
    t.is(warnings.length, 0)
    for await (const _ of stream) count++
    t.is(count, 1)
    t.is(warnings.length, 1)
  },
  { modes: ['async'] },
)

behaviour('a listener may make an error of forgotten work', async (t, x) => {
  const s = x.session()
  s.on('warning', ({ message }) => {
    throw new Error(message)
  })
  s.add('User', { name: 'new' })
  await refused(t, () => dispose(s), { message: /1 new \(User\)/ })
  t.false(s.inTransaction())
})
