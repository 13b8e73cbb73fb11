// Random units of work on connections that are lost at a random call, in a random way.

import { setTimeout as sleep } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import { type AsyncSession, CommitUnknownError, createSession, inspect } from '../../src/index.js'
import { type BehindProxy, behindProxy } from '../helpers/behind-proxy.js'
import type { PrismaClient } from '../helpers/clients.js'
import { databases } from '../helpers/databases.js'
import { openTransactions } from '../helpers/open-transactions.js'
import { type Loss, losses } from '../helpers/tcp-proxy.js'
import { testOn } from '../helpers/test-on.js'
import { type Action, actions, rowsOf, UnitOfWork, type World, worldOf } from '../helpers/unit-of-work.js'

const seed = Number(process.env.FUZZ_SEED ?? 20240229)
/** `FUZZ_RUNS=2000 npm test -- test/faults/random-losses.test.ts` runs it whole. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 60)
const options = { closeTimeout: 50, maxWait: 20_000 }
/** Milliseconds after which something is taken to hang. */
const limit = 60_000

interface Program {
  readonly steps: readonly Action[]
  readonly loss: Loss
  /** Where it happens, as a part of the whole. */
  readonly place: number
  readonly end: 'commit' | 'rollback'
  /** Errors of steps are swallowed. */
  readonly swallows: boolean
  readonly session: object
}

const programs: fc.Arbitrary<Program> = fc.record({
  steps: fc.array(fc.tuple(fc.constantFrom(...actions), fc.nat(30), fc.nat(30)), { minLength: 1, maxLength: 12 }),
  loss: fc.constantFrom(...losses),
  place: fc.nat(99).map((percent) => percent / 100),
  end: fc.constantFrom('commit', 'commit', 'commit', 'rollback'),
  swallows: fc.boolean(),
  session: fc.constantFrom({}, { autobegin: 'write' }, { expireOnCommit: false }, { expireOnCommit: true }),
})

for (const row of databases) {
  if (row.name !== 'postgresql' && row.name !== 'mariadb') continue
  testOn(
    row,
    `units of work are whole or absent, and said to be, wherever a connection is lost [${row.name}]`,
    async (t) => {
      t.timeout(3_600_000)
      const setting = await behindProxy(t, row)
      const run = new Runs(t, setting, row.name)
      for (const [number, program] of fc.sample(programs, { seed, numRuns }).entries()) {
        try {
          await run.one(program, `${number}.`)
        } catch (error) {
          throw new Error(`run ${number} of seed ${seed}: ${error}\n${JSON.stringify(program)}`, { cause: error })
        }
      }
      t.log({ ...run.tally, lost: setting.proxy.happened })
      await run.requireFreePool()
    },
  )
}

class Runs {
  readonly #t: ExecutionContext
  readonly #setting: BehindProxy
  readonly #database: string
  #world: World = { users: new Map(), posts: new Map() }
  readonly tally = { committed: 0, unknown: 0, failed: 0 }

  constructor(t: ExecutionContext, setting: BehindProxy, database: string) {
    this.#t = t
    this.#setting = setting
    this.#database = database
  }

  async one({ steps, loss, place, end, swallows, session }: Program, prefix: string): Promise<void> {
    const { proxy, client, raw } = this.#setting
    if (this.#world.users.size > 8) await this.#clear()
    const s = createSession(client, { ...options, ...session })
    const before = this.#world
    const unit = new UnitOfWork(s, prefix, before)
    let isOver = false
    const lost = proxy.lose(loss, 1 + Math.floor(place * (steps.length * 1.5 + 3)))
    const silence = loss.startsWith('silence') ? lost.then(() => 'silent') : new Promise<never>(() => {})
    const work = (async () => {
      for (const step of steps) {
        await unit.play(step).catch((error) => swallows || Promise.reject(error))
        if (isOver) throw new Error('the session was closed')
      }
      await s[end]()
    })()
    const error = await within('the unit of work', Promise.race([settled(work), silence]))
    isOver = true
    const outcome = error === 'silent' ? await this.#afterSilence(s, work) : error
    proxy.calm()
    await this.#quiet()
    const after = await worldOf(raw)
    this.#check(outcome, end, after, before, unit.world)
    this.#world = after
    await within('rollback()', settled(s.rollback()))
    await within('rollback()', s.rollback())
    await this.#requireUsable(s, after)
    await within('close()', s.close())
  }

  async #clear(): Promise<void> {
    const { raw } = this.#setting
    await raw.post.deleteMany()
    await raw.user.deleteMany()
    this.#world = await worldOf(raw)
  }

  /** What waits is ended by close(). */
  async #afterSilence(s: { close(): Promise<void> }, work: Promise<void>): Promise<unknown> {
    await within('close()', s.close())
    return within('the call under way', settled(work))
  }

  #check(error: unknown, end: Program['end'], found: World, before: World, after: World): void {
    const { tally, ...t } = { tally: this.tally, is: this.#t.deepEqual.bind(this.#t) }
    const isUnknown = error instanceof CommitUnknownError
    if (error === null) tally.committed++
    else if (isUnknown) tally.unknown++
    else tally.failed++
    const isAfter = same(found, after)
    if (isUnknown && isAfter) return
    t.is(rowsOf(found), rowsOf(error === null && end === 'commit' ? after : before), String(error))
  }

  /** Objects are as the rows, and what is written is. */
  async #requireUsable(s: AsyncSession<PrismaClient>, { users }: World): Promise<void> {
    const t = this.#t
    t.is(s.new.size + s.dirty.size + s.deleted.size, 0)
    for (const [email, name] of users) {
      const user = await within('getOne()', s.getOne('User', { email }))
      t.is(user.name, name)
      t.is(inspect(user).state, 'persistent')
    }
    await within('commit()', s.commit())
  }

  /** The server has noticed what has ended, and has rolled it back. */
  async #quiet(): Promise<void> {
    this.#setting.proxy.cutSilent()
    const start = performance.now()
    while ((await openTransactions(this.#setting.raw, this.#database)) > 0)
      if (performance.now() - start > limit) throw new Error('a transaction stays open')
      else await sleep(1)
  }

  async requireFreePool(): Promise<void> {
    const sessions = [1, 2, 3, 4].map(() => createSession(this.#setting.client, options))
    for (const session of sessions) await session.user.count()
    for (const session of sessions) await session.close()
  }
}

function same(a: World, b: World): boolean {
  return JSON.stringify(rowsOf(a)) === JSON.stringify(rowsOf(b))
}

function settled(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => null,
    (error: unknown) => error ?? new Error('rejected with nothing'),
  )
}

async function within<T>(what: string, work: Promise<T>): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${what} hangs`)), limit)
  })
  try {
    return await Promise.race([work, late])
  } finally {
    clearTimeout(timer)
  }
}
