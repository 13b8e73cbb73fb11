// connection() and getBind(): the clients under a session.
import { createSession, inspect, ResourceClosedError } from '../../src/index.js'
import { behaviour, inSync } from '../helpers/conformance.js'

interface Raw {
  $queryRawUnsafe(sql: string): Promise<{ n: bigint | number }[]>
}

behaviour('connection() begins a transaction and returns the transaction client in use', async (t, x) => {
  const connection = await x.s.connection()
  t.deepEqual(x.wire(), ['BEGIN'])
  t.true(x.s.inTransaction())
  t.not(connection, x.client)
  t.is(await x.s.connection(), connection)
  await x.s.user.count()
  x.s.add('User', { name: 'a' })
  await x.s.flush()
  t.is(await x.s.connection(), connection)
  t.deepEqual(x.wire(), ['BEGIN'])
})

behaviour('raw calls on connection() see flushed rows and do not autoflush', async (t, x) => {
  x.s.add('User', { name: 'flushed' })
  await x.s.flush()
  const pending = x.s.add('User', { name: 'pending' })
  const connection = (await x.s.connection()) as Raw
  t.is(inspect(pending).state, 'pending')
  const [row] = await connection.$queryRawUnsafe('SELECT count(*) AS n FROM "User"')
  t.is(Number(row?.n), 1)
  t.is(inspect(pending).state, 'pending')
  t.is(await x.raw.user.count(), 0)
})

behaviour('rollback undoes what was written through connection()', async (t, x) => {
  const connection = (await x.s.connection()) as typeof x.client
  await connection.user.create({ data: { name: 'a' } })
  await x.s.rollback()
  t.is(await x.raw.user.count(), 0)
})

behaviour(
  'connection() of a synchronous session returns one object per transaction, closed when it ends',
  async (t, x) => {
    const s = inSync(x.s)
    const connection = s.connection() as unknown as ReturnType<typeof inSync>
    t.is((connection as { then?: unknown }).then, undefined)
    t.is(connection.user.create({ data: { name: 'a' } }).name, 'a')
    t.is(connection.user.count(), 1)
    t.deepEqual(connection.$queryRawUnsafe('SELECT "name" FROM "User"'), [{ name: 'a' }])
    s.begin({ nested: true })
    s.user.count()
    s.add('User', { name: 'b' })
    s.flush()
    t.is((s.connection() as unknown as typeof connection).user.count(), 2)
    s.getNestedTransaction()?.rollback()
    t.is<unknown, unknown>(s.connection(), connection)
    t.is(connection.user.count(), 1)
    s.commit()
    t.throws(() => connection.user.count(), { instanceOf: ResourceClosedError, message: /has ended/ })
    const next = s.connection()
    t.not<unknown, unknown>(next, connection)
    t.is(await x.raw.user.count(), 1)
  },
  { modes: ['sync'] },
)

behaviour('a session over the connection of another session works inside its transaction', async (t, x) => {
  const outer = x.s
  outer.add('User', { name: 'outer' })
  await outer.flush()
  const inner = createSession((await outer.connection()) as typeof x.client)
  inner.add('User', { name: 'inner' })
  await inner.commit()
  t.is(await outer.user.count(), 2)
  await inner.close()
  t.is(await x.raw.user.count(), 0)
  await outer.rollback()
  t.is(await x.raw.user.count(), 0)
})

behaviour('getBind() returns the given client and sends nothing', async (t, x) => {
  t.is(x.s.getBind(), x.client)
  t.false(x.s.inTransaction())
  await x.s.user.count()
  t.is(x.s.getBind(), x.client)
  await x.s.rollback()
  x.clear()
  x.s.getBind()
  t.deepEqual(x.ops(), [])
  t.deepEqual(x.wire(), [])
})
