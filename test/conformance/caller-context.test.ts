// Each call runs in the AsyncLocalStorage context of its caller, whatever calls stand before it in the queue.
import { AsyncLocalStorage } from 'node:async_hooks'
import { createSession, select } from '../../src/index.js'
import { behaviour, type Context, type TestSession } from '../helpers/conformance.js'
import { listen } from '../helpers/observe.js'

const inProcess = { modes: ['async'] } as const

const tenants = new AsyncLocalStorage<string>()

/** What a query extension sees, as one does that keeps tenants apart or that traces. */
interface Seen {
  readonly operation: string
  readonly tenant: string | undefined
  readonly args: unknown
}

function tenantSession(x: Context, options: object): { s: TestSession; seen: Seen[] } {
  const seen: Seen[] = []
  const client = x.client.$extends({
    query: {
      $allOperations({ operation, args, query }) {
        seen.push({ operation, tenant: tenants.getStore(), args })
        return query(args)
      },
    },
  })
  return { s: createSession(client, options) as unknown as TestSession, seen }
}

/** Each call has its caller's name in its arguments. */
const calls: Readonly<Record<string, (s: TestSession, tenant: string) => unknown>> = {
  'a forwarded read': (s, tenant) => s.user.findMany({ where: { name: tenant } }),
  'a forwarded read by key': (s, tenant) => s.user.findUnique({ where: { email: tenant } }),
  'a forwarded write': (s, tenant) => s.user.create({ data: { name: tenant } }),
  'a raw query': (s, tenant) => s.$queryRawUnsafe(`SELECT '${tenant}' AS name`),
  get: (s, tenant) => s.get('User', { email: tenant }),
  getMany: (s, tenant) => s.getMany('User', [{ email: tenant }]),
  execute: (s, tenant) => s.execute(select('User', { where: { name: tenant } })),
  stream: async (s, tenant) => (await s.stream(select('User', { where: { name: tenant } }))).all(),
  '$transaction(fn)': (s, tenant) => s.$transaction((tx) => tx.user.findMany({ where: { name: tenant } })),
  '$transaction([…])': (s, tenant) => s.$transaction([s.user.findMany({ where: { name: tenant } })]),
  'transaction(fn)': (s, tenant) => s.transaction(() => s.user.findMany({ where: { name: tenant } })),
  'noAutoflush(fn)': (s, tenant) => s.noAutoflush(() => s.user.findMany({ where: { name: tenant } })),
}

const callers = ['tenant-1', 'tenant-2', 'tenant-3', 'tenant-4']

for (const autobegin of [true, false])
  for (const [name, call] of Object.entries(calls)) {
    const needsTransaction = !autobegin && ['get', 'getMany', 'execute', 'stream'].includes(name)
    behaviour(
      `${name} of overlapping callers runs in the context of each, with autobegin: ${autobegin}`,
      async (t, x) => {
        const { s, seen } = tenantSession(x, { autobegin })
        if (needsTransaction) await s.begin()
        await Promise.all(
          callers.map((tenant) => tenants.run(tenant, () => Promise.all([call(s, tenant), call(s, tenant)]))),
        )
        await s.rollback()
        const mine = seen.filter(({ args }) => callers.some((tenant) => JSON.stringify(args).includes(tenant)))
        t.true(mine.length >= callers.length, JSON.stringify(seen))
        for (const { tenant, args } of mine) t.true(JSON.stringify(args).includes(`${tenant}`), JSON.stringify(mine))
        await s.close()
      },
      inProcess,
    )
  }

behaviour(
  'get of rows by key in one tick runs in the context of each caller, and is one query still',
  async (t, x) => {
    await x.raw.user.createMany({ data: callers.map((name) => ({ name })) })
    const { s, seen } = tenantSession(x, {})
    await s.user.count()
    x.clear()
    seen.length = 0
    const found = await Promise.all(
      callers.map((tenant, index) => tenants.run(tenant, () => s.getOne('User', index + 1))),
    )
    t.deepEqual(
      found.map(({ name }) => name),
      callers,
    )
    t.deepEqual(
      seen.map(({ tenant }) => tenant),
      callers,
    )
    t.is(x.sql().filter((sql) => /^SELECT/i.test(sql)).length, 1)
    await s.close()
  },
  inProcess,
)

behaviour(
  'a flush and its hooks run in the context of who flushes',
  async (t, x) => {
    const { s, seen } = tenantSession(x, {})
    const hooks: unknown[] = []
    for (const event of ['beforeFlush', 'afterFlush', 'beforeCommit', 'afterCommit', 'pendingToPersistent'] as const)
      listen(s, event, async () => {
        hooks.push(tenants.getStore())
        await null
        hooks.push(tenants.getStore())
      })
    const work = callers.map((tenant) =>
      tenants.run(tenant, async () => {
        await null
        await s.user.count({ where: { name: tenant } })
        s.add('User', { name: tenant })
        await s.commit()
      }),
    )
    await Promise.all(work)
    t.is(await x.raw.user.count(), callers.length)
    t.true(hooks.length >= 8)
    t.false(hooks.includes(undefined))
    for (const { operation, tenant, args } of seen)
      if (operation === 'count') t.true(JSON.stringify(args).includes(`${tenant}`))
      else t.truthy(tenant, operation)
    await s.close()
  },
  inProcess,
)
