import {
  ArgumentError,
  createSession,
  FlushError,
  IllegalStateChangeError,
  InvalidRequestError,
  inspect,
  MissingAwaitError,
  PendingRollbackError,
  ResourceClosedError,
  select,
  TransactionNotStartedError,
  update,
} from '../../src/index.js'
import { behaviour, type Context, inClientTransaction } from '../helpers/conformance.js'
import { catching, inOrder, noting, refused } from '../helpers/steps.js'

async function names(x: Context): Promise<string[]> {
  const rows = await x.raw.user.findMany({ orderBy: { id: 'asc' } })
  return rows.map(({ name }) => name)
}

const read = (x: Context) => x.s.scalars(select('User'))

behaviour('the first query begins, commit ends, the next query begins again', async (t, x) => {
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

behaviour('add is in a transaction at once; BEGIN is sent with the first operation', async (t, x) => {
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

behaviour('delete and the setting of an attribute are too', async (t, x) => {
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

behaviour('commit with nothing done sends nothing, and still tells its listeners', async (t, x) => {
  const { s } = x
  const events = x.events(s, ['beforeCommit', 'afterCommit'])
  await s.commit()
  t.deepEqual(x.wire(), [])
  t.deepEqual(x.ops(), [])
  t.deepEqual(
    events.map(({ event }) => event),
    ['beforeCommit', 'afterCommit'],
  )
  t.true(events.every(({ payload }) => payload.session === s))
})

behaviour('rollback outside a transaction does nothing', async (t, x) => {
  const { s } = x
  await s.rollback()
  await s.rollback()
  t.deepEqual(x.wire(), [])
  t.false(s.inTransaction())
  t.true(s.isActive)
  s.add('User', { name: 'Ada' })
  await s.commit()
  t.deepEqual(await names(x), ['Ada'])
})

behaviour('begin in a begun transaction is refused', async (t, x) => {
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
  'autobegin: false wants a begin for everything, after each commit again',
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
    t.deepEqual(await names(x), ['Ada', 'Bob'])
  },
  { session: { autobegin: false } },
)

behaviour('begin(fn) commits at the normal end and gives what fn gives', async (t, x) => {
  const { s } = x
  const result = await s.begin((inside) => {
    t.is(inside, s)
    t.true(inside.inTransaction())
    inside.add('User', { name: 'Ada' })
    return 'done'
  })
  t.is(result, 'done')
  t.false(s.inTransaction())
  t.is(x.wire()[0], 'BEGIN')
  t.is(x.wire().at(-1), 'COMMIT')
  t.deepEqual(await names(x), ['Ada'])
})

behaviour('begin(fn) rolls back at a throw, and that very error comes out', async (t, x) => {
  const { s } = x
  const mine = new Error('mine')
  const error = await refused(t, () =>
    s.begin(() =>
      inOrder(
        () => s.add('User', { name: 'Ada' }),
        () => s.flush(),
        () => {
          throw mine
        },
      ),
    ),
  )
  t.is(error, mine)
  t.is(x.wire().at(-1), 'ROLLBACK')
  t.false(s.inTransaction())
  t.true(s.isActive)
  t.deepEqual(await names(x), [])
})

behaviour('begin(fn): the error of a failed flush comes out, not a secondary one', async (t, x) => {
  await x.raw.user.create({ data: { name: 'Ada', email: 'a' } })
  const { s } = x
  await refused(t, () => s.begin(() => void s.add('User', { name: 'Bob', email: 'a' })), { code: 'P2002' })
  t.true(s.isActive)
  t.false(s.inTransaction())
  t.is(s.new.size, 0)
})

behaviour('a begin that is disposed of commits only what its commit reached', async (t, x) => {
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
  t.deepEqual(await names(x), ['Ada'])
})

for (const verb of ['commit', 'rollback'] as const) {
  behaviour(`after ${verb} inside a begin block everything is refused until its end`, async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
    const { s } = x
    const user = await s.getOne('User', id)
    await s.commit()
    const errors: unknown[] = []
    await s.begin(() =>
      inOrder(
        () => s.add('User', { name: 'Bob' }),
        () => s[verb](),
        catching(errors, () => s.add('User', { name: 'Cyd' })),
        catching(errors, () => s.execute(select('User'))),
        catching(errors, () => s.delete(user)),
        catching(errors, () => s.get('User', 99)),
      ),
    )
    t.is(errors.length, 4)
    for (const error of errors) {
      t.true(error instanceof InvalidRequestError, String(error))
      t.regex((error as Error).message, /closed transaction/i)
    }
    t.is(s.new.size, 0)
    t.is(s.deleted.size, 0)
    t.false(s.inTransaction())

    s.add('User', { name: 'after' })
    await s.commit()
    t.deepEqual(await names(x), verb === 'commit' ? ['Ada', 'Bob', 'after'] : ['Ada', 'after'])
  })
}

behaviour('a handle whose transaction has ended is closed', async (t, x) => {
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

behaviour('commit flushes, and then what others change is seen by the next load', async (t, x) => {
  const { s } = x
  const user = s.add('User', { name: 'Ada' })
  await s.commit()
  t.is(x.wire().at(-1), 'COMMIT')
  const other = x.other()
  const theirs = await other.getOne('User', user.id)
  t.is(theirs.name, 'Ada')
  theirs.name = 'theirs'
  await other.commit()

  x.clear()
  t.is(await s.get('User', user.id), user)
  t.is(user.name, 'theirs')
  t.is(x.ops().length, 1)
  t.is(await s.get('User', user.id), user)
  t.is(x.ops().length, 1) // hits hold within one transaction
})

behaviour(
  'with expireOnCommit: true commit expires',
  async (t, x) => {
    const { s } = x
    const user = s.add('User', { name: 'Ada' })
    await s.commit()
    t.true(inspect(user).expired.includes('name'))
    await x.raw.user.update({ where: { id: user.id }, data: { name: 'theirs' } })
    if (s.isAsync) {
      t.throws(() => user.name, { instanceOf: MissingAwaitError })
      await s.refresh(user)
    }
    t.is(user.name, 'theirs')
  },
  { session: { expireOnCommit: true } },
)

behaviour('by default values stay readable after commit, and the next load re-reads them', async (t, x) => {
  const { s } = x
  const user = s.add('User', { name: 'Ada' })
  await s.commit()
  await x.raw.user.update({ where: { id: user.id }, data: { name: 'theirs' } })
  x.clear()
  t.is(user.name, 'Ada')
  t.true(inspect(user).stale)
  t.deepEqual(inspect(user).expired, [])
  t.false(s.isModified(user))
  t.deepEqual(x.ops(), [])
  await s.scalars(select('User'))
  t.is(user.name, 'theirs')
  t.false(inspect(user).stale)
})

behaviour('a re-read leaves an unflushed change alone', async (t, x) => {
  const { s } = x
  const user = s.add('User', { name: 'Ada' })
  await s.commit()
  await x.raw.user.update({ where: { id: user.id }, data: { name: 'theirs', kind: 'theirs' } })
  user.name = 'mine'
  await s.noAutoflush(() => s.get('User', user.id))
  t.is(user.name, 'mine')
  t.is(user.kind, 'theirs')
  t.true(s.isModified(user))
  user.name = 'theirs' // the baseline is the new value
  t.false(s.isModified(user))
})

behaviour(
  'with expireOnCommit: false values and hits are kept',
  async (t, x) => {
    const { s } = x
    const user = s.add('User', { name: 'Ada' })
    await s.commit()
    await x.raw.user.update({ where: { id: user.id }, data: { name: 'theirs' } })
    x.clear()
    t.is(await s.get('User', user.id), user)
    t.is(user.name, 'Ada')
    t.is(user.kind, 'plain')
    t.false(inspect(user).stale)
    t.deepEqual(x.ops(), [])
  },
  { session: { expireOnCommit: false } },
)

behaviour('commit flushes until the hooks add no more', async (t, x) => {
  const { s } = x
  let rounds = 0
  s.on('afterFlushPostexec', () => {
    if (++rounds < 5) s.add('User', { name: `hook ${rounds}` })
  })
  s.add('User', { name: 'first' })
  await s.commit()
  t.is(s.new.size, 0)
  t.false(s.inTransaction())
  t.deepEqual(await names(x), ['first', 'hook 1', 'hook 2', 'hook 3', 'hook 4'])
})

behaviour('hooks that never stop adding are a FlushError', async (t, x) => {
  const { s } = x
  let rounds = 0
  s.on('afterFlushPostexec', () => {
    rounds++
    s.add('User', { name: 'again' })
  })
  s.add('User', { name: 'first' })
  await refused(t, () => s.commit(), { instanceOf: FlushError, message: /100/ })
  t.true(rounds >= 100 && rounds <= 101, String(rounds))
  await s.rollback()
  t.deepEqual(await names(x), [])
})

for (const expireOnCommit of ['stale', false] as const) {
  behaviour(
    `rollback puts objects back (expireOnCommit: ${expireOnCommit})`,
    async (t, x) => {
      const { s } = x
      const make = async (name: string) => (await x.raw.user.create({ data: { name } })).id
      const ids = { a: await make('a'), b: await make('b'), c: await make('c'), d: await make('d') }
      const a = await s.getOne('User', ids.a)
      const b = await s.getOne('User', ids.b)
      const c = await s.getOne('User', ids.c)
      const d = await s.getOne('User', ids.d)
      const inserted = s.add('User', { name: 'inserted' })
      b.name = 'flushed'
      await s.delete(c)
      await s.flush()
      a.name = 'changed'
      b.name = 'again'
      await s.delete(d)
      const pending = s.add('User', { name: 'pending' })

      await s.rollback()
      for (const object of [a, b, c, d]) t.is(inspect(object).state, 'persistent')
      for (const object of [inserted, pending]) t.is(inspect(object).state, 'transient')
      t.is(inserted.name, 'inserted')
      t.is(pending.name, 'pending')
      for (const set of [s.new, s.dirty, s.deleted]) t.is(set.size, 0)
      t.is(s.identityMap.size, 4)

      x.clear()
      t.deepEqual([a, b, c, d].map(({ name }) => name).join(''), 'abcd')
      t.deepEqual(x.ops(), [])
      t.is(await s.get('User', ids.c), c)
      t.is(c.name, 'c')
      await s.commit()
      t.deepEqual(await names(x), ['a', 'b', 'c', 'd'])
    },
    { session: { expireOnCommit } },
  )
}

behaviour(
  'with expireOnCommit: true rollback expires',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
    const { s } = x
    const user = await s.getOne('User', id)
    user.name = 'local'
    await s.flush()
    await s.rollback()
    t.true(inspect(user).expired.includes('name'))
    t.false(s.isModified(user))
    await s.refresh(user)
    t.is(user.name, 'Ada')
  },
  { session: { expireOnCommit: true } },
)

behaviour('rollback puts relations back too', async (t, x) => {
  const ada = await x.raw.user.create({ data: { name: 'Ada', posts: { create: [{ title: 'a' }] } } })
  const { s } = x
  const user = await s.getOne('User', ada.id, { include: { posts: true } })
  const [post] = user.posts ?? []
  if (!post) return t.fail('posts not loaded')
  user.posts = []
  await s.flush()
  t.is(post.authorId, null)
  await s.rollback()
  t.is(post.authorId, ada.id)
  t.false(s.isModified(user))
  await s.refresh(user)
  t.is(user.posts?.[0], post)
})

for (const isFlushed of [false, true]) {
  const title = `an attribute assigned while it was not loaded is not kept by rollback (${isFlushed ? '' : 'not '}flushed)`
  behaviour(title, async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'Ada', email: 'ada@example.org' } })
    const { s } = x
    const user = (await s.scalars(select('User', { omit: { email: true } }))).one()
    s.expire(user, ['name'])
    user.email = 'new'
    user.name = 'new'
    if (isFlushed) await s.flush()
    await s.rollback()
    t.false(s.isModified(user))
    t.deepEqual([...inspect(user).expired].sort(), ['email', 'name'])
    await s.refresh(user)
    t.is(user.email, 'ada@example.org')
    t.is(user.name, 'Ada')
    await s.commit()
    t.is((await x.raw.user.findUniqueOrThrow({ where: { id } })).email, 'ada@example.org')
  })
}

behaviour('uncommitted rows are not seen by a second session', async (t, x) => {
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
  'the options of a transaction reach Prisma, in a fresh object',
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

behaviour('a savepoint cannot change the options: a warning', async (t, x) => {
  const { s } = x
  const warnings = x.events(s, ['warning'])
  await s.begin()
  await read(x)
  const nested = await s.begin({ nested: true, timeout: 5 })
  t.is(warnings.length, 1)
  t.regex(String(warnings[0]?.payload.message), /timeout|options/)
  await read(x)
  await nested.commit()
  await s.commit()
})

behaviour('an expired transaction: Prisma’s error, then rollback is asked for', async (t, x) => {
  const { s } = x
  await s.begin({ timeout: 60 })
  await read(x)
  await new Promise((resolve) => setTimeout(resolve, 200))
  const first = await refused(t, () => read(x), { code: 'P2028' })
  const second = await refused<PendingRollbackError>(t, () => read(x), { instanceOf: PendingRollbackError })
  t.is(second.cause, first)
  await refused(t, () => s.commit(), { instanceOf: PendingRollbackError })
  await s.rollback()
  s.add('User', { name: 'Ada' })
  await s.commit()
  t.deepEqual(await names(x), ['Ada'])
})

behaviour('options that Prisma would take amiss are refused at the door', async (t, x) => {
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
  'an isolation level that the database lacks is refused at the call, and at construction',
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

behaviour('on a transaction client from outside, commit flushes and leaves the end to its owner', async (t, x) => {
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
  t.deepEqual(await names(x), [])

  await work(false)
  t.deepEqual(await names(x), ['Ada'])
})

behaviour('on a transaction client from outside, rollback undoes what the session wrote', async (t, x) => {
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
  t.deepEqual(await names(x), [])
})

behaviour(
  'beginNested flushes into the outer transaction first; SAVEPOINT goes out with the first operation',
  async (t, x) => {
    const { s } = x
    const outside = s.add('User', { name: 'outside' })
    const nested = await s.beginNested()
    t.true(nested.nested)
    t.is(inspect(outside).state, 'persistent')
    t.deepEqual(x.written(), ['INSERT User'])
    x.clear()
    await read(x)
    t.deepEqual(x.wire(), ['SAVEPOINT'])

    await nested.rollback()
    t.is(inspect(outside).state, 'persistent')
    await s.commit()
    t.deepEqual(await names(x), ['outside'])
  },
  { session: { autoflush: false } },
)

behaviour('a savepoint with nothing done inside sends nothing', async (t, x) => {
  const { s } = x
  await s.begin()
  await read(x)
  x.clear()
  await (await s.beginNested()).commit()
  await (await s.beginNested()).rollback()
  t.deepEqual(x.wire(), [])
  t.true(s.inTransaction())
  t.false(s.inNestedTransaction())
})

behaviour('the rollback of a savepoint undoes what was done inside, and only that', async (t, x) => {
  const make = (name: string) => x.raw.user.create({ data: { name } })
  const ids = {
    read: (await make('read')).id,
    before: (await make('before')).id,
    inside: (await make('inside')).id,
    gone: (await make('gone')).id,
  }
  const { s } = x
  const onlyRead = await s.getOne('User', ids.read)
  const before = await s.getOne('User', ids.before)
  const inside = await s.getOne('User', ids.inside)
  const gone = await s.getOne('User', ids.gone)
  before.name = 'before!'
  const nested = await s.beginNested()
  inside.name = 'inside!'
  await s.delete(gone)
  const added = s.add('User', { name: 'added' })
  await s.flush()
  t.is(inspect(gone).state, 'deleted')
  await nested.rollback()

  t.true(x.wire().includes('ROLLBACK TO'))
  t.is(inspect(added).state, 'transient')
  t.is(inspect(gone).state, 'persistent')
  t.is(inside.name, 'inside')
  t.false(s.isModified(inside))
  t.true(s.inTransaction())
  t.false(s.inNestedTransaction())

  x.clear()
  t.is(await s.get('User', ids.read), onlyRead)
  t.is(await s.get('User', ids.before), before)
  t.is(before.name, 'before!')
  t.deepEqual(x.ops(), [])
  t.is(await s.get('User', ids.inside), inside)
  t.is(inside.name, 'inside')
  await s.commit()
  t.deepEqual(await names(x), ['read', 'before!', 'inside', 'gone'])
})

behaviour('unflushed changes made inside are undone as well', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const user = await s.getOne('User', id)
  const nested = await s.beginNested()
  user.name = 'inside'
  const pending = s.add('User', { name: 'pending' })
  await nested.rollback()
  t.is(user.name, 'Ada')
  t.is(inspect(pending).state, 'transient')
  t.is(s.dirty.size, 0)
  await s.commit()
  t.deepEqual(await names(x), ['Ada'])
})

behaviour('a change flushed before the savepoint and changed again inside goes back to the first', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const user = await s.getOne('User', id)
  user.name = 'outer'
  const nested = await s.beginNested()
  user.name = 'inner'
  await s.flush()
  await nested.rollback()
  t.is(user.name, 'outer')
  await s.commit()
  t.deepEqual(await names(x), ['outer'])

  user.name = 'outer 2'
  const again = await s.beginNested()
  user.name = 'inner 2'
  await s.flush()
  await again.rollback()
  await s.rollback()
  t.is(user.name, 'outer')
})

behaviour('values that were read inside are not kept: they may have been written there', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const user = await s.getOne('User', id)
  const nested = await s.beginNested()
  await s.user.update({ where: { id }, data: { name: 'inside' } })
  await s.refresh(user)
  t.is(user.name, 'inside')
  await nested.rollback()
  t.is(await s.get('User', id), user)
  t.is(user.name, 'Ada')
})

behaviour('an object first read inside is read again after', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const nested = await s.beginNested()
  await s.execute(update('User', { where: { id }, data: { name: 'inside' } }))
  const user = await s.getOne('User', id)
  t.is(user.name, 'inside')
  await nested.rollback()
  t.is(await s.get('User', id), user)
  t.is(user.name, 'Ada')
})

behaviour('an object of a row that was inserted inside by a forwarded call is gone after', async (t, x) => {
  const { s } = x
  const nested = await s.beginNested()
  const { id } = await s.user.create({ data: { name: 'inside' } })
  const user = await s.getOne('User', id)
  t.is(user.name, 'inside')
  await nested.rollback()
  t.is(await s.get('User', id), null)
})

behaviour('the commit of a savepoint releases it; the outer rollback undoes its work', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const user = await s.getOne('User', id)
  const nested = await s.beginNested()
  const added = s.add('User', { name: 'added' })
  user.name = 'inside'
  await nested.commit()
  t.is(x.wire().at(-1), 'RELEASE')
  t.is(inspect(added).state, 'persistent')

  x.clear()
  const { id: addedId } = added
  t.is(await s.get('User', id), user)
  t.is(await s.get('User', addedId), added)
  t.is(user.name, 'inside')
  t.deepEqual(x.ops(), [])

  await s.rollback()
  t.is(inspect(added).state, 'transient')
  t.is(user.name, 'Ada')
  t.deepEqual(await names(x), ['Ada'])
})

behaviour('commit inside a savepoint commits all the way', async (t, x) => {
  const { s } = x
  s.add('User', { name: 'outer' })
  const nested = await s.beginNested()
  s.add('User', { name: 'inner' })
  await s.flush()
  await s.commit()
  t.deepEqual(x.wire().slice(-2), ['RELEASE', 'COMMIT'])
  t.false(s.inTransaction())
  t.false(nested.isActive)
  await refused(t, () => nested.commit(), { instanceOf: ResourceClosedError })
  t.deepEqual(await names(x), ['outer', 'inner'])
})

behaviour('rollback inside a savepoint rolls back everything', async (t, x) => {
  const { s } = x
  const outer = s.add('User', { name: 'outer' })
  const nested = await s.beginNested()
  const inner = s.add('User', { name: 'inner' })
  await s.flush()
  await s.rollback()
  t.is(x.wire().at(-1), 'ROLLBACK')
  t.false(s.inTransaction())
  t.false(s.inNestedTransaction())
  for (const user of [outer, inner]) t.is(inspect(user).state, 'transient')
  await refused(t, () => nested.rollback(), { instanceOf: ResourceClosedError })
  t.deepEqual(await names(x), [])
})

behaviour('the root, the innermost, and how they are linked', async (t, x) => {
  const { s } = x
  const root = await s.begin()
  t.is(s.getTransaction(), root)
  t.is(s.getNestedTransaction(), null)
  t.false(s.inNestedTransaction())
  t.false(root.nested)
  t.is(root.parent, null)

  const first = await s.beginNested()
  const second = await s.beginNested()
  t.is(s.getTransaction(), root)
  t.is(s.getNestedTransaction(), second)
  t.true(s.inNestedTransaction())
  t.is(second.parent, first)
  t.is(first.parent, root)
  t.true(second.nested)

  await second.commit()
  t.false(second.isActive)
  t.is(s.getNestedTransaction(), first)
  await first.rollback()
  t.is(s.getNestedTransaction(), null)
  t.is(s.getTransaction(), root)
  t.true(root.isActive)
  await root.commit()
  t.is(s.getTransaction(), null)
  t.false(s.inTransaction())
})

behaviour('the rollback of an outer savepoint undoes the inner ones first', async (t, x) => {
  const { s } = x
  await s.begin()
  s.add('User', { name: 'root' })
  const first = await s.beginNested()
  s.add('User', { name: 'first' })
  const second = await s.beginNested()
  s.add('User', { name: 'second' })
  await s.flush()
  await first.rollback()
  t.is(s.getNestedTransaction(), null)
  t.false(second.isActive)
  await refused(t, () => second.commit(), { instanceOf: ResourceClosedError })
  await refused(t, () => first.commit(), { instanceOf: ResourceClosedError })
  await s.commit()
  t.deepEqual(await names(x), ['root'])
})

behaviour('the commit of an outer handle releases the inner ones first', async (t, x) => {
  const { s } = x
  const root = await s.begin()
  const first = await s.beginNested()
  s.add('User', { name: 'first' })
  const second = await s.beginNested()
  s.add('User', { name: 'second' })
  await s.flush()
  x.clear()
  await root.commit()
  t.deepEqual(x.wire(), ['RELEASE', 'RELEASE', 'COMMIT'])
  for (const handle of [first, second, root]) {
    t.false(handle.isActive)
    await refused(t, () => handle.rollback(), { instanceOf: ResourceClosedError })
  }
  t.deepEqual(await names(x), ['first', 'second'])
})

behaviour('a handle that is disposed of rolls back its savepoint', async (t, x) => {
  const { s } = x
  s.add('User', { name: 'outer' })
  {
    await using _ = await s.beginNested()
    s.add('User', { name: 'inner' })
    await s.flush()
  }
  t.true(s.inTransaction())
  await s.commit()
  t.deepEqual(await names(x), ['outer'])
})

behaviour(
  'two savepoints opened at once: one after the other, the second inside the first',
  async (t, x) => {
    const { s } = x
    const [first, second] = await Promise.all([s.beginNested(), s.beginNested()])
    t.is(second.parent, first)
    await second.commit()
    await first.commit()
    await s.commit()
    t.false(s.inTransaction())
  },
  { modes: ['async'] },
)

behaviour(
  'two savepoints opened at once with concurrency: error: the second is refused, nothing hangs',
  async (t, x) => {
    const { s } = x
    s.add('User', { name: 'Ada' })
    const [first, second] = await Promise.allSettled([s.beginNested(), s.beginNested()])
    t.is(first.status, 'fulfilled')
    t.true(second.status === 'rejected' && second.reason instanceof IllegalStateChangeError)
    await s.commit()
    t.deepEqual(await names(x), ['Ada'])
  },
  { modes: ['async'], session: { concurrency: 'error' } },
)

behaviour('begin({ nested: true }) is beginNested', async (t, x) => {
  const { s } = x
  s.add('User', { name: 'outer' })
  const nested = await s.begin({ nested: true })
  t.true(nested.nested)
  t.is(s.getNestedTransaction(), nested)
  t.is(nested.parent, s.getTransaction())
  s.add('User', { name: 'inner' })
  await s.flush()
  await nested.rollback()
  t.true(s.inTransaction())
  await s.commit()
  t.deepEqual(await names(x), ['outer'])
})

behaviour(
  'transaction(fn) commits with what was pending before, when there is none but an autobegun one',
  async (t, x) => {
    const { s } = x
    s.add('User', { name: 'before' })
    const result = await s.transaction((inside, tx) => {
      t.is(inside, s)
      t.is(s.getTransaction(), tx)
      inside.add('User', { name: 'inside' })
      return 7
    })
    t.is(result, 7)
    t.false(s.inTransaction())
    t.deepEqual(await names(x), ['before', 'inside'])

    const mine = new Error('mine')
    const pending = s.add('User', { name: 'lost' })
    t.is(
      await refused(t, () =>
        s.transaction(() => {
          throw mine
        }),
      ),
      mine,
    )
    t.is(inspect(pending).state, 'transient')
    t.false(s.inTransaction())
    t.deepEqual(await names(x), ['before', 'inside'])
  },
)

behaviour('transaction(fn) inside an explicit transaction is a savepoint', async (t, x) => {
  const { s } = x
  const root = await s.begin()
  s.add('User', { name: 'outer' })
  await s.transaction((_, tx) => {
    t.true(tx.nested)
    t.is(tx.parent, root)
    s.add('User', { name: 'kept' })
  })
  t.true(root.isActive)
  t.is(s.getNestedTransaction(), null)
  const mine = new Error('mine')
  const error = await refused(t, () =>
    s.transaction(() =>
      inOrder(
        () => s.add('User', { name: 'lost' }),
        () => s.flush(),
        () => {
          throw mine
        },
      ),
    ),
  )
  t.is(error, mine)
  t.true(root.isActive)
  await root.commit()
  t.deepEqual(await names(x), ['outer', 'kept'])
})

behaviour('tx.rollback() inside transaction(fn) ends it without a throw', async (t, x) => {
  const { s } = x
  await s.transaction((inside, tx) =>
    inOrder(
      () => inside.add('User', { name: 'lost' }),
      () => inside.flush(),
      () => tx.rollback(),
    ),
  )
  t.false(s.inTransaction())
  t.deepEqual(await names(x), [])
  s.add('User', { name: 'after' })
  await s.commit()
  t.deepEqual(await names(x), ['after'])
})
