// withForUpdate of get, getOne, getMany, refresh and select: which rows are locked, and what is read under a lock.

import { ArgumentError, StaleDataError, select } from '../../src/index.js'
import { type BehaviourOptions, behaviour, type Context } from '../helpers/conformance.js'
import { untilLockWait } from '../helpers/open-transactions.js'
import { refused } from '../helpers/steps.js'

/** Databases that lock rows. SQLite locks its file. */
const locking: BehaviourOptions = { databases: ['postgresql', 'mariadb'] }

behaviour('withForUpdate reads each time with one operation; false, null and undefined do not lock', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'ed' } })
  const u = await x.s.getOne('User', id)
  await x.raw.user.update({ where: { id }, data: { name: 'changed' } })
  await x.s.rollback()
  const options = [true, { read: true }, { nowait: true }, { skipLocked: true }, { of: ['User'] }]
  for (const withForUpdate of options) {
    const ops = await x.opsDuring(async () => t.is(await x.s.get('User', id, { withForUpdate }), u))
    t.is(ops.length, 1)
  }
  t.is(u.name, 'changed')
  for (const withForUpdate of [false, undefined, null as unknown as false])
    t.deepEqual(await x.opsDuring(() => x.s.get('User', id, { withForUpdate })), [])
})

behaviour('an unflushed change is written before the row is locked and read', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'ed' } })
  const u = await x.s.getOne('User', id)
  u.name = 'mine'
  await x.s.get('User', id, { withForUpdate: true })
  t.is(u.name, 'mine')
  t.false(x.s.isModified(u))
})

behaviour('a locked read returns every type as Prisma reads it', async (t, x) => {
  const data = {
    id: 9_007_199_254_740_991n,
    int: 7,
    float: 0.1,
    decimal: '12345678901234.0625',
    bool: true,
    text: 'a "quoted" täxt',
    at: new Date('2024-02-29T12:34:56.789Z'),
    bytes: new Uint8Array([0, 1, 255]),
    json: { a: [1, 'b', null] },
    mood: 'HAPPY' as const,
  }
  await x.raw.everything.create({ data })
  await x.raw.everything.create({ data: { id: 2n, json: 'a text', bool: false } })
  for (const id of [data.id, 2n]) {
    const plain = await x.raw.everything.findUnique({ where: { id } })
    const locked = await x.s.getOne('Everything', id, { withForUpdate: true })
    t.deepEqual({ ...locked }, { ...plain })
  }
})

behaviour(
  'a row is locked by a composite key, by a unique field, and in a model with a mapped column',
  async (t, x) => {
    await x.raw.pair.create({ data: { x: 1, y: 2, z: 'z' } })
    await x.raw.user.create({ data: { name: 'ed', email: 'e@x' } })
    await x.raw.made.create({ data: { id: 'm', note: 'noted' } })
    t.is((await x.s.getOne('Pair', [1, 2], { withForUpdate: true })).z, 'z')
    t.is((await x.s.getOne('User', { email: 'e@x' }, { withForUpdate: true })).name, 'ed')
    t.is((await x.s.getOne('Made', 'm', { withForUpdate: true })).note, 'noted')
    t.is(await x.s.get('Pair', [2, 2], { withForUpdate: true }), null)
    t.is(await x.s.get('User', { email: 'none' }, { withForUpdate: true }), null)
  },
)

behaviour('include and getMany read under a lock', async (t, x) => {
  const { id } = await x.raw.user.create({
    data: { name: 'ed', posts: { create: [{ title: 'a' }, { title: 'b' }] } },
  })
  const other = await x.raw.user.create({ data: { name: 'wendy' } })
  const u = await x.s.getOne('User', id, { include: { posts: true }, withForUpdate: { of: ['User', 'posts'] } })
  t.deepEqual(u.posts?.map(({ title }) => title).sort(), ['a', 'b'])
  const many = await x.s.getMany('User', [other.id, id, -1], { withForUpdate: true })
  t.deepEqual(
    many.map((each) => each?.name),
    ['wendy', 'ed', undefined],
  )
  t.is(many[1], u)
})

