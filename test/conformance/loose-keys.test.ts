// Keys that the database compares more loosely than JavaScript does: what counts is what it finds.
import { createSession } from '../../src/index.js'
import { behaviour, type Context, type TestSession } from '../helpers/conformance.js'
import type { DatabaseName } from '../helpers/databases.js'
import { quotedFor } from '../helpers/sql.js'

/** Makes Made.id a column that takes 'a' for 'A'; the test ends with the column as it was. */
const loosely: Partial<Record<DatabaseName, readonly [before: readonly string[], after: readonly string[]]>> = {
  mariadb: [[], []], // its collations do
  postgresql: [
    ['CREATE EXTENSION IF NOT EXISTS citext', 'ALTER TABLE "Made" ALTER COLUMN "id" TYPE citext'],
    ['ALTER TABLE "Made" ALTER COLUMN "id" TYPE text'],
  ],
}

for (const [name, [before, after]] of Object.entries(loosely)) {
  const at = { databases: [name as DatabaseName] }
  const prepare = async (x: Context, t: { teardown(work: () => Promise<void>): void }) => {
    const run = async (statements: readonly string[]) => {
      for (const sql of statements) await x.raw.$executeRawUnsafe(quotedFor(x.database, sql))
    }
    await x.raw.made.createMany({ data: ['alpha', 'beta', 'gamma'].map((id) => ({ id, note: id })) })
    await run(before)
    t.teardown(async () => {
      await x.s.rollback() // which holds locks on the table
      await run(after)
    })
  }

  behaviour(
    'getMany finds the rows that get alone finds',
    async (t, x) => {
      await prepare(x, t)
      const keys = ['ALPHA', 'alpha', 'Beta', 'none', 'gamma', 'GAMMA']
      const alone = []
      const other = x.session()
      for (const key of keys) alone.push((await other.get('Made', key))?.note)
      await other.rollback()
      t.deepEqual(alone, ['alpha', 'alpha', 'beta', undefined, 'gamma', 'gamma'])
      const many = await x.s.getMany('Made', keys)
      t.deepEqual(
        many.map((row) => row?.note),
        alone,
      )
      t.is(many[0], many[1])
      t.is(many[4], many[5])
      t.deepEqual(await x.s.getMany('Made', keys), many)
    },
    at,
  )

  behaviour(
    'calls of get in one tick find the rows that get alone finds',
    async (t, x) => {
      await prepare(x, t)
      const rows = await Promise.all(['ALPHA', 'beta', 'BETA', 'none'].map((key) => x.s.get('Made', key)))
      t.deepEqual(
        rows.map((row) => row?.note),
        ['alpha', 'beta', 'beta', undefined],
      )
      t.is(rows[1], rows[2])
    },
    at,
  )

  if (name === 'mariadb')
    behaviour(
      'calls of get in one tick through query extensions find the rows that get alone finds',
      async (t, x) => {
        await prepare(x, t)
        const s = createSession(x.extended('hooked')) as unknown as TestSession
        const rows = await Promise.all(['ALPHA', 'beta', 'BETA', 'none'].map((key) => s.get('Made', key)))
        t.deepEqual(
          rows.map((row) => row?.note),
          ['alpha', 'beta', 'beta', undefined],
        )
        await s.close()
      },
      at,
    )

  behaviour(
    'rows are locked by getMany in any spelling of their keys',
    async (t, x) => {
      await prepare(x, t)
      const rows = await x.s.getMany('Made', ['ALPHA', 'beta'], { withForUpdate: true })
      t.deepEqual(
        rows.map((row) => row?.id),
        ['alpha', 'beta'],
      )
    },
    at,
  )
}

behaviour('getMany by a unique finds every spelling', async (t, x) => {
  await x.raw.user.createMany({
    data: [
      { name: 'a', email: 'a@x' },
      { name: 'b', email: 'b@x' },
    ],
  })
  const keys = ['A@X', 'a@x', 'B@x', 'c@x'].map((email) => ({ email }))
  const alone = []
  const other = x.session()
  for (const key of keys) alone.push((await other.get('User', key))?.name)
  await other.rollback()
  t.deepEqual(
    (await x.s.getMany('User', keys)).map((user) => user?.name),
    alone,
  )
})

behaviour('missing keys of exact types cost no query of their own', async (t, x) => {
  await x.raw.user.create({ data: { id: 1, name: 'a' } })
  const ops = await x.opsDuring(async () => {
    t.deepEqual(
      (await x.s.getMany('User', [1, 2, 3])).map((user) => user?.name),
      ['a', undefined, undefined],
    )
  })
  t.is(ops.length, 1)
})
