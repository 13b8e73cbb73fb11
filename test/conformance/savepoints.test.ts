// Savepoints: beginNested(), their handles, and what their commit and rollback undo.
import { IllegalStateChangeError, inspect, ResourceClosedError, select, update } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'
import { userNames } from '../helpers/user-names.js'

behaviour(
  'beginNested flushes into the outer transaction; SAVEPOINT is sent with the first operation',
  async (t, x) => {
    const { s } = x
    const outside = s.add('User', { name: 'outside' })
    const nested = await s.beginNested()
    t.true(nested.nested)
    t.is(inspect(outside).state, 'persistent')
    t.deepEqual(x.written(), ['INSERT User'])
    x.clear()
    await s.scalars(select('User'))
    t.deepEqual(x.wire(), ['SAVEPOINT'])

    await nested.rollback()
    t.is(inspect(outside).state, 'persistent')
    await s.commit()
    t.deepEqual(await userNames(x), ['outside'])
  },
  { session: { autoflush: false } },
)

behaviour('an unused savepoint sends nothing', async (t, x) => {
  const { s } = x
  await s.begin()
  await s.scalars(select('User'))
  x.clear()
  await (await s.beginNested()).commit()
  await (await s.beginNested()).rollback()
  t.deepEqual(x.wire(), [])
  t.true(s.inTransaction())
  t.false(s.inNestedTransaction())
})

behaviour('a savepoint ignores transaction options with a warning', async (t, x) => {
  const { s } = x
  const warnings = x.events(s, ['warning'])
  await s.begin()
  await s.scalars(select('User'))
  const nested = await s.begin({ nested: true, timeout: 5 })
  t.is(warnings.length, 1)
  t.regex(String(warnings[0]?.payload.message), /timeout|options/)
  await s.scalars(select('User'))
  await nested.commit()
  await s.commit()
})

behaviour('begin({ nested: true }) opens a savepoint', async (t, x) => {
  const { s } = x
  s.add('User', { name: 'outer' })
  const nested = await s.begin({ nested: true })
  t.true(nested.nested)
  t.is(s.getNestedTransaction(), nested)
  t.is(nested.parent, s.getTransaction())
  s.add('User', { name: 'inner' })
  await s.flush()
  await nested.rollback()
  t.true(s.inTransaction())
  await s.commit()
  t.deepEqual(await userNames(x), ['outer'])
})

behaviour('savepoint handles are linked from the innermost to the root transaction', async (t, x) => {
  const { s } = x
  const root = await s.begin()
  t.is(s.getTransaction(), root)
  t.is(s.getNestedTransaction(), null)
  t.false(s.inNestedTransaction())
  t.false(root.nested)
  t.is(root.parent, null)

  const first = await s.beginNested()
  const second = await s.beginNested()
  t.is(s.getTransaction(), root)
  t.is(s.getNestedTransaction(), second)
  t.true(s.inNestedTransaction())
  t.is(second.parent, first)
  t.is(first.parent, root)
  t.true(second.nested)

  await second.commit()
  t.false(second.isActive)
  t.is(s.getNestedTransaction(), first)
  await first.rollback()
  t.is(s.getNestedTransaction(), null)
  t.is(s.getTransaction(), root)
  t.true(root.isActive)
  await root.commit()
  t.is(s.getTransaction(), null)
  t.false(s.inTransaction())
})

