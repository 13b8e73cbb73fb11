// Members of a session that a program uses as its client: those it can read, call and replace.
import { setImmediate, setTimeout } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import type { ExecutionContext } from 'ava'
import type { PrismaClient as ClashClient } from '../../generated/clash/client.ts'
import { PrismaClient } from '../../generated/test/client.ts'
import { ArgumentError, createSession } from '../../src/index.js'
import type { SchemaName } from '../helpers/clients.js'
import { type DatabaseRow, databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'

setFlagsFromString('--expose-gc')
const collect = runInNewContext('gc') as () => void

async function given(t: ExecutionContext, row: (typeof databases)[number], schema: SchemaName = 'test') {
  const database = await row.create(schema)
  const client = database.connect()
  t.teardown(async () => {
    await database.release(client)
    await database.drop()
  })
  return client
}

async function collected(): Promise<void> {
  for (let turn = 0; turn < 4; turn++) {
    await setImmediate()
    collect()
  }
}

/** An application's own class of client. */
class AppClient extends PrismaClient {
  #names: string[] = []

  remember(name: string): number {
    return this.#names.push(name)
  }

  remembered(): Promise<string[]> {
    return this.#all()
  }

  countUsers() {
    return this.user.count()
  }

  async #all(): Promise<string[]> {
    return this.#names
  }
}

async function appClient(t: ExecutionContext, row: DatabaseRow): Promise<AppClient> {
  const database = await row.create('test')
  const client = new AppClient({ adapter: new PrismaBetterSqlite3({ url: database.url }) })
  t.teardown(async () => {
    await client.$disconnect()
    await database.drop()
  })
  return client
}

for (const row of databases.filter(({ name }) => name === 'better-sqlite3')) {
  testOn(row, "methods of an application's own class may read its private members, in a transaction too", async (t) => {
    await using session = createSession(await appClient(t, row))
    t.is(session.remember('a'), 1)
    await session.$transaction(async (tx) => {
      const own = tx as unknown as AppClient
      t.is(own.remember('b'), 2)
      t.deepEqual(await own.remembered(), ['a', 'b'])
    })
  })

  testOn(row, "methods of an application's own class that read no private member are in the transaction", async (t) => {
    await using session = createSession(await appClient(t, row))
    session.add('User', { name: 'pending' })
    t.is(await session.countUsers(), 1) // after an autoflush
    await session.rollback()
    t.is(await session.countUsers(), 0)
  })

  testOn(row, '$on() of a session returns the session', async (t) => {
    const client = await given(t, row)
    await using session = createSession(client)
    const listening = session as unknown as { $on(event: 'query', listener: () => void): unknown }
    const seen: unknown[] = []
    t.is(
      listening.$on('query', () => seen.push(1)),
      session,
    )
    await session.user.count()
    t.true(seen.length > 0)
  })

  testOn(row, 'a delegate or a method on its own keeps its session alive', async (t) => {
    const client = await given(t, row)
    const { user } = createSession(client)
    await user.create({ data: { name: 'a' } })
    await collected()
    t.is(await user.count(), 1) // in the same transaction
    const { commit } = createSession(client, { autobegin: false })
    await collected()
    await t.throwsAsync(() => commit(), { message: /no transaction has begun/ })
    const parent = (user as unknown as { $parent: { rollback(): Promise<void> } }).$parent
    await parent.rollback()
    const { $transaction } = createSession(client, { autobegin: false })
    await collected()
    t.is(await $transaction(async (tx) => (await tx.user.create({ data: { name: 'b' } })).name), 'b')
    t.is(await client.user.count(), 1)
  })

  testOn(row, 'a session without any reference left is rolled back', async (t) => {
    const client = await given(t, row)
    await (async () => {
      const { user, $transaction, commit } = createSession(client)
      t.true([user, $transaction, commit].every(Boolean))
      await user.create({ data: { name: 'a' } })
    })()
    await collected()
    t.is(await client.user.count(), 0)
  })

  testOn(row, "the client's own $transaction([…]) refuses calls of a session", async (t) => {
    const client = await given(t, row)
    await using session = createSession(client, { autobegin: false })
    const create = () => session.user.create({ data: { name: 'a' } })
    const error = await t.throwsAsync(async () => client.$transaction([create(), create()]), {
      instanceOf: ArgumentError,
    })
    t.regex(error?.message ?? '', /use session\.\$transaction\(\[…\]\)/)
    t.is(await client.user.count(), 0)
  })

  testOn(row, '$transaction(fn) of a session uses the transactionOptions of the client', async (t) => {
    const database = await row.create('test')
    const plain = database.connect()
    const adapter = new PrismaBetterSqlite3({ url: database.url })
    const Client = plain.constructor as new (options: object) => typeof plain
    const client = new Client({ adapter, transactionOptions: { timeout: 100 } })
    const slowly = (p: typeof plain, options?: { timeout: number }) =>
      p.$transaction(async (tx) => {
        await tx.user.count()
        await setTimeout(300)
        return tx.user.count()
      }, options)
    for (const autobegin of [true, false]) {
      await using session = createSession(client, { autobegin })
      for (const p of [client, session]) {
        await t.throwsAsync(() => slowly(p), { code: 'P2028' } as never)
        if (p === session) await session.rollback()
        t.is(await slowly(p, { timeout: 5000 }), 0)
      }
    }
    await using patient = createSession(client, { timeout: 5000 })
    t.is(await slowly(patient), 0)
    await client.$disconnect()
    await database.release(plain)
    await database.drop()
  })

  testOn(row, 'methods of a session can be replaced by spies and restored', async (t) => {
    const client = await given(t, row)
    await using session = createSession(client)
    const { findMany } = session.user
    const spy = (() => Promise.resolve('spied')) as never
    session.user.findMany = spy
    t.is(await (session.user.findMany() as Promise<unknown>), 'spied')
    t.is(session.user.findMany, spy)
    Object.defineProperty(session.user, 'findMany', { value: findMany, configurable: true, writable: true })
    t.deepEqual(await session.user.findMany(), [])
    const { commit } = session
    session.commit = spy
    t.is(await (session.commit() as Promise<unknown>), 'spied')
    session.commit = commit
    await session.commit()
    t.throws(() => Object.assign(session, { comit: spy }), { instanceOf: TypeError })
    t.throws(() => Object.assign(session, { autoflush: 'no' }), { instanceOf: TypeError })
    t.throws(() => Object.assign(session.user, { findMany: 1 }), { instanceOf: TypeError })
  })

  testOn(row, 'a method with the name of a delegate has the fields of the delegate', async (t) => {
    const client = (await given(t, row, 'clash')) as unknown as ClashClient
    await using session = createSession(client)
    const { fields } = session.transaction as unknown as ClashClient['transaction']
    t.deepEqual(Object.keys(fields), Object.keys(client.transaction.fields))
    await session.transaction.create({ data: { amount: 1 } })
    t.is(await session.transaction.count({ where: { amount: { equals: fields.amount } } }), 1)
    t.true('fields' in session.query)
  })

  testOn(row, "a session does not expose Prisma's internal methods", async (t) => {
    const client = await given(t, row)
    await using session = createSession(client, { matrix: { $executeRawUnsafe: 'notImplemented' } })
    const loose = session as unknown as Record<string, unknown>
    t.is(loose.$executeRawInternal, undefined)
    t.false('$executeRawInternal' in session)
    t.false(Object.keys(session).some((name) => name.endsWith('Internal')))
  })
}
