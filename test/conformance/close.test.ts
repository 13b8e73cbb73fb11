// The end of a session: close(), reset(), invalidate(), disposal, and the sessions of a maker.
import {
  ArgumentError,
  createSession,
  InvalidRequestError,
  inspect,
  ResourceClosedError,
  select,
  sessionMaker,
} from '../../src/index.js'
import { behaviour, type Context, inSync } from '../helpers/conformance.js'
import { inOrder, refused } from '../helpers/steps.js'

type Sync = ReturnType<typeof inSync>

interface SyncMaker {
  (): Sync
  begin(fn: (session: Sync) => unknown): unknown
  with(fn: (session: Sync) => unknown): unknown
}

/** `x.s` with an open transaction that has written: one object in each state. */
async function busy(x: Context) {
  const persistent = x.s.add('User', { name: 'persistent' })
  const deleted = x.s.add('User', { name: 'deleted' })
  await x.s.flush()
  await x.s.delete(deleted)
  await x.s.flush()
  const pending = x.s.add('User', { name: 'pending' })
  return { persistent, deleted, pending }
}

for (const verb of ['close', 'reset', 'invalidate'] as const) {
  behaviour(`${verb}() rolls back and detaches its objects`, async (t, x) => {
    const { persistent, deleted, pending } = await busy(x)
    await x.s[verb]()
    t.deepEqual(x.wire(), ['BEGIN', 'ROLLBACK'])
    t.false(x.s.inTransaction())
    t.is(x.s.getTransaction(), null)
    t.is(inspect(persistent).state, 'detached')
    t.is(inspect(deleted).state, 'detached')
    t.is(inspect(pending).state, 'transient')
    t.is(persistent.name, 'persistent')
    t.is(x.s.identityMap.size, 0)
    t.is(x.s.new.size, 0)
    t.is(await x.raw.user.count(), 0)
  })

  behaviour(`${verb}() returns the connection and does not disconnect the client`, async (t, x) => {
    await busy(x)
    await x.s[verb]()
    const next = x.session({ maxWait: 1000 })
    await next.begin()
    t.is(await next.user.count(), 0)
    await next.close()
    t.is(await x.client.user.count(), 0)
  })

  behaviour(`${verb}() sends nothing when repeated or with nothing open`, async (t, x) => {
    await x.s[verb]()
    t.deepEqual(x.wire(), [])
    await busy(x)
    await x.s[verb]()
    x.clear()
    await x.s[verb]()
    t.deepEqual(x.wire(), [])
    t.deepEqual(x.ops(), [])
  })
}

behaviour('close() rolls back open savepoints with the transaction and closes their handles', async (t, x) => {
  await x.s.begin()
  const savepoint = await x.s.beginNested()
  x.s.add('User', { name: 'inside' })
  await x.s.flush()
  await x.s.close()
  t.is(x.wire().at(-1), 'ROLLBACK')
  t.false(x.s.inNestedTransaction())
  t.false(savepoint.isActive)
  await t.throwsAsync(async () => await savepoint.commit(), { instanceOf: ResourceClosedError })
  t.is(await x.raw.user.count(), 0)
})

behaviour('after close() the session works again, as new', async (t, x) => {
  const { persistent } = await busy(x)
  await x.s.close()
  const again = x.s.add('User', { name: 'again' })
  await x.s.commit()
  t.is(inspect(again).state, 'persistent')
  t.deepEqual(
    (await x.raw.user.findMany()).map((user) => user.name),
    ['again'],
  )
  t.is(inspect(persistent).state, 'detached')
  t.is((await x.s.scalars(select('User'))).one(), again)
})

behaviour(
  'with closeResetsOnly: false every call after close() throws an InvalidRequestError',
  async (t, x) => {
    const user = x.s.add('User', { name: 'a' })
    await x.s.commit()
    await x.s.close()
    await x.s.close() // twice is still no error
    x.clear()
    const uses: Record<string, () => unknown> = {
      add: () => x.s.add('User', { name: 'b' }),
      'add of an object': () => x.s.add(user),
      get: () => x.s.get('User', 1),
      execute: () => x.s.execute(select('User')),
      begin: () => x.s.begin(),
      beginNested: () => x.s.beginNested(),
      transaction: () => x.s.transaction(() => 1),
      connection: () => x.s.connection(),
      merge: () => x.s.merge('User', { id: 1, name: 'b' }),
      'a forwarded call': () => x.s.user.findMany(),
      'a raw query': () => x.s.$queryRawUnsafe('SELECT 1'),
    }
    for (const [use, call] of Object.entries(uses)) {
      await t.throwsAsync(async () => await call(), { instanceOf: InvalidRequestError, message: /closed/i }, use)
    }
    t.deepEqual(x.ops(), [])
    t.deepEqual(x.wire(), [])
    t.is(inspect(user).state, 'detached')
  },
  { session: { closeResetsOnly: false } },
)

