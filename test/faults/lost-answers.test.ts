// A COMMIT whose answer does not come, because the connection is lost before or after the server has carried it out.
import {
  CommitUnknownError,
  createSession,
  inspect,
  type Retry,
  type SessionEvent,
  sessionMaker,
} from '../../src/index.js'
import { behindProxy } from '../helpers/behind-proxy.js'
import type { PrismaClient } from '../helpers/clients.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'

const told: readonly SessionEvent[] = ['afterCommit', 'afterRollback', 'afterSoftRollback', 'afterTransactionEnd']

for (const row of databases) {
  if (row.name !== 'postgresql' && row.name !== 'mariadb') continue
  for (const where of ['before', 'after'] as const) {
    testOn(
      row,
      `a COMMIT cut off ${where} it is carried out is unknown, and the objects are read again [${row.name}]`,
      async (t) => {
        const { proxy, client, raw } = await behindProxy(t, row)
        await client.user.count()
        const { id } = await raw.user.create({ data: { name: 'old' } })
        const s = createSession(client)
        const events: string[] = []
        for (const event of told) s.on(event, () => void events.push(event))
        const old = await s.getOne('User', id)
        old.name = 'changed'
        const added = s.add('User', { name: 'new' })
        proxy.cut(where, 'COMMIT')
        const error = await t.throwsAsync<CommitUnknownError>(s.commit(), { instanceOf: CommitUnknownError })
        t.is(error?.code, 'COMMIT_UNKNOWN')
        t.truthy(error?.cause)
        t.deepEqual(events, ['afterTransactionEnd'])
        t.false(s.inTransaction())
        t.true(inspect(old).stale)
        const isThere = where === 'after'
        t.is(await raw.user.count({ where: { name: 'new' } }), isThere ? 1 : 0)
        t.is(await s.get('User', added.id), isThere ? added : null)
        t.is((await s.getOne('User', id)).name, isThere ? 'changed' : 'old')
        old.name = 'usable'
        await s.commit()
        t.is(await raw.user.count({ where: { name: 'usable' } }), 1)
        await s.close()
      },
    )

    testOn(
      row,
      `work whose COMMIT was cut off ${where} it is carried out is in the table once, with verify [${row.name}]`,
      async (t) => {
        const { proxy, client, raw } = await behindProxy(t, row)
        await client.user.count()
        let runs = 0
        const retry: Retry<PrismaClient> = {
          times: 2,
          delay: 0,
          verify: async (session) => (await session.user.count({ where: { name: 'once' } })) > 0,
        }
        proxy.cut(where, 'COMMIT')
        const value = await sessionMaker(client).begin(
          async (session) => {
            session.add('User', { name: 'once' })
            await session.flush()
            return ++runs
          },
          { retry: retry as never },
        )
        t.is(value, where === 'after' ? 1 : 2)
        t.is(runs, value)
        t.is(await raw.user.count(), 1)
      },
    )

    testOn(
      row,
      `without verify work whose COMMIT was cut off ${where} it is carried out is not run again [${row.name}]`,
      async (t) => {
        const { proxy, client, raw } = await behindProxy(t, row)
        await client.user.count()
        let runs = 0
        proxy.cut(where, 'COMMIT')
        const work = sessionMaker(client).begin(
          (session) => {
            runs++
            session.add('User', { name: 'once' })
          },
          { retry: 3 },
        )
        await t.throwsAsync(work, { instanceOf: CommitUnknownError })
        t.is(runs, 1)
        t.is(await raw.user.count(), where === 'after' ? 1 : 0)
      },
    )
  }

  testOn(row, `a COMMIT of reads that is cut off is no unknown: there is nothing to know [${row.name}]`, async (t) => {
    const { proxy, client } = await behindProxy(t, row)
    const s = createSession(client)
    await s.user.count()
    proxy.cut('after', 'COMMIT')
    const error = await t.throwsAsync(s.commit())
    t.false(error instanceof CommitUnknownError)
    await s.rollback()
    t.is(await s.user.count(), 0)
    await s.close()
  })
}
