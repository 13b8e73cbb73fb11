// The arguments that a synchronous client refuses, its `$transaction(fn)`, and the messages it sends to its worker.
import { setImmediate } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Worker } from 'node:worker_threads'
import test, { type ExecutionContext } from 'ava'
import { BlockingEnd } from '../../src/bridge/blocking-end.js'
import { ArgumentError, createSession, NotImplementedError, ResourceClosedError } from '../../src/index.js'
import { createSyncClient, type SyncPrismaClient } from '../../src/sync.js'
import type { PrismaClient } from '../helpers/clients.js'
import { databases } from '../helpers/databases.js'
import { run, shortLived } from '../helpers/project.js'
import { testOn } from '../helpers/test-on.js'

type Plain = SyncPrismaClient<PrismaClient>
type Loose = Record<string, (...args: unknown[]) => unknown>

const loose = (object: object) => object as unknown as Loose

/** By database and export. Starting a worker takes longer than a test does: tests share one, and begin without rows. */
const clients = new Map<string, Plain>()

async function opened(row: (typeof databases)[number], name: 'plain' | 'prisma'): Promise<Plain> {
  const key = `${row.name} ${name}`
  const client = clients.get(key) ?? (await started(row, name))
  clients.set(key, client)
  client.post.deleteMany()
  client.user.deleteMany()
  client.doc.deleteMany()
  client.code.deleteMany()
  return client
}

async function started(row: (typeof databases)[number], name: 'plain' | 'prisma'): Promise<Plain> {
  const { adapter, url } = await row.create('test')
  const search = `?adapter=${adapter}&url=${encodeURIComponent(url)}`
  const client = createSyncClient(new URL(`./fixtures/faulty.js${search}`, import.meta.url), { export: name })
  return client as unknown as Plain
}

test.serial('createSyncClient() refuses wrong arguments without starting a worker', async (t) => {
  await setImmediate()
  const workers: Worker[] = []
  const seen = (worker: Worker) => workers.push(worker)
  process.on('worker', seen)
  t.teardown(() => process.off('worker', seen))
  const make = createSyncClient as unknown as (...args: unknown[]) => unknown
  for (const module of [
    undefined,
    null,
    5,
    {},
    '',
    'db.ts',
    './db.ts',
    '../db.ts',
    'https://example.org/db.js',
    () => 1,
  ])
    t.throws(() => make(module), { instanceOf: ArgumentError, code: 'ARGUMENT', message: /URL or the absolute path/ })
  const good = new URL('./fixtures/faulty.js', import.meta.url)
  const refused: [options: unknown, message: RegExp][] = [
    [null, /the options of createSyncClient\(\) are an object/],
    [5, /the options of createSyncClient\(\) are an object/],
    [[], /the options of createSyncClient\(\) are an object/],
    ['prisma', /the options of createSyncClient\(\) are an object/],
    [{ timeout: 5 }, /no option 'timeout': use export, callTimeout, startTimeout/],
    [{ export: 5 }, /option export is the name/],
    [{ export: '' }, /option export is the name/],
  ]
  for (const name of ['callTimeout', 'startTimeout'])
    for (const value of [0, -1, Number.NaN, '500', null, true])
      refused.push([{ [name]: value }, new RegExp(`option ${name} cannot be ${value}: use milliseconds above 0`)])
  for (const [options, message] of refused)
    t.throws(() => make(good, options), { instanceOf: ArgumentError, message }, JSON.stringify(options))
  await setImmediate()
  t.deepEqual(workers, [])
})

