// The clients a session takes: without schema text, of unsupported databases, and transaction clients from outside.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { getDMMF } from '@prisma/get-dmmf'
import {
  createSession,
  inspect,
  ModelMetadataError,
  NotImplementedError,
  SessionError,
  select,
} from '../../src/index.js'
import { behaviour, inClientTransaction } from '../helpers/conformance.ts'
import { root } from '../helpers/project.js'
import { catching, inOrder, noting, refused } from '../helpers/steps.ts'

const inProcess = { modes: ['async'] } as const

/** The client, with some of its members answered otherwise. */
function disguised<C extends object>(client: C, members: Record<string, unknown>): C {
  return new Proxy(client, {
    get: (target, name) => (typeof name === 'string' && name in members ? members[name] : Reflect.get(target, name)),
    has: (target, name) => (typeof name === 'string' && name in members) || Reflect.has(target, name),
  })
}

function engineConfig(client: object): object {
  return (client as { _engineConfig: object })._engineConfig
}

behaviour(
  'a client without its schema text causes a ModelMetadataError that names options.models',
  async (t, x) => {
    const bare = disguised(x.client, { _engineConfig: { ...engineConfig(x.client), inlineSchema: undefined } })
    const error = await refused(t, () => inOrder(() => createSession(bare).get('User', 1)), {
      instanceOf: ModelMetadataError,
    })
    t.regex(error.message, /options\.models/)
    t.true(error instanceof SessionError)
    t.deepEqual(x.ops(), [])
  },
  inProcess,
)

behaviour(
  'a client with a schema text that cannot be parsed causes a ModelMetadataError that names options.models',
  async (t, x) => {
    const broken = disguised(x.client, { _engineConfig: { ...engineConfig(x.client), inlineSchema: 'model {' } })
    const error = await refused(t, () => inOrder(() => createSession(broken).get('User', 1)), {
      instanceOf: ModelMetadataError,
    })
    t.regex(error.message, /options\.models/)
  },
  inProcess,
)

behaviour(
  'options.models replaces a missing schema text',
  async (t, x) => {
    const bare = disguised(x.client, { _engineConfig: { ...engineConfig(x.client), inlineSchema: undefined } })
    const document = getDMMF({ datamodel: readFileSync(join(root, 'prisma/test.prisma'), 'utf8') })
    if (!('datamodel' in document)) throw document.error
    const s = createSession(bare, { models: document.datamodel })
    const user = s.add('User', { name: 'a', posts: [{ title: 'one' }] })
    await s.commit()
    t.is(inspect(user).state, 'persistent')
    t.is((await s.scalars(select('Post'))).one().authorId, user.id)
    await s.close()
  },
  inProcess,
)

behaviour('options.models overrides the schema text', async (t, x) => {
  const schema = `
datasource db {
  provider = "sqlite"
}

model Doc {
  id      Int    @id @default(autoincrement())
  version Int
  body    String
}`
  const document = getDMMF({ datamodel: schema })
  if (!('datamodel' in document)) throw document.error
  const s = createSession(x.client, { models: document.datamodel })
  t.throws(() => s.add('User', { name: 'a' }), { instanceOf: SessionError, message: /User/ })
  s.add('Doc', { version: 1, body: 'a' })
  await s.commit()
  t.is(await x.raw.doc.count(), 1)
  await s.close()
})

behaviour('options.models of another type is refused', async (t, x) => {
  await refused(t, () => createSession(x.client, { models: { models: 'none' } }), { instanceOf: SessionError })
})

