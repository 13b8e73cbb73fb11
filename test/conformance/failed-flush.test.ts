// A failed flush or statement: what is undone, what the session still allows, and how it becomes usable again.
import { Prisma } from '../../generated/test/client.ts'
import { createSession, InvalidRequestError, inspect, PendingRollbackError, select } from '../../src/index.js'
import { type BehaviourOptions, behaviour, type Context } from '../helpers/conformance.js'
import { failingRollback } from '../helpers/failing-rollback.js'
import { listen } from '../helpers/observe.js'
import { refused } from '../helpers/steps.js'

/** Makes a flush of `x.s` fail on a unique email. Returns the error and the object that could not be written. */
async function failFlush(x: Context) {
  await x.raw.user.create({ data: { name: 'first', email: 'taken' } })
  const duplicate = x.s.add('User', { name: 'second', email: 'taken' })
  try {
    await x.s.flush()
  } catch (error) {
    return { duplicate, error: error as Error & { code: string } }
  }
  throw new Error('the flush of a duplicate went through')
}

behaviour('a failed flush has rolled back when its error is thrown', async (t, x) => {
  const { duplicate, error } = await failFlush(x)
  t.is(error.code, 'P2002')
  t.true(error instanceof Prisma.PrismaClientKnownRequestError)
  t.is(x.wire().at(-1), 'ROLLBACK')
  t.false(x.wire().includes('COMMIT'))
  t.is(inspect(duplicate).state, 'transient')
  t.false(x.s.new.has(duplicate))
  t.false(x.s.isActive)
  t.true(x.s.inTransaction())
})

behaviour('a failed flush undoes what it had already written, in the database and in memory', async (t, x) => {
  await x.raw.user.create({ data: { name: 'first', email: 'taken' } })
  const code = x.s.add('Code', { code: 'A', label: 'a' })
  const fine = x.s.add('User', { name: 'fine' })
  x.s.add('User', { name: 'second', email: 'taken' })
  await t.throwsAsync(async () => await x.s.flush(), { code: 'P2002' })
  t.is(inspect(code).state, 'transient')
  t.is(inspect(fine).state, 'transient')
  t.is(x.s.identityMap.size, 0)
  await x.s.rollback()
  t.is(fine.id as number | undefined, undefined)
  t.is(await x.raw.code.count(), 0)
  t.is(await x.raw.user.count(), 1)
})

