// The queue of a session: calls made without waiting run as if each had been awaited.
import { isDeepStrictEqual } from 'node:util'
import test from 'ava'
import fc from 'fast-check'
import type { UserCall } from '../../src/driver/effects.js'
import { IllegalStateChangeError, ResourceClosedError } from '../../src/errors.js'
import { CallQueue } from '../../src/proxy/call-queue.js'
import type { InContext } from '../../src/proxy/queued-call.js'

/** A call, a read that may go out with its neighbours, or a callback form with calls of its own inside. */
type Call =
  | { readonly kind: 'call' | 'read'; readonly name: number; readonly ticks: number; readonly fails: boolean }
  | { readonly kind: 'callback'; readonly name: number; readonly body: Program; readonly fails: boolean }

interface Program {
  readonly calls: readonly Call[]
  /** Each call is awaited before the next one is made. */
  readonly isSequential: boolean
  /** The body of a callback waits for its calls. */
  readonly waits: boolean
}

const setting = { refusesOverlap: false, idleWarning: false, place: () => null, warn: () => {} } as const

const name = fc.nat(99)
const programs = fc.letrec<{ program: Program; call: Call }>((tie) => ({
  program: fc.record({
    calls: fc.array(tie('call'), { maxLength: 5 }),
    isSequential: fc.boolean(),
    waits: fc.boolean(),
  }),
  call: fc.oneof(
    { maxDepth: 3, depthSize: 'small' },
    fc.record({ kind: fc.constantFrom('call', 'read', 'read'), name, ticks: fc.nat(3), fails: fc.boolean() }),
    fc.record({ kind: fc.constant('callback'), name, body: tie('program'), fails: fc.boolean() }),
  ),
})).program

test('calls made at once run in order, and calls inside a callback run within it', async (t) => {
  const property = fc.asyncProperty(programs, async (program) => {
    const player = new Player()
    await player.play({ ...program, waits: true })
    return isDeepStrictEqual(player.log, expectedOf(program))
  })
  await t.notThrowsAsync(fc.assert(property, { numRuns: 300 }) as Promise<void>)
})

test('every call gets its own value or error', async (t) => {
  const property = fc.asyncProperty(programs, async (program) => {
    const player = new Player()
    const answers = await player.play({ ...program, waits: true })
    return program.calls.every(({ name: expected, fails }, index) => {
      const answer = answers[index]
      if (answer?.status === 'rejected') return fails && answer.reason === expected
      return !fails && answer?.value === expected
    })
  })
  await t.notThrowsAsync(fc.assert(property, { numRuns: 300 }) as Promise<void>)
})

test('the queue is idle after its last call', async (t) => {
  const property = fc.asyncProperty(programs, async (program) => {
    const player = new Player()
    await player.play({ ...program, waits: true })
    await ticks(1)
    return player.queue.isIdle && player.queue.current() === player.queue
  })
  await t.notThrowsAsync(fc.assert(property) as Promise<void>)
})

test('a call from outside waits until the callback has ended', async (t) => {
  const { queue, log, run } = new Player()
  const inside = queue.run('transaction', async () => {
    await queue.inside(
      callback(async () => {
        await ticks(3)
        await run('inside')
      }),
    )
    log.push('end')
  })
  await ticks(1)
  await Promise.all([run('elsewhere'), inside])
  t.deepEqual(log, ['inside', 'end', 'elsewhere'])
})

test('a callback of another session does not change the queue of a call', async (t) => {
  const [one, other] = [new CallQueue('session', null, setting), new CallQueue('session', null, setting)]
  await one.inside(
    callback(() =>
      other.inside(
        callback(async () => {
          t.not(one.current(), one)
          t.not(other.current(), other)
          t.not(one.current(), other.current())
        }),
      ),
    ),
  )
  t.is(one.current(), one)
})

test('a call made after its callback has ended is refused, and one made after a hook belongs to the queue around it', async (t) => {
  const queue = new CallQueue('session', null, setting)
  const later = (kind: 'callback' | 'hook') =>
    new Promise((resolve) => {
      queue.inside({
        kind: 'call',
        scope: kind,
        fn: () => {
          t.not(queue.current(), queue)
          setImmediate(() => resolve(queue.current())) // in the context of the callback
        },
      })
    })
  t.true((await later('callback')) instanceof ResourceClosedError)
  t.is(await later('hook'), queue)
  t.is(queue.current(), queue)
})