for (const verb of ['get', 'refresh', 'select'] as const) {
  behaviour(`${verb} refuses an invalid lock before anything is sent`, async (t, x) => {
    const u = x.s.attach('User', { id: 1, name: 'ed', email: null, kind: 'plain', inviterId: null })
    const bad = [
      {},
      { wait: 1 },
      'update',
      1,
      { nowait: 1 },
      { nowait: true, skipLocked: true },
      { of: [] },
      { of: ['posts'] },
    ]
    for (const each of bad) {
      const withForUpdate = each as { nowait: boolean }
      const call = {
        get: () => x.s.get('User', 1, { withForUpdate }),
        refresh: () => x.s.refresh(u, undefined, { withForUpdate }),
        select: () => x.s.execute(select('User', { withForUpdate })),
      }[verb]
      await refused(t, call, { instanceOf: ArgumentError })
    }
    t.deepEqual(x.ops(), [])
    t.deepEqual(x.wire(), [])
  })
}

behaviour(
  'on a locked row nowait fails, skipLocked skips the row, and a plain read succeeds',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'ed' } })
    await x.s.get('User', id, { withForUpdate: true })
    const other = x.other()
    await refused(t, () => other.get('User', id, { withForUpdate: { nowait: true } }))
    await other.rollback()
    const known = await other.getOne('User', id)
    t.is(await other.get('User', id, { withForUpdate: { skipLocked: true } }), null)
    t.true(other.contains(known)) // its row is locked, not gone
    t.is(await other.get('User', id), known)
    await x.s.commit()
    t.is(await other.get('User', id, { withForUpdate: { nowait: true } }), known)
  },
  locking,
)

behaviour(
  'read locks are shared and exclude a write lock',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'ed' } })
    const other = x.other()
    await x.s.get('User', id, { withForUpdate: { read: true } })
    t.truthy(await other.get('User', id, { withForUpdate: { read: true } }))
    await refused(t, () => other.get('User', id, { withForUpdate: { nowait: true } }))
    await other.rollback()
  },
  locking,
)

behaviour(
  'a session that waited for a lock reads what the lock holder wrote',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'ed' } })
    const mine = await x.s.getOne('User', id, { withForUpdate: true })
    const other = x.other()
    await other.getOne('User', id) // MySQL's snapshot begins here
    const waiting = other.getOne('User', id, { withForUpdate: true })
    mine.name = 'wendy'
    await x.s.commit()
    t.is((await waiting).name, 'wendy')
  },
  { ...locking, modes: ['async'] },
)

behaviour(
  'refresh with a lock reads the newest values of the row or of the named attributes',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'ed', kind: 'old' } })
    const u = await x.s.getOne('User', id)
    await x.raw.user.update({ where: { id }, data: { name: 'wendy', kind: 'new' } })
    await x.s.refresh(u, ['name'], { withForUpdate: true })
    t.is(u.name, 'wendy')
    t.is(u.kind, 'old')
    await x.s.refresh(u, undefined, { withForUpdate: true })
    t.is(u.kind, 'new')
    const other = x.other()
    await refused(t, () => other.get('User', id, { withForUpdate: { nowait: true } }))
  },
  locking,
)

behaviour(
  'workers that select with skipLocked share the work between them',
  async (t, x) => {
    await x.raw.user.createMany({ data: [1, 2, 3, 4, 5].map((n) => ({ id: n, name: `job ${n}` })) })
    const statement = select('User', {
      where: { kind: 'plain' },
      orderBy: { id: 'asc' },
      take: 2,
      withForUpdate: { skipLocked: true },
    })
    const take = async (s: Context['s']) => (await s.scalars(statement)).all().map((job) => (job as { id: number }).id)
    const other = x.other()
    t.deepEqual(await take(x.s), [1, 2])
    t.deepEqual(await take(other), [3, 4])
    const third = x.other()
    t.deepEqual(await take(third), [5])
  },
  locking,
)

