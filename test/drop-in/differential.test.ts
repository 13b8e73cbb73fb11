// Programs written for PrismaClient give the same results, errors and rows on a session: over a plain client and over one
// with each kind of extension, with autobegin: false and with the default, where the caller commits.
import { inspect, isDeepStrictEqual } from 'node:util'
import type { ExecutionContext } from 'ava'
import { createSession } from '../../src/index.js'
import type { PrismaClient } from '../helpers/clients.js'
import { type databases, databases as rows } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'
import { type Program, reads, seed, writes } from './corpus.js'
import { kinds } from './kinds.js'

type DatabaseRow = (typeof databases)[number]
type Way = (client: PrismaClient, program: Program) => Promise<unknown>

/** How a program is run: on the client itself, and on the two kinds of session. */
const ways: Readonly<Record<string, Way>> = {
  client: async (client, program) => program(client),
  'autobegin: false': async (client, program) => {
    await using session = createSession(client, { autobegin: false })
    return await program(session)
  },
  default: async (client, program) => {
    await using session = createSession(client)
    const value = await program(session)
    await session.commit()
    return value
  },
}

interface Outcome {
  readonly value?: unknown
  readonly error?: unknown
}

for (const row of rows)
  for (const [kind, { databases: its, extend, reads: more }] of Object.entries(kinds)) {
    if (!its.includes(row.name)) continue
    const title = (name: string) => `a session gives the same as its client: ${name} [${kind}, ${row.name}]`

    testOn(row, title('every read'), async (t) => {
      await using database = await opened(row)
      const client = extend(database.client)
      for (const [name, program] of Object.entries({ ...reads, ...more })) {
        const expected = await outcomeOf(() => ways.client?.(client, program))
        t.false(expected.value === undefined && expected.error === undefined, name)
        for (const [way, run] of Object.entries(ways))
          same(t, `${name}, ${way}`, await outcomeOf(() => run(client, program)), expected)
      }
    })

    for (const [name, { run: program, databases: only }] of Object.entries(writes)) {
      if (only && !only.includes(row.name)) continue
      testOn(row, title(name), async (t) => {
        const outcomes: [string, Outcome, unknown][] = []
        for (const [way, run] of Object.entries(ways)) {
          await using database = await opened(row)
          const outcome = await outcomeOf(() => run(extend(database.client), program))
          outcomes.push([way, outcome, await tablesOf(database.client)])
        }
        const [first, ...others] = outcomes
        for (const [way, outcome, tables] of others) {
          same(t, way, unordered(outcome), unordered(first?.[1]))
          same(t, `${way}, the rows`, tables, first?.[2])
        }
      })
    }
  }

/** The same inside a transaction of the client's, over the client that its callback is given. */
const within: Readonly<Record<string, Way>> = Object.fromEntries(
  Object.entries(ways).map(([name, run]) => [
    name,
    (client, program) => client.$transaction((tx) => run(tx as PrismaClient, program)),
  ]),
)

/** What a transaction client does not have, or would wait for without end. */
const notWithin = /^\$transaction|^\$connect|^delegates|^several at once, one fails/

for (const row of rows.filter(({ name }) => name === 'better-sqlite3' || name === 'postgresql')) {
  testOn(row, `a session gives the same as its transaction client: every read [${row.name}]`, async (t) => {
    await using database = await opened(row)
    for (const [name, program] of Object.entries(reads)) {
      if (notWithin.test(name)) continue
      const expected = await outcomeOf(() => within.client?.(database.client, program))
      for (const [way, run] of Object.entries(within))
        same(t, `${name}, ${way}`, await outcomeOf(() => run(database.client, program)), expected)
    }
  })

  testOn(row, `$transaction([…]) over a transaction client opens a savepoint [${row.name}]`, async (t) => {
    await using database = await opened(row)
    for (const options of [{}, { autobegin: false }]) {
      const seen = await database.client.$transaction(async (tx) => {
        await using session = createSession(tx as PrismaClient, options)
        const [first] = await session.$transaction([
          session.user.deleteMany({ where: { id: 3 } }),
          session.user.count(),
        ])
        const taken = session.user.create({ data: { name: 'x', email: 'ada@example.org' } })
        const error = await t.throwsAsync(() => session.$transaction([session.item.deleteMany(), taken]))
        if (session.inTransaction()) await session.commit()
        return [first, (error as { code?: string }).code, await tx.item.count(), await tx.user.count()]
      })
      t.deepEqual(seen, [{ count: options.autobegin === false ? 0 : 1 }, 'P2002', 3, 2])
    }
  })
}

interface Opened extends AsyncDisposable {
  readonly client: PrismaClient
}

async function opened(row: DatabaseRow): Promise<Opened> {
  const database = await row.create('test')
  const client = database.connect()
  await seed(client)
  return {
    client,
    [Symbol.asyncDispose]: async () => {
      await database.release(client)
      await database.drop()
    },
  }
}

async function outcomeOf(work: () => unknown): Promise<Outcome> {
  try {
    return { value: shown(await work()) }
  } catch (error) {
    return { error: told(error) }
  }
}

/** Rows of a client with computed fields are proxies, each with functions of its own: what they show counts. */
function shown(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(shown)
  if (typeof value !== 'object' || value === null || ![Object.prototype, null].includes(Object.getPrototypeOf(value)))
    return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, shown(each)]))
}

/** What a write returns, RETURNING and included rows, is in no order that a database promises. */
function unordered(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(unordered).sort((a, b) => (inspect(a) < inspect(b) ? -1 : 1))
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, unordered(each)]))
}

/** All that a program can see of an error but the place in its own source, which a session's message does not show. */
function told(error: unknown): object {
  const { name, code, meta, message, clientVersion } = error as Error & Record<string, unknown>
  const reason = message.trim().split('\n').at(-1)
  return { name, code, meta: JSON.stringify(meta), reason, clientVersion, prototype: Object.getPrototypeOf(error) }
}

function same(t: ExecutionContext, what: string, actual: unknown, expected: unknown): void {
  if (isDeepStrictEqual(actual, expected)) t.pass()
  else t.deepEqual(actual, expected, what)
}

async function tablesOf(client: PrismaClient): Promise<unknown[]> {
  const { user, profile, post, tag, item, pair, leg, code, use, everything } = client
  const byId = { orderBy: { id: 'asc' } } as const
  return Promise.all([
    ...[user.findMany(byId), profile.findMany(byId), tag.findMany(byId), item.findMany(byId), leg.findMany(byId)],
    post.findMany({ ...byId, include: { tags: byId } }),
    ...[
      pair.findMany({ orderBy: [{ x: 'asc' }, { y: 'asc' }] }),
      code.findMany({ orderBy: { code: 'asc' } }),
      use.findMany(byId),
      everything.findMany(byId),
    ],
  ])
}
