// The callback forms begin(fn), transaction(fn) and $transaction(fn): how they end, and how they nest.
import {
  createSession,
  InvalidRequestError,
  inspect,
  ResourceClosedError,
  select,
  sessionMaker,
} from '../../src/index.js'
import { behaviour, type TestSession } from '../helpers/conformance.js'
import { failingRollback } from '../helpers/failing-rollback.js'
import { words } from '../helpers/observe.js'
import { catching, inOrder, noting, refused } from '../helpers/steps.js'
import { userNames } from '../helpers/user-names.js'

type Body = (s: TestSession) => unknown

/** transaction(fn) and $transaction(fn), called alike. Both return what the body returns. */
const forms = {
  transaction: (s: TestSession, body: Body) => s.transaction(body as () => unknown),
  $transaction: (s: TestSession, body: Body) =>
    (s as unknown as { $transaction(body: Body): unknown }).$transaction(body),
}

behaviour('begin(fn) commits on return and returns what fn returns', async (t, x) => {
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
  t.deepEqual(await userNames(x), ['Ada'])
})

behaviour('begin(fn) rolls back on a throw and rethrows that error', async (t, x) => {
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
  t.deepEqual(await userNames(x), [])
})

behaviour('begin(fn) throws the error of its failed flush, not a secondary one', async (t, x) => {
  await x.raw.user.create({ data: { name: 'Ada', email: 'a' } })
  const { s } = x
  await refused(t, () => s.begin(() => void s.add('User', { name: 'Bob', email: 'a' })), { code: 'P2002' })
  t.true(s.isActive)
  t.false(s.inTransaction())
  t.is(s.new.size, 0)
})

for (const verb of ['commit', 'rollback'] as const) {
  behaviour(`after ${verb} inside a begin(fn) block every call is refused until the block ends`, async (t, x) => {
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
    t.deepEqual(await userNames(x), verb === 'commit' ? ['Ada', 'Bob', 'after'] : ['Ada', 'after'])
  })
}