behaviour('rolling back a savepoint undoes only the work done inside it', async (t, x) => {
  const make = (name: string) => x.raw.user.create({ data: { name } })
  const ids = {
    read: (await make('read')).id,
    before: (await make('before')).id,
    inside: (await make('inside')).id,
    gone: (await make('gone')).id,
  }
  const { s } = x
  const onlyRead = await s.getOne('User', ids.read)
  const before = await s.getOne('User', ids.before)
  const inside = await s.getOne('User', ids.inside)
  const gone = await s.getOne('User', ids.gone)
  before.name = 'before!'
  const nested = await s.beginNested()
  inside.name = 'inside!'
  await s.delete(gone)
  const added = s.add('User', { name: 'added' })
  await s.flush()
  t.is(inspect(gone).state, 'deleted')
  await nested.rollback()

  t.true(x.wire().includes('ROLLBACK TO'))
  t.is(inspect(added).state, 'transient')
  t.is(inspect(gone).state, 'persistent')
  t.is(inside.name, 'inside')
  t.false(s.isModified(inside))
  t.true(s.inTransaction())
  t.false(s.inNestedTransaction())

  x.clear()
  t.is(await s.get('User', ids.read), onlyRead)
  t.is(await s.get('User', ids.before), before)
  t.is(before.name, 'before!')
  t.deepEqual(x.ops(), [])
  t.is(await s.get('User', ids.inside), inside)
  t.is(inside.name, 'inside')
  await s.commit()
  t.deepEqual(await userNames(x), ['read', 'before!', 'inside', 'gone'])
})

behaviour('rolling back a savepoint discards unflushed changes made inside it', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const user = await s.getOne('User', id)
  const nested = await s.beginNested()
  user.name = 'inside'
  const pending = s.add('User', { name: 'pending' })
  await nested.rollback()
  t.is(user.name, 'Ada')
  t.is(inspect(pending).state, 'transient')
  t.is(s.dirty.size, 0)
  await s.commit()
  t.deepEqual(await userNames(x), ['Ada'])
})

behaviour('rolling back a savepoint restores the value flushed before it', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const user = await s.getOne('User', id)
  user.name = 'outer'
  const nested = await s.beginNested()
  user.name = 'inner'
  await s.flush()
  await nested.rollback()
  t.is(user.name, 'outer')
  await s.commit()
  t.deepEqual(await userNames(x), ['outer'])

  user.name = 'outer 2'
  const again = await s.beginNested()
  user.name = 'inner 2'
  await s.flush()
  await again.rollback()
  await s.rollback()
  t.is(user.name, 'outer')
})

behaviour('values read inside a savepoint are read again after its rollback', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const user = await s.getOne('User', id)
  const nested = await s.beginNested()
  await s.user.update({ where: { id }, data: { name: 'inside' } })
  await s.refresh(user)
  t.is(user.name, 'inside')
  await nested.rollback()
  t.is(await s.get('User', id), user)
  t.is(user.name, 'Ada')
})

behaviour('an object first loaded inside a savepoint is read again after its rollback', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const nested = await s.beginNested()
  await s.execute(update('User', { where: { id }, data: { name: 'inside' } }))
  const user = await s.getOne('User', id)
  t.is(user.name, 'inside')
  await nested.rollback()
  t.is(await s.get('User', id), user)
  t.is(user.name, 'Ada')
})

behaviour(
  'an object of a row that a forwarded call inserted inside a savepoint is gone after its rollback',
  async (t, x) => {
    const { s } = x
    const nested = await s.beginNested()
    const { id } = await s.user.create({ data: { name: 'inside' } })
    const user = await s.getOne('User', id)
    t.is(user.name, 'inside')
    await nested.rollback()
    t.is(await s.get('User', id), null)
  },
)

behaviour('committing a savepoint releases it, and the outer rollback undoes its work', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const { s } = x
  const user = await s.getOne('User', id)
  const nested = await s.beginNested()
  const added = s.add('User', { name: 'added' })
  user.name = 'inside'
  await nested.commit()
  t.is(x.wire().at(-1), 'RELEASE')
  t.is(inspect(added).state, 'persistent')

  x.clear()
  const { id: addedId } = added
  t.is(await s.get('User', id), user)
  t.is(await s.get('User', addedId), added)
  t.is(user.name, 'inside')
  t.deepEqual(x.ops(), [])

  await s.rollback()
  t.is(inspect(added).state, 'transient')
  t.is(user.name, 'Ada')
  t.deepEqual(await userNames(x), ['Ada'])
})

