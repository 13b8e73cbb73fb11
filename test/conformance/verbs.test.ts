// Each verb by the transaction it begins, the flush it does first, and its use after a failed flush.
import { Prisma } from '../../generated/test/client.ts'
import { type Entity, inspect, PendingRollbackError, select } from '../../src/index.js'
import type { PrismaClient } from '../helpers/clients.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { mk, persistent, persistentAll } from '../helpers/entities.js'
import { refused } from '../helpers/steps.js'

type User = Entity<PrismaClient, 'User'>

interface VerbRow {
  readonly verb: string
  /** `kept` is a persistent object of the session. */
  run(x: Context, kept: User): unknown
  /** `logical`: inTransaction() without BEGIN on the wire. */
  readonly begins: 'no' | 'logical' | 'wire'
  readonly flushes: boolean
  readonly broken: 'refused' | 'allowed'
}

const rows: VerbRow[] = [
  { verb: 'add', run: (x) => x.s.add('User', { name: 'new' }), begins: 'logical', flushes: false, broken: 'allowed' },
  { verb: 'delete', run: (x, kept) => x.s.delete(kept), begins: 'logical', flushes: false, broken: 'allowed' },
  {
    verb: 'setting an attribute',
    run: (_x, kept) => {
      kept.name = 'changed'
    },
    begins: 'logical',
    flushes: false,
    broken: 'allowed',
  },
  {
    verb: 'merge with load: false',
    run: (x, kept) => {
      x.s.expunge(kept)
      return x.s.merge(kept, { load: false })
    },
    begins: 'logical',
    flushes: false,
    broken: 'allowed',
  },
  reading('execute', (x) => x.s.execute(select('User'))),
  reading('execute of raw SQL', (x) => x.s.execute(Prisma.sql`SELECT 1 AS one`)),
  reading('scalars', (x) => x.s.scalars(select('User'))),
  reading('scalar', (x) => x.s.scalar(select('User'))),
  reading('get on a miss', (x) => x.s.get('User', 4711)),
  reading('getMany on a miss', (x) => x.s.getMany('User', [4711])),
  reading('refresh', (x, kept) => x.s.refresh(kept)),
  reading('merge that has to SELECT', (x) => x.s.merge('User', { id: 4711, name: 'merged' })),
  reading('a forwarded read', (x) => x.s.user.findMany()),
  reading('a forwarded write', (x) => x.s.code.create({ data: { code: 'A', label: 'a' } })),
  reading('forwarded raw SQL', (x) => x.s.$queryRaw`SELECT 1 AS one`),
  {
    verb: 'merge without a key',
    run: (x) => x.s.merge('User', { name: 'merged' }),
    begins: 'logical',
    flushes: true,
    broken: 'refused',
  },
  { verb: 'connection', run: (x) => x.s.connection(), begins: 'wire', flushes: false, broken: 'refused' },
  { verb: 'beginNested', run: (x) => x.s.beginNested(), begins: 'logical', flushes: true, broken: 'refused' },
  { verb: 'commit', run: (x) => x.s.commit(), begins: 'no', flushes: true, broken: 'refused' },
  { verb: 'flush', run: (x) => x.s.flush(), begins: 'no', flushes: true, broken: 'allowed' },
  inMemory('expire', (x, kept) => x.s.expire(kept)),
  inMemory('expireAll', (x) => x.s.expireAll()),
  inMemory('expunge', (x, kept) => x.s.expunge(kept)),
  inMemory('isModified', (x, kept) => x.s.isModified(kept)),
  inMemory('contains', (x, kept) => x.s.contains(kept)),
  inMemory('reading new', (x) => x.s.new),
  inMemory('reading dirty', (x) => x.s.dirty),
  inMemory('reading deleted', (x) => x.s.deleted),
  inMemory('getBind', (x) => x.s.getBind()),
  inMemory('expungeAll', (x) => x.s.expungeAll()),
  inMemory('rollback', (x) => x.s.rollback()),
  inMemory('close', (x) => x.s.close()),
  inMemory('reset', (x) => x.s.reset()),
  inMemory('invalidate', (x) => x.s.invalidate()),
]

const begun = {
  no: 'no transaction',
  logical: 'a transaction in memory only',
  wire: 'a transaction on the wire',
} as const satisfies Record<VerbRow['begins'], string>