behaviour(
  'a failed flush inside a savepoint undoes the savepoint only, and rolling it back makes the session usable',
  async (t, x) => {
    await x.raw.user.create({ data: { name: 'first', email: 'taken' } })
    const outer = x.s.add('User', { name: 'outer' })
    const savepoint = await x.s.beginNested()
    const duplicate = x.s.add('User', { name: 'second', email: 'taken' })
    await t.throwsAsync(async () => await x.s.flush(), { code: 'P2002' })
    t.is(inspect(duplicate).state, 'transient')
    await t.throwsAsync(async () => await x.s.scalars(select('User')), { instanceOf: PendingRollbackError })
    await savepoint.rollback()
    t.true(x.s.isActive)
    t.is(inspect(outer).state, 'persistent')
    await x.s.commit()
    t.false(x.wire().includes('ROLLBACK'))
    t.deepEqual(
      (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map((user) => user.name),
      ['first', 'outer'],
    )
  },
)

behaviour(
  'after a failed flush every call that needs the database throws PendingRollbackError until rollback',
  async (t, x) => {
    const known = x.s.add('Doc', { version: 1, body: 'known' })
    await x.s.commit()
    const { error } = await failFlush(x)
    const verbs: Record<string, () => unknown> = {
      execute: () => x.s.execute(select('User')),
      scalars: () => x.s.scalars(select('User')),
      scalar: () => x.s.scalar(select('User')),
      'get on a miss': () => x.s.get('User', 99),
      getOne: () => x.s.getOne('User', 99),
      getMany: () => x.s.getMany('User', [98, 99]),
      refresh: () => x.s.refresh(known),
      merge: () => x.s.merge('User', { id: 99, name: 'merged' }),
      connection: () => x.s.connection(),
      beginNested: () => x.s.beginNested(),
      'a forwarded call': () => x.s.user.findMany(),
      'a raw query': () => x.s.$queryRawUnsafe('SELECT 1'),
      commit: () => x.s.commit(),
      'commit, 2nd': () => x.s.commit(),
      'commit, 3rd': () => x.s.commit(),
      'commit, 4th': () => x.s.commit(),
      'commit, 5th': () => x.s.commit(),
    }
    x.clear()
    for (const [verb, call] of Object.entries(verbs)) {
      const refusal = await t.throwsAsync(async () => await call(), { instanceOf: PendingRollbackError }, verb)
      t.is(refusal?.cause, error, verb)
      t.regex(refusal?.message ?? '', /unique constraint/i, verb)
      t.regex(refusal?.message ?? '', /rollback\(\)/, verb)
    }
    t.deepEqual(x.ops(), [])
    t.deepEqual(x.wire(), [])
    await t.throwsAsync(async () => await x.s.begin(), { instanceOf: InvalidRequestError })
  },
)

behaviour('after a failed flush an empty flush does nothing, and rollback makes the session usable', async (t, x) => {
  const { duplicate } = await failFlush(x)
  x.clear()
  await x.s.flush()
  t.deepEqual(x.ops(), [])
  await x.s.rollback()
  t.true(x.s.isActive)
  t.false(x.s.inTransaction())
  duplicate.email = 'free'
  x.s.add(duplicate)
  await x.s.commit()
  t.is(await x.raw.user.count({ where: { email: 'free' } }), 1)
})

for (const way of ['close', 'reset', 'invalidate'] as const) {
  behaviour(`${way}() makes the session usable after a failed flush`, async (t, x) => {
    await failFlush(x)
    await x.s[way]()
    t.true(x.s.isActive)
    t.is(await x.s.user.count(), 1)
  })
}

behaviour('rollback discards an object added after a failed flush, with a warning', async (t, x) => {
  await failFlush(x)
  const warnings = x.events(x.s, ['warning'])
  const late = x.s.add('User', { name: 'late' })
  t.is(inspect(late).state, 'pending')
  await x.s.rollback()
  t.is(warnings.length, 1)
  t.regex(String(warnings[0]?.payload.message), /discard/i)
  t.is(warnings[0]?.payload.session, x.s)
  t.is(inspect(late).state, 'transient')
  await x.s.commit()
  t.is(await x.raw.user.count(), 1)
})

behaviour('rollback reverts an attribute changed after a failed flush, with a warning', async (t, x) => {
  const known = x.s.add('User', { name: 'known' })
  await x.s.commit()
  await failFlush(x)
  const warnings = x.events(x.s, ['warning'])
  known.name = 'changed'
  await x.s.rollback()
  t.is(warnings.length, 1)
  t.is(known.name, 'known')
  t.false(x.s.dirty.has(known))
  await x.s.commit()
  t.is(await x.raw.user.count({ where: { name: 'changed' } }), 0)
})

behaviour('rollback discards a delete made after a failed flush, with a warning', async (t, x) => {
  const known = x.s.add('User', { name: 'known' })
  await x.s.commit()
  await failFlush(x)
  const warnings = x.events(x.s, ['warning'])
  await x.s.delete(known)
  await x.s.rollback()
  t.is(warnings.length, 1)
  t.false(x.s.deleted.has(known))
  t.is(inspect(known).state, 'persistent')
  await x.s.commit()
  t.is(await x.raw.user.count({ where: { name: 'known' } }), 1)
})

behaviour('rollback gives no warning when nothing was changed after a failed flush', async (t, x) => {
  await failFlush(x)
  const warnings = x.events(x.s, ['warning'])
  await x.s.rollback()
  t.deepEqual(warnings, [])
})

/** Databases on which a failed statement leaves the transaction as it was. */
const goingOn: BehaviourOptions = { databases: ['better-sqlite3', 'libsql', 'mariadb'] }

behaviour(
  'a failed query leaves the session active and its work in place',
  async (t, x) => {
    const user = x.s.add('User', { name: 'kept' })
    await x.s.flush()
    await t.throwsAsync(async () => await x.s.execute(Prisma.sql`SELECT nothing FROM nowhere`), { code: 'P2010' })
    t.true(x.s.isActive)
    t.is(inspect(user).state, 'persistent')
    t.is((await x.s.scalars(select('User'))).one(), user)
    await x.s.commit()
    t.is(await x.raw.user.count(), 1)
  },
  goingOn,
)

behaviour(
  'a failed forwarded write leaves the session active and its work in place',
  async (t, x) => {
    x.s.add('User', { name: 'kept', email: 'taken' })
    await x.s.flush()
    const error = await t.throwsAsync(async () => await x.s.user.create({ data: { name: 'b', email: 'taken' } }))
    t.is((error as Error & { code?: string }).code, 'P2002')
    t.true(x.s.isActive)
    t.is(await x.s.user.count(), 1)
    await x.s.commit()
    t.is(await x.raw.user.count(), 1)
  },
  goingOn,
)

for (const [name, fails, code] of [
  ['a query', (x: Context) => x.s.execute(Prisma.sql`SELECT nothing FROM nowhere`), 'P2010'],
  ['a forwarded write', (x: Context) => x.s.user.create({ data: { name: 'b', email: 'taken' } }), 'P2002'],
] as const) {
  behaviour(
    `${name} that fails on PostgreSQL makes every call throw PendingRollbackError until rollback`,
    async (t, x) => {
      const user = x.s.add('User', { name: 'lost', email: 'taken' })
      await x.s.flush()
      const error = await t.throwsAsync<Error & { code: string }>(async () => void (await fails(x)))
      t.is(error?.code, code)
      t.false(x.s.isActive)
      for (const call of [() => x.s.commit(), () => x.s.user.count(), () => x.s.commit()]) {
        const refusal = await t.throwsAsync(async () => void (await call()), { instanceOf: PendingRollbackError })
        t.is(refusal?.cause, error)
      }
      await x.s.rollback()
      t.is(inspect(user).state, 'transient')
      t.is(await x.s.user.count(), 0)
      x.s.add('User', { name: 'kept' })
      await x.s.commit()
      t.is(await x.raw.user.count(), 1)
    },
    { databases: ['postgresql'] },
  )
}

behaviour('a call that Prisma itself rejects leaves the transaction active', async (t, x) => {
  x.s.add('User', { name: 'kept' })
  await x.s.flush()
  await t.throwsAsync(async () => void (await x.s.user.findUniqueOrThrow({ where: { id: -1 } })))
  await t.throwsAsync(async () => void (await x.s.user.update({ where: { id: -1 }, data: { name: 'b' } })))
  await t.throwsAsync(async () => void (await x.s.user.findMany({ where: { nothing: 1 } as object })))
  t.true(x.s.isActive)
  await x.s.commit()
  t.is(await x.raw.user.count(), 1)
})

behaviour('an afterFlush hook that throws fails the flush', async (t, x) => {
  const mistake = new Error('from the hook')
  listen(x.s, 'afterFlush', () => {
    throw mistake
  })
  const user = x.s.add('User', { name: 'a' })
  t.is(await t.throwsAsync(async () => await x.s.flush()), mistake)
  t.is(x.wire().at(-1), 'ROLLBACK')
  t.is(inspect(user).state, 'transient')
  t.false(x.s.isActive)
  const refusal = await t.throwsAsync(async () => await x.s.scalars(select('User')), {
    instanceOf: PendingRollbackError,
  })
  t.is(refusal?.cause, mistake)
  await x.s.rollback()
  t.is(await x.raw.user.count(), 0)
})

behaviour('a ROLLBACK that fails is thrown and leaves the session inactive; the next rollback works', async (t, x) => {
  const inWorker = x.client as unknown as { $failRollback?(): void }
  if (x.mode === 'sync') inWorker.$failRollback?.()
  const s = createSession(x.mode === 'sync' ? x.client : failingRollback(x.client))
  await s.user.count()
  await refused(t, () => s.rollback(), { message: 'the connection is gone' })
  t.false(s.isActive)
  await s.rollback()
  t.true(s.isActive)
  t.is(await s.user.count(), 0)
  await s.close()
})
