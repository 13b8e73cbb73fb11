// Views: one in which nothing is unique is read only, one with a key is managed.
import type { ExecutionContext } from 'ava'
import type { PrismaClient as ClashClient } from '../../generated/clash/client.ts'
import { createSession, entity, inspect, select, UnmappedModelError } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

const clash = { schema: 'clash' } as const

/** A session over a transaction of two lines, and the views of prisma/clash.prisma. */
async function withViews(t: ExecutionContext, x: Context) {
  const raw = x.raw as unknown as ClashClient
  const isMariaDb = x.database.startsWith('mariadb')
  const run = (sql: string) => raw.$executeRawUnsafe(isMariaDb ? sql.replaceAll('"', '`') : sql)
  const count = `CAST(COUNT(*) AS ${isMariaDb ? 'SIGNED' : 'INTEGER'})`
  await run(`CREATE VIEW "Total" AS SELECT "transactionId", ${count} AS "lines" FROM "Line" GROUP BY "transactionId"`)
  await run('CREATE VIEW "LineText" AS SELECT "id", "text" FROM "Line"')
  const { id } = await raw.transaction.create({
    data: { amount: 1, lines: { create: [{ text: 'a' }, { text: 'b' }] } },
  })
  x.clear()
  const s = createSession(x.client as unknown as ClashClient)
  t.teardown(async () => {
    await s.close()
    await run('DROP VIEW "Total"')
    await run('DROP VIEW "LineText"')
  })
  return { s, id }
}

behaviour(
  'a view without a unique field is read by forwarded calls',
  async (t, x) => {
    const { s, id } = await withViews(t, x)
    t.deepEqual(await s.total.findMany(), [{ transactionId: id, lines: 2 }])
    t.is((await s.total.findFirst({ where: { lines: 2 } }))?.transactionId, id)
    t.is(await s.delegate('Total').count(), 1)
    const found = await s.transaction.findUnique({ where: { id }, include: { totals: true } })
    t.deepEqual(found?.totals, [{ transactionId: id, lines: 2 }])
    // The fluent form is for calls that are still to be sent.
    if (x.mode === 'async') t.is((await s.transaction.findUnique({ where: { id } }).totals())?.length, 1)
  },
  clash,
)

behaviour(
  'a view without a unique field is read by select with columns or track: false',
  async (t, x) => {
    const { s, id } = await withViews(t, x)
    const lines = await s.scalars(select('Total', { select: { lines: true }, where: { transactionId: id } }))
    t.deepEqual(lines.all(), [2])
    const totals = (await s.scalars(select('Total', { track: false, orderBy: { lines: 'asc' } }))).all()
    t.deepEqual(totals, [{ transactionId: id, lines: 2 }])
    t.is(s.identityMap.size, 0)
  },
  clash,
)

behaviour(
  'rows of a view without a unique field that an include brings are plain',
  async (t, x) => {
    const { s, id } = await withViews(t, x)
    const transaction = await s.getOne('Transaction', id, { include: { totals: true } })
    t.deepEqual(transaction.totals as unknown[], [{ transactionId: id, lines: 2 }])
    t.is(s.identityMap.size, 1)
    t.is(s.dirty.size, 0)
    transaction.amount = 2 as never
    await s.commit()
    t.is(Number((await x.raw.$queryRawUnsafe<{ n: number }[]>('SELECT 1 AS n'))[0]?.n), 1)
    t.is(Number((await s.transaction.findUniqueOrThrow({ where: { id } })).amount), 2)
  },
  clash,
)

behaviour(
  'verbs that manage rows refuse a view without a unique field, before anything is sent',
  async (t, x) => {
    const { s } = await withViews(t, x)
    const verbs = s as unknown as Record<string, (...args: unknown[]) => unknown>
    const calls: [verb: string, ...args: unknown[]][] = [
      ['add', 'Total', { lines: 1 }],
      ['addAll', 'Total', [{ lines: 1 }]],
      ['add', 'Transaction', { amount: 1, totals: [{ lines: 1 }] }],
      ['attach', 'Total', { transactionId: 1, lines: 1 }],
      ['ref', 'Total', 1],
      ['get', 'Total', 1],
      ['getOne', 'Total', 1],
      ['getMany', 'Total', [1]],
      ['merge', 'Total', { lines: 1 }],
      ['merge', entity('Total', { lines: 1 })],
      ['scalars', select('Total')],
      ['execute', select('Total', { withForUpdate: true, track: false } as never)],
    ]
    for (const [verb, ...args] of calls) {
      await refused(t, () => verbs[verb]?.(...args), {
        instanceOf: UnmappedModelError,
        message: /^Total has no @id and no @unique .* select\('Total', \{ track: false \}\)$/,
      })
    }
    t.deepEqual(x.wire(), [])
    t.deepEqual(x.ops(), [])
  },
  clash,
)

behaviour(
  'a view with a unique field is managed',
  async (t, x) => {
    const { s } = await withViews(t, x)
    const [line] = (await s.scalars(select('LineText', { orderBy: { id: 'asc' } }))).all()
    t.is(inspect(line as object).state, 'persistent')
    t.is<unknown, unknown>(await s.get('LineText', line?.id as number), line)
  },
  clash,
)
