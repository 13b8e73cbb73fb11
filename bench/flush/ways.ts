import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { PrismaClient } from '../../test/helpers/clients.js'
import { type Spread, spread } from '../pairs.ts'
import type { Tx } from './by-hand.ts'

/** Milliseconds of a unit of work, and of that part of it that writes. */
export interface Times {
  readonly unit: number
  readonly flush: number
}

/** Does its work in an open transaction, takes it back, and gives the times of the work alone. */
export type Way = () => Promise<Times>

/** To be called where all is loaded and changed, and the writing begins. */
export type Mark = () => void

export interface Measured {
  readonly unit: Spread
  readonly flush: Spread
  /** The session's times in units of this way's, round by round. */
  readonly ofUnit: Spread
  readonly ofFlush: Spread
}

/** All ways in turn, round after round, each round begun by another. The first is the one that is measured by the others. */
export async function measureWays<N extends string>(
  ways: Readonly<Record<N, Way>>,
  rounds: number,
  before: () => Promise<unknown>,
): Promise<Record<N, Measured>> {
  const names = Object.keys(ways) as N[]
  const all = new Map<N, Times[]>(names.map((name) => [name, []]))
  const warmUp = 3
  // The quick ones are over before the compiler is done with them.
  for (let n = 0; n < 20; n++) for (const name of names.slice(0, 2)) await ways[name]()
  for (let round = -warmUp; round < rounds; round++) {
    for (let turn = 0; turn < names.length; turn++) {
      const name = names[(turn + round + warmUp) % names.length] as N
      await before()
      await before()
      collectGarbage() // nobody pays for what the one before has left
      const times = await ways[name]()
      if (round >= 0) all.get(name)?.push(times)
    }
  }
  const session = all.get(names[0] as N) as Times[]
  const measured = names.map((name): [N, Measured] => {
    const own = all.get(name) as Times[]
    const ratios = (part: keyof Times) =>
      spread(own.map((times, round) => (session[round] as Times)[part] / times[part]))
    const times = (part: keyof Times) => spread(own.map((each) => each[part]))
    return [name, { unit: times('unit'), flush: times('flush'), ofUnit: ratios('unit'), ofFlush: ratios('flush') }]
  })
  return Object.fromEntries(measured) as Record<N, Measured>
}

setFlagsFromString('--expose-gc')
const gc = runInNewContext('gc') as (options: { type: 'minor' }) => void

/** The young only: a full collection throws compiled code away too. */
export function collectGarbage(): void {
  gc({ type: 'minor' })
}

/** Runs and times work whose transaction is open. */
export async function timed(work: (mark: Mark) => Promise<unknown>): Promise<Times> {
  const start = performance.now()
  let marked = start
  await work(() => {
    marked = performance.now()
  })
  const end = performance.now()
  return { unit: end - start, flush: end - marked }
}

export async function timedInTransaction(
  client: PrismaClient,
  work: (tx: Tx, mark: Mark) => Promise<unknown>,
): Promise<Times> {
  let times: Times | undefined
  const done = new Error('taken back')
  const transaction = client.$transaction(
    async (tx) => {
      times = await timed((mark) => work(tx, mark))
      throw done
    },
    { timeout: 60_000 },
  )
  await transaction.catch((error) => {
    if (error !== done) throw error
  })
  return times as Times
}