for (const [what, change, reason] of [
  ['relationMode: "prisma"', { inlineSchema: 'relationMode' }, /relationMode/],
  ['an adapter that nothing is known of', { adapter: { adapterName: 'adapter-of-mine' } }, /adapter-of-mine/],
  ['no adapter that tells its name', { adapter: {} }, /without a known adapter/],
] as const)
  behaviour(
    `a client with ${what} is written to through Prisma's own operations`,
    async (t, x) => {
      const config = engineConfig(x.client) as { inlineSchema: string }
      const inlineSchema = config.inlineSchema.replace(/(?<=provider = ".*"\n)/, '  relationMode = "prisma"\n')
      const changed = 'inlineSchema' in change ? { inlineSchema } : change
      const document = getDMMF({ datamodel: config.inlineSchema })
      if (!('datamodel' in document)) throw document.error
      const client = disguised(x.client, { _engineConfig: { ...config, ...changed } })
      const s = createSession(client, { models: document.datamodel })
      t.teardown(async () => void (await s.close()))
      const user = s.add('User', { name: 'ada', posts: [{ title: 'one' }] })
      const plan = s.explain()
      t.deepEqual(
        plan.map(({ way }) => way),
        ['prisma', 'prisma'],
      )
      t.regex(plan[0]?.reason ?? '', reason)
      await s.commit()
      t.is((await x.raw.post.findFirstOrThrow()).authorId, user.id)
      t.deepEqual(
        x.ops().map(({ operation }) => operation),
        ['create', 'create'],
      )
    },
    inProcess,
  )

behaviour(
  'a server of MySQL, which has no RETURNING, is written to through Prisma’s own operations',
  async (t, x) => {
    // Says of itself what MySQL says.
    const asMysql = <C extends object>(client: C): C =>
      disguised(client, {
        $queryRawUnsafe: (sql: string, ...values: unknown[]) =>
          sql.includes('VERSION()')
            ? Promise.resolve([{ version: '8.4.3' }])
            : (client as unknown as typeof x.client).$queryRawUnsafe(sql, ...values),
        $transaction: (body: (tx: object) => unknown, options: object) =>
          (client as unknown as { $transaction(...args: unknown[]): unknown }).$transaction(
            (tx: object) => body(asMysql(tx)),
            options,
          ),
        _engineConfig: { ...engineConfig(x.client) },
      })
    const s = createSession(asMysql(x.client))
    t.teardown(async () => void (await s.close()))
    const user = s.add('User', { name: 'ada' })
    await s.flush()
    t.deepEqual(
      x.ops().map(({ operation }) => operation),
      ['create'],
    )
    user.name = 'bea'
    t.regex(s.explain()[0]?.reason ?? '', /RETURNING/)
    await s.commit()
    t.is((await x.raw.user.findFirstOrThrow()).name, 'bea')
  },
  { ...inProcess, databases: ['mariadb'] },
)

behaviour(
  'MongoDB is refused at construction',
  async (t, x) => {
    const mongo = disguised(x.client, {
      _activeProvider: 'mongodb',
      _engineConfig: { ...engineConfig(x.client), activeProvider: 'mongodb' },
    })
    const error = t.throws(() => createSession(mongo), { instanceOf: NotImplementedError })
    t.regex(error?.message ?? '', /mongodb/i)
    t.regex(error?.message ?? '', /transaction/i)
  },
  inProcess,
)

behaviour(
  'Cloudflare D1 is refused at construction',
  async (t, x) => {
    const adapter = {
      provider: 'sqlite',
      adapterName: '@prisma/adapter-d1',
      connect: () => Promise.reject(new Error('never')),
    }
    const d1 = disguised(x.client, { _engineConfig: { ...engineConfig(x.client), adapter } })
    const error = t.throws(() => createSession(d1), { instanceOf: NotImplementedError })
    t.regex(error?.message ?? '', /D1/)
    t.regex(error?.message ?? '', /transaction/i)
  },
  inProcess,
)

for (const [title, client] of [
  ['null', null],
  ['undefined', undefined],
  ['a string', 'file:./db.sqlite'],
  ['a plain object', {}],
  ['a function', () => {}],
  ['a promise', Promise.resolve({})],
] as const) {
  behaviour(
    `${title} in place of a client is refused at construction`,
    async (t) => {
      t.throws(() => createSession(client as never), { instanceOf: SessionError })
    },
    inProcess,
  )
}

