// execute, scalars and scalar: selects, and bulk inserts, updates and removes with what they do to loaded objects.

import { inspect as show } from 'node:util'
import type { PrismaClient as EdgeClient } from '../../generated/edge/client.ts'
import { Prisma } from '../../generated/test/client.ts'
import {
  createSession,
  insert,
  inspect,
  NotImplementedError,
  ResourceClosedError,
  remove,
  type Statement,
  select,
  UnmappedInstanceError,
  update,
} from '../../src/index.js'
import { type BehaviourOptions, behaviour, type Context } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

const byId = { orderBy: { id: 'asc' } } as const

/** Two committed users. */
async function adaAndBob(x: Context) {
  const ada = await x.raw.user.create({ data: { name: 'Ada' } })
  const bob = await x.raw.user.create({ data: { name: 'Bob', kind: 'admin' } })
  return { ada, bob }
}

behaviour('execute returns rows of one entity, scalars the entities, and scalar the first entity', async (t, x) => {
  const { ada } = await adaAndBob(x)
  const { s } = x
  const statement = select('User', byId)

  const result = await s.execute(statement)
  t.is(x.ops().length, 1)
  t.deepEqual(result.keys(), ['User'])
  t.true(result.returnsRows)
  const rows = result.all()
  t.is(rows.length, 2)
  t.is(rows[0]?.User, rows[0]?.[0])
  t.is<unknown, unknown>(rows[0]?.User, await s.get('User', ada.id))
  t.is(x.ops().length, 1) // the get was a hit

  const entities = (await s.scalars(statement)).all()
  t.is(entities[0], rows[0]?.User)
  t.is(entities[1], rows[1]?.User)
  t.is<unknown, unknown>(await s.scalar(statement), rows[0]?.User)
})

behaviour('scalar returns the first column of the first row, or null', async (t, x) => {
  await adaAndBob(x)
  const { s } = x
  t.is(await s.scalar(select('User', { select: { name: true }, ...byId })), 'Ada')
  t.is(await s.scalar(select('User', { where: { name: 'nobody' } })), null)
  t.is(x.ops().length, 2)
})

behaviour('a select with columns returns rows, and nothing enters the identity map', async (t, x) => {
  const { ada, bob } = await adaAndBob(x)
  const { s } = x
  const rows = (await s.execute(select('User', { select: { id: true, name: true }, ...byId }))).all()
  t.deepEqual(
    rows.map((row) => ({ ...row })),
    [
      { id: ada.id, name: 'Ada' },
      { id: bob.id, name: 'Bob' },
    ],
  )
  t.is(s.identityMap.size, 0)
  t.deepEqual([...s], [])
})

behaviour('an insert with a list of parameters is one operation', async (t, x) => {
  const { s } = x
  const result = await s.execute(insert('User'), [{ name: 'Ada' }, { name: 'Bob' }])
  t.is(result.rowCount, 2)
  t.is(x.ops().length, 1)
  await s.commit()
  const names = (await x.raw.user.findMany(byId)).map(({ name }) => name)
  t.deepEqual(names, ['Ada', 'Bob'])
})

behaviour('an insert takes one object as parameters, or rows of its own', async (t, x) => {
  const { s } = x
  t.is((await s.execute(insert('User'), { name: 'Ada' })).rowCount, 1)
  t.is((await s.execute(insert('User', [{ name: 'Bob' }, { name: 'Cyd' }]))).rowCount, 2)
  t.is((await s.execute(insert('User', { name: 'Dan' }))).rowCount, 1)
  t.is(x.ops().length, 3)
  await s.commit()
  t.is(await x.raw.user.count(), 4)
})