behaviour('session.commit() inside a savepoint commits the whole transaction', async (t, x) => {
  const { s } = x
  s.add('User', { name: 'outer' })
  const nested = await s.beginNested()
  s.add('User', { name: 'inner' })
  await s.flush()
  await s.commit()
  t.deepEqual(x.wire().slice(-2), ['RELEASE', 'COMMIT'])
  t.false(s.inTransaction())
  t.false(nested.isActive)
  await refused(t, () => nested.commit(), { instanceOf: ResourceClosedError })
  t.deepEqual(await userNames(x), ['outer', 'inner'])
})

behaviour('session.rollback() inside a savepoint rolls back the whole transaction', async (t, x) => {
  const { s } = x
  const outer = s.add('User', { name: 'outer' })
  const nested = await s.beginNested()
  const inner = s.add('User', { name: 'inner' })
  await s.flush()
  await s.rollback()
  t.is(x.wire().at(-1), 'ROLLBACK')
  t.false(s.inTransaction())
  t.false(s.inNestedTransaction())
  for (const user of [outer, inner]) t.is(inspect(user).state, 'transient')
  await refused(t, () => nested.rollback(), { instanceOf: ResourceClosedError })
  t.deepEqual(await userNames(x), [])
})

behaviour('rolling back an outer savepoint undoes the inner ones first', async (t, x) => {
  const { s } = x
  await s.begin()
  s.add('User', { name: 'root' })
  const first = await s.beginNested()
  s.add('User', { name: 'first' })
  const second = await s.beginNested()
  s.add('User', { name: 'second' })
  await s.flush()
  await first.rollback()
  t.is(s.getNestedTransaction(), null)
  t.false(second.isActive)
  await refused(t, () => second.commit(), { instanceOf: ResourceClosedError })
  await refused(t, () => first.commit(), { instanceOf: ResourceClosedError })
  await s.commit()
  t.deepEqual(await userNames(x), ['root'])
})

behaviour('committing the root transaction releases its savepoints first', async (t, x) => {
  const { s } = x
  const root = await s.begin()
  const first = await s.beginNested()
  s.add('User', { name: 'first' })
  const second = await s.beginNested()
  s.add('User', { name: 'second' })
  await s.flush()
  x.clear()
  await root.commit()
  t.deepEqual(x.wire(), ['RELEASE', 'RELEASE', 'COMMIT'])
  for (const handle of [first, second, root]) {
    t.false(handle.isActive)
    await refused(t, () => handle.rollback(), { instanceOf: ResourceClosedError })
  }
  t.deepEqual(await userNames(x), ['first', 'second'])
})

behaviour('a disposed savepoint handle rolls back its savepoint', async (t, x) => {
  const { s } = x
  s.add('User', { name: 'outer' })
  {
    await using _ = await s.beginNested()
    s.add('User', { name: 'inner' })
    await s.flush()
  }
  t.true(s.inTransaction())
  await s.commit()
  t.deepEqual(await userNames(x), ['outer'])
})

behaviour(
  'the second of two savepoints opened at once is inside the first',
  async (t, x) => {
    const { s } = x
    const [first, second] = await Promise.all([s.beginNested(), s.beginNested()])
    t.is(second.parent, first)
    await second.commit()
    await first.commit()
    await s.commit()
    t.false(s.inTransaction())
  },
  { modes: ['async'] },
)

behaviour(
  "the second of two savepoints opened at once is refused with concurrency: 'error'",
  async (t, x) => {
    const { s } = x
    s.add('User', { name: 'Ada' })
    const [first, second] = await Promise.allSettled([s.beginNested(), s.beginNested()])
    t.is(first.status, 'fulfilled')
    t.true(second.status === 'rejected' && second.reason instanceof IllegalStateChangeError)
    await s.commit()
    t.deepEqual(await userNames(x), ['Ada'])
  },
  { modes: ['async'], session: { concurrency: 'error' } },
)
