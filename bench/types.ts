import { CheckedCalls, type CheckedType } from '../test/helpers/checked-calls.ts'
import { type Spread, spread } from './pairs.ts'
import { print } from './print.ts'

const pairs = 5

/** What tsc takes for a file of 200 calls over 50 models, on sessions and on the client itself. */
export async function types(): Promise<void> {
  const checker = new CheckedCalls()
  try {
    await checker.check('PrismaClient') // the files are in the machine's cache from here on
    for (const type of ['AsyncSession<PrismaClient>', 'SyncSession<PrismaClient>'] as const)
      await compare(checker, type)
  } finally {
    checker.remove()
  }
}

async function compare(checker: CheckedCalls, type: CheckedType): Promise<void> {
  const ours: Awaited<ReturnType<CheckedCalls['check']>>[] = []
  const theirs: typeof ours = []
  for (let pair = 0; pair < pairs; pair++) {
    ours.push(await checker.check(type))
    theirs.push(await checker.check('PrismaClient'))
  }
  for (const figure of ['milliseconds', 'instantiations', 'kilobytes'] as const) {
    const ratio = spread(ours.map((each, index) => each[figure] / (theirs[index]?.[figure] ?? Number.NaN)))
    const values = [ours, theirs].map((each) => spread(each.map((cost) => cost[figure])).median.toFixed(0))
    const text = `${values[0]} ${figure}, PrismaClient ${values[1]}, ratio ${shown(ratio)}`
    if (figure === 'kilobytes') print(`types: ${type}`, text)
    else print(`types: ${type}`, text, ratio.median <= 1.3, 'at most 1.3 ×')
  }
}

function shown({ median, min, max }: Spread): string {
  return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`
}
