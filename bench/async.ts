/** What an asynchronous session costs beside the Prisma client it wraps. */
import { Prisma, type PrismaClient as WideClient } from '../generated/wide/client.ts'
import { databases } from '../test/helpers/databases.js'
import { createSession, select } from './built.ts'
import { database } from './database.ts'
import { comparePairs, measure } from './pairs.ts'
import { micro, milliseconds, print, printDifference, printRatio } from './print.ts'

/** `session.user.findUnique()` in an open transaction, beside the same call on Prisma's own transaction client. */
export async function forwardedCall(
  what: string,
  managed: number,
  bar: 'ratio' | 'difference' | 'paused',
): Promise<void> {
  const [theirs, ours] = [database('theirs.db'), database('ours.db')]
  const session = createSession(ours)
  if (managed > 0) (await session.scalars(select('User', { take: managed }))).all()
  await theirs.$transaction(
    async (tx) => {
      await session.user.count() // BEGIN
      const pause = bar === 'paused' ? session.noAutoflush() : undefined
      const compared = await comparePairs(
        `forwarded findUnique, ${what}`,
        {
          ours: () => session.user.findUnique({ where: { id: 7 } }),
          theirs: () => tx.user.findUnique({ where: { id: 7 } }),
        },
        { calls: 50, pairs: 101 },
      )
      pause?.[Symbol.dispose]()
      if (bar === 'difference') printDifference(compared, 'raw', 0.5)
      else printRatio(compared, 'raw', bar === 'ratio' ? 1.1 : undefined)
    },
    { timeout: 600_000 },
  )
  await session.close()
  await Promise.all([theirs.$disconnect(), ours.$disconnect()])
}

/** `await session.get()` of an object that the session holds. */
export async function identityHit(): Promise<void> {
  const client = database('hit.db')
  const session = createSession(client)
  await session.getOne('User', 7)
  const time = await measure(() => session.get('User', 7), { calls: 20_000 })
  print('identity-map hit, awaited', `${micro(time)} a call`, time.median * 1000 <= 2, 'at most 2 µs')
  await session.close()
  await client.$disconnect()
}

/** What autoflush has to look at: no bar here, it explains the figures above. */
export async function changeDetection(): Promise<void> {
  const row = databases.find(({ name }) => name === 'better-sqlite3') as (typeof databases)[number]
  const data = await row.create('wide')
  const client = data.connect() as unknown as WideClient
  const session = createSession(client)
  const objects = Array.from({ length: 10_000 }, (_, id) => session.attach('Eight', eight(id)))
  const unchanged = await measure(() => session.flush(), { calls: 10, pairs: 15 })
  print('flush of 10000 unchanged objects', milliseconds(unchanged), unchanged.median <= 5, 'under 5 ms')
  for (const object of objects) object.name += ' anew'
  const changed = await measure(() => session.explain(), { calls: 1, pairs: 15 })
  print('10000 changed objects: what a flush would send', milliseconds(changed), changed.median <= 50, 'under 50 ms')
  session.expungeAll()
  await session.close()
  await data.release(client as never)
  await data.drop()
}

/** What can be changed in place, at any depth, has to be looked at as a whole before each query. */
export async function largeValues(): Promise<void> {
  const client = database('large.db')
  const items = Array.from({ length: 600 }, (_, id) => ({ id, name: `item ${id}`, ok: true, count: id * 2 }))
  const values = {
    '30 kB of Json': () => ({ json: JSON.parse(JSON.stringify({ items })) }),
    '100 kB of Bytes': () => ({ bytes: new Uint8Array(100_000).fill(7) }),
  }
  for (const [what, value] of Object.entries(values)) {
    const session = createSession(client)
    for (let id = 0; id < 500; id++) session.attach('Everything', { ...nothing, id: BigInt(id), ...value() })
    const unchanged = await measure(() => session.flush(), { calls: 3, pairs: 15 })
    print(
      `flush of 500 unchanged objects, each with ${what}`,
      milliseconds(unchanged),
      unchanged.median <= 20,
      'under 20 ms',
    )
    session.expungeAll()
    await session.close()
  }
  await client.$disconnect()
}

const nothing = {
  int: null,
  float: null,
  decimal: null,
  bool: null,
  text: null,
  at: null,
  bytes: null,
  json: null,
  mood: null,
}

function eight(id: number) {
  const [count, big, price, at] = [id * 2, BigInt(id) ** 3n, new Prisma.Decimal(id).div(100), new Date(id * 1e6)]
  return { id, name: `name ${id}`, kind: 'plain', count, done: id % 2 === 0, big, price, at }
}
