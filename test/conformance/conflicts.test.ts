// Conflicts of concurrent transactions: deadlocks and lost updates, with and without retry.
import { PendingRollbackError, select, sessionMaker } from '../../src/index.js'
import { behaviour, type Context, type TestSession } from '../helpers/conformance.js'
import { gate } from '../helpers/observe.js'
import { needsRollback, refused } from '../helpers/steps.js'

const modes = ['async'] as const // a blocked thread could not run the session that it waits for
const servers = { databases: ['postgresql', 'mariadb'], modes } as const
const postgresql = { databases: ['postgresql'], modes } as const

interface Two {
  readonly id: number
  readonly name: string
}

async function twoRows(x: Context): Promise<[Two, Two]> {
  const first = await x.raw.user.create({ data: { name: 'first' } })
  return [first, await x.raw.user.create({ data: { name: 'second' } })]
}

/** Shortens the second that PostgreSQL waits before it looks for a deadlock. MariaDB looks at once. */
async function impatient(x: Context, s: TestSession): Promise<void> {
  if (x.database === 'postgresql') await s.$executeRawUnsafe(`SET LOCAL deadlock_timeout = '50ms'`)
}

/** Deadlocks two sessions: each has written one row and reaches for the other's. Returns both, and the loser's error. */
async function deadlock(
  x: Context,
  reach: (s: TestSession, row: Two) => Promise<unknown>,
): Promise<{ loser: TestSession; winner: TestSession; error: unknown }> {
  const rows = await twoRows(x)
  const sessions = [x.s, x.other()] as const
  for (const [index, s] of sessions.entries()) {
    await impatient(x, s)
    const row = await s.getOne('User', (rows[index] as Two).id)
    row.name = `writer ${index}`
    await s.flush()
  }
  const outcomes = await Promise.allSettled(
    sessions.map((s, index) => reach(s, rows[1 - index] as Two).then(() => s.commit())),
  )
  const lost = outcomes.findIndex(({ status }) => status === 'rejected')
  const failed = outcomes[lost]
  if (failed?.status !== 'rejected' || outcomes[1 - lost]?.status !== 'fulfilled')
    throw new Error(`no deadlock with one loser: ${JSON.stringify(outcomes)}`)
  return { loser: sessions[lost] as TestSession, winner: sessions[1 - lost] as TestSession, error: failed.reason }
}

const reaches: Readonly<Record<string, (s: TestSession, row: Two) => Promise<unknown>>> = {
  'during a flush': async (s, { id }) => {
    const row = await s.getOne('User', id)
    row.name = `${row.name} and more`
    s.add('Post', { title: 'of the same flush', author: row })
    await s.flush()
  },
  'in a forwarded call': (s, { id }) => s.user.update({ where: { id }, data: { name: 'reached' } }).then((row) => row),
  'in raw SQL': (s, { id }) =>
    s.$executeRaw`UPDATE "User" SET name = 'reached' WHERE id = ${id}`.then((count) => count),
}

for (const [where, reach] of Object.entries(reaches)) {
  behaviour(
    `a deadlock ${where} fails one session until its rollback and keeps the work of the other`,
    async (t, x) => {
      const { loser, error } = await deadlock(x, reach)
      const { code } = error as { code: string }
      t.true(code === 'P2034' || code === 'P2010', `the deadlock's code is ${code}`)
      t.false(loser.isActive)
      await needsRollback(t, () => loser.user.count(), error)
      await refused(t, () => loser.commit(), { instanceOf: PendingRollbackError })
      await loser.rollback()
      const names = (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name)
      t.is(names.filter((name) => name.startsWith('writer')).length, 1, names.join())
      for (const user of (await loser.scalars(select('User'))).all()) user.name = 'again'
      await loser.commit()
      t.is(await x.raw.user.count({ where: { name: 'again' } }), 2)
    },
    servers,
  )
}

behaviour(
  'both transactions of a deadlock complete under retry, each attempt in its own session',
  async (t, x) => {
    const rows = await twoRows(x)
    const [first, second] = [sessionMaker(x.client), sessionMaker(x.raw)]
    const bothHold = gate()
    const sessions = new Set<object>()
    let holding = 0
    const cross = (maker: typeof first, order: readonly Two[], word: string) =>
      maker.begin(
        async (s) => {
          sessions.add(s)
          await impatient(x, s as unknown as TestSession)
          for (const { id } of order) {
            const row = await s.getOne('User', id)
            row.name = `${row.name} ${word}`
            await s.flush()
            if (++holding === 2) bothHold.open()
            await bothHold.opened
          }
        },
        { retry: 5, isolationLevel: 'ReadCommitted' },
      )
    await Promise.all([cross(first, rows, 'a'), cross(second, [...rows].reverse(), 'b')])
    t.is(sessions.size, 3)
    for (const { name } of await x.raw.user.findMany()) t.regex(name, /a b|b a/)
  },
  servers,
)

behaviour(
  'a counter under Serializable with retry loses no update',
  async (t, x) => {
    await x.raw.doc.create({ data: { id: 1, version: 0, body: '' } })
    const maker = sessionMaker(x.client, { isolationLevel: 'Serializable' })
    const raise = () =>
      maker.begin(
        async (s) => {
          const doc = await s.getOne('Doc', 1)
          doc.version++
        },
        { retry: { times: 200, delay: 5 } },
      )
    const workers = Array.from({ length: 4 }, async () => {
      for (let turn = 0; turn < 5; turn++) await raise()
    })
    await Promise.all(workers)
    t.is((await x.raw.doc.findFirst())?.version, 20)
  },
  postgresql,
)

behaviour(
  'a counter under row locks loses no update without retry',
  async (t, x) => {
    await x.raw.doc.create({ data: { id: 1, version: 0, body: '' } })
    const maker = sessionMaker(x.client)
    const workers = Array.from({ length: 4 }, async () => {
      for (let turn = 0; turn < 5; turn++)
        await maker.begin(async (s) => {
          const doc = await s.getOne('Doc', 1, { withForUpdate: true })
          doc.version++
        })
    })
    await Promise.all(workers)
    t.is((await x.raw.doc.findFirst())?.version, 20)
  },
  servers,
)
