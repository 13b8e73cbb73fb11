// Results of execute and scalars: reading, closing, filtering by column, unique rows, and the rows themselves.

import {
  MultipleResultsFoundError,
  NoResultFoundError,
  ResourceClosedError,
  SessionError,
  select,
} from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'

const byId = { orderBy: { id: 'asc' } } as const

async function users(x: Context, ...rows: { name: string; kind?: string; email?: string }[]) {
  for (const data of rows) await x.raw.user.create({ data })
}

/** A result with one column, `name`: one row per name. */
async function named(x: Context, ...names: string[]) {
  await users(x, ...names.map((name) => ({ name })))
  return () => x.s.execute(select('User', { select: { name: true }, ...byId }))
}

/** A result with the columns `name` and `kind`. */
async function pairs(x: Context, ...rows: [name: string, kind: string][]) {
  await users(x, ...rows.map(([name, kind]) => ({ name, kind })))
  return () => x.s.execute(select('User', { select: { name: true, kind: true }, ...byId }))
}

const name = (row: { name: string }) => row.name

behaviour('all returns every row once and closes the result softly', async (t, x) => {
  const result = await (await named(x, 'a', 'b'))()
  t.deepEqual(result.all().map(name), ['a', 'b'])
  t.deepEqual(result.all(), [])
  t.is(result.fetchOne(), null)
  t.false(result.closed)
  t.is(x.ops().length, 1)
})

behaviour('a result can be iterated once', async (t, x) => {
  const result = await (await named(x, 'a', 'b'))()
  t.deepEqual([...result].map(name), ['a', 'b'])
  t.deepEqual([...result], [])
})

behaviour('first returns the first row and closes the result for good', async (t, x) => {
  const result = await (await named(x, 'a', 'b'))()
  t.is(result.first()?.name, 'a')
  t.true(result.closed)
  t.throws(() => result.all(), { instanceOf: ResourceClosedError })
  t.throws(() => result.first(), { instanceOf: ResourceClosedError })
  t.throws(() => result.fetchOne(), { instanceOf: ResourceClosedError })
})

behaviour('first returns null when there are no rows', async (t, x) => {
  const result = await (await named(x))()
  t.is(result.first(), null)
})

behaviour('one requires exactly one row', async (t, x) => {
  const query = await named(x, 'a')
  const single = await query()
  t.is(single.one().name, 'a')
  t.throws(() => single.all(), { instanceOf: ResourceClosedError })

  const none = await x.s.execute(select('User', { select: { name: true }, where: { name: 'z' } }))
  t.throws(() => none.one(), { instanceOf: NoResultFoundError })
  t.throws(() => none.all(), { instanceOf: ResourceClosedError })

  await x.s.commit()
  await users(x, { name: 'b' })
  const many = await query()
  t.throws(() => many.one(), { instanceOf: MultipleResultsFoundError, message: /exactly one/ })
  t.throws(() => many.all(), { instanceOf: ResourceClosedError })
})

behaviour('oneOrNone requires one row or none', async (t, x) => {
  const query = await named(x)
  t.is((await query()).oneOrNone(), null)
  await x.s.commit()
  await users(x, { name: 'a' })
  t.is((await query()).oneOrNone()?.name, 'a')
  await x.s.commit()
  await users(x, { name: 'b' })
  const many = await query()
  t.throws(() => many.oneOrNone(), { instanceOf: MultipleResultsFoundError, message: /one or none/ })
  t.throws(() => many.all(), { instanceOf: ResourceClosedError })
})

