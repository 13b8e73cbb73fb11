// Units of work of several sessions at once, each of which writes what it has made of what it has read. What is in the
// tables at the end is what they would have left one after the other, in some order.
import fc from 'fast-check'
import { createSession, type Session, StaleDataError, sessionMaker } from '../../src/index.js'
import { isConflict } from '../../src/session/transaction/conflict.js'
import type { PrismaClient } from '../helpers/clients.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'

const seed = Number(process.env.FUZZ_SEED ?? 20240229)
/** `FUZZ_RUNS=1000 npm test -- test/faults/interleavings.test.ts` runs it whole. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 25)
const documents = [1, 2, 3]

/** Reads some documents, and writes one of them, or all of them. */
interface Unit {
  readonly reads: readonly number[]
  readonly factor: number
  /** Turns of the event loop between its steps. */
  readonly turns: number
}

const units: fc.Arbitrary<readonly Unit[]> = fc.array(
  fc.record({
    reads: fc.shuffledSubarray(documents, { minLength: 1 }),
    factor: fc.integer({ min: 2, max: 9 }),
    turns: fc.nat(5),
  }),
  { minLength: 2, maxLength: 3 },
)

/** By document. */
type State = Map<number, number>

interface Way {
  readonly title: string
  /** Documents that the unit writes, of those that it has read. */
  writes(unit: Unit): readonly number[]
  run(client: PrismaClient, work: (session: Session<PrismaClient>) => Promise<void>): Promise<void>
}

const ways: readonly Way[] = [
  {
    title: 'units that write what they read, with versions',
    writes: ({ reads }) => reads,
    async run(client, work) {
      for (;;) {
        const s = createSession(client, { versionFields: { Doc: 'version' }, maxWait: 20_000 })
        try {
          await work(s)
          return await s.commit()
        } catch (error) {
          if (!(error instanceof StaleDataError || isConflict(error))) throw error
        } finally {
          await s.close()
        }
        await turn()
      }
    },
  },
  {
    title: 'units that write some of what they read, with Serializable and retry',
    writes: ({ reads }) => reads.slice(0, 1),
    async run(client, work) {
      const make = sessionMaker(client, { isolationLevel: 'Serializable', maxWait: 20_000 })
      await make.begin(work, { retry: { times: 100, delay: 2 } })
    },
  },
]

for (const row of databases)
  for (const way of ways)
    testOn(row, `${way.title}, leave what they would in some order one after the other [${row.name}]`, async (t) => {
      t.timeout(3_600_000)
      const database = await row.create('test')
      const raw = database.connect()
      const clients = [1, 2, 3].map(() => database.connect())
      t.teardown(async () => {
        for (const client of [raw, ...clients]) await database.release(client)
        await database.drop()
      })
      // A wait for another writer would block this thread, in which that is.
      if (row.name === 'better-sqlite3')
        for (const client of clients) await client.$queryRawUnsafe('PRAGMA busy_timeout = 0')
      await raw.doc.createMany({ data: documents.map((id) => ({ id, version: 1, body: String(id) })) })
      let attempts = 0
      let state: State = new Map(documents.map((id) => [id, id]))
      const programs = fc.sample(units, { seed, numRuns })
      for (const [number, program] of programs.entries()) {
        const gate = new Gate(program.length)
        const work = program.map((unit, index) => {
          let isFirst = true
          return way.run(clients[index] as PrismaClient, async (session) => {
            attempts++
            const found = new Map<number, { body: string }>()
            for (const id of unit.reads) {
              found.set(id, await session.getOne('Doc', id))
              for (let left = unit.turns; left > 0; left--) await turn()
            }
            // At their first attempt all of them have read before any writes.
            if (isFirst) await gate.pass()
            isFirst = false
            const values = outcome(unit, new Map([...found].map(([id, { body }]) => [id, Number(body)])))
            for (const id of way.writes(unit)) (found.get(id) as { body: string }).body = String(values.get(id))
            await session.flush()
          })
        })
        await Promise.all(work)
        const end: State = new Map(
          (await raw.doc.findMany({ orderBy: { id: 'asc' } })).map(({ id, body }) => [id, Number(body)]),
        )
        const possible = orders(program).map((order) => inTurn(way, order, state))
        const isPossible = possible.some((each) => documents.every((id) => each.get(id) === end.get(id)))
        t.true(
          isPossible,
          `run ${number} of seed ${seed}: ${JSON.stringify({ program, from: [...state], to: [...end] })}`,
        )
        state = end
      }
      t.log(`${programs.flat().length} units took ${attempts} attempts`)
    })

/** What a unit writes: it depends on all that it has read. */
function outcome({ reads, factor }: Unit, state: State): State {
  const sum = reads.reduce((total, id) => total + (state.get(id) as number), 0)
  return new Map(reads.map((id) => [id, (sum * factor + id) % 1009]))
}

function inTurn(way: Way, order: readonly Unit[], state: State): State {
  const end = new Map(state)
  for (const unit of order) {
    const values = outcome(unit, end)
    for (const id of way.writes(unit)) end.set(id, values.get(id) as number)
  }
  return end
}

function orders<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]]
  return items.flatMap((item, index) => orders(items.toSpliced(index, 1)).map((rest) => [item, ...rest]))
}

/** Lets nobody through before all are there. */
class Gate {
  #left: number
  readonly #opened: Promise<void>
  #open!: () => void

  constructor(count: number) {
    this.#left = count
    this.#opened = new Promise((resolve) => {
      this.#open = resolve
    })
  }

  pass(): Promise<void> {
    if (--this.#left === 0) this.#open()
    return this.#opened
  }
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
