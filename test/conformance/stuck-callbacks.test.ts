// Code of the user's that does not end, and calls that wait for it: each has a limit, and an error that names both.
import { EventEmitter, once } from 'node:events'
import { CallbackTimeoutError, ResourceClosedError, type SyncSession } from '../../src/index.js'
import type { PrismaClient } from '../helpers/clients.js'
import { behaviour, type TestSession } from '../helpers/conformance.js'
import { gate, listen } from '../helpers/observe.js'
import { refused } from '../helpers/steps.js'

const inProcess = { modes: ['async'] } as const

type Inside = SyncSession<PrismaClient>

/** Waits for nothing that ever comes; what it begins with, is under way. */
function stuck(entered: { open(): void }, first: () => unknown = () => {}): () => Promise<void> {
  return async () => {
    await first()
    entered.open()
    await new Promise(() => {})
  }
}

/** A loop that makes calls for others, in its own context, as a batching loader or a worker does. */
function worker(s: TestSession): (job: string) => Promise<unknown> {
  const jobs = new EventEmitter()
  void (async () => {
    for await (const [name] of EventEmitter.on(jobs, 'job'))
      s.user.create({ data: { name } }).then(
        (value) => jobs.emit(name, value),
        (error) => jobs.emit(name, error),
      )
  })()
  return async (name) => {
    const done = once(jobs, name)
    jobs.emit('job', name)
    return (await done)[0]
  }
}

for (const form of ['transaction', 'begin', '$transaction'] as const)
  behaviour(
    `a call that ${form}(fn) waits for and that waits for it is ended by timeout`,
    async (t, x) => {
      const { s } = x
      const create = worker(s)
      const body = async () => {
        await s.user.create({ data: { name: 'inside' } })
        await create('outside')
      }
      const run = () => (form === '$transaction' ? s.$transaction(body) : s[form](body))
      const error = await refused(t, run, { instanceOf: CallbackTimeoutError, code: 'CALLBACK_TIMEOUT' })
      t.regex(error.message, /^create\(\) waits for the function given to \$?(transaction|begin)\(\)/)
      await s.commit()
      t.deepEqual(
        (await x.raw.user.findMany()).map(({ name }) => name),
        ['outside'],
      )
    },
    { ...inProcess, session: { timeout: 1000 } },
  )

behaviour(
  'a warning names both where a call waits for a callback that makes none',
  async (t, x) => {
    const { s } = x
    const [entered, warned, leave] = [gate(), gate(), gate()]
    const messages: string[] = []
    listen(s, 'warning', ({ message }) => {
      if (!message.includes(' waits for ')) return
      messages.push(message)
      warned.open()
    })
    const running = s.transaction(async () => {
      entered.open()
      await leave.opened
    })
    await entered.opened
    const counted = s.user.count().then((count) => count)
    await warned.opened
    t.regex(messages[0] ?? '', /^count\(\) waits for the function given to transaction\(\).*made no call for/)
    leave.open()
    await running
    t.is(await counted, 0)
    t.is(messages.length, 1)
  },
  { ...inProcess, session: { idleWarning: 50 } },
)

const callbacks = {
  'transaction(fn)': (s: TestSession, fn: () => Promise<unknown>) => s.transaction(fn),
  '$transaction(fn)': (s: TestSession, fn: () => Promise<unknown>) => s.$transaction(fn),
  'noAutoflush(fn)': (s: TestSession, fn: () => Promise<unknown>) => s.noAutoflush(fn),
  'transaction(fn) in transaction(fn)': (s: TestSession, fn: () => Promise<unknown>) =>
    s.transaction(() => s.transaction(fn)),
  'a listener of flush()': (s: TestSession, fn: () => Promise<unknown>) => {
    s.on('beforeFlush', () => fn() as Promise<void>)
    s.add('User', { name: 'flushed' })
    return s.flush()
  },
}

for (const [name, run] of Object.entries(callbacks))
  behaviour(
    `close() ends ${name} that never settles, and frees its connection`,
    async (t, x) => {
      const { s } = x
      const entered = gate()
      const settled = Promise.allSettled([
        run(
          s,
          stuck(entered, () => s.user.create({ data: { name: 'a' } })),
        ),
      ])
      await entered.opened
      await s.close()
      const [outcome] = await settled
      t.is(outcome.status, 'rejected')
      const { reason } = outcome as PromiseRejectedResult
      t.true(reason instanceof ResourceClosedError, String(reason))
      t.regex(reason.message, /^close\(\) waits for (the function given to|a listener called by) /)
      t.false(s.inTransaction())
      await x.raw.user.create({ data: { name: 'another writer' } })
      s.add('User', { name: 'after' })
      if (name.startsWith('a listener')) return
      await s.commit()
      t.deepEqual(
        (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map((user) => user.name),
        ['another writer', 'after'],
      )
    },
    { ...inProcess, session: { closeTimeout: 100 } },
  )

behaviour(
  'calls that wait behind a callback go on once close() or timeout has ended it',
  async (t, x) => {
    const { s } = x
    const entered = gate()
    const running = s.noAutoflush(stuck(entered))
    await entered.opened
    const waiting = s.user.count().then((count) => count)
    await refused(t, () => running, { instanceOf: CallbackTimeoutError, message: /noAutoflush/ })
    t.is(await waiting, 0)
  },
  { ...inProcess, session: { timeout: 300 } },
)

behaviour(
  'close() ends a runSync whose function never returns, and the next one has its worker',
  async (t, x) => {
    const s = x.session({ closeTimeout: 300 })
    const endless = (inside: Inside) => {
      inside.add('User', { name: 'lost' })
      inside.flush()
      for (;;);
    }
    const running = refused(t, () => s.runSync(endless), { instanceOf: ResourceClosedError })
    await s.close()
    t.regex((await running).message, /^close\(\) waits for the function given to runSync\(\)/)
    t.is(await x.s.runSync((inside: Inside) => inside.user.count()), 0)
  },
  inProcess,
)

behaviour(
  'timeout ends a runSync whose function never returns while another call waits for it',
  async (t, x) => {
    const s = x.session({ timeout: 1000 })
    await s.user.count()
    const endless = () => {
      for (;;);
    }
    const running = refused(t, () => s.runSync(endless), { instanceOf: CallbackTimeoutError })
    const rolledBack = s.rollback()
    t.regex((await running).message, /^rollback\(\) waits for the function given to runSync\(\)/)
    await rolledBack
    t.is(await s.user.count(), 0)
  },
  inProcess,
)