behaviour('a bulk update is one operation and counts the rows it matched', async (t, x) => {
  const { ada, bob } = await adaAndBob(x)
  const { s } = x
  const user = await s.getOne('User', ada.id)
  const admin = await s.getOne('User', bob.id)
  x.clear()
  const result = await s.execute(update('User', { where: { kind: 'plain' }, data: { name: 'bulk' } }))
  t.is(result.rowCount, 1)
  // MySQL compares texts by its own rules, so the keys of matching rows are read from the database.
  t.is(x.ops().length, x.database === 'mariadb' ? 2 : 1)
  t.is(await s.get('User', ada.id), user)
  t.is(user.name, 'bulk')
  t.false(s.isModified(user))
  t.is(await s.get('User', bob.id), admin)
  t.is(admin.name, 'Bob')
  await s.commit()
  t.is((await x.raw.user.findUniqueOrThrow({ where: { id: ada.id } })).name, 'bulk')
})

behaviour('refresh loads the value that a bulk update wrote', async (t, x) => {
  const { ada } = await adaAndBob(x)
  const { s } = x
  const user = await s.getOne('User', ada.id)
  t.is((await s.execute(update('User', { data: { kind: 'bulk' } }))).rowCount, 2)
  await s.refresh(user)
  t.is(user.kind, 'bulk')
})

behaviour('the next load shows a bulk update whose condition cannot be evaluated in memory', async (t, x) => {
  const { ada, bob } = await adaAndBob(x)
  await x.raw.post.create({ data: { title: 'Notes', authorId: ada.id } })
  const { s } = x
  const user = await s.getOne('User', ada.id)
  const other = await s.getOne('User', bob.id)
  const where = { posts: { some: { title: 'Notes' } } }
  t.is((await s.execute(update('User', { where, data: { name: 'author' } }))).rowCount, 1)
  t.is(await s.get('User', ada.id), user)
  t.is(user.name, 'author')
  t.is(await s.get('User', bob.id), other)
  t.is(other.name, 'Bob')
})

behaviour('the next load shows an arithmetic update', async (t, x) => {
  const doc = await x.raw.doc.create({ data: { version: 1, body: 'text' } })
  const { s } = x
  const loaded = await s.getOne('Doc', doc.id)
  await s.execute(update('Doc', { where: { id: doc.id }, data: { version: { increment: 4 } } }))
  await s.get('Doc', doc.id)
  t.is(loaded.version, 5)
  t.false(s.isModified(loaded))
})

behaviour('pending and changed objects are written before a bulk statement', async (t, x) => {
  const { ada } = await adaAndBob(x)
  const { s } = x
  const user = await s.getOne('User', ada.id)
  user.kind = 'guest'
  s.add('User', { name: 'Cyd', kind: 'guest' })
  t.is((await s.execute(update('User', { where: { kind: 'guest' }, data: { name: 'G' } }))).rowCount, 2)
  await s.get('User', ada.id)
  t.is(user.name, 'G')
  t.is(user.kind, 'guest')
})

behaviour('a bulk update sets the values in memory that a load would set', async (t, x) => {
  await x.raw.everything.create({ data: { id: 1n, at: new Date(0), json: { a: 1 } } })
  const { s } = x
  const loaded = await s.getOne('Everything', 1n)
  const data = { at: '2020-01-01T00:00:00.000Z', decimal: '2.50', float: 3, text: { set: 'x' }, json: Prisma.DbNull }
  await s.execute(update('Everything', { where: { id: 1n }, data }))
  t.deepEqual(loaded.at, new Date(data.at))
  t.true(Prisma.Decimal.isDecimal(loaded.decimal))
  t.is(loaded.decimal?.toString(), '2.5')
  t.is(loaded.float, 3)
  t.is(loaded.text, 'x')
  t.is(loaded.json, null)
  t.false(s.isModified(loaded))
})

behaviour(
  'a bulk update sets nulls and whole numbers in memory as a load would set them',
  async (t, x) => {
    const s = createSession(x.client as unknown as EdgeClient)
    t.teardown(async () => void (await s.close()))
    await (x.raw as unknown as EdgeClient).preset.create({ data: { id: 1, note: 'old' } })
    const loaded = await s.getOne('Preset', 1)
    await s.execute(update('Preset', { where: { id: 1 }, data: { big: 7, note: null } }))
    t.is(loaded.big, 7n)
    t.is(loaded.note, null)
    t.false(s.isModified(loaded))
    const { price, ...stored } = { ...loaded }
    await s.refresh(loaded)
    t.deepEqual({ ...loaded, price }, { ...stored, price })
  },
  { schema: 'edge' },
)

