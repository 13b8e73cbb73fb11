// What a process warns of on its own stderr, where no listener does.
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { run, shortLived } from '../helpers/project.js'

const file = fileURLToPath(new URL('fixtures/unfinished.js', import.meta.url))

interface Ended {
  readonly stdout: string
  readonly stderr: string
  readonly code?: number
}

function end(way: string, env: object = {}): Promise<Ended> {
  const options = { env: { ...process.env, ...env } }
  return run(process.execPath, [shortLived, file, way], options).catch((error: Ended) => error)
}

const told: Readonly<Record<string, RegExp>> = {
  pending: /PrismaSessionWarning: A session ended with work that was not committed: 1 new \(User\)/,
  exit: /PrismaSessionWarning: A session ended with work that was not committed: 1 new \(User\)/,
  using: /PrismaSessionWarning: A session ended with work that was not committed: 1 new \(Post\)/,
  late: /PrismaSessionWarning: User 1 was changed after its session ended/,
  'late, exit': /PrismaSessionWarning: User 1 was changed after its session ended/,
}

for (const [way, warning] of Object.entries(told)) {
  test(`the process warns once of what is unfinished at its end [${way}]`, async (t) => {
    const { stderr, code } = await end(way)
    t.regex(stderr, warning)
    t.is(stderr.match(/PrismaSessionWarning/g)?.length, 1)
    t.is(code ?? 0, way === 'exit' ? 3 : 0)
  })

  test(`in production it does not [${way}]`, async (t) => {
    t.is((await end(way, { NODE_ENV: 'production' })).stderr, '')
  })
}

test('a session that was rolled back is no cause for a warning at the end of the process', async (t) => {
  t.is((await end('finished')).stderr, '')
})

for (const NODE_ENV of ['production', 'development'])
  test(`a listener is told at the end of the process [${NODE_ENV}]`, async (t) => {
    t.regex((await end('listener', { NODE_ENV })).stdout, /^A session ended with work that was not committed/)
  })
