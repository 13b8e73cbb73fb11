// Many sessions, used in every way and dropped, leave no transaction, no connection and no memory behind.
import type { ExecutionContext } from 'ava'
import type { DatabaseRow } from '../helpers/databases.js'
import { fixture, inBothModes, isLong, printed, times } from './runs.js'

const rounds = Math.max(4, 40 * times)
/**
 * The most bytes that the heap may grow by for a session; a session that leaks takes several thousand.
 *
 * Compiled code and its caches make the heap grow for some thirty rounds. A short run interprets all code, with type
 * feedback from the first call on: then the heap stays the same to a kilobyte or two after eight rounds.
 */
const { warmUp, flags, mostPerSession } = isLong
  ? { warmUp: Math.max(25, Math.ceil(rounds / 4)), flags: [], mostPerSession: 2000 }
  : {
      warmUp: 9,
      flags: ['--no-turbofan', '--no-maglev', '--no-sparkplug', '--no-lazy-feedback-allocation'],
      mostPerSession: 500,
    }

interface Left {
  readonly perRound: number
  readonly heaps: readonly number[]
  readonly warnings: number
  readonly openTransactions: number
}

inBothModes('sessions that are closed or dropped leave nothing behind', soak)

async function soak(t: ExecutionContext, row: DatabaseRow, mode: string): Promise<void> {
  t.timeout(600_000)
  const database = await row.create('test')
  t.teardown(() => database.drop())
  const args = fixture('use-sessions', database.adapter, database.url, mode, String(rounds), String(warmUp))
  const left = await printed<Left>(['--expose-gc', ...flags, ...args])
  t.is(left.openTransactions, 0)
  t.is(left.warnings, 1)
  const growth = growthOf(left.heaps) / (rounds * left.perRound)
  t.log(`${rounds * left.perRound} sessions, ${growth.toFixed(0)} bytes each`)
  t.true(growth < mostPerSession, `the heap grew by ${growth} bytes a session: ${left.heaps.join(', ')}`)
}

/** Bytes, by a line through the medians of the first and the last third of the samples. */
function growthOf(samples: readonly number[]): number {
  const third = Math.floor(samples.length / 3)
  const median = (part: readonly number[]) => [...part].sort((a, b) => a - b)[Math.floor(part.length / 2)] as number
  return (median(samples.slice(-third)) - median(samples.slice(0, third))) * 1.5
}
