import type { Outcome, PrismaCall, Steps, UserCall } from '../driver/effects.js'
import type { InProcessDriver } from '../driver/in-process.js'
import { type Performer, runAsync } from '../driver/run.js'
import type { ResourceClosedError } from '../errors.js'
import type { SessionCore } from '../session/core.js'
import { isWrite, staleAfter } from '../session/objects/stale.js'
import { noLimit } from '../session/options.js'
import { alone } from '../session/transaction/transactions.js'
import { forward, forwardBatch, forwardOne } from '../session/verbs/forward.js'
import { type GetCall, getKnown, getRead, type ReadTogether, readTogether } from '../session/verbs/get-together.js'
import type { CallQueue } from './call-queue.js'
import { type Autocommit, type Calls, refusalInHook } from './calls.js'
import { ForwardedCall, forwardedCall } from './forwarded-call.js'
import type { InContext } from './queued-call.js'
import { transactionOptions } from './transaction-options.js'
import { explainExhaustion, type HeldConnection } from './watch/held-connection.js'
/** The calls of an asynchronous session: each waits for its turn in a queue, and gives a promise. */
export class CallsInTurn implements Calls {
  readonly #core: SessionCore
  readonly #driver: InProcessDriver
  readonly #held: HeldConnection
  readonly #autocommit: Autocommit
  readonly #queue: CallQueue
  /** The session that users hold; it is not taken for dropped while one of its calls is under way. */
  readonly #face: () => object | undefined

  constructor(
    core: SessionCore,
    driver: InProcessDriver,
    held: HeldConnection,
    autocommit: Autocommit,
    queue: CallQueue,
    face: () => object | undefined,
  ) {
    this.#core = core
    this.#driver = driver
    this.#held = held
    this.#autocommit = autocommit
    this.#queue = queue
    this.#face = face
  }

  get session(): object {
    return this.#core
  }

