/**
 * Two ways of doing one thing, side by side: A B A B … in one process, so that a noisy machine is noisy for both. The
 * figure to read is the median of the pairs' ratios; the spread says how far to believe it.
 */
export async function comparePairs(
  name: string,
  ways: { ours: Work; theirs: Work },
  options: PairOptions,
): Promise<Compared> {
  const { pairs = 9, calls, warmUp = 1500, isSync = false } = options
  const timeOurs = isSync ? timedSync : timed
  const timeTheirs = isSync === true ? timedSync : timed
  await timeOurs(ways.ours, warmUp)
  await timeTheirs(ways.theirs, warmUp)
  const ours: number[] = []
  const theirs: number[] = []
  for (let pair = 0; pair < pairs; pair++) {
    // Turn about, so that whoever goes first pays for no one else.
    if (pair % 2 === 0) ours.push(await timeOurs(ways.ours, calls))
    theirs.push(await timeTheirs(ways.theirs, calls))
    if (pair % 2 === 1) ours.push(await timeOurs(ways.ours, calls))
  }
  const ratios = ours.map((time, index) => time / (theirs[index] as number))
  const differences = ours.map((time, index) => time - (theirs[index] as number))
  return { name, ours: spread(ours), theirs: spread(theirs), ratio: spread(ratios), difference: spread(differences) }
}

export type Work = () => unknown

export interface PairOptions {
  readonly pairs?: number
  /** Calls timed together: short pairs, many of them, so that both halves of one meet the same noise. */
  readonly calls: number
  /** Calls before the first that counts: enough for the compiler to be done. */
  readonly warmUp?: number
  /** Which of the two must not be awaited, an await being a part of what is measured: both, ours, or none. */
  readonly isSync?: boolean | 'ours'
}

/** Milliseconds for one call, but for `ratio`. */
export interface Compared {
  readonly name: string
  readonly ours: Spread
  readonly theirs: Spread
  readonly ratio: Spread
  readonly difference: Spread
}

export interface Spread {
  readonly min: number
  readonly median: number
  readonly max: number
}

/** One way alone: milliseconds for one call. */
export async function measure(work: Work, { pairs = 9, calls }: PairOptions): Promise<Spread> {
  await timed(work, calls)
  const times: number[] = []
  for (let run = 0; run < pairs; run++) times.push(await timed(work, calls))
  return spread(times)
}

/** The same for work that gives no promise. */
export function measureSync(work: Work, { pairs = 9, calls }: PairOptions): Spread {
  timedSync(work, calls)
  return spread(Array.from({ length: pairs }, () => timedSync(work, calls)))
}

function timedSync(work: Work, calls: number): number {
  const start = performance.now()
  for (let call = 0; call < calls; call++) work()
  return (performance.now() - start) / calls
}

async function timed(work: Work, calls: number): Promise<number> {
  const start = performance.now()
  for (let call = 0; call < calls; call++) await work()
  return (performance.now() - start) / calls
}

export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b)
  const at = (part: number) => sorted[Math.floor((sorted.length - 1) * part)] as number
  return { min: at(0), median: at(0.5), max: at(1) }
}
