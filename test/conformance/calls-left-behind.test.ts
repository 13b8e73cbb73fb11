// What a callback leaves running when it has ended: its calls are refused, and nothing of it is written.
import { AsyncLocalStorage } from 'node:async_hooks'
import { ResourceClosedError, select, sessionMaker } from '../../src/index.js'
import { behaviour, type Context, type TestSession } from '../helpers/conformance.js'
import { gate } from '../helpers/observe.js'
import { catching, inOrder, refused } from '../helpers/steps.js'
import { userNames } from '../helpers/user-names.js'

const inProcess = { modes: ['async'] } as const

type Body = (session: TestSession) => unknown

/** Every callback form: calls `body` with its session. */
const forms: Readonly<Record<string, (x: Context, s: TestSession, body: Body) => unknown>> = {
  'transaction(fn)': (_, s, body) => s.transaction(body),
  'begin(fn)': (_, s, body) => s.begin(body),
  '$transaction(fn)': (_, s, body) => s.$transaction(body as unknown as () => Promise<unknown>),
  'noAutoflush(fn)': (_, s, body) => s.noAutoflush(() => body(s)),
  'maker.begin(fn)': (x, _, body) => sessionMaker(x.client).begin((made) => body(made as unknown as TestSession)),
  'maker.with(fn)': (x, _, body) => sessionMaker(x.client).with((made) => body(made as unknown as TestSession)),
}

/** Each would write, or begin something that the next commit writes. */
const calls: Readonly<Record<string, Body>> = {
  add: (s) => s.add('User', { name: 'late' }),
  addAll: (s) => s.addAll('User', [{ name: 'late' }]),
  flush: (s) => s.flush(),
  get: (s) => s.get('User', 1),
  execute: (s) => s.execute(select('User')),
  forwarded: (s) => s.user.create({ data: { name: 'late' } }),
  'forwarded read': (s) => s.user.count(),
  raw: (s) => s.$executeRawUnsafe('INSERT INTO "User" (name) VALUES (\'late\')'),
  begin: (s) => s.begin(),
  transaction: (s) => s.transaction(() => {}),
  noAutoflush: (s) => s.noAutoflush(() => {}),
  commit: (s) => s.commit(),
}

interface LeftBehind {
  /** Makes every call once the gate is open, each after the one before. */
  readonly body: Body
  /** Opens the gate; the errors, by call. */
  late(): Promise<Record<string, unknown>>
}

function leftBehind(): LeftBehind {
  const [leave, done] = [gate(), gate()]
  const errors: Record<string, unknown> = {}
  return {
    body: (s) => {
      void leave.opened.then(async () => {
        for (const [name, call] of Object.entries(calls)) {
          const caught: unknown[] = []
          await catching(caught, () => call(s))()
          errors[name] = caught[0]
        }
        done.open()
      })
    },
    late: async () => {
      leave.open()
      await done.opened
      return errors
    },
  }
}

for (const autobegin of [true, false])
  for (const [form, run] of Object.entries(forms))
    for (const ends of ['failed', 'ended'])
      behaviour(
        `calls that ${form} has left behind are refused once it has ${ends}, with autobegin: ${autobegin}`,
        async (t, x) => {
          const { s } = x
          const mine = new Error('mine')
          const { body, late } = leftBehind()
          const work = () =>
            run(x, s, (inside) => {
              body(inside)
              if (ends === 'failed') throw mine
            })
          if (ends === 'failed') t.is(await refused(t, work), mine)
          else await work()
          x.clear()
          const errors = await late()
          t.deepEqual(Object.keys(errors), Object.keys(calls))
          for (const [name, error] of Object.entries(errors)) {
            t.true(error instanceof ResourceClosedError, `${name}: ${String(error)}`)
            t.regex((error as Error).message, /has ended/)
          }
          t.deepEqual([x.ops(), x.wire()], [[], []])
          t.is(s.new.size, 0)
          // From elsewhere the session goes on.
          await s.transaction((inside) => void inside.add('User', { name: 'after' }))
          t.deepEqual(await userNames(x), ['after'])
        },
        { session: { autobegin } },
      )

for (const autobegin of [true, false])
  behaviour(
    `the sibling of a call that failed writes nothing more, with autobegin: ${autobegin}`,
    async (t, x) => {
      const { s } = x
      const [debited, refusal] = [gate(), gate()]
      const late: Promise<unknown>[] = []
      const transfer = async (tx: Pick<TestSession, 'user'>) => {
        await tx.user.create({ data: { name: 'debit' } })
        debited.open()
        await refusal.opened
        await tx.user.create({ data: { name: 'credit' } })
      }
      const error = await refused(t, () =>
        s.$transaction((tx) => {
          late.push(transfer(tx))
          return Promise.all([
            ...late,
            debited.opened.then(() => {
              throw new Error('refused')
            }),
          ])
        }),
      )
      t.is(error.message, 'refused')
      refusal.open()
      await refused(t, () => Promise.all(late), { instanceOf: ResourceClosedError })
      if (s.inTransaction()) await s.commit()
      t.deepEqual(await userNames(x), [])
    },
    { ...inProcess, session: { autobegin } },
  )

