// Random programs of overlapping callers: where each call runs, in which order, and that nothing outlives its block.
import { AsyncLocalStorage } from 'node:async_hooks'
import type { ExecutionContext } from 'ava'
import fc from 'fast-check'
import { createSession, ResourceClosedError } from '../../src/index.js'
import type { PrismaClient } from '../helpers/clients.js'
import type { TestSession } from '../helpers/conformance.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'

const runs = Number(process.env.FUZZ_RUNS ?? 100)
const seed = process.env.FUZZ_SEED === 'random' ? undefined : Number(process.env.FUZZ_SEED ?? 20)

/** What one caller does, one after the other; `waits` awaits each before the next. */
type Step =
  | { readonly kind: 'write' | 'read' | 'get' | 'find' | 'flush' | 'add'; readonly pause: number }
  | { readonly kind: 'transaction' | '$transaction' | 'noAutoflush'; readonly body: Body; readonly pause: number }

interface Body {
  readonly steps: readonly Step[]
  /** Each step is awaited before the next one. */
  readonly isSequential: boolean
  /** The function awaits its steps; else it leaves them behind. */
  readonly waits: boolean
  readonly end: 'return' | 'throw'
  /** The function throws while its steps go on. */
  readonly aborts: boolean
}

const pause = fc.nat(2)
const { body } = fc.letrec<{ body: Body; step: Step }>((tie) => ({
  body: fc.record({
    steps: fc.array(tie('step'), { maxLength: 4 }),
    isSequential: fc.boolean(),
    waits: fc.oneof({ arbitrary: fc.constant(true), weight: 3 }, { arbitrary: fc.constant(false), weight: 1 }),
    end: fc.constantFrom('return', 'return', 'throw'),
    aborts: fc.oneof({ arbitrary: fc.constant(false), weight: 4 }, { arbitrary: fc.constant(true), weight: 1 }),
  }) as fc.Arbitrary<Body>,
  step: fc.oneof(
    { maxDepth: 2, depthSize: 'small' },
    fc.record({ kind: fc.constantFrom('write', 'read', 'get', 'find', 'flush', 'add'), pause }),
    fc.record({ kind: fc.constantFrom('transaction', '$transaction', 'noAutoflush'), body: tie('body'), pause }),
  ) as fc.Arbitrary<Step>,
}))

const programs = fc.record({
  callers: fc.array(body, { minLength: 1, maxLength: 4 }),
  autobegin: fc.boolean(),
})

const callers = new AsyncLocalStorage<string>()

/** A block of the program while it runs, and what became of it. */
interface Running {
  readonly name: string
  readonly parent: Running | null
  hasEnded: boolean
  /** Ended, committed as far as it is concerned. */
  isKept: boolean
  readonly isTransaction: boolean
}

/** What the database was sent: by an extension, as Prisma's own hooks see it. */
interface Sent {
  readonly caller: string | undefined
  readonly name: string | undefined
}

class Player {
  readonly sent: Sent[] = []
  readonly faults: string[] = []
  /** By the name in the row: the block that wrote it, null for none, and whether the call succeeded. */
  readonly writes = new Map<string, { block: Running | null; isDone: boolean }>()
  /** In memory: who flushes next writes it. */
  readonly added = new Set<string>()
  readonly #session: TestSession
  readonly #work: Promise<unknown>[] = []
  #count = 0

  constructor(client: PrismaClient, autobegin: boolean) {
    const { sent } = this
    const seeing = client.$extends({
      query: {
        $allOperations({ args, query }) {
          const given = JSON.stringify(args ?? null)
          sent.push({ caller: callers.getStore(), name: /caller \d+ call \d+/.exec(given)?.[0] })
          return query(args)
        },
      },
    })
    this.#session = createSession(seeing as unknown as PrismaClient, { autobegin })
  }