for (const row of databases) {
  testOn(
    row,
    `a synchronous client refuses $extends, $on and the array form of $transaction [${row.name}]`,
    async (t) => {
      const client = await opened(row, 'plain')
      for (const name of ['$extends', '$on'])
        t.throws(() => loose(client)[name]?.({}), {
          instanceOf: NotImplementedError,
          code: 'NOT_IMPLEMENTED',
          message: /in the module that createSyncClient\(\) loads$/,
        })
      t.throws(() => loose(client).$transaction?.([]), {
        instanceOf: NotImplementedError,
        message: /use \$transaction\(fn\)$/,
      })
      for (const work of [undefined, null, 5, {}])
        t.throws(() => loose(client).$transaction?.(work), { instanceOf: ArgumentError, message: /takes a function/ })
      for (const options of [5, null, 'Serializable', []])
        t.throws(() => loose(client).$transaction?.(() => 1, options), {
          instanceOf: ArgumentError,
          message: /the options of \$transaction\(\) are an object/,
        })
      t.false('then' in client)
      client.$transaction((tx) => {
        for (const name of ['$extends', '$on', '$connect', '$disconnect', 'close']) t.false(name in tx, name)
        t.throws(() => loose(tx).$transaction?.([]), { instanceOf: NotImplementedError })
      })
    },
  )

  for (const name of ['plain', 'prisma'] as const) {
    testOn(row, `$transaction(fn) inside $transaction(fn) is a savepoint [${row.name}, ${name}]`, async (t) => {
      const client = await opened(row, name)
      const mine = new RangeError('mine')
      const answer = client.$transaction((tx) => {
        tx.user.create({ data: { name: 'outer' } })
        t.is(
          t.throws(() =>
            tx.$transaction((inner) => {
              inner.user.create({ data: { name: 'undone' } })
              t.is(inner.user.count(), 2)
              throw mine
            }),
          ),
          mine,
        )
        t.is(tx.user.count(), 1)
        const value = tx.$transaction((inner) => {
          inner.user.create({ data: { name: 'inner' } })
          inner.$transaction((innermost) => innermost.user.create({ data: { name: 'innermost' } }))
          return 'value'
        })
        t.is(tx.user.count(), 3)
        return value
      })
      t.is(answer, 'value')
      const names = () => client.user.findMany({ orderBy: { id: 'asc' } }).map((user) => user.name)
      t.deepEqual(names(), ['outer', 'inner', 'innermost'])
      const undone = t.throws(() =>
        client.$transaction((tx) => {
          tx.$transaction((inner) => inner.user.deleteMany())
          throw mine
        }),
      )
      t.is(undone, mine)
      t.deepEqual(names(), ['outer', 'inner', 'innermost'])
    })
  }

  testOn(
    row,
    `$transaction(fn) rejects a callback that returns a promise, and rolls back its work [${row.name}]`,
    async (t) => {
      const client = await opened(row, 'plain')
      const expected = { instanceOf: ArgumentError, message: /returns no promise.*: make it synchronous$/ }
      const late: unknown[] = []
      const unhandled = (error: unknown) => late.push(error)
      process.on('unhandledRejection', unhandled)
      t.teardown(() => process.off('unhandledRejection', unhandled))
      t.throws(
        () =>
          client.$transaction(async (tx) => {
            tx.user.create({ data: { name: 'lost' } })
            await setImmediate()
            tx.user.create({ data: { name: 'too late' } })
          }),
        expected,
      )
      t.is(client.user.count(), 0)
      // A savepoint is rolled back as well, and the transaction around it goes on.
      client.$transaction((tx) => {
        tx.user.create({ data: { name: 'kept' } })
        t.throws(() => tx.$transaction(async (inner) => inner.user.create({ data: { name: 'lost' } })), expected)
      })
      await setImmediate()
      await setImmediate()
      t.deepEqual(
        client.user.findMany().map((user) => user.name),
        ['kept'],
      )
      t.deepEqual(late, [])
    },
  )

  testOn(row, `a transaction's client cannot be used after its end [${row.name}]`, async (t) => {
    const client = await opened(row, 'plain')
    const expected = {
      instanceOf: ResourceClosedError,
      code: 'RESOURCE_CLOSED',
      message: /this transaction has ended, and its client with it: use the client of an open one/,
    }
    let inner: Plain | undefined
    const outer = client.$transaction((tx) => {
      inner = tx.$transaction((nested) => nested) as unknown as Plain
      t.throws(() => inner?.user.count(), expected)
      t.is(tx.user.count(), 0)
      return tx as unknown as Plain
    })
    t.throws(() => outer.user.create({ data: { name: 'lost' } }), expected)
    t.throws(() => outer.$transaction(() => 1), expected)
    t.throws(() => createSession(outer).user.count(), expected)
    t.throws(() => inner?.user.count(), expected)
    t.is(client.user.count(), 0)
  })

  testOn(row, `$transaction(fn) passes its options to Prisma and throws its errors [${row.name}]`, async (t) => {
    const client = await opened(row, 'plain')
    // Prisma has this level, these databases do not.
    t.throws(() => client.$transaction(() => 1, { isolationLevel: 'Snapshot' } as object), { code: 'P2028' })
    t.throws(() => client.$transaction(() => 1, { timeout: 0 }), { code: 'P2028' })
    client.user.create({ data: { name: 'a', email: 'taken' } })
    t.throws(
      () =>
        client.$transaction((tx) => {
          tx.user.create({ data: { name: 'b' } })
          tx.user.create({ data: { name: 'c', email: 'taken' } })
        }),
      { code: 'P2002' },
    )
    t.is(client.user.count(), 1)
    client.$disconnect()
    t.is(client.user.count(), 1) // it connects again
  })
}