test('an ended callback is remembered inside callbacks of other sessions that began after it', async (t) => {
  const [one, other] = [new CallQueue('session', null, setting), new CallQueue('session', null, setting)]
  const later = await new Promise((resolve) => {
    one.inside(
      callback(() => {
        setImmediate(() => other.inside(callback(() => resolve([one.current(), other.current() === other]))))
      }),
    )
  })
  const [refusal, isOutside] = later as [unknown, boolean]
  t.true(refusal instanceof ResourceClosedError)
  t.false(isOutside)
})

test('calls inside a hook are in a hook at any depth', async (t) => {
  const queue = new CallQueue('session', null, setting)
  t.false(queue.isInHook)
  const listener = () => {
    t.true(here(queue).isInHook)
    return here(queue).inside(callback(() => t.true(here(queue).isInHook)))
  }
  await queue.inside({ kind: 'call', scope: 'hook', fn: listener })
  await queue.inside(callback(() => t.false(here(queue).isInHook)))
})

test('the error of a refused overlap names both calls, and the first call completes', async (t) => {
  const queue = new CallQueue('session', null, { ...setting, refusesOverlap: true })
  const first = queue.run('commit', () => ticks(2).then(() => 'done'))
  const together = async (calls: readonly InContext<string>[]) =>
    calls.map(({ call: value }) => ({ ok: true as const, value }))
  const expected = { instanceOf: IllegalStateChangeError, message: /^(?:get|findMany)\(\).*commit\(\)/ }
  await t.throwsAsync(
    queue.run('get', () => Promise.resolve()),
    expected,
  )
  await t.throwsAsync(queue.runTogether('findMany', 'a', together), expected)
  t.is(await first, 'done')
  t.is(await queue.runTogether('findMany', 'a', together), 'a')
})

function callback(fn: () => unknown): UserCall {
  return { kind: 'call', scope: 'callback', fn }
}

/** The queue of a call that is not refused. */
function here(queue: CallQueue): CallQueue {
  const current = queue.current()
  if (current instanceof Error) throw current
  return current
}

/** Plays programs on a queue of its own and writes down what is carried out, in order. */
class Player {
  readonly queue = new CallQueue('session', null, setting)
  readonly log: (string | number[])[] = []

  /** A call of a single line of the log. */
  readonly run = (line: string) => here(this.queue).run(line, async () => this.log.push(line))

  /** Makes the calls, and waits for them where the program does. */
  async play({ calls, isSequential, waits }: Program): Promise<PromiseSettledResult<unknown>[]> {
    const made: Promise<unknown>[] = []
    for (const call of calls) {
      const promise = this.#make(call)
      promise.catch(() => {})
      made.push(promise)
      if (isSequential) await promise.catch(() => {})
    }
    return waits ? Promise.allSettled(made) : []
  }

  #make(call: Call): Promise<unknown> {
    const queue = here(this.queue)
    if (call.kind === 'read') return queue.runTogether('read', call, this.#together)
    return queue.run(call.kind, async () => {
      this.log.push(`begin ${call.name}`)
      if (call.kind === 'callback') await queue.inside(callback(() => this.play(call.body)))
      else await ticks(call.ticks)
      this.log.push(`end ${call.name}`)
      if (call.fails) throw call.name
      return call.name
    })
  }

  readonly #together = async (calls: readonly InContext<Call>[]) => {
    this.log.push(calls.map(({ call }) => call.name))
    await ticks(1)
    return calls.map(
      ({ call: { name: value, fails } }) => (fails ? { ok: false, error: value } : { ok: true, value }) as Answer,
    )
  }
}

type Answer = { readonly ok: true; readonly value: number } | { readonly ok: false; readonly error: number }

/** The log as it should be: in the order of the program, reads that were made one after the other as one. */
function expectedOf({ calls, isSequential }: Program): Player['log'] {
  const log: Player['log'] = []
  let isAfterRead = false
  for (const call of calls) {
    const last = log.at(-1)
    if (call.kind !== 'read') {
      const inner = call.kind === 'callback' ? expectedOf(call.body) : []
      log.push(`begin ${call.name}`, ...inner, `end ${call.name}`)
    } else if (isAfterRead && !isSequential && Array.isArray(last)) {
      last.push(call.name)
    } else {
      log.push([call.name])
    }
    isAfterRead = call.kind === 'read'
  }
  return log
}

async function ticks(count: number): Promise<void> {
  for (let tick = 0; tick < count; tick++) await new Promise((resolve) => setImmediate(resolve))
}
