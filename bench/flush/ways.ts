import type { PrismaClient } from '../../test/helpers/databases.js'
import { type Spread, spread } from '../pairs.ts'
import type { Tx } from './by-hand.ts'

/** Does its work in an open transaction, takes it back, and gives the milliseconds of the work alone. */
export type Way = () => Promise<number>

/** Milliseconds of each way, and each way's part of the first's, round by round. */
export interface Measured {
  readonly time: Spread
  /** The first way's time in units of this one's. */
  readonly ratio: Spread
}

/** All ways in turn, round after round, each round begun by another. */
export async function measureWays(ways: Readonly<Record<string, Way>>, rounds: number): Promise<Record<string, Measured>> {
  const names = Object.keys(ways)
  const times = new Map<string, number[]>(names.map((name) => [name, []]))
  for (let round = -2; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round + 2) % names.length] as string
      const time = await (ways[name] as Way)()
      if (round >= 0) times.get(name)?.push(time)
    }
  }
  const first = times.get(names[0] as string) as number[]
  const measured = names.map((name) => {
    const own = times.get(name) as number[]
    const ratios = first.map((time, round) => time / (own[round] as number))
    return [name, { time: spread(own), ratio: spread(ratios) }]
  })
  return Object.fromEntries(measured)
}

export async function timedInTransaction(client: PrismaClient, work: (tx: Tx) => Promise<unknown>): Promise<number> {
  let time = 0
  const done = new Error('taken back')
  const transaction = client.$transaction(
    async (tx) => {
      const start = performance.now()
      await work(tx)
      time = performance.now() - start
      throw done
    },
    { timeout: 60_000 },
  )
  await transaction.catch((error) => {
    if (error !== done) throw error
  })
  return time
}