  refuseLeftBehind(): void {
    open(this.#current)
  }

  ofBlock(): CallsInTurn {
    return new CallsInTurn(this.#core, this.#driver, this.#held, this.#autocommit, open(this.#current), this.#face)
  }

  /** A verb that needs no database, on an idle session, is done before this returns. */
  perform<T>(verb: string, steps: Steps<T>): Promise<T> {
    const queue = this.#current
    if (queue instanceof Error) return Promise.reject(queue)
    const refusal = refusalInHook(this.#core, queue.isInHook, verb)
    if (refusal) return Promise.reject(refusal)
    this.#held.noteCaller(3)
    if (!queue.isIdle) return this.#inTurn(queue, verb, steps)
    let first: ReturnType<Steps<T>['next']>
    try {
      first = steps.next()
    } catch (error) {
      return Promise.reject(error)
    }
    if (first.done) return Promise.resolve(first.value)
    return queue.run(verb, () => runAsync(steps, this.#performer(queue), first))
  }

  /** Lazy, as Prisma's own: sent when it is awaited. */
  forward(call: PrismaCall): ForwardedCall {
    if (this.#core.options.autobegin) this.#held.noteCaller(2)
    return forwardedCall(this, this.#core.models, call)
  }

  /** Sends a forwarded call now; reads that stand next to each other in the queue go out together. */
  send(call: PrismaCall): Promise<unknown> {
    const queue = this.#current
    if (queue instanceof Error) return Promise.reject(queue)
    if (this.#isOutside && this.#autocommit === 'prisma' && queue.isIdle) return this.#callOutside(call)
    if (isWrite(call.method)) return queue.run(call.method, () => this.#sendOne(call, queue))
    return queue.runTogether(call.method, call, this.#sendAll)
  }

  /** What is known is given at once; reads that stand next to each other in the queue go out together. */
  get(call: GetCall): Promise<unknown> {
    const queue = this.#current
    if (queue instanceof Error) return Promise.reject(queue)
    try {
      const known = queue.isIdle ? getKnown(this.#core, call) : undefined
      if (known) return Promise.resolve(known)
    } catch (error) {
      return Promise.reject(error)
    }
    this.#held.noteCaller(2)
    return queue.runTogether(call.isOne ? 'getOne' : 'get', call, this.#getAll)
  }

  async batch(work: readonly unknown[], options: unknown): Promise<unknown> {
    const queue = open(this.#current)
    const refusal = refusalInHook(this.#core, queue.isInHook, '$transaction')
    if (refusal) throw refusal
    const calls = work.map((each) => ForwardedCall.callOf(each, this))
    if (this.#isOutside && !this.#core.isOutside && queue.isIdle) return this.#batchOutside(calls, options)
    return queue.run('$transaction', () => this.#sendBatch(calls, options, queue))
  }

  around<T>(verb: string, fn: () => T, during: () => () => void): T {
    const { timeout } = this.#core.options
    return open(this.#current).around(verb, fn, during, timeout === noLimit ? undefined : timeout)
  }

  /** The queue that a call made here and now belongs to; an error where its block has ended. */
  get #current(): CallQueue | ResourceClosedError {
    return this.#queue.current()
  }

  /** A verb that ends the session does not wait for ever: what is in its way and has no answer, or makes no call, is given up. */
  #inTurn<T>(queue: CallQueue, verb: string, steps: Steps<T>): Promise<T> {
    if (!endingVerbs.has(verb)) return queue.run(verb, () => runAsync(steps, this.#performer(queue)))
    const { closeTimeout } = this.#core.options
    const watch = this.#held.whenSilent(closeTimeout, () => this.#giveUp())
    const end = () => {
      watch.stop()
      return runAsync(steps, this.#performer(queue))
    }
    return queue.run(verb, end, closeTimeout)
  }

  #giveUp(): void {
    this.#driver.giveUp()
    this.#core.onGivenUp()
  }

  /** Whether forwarded calls go straight to the wrapped client. */
  get #isOutside(): boolean {
    return !this.#core.options.autobegin && !this.#core.transaction && !this.#core.isClosedForGood
  }

  #performer(queue: CallQueue): Performer<Promise<unknown>> & { face: object | undefined } {
    return {
      face: this.#face(),
      database: (effect) => {
        this.#held.started()
        return this.#driver.perform(effect)
      },
      user: (call: UserCall) => queue.inside(call),
      settled: (effect, outcome) => this.#held.settled(effect, outcome),
    }
  }

  /** What is open when its turn has come decides. */
  #sendBatch(calls: readonly PrismaCall[], options: unknown, queue: CallQueue): Promise<unknown> {
    if (this.#isOutside && !this.#core.isOutside) return this.#batchOutside(calls, options)
    const steps = forwardBatch(this.#core, calls, transactionOptions(options))
    // A transaction client's own would open a second transaction.
    return runAsync(this.#isOutside ? alone(this.#core, steps) : steps, this.#performer(queue))
  }

  /** Prisma's own, as the drop-in setting promises. */
  async #batchOutside(calls: readonly PrismaCall[], options: unknown): Promise<unknown> {
    const client = this.#driver.client as {
      $transaction(work: readonly unknown[], options?: unknown): Promise<unknown>
    }
    const values = await client.$transaction(
      calls.map((call) => this.#driver.callOutside(call)),
      options,
    )
    for (const call of calls) staleAfter(this.#core, call)
    return values
  }

  /** With Prisma's own autocommit. */
  async #callOutside(call: PrismaCall): Promise<unknown> {
    let value: unknown
    try {
      value = await (call.within ? call.within(() => this.#sentOutside(call)) : this.#driver.callOutside(call))
    } catch (error) {
      explainExhaustion(error, this.#driver.pool)
      throw error
    }
    staleAfter(this.#core, call)
    return value
  }

  /** A promise of Prisma's is sent by waiting for it. */
  async #sentOutside(call: PrismaCall): Promise<unknown> {
    return await this.#driver.callOutside(call)
  }

  #sendOne(call: PrismaCall, queue: CallQueue): Promise<unknown> {
    return this.#sendAll([{ call, within: null }], queue).then(([outcome]) => {
      if (outcome?.ok) return outcome.value
      throw outcome?.error
    })
  }

  readonly #getAll = async (queued: readonly InContext<GetCall>[], queue: CallQueue): Promise<Outcome[]> => {
    const performer = this.#performer(queue)
    const calls = queued.map(inItsContext)
    const together = calls.length > 1 ? await runAsync(readTogether(this.#core, calls), performer) : noneRead
    const outcomes: Outcome[] = []
    for (const call of calls) {
      const read = () => runAsync(getRead(this.#core, call, together), performer)
      outcomes.push(...(await outcomesOf([call.within ? call.within(read) : read()])))
    }
    return outcomes
  }

  /** Always the same function for a session: reads that share it may go out together. */
  readonly #sendAll = async (queued: readonly InContext<PrismaCall>[], queue: CallQueue): Promise<Outcome[]> => {
    const calls = queued.map(inItsContext)
    // Its entry of the queue has its turn already.
    if (!this.#isOutside) return runAsync(forward(this.#core, calls), this.#performer(queue))
    if (this.#autocommit === 'prisma') return outcomesOf(calls.map((call) => this.#callOutside(call)))
    const outcomes: Outcome[] = []
    for (const call of calls) {
      const steps = alone(this.#core, forwardOne(this.#core, call))
      outcomes.push(...(await outcomesOf([runAsync(steps, this.#performer(queue))])))
    }
    return outcomes
  }
}

const endingVerbs = new Set(['close', 'aclose', 'reset', 'invalidate'])

const noneRead: ReadTogether = new Map()

function open(queue: CallQueue | ResourceClosedError): CallQueue {
  if (queue instanceof Error) throw queue
  return queue
}

function inItsContext<C extends object>({ call, within }: InContext<C>): C {
  return within ? { ...call, within } : call
}

async function outcomesOf(work: readonly Promise<unknown>[]): Promise<Outcome[]> {
  const settled = await Promise.allSettled(work)
  return settled.map((each) =>
    each.status === 'fulfilled' ? { ok: true, value: each.value } : { ok: false, error: each.reason },
  )
}