behaviour(
  'a bulk update sets lists in memory as a load would set them',
  async (t, x) => {
    interface Lists {
      readonly bigs: readonly bigint[]
      readonly times: readonly Date[]
    }
    const at = '2020-01-01T00:00:00.000Z'
    x.s.add('Wide' as 'User', { id: 1 } as unknown as { name: string })
    await x.s.commit()
    const loaded = (await x.s.getOne('Wide' as 'User', 1)) as unknown as Lists
    await x.s.execute(update('Wide' as 'User', { data: { bigs: [1, 2n], times: { set: [at] } } as object }))
    t.deepEqual(loaded.bigs, [1n, 2n])
    t.deepEqual(loaded.times, [new Date(at)])
    t.false(x.s.isModified(loaded))
  },
  { schema: 'wide', databases: ['postgresql'] },
)

// Prisma drops what is empty or undefined, and inverts each operator under `not` by itself.
const conditions: object[] = [
  {},
  { int: undefined },
  { int: 1, text: undefined },
  { NOT: { int: undefined } },
  { NOT: {} },
  { OR: [] },
  { OR: [{ int: undefined }] },
  { OR: [{ int: 1 }, { text: undefined }] },
  { OR: [{ int: 1 }, { AND: [] }] },
  { AND: [{ int: 1 }, { OR: [] }] },
  { NOT: { int: 1, OR: [] } },
  { text: { contains: 'a' }, OR: [] },
  { text: { contains: 'a' }, NOT: { int: undefined } },
  { int: { not: null } },
  { int: { not: 1 } },
  { int: { not: { not: 1 } } },
  { int: { not: { gt: 1, lt: 3 } } },
  { int: { not: {} } },
  { int: { notIn: [1] } },
  { int: { in: [] } },
  { NOT: { int: 1, mood: 'HAPPY' } },
  { NOT: [{ int: 1 }, { mood: 'HAPPY' }] },
  { OR: [{ int: 1 }, { mood: null }] },
  { int: { gte: 2 }, text: 'B' },
  { at: { lt: '2020-01-02T00:00:00.000Z' } },
]

behaviour('a condition matches the same rows in memory and in the database', async (t, x) => {
  const rows = [
    { id: 1n, int: 1, mood: 'SAD', text: 'a', at: new Date('2020-01-01') },
    { id: 2n, int: 2, mood: 'HAPPY', text: 'B', at: new Date('2020-01-02') },
    { id: 3n },
  ] as const
  for (const data of rows) await x.raw.everything.create({ data })
  const { s } = x
  const loaded = (await s.scalars(select('Everything'))).all()
  for (const [index, where] of conditions.entries()) {
    const float = index + 1
    await s.execute(update('Everything', { where, data: { float } }))
    for (const object of loaded) await s.get('Everything', object.id)
    const inMemory = loaded.filter((object) => object.float === float).map(({ id }) => id)
    const written = await s.everything.findMany({ where: { float }, orderBy: { id: 'asc' } })
    t.deepEqual(
      inMemory,
      written.map(({ id }) => id),
      show(where),
    )
    for (const object of loaded) await s.refresh(object)
  }
})

behaviour('a bulk update works with more than a thousand loaded objects', async (t, x) => {
  const count = 1200
  await x.raw.pair.createMany({ data: Array.from({ length: count }, (_, i) => ({ x: i, y: i, z: 'a' })) })
  const { s } = x
  const pairs = (await s.scalars(select('Pair'))).all()
  const statement = update('Pair', { where: { z: { contains: 'a' } }, data: { z: 'b' } })
  t.is((await s.execute(statement)).rowCount, count)
  t.is(pairs.filter(({ z }) => z === 'b').length, count)
})

