import { CheckedCalls, type Cost } from '../test/helpers/checked-calls.ts'
import { type Spread, spread } from './pairs.ts'
import { print } from './print.ts'

const pairs = 5

/**
 * What tsc takes for a file of 200 forwarded calls over 50 models, on sessions and on the client itself, and for a file of
 * the commonest verbs where the client has 302 models.
 */
export async function types(): Promise<void> {
  await checked(50, async (checker) => {
    for (const type of ['AsyncSession<PrismaClient>', 'SyncSession<PrismaClient>'] as const)
      await compare(`types: ${type}`, 1.3, (side) => checker.check(side === 'ours' ? type : 'PrismaClient'))
  })
  await checked(302, (checker) =>
    compare('types: verbs of 302 models', 2, (side) =>
      checker.checkVerbs(side === 'ours' ? 'AsyncSession<PrismaClient>' : 'PrismaClient'),
    ),
  )
}

async function checked(models: number, body: (checker: CheckedCalls) => Promise<void>): Promise<void> {
  const checker = new CheckedCalls(models)
  try {
    await checker.check('PrismaClient') // the files are in the machine's cache from here on
    await body(checker)
  } finally {
    checker.remove()
  }
}

async function compare(title: string, most: number, check: (side: 'ours' | 'theirs') => Promise<Cost>): Promise<void> {
  const ours: Cost[] = []
  const theirs: Cost[] = []
  for (let pair = 0; pair < pairs; pair++) {
    ours.push(await check('ours'))
    theirs.push(await check('theirs'))
  }
  for (const figure of ['milliseconds', 'instantiations', 'kilobytes'] as const) {
    const ratio = spread(ours.map((each, index) => each[figure] / (theirs[index]?.[figure] ?? Number.NaN)))
    const values = [ours, theirs].map((each) => spread(each.map((cost) => cost[figure])).median.toFixed(0))
    const text = `${values[0]} ${figure}, PrismaClient ${values[1]}, ratio ${shown(ratio)}`
    if (figure === 'kilobytes') print(title, text)
    else print(title, text, ratio.median <= most, `at most ${most} ×`)
  }
}

function shown({ median, min, max }: Spread): string {
  return `${median.toFixed(2)} (${min.toFixed(2)}–${max.toFixed(2)})`
}