behaviour(
  'the calls of an async function given to a synchronous session are refused',
  async (t, x) => {
    const [leave, done] = [gate(), gate()]
    const errors: unknown[] = []
    await refused(
      t,
      () =>
        x.s.transaction(async (s) => {
          await leave.opened
          await catching(errors, () => s.add('User', { name: 'late' }))()
          await catching(errors, () => s.user.create({ data: { name: 'late' } }))()
          done.open()
        }),
      { message: /promise/ },
    )
    leave.open()
    await done.opened
    t.is(errors.length, 2)
    for (const error of errors) t.true(error instanceof ResourceClosedError, String(error))
    await x.s.commit()
    t.deepEqual(await userNames(x), [])
  },
  { modes: ['sync'] },
)

behaviour(
  'calls that a savepoint has left behind are refused while the transaction around it goes on',
  async (t, x) => {
    const { s } = x
    const { body, late } = leftBehind()
    await s.transaction((outer) =>
      inOrder(
        () => outer.add('User', { name: 'outer' }),
        catching([], () =>
          outer.transaction((inner) => {
            body(inner)
            throw new Error('mine')
          }),
        ),
      ),
    )
    for (const error of Object.values(await late())) t.true(error instanceof ResourceClosedError, String(error))
    t.deepEqual(await userNames(x), ['outer'])
  },
)

behaviour(
  'calls that are under way when a callback ends are finished in its transaction, and those after them are refused',
  async (t, x) => {
    const late: Promise<unknown>[] = []
    await x.s.transaction((s) => {
      const first = s.user.create({ data: { name: 'under way' } }).then(({ name }) => name)
      late.push(
        first,
        first.then(() => s.user.create({ data: { name: 'late' } })),
      )
    })
    t.deepEqual(
      (await Promise.allSettled(late)).map(({ status }) => status),
      ['fulfilled', 'rejected'],
    )
    t.deepEqual(await userNames(x), ['under way'])
  },
  inProcess,
)

behaviour(
  'work that is to outlast its callback can be started outside of it',
  async (t, x) => {
    const ended = gate()
    const start = AsyncLocalStorage.snapshot()
    let late: Promise<unknown> | undefined
    await x.s.transaction(() => {
      late = start(() => ended.opened.then(() => x.s.user.create({ data: { name: 'later' } })))
    })
    ended.open()
    await late
    await x.s.commit()
    t.deepEqual(await userNames(x), ['later'])
  },
  inProcess,
)

behaviour(
  'a listener may start work that goes on after it',
  async (t, x) => {
    const left: Promise<unknown>[] = []
    const ended = gate()
    x.s.on('afterCommit', () => {
      if (left.length === 0) left.push(ended.opened.then(() => x.s.user.count()))
    })
    x.s.add('User', { name: 'a' })
    await x.s.commit()
    ended.open()
    t.deepEqual(await Promise.all(left), [1])
  },
  inProcess,
)

behaviour(
  'a job may plan the next one from its callback, with a session of its own',
  async (t, x) => {
    const done = gate()
    let open = 4
    const maker = sessionMaker(x.client)
    const job = async (left: number): Promise<void> => {
      await maker.begin(async (s) => {
        s.add('User', { name: `job ${left}` })
        if (left > 0) setImmediate(() => job(left - 1))
      })
      if (--open === 0) done.open() // they overlap, and end in any order
    }
    await job(3)
    await done.opened
    t.deepEqual((await userNames(x)).sort(), ['job 0', 'job 1', 'job 2', 'job 3'])
  },
  inProcess,
)

behaviour(
  'a stream that was opened in a callback is read on from outside of it, and not by what the callback left behind',
  async (t, x) => {
    await x.raw.user.createMany({ data: [{ name: 'a' }, { name: 'b' }] })
    const ended = gate()
    let late: Promise<unknown> | undefined
    const stream = await x.s.noAutoflush(async () => {
      const opened = await x.s.streamScalars(select('User', { orderBy: { id: 'asc' } }), { yieldPer: 1 })
      late = ended.opened.then(() => opened.fetchMany(1))
      return opened
    })
    t.is((await stream.fetchMany(1)).length, 1)
    ended.open()
    await t.throwsAsync(late as Promise<unknown>, { instanceOf: ResourceClosedError })
    t.is((await stream.all()).length, 1)
  },
  inProcess,
)