behaviour('commit() on an external transaction client writes but does not end the transaction', async (t, x) => {
  const seen: unknown[] = []
  await inClientTransaction(x, (tx) => {
    const s = createSession(tx)
    s.add('User', { name: 'a' })
    let second: { id: number } | undefined
    return inOrder(
      () => s.commit(),
      () =>
        t.deepEqual(
          x.wire().filter((word) => word === 'COMMIT'),
          [],
        ),
      () => noting(seen, tx.user.count()),
      () => {
        second = s.add('User', { name: 'b' })
      },
      () => s.commit(),
      () => noting(seen, s.get('User', second?.id ?? 0)),
      () => t.is(seen.pop(), second),
      () => s.close(),
    )
  })
  t.deepEqual(seen, [1])
  t.is(x.wire().filter((word) => word === 'BEGIN').length, 1)
  t.is(x.wire().at(-1), 'COMMIT')
  t.is(await x.raw.user.count(), 2)
})

behaviour('a throw in an external transaction undoes what the session committed', async (t, x) => {
  const mistake = new Error('from outside')
  const work = () =>
    inClientTransaction(x, (tx) => {
      const s = createSession(tx)
      s.add('User', { name: 'a' })
      return inOrder(
        () => s.commit(),
        () => {
          throw mistake
        },
      )
    })
  t.is(await refused(t, work), mistake)
  t.is(await x.raw.user.count(), 0)
})

behaviour('rollback() on an external transaction client undoes what the session wrote', async (t, x) => {
  const states: string[] = []
  const work = async () => {
    await inClientTransaction(x, (tx) => {
      const s = createSession(tx)
      const user = s.add('User', { name: 'undone' })
      return inOrder(
        () => s.flush(),
        () => s.rollback(),
        () => states.push(inspect(user).state),
      )
    })
  }
  await Promise.allSettled([work()])
  t.deepEqual(states, ['transient'])
  t.is(await x.raw.user.count({ where: { name: 'undone' } }), 0)
})

behaviour('transaction(fn) on an external transaction client is a savepoint that a throw undoes', async (t, x) => {
  const mistake = new Error('inside')
  const errors: unknown[] = []
  await inClientTransaction(x, (tx) => {
    const s = createSession(tx)
    s.add('User', { name: 'kept' })
    return inOrder(
      () => s.flush(),
      catching(errors, () =>
        s.transaction(() =>
          inOrder(
            () => s.add('User', { name: 'undone' }),
            () => s.flush(),
            () => {
              throw mistake
            },
          ),
        ),
      ),
      () => s.transaction(() => void s.add('User', { name: 'too' })),
      () => s.commit(),
    )
  })
  t.deepEqual(errors, [mistake])
  t.is(x.wire().filter((word) => word === 'BEGIN').length, 1)
  t.deepEqual(
    (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map((user) => user.name),
    ['kept', 'too'],
  )
})

behaviour('close() on an external transaction client leaves the transaction to its owner', async (t, x) => {
  const seen: unknown[] = []
  await inClientTransaction(x, (tx) => {
    const s = createSession(tx)
    return inOrder(
      () => tx.user.create({ data: { name: 'theirs' } }),
      () => noting(seen, s.user.count()),
      () => s.close(),
      () => noting(seen, tx.user.count()),
    )
  })
  t.deepEqual(seen, [1, 1])
  t.is(x.wire().at(-1), 'COMMIT')
  t.is(await x.raw.user.count(), 1)
})

behaviour(
  'a session on an external transaction client fails and does not hang after the transaction has ended',
  async (t, x) => {
    const kept: (typeof x.client)[] = []
    await inClientTransaction(x, (tx) => inOrder(() => kept.push(tx)))
    const s = createSession(kept[0] as typeof x.client)
    s.add('User', { name: 'a' })
    await refused(t, () => s.flush())
    t.is(await x.raw.user.count(), 0)
  },
)