for (const { verb, run, begins, flushes, broken } of rows) {
  behaviour(`${verb} begins ${begun[begins]}`, async (t, x) => {
    const kept = await persistent(x)
    await x.s.commit()
    t.false(x.s.inTransaction())
    x.clear()
    await run(x, kept)
    t.is(x.wire().includes('BEGIN'), begins === 'wire')
    t.is(x.s.inTransaction(), begins !== 'no')
  })

  behaviour(`${verb} ${flushes ? 'flushes' : 'does not flush'} pending work first`, async (t, x) => {
    const kept = await persistent(x)
    const pending = x.s.add('User', { name: 'pending' })
    x.clear()
    await run(x, kept)
    t.is(x.written().includes('INSERT User'), flushes)
    t.is(inspect(pending).state === 'persistent', flushes)
  })

  behaviour(`${verb} is ${broken} after a failed flush`, async (t, x) => {
    const kept = await failFlush(x)
    x.clear()
    if (broken === 'allowed') await t.notThrowsAsync(async () => await run(x, kept))
    else await refused(t, () => run(x, kept), { instanceOf: PendingRollbackError })
    t.deepEqual(x.ops(), [])
    await x.s.rollback()
    t.true(x.s.isActive)
    t.deepEqual([...x.s.new], [])
    t.is(await x.raw.user.count(), 1)
  })
}

behaviour('get on a hit neither begins a transaction nor flushes', async (t, x) => {
  const s = x.session({ expireOnCommit: false })
  const { id } = await x.raw.user.create({ data: { name: 'ada' } })
  const user = await s.getOne('User', id)
  await s.commit()
  x.clear()
  t.is(await s.get('User', id), user)
  t.false(s.inTransaction())
  s.add('User', { name: 'pending' })
  t.is(await s.get('User', id), user)
  t.deepEqual(x.ops(), [])
  t.deepEqual(x.wire(), [])
})

behaviour('get of a stale object is refused after a failed flush', async (t, x) => {
  const kept = await failFlush(x)
  t.true(inspect(kept).stale)
  await refused(t, () => x.s.get('User', kept.id), { instanceOf: PendingRollbackError })
})

behaviour('get of an object that was only read is a hit after a flush failed in a savepoint', async (t, x) => {
  const kept = await persistent(x, { email: 'taken' })
  await x.s.beginNested()
  x.s.add('User', { name: 'second', email: 'taken' })
  await refused(t, () => x.s.flush(), { code: 'P2002' })
  x.clear()
  t.is(await x.s.get('User', kept.id), kept)
  t.deepEqual(x.ops(), [])
})

behaviour('beginNested and commit flush even with autoflush off', async (t, x) => {
  const s = x.session({ autoflush: false })
  const first = s.add('User', { name: 'first' })
  await s.beginNested()
  t.is(inspect(first).state, 'persistent')
  const second = s.add('User', { name: 'second' })
  await s.commit()
  t.is(inspect(second).state, 'persistent')
  t.is(await x.raw.user.count(), 2)
})

behaviour('connection() and its raw calls do not flush', async (t, x) => {
  const pending = x.s.add('User', { name: 'pending' })
  const connection = (await x.s.connection()) as PrismaClient
  const counted = await connection.$queryRaw<{ n: number | bigint }[]>`SELECT count(*) AS n FROM "User"`
  t.is(Number(counted[0]?.n), 0)
  t.is(inspect(pending).state, 'pending')
})

behaviour('commit after a failed flush is refused every time until rollback', async (t, x) => {
  await failFlush(x)
  for (let time = 0; time < 3; time++) {
    const error = await refused(t, () => x.s.commit(), { instanceOf: PendingRollbackError })
    t.is((error.cause as { code?: string }).code, 'P2002')
  }
  await x.s.rollback()
  await t.notThrowsAsync(async () => await x.s.commit())
})

behaviour('refresh drops the local changes of its target and flushes those of others', async (t, x) => {
  const [one, two] = (await persistentAll(x, { name: 'one' }, { name: 'two' })) as [User, User]
  one.name = 'one changed'
  two.name = 'two changed'
  await x.s.refresh(one)
  t.is(one.name, 'one')
  await x.s.commit()
  const names = await x.raw.user.findMany({ orderBy: { id: 'asc' }, select: { name: true } })
  t.deepEqual(names, [{ name: 'one' }, { name: 'two changed' }])
})

behaviour('rollback discards objects added and changed after a failed flush', async (t, x) => {
  const kept = await failFlush(x)
  const added = x.s.add(mk('User', { name: 'late' }))
  kept.name = 'changed'
  await x.s.rollback()
  t.is(inspect(added).state, 'transient')
  t.is(kept.name, 'ada')
  await x.s.commit()
  t.deepEqual(await x.raw.user.findMany({ select: { name: true } }), [{ name: 'ada' }])
})

function reading(verb: string, run: VerbRow['run']): VerbRow {
  return { verb, run, begins: 'wire', flushes: true, broken: 'refused' }
}

function inMemory(verb: string, run: VerbRow['run']): VerbRow {
  return { verb, run, begins: 'no', flushes: false, broken: 'allowed' }
}

/** Leaves `x.s` after a flush that hit a unique email, with one persistent object. */
async function failFlush(x: Context): Promise<User> {
  const kept = await persistent(x, { email: 'taken' })
  x.s.add('User', { name: 'second', email: 'taken' })
  try {
    await x.s.flush()
  } catch (error) {
    if ((error as { code?: string }).code === 'P2002') return kept
    throw error
  }
  throw new Error('the flush of a duplicate went through')
}