  async play(bodies: readonly Body[]): Promise<void> {
    await Promise.all(
      bodies.map((each, index) =>
        callers.run(`caller ${index}`, () => this.#body(each, this.#session, null).catch(() => {})),
      ),
    )
    while (this.#work.length > 0) await Promise.allSettled(this.#work.splice(0))
    if (this.#session.inTransaction()) await this.#session.commit()
    await this.#session.close()
  }

  async #body(body: Body, tx: PrismaClient, block: Running | null): Promise<void> {
    const all = this.#steps(body, tx, block)
    this.#work.push(all)
    all.catch(() => {})
    if (body.aborts) {
      await ticks(1)
      throw new Error('aborted')
    }
    if (body.waits) await all
    if (body.end === 'throw') throw new Error('thrown')
  }

  async #steps({ steps, isSequential }: Body, tx: PrismaClient, block: Running | null): Promise<void> {
    const made: Promise<unknown>[] = []
    for (const step of steps) {
      const promise = ticks(step.pause).then(() => this.#step(step, tx, block))
      promise.catch(() => {})
      made.push(promise)
      if (isSequential) await promise.catch(() => {})
    }
    await Promise.allSettled(made)
  }

  async #step(step: Step, tx: PrismaClient, block: Running | null): Promise<void> {
    if ('body' in step) return this.#block(step.kind, step.body, tx, block)
    const name = `${callers.getStore()} call ${this.#count++}`
    const wasOver = isOver(block)
    const write = { block, isDone: false }
    if (step.kind === 'write' || step.kind === 'add') this.writes.set(name, write)
    if (step.kind === 'add') this.added.add(name)
    try {
      if (step.kind === 'write') await tx.user.create({ data: { name } })
      else if (step.kind === 'add') this.#session.add('User', { name })
      else if (step.kind === 'read') await tx.user.findMany({ where: { name } })
      else if (step.kind === 'find') await tx.user.findUnique({ where: { email: name } })
      else if (step.kind === 'get') await this.#session.get('User', { email: name })
      else await this.#session.flush()
      write.isDone = true
    } catch (error) {
      if (wasOver && !(error instanceof ResourceClosedError)) this.faults.push(`${name}: ${String(error)}`)
      return
    }
    if (wasOver) this.faults.push(`${name} (${step.kind}) was done after the end of ${wasOver.name}`)
  }

  async #block(
    kind: 'transaction' | '$transaction' | 'noAutoflush',
    inner: Body,
    tx: PrismaClient,
    parent: Running | null,
  ): Promise<void> {
    const name = `${kind} ${this.#count++}`
    const block: Running = { name, parent, hasEnded: false, isKept: false, isTransaction: kind !== 'noAutoflush' }
    const session = this.#session
    const wasOver = isOver(parent)
    let hasRun = false
    const run = (own: PrismaClient) => {
      hasRun = true
      return this.#body(inner, own, block)
    }
    try {
      if (kind === '$transaction')
        await (tx.$transaction as TestSession['$transaction'])((own) => run(own as PrismaClient))
      else if (kind === 'transaction') await session.transaction(() => run(session))
      else await session.noAutoflush(() => run(session))
      block.isKept = true
    } finally {
      block.hasEnded = true
      if (wasOver && hasRun) this.faults.push(`${name} ran after the end of ${wasOver.name}`)
    }
  }
}

/** The innermost block around that has ended. */
function isOver(block: Running | null): Running | undefined {
  for (let each = block; each; each = each.parent) if (each.hasEnded) return each
  return undefined
}

/** Every transaction around it was kept. */
function isCommitted(block: Running | null): boolean {
  for (let each = block; each; each = each.parent) if (each.isTransaction && !each.isKept) return false
  return true
}

async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick++) await new Promise((resolve) => setImmediate(resolve))
}

async function playAll(t: ExecutionContext, client: PrismaClient): Promise<void> {
  const property = fc.asyncProperty(programs, async ({ callers: bodies, autobegin }) => {
    await client.user.deleteMany()
    const player = new Player(client, autobegin)
    await player.play(bodies)
    const rows = new Set((await client.user.findMany()).map(({ name }) => name))
    const { faults } = player
    for (const { caller, name } of player.sent)
      if (name && !player.added.has(name) && !name.startsWith(`${caller} `)) faults.push(`${name} ran as ${caller}`)
    for (const [name, { block, isDone }] of player.writes) {
      if (rows.has(name) && !isDone) faults.push(`${name} failed and is in a row`)
      if (rows.has(name) && !isCommitted(block)) faults.push(`${name} is in a row although ${block?.name} was undone`)
    }
    for (const fault of faults) t.log(fault)
    return faults.length === 0
  })
  await fc.assert(property, { numRuns: runs, ...(seed !== undefined && { seed }) })
}

for (const row of databases.filter(({ name }) => name === 'better-sqlite3'))
  testOn(
    row,
    'calls of overlapping callers run in their own contexts, and none outside of its block [async]',
    async (t) => {
      const database = await row.create('test')
      const client = database.connect()
      t.teardown(async () => {
        await database.release(client)
        await database.drop()
      })
      await t.notThrowsAsync(playAll(t, client))
    },
  )