behaviour('scalar, scalarOne and scalarOneOrNone return the value of the first row', async (t, x) => {
  const query = await named(x)
  t.is((await query()).scalar(), null)
  t.is((await query()).scalarOneOrNone(), null)
  const none = await query()
  t.throws(() => none.scalarOne(), { instanceOf: NoResultFoundError })

  await x.s.commit()
  await users(x, { name: 'a' })
  t.is((await query()).scalar(), 'a')
  t.is((await query()).scalarOne(), 'a')
  t.is((await query()).scalarOneOrNone(), 'a')

  await x.s.commit()
  await users(x, { name: 'b' })
  t.is((await query()).scalar(), 'a')
  const [many, maybe] = [await query(), await query()]
  t.throws(() => many.scalarOne(), { instanceOf: MultipleResultsFoundError, message: /exactly one/ })
  t.throws(() => maybe.scalarOneOrNone(), { instanceOf: MultipleResultsFoundError, message: /one or none/ })
})

behaviour('scalars selects one column, by index or by name', async (t, x) => {
  const query = await pairs(x, ['a', 'k1'], ['b', 'k2'], ['c', 'k3'])
  t.deepEqual((await query()).scalars('kind').all(), ['k1', 'k2', 'k3'])
  const byIndex = await query()
  const index = byIndex.keys().indexOf('kind')
  t.deepEqual(byIndex.scalars(index).all(), ['k1', 'k2', 'k3'])
  const first = (await query()).keys()[0] as 'name' | 'kind'
  t.deepEqual((await query()).scalars().all(), (await query()).scalars(first).all())

  const filter = (await query()).scalars('name')
  t.false('fetchOne' in filter)
  t.deepEqual(filter.fetchMany(2), ['a', 'b'])
  t.deepEqual([...filter], ['c'])
  t.deepEqual([...(await query()).scalars('name').partitions(2)], [['a', 'b'], ['c']])
  t.is((await query()).scalars('name').first(), 'a')
  const many = (await query()).scalars('name')
  t.throws(() => many.one(), { instanceOf: MultipleResultsFoundError })
})

behaviour('null counts as a value, not as a missing row', async (t, x) => {
  await users(x, { name: 'a' })
  const query = () => x.s.execute(select('User', { select: { email: true } }))
  t.is((await query()).scalars('email').one(), null)
  t.is((await query()).scalars('email').unique().one(), null)
  t.is((await query()).scalarOne(), null)
  t.deepEqual((await query()).scalars('email').all(), [null])
  await x.s.commit()
  await users(x, { name: 'b' })
  const many = (await query()).scalars('email')
  t.throws(() => many.oneOrNone(), { instanceOf: MultipleResultsFoundError })
  t.is((await query()).scalars('email').unique().one(), null)
})

behaviour('fetchOne and fetchMany continue where the last call stopped', async (t, x) => {
  const query = await named(x, 'a', 'b', 'c', 'd', 'e')
  const result = await query()
  t.is(result.fetchOne()?.name, 'a')
  t.deepEqual(result.fetchMany(2).map(name), ['b', 'c'])
  t.deepEqual(result.all().map(name), ['d', 'e'])
  t.deepEqual(result.fetchMany(2), [])
  t.is(result.fetchOne(), null)

  const rest = await query()
  rest.fetchOne()
  t.deepEqual(rest.fetchMany().map(name), ['b', 'c', 'd', 'e'])
  t.deepEqual(rest.fetchMany(), [])
})

behaviour('unique drops repeats by value, in any order of the calls', async (t, x) => {
  const query = await pairs(x, ['a', 'k1'], ['a', 'k1'], ['a', 'k2'], ['b', 'k1'])
  const rows = (await query()).columns('name', 'kind').unique().all()
  t.deepEqual(
    rows.map((row) => [...row]),
    [
      ['a', 'k1'],
      ['a', 'k2'],
      ['b', 'k1'],
    ],
  )
  t.deepEqual((await query()).unique().scalars('kind').all(), ['k1', 'k2'])
  t.deepEqual((await query()).scalars('kind').unique().all(), ['k1', 'k2'])
  t.deepEqual((await query()).unique().columns('name').all().map(name), ['a', 'b'])
  t.deepEqual((await query()).columns('name').unique().all().map(name), ['a', 'b'])
})

