// A session used as the client of a whole program, with overlapping calls of several contexts, as in a server.
import { setTimeout } from 'node:timers/promises'
import { createSession } from '../../src/index.js'
import type { PrismaClient } from '../helpers/clients.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'

/** Each gives what it has seen; they begin together. */
const contexts: Readonly<Record<string, (p: PrismaClient) => Promise<unknown>>> = {
  'a function that takes its time': (p) =>
    p.$transaction(async (tx) => {
      await tx.user.create({ data: { name: 'a' } })
      await setTimeout(20)
      return tx.user.count({ where: { name: 'a' } })
    }),
  'an array': (p) => p.$transaction([p.user.create({ data: { name: 'b' } }), p.user.count({ where: { name: 'b' } })]),
  'another array': (p) => p.$transaction([p.user.create({ data: { name: 'c' } }), p.item.count()]),
  'an array that fails': async (p) => {
    const taken = () => p.user.create({ data: { name: 'd', email: 'taken' } })
    const error = await p.$transaction([taken(), taken()]).catch((reason: { code: string }) => reason)
    return (error as { code: string }).code
  },
  'a write': (p) => p.user.create({ data: { name: 'e' } }),
  reads: (p) => Promise.all([p.item.count(), p.post.count()]),
}

for (const row of databases.filter(({ name }) => name === 'better-sqlite3' || name === 'postgresql'))
  for (const autobegin of [false, true])
    testOn(
      row,
      `overlapping calls of several contexts give the same as on a client [autobegin: ${autobegin}, ${row.name}]`,
      async (t) => {
        const outcomes: unknown[] = []
        for (const isSession of [false, true]) {
          const database = await row.create('test')
          const client = database.connect()
          const session = createSession(client, { autobegin })
          const p = isSession ? session : client
          const values = await Promise.all(
            Object.entries(contexts).map(async ([name, run], index) => {
              await setTimeout(index) // the first is under way when the others begin
              return [name, withoutKeys(await run(p))]
            }),
          )
          if (session.inTransaction()) await session.commit()
          outcomes.push([values, (await client.user.findMany()).map(({ name }) => name).sort()])
          await session.close()
          await database.release(client)
          await database.drop()
        }
        t.deepEqual(outcomes[1], outcomes[0])
      },
    )

/** Keys depend on the order in which the calls happen to run. */
function withoutKeys(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value, (key, each) => (key === 'id' ? 0 : each)))
}