behaviour("synchronize: 'evaluate' sets the new values in memory, with no further operation", async (t, x) => {
  const { ada, bob } = await adaAndBob(x)
  const { s } = x
  const user = await s.getOne('User', ada.id)
  const other = await s.getOne('User', bob.id)
  x.clear()
  const args = { where: { id: ada.id }, data: { kind: 'bulk' } }
  await s.execute(update('User', args, { synchronize: 'evaluate' }))
  t.is(user.kind, 'bulk')
  t.is(other.kind, 'admin')
  t.false(s.isModified(user))
  t.is(x.ops().length, 1)
})

behaviour("synchronize: 'fetch' reads the keys once", async (t, x) => {
  const { ada, bob } = await adaAndBob(x)
  const { s } = x
  const user = await s.getOne('User', ada.id)
  const other = await s.getOne('User', bob.id)
  x.clear()
  const args = { where: { name: 'Ada' }, data: { kind: 'bulk' } }
  await s.execute(update('User', args, { synchronize: 'fetch' }))
  t.true(x.ops().length <= 2)
  await s.get('User', ada.id)
  t.is(user.kind, 'bulk')
  t.is(other.kind, 'admin')
  t.false(inspect(other).stale)
})

behaviour('synchronize: false leaves loaded objects unchanged', async (t, x) => {
  const { ada, bob } = await adaAndBob(x)
  const { s } = x
  const user = await s.getOne('User', ada.id)
  const doomed = await s.getOne('User', bob.id)
  x.clear()
  const result = await s.execute(update('User', { data: { kind: 'bulk' } }, { synchronize: false }))
  t.is(result.rowCount, 2)
  await s.execute(remove('User', { where: { id: bob.id } }, { synchronize: false }))
  t.is(x.ops().length, 2)
  t.is(user.kind, 'plain')
  t.false(inspect(user).stale)
  t.is(inspect(doomed).state, 'persistent')
  t.is(await s.get('User', ada.id), user)
  t.is(user.kind, 'plain')
  t.is(x.ops().length, 2)
})

behaviour('a bulk remove makes matching loaded objects deleted, and a rollback restores them', async (t, x) => {
  const { ada, bob } = await adaAndBob(x)
  const { s } = x
  const user = await s.getOne('User', ada.id)
  const other = await s.getOne('User', bob.id)
  const result = await s.execute(remove('User', { where: { name: 'Ada' } }))
  t.is(result.rowCount, 1)
  t.is(inspect(user).state, 'deleted')
  t.false(s.contains(user))
  t.false(s.identityMap.has('User', ada.id))
  t.is(inspect(other).state, 'persistent')

  await s.rollback()
  t.is(inspect(user).state, 'persistent')
  t.true(s.contains(user))
  t.is(await s.get('User', ada.id), user)
  t.is(await x.raw.user.count(), 2)
})

behaviour('commit detaches the objects that a bulk remove deleted', async (t, x) => {
  const { ada } = await adaAndBob(x)
  const { s } = x
  const user = await s.getOne('User', ada.id)
  await s.execute(remove('User', { where: { id: ada.id } }))
  await s.commit()
  t.is(inspect(user).state, 'detached')
  t.true(inspect(user).wasDeleted)
  t.is(await x.raw.user.count(), 1)
  t.is(await s.get('User', ada.id), null)
})

for (const synchronize of ['auto', 'evaluate', 'fetch'] as const) {
  behaviour(`the value of a bulk update replaces a pending change (synchronize: ${synchronize})`, async (t, x) => {
    const { ada } = await adaAndBob(x)
    const { s } = x
    const user = await s.getOne('User', ada.id)
    user.name = 'local'
    const statement = update('User', { where: { id: ada.id }, data: { name: 'bulk' } }, { synchronize })
    await s.noAutoflush(() => s.execute(statement))
    t.false(s.isModified(user))
    t.false(s.dirty.has(user))
    await s.get('User', ada.id)
    t.is(user.name, 'bulk')
    await s.commit()
    t.is((await x.raw.user.findUniqueOrThrow({ where: { id: ada.id } })).name, 'bulk')
  })
}

