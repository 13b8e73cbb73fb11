// Thousands of sessions, used in every way and dropped, leave no transaction, no connection and no memory behind.
import type { ExecutionContext } from 'ava'
import type { DatabaseRow } from '../helpers/databases.js'
import { fixture, inBothModes, printed, times } from './runs.js'

const rounds = 40 * times
/** Bytes, of which some hundred are the machine's own ups and downs. A session that is not let go of is several thousand. */
const mostPerSession = 2000

interface Left {
  readonly perRound: number
  readonly heaps: readonly number[]
  readonly warnings: number
  readonly openTransactions: number
}

inBothModes('sessions by the thousand', soak)

async function soak(t: ExecutionContext, row: DatabaseRow, mode: string): Promise<void> {
  t.timeout(600_000)
  const database = await row.create('test')
  t.teardown(() => database.drop())
  const args = fixture('use-sessions', database.adapter, database.url, mode, String(rounds))
  const left = await printed<Left>(['--expose-gc', ...args])
  t.is(left.openTransactions, 0)
  t.is(left.warnings, 1)
  const growth = growthOf(left.heaps) / (rounds * left.perRound)
  t.log(`${rounds * left.perRound} sessions, ${growth.toFixed(0)} bytes each`)
  t.true(growth < mostPerSession, `the heap grew by ${growth} bytes a session: ${left.heaps.join(', ')}`)
}

/** By a line through the samples, of which each third's median is believed. */
function growthOf(samples: readonly number[]): number {
  const third = Math.floor(samples.length / 3)
  const median = (part: readonly number[]) => [...part].sort((a, b) => a - b)[Math.floor(part.length / 2)] as number
  return (median(samples.slice(-third)) - median(samples.slice(0, third))) * 1.5
}