for (const [form, run] of Object.entries(forms)) {
  behaviour(`${form}(fn) commits on return and returns what fn returns`, async (t, x) => {
    const answer = await run(x.s, (s) => {
      s.add('User', { name: 'a' })
      return 'answer'
    })
    t.is(answer, 'answer')
    t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
    t.false(x.s.inTransaction())
    t.deepEqual(await userNames(x), ['a'])
  })

  behaviour(`${form}(fn) rolls back on a throw and rethrows that error`, async (t, x) => {
    const mistake = new Error('inside')
    let user = {}
    const error = await t.throwsAsync(async () => {
      await run(x.s, (s) => {
        user = s.add('User', { name: 'a' })
        return inOrder(
          () => s.flush(),
          () => {
            throw mistake
          },
        )
      })
    })
    t.is(error, mistake)
    t.deepEqual(x.wire(), ['BEGIN', 'ROLLBACK'])
    t.is(inspect(user).state, 'transient')
    t.true(x.s.isActive)
    t.deepEqual(await userNames(x), [])
  })

  behaviour(`${form}(fn) commits an autobegun transaction, earlier work included`, async (t, x) => {
    x.s.add('User', { name: 'flushed' })
    await x.s.flush()
    x.s.add('User', { name: 'pending' })
    await run(x.s, (s) => void s.add('User', { name: 'inside' }))
    t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
    t.deepEqual(await userNames(x), ['flushed', 'pending', 'inside'])
  })

  behaviour(`${form}(fn) rolls back an autobegun transaction on a throw, earlier work included`, async (t, x) => {
    const flushed = x.s.add('User', { name: 'flushed' })
    await x.s.flush()
    const pending = x.s.add('User', { name: 'pending' })
    await t.throwsAsync(async () => {
      await run(x.s, () => {
        throw new Error('inside')
      })
    })
    t.is(x.wire().at(-1), 'ROLLBACK')
    t.is(inspect(flushed).state, 'transient')
    t.is(inspect(pending).state, 'transient')
    t.deepEqual(await userNames(x), [])
  })

  behaviour(
    `${form}(fn) inside begin() opens a savepoint and leaves the commit to the outer transaction`,
    async (t, x) => {
      await x.s.begin()
      x.s.add('User', { name: 'outer' })
      await run(x.s, (s) => void s.add('User', { name: 'inside' }))
      t.deepEqual(x.wire(), ['BEGIN', 'SAVEPOINT', 'RELEASE'])
      t.true(x.s.inTransaction())
      t.deepEqual(await userNames(x), [])
      await x.s.commit()
      t.deepEqual(await userNames(x), ['outer', 'inside'])
    },
  )

  behaviour(`${form}(fn) inside begin() undoes only its savepoint on a throw`, async (t, x) => {
    await x.s.begin()
    const outer = x.s.add('User', { name: 'outer' })
    let inside = {}
    await t.throwsAsync(async () => {
      await run(x.s, (s) => {
        inside = s.add('User', { name: 'inside' })
        return inOrder(
          () => s.flush(),
          () => {
            throw new Error('inside')
          },
        )
      })
    })
    t.deepEqual(words(x.wire()), ['BEGIN', 'SAVEPOINT', 'ROLLBACK TO'])
    t.is(inspect(inside).state, 'transient')
    t.is(inspect(outer).state, 'persistent')
    await x.s.commit()
    t.deepEqual(await userNames(x), ['outer'])
  })

  behaviour(`${form}(fn) inside ${form}(fn) opens a savepoint`, async (t, x) => {
    await run(x.s, (outer) => {
      outer.add('User', { name: 'outer' })
      return inOrder(
        () => run(outer, (inner) => void inner.add('User', { name: 'kept' })),
        catching([], () =>
          run(outer, (inner) => {
            inner.add('User', { name: 'undone' })
            throw new Error('inside')
          }),
        ),
      )
    })
    t.is(x.wire()[0], 'BEGIN')
    t.is(x.wire().at(-1), 'COMMIT')
    t.is(x.wire().filter((word) => word === 'BEGIN').length, 1)
    t.deepEqual(await userNames(x), ['outer', 'kept'])
  })

  behaviour(`${form}(fn) inside maker.begin(fn) opens a savepoint`, async (t, x) => {
    const maker = sessionMaker(x.client)
    await maker.begin((s) =>
      inOrder(
        () => s.add('User', { name: 'outer' }),
        catching([], () =>
          run(s as unknown as TestSession, (inner) => {
            inner.add('User', { name: 'undone' })
            throw new Error('inside')
          }),
        ),
      ),
    )
    t.is(x.wire().filter((word) => word === 'BEGIN').length, 1)
    t.is(x.wire().at(-1), 'COMMIT')
    t.deepEqual(await userNames(x), ['outer'])
  })
}

behaviour('transaction(fn) commits or rolls back what was pending in an autobegun transaction', async (t, x) => {
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
  t.deepEqual(await userNames(x), ['before', 'inside'])

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
  t.deepEqual(await userNames(x), ['before', 'inside'])
})

behaviour('transaction(fn) inside begin() passes a savepoint handle below the root transaction', async (t, x) => {
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
  t.deepEqual(await userNames(x), ['outer', 'kept'])
})

behaviour('transaction(fn) passes the session and its transaction handle to fn', async (t, x) => {
  await x.s.transaction((s, tx) => {
    t.is(s, x.s)
    t.is(s.getTransaction(), tx)
    t.true(tx.isActive)
    t.false(tx.nested)
    t.is(tx.parent, null)
  })
  await x.s.begin()
  await x.s.transaction((s, tx) => {
    t.is(s.getNestedTransaction(), tx)
    t.true(tx.nested)
    t.is(tx.parent, s.getTransaction())
  })
})

behaviour('$transaction(fn) passes a session whose Prisma methods run inside the transaction', async (t, x) => {
  const seen: unknown[] = []
  const body = (tx: TestSession) =>
    inOrder(
      () => tx.user.create({ data: { name: 'a' } }),
      () => noting(seen, tx.user.count()),
      () => tx.$executeRawUnsafe('UPDATE "User" SET name = \'b\''),
    )
  await forms.$transaction?.(x.s, body)
  t.deepEqual(seen, [1])
  t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
  t.deepEqual(await userNames(x), ['b'])
})

