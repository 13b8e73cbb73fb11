// Random units of work on SQLite, in which a random statement fails, or the file may not grow any more.
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import { createSession, PendingRollbackError } from '../../src/index.js'
import type { PrismaClient } from '../helpers/clients.js'
import { databases } from '../helpers/databases.js'
import { FaultyAdapter } from '../helpers/faulty-adapter.js'
import { testOn } from '../helpers/test-on.js'
import { type Action, actions, rowsOf, UnitOfWork, worldOf } from '../helpers/unit-of-work.js'

const seed = Number(process.env.FUZZ_SEED ?? 20240229)
/** `FUZZ_RUNS=2000 npm test -- test/faults/random-failures.test.ts` runs it whole. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 60)

const causes = {
  busy: { kind: 'SocketTimeout' },
  input: { kind: 'sqlite', extendedCode: 10, message: 'disk I/O error' },
} as const

interface Program {
  readonly steps: readonly Action[]
  readonly fault: keyof typeof causes | 'full'
  /** Which statement fails; or how many pages the file may grow by. */
  readonly nth: number
  readonly end: 'commit' | 'rollback'
  /** Errors of steps are swallowed. */
  readonly swallows: boolean
  readonly session: object
}

const programs: fc.Arbitrary<Program> = fc.record({
  steps: fc.array(fc.tuple(fc.constantFrom(...actions), fc.nat(30), fc.nat(30)), { minLength: 1, maxLength: 16 }),
  fault: fc.constantFrom('busy', 'input', 'full'),
  nth: fc.integer({ min: 1, max: 20 }),
  end: fc.constantFrom('commit', 'commit', 'commit', 'rollback'),
  swallows: fc.boolean(),
  session: fc.constantFrom({}, { autobegin: 'write' }, { expireOnCommit: false }, { expireOnCommit: true }),
})

for (const row of databases) {
  if (row.name !== 'better-sqlite3' && row.name !== 'libsql') continue
  testOn(
    row,
    `units of work are whole or absent, and said to be, whichever statement fails [${row.name}]`,
    async (t) => {
      t.timeout(3_600_000)
      const { adapter, client, raw } = await withFaults(t, row)
      const tally = { committed: 0, failed: 0 }
      let world = await worldOf(raw)
      for (const [number, { steps, fault, nth, end, swallows, session }] of fc
        .sample(programs, { seed, numRuns })
        .entries()) {
        const told = `run ${number} of seed ${seed}: ${JSON.stringify({ steps, fault, nth, end, swallows, session })}`
        if (world.users.size > 8) {
          await raw.post.deleteMany()
          await raw.user.deleteMany()
          world = await worldOf(raw)
        }
        const s = createSession(client, session)
        const unit = new UnitOfWork(s, `${number}.`.padEnd(fault === 'full' ? 3000 : 0, '.'), world)
        if (fault === 'full') await mayGrowBy(client, nth)
        else adapter.fail(nth, causes[fault])
        let error: unknown = null
        try {
          for (const step of steps) await unit.play(step).catch((failure) => swallows || Promise.reject(failure))
          await s[end]()
        } catch (failure) {
          error = failure
        }
        adapter.calm()
        await s.rollback()
        await mayGrowBy(client, 1_000_000)
        const isWritten = error === null && end === 'commit'
        tally[isWritten ? 'committed' : 'failed']++
        const found = await worldOf(raw)
        t.deepEqual(rowsOf(found), rowsOf(isWritten ? unit.world : world), `${told}: ${error}`)
        t.is(s.new.size + s.dirty.size + s.deleted.size, 0, told)
        for (const [email, name] of found.users) t.is((await s.getOne('User', { email })).name, name, told)
        await s.commit()
        await s.close()
        world = found
      }
      t.log({ ...tally, statements: adapter.happened })
    },
  )
}

for (const row of databases) {
  if (row.name !== 'better-sqlite3' && row.name !== 'libsql') continue
  testOn(
    row,
    `a call whose savepoint cannot be released is not written by a later commit() [${row.name}]`,
    async (t) => {
      const { adapter, client, raw } = await withFaults(t, row)
      const s = createSession(client)
      await s.user.count()
      adapter.failAt('RELEASE', causes.input)
      await t.throwsAsync(async () => s.user.create({ data: { name: 'a', posts: { create: { title: 'b' } } } }))
      await t.throwsAsync(s.commit(), { instanceOf: PendingRollbackError })
      await s.rollback()
      t.is(await raw.user.count(), 0)
      await s.close()
    },
  )
}

const factories = {
  'better-sqlite3': async (url: string) =>
    new (await import('@prisma/adapter-better-sqlite3')).PrismaBetterSqlite3({ url }),
  libsql: async (url: string) => new (await import('@prisma/adapter-libsql')).PrismaLibSql({ url }),
} as const

async function withFaults(t: ExecutionContext, row: Row) {
  const database = await row.create('test')
  const raw = database.connect()
  const adapter = new FaultyAdapter(await factories[row.name](database.url))
  const { PrismaClient: Client } = await import('../../generated/test/client.ts')
  const client: PrismaClient = new Client({ adapter })
  t.teardown(async () => {
    await client.$disconnect()
    await database.release(raw)
    await database.drop()
  })
  return { adapter, client, raw }
}

type Row = Extract<(typeof databases)[number], { readonly name: keyof typeof factories }>

async function mayGrowBy(client: PrismaClient, pages: number): Promise<void> {
  const [row] = await client.$queryRawUnsafe<{ page_count: unknown }[]>('PRAGMA page_count')
  await client.$queryRawUnsafe(`PRAGMA max_page_count = ${Number(row?.page_count) + pages}`)
}