behaviour('unique compares nested values by value', async (t, x) => {
  const ada = await x.raw.user.create({ data: { name: 'Ada' } })
  for (const title of ['one', 'two']) await x.raw.post.create({ data: { title, authorId: ada.id } })
  const result = await x.s.execute(select('Post', { select: { author: { select: { name: true } } } }))
  t.deepEqual(result.unique().scalars('author').all(), [{ name: 'Ada' }])
})

behaviour('unique(fn) drops repeats of what fn returns, and unique() compares entities by key', async (t, x) => {
  const query = await pairs(x, ['a', 'k1'], ['b', 'k1'], ['c', 'k2'])
  const rows = (await query()).unique((row) => row.kind).all()
  t.deepEqual(rows.map(name), ['a', 'c'])

  const entities = () => x.s.scalars(select('User', byId))
  const byKind = (await entities()).unique((user) => user.kind).all()
  t.deepEqual(byKind.map(name), ['a', 'c'])
  t.deepEqual((await entities()).unique().all().map(name), ['a', 'b', 'c'])
})

behaviour('fetchMany and partitions count the rows that unique keeps', async (t, x) => {
  const query = await named(x, 'a', 'a', 'b', 'b', 'b', 'c', 'a')
  const result = (await query()).unique()
  t.deepEqual(result.fetchMany(2).map(name), ['a', 'b'])
  t.deepEqual(result.fetchMany(2).map(name), ['c'])
  t.deepEqual(result.fetchMany(2), [])
  const batches = [...(await query()).unique().partitions(2)]
  t.deepEqual(
    batches.map((batch) => batch.map(name)),
    [['a', 'b'], ['c']],
  )
})

behaviour('one after unique accepts repeats of one row', async (t, x) => {
  const query = await named(x, 'a', 'a')
  t.is((await query()).unique().one().name, 'a')
  t.is((await query()).unique().scalarOne(), 'a')
  t.is((await query()).scalars().unique().oneOrNone(), 'a')
})

behaviour('mappings returns plain objects, and keys stay readable after close', async (t, x) => {
  const query = await pairs(x, ['a', 'k1'], ['b', 'k2'])
  const mappings = (await query()).mappings()
  const [first, second] = mappings.all()
  t.deepEqual(first, { name: 'a', kind: 'k1' })
  t.deepEqual(second, { name: 'b', kind: 'k2' })
  t.is(Object.getPrototypeOf(first), Object.prototype)
  t.is((await query()).mappings().first()?.kind, 'k1')

  const closed = await query()
  closed.close()
  t.deepEqual([...closed.keys()].sort(), ['kind', 'name'])
})

behaviour('an entity select has one column, named by the model', async (t, x) => {
  await users(x, { name: 'a' })
  const query = () => x.s.execute(select('User'))
  t.deepEqual((await query()).keys(), ['User'])
  const mapping = (await query()).mappings().one()
  t.deepEqual(Object.keys(mapping), ['User'])
  t.is(mapping.User, (await query()).scalarOne())
})

behaviour('columns narrows and reorders rows, by name and by index', async (t, x) => {
  const query = await pairs(x, ['a', 'k1'])
  const swapped = (await query()).columns('kind', 'name')
  t.deepEqual(swapped.keys(), ['kind', 'name'])
  t.deepEqual([...swapped.one()], ['k1', 'a'])

  const keys = (await query()).keys()
  const byIndex = (await query()).columns(1, 0)
  t.deepEqual(byIndex.keys(), [...keys].reverse())
  t.deepEqual((await query()).columns(-1).keys(), keys.slice(-1))

  const row = (await query()).columns('kind').one()
  t.is(row.length, 1)
  t.is(row[0], 'k1')
  t.deepEqual({ ...row }, { kind: 'k1' })
  t.deepEqual([...(await query()).columns('kind', 'name').columns(1).one()], ['a'])
  t.deepEqual((await query()).columns('kind', 'name').scalars(0).all(), ['k1'])
})

