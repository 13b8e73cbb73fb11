// Sessions that nobody closes: the error of the one that gets no connection names them, and an idle transaction warns.
import { setTimeout } from 'node:timers/promises'
import { select, sessionMaker } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { inOrder, refused } from '../helpers/steps.js'

const here = /forgotten-sessions\.test\.[tj]s:\d+:\d+/

/** Each is a way in which a session begins its transaction. */
const ways: Readonly<Record<string, (x: Context) => unknown>> = {
  get: (x) => x.session().get('User', 1),
  scalars: (x) => x.session().scalars(select('User')),
  'a forwarded call': (x) => x.session().user.count(),
  'raw SQL': (x) => x.session().$queryRawUnsafe('SELECT 1'),
  flush: (x) => {
    const s = x.session()
    s.add('User', { name: 'new' })
    return s.flush()
  },
  'a read after begin': async (x) => {
    const s = x.session()
    await s.begin()
    await s.user.count()
  },
}

for (const [name, begin] of Object.entries(ways))
  behaviour(
    `a transaction that cannot begin says how many sessions hold one, how old the oldest is, and where it began [${name}]`,
    async (t, x) => {
      for (let n = 0; n < 4; n++) {
        await setTimeout(10) // places are noted every 10 ms at most
        await begin(x)
      }
      const late = x.session({ maxWait: 200 })
      const { message, stack } = await refused(t, () => late.user.count(), { code: 'P2028' })
      t.regex(message, /Unable to start a transaction in the given time/)
      t.regex(message, /4 sessions of this client hold a transaction\. The oldest began \d+\.\d s ago at /)
      t.regex(message, here)
      t.regex(message, /idle for \d+\.\d s/)
      t.true(stack?.includes(message))
    },
    { databases: ['postgresql', 'mariadb'] },
  )

behaviour(
  'a transaction that cannot begin names no session once they have ended',
  async (t, x) => {
    const ends = [
      (s = x.session()) =>
        inOrder(
          () => s.user.count(),
          () => s.commit(),
        ),
      (s = x.session()) =>
        inOrder(
          () => s.user.count(),
          () => s.rollback(),
        ),
      (s = x.session()) =>
        inOrder(
          () => s.user.count(),
          () => s.close(),
        ),
      (s = x.session()) =>
        inOrder(
          () => s.user.count(),
          () => s.invalidate(),
        ),
      () => sessionMaker(x.client).begin((s) => s.user.count()),
    ]
    for (const end of ends) await end()
    const open = x.session()
    await open.user.count()
    const maxWait = { maxWait: 200 }
    const others = [x.session(), x.session(), x.session()]
    for (const other of others) await other.user.count()
    const { message } = await refused(t, () => x.session(maxWait).user.count(), { code: 'P2028' })
    t.regex(message, /4 sessions of this client hold a transaction/)
    for (const other of [open, ...others]) await other.rollback()
    await x.session(maxWait).user.count()
  },
  { databases: ['postgresql', 'mariadb'] },
)

behaviour(
  'the writer of a file that waits for another session of the client says which one has it',
  async (t, x) => {
    await setTimeout(10)
    await x.s.user.count()
    const { message } = await refused(t, () => x.session({ maxWait: 100 }).user.count(), { code: 'P2028' })
    t.regex(message, /1 session of this client holds a transaction\. It began .* at /)
    t.regex(message, here)
  },
  { databases: ['better-sqlite3'] },
)

behaviour(
  'a transaction that is idle for longer than idleWarning warns its listeners, with the place where it began, once',
  async (t, x) => {
    const idleWarning = 100
    const s = x.session({ idleWarning })
    const warnings = x.events(s, ['warning'])
    await setTimeout(10)
    let last = performance.now()
    let longest = 0 // the machine may have stood still
    for (const start = last; last - start < 3 * idleWarning; last = performance.now()) {
      await s.user.count()
      const ended = performance.now()
      await setTimeout(20)
      longest = Math.max(longest, performance.now() - ended)
    }
    t.true(warnings.length === 0 || longest >= idleWarning)
    while (warnings.length === 0) await setTimeout(20)
    await setTimeout(200)
    t.is(warnings.length, 1)
    const message = String(warnings[0]?.payload.message)
    t.regex(message, /has been idle for \d+\.\d s and holds a connection/)
    t.regex(message, here)
    await s.commit()
  },
)

behaviour(
  'idleWarning: false, a transaction that is not open, and one that ended in time do not warn',
  async (t, x) => {
    const silent = x.session({ idleWarning: false })
    const quick = x.session({ idleWarning: 50 })
    const warnings = [...[silent, quick].map((s) => x.events(s, ['warning']))]
    await quick.user.count()
    await quick.rollback()
    await silent.user.count()
    await setTimeout(150)
    t.deepEqual(warnings.flat(), [])
  },
)

behaviour(
  'a call that takes longer than idleWarning is not idle',
  async (t, x) => {
    const s = x.session({ idleWarning: 50 })
    const warnings = x.events(s, ['warning'])
    await s.$queryRawUnsafe('SELECT pg_sleep(0.3)::text')
    await s.rollback()
    t.deepEqual(warnings, [])
  },
  { databases: ['postgresql'] },
)

behaviour(
  'a transaction whose client connection() has given out, or that runSync uses, is not idle',
  async (t, x) => {
    const s = x.session({ idleWarning: 100 })
    const warnings = x.events(s, ['warning'])
    await s.runSync((inner) => {
      inner.$queryRawUnsafe('SELECT 1')
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 250)
    })
    await s.rollback()
    await s.connection()
    await setTimeout(250)
    await s.rollback()
    t.deepEqual(warnings, [])
  },
  { modes: ['async'], databases: ['better-sqlite3', 'postgresql'] },
)

behaviour(
  'an error of a warning listener that nobody waits for is a warning of the process',
  async (t, x) => {
    const s = x.session({ idleWarning: 50 })
    s.on('warning', ({ message }) => {
      throw new Error(`made of: ${message}`)
    })
    const warned = new Promise<Error>((resolve) => process.once('warning', resolve))
    const told = new Promise<Error>((resolve) => {
      process.on('warning', function hear(warning) {
        if (!warning.message.includes('made of: A transaction has been idle')) return
        process.off('warning', hear)
        resolve(warning)
      })
    })
    await s.user.count()
    await warned
    t.is((await told).name, 'PrismaSessionWarning')
    await s.rollback()
  },
  { databases: ['better-sqlite3'], modes: ['async'] },
)

for (const idleWarning of [0, -1, 1.5, 2 ** 31, true, '10'])
  behaviour(`idleWarning: ${String(idleWarning)} is refused when the session is made`, async (t, x) => {
    await refused(t, async () => x.session({ idleWarning } as object), { code: 'ARGUMENT', message: /idleWarning/ })
  })
