// Connections on which no answer comes any more, as after a failover or behind a firewall that has forgotten them.
import { fileURLToPath } from 'node:url'
import {
  type AsyncSession,
  CommitUnknownError,
  ConnectionTimeoutError,
  createSession,
  PendingRollbackError,
} from '../../src/index.js'
import { type BehindProxy, behindProxy } from '../helpers/behind-proxy.js'
import type { PrismaClient } from '../helpers/clients.js'
import { databases } from '../helpers/databases.js'
import { run } from '../helpers/project.js'
import { testOn } from '../helpers/test-on.js'

type Session = AsyncSession<PrismaClient>

const options = { closeTimeout: 100, maxWait: 20_000 }
/** Connections in a pool of the tests. */
const poolSize = 4

for (const row of databases) {
  if (row.name !== 'postgresql' && row.name !== 'mariadb') continue
  for (const verb of ['close', 'reset', 'invalidate'] as const)
    testOn(
      row,
      `${verb}() gives up a connection that is silent at ROLLBACK, and its pool replaces it [${row.name}]`,
      async (t) => {
        const { proxy, client, raw } = await behindProxy(t, row)
        const s = createSession(client, options)
        const warnings = warningsOf(s)
        for (let turn = 1; turn <= poolSize + 1; turn++) {
          s.add('User', { name: 'lost' })
          await s.flush()
          proxy.silence('before', 'ROLLBACK')
          await s[verb]()
          t.is(proxy.happened, turn)
          t.is(warnings.length, turn)
        }
        t.regex(warnings[0] ?? '', /not answered for 100 ms/)
        await requireFreePool(client)
        s.add('User', { name: 'next' })
        await s.commit()
        t.deepEqual(await names(raw), ['next'])
      },
    )

  for (const where of ['before', 'after'] as const)
    testOn(
      row,
      `close() ends a commit() that is silent ${where} it is carried out, which is unknown then [${row.name}]`,
      async (t) => {
        const { proxy, client, raw } = await behindProxy(t, row)
        const s = createSession(client, options)
        for (let turn = 1; turn <= poolSize + 1; turn++) {
          s.add('User', { name: `${turn}` })
          await s.flush()
          const silence = proxy.silence(where, 'COMMIT')
          const commit = failureOf(s.commit())
          await silence
          await s.close()
          const error = await commit
          t.true(error instanceof CommitUnknownError, String(error))
          t.true((error as Error).cause instanceof ConnectionTimeoutError)
          t.is((await names(raw)).length, where === 'after' ? turn : 0)
        }
        await requireFreePool(client)
      },
    )

  testOn(row, `close() ends a BEGIN that is silent [${row.name}]`, async (t) => {
    const { proxy, client, raw } = await behindProxy(t, row)
    const s = createSession(client, options)
    for (let turn = 1; turn <= poolSize + 1; turn++) {
      const silence = proxy.silence('before', 'BEGIN')
      const call = failureOf(s.user.count())
      await silence
      await s.close()
      t.true((await call) instanceof ConnectionTimeoutError)
    }
    await requireFreePool(client)
    s.add('User', { name: 'next' })
    await s.commit()
    t.deepEqual(await names(raw), ['next'])
  })

  for (const where of ['before', 'after'] as const)
    testOn(row, `close() ends a call that is silent ${where} it is carried out [${row.name}]`, async (t) => {
      const { proxy, client, raw } = await behindProxy(t, row)
      const s = createSession(client, options)
      for (let turn = 1; turn <= poolSize + 1; turn++) {
        s.add('User', { name: 'lost' })
        await s.flush()
        const silence = proxy.silence(where, 'silent')
        const call = failureOf(s.$queryRawUnsafe("SELECT 'silent'"))
        const waiting = failureOf(s.user.count())
        await silence
        await s.close()
        t.true((await call) instanceof ConnectionTimeoutError)
        t.truthy(await waiting)
      }
      await requireFreePool(client)
      s.add('User', { name: 'next' })
      await s.commit()
      t.deepEqual(await names(raw), ['next'])
    })

  testOn(row, `close() ends a rollback() that is silent [${row.name}]`, async (t) => {
    const { proxy, client, raw } = await behindProxy(t, row)
    const s = createSession(client, options)
    const user = s.add('User', { name: 'lost' })
    await s.flush()
    const silence = proxy.silence('after', 'ROLLBACK')
    const rollback = failureOf(s.rollback())
    await silence
    await s.close()
    t.true((await rollback) instanceof ConnectionTimeoutError)
    t.false(s.contains(user))
    await requireFreePool(client)
    s.add('User', { name: 'next' })
    await s.commit()
    t.deepEqual(await names(raw), ['next'])
  })

  testOn(
    row,
    `close() ends a read outside a transaction that is silent, and the session reads on [${row.name}]`,
    async (t) => {
      const { proxy, client } = await behindProxy(t, row)
      const s = createSession(client, { ...options, autobegin: 'write' })
      const silence = proxy.silence('after', 'User')
      const read = failureOf(s.user.count())
      await silence
      await s.close()
      t.true((await read) instanceof ConnectionTimeoutError)
      t.is(await s.user.count(), 0)
      await s.rollback()
      t.is(await s.user.count(), 0)
      proxy.cutSilent()
    },
  )

  testOn(row, `close() ends a savepoint that is silent, and the transaction around it [${row.name}]`, async (t) => {
    const { proxy, client, raw } = await behindProxy(t, row)
    const s = createSession(client, options)
    s.add('User', { name: 'outer' })
    await s.beginNested()
    const silence = proxy.silence('after', 'SAVEPOINT')
    s.add('User', { name: 'inner' })
    const flush = failureOf(s.flush())
    await silence
    await s.close()
    t.true((await flush) instanceof ConnectionTimeoutError)
    await requireFreePool(client)
    s.add('User', { name: 'next' })
    await s.commit()
    t.deepEqual(await names(raw), ['next'])
  })

  testOn(row, `close() ends a transaction(fn) whose call is silent [${row.name}]`, async (t) => {
    const { proxy, client, raw } = await behindProxy(t, row)
    const s = createSession(client, options)
    const silence = proxy.silence('before', 'silent')
    const work = failureOf(
      s.transaction(async () => {
        s.add('User', { name: 'lost' })
        await s.$queryRawUnsafe("SELECT 'silent'")
      }),
    )
    await silence
    await s.close()
    t.true((await work) instanceof ConnectionTimeoutError)
    await requireFreePool(client)
    t.deepEqual(await names(raw), [])
  })

  testOn(
    row,
    `a callback that swallows the error of a silent call is not committed, nor what it does after that [${row.name}]`,
    async (t) => {
      const { proxy, client, raw } = await behindProxy(t, row)
      const s = createSession(client, options)
      const silence = proxy.silence('before', 'silent')
      const later: unknown[] = []
      const work = failureOf(
        s.transaction(async () => {
          s.add('User', { name: 'lost' })
          await s.flush()
          later.push(await failureOf(s.$queryRawUnsafe("SELECT 'silent'")))
          later.push(await failureOf(s.user.create({ data: { name: 'after' } })))
        }),
      )
      await silence
      await s.close()
      t.true((await work) instanceof PendingRollbackError)
      t.true(later[0] instanceof ConnectionTimeoutError)
      t.true(later[1] instanceof PendingRollbackError)
      t.deepEqual(await names(raw), [])
    },
  )

  testOn(row, `close() waits for a call that answers in time, and for one after the other [${row.name}]`, async (t) => {
    const { client, raw } = await behindProxy(t, row)
    const s = createSession(client, { ...options, closeTimeout: 2000 })
    const warnings = warningsOf(s)
    const sleep = row.name === 'postgresql' ? 'SELECT pg_sleep(0.8)::text' : 'SELECT SLEEP(0.8)'
    const calls = [1, 2, 3].map(() => s.$queryRawUnsafe(sleep))
    for (const call of calls) call.then(undefined, t.fail)
    await s.close()
    await Promise.all(calls)
    t.deepEqual(warnings, [])
    t.is(await raw.user.count(), 0)
  })

  testOn(
    row,
    `a client that was connected before its first session loses the slot, and not the session [${row.name}]`,
    async (t) => {
      const { proxy, client, raw } = await behindProxy(t, row)
      await client.$connect()
      await client.user.count()
      const s = createSession(client, options)
      s.add('User', { name: 'lost' })
      await s.flush()
      proxy.silence('before', 'ROLLBACK')
      await s.close()
      s.add('User', { name: 'next' })
      await s.commit()
      t.deepEqual(await names(raw), ['next'])
      proxy.cutSilent()
    },
  )
}

