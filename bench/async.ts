/** What an asynchronous session costs beside the Prisma client it wraps. */
import { createSession, select } from '../src/index.js'
import { database } from './database.ts'
import { comparePairs, measure } from './pairs.ts'
import { micro, print, printDifference, printRatio } from './print.ts'

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
  const client = database('changes.db')
  const session = createSession(client)
  ;(await session.scalars(select('User'))).all()
  const time = await measure(() => session.flush(), { calls: 200 })
  print(`flush of ${session.identityMap.size} unchanged objects`, `${micro(time)} a call`)
  await session.close()
  await client.$disconnect()
}