behaviour('tx.rollback() inside transaction(fn) ends the transaction without an error', async (t, x) => {
  let user = {}
  const answer = await x.s.transaction((s, tx) => {
    user = s.add('User', { name: 'a' })
    return finally_(
      inOrder(
        () => s.flush(),
        () => tx.rollback(),
      ),
      'answer',
    )
  })
  t.is(answer, 'answer')
  t.deepEqual(x.wire(), ['BEGIN', 'ROLLBACK'])
  t.is(inspect(user).state, 'transient')
  t.false(x.s.inTransaction())
  t.deepEqual(await userNames(x), [])
})

behaviour('the session is usable after tx.rollback() inside transaction(fn)', async (t, x) => {
  const { s } = x
  await s.transaction((inside, tx) =>
    inOrder(
      () => inside.add('User', { name: 'lost' }),
      () => inside.flush(),
      () => tx.rollback(),
    ),
  )
  t.false(s.inTransaction())
  t.deepEqual(await userNames(x), [])
  s.add('User', { name: 'after' })
  await s.commit()
  t.deepEqual(await userNames(x), ['after'])
})

behaviour('tx.rollback() inside a nested transaction(fn) undoes the savepoint only', async (t, x) => {
  await x.s.begin()
  x.s.add('User', { name: 'outer' })
  await x.s.transaction((s, tx) =>
    inOrder(
      () => s.add('User', { name: 'inside' }),
      () => s.flush(),
      () => tx.rollback(),
    ),
  )
  await x.s.commit()
  t.deepEqual(words(x.wire()), ['BEGIN', 'SAVEPOINT', 'ROLLBACK TO', 'COMMIT'])
  t.deepEqual(await userNames(x), ['outer'])
})

behaviour('tx.commit() inside transaction(fn) commits, and the end of the callback sends nothing', async (t, x) => {
  await x.s.transaction((s, tx) =>
    inOrder(
      () => s.add('User', { name: 'a' }),
      () => tx.commit(),
    ),
  )
  t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
  t.deepEqual(await userNames(x), ['a'])
})

behaviour('a transaction handle is closed once its callback has ended', async (t, x) => {
  const handle = await x.s.transaction((_s, tx) => [tx])
  const [tx] = handle
  t.false(tx?.isActive)
  await t.throwsAsync(async () => await tx?.commit(), { instanceOf: ResourceClosedError })
})

behaviour('a commit that fails at the end of transaction(fn) rolls back and throws', async (t, x) => {
  await x.raw.user.create({ data: { name: 'first', email: 'taken' } })
  await t.throwsAsync(
    async () => {
      await x.s.transaction((s) => void s.add('User', { name: 'second', email: 'taken' }))
    },
    { code: 'P2002' },
  )
  t.is(x.wire().at(-1), 'ROLLBACK')
  t.true(x.s.isActive)
  t.false(x.s.inTransaction())
  t.is((await x.s.scalars(select('User'))).all().length, 1)
})

/** Returns `value` when `steps` are done. */
function finally_<T>(steps: unknown, value: T): T | Promise<T> {
  return steps === undefined ? value : (steps as Promise<unknown>).then(() => value)
}

behaviour('an error thrown after tx.rollback() comes out of transaction(fn) as it is', async (t, x) => {
  const mine = new Error('mine')
  const error = await refused(t, () =>
    x.s.transaction((s, tx) =>
      inOrder(
        () => s.add('User', { name: 'Ada' }),
        () => s.flush(),
        () => tx.rollback(),
        () => {
          throw mine
        },
      ),
    ),
  )
  t.is(error, mine)
  t.is(x.wire().at(-1), 'ROLLBACK')
  t.true(x.s.isActive)
  t.deepEqual(await userNames(x), [])
})

behaviour('a rollback that fails after a throw is a warning, and the thrown error comes out', async (t, x) => {
  const inWorker = x.client as unknown as { $failRollback?(): void }
  if (x.mode === 'sync') inWorker.$failRollback?.()
  const s = createSession(x.mode === 'sync' ? x.client : failingRollback(x.client))
  t.teardown(async () => void (await s.close()))
  const warnings = x.events(s, ['warning'])
  const mine = new Error('mine')
  const error = await refused(t, () =>
    s.transaction(() =>
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
  t.is(warnings.length, 1)
  t.regex(String(warnings[0]?.payload.message), /failed too.*the connection is gone/s)
  t.true(s.isActive)
  t.false(s.inTransaction())
  t.is(await s.user.count(), 0)
})