behaviour(
  'a select leaves out a row that stopped matching while the select waited for the lock',
  async (t, x) => {
    await x.raw.pair.create({ data: { x: 1, y: 1, z: 'open' } })
    const mine = await x.s.getOne('Pair', [1, 1], { withForUpdate: true })
    const other = x.other({ isolationLevel: 'ReadCommitted' })
    const waiting = other.scalars(select('Pair', { where: { z: 'open' }, withForUpdate: true }))
    await untilLockWait(x.raw, x.database)
    mine.z = 'done'
    await x.s.commit()
    t.deepEqual((await waiting).all(), [])
  },
  { ...locking, modes: ['async'] },
)

behaviour(
  'a select throws StaleDataError when it cannot check that a locked row still matches',
  async (t, x) => {
    await x.raw.pair.create({ data: { x: 1, y: 1, z: 'open' } })
    const mine = await x.s.getOne('Pair', [1, 1], { withForUpdate: true })
    const other = x.other()
    const waiting = other.scalars(select('Pair', { where: { z: { contains: 'o' } }, withForUpdate: true }))
    waiting.catch(() => {})
    await untilLockWait(x.raw, x.database)
    mine.z = 'done'
    await x.s.commit()
    await refused(t, () => waiting, { instanceOf: StaleDataError, message: /ReadCommitted/ })
  },
  { databases: ['mariadb'], modes: ['async'] },
)

behaviour(
  'a select with skipLocked leaves out a changed row when it cannot check that it still matches',
  async (t, x) => {
    for (const y of [1, 2]) await x.raw.pair.create({ data: { x: 1, y, z: 'open' } })
    const open = select('Pair', { where: { z: { contains: 'o' } }, withForUpdate: { skipLocked: true } })
    await x.s.pair.count() // its snapshot is of now
    await x.raw.pair.update({ where: { x_y: { x: 1, y: 1 } }, data: { z: 'so' } })
    t.deepEqual(
      (await x.s.scalars(open)).all().map(({ y }) => y),
      [2],
    )
  },
  { databases: ['mariadb'] },
)

behaviour(
  'a lock with `of` locks the rows of an included relation instead',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'ed', posts: { create: { id: 1, title: 'a' } } } })
    await x.s.get('User', id, { include: { posts: true }, withForUpdate: { of: ['posts'] } })
    const other = x.other()
    t.truthy(await other.get('User', id, { withForUpdate: { nowait: true } }))
    await refused(t, () => other.get('Post', 1, { withForUpdate: { nowait: true } }))
  },
  locking,
)

behaviour('a locked select keeps select, include, order, skip and take', async (t, x) => {
  await x.raw.user.create({ data: { id: 1, name: 'b', posts: { create: { title: 'p' } } } })
  await x.raw.user.create({ data: { id: 2, name: 'a' } })
  const orderBy = { name: 'asc' } as const
  const rows = (await x.s.execute(select('User', { select: { name: true }, orderBy, withForUpdate: true })))
    .mappings()
    .all()
  t.deepEqual(rows, [{ name: 'a' }, { name: 'b' }])
  const users = (await x.s.scalars(select('User', { orderBy, include: { posts: true }, withForUpdate: true }))).all()
  t.deepEqual(
    users.map((u) => [u.name, u.posts?.length]),
    [
      ['a', 0],
      ['b', 1],
    ],
  )
  t.is((await x.s.scalars(select('User', { orderBy, skip: 1, take: 1, withForUpdate: true }))).one().name, 'b')
})

behaviour(
  'get with a lock throws StaleDataError for a row of another version, and refresh loads the row',
  async (t, x) => {
    const { id } = await x.raw.doc.create({ data: { version: 1, body: 'one' } })
    const doc = await x.s.getOne('Doc', id)
    await x.raw.doc.update({ where: { id }, data: { version: 2, body: 'two' } })
    await refused(t, () => x.s.get('Doc', id, { withForUpdate: true }), { instanceOf: StaleDataError })
    t.is(doc.body, 'one')
    await x.s.refresh(doc, undefined, { withForUpdate: true })
    t.is(doc.body, 'two')
    t.is(await x.s.get('Doc', id, { withForUpdate: true }), doc)
  },
  { ...locking, session: { versionFields: { Doc: 'version' } } },
)