behaviour('the result of a write returns no rows', async (t, x) => {
  await adaAndBob(x)
  const { s } = x
  const writes: Statement[] = [
    insert('User', { name: 'Cyd' }),
    update('User', { where: { name: 'Ada' }, data: { kind: 'k' } }),
    remove('User', { where: { name: 'Bob' } }),
  ]
  for (const statement of writes) {
    const result = await s.execute(statement)
    t.is(result.rowCount, 1)
    t.false(result.returnsRows)
    t.throws(() => result.all(), { instanceOf: ResourceClosedError, message: /does not return rows/ })
    t.throws(() => result.scalars().all(), { instanceOf: ResourceClosedError, message: /does not return rows/ })
  }
})

const returning: BehaviourOptions = { databases: ['better-sqlite3', 'libsql', 'postgresql'] }

behaviour(
  'insert and update with a selection return rows',
  async (t, x) => {
    const { bob } = await adaAndBob(x)
    const { s } = x
    const inserted = await s.execute(insert('User', { name: 'Cyd' }, { select: { name: true, kind: true } }))
    t.true(inserted.returnsRows)
    t.deepEqual({ ...inserted.one() }, { name: 'Cyd', kind: 'plain' })
    const args = { where: { name: 'Bob' }, data: { kind: 'k' } }
    const updated = await s.execute(update('User', args, { select: { id: true, kind: true } }))
    t.true(updated.returnsRows)
    t.deepEqual({ ...updated.one() }, { id: bob.id, kind: 'k' })
  },
  returning,
)

behaviour(
  'an insert or update with a selection is refused before anything is sent where the database cannot return rows',
  async (t, x) => {
    const select = { id: true }
    await refused(t, () => x.s.execute(insert('User', { name: 'Cyd' }, { select })), {
      instanceOf: NotImplementedError,
    })
    const args = { where: { name: 'Bob' }, data: { kind: 'k' } }
    await refused(t, () => x.s.execute(update('User', args, { select })), { instanceOf: NotImplementedError })
    t.deepEqual(x.ops(), [])
  },
  { databases: ['mariadb'] },
)

behaviour('a result stays readable after the session is closed', async (t, x) => {
  await adaAndBob(x)
  const { s } = x
  const result = await s.execute(select('User', byId))
  await s.close()
  const users = result.scalars().all()
  t.deepEqual(
    users.map((user) => user.name),
    ['Ada', 'Bob'],
  )
  t.is(inspect(users[0] as object).state, 'detached')
  t.is(inspect(users[0] as object).session, null)
})

behaviour("synchronize: 'evaluate' marks objects as stale of which it cannot tell whether they match", async (t, x) => {
  for (const id of [1, 2]) await x.raw.user.create({ data: { id, name: 'Ada' } })
  const [first, second] = [await x.s.getOne('User', 1), await x.s.getOne('User', 2)]
  x.s.expire(second, ['inviterId'])
  const where = { inviterId: null }
  await x.s.execute(update('User', { where, data: { kind: 'admin' } }, { synchronize: 'evaluate' }))
  t.is(first.kind, 'admin')
  t.true(inspect(second).stale)
  t.is((await x.s.getOne('User', 2)).kind, 'admin')
  await x.s.execute(remove('User', { where }, { synchronize: 'evaluate' }))
  t.is(await x.s.get('User', 2), null)
})

behaviour('the next load shows foreign keys that followed the key of a bulk update', async (t, x) => {
  await x.raw.code.create({ data: { code: 'a', label: 'A', uses: { create: { id: 1 } } } })
  const use = await x.s.getOne('Use', 1)
  await x.s.execute(update('Code', { where: { code: 'a' }, data: { code: 'b', label: undefined } }))
  t.is(await x.s.getOne('Use', 1), use)
  t.is(use.codeId, 'b')
  t.false(x.s.isModified(use))
})

behaviour('a select with track: false returns plain objects that the session does not know', async (t, x) => {
  await x.raw.user.create({ data: { name: 'Ada' } })
  const where = { AND: undefined, OR: [{ name: 'Ada' }] }
  const [ada] = (await x.s.scalars(select('User', { where, track: false }))).all()
  t.is(ada?.name, 'Ada')
  t.is(x.s.identityMap.size, 0)
  t.throws(() => x.s.contains(ada as object), { instanceOf: UnmappedInstanceError })
})
