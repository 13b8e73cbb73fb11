import { inspect, ResourceClosedError, select, sessionMaker } from '../../src/index.js'
import { behaviour, type Context, type TestSession } from '../helpers/conformance.ts'
import { words } from '../helpers/observe.ts'
import { inOrder, noting } from '../helpers/steps.ts'

type Body = (s: TestSession) => unknown

/** The two callback forms; both answer what the body answers. */
const forms = {
  transaction: (s: TestSession, body: Body) => s.transaction(body as () => unknown),
  $transaction: (s: TestSession, body: Body) =>
    (s as unknown as { $transaction(body: Body): unknown }).$transaction(body),
}

const names = async (x: Context) => (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map((user) => user.name)

for (const [form, run] of Object.entries(forms)) {
  behaviour(`${form}(fn) with no transaction commits on return and answers what fn answers`, async (t, x) => {
    const answer = await run(x.s, (s) => {
      s.add('User', { name: 'a' })
      return 'answer'
    })
    t.is(answer, 'answer')
    t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
    t.false(x.s.inTransaction())
    t.deepEqual(await names(x), ['a'])
  })

  behaviour(`${form}(fn) rolls back on a throw, and that error comes out`, async (t, x) => {
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
    t.deepEqual(await names(x), [])
  })

  behaviour(`${form}(fn) in an autobegun transaction commits all of it, earlier work included`, async (t, x) => {
    x.s.add('User', { name: 'flushed' })
    await x.s.flush()
    x.s.add('User', { name: 'pending' })
    await run(x.s, (s) => void s.add('User', { name: 'inside' }))
    t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
    t.deepEqual(await names(x), ['flushed', 'pending', 'inside'])
  })

  behaviour(`${form}(fn) in an autobegun transaction: a throw rolls all of it back`, async (t, x) => {
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
    t.deepEqual(await names(x), [])
  })

  behaviour(`${form}(fn) inside begin() is a savepoint; the outer one commits`, async (t, x) => {
    await x.s.begin()
    x.s.add('User', { name: 'outer' })
    await run(x.s, (s) => void s.add('User', { name: 'inside' }))
    t.deepEqual(x.wire(), ['BEGIN', 'SAVEPOINT', 'RELEASE'])
    t.true(x.s.inTransaction())
    t.deepEqual(await names(x), [])
    await x.s.commit()
    t.deepEqual(await names(x), ['outer', 'inside'])
  })

  behaviour(`${form}(fn) inside begin(): a throw undoes the savepoint only`, async (t, x) => {
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
    t.deepEqual(await names(x), ['outer'])
  })

  behaviour(`${form}(fn) inside ${form}(fn) is a savepoint`, async (t, x) => {
    await run(x.s, (outer) => {
      outer.add('User', { name: 'outer' })
      return inOrder(
        () => run(outer, (inner) => void inner.add('User', { name: 'kept' })),
        () =>
          quietly(() =>
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
    t.deepEqual(await names(x), ['outer', 'kept'])
  })

  behaviour(`${form}(fn) inside maker.begin(fn) is a savepoint`, async (t, x) => {
    const maker = sessionMaker(x.client)
    await maker.begin((s) =>
      inOrder(
        () => s.add('User', { name: 'outer' }),
        () =>
          quietly(() =>
            run(s as unknown as TestSession, (inner) => {
              inner.add('User', { name: 'undone' })
              throw new Error('inside')
            }),
          ),
      ),
    )
    t.is(x.wire().filter((word) => word === 'BEGIN').length, 1)
    t.is(x.wire().at(-1), 'COMMIT')
    t.deepEqual(await names(x), ['outer'])
  })
}

behaviour('the body gets the session, and transaction(fn) its handle', async (t, x) => {
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

behaviour('the session given to $transaction(fn) has Prisma’s methods, inside the transaction', async (t, x) => {
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
  t.deepEqual(await names(x), ['b'])
})

behaviour('tx.rollback() inside the callback ends it without a throw', async (t, x) => {
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
  t.deepEqual(await names(x), [])
})

behaviour('tx.rollback() inside a savepoint’s callback undoes the savepoint only', async (t, x) => {
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
  t.deepEqual(await names(x), ['outer'])
})

behaviour('tx.commit() inside the callback commits; the end of the callback adds nothing', async (t, x) => {
  await x.s.transaction((s, tx) =>
    inOrder(
      () => s.add('User', { name: 'a' }),
      () => tx.commit(),
    ),
  )
  t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
  t.deepEqual(await names(x), ['a'])
})

behaviour('a handle is closed when its callback has ended', async (t, x) => {
  const handle = await x.s.transaction((_s, tx) => [tx])
  const [tx] = handle
  t.false(tx?.isActive)
  await t.throwsAsync(async () => await tx?.commit(), { instanceOf: ResourceClosedError })
})

behaviour('a commit that fails at the end of the callback rolls back and throws', async (t, x) => {
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

behaviour('a handle in a `using` block rolls back unless it was ended', async (t, x) => {
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
  t.deepEqual(await names(x), ['kept'])
})

/** Runs and forgets a throw or a rejection. */
function quietly(call: () => unknown): unknown {
  try {
    const value = call()
    if (typeof (value as Promise<unknown> | undefined)?.then !== 'function') return
    return (value as Promise<unknown>).then(
      () => {},
      () => {},
    )
  } catch {
    return
  }
}

/** `value` when `steps` are done. */
function finally_<T>(steps: unknown, value: T): T | Promise<T> {
  return steps === undefined ? value : (steps as Promise<unknown>).then(() => value)
}