behaviour(
  'with closeResetsOnly: false reset() neither closes a session nor reopens it',
  async (t, x) => {
    await x.s.user.count()
    await x.s.reset()
    t.is(await x.s.user.count(), 0)
    await x.s.close()
    await x.s.reset()
    await refused(t, () => x.s.execute(select('User')), { instanceOf: InvalidRequestError, message: /closed/i })
  },
  { session: { closeResetsOnly: false } },
)

behaviour('leaving a `using` block closes the session without a commit and waits for the ROLLBACK', async (t, x) => {
  let user: object
  {
    await using s = x.session()
    user = s.add('User', { name: 'a' })
    await s.flush()
  }
  t.deepEqual(x.wire(), ['BEGIN', 'ROLLBACK'])
  t.is(inspect(user).state, 'detached')
  t.is(await x.raw.user.count(), 0)
})

behaviour('work committed inside a `using` block stays', async (t, x) => {
  {
    await using s = x.session()
    s.add('User', { name: 'kept' })
    await s.commit()
    s.add('User', { name: 'lost' })
  }
  t.deepEqual(
    (await x.raw.user.findMany()).map((user) => user.name),
    ['kept'],
  )
})

behaviour('an error thrown in a `using` block is rethrown after the ROLLBACK', async (t, x) => {
  const mistake = new Error('from the body')
  const body = async () => {
    await using s = x.session()
    s.add('User', { name: 'a' })
    await s.flush()
    throw mistake
  }
  t.is(await t.throwsAsync(body), mistake)
  t.deepEqual(x.wire(), ['BEGIN', 'ROLLBACK'])
})

behaviour('a session and its transactions have only the disposal method of their mode', async (t, x) => {
  const [own, other] = x.s.isAsync ? [Symbol.asyncDispose, Symbol.dispose] : [Symbol.dispose, Symbol.asyncDispose]
  for (const object of [x.s, createSession(x.s), await x.s.begin(), await x.s.beginNested()]) {
    const bag = object as unknown as Record<symbol, unknown>
    t.true(own in object)
    t.is(typeof bag[own], 'function')
    t.false(other in object)
    t.is(bag[other], undefined)
  }
})

behaviour(
  'leaving a `using` block closes a synchronous session without a commit',
  async (t, x) => {
    let user: object
    {
      using s = inSync(x.session())
      user = s.add('User', { name: 'a' })
      s.flush()
      t.deepEqual(x.wire(), ['BEGIN'])
    }
    t.deepEqual(x.wire(), ['BEGIN', 'ROLLBACK'])
    t.is(inspect(user).state, 'detached')
    const mistake = new Error('from the body')
    const body = () => {
      using s = inSync(x.session())
      s.add('User', { name: 'b' })
      s.flush()
      throw mistake
    }
    t.is(t.throws(body), mistake)
    t.is(x.wire().at(-1), 'ROLLBACK')
    {
      using s = inSync(x.session())
      s.add('User', { name: 'kept' })
      s.commit()
      s.add('User', { name: 'lost' })
    }
    t.deepEqual(
      (await x.raw.user.findMany()).map((each) => each.name),
      ['kept'],
    )
  },
  { modes: ['sync'] },
)

behaviour(
  'leaving a `using` block rolls back what a synchronous transaction has not committed',
  async (t, x) => {
    const s = inSync(x.s)
    {
      using tx = s.begin()
      s.add('User', { name: 'lost' })
      s.flush()
      t.true(tx.isActive)
    }
    t.deepEqual(x.wire(), ['BEGIN', 'ROLLBACK'])
    t.false(s.inTransaction())
    {
      using tx = s.begin()
      s.add('User', { name: 'kept' })
      {
        using _ = s.beginNested()
        s.add('User', { name: 'lost' })
        s.flush()
      }
      {
        using savepoint = s.beginNested()
        s.add('User', { name: 'kept too' })
        savepoint.commit()
      }
      tx.commit()
    }
    t.false(s.inTransaction())
    const mistake = new Error('from the body')
    const body = () => {
      using _ = s.begin()
      s.add('User', { name: 'lost' })
      s.flush()
      throw mistake
    }
    t.is(t.throws(body), mistake)
    t.deepEqual(
      (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name),
      ['kept', 'kept too'],
    )
  },
  { modes: ['sync'] },
)

behaviour('maker.with(fn) closes its session without a commit', async (t, x) => {
  const maker = sessionMaker(x.client)
  let user = {}
  const answer = await maker.with((s) => {
    user = s.add('User', { name: 'a' })
    const flushed = s.flush()
    return flushed ? flushed.then(() => 'answer') : 'answer'
  })
  t.is(answer, 'answer')
  t.deepEqual(x.wire(), ['BEGIN', 'ROLLBACK'])
  t.is(inspect(user).state, 'detached')
  t.is(await x.raw.user.count(), 0)
})

