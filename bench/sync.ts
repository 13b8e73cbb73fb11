/** What it costs to block for a client in another thread, beside awaiting the same one in this thread. */
import { Worker } from 'node:worker_threads'
import { placeOf } from '../src/driver/sync-client.js'
import { createSyncClient } from '../src/sync.js'
import { createSession } from './built.ts'
import { database, syncDatabase, syncModule } from './database.ts'
import { NakedEcho } from './naked-echo.ts'
import { comparePairs, measureSync } from './pairs.ts'
import { micro, print, printRatio } from './print.ts'

/** Both threads have a compiler of their own to warm up. */
const warmUp = 5000

/** A question that needs no work, beside a message sent to and fro with nothing around it. */
export async function roundTrip(): Promise<void> {
  const client = createSyncClient(syncModule('round-trip.db')) // the sources, for what they do not hand out
  const connection = placeOf(client)?.connection
  const naked = new NakedEcho(new Worker(new URL('./naked-echo-worker.mjs', import.meta.url)))
  await naked.ready
  const question = { kind: 'compute', delegate: 'none', field: 'none', row: {} } as const
  const compared = await comparePairs(
    'bare round trip to the worker',
    { ours: () => connection?.ask(question), theirs: () => naked.ask(question) },
    { calls: 200, pairs: 51, isSync: true },
  )
  printRatio(compared, 'naked echo', 3)
  naked.close()
  client.close()
}

/** One row by its key: `client.user.findUnique()` blocking, beside awaiting it. */
export async function findUnique(): Promise<void> {
  const [theirs, ours] = [database('awaited.db'), syncDatabase('blocked.db')]
  const compared = await comparePairs(
    'findUnique on a synchronous client',
    {
      ours: () => ours.user.findUnique({ where: { id: 7 } }),
      theirs: () => theirs.user.findUnique({ where: { id: 7 } }),
    },
    { calls: 100, pairs: 61, warmUp, isSync: 'ours' },
  )
  printRatio(compared, 'awaited in-process', 1.4)
  ours.close()
  await theirs.$disconnect()
}

/** The same through sessions, in an open transaction: no bar here. */
export async function forwardedFindUnique(): Promise<void> {
  const [theirs, ours] = [database('awaited.db'), syncDatabase('blocked.db')]
  const [async, sync] = [createSession(theirs), createSession(ours)]
  const compared = await comparePairs(
    'forwarded findUnique on a synchronous session',
    {
      ours: () => sync.user.findUnique({ where: { id: 7 } }),
      theirs: () => async.user.findUnique({ where: { id: 7 } }),
    },
    { calls: 100, pairs: 61, warmUp, isSync: 'ours' },
  )
  printRatio(compared, 'asynchronous session')
  sync.close()
  await async.close()
  ours.close()
  await theirs.$disconnect()
}

/** A flush of 1000 new rows. */
export async function flushOfThousand(): Promise<void> {
  const [theirs, ours] = [database('flush-async.db'), syncDatabase('flush-sync.db')]
  const [async, sync] = [createSession(theirs), createSession(ours)]
  const rows = () => Array.from({ length: 1000 }, (_, index) => ({ name: `new ${index}`, kind: 'bench' }))
  const compared = await comparePairs(
    'flush of 1000 new rows on a synchronous session',
    {
      ours: () => {
        sync.addAll('User', rows())
        sync.flush()
        sync.rollback()
      },
      theirs: async () => {
        async.addAll('User', rows())
        await async.flush()
        await async.rollback()
      },
    },
    { calls: 1, pairs: 15, warmUp: 5, isSync: 'ours' },
  )
  printRatio(compared, 'asynchronous session', 1.5)
  sync.close()
  await async.close()
  ours.close()
  await theirs.$disconnect()
}

/** A thousand rows read and made entities. */
export async function readThousand(): Promise<void> {
  const [theirs, ours] = [database('read-async.db'), syncDatabase('read-sync.db')]
  const compared = await comparePairs(
    'findMany of 1000 rows on a synchronous client',
    { ours: () => ours.user.findMany(), theirs: () => theirs.user.findMany() },
    { calls: 5, pairs: 31, warmUp: 30, isSync: 'ours' },
  )
  printRatio(compared, 'awaited in-process')
  ours.close()
  await theirs.$disconnect()
}

/** `session.get()` of an object that the session holds. */
export function identityHitSync(): void {
  const client = syncDatabase('hit-sync.db')
  const session = createSession(client)
  session.getOne('User', 7)
  const time = measureSync(() => session.get('User', 7), { calls: 50_000 })
  print('identity-map hit, synchronous', `${micro(time)} a call`, time.median * 1000 <= 1, 'at most 1 µs')
  session.close()
  client.close()
}

/** A runSync of next to nothing, in a warm worker. */
export async function warmRunSync(): Promise<void> {
  const client = database('run-sync.db')
  const session = createSession(client)
  const begun = performance.now()
  await session.runSync(() => 1)
  const first = performance.now() - begun
  const times: number[] = []
  for (let run = 0; run < 50; run++) {
    const start = performance.now()
    await session.runSync((inside) => inside.user.count())
    times.push(performance.now() - start)
  }
  times.sort((a, b) => a - b)
  const [min, median, max] = [times[0] ?? 0, times[25] ?? 0, times[49] ?? 0]
  print(
    'runSync of one count in a warm worker',
    `${micro({ min, median, max })}; the first of the process ${first.toFixed(0)} ms`,
  )
  await session.close()
  await client.$disconnect()
}