/** Counts the messages that go to a worker during a piece of work. */
function messageCounter(t: ExecutionContext): (work: () => unknown) => number {
  const { ask } = BlockingEnd.prototype
  let count = 0
  BlockingEnd.prototype.ask = function (...args) {
    count++
    return Reflect.apply(ask, this, args)
  }
  t.teardown(() => {
    BlockingEnd.prototype.ask = ask
  })
  return (work) => {
    const before = count
    work()
    return count - before
  }
}

for (const name of ['plain', 'prisma'] as const) {
  test.serial(`a session sends one message to the worker for each statement [${name}]`, async (t) => {
    const client = await opened(databases[0], name)
    const during = messageCounter(t)
    const s = createSession(client)
    // What each table's triggers do is asked once for a client.
    for (const [model, data] of [
      ['User', { name: 'u', posts: [{ title: 'p' }] }],
      ['Doc', { version: 1, body: 'a' }],
      ['Code', { code: 'Z', label: 'z' }],
    ] as const)
      s.add(model, data as never)
    s.flush()
    s.rollback()
    const users = s.addAll(
      'User',
      Array.from({ length: 50 }, (_, n) => ({ name: `user ${n}`, posts: [{ title: `post ${n}` }] })),
    )
    const doc = s.add('Doc', { version: 1, body: 'a' })
    t.is(
      during(() => s.flush()),
      // BEGIN, users, posts, the document; Prisma's own operation for several new rows stands in a savepoint
      name === 'plain' ? 4 : 8,
    )
    t.is(s.user.count(), 50)
    for (const user of users) user.kind = 'changed'
    s.delete(doc)
    s.add('Code', { code: 'A', label: 'a' })
    t.is(
      during(() => s.flush()),
      3, // the users, the code, the document
    )
    t.is(
      during(() => s.flush()),
      0,
    )
    const [user] = users
    if (!user) return t.fail('no user')
    t.is(
      during(() => s.get('User', user.id)),
      0,
    )
    t.is(
      during(() => s.commit()),
      1,
    )
    s.expireAll()
    t.is(
      during(() => `${user.name} ${user.kind}`),
      2, // BEGIN, and the row
    )
    t.is(
      during(() => s.user.findMany({ include: { posts: true } })),
      1,
    )
    t.is(
      during(() =>
        s.getMany(
          'User',
          users.map(({ id }) => id),
        ),
      ),
      1,
    )
    t.is(
      during(() => s.explain()),
      0,
    )
    t.is(
      during(() => s.rollback()),
      1,
    )
    t.is(
      during(() => s.close()),
      0,
    )
  })
}

test.serial('a savepoint that rolls back also undoes the savepoint inside it', async (t) => {
  const client = await opened(databases[0], 'plain')
  const names = client.$transaction((tx) => {
    t.throws(
      () =>
        tx.$transaction((middle) => {
          middle.$transaction((inner) => inner.user.create({ data: { name: 'x' } }))
          throw new Error('no')
        }),
      { message: 'no' },
    )
    return tx.user.findMany().map(({ name }) => name)
  })
  t.deepEqual(names, [])
})

test.serial("two sessions over one transaction's client each undo only their own work", async (t) => {
  const client = await opened(databases[0], 'plain')
  const names = client.$transaction((tx) => {
    const [one, two] = [createSession(tx), createSession(tx)]
    one.add('User', { name: 'one' })
    one.flush()
    two.add('User', { name: 'two' })
    two.flush()
    two.rollback()
    one.commit()
    return tx.user.findMany().map(({ name }) => name)
  })
  t.deepEqual(names, ['one'])
})

test.serial(
  'a default export is used as the client although one of its models is named like another export',
  async (t) => {
    const database = await databases[0].create('test')
    t.teardown(() => database.drop())
    const search = `?adapter=${database.adapter}&url=${encodeURIComponent(database.url)}`
    using client = createSyncClient<PrismaClient>(new URL(`./fixtures/default-client.js${search}`, import.meta.url))
    t.is(client.user.count(), 0)
  },
)

test.serial('a worker writes all of its output into a pipe', async (t) => {
  const script = fileURLToPath(new URL('./fixtures/loud.js', import.meta.url))
  const { stdout } = await run(process.execPath, [shortLived, script], {
    maxBuffer: 10_000_000,
    timeout: 30_000,
  })
  t.is(stdout.length, 400_006)
  t.true(stdout.endsWith('\nhi\n0\n'))
})
