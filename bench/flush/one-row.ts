import type { PrismaClient } from '../../test/helpers/clients.js'
import { createSession } from '../built.ts'
import { spread } from '../pairs.ts'
import { printRatio } from '../print.ts'
import { collectGarbage } from './ways.ts'

const calls = 20

/** One new row flushed by a session, and one created by Prisma, in one open transaction: pairs of twenty each. */
export async function oneRow(client: PrismaClient, database: string, pairs = 101): Promise<void> {
  const ours: number[] = []
  const theirs: number[] = []
  for (let pair = -20; pair < pairs; pair++) {
    collectGarbage()
    await using s = createSession(client)
    const tx = (await s.connection()) as PrismaClient
    const flush = () => {
      s.add('User', { name: 'the one' })
      return s.flush()
    }
    const create = () => tx.user.create({ data: { name: 'the one' } })
    const isFirst = pair % 2 === 0
    const [a, b] = isFirst ? [flush, create] : [create, flush]
    for (const each of [a, b, a, b]) await each() // what a transaction costs at first
    const times = [await timedCalls(a), await timedCalls(b)]
    await s.rollback()
    if (pair < 0) continue
    ours.push(times[isFirst ? 0 : 1] as number)
    theirs.push(times[isFirst ? 1 : 0] as number)
  }
  const name = `one new row in an open transaction (${database})`
  const ratio = spread(ours.map((time, pair) => time / (theirs[pair] as number)))
  const difference = spread(ours.map((time, pair) => time - (theirs[pair] as number)))
  printRatio({ name, ours: spread(ours), theirs: spread(theirs), ratio, difference }, "Prisma's create", 1.1)
}

async function timedCalls(call: () => Promise<unknown>): Promise<number> {
  const start = performance.now()
  for (let n = 0; n < calls; n++) await call()
  return (performance.now() - start) / calls
}