behaviour('an unknown column is refused at the call', async (t, x) => {
  const query = await pairs(x, ['a', 'k1'])
  const result = await query()
  t.throws(() => result.columns('nope'), { instanceOf: SessionError, message: /nope/ })
  t.throws(() => result.columns(2), { instanceOf: SessionError, message: /2/ })
  t.throws(() => result.columns(-3), { instanceOf: SessionError, message: /-3/ })
  t.throws(() => result.scalars('nope' as 'name'), { instanceOf: SessionError, message: /nope/ })
  t.is(result.all().length, 1)
})

behaviour('partitions yields arrays of n rows, the last one shorter and none empty', async (t, x) => {
  const query = await named(x, 'a', 'b', 'c', 'd', 'e')
  const sizes = (batches: Iterable<unknown[]>) => [...batches].map((batch) => batch.length)
  t.deepEqual(sizes((await query()).partitions(2)), [2, 2, 1])
  t.deepEqual(sizes((await query()).partitions(5)), [5])
  t.deepEqual(sizes((await query()).partitions(9)), [5])
  const none = await x.s.execute(select('User', { where: { name: 'z' } }))
  t.deepEqual(sizes(none.partitions(2)), [])
  const paged = await x.s.execute(select('User', { yieldPer: 3 }))
  t.deepEqual(sizes(paged.partitions()), [3, 2])
})

behaviour('freeze returns fresh results over the same rows', async (t, x) => {
  const query = await pairs(x, ['a', 'k1'], ['b', 'k2'])
  const result = await query()
  const frozen = result.freeze()
  t.deepEqual(frozen().all().map(name), ['a', 'b'])
  t.deepEqual(frozen().scalars('kind').all(), ['k1', 'k2'])
  t.is(frozen().first()?.name, 'a')
  t.deepEqual(result.all(), [])
  t.is(x.ops().length, 1)

  t.deepEqual(
    (await query())
      .columns('kind')
      .freeze()()
      .all()
      .map((row) => [...row]),
    [['k1'], ['k2']],
  )
  t.deepEqual((await query()).scalars('name').freeze()().all(), ['a', 'b'])
})

behaviour('close() and the end of a using block close a result for good', async (t, x) => {
  const query = await named(x, 'a')
  const result = await query()
  t.false(result.closed)
  result.close()
  t.true(result.closed)
  t.throws(() => result.all(), { instanceOf: ResourceClosedError })
  t.throws(() => [...result], { instanceOf: ResourceClosedError })
  t.throws(() => result.one(), { instanceOf: ResourceClosedError })
  t.throws(() => result.scalars().all(), { instanceOf: ResourceClosedError })

  const scoped = await query()
  {
    using inside = scoped
    t.is(inside.fetchOne()?.name, 'a')
  }
  t.true(scoped.closed)
  t.throws(() => scoped.fetchMany(1), { instanceOf: ResourceClosedError })
})

behaviour('a row is read by name, by index and as an array, and is frozen', async (t, x) => {
  const query = await pairs(x, ['a', 'k1'])
  const row = (await query()).columns('name', 'kind').one()
  t.is(row.name, 'a')
  t.is(row[0], 'a')
  t.is(row[1], 'k1')
  t.is(row.length, 2)
  const [first, second] = row
  t.deepEqual([first, second], ['a', 'k1'])
  t.deepEqual(Object.keys(row), ['name', 'kind'])
  t.deepEqual({ ...row }, { name: 'a', kind: 'k1' })
  t.deepEqual(row._mapping, { name: 'a', kind: 'k1' })
  t.is(JSON.stringify(row), '{"name":"a","kind":"k1"}')
  t.true(Object.isFrozen(row))
  t.throws(
    () => {
      row.name = 'b'
    },
    { instanceOf: TypeError },
  )
  t.is(row.name, 'a')
})