for (const row of databases) {
  if (row.name !== 'postgresql' && row.name !== 'mariadb') continue
  // The proxy is in this thread, which a synchronous session would block.
  testOn(
    { ...row, mode: 'sync' },
    `close() of a synchronous session gives up a connection that is silent at ROLLBACK [${row.name}]`,
    async (t) => {
      const { proxy, raw, url } = await behindProxy(t, row)
      proxy.silence('before', 'ROLLBACK')
      const file = fileURLToPath(new URL('fixtures/close-in-silence.js', import.meta.url))
      const { stdout } = await run(process.execPath, [file, row.name, url])
      const { warnings } = JSON.parse(stdout) as { warnings: string[] }
      t.is(proxy.happened, 1)
      t.is(warnings.length, 1)
      t.deepEqual(await names(raw), ['next'])
    },
  )
}

function warningsOf(s: Session): string[] {
  const messages: string[] = []
  s.on('warning', ({ message }) => void messages.push(message))
  return messages
}

/** Sends a lazy call too, at once. */
function failureOf(work: PromiseLike<unknown>): PromiseLike<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error,
  )
}

async function names(raw: BehindProxy['raw']): Promise<string[]> {
  return (await raw.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name)
}

/** Every connection of the pool can be had at once. */
async function requireFreePool(client: PrismaClient): Promise<void> {
  const sessions = Array.from({ length: poolSize }, () => createSession(client, { maxWait: 20_000 }))
  try {
    for (const session of sessions) await session.user.count()
  } finally {
    for (const session of sessions) await session.close()
  }
}