behaviour('maker.with(fn) closes its session on a throw and rethrows that error', async (t, x) => {
  const mistake = new Error('from the body')
  const maker = sessionMaker(x.client)
  const error = await t.throwsAsync(async () => {
    await maker.with((s) =>
      inOrder(
        () => s.user.count(),
        () => {
          throw mistake
        },
      ),
    )
  })
  t.is(error, mistake)
  t.deepEqual(x.wire(), ['BEGIN', 'ROLLBACK'])
})

behaviour('maker.begin(fn) commits on return, returns what fn returns, and closes its session', async (t, x) => {
  const maker = sessionMaker(x.client)
  let user = {}
  const answer = await maker.begin((s) => {
    user = s.add('User', { name: 'a' })
    return 'answer'
  })
  t.is(answer, 'answer')
  t.deepEqual(x.wire(), ['BEGIN', 'COMMIT'])
  t.is(inspect(user).state, 'detached')
  t.is(await x.raw.user.count(), 1)
})

behaviour('maker.begin(fn) rolls back on a throw and rethrows that error', async (t, x) => {
  const mistake = new Error('from the body')
  const maker = sessionMaker(x.client)
  let user = {}
  const error = await t.throwsAsync(async () => {
    await maker.begin((s) => {
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
  t.is(await x.raw.user.count(), 0)
})

behaviour('maker.begin(fn) throws the error of a failed commit and writes nothing', async (t, x) => {
  await x.raw.user.create({ data: { name: 'first', email: 'taken' } })
  const maker = sessionMaker(x.client)
  await t.throwsAsync(
    async () => {
      await maker.begin((s) => {
        s.add('Doc', { version: 1, body: 'with it' })
        s.add('User', { name: 'second', email: 'taken' })
      })
    },
    { code: 'P2002' },
  )
  t.is(x.wire().at(-1), 'ROLLBACK')
  t.is(await x.raw.doc.count(), 0)
})

behaviour(
  'maker.begin(fn, options) passes the transaction options to Prisma',
  async (t, x) => {
    const given: unknown[] = []
    const client = new Proxy(x.client, {
      get(target, name) {
        const value = Reflect.get(target, name)
        if (name !== '$transaction') return value
        return (fn: unknown, options: unknown) => {
          given.push(options)
          return Reflect.apply(value, target, [fn, options])
        }
      },
    })
    await sessionMaker(client, { maxWait: 1234 }).begin((s) => inOrder(() => s.user.count()), { timeout: 4321 })
    t.is(given.length, 1)
    t.like(given[0], { maxWait: 1234, timeout: 4321 })
  },
  { modes: ['async'] },
)

behaviour(
  'a maker over a synchronous client returns synchronous sessions and values, and refuses promises',
  async (t, x) => {
    const maker = sessionMaker(x.client) as unknown as SyncMaker
    t.false(maker().isAsync)
    t.is(
      maker.begin((s) => {
        s.add('User', { name: 'a' })
        return s.user.count()
      }),
      1,
    )
    t.is(
      maker.with((s) => s.user.count()),
      1,
    )
    t.is(await x.raw.user.count(), 1)
    x.clear()
    const mistake = new Error('from the body')
    for (const verb of ['begin', 'with'] as const) {
      const failing = () =>
        maker[verb]((s) => {
          s.add('User', { name: 'lost' })
          s.flush()
          throw mistake
        })
      t.is(t.throws(failing), mistake, verb)
      const late = () =>
        maker[verb](async (s) => {
          s.add('User', { name: 'lost' })
          s.flush()
        })
      t.throws(late, { instanceOf: ArgumentError, message: /returned a promise to a synchronous session/ }, verb)
    }
    t.deepEqual(x.wire(), Array.from({ length: 4 }, () => ['BEGIN', 'ROLLBACK']).flat())
    t.is(await x.raw.user.count(), 1)
  },
  { modes: ['sync'] },
)

behaviour(
  'aclose() closes the session and resolves after the ROLLBACK',
  async (t, x) => {
    const { persistent, pending } = await busy(x)
    await x.s.aclose()
    t.deepEqual(x.wire(), ['BEGIN', 'ROLLBACK'])
    t.is(inspect(persistent).state, 'detached')
    t.is(inspect(pending).state, 'transient')
    t.is(await x.s.user.count(), 0)
  },
  { modes: ['async'] },
)

behaviour(
  'Symbol.asyncDispose waits for the ROLLBACK',
  async (t, x) => {
    const s = createSession(x.client)
    s.add('User', { name: 'a' })
    await s.flush()
    await s[Symbol.asyncDispose]()
    t.deepEqual(x.wire(), ['BEGIN', 'ROLLBACK'])
  },
  { modes: ['async'] },
)
