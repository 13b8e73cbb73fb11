// session.query() of synchronous sessions: each method compared with the statement it stands for.

import {
  ArgumentError,
  InvalidRequestError,
  inspect,
  MultipleResultsFoundError,
  NoResultFoundError,
  remove,
  select,
  UnmappedModelError,
  update,
} from '../../src/index.js'
import { behaviour, type Context, inSync } from '../helpers/conformance.js'

const sync = { modes: ['sync'] } as const

/** Three committed users: Ada and Cyd plain, Bob an admin. */
async function three(x: Context) {
  await x.raw.user.create({ data: { name: 'Ada' } })
  await x.raw.user.create({ data: { name: 'Bob', kind: 'admin' } })
  await x.raw.user.create({ data: { name: 'Cyd' } })
  return inSync(x.s)
}

const names = (users: readonly { name: string }[]) => users.map(({ name }) => name)

/** Allows calls that the types refuse. */
const loose = (object: object) => object as Record<string, (...args: unknown[]) => unknown>

behaviour(
  'building a query sends nothing and begins no transaction',
  async (t, x) => {
    const s = await three(x)
    s.add('User', { name: 'pending' })
    const query = s.query('User').filterBy({ kind: 'plain' }).filter({ name: 'Ada' }).orderBy('name').limit(1).offset(1)
    t.is(typeof query.all, 'function')
    t.false('then' in query)
    t.deepEqual(x.ops(), [])
    t.deepEqual(x.wire(), [])
    t.is(s.new.size, 1)
  },
  sync,
)

behaviour(
  'all() returns the same objects as scalars() of the select, with the same operation',
  async (t, x) => {
    const s = await three(x)
    const cases = [
      [s.query('User'), select('User')],
      [s.query('User').filterBy({ kind: 'plain' }), select('User', { where: { kind: 'plain' } })],
      [
        s.query('User').filterBy({ kind: 'plain', name: 'Cyd' }),
        select('User', { where: { kind: 'plain', name: 'Cyd' } }),
      ],
      [s.query('User').filter({ name: { contains: 'd' } }), select('User', { where: { name: { contains: 'd' } } })],
      [s.query('User').orderBy({ name: 'desc' }), select('User', { orderBy: { name: 'desc' } })],
      [s.query('User').orderBy('kind', { id: 'desc' }), select('User', { orderBy: [{ kind: 'asc' }, { id: 'desc' }] })],
      [s.query('User').orderBy('id').limit(2), select('User', { orderBy: { id: 'asc' }, take: 2 })],
      [s.query('User').orderBy('id').offset(1), select('User', { orderBy: { id: 'asc' }, skip: 1 })],
      [s.query('User').orderBy('id').limit(1).offset(1), select('User', { orderBy: { id: 'asc' }, take: 1, skip: 1 })],
      [s.query('User').limit(0), select('User', { take: 0 })],
      [
        s
          .query('User')
          .filterBy({ kind: 'plain' })
          .filter({ name: { contains: 'd' } })
          .filterBy({ name: 'Cyd' }),
        select('User', { where: { AND: [{ kind: 'plain' }, { name: { contains: 'd' } }, { name: 'Cyd' }] } }),
      ],
    ] as const
    for (const [query, statement] of cases) {
      const expected = s.scalars(statement).all()
      const before = x.ops().length
      const found = query.all()
      t.is(x.ops().length, before + 1)
      t.is(x.ops().at(-1)?.operation, 'findMany')
      t.deepEqual(names(found), names(expected))
      for (const [index, user] of found.entries()) t.is<unknown, unknown>(user, expected[index])
      t.deepEqual([...query], found)
    }
    t.is(s.identityMap.size, 3)
  },
  sync,
)

behaviour(
  'first() returns the first object or null, and reads one row',
  async (t, x) => {
    const s = await three(x)
    t.is(s.query('User').orderBy('name').first()?.name, 'Ada')
    t.like(x.ops().at(-1)?.args, { take: 1 })
    t.is(s.query('User').orderBy('name').offset(2).first()?.name, 'Cyd')
    t.is(s.query('User').orderBy('name').limit(5).first(), s.get('User', 1))
    t.is(s.query('User').filterBy({ name: 'nobody' }).first(), null)
    t.is(s.query('User').limit(0).first(), null)
    t.is(
      s.query('User').filterBy({ name: 'Bob' }).first(),
      s.scalars(select('User', { where: { name: 'Bob' } })).first(),
    )
  },
  sync,
)

behaviour(
  'one() and oneOrNone() refuse more than one row, and read no more than two',
  async (t, x) => {
    const s = await three(x)
    const bob = s.query('User').filterBy({ name: 'Bob' })
    t.is(bob.one().kind, 'admin')
    t.is(bob.oneOrNone(), bob.one())
    const none = s.query('User').filterBy({ name: 'nobody' })
    t.throws(() => none.one(), { instanceOf: NoResultFoundError })
    t.is(none.oneOrNone(), null)
    const many = s.query('User').filterBy({ kind: 'plain' })
    t.throws(() => many.one(), { instanceOf: MultipleResultsFoundError, message: /exactly one/ })
    t.like(x.ops().at(-1)?.args, { take: 2 })
    t.throws(() => many.oneOrNone(), { instanceOf: MultipleResultsFoundError, message: /one or none/ })
    t.is(many.orderBy('id').limit(1).one().name, 'Ada')
    t.is(s.query('User').orderBy('id').offset(2).one().name, 'Cyd')
  },
  sync,
)

behaviour(
  'get() of a query works as session.get(): a hit sends nothing',
  async (t, x) => {
    const s = await three(x)
    const ada = s.query('User').get(1)
    t.is(ada?.name, 'Ada')
    t.is(x.ops().length, 1)
    t.is(s.query('User').get(1), ada)
    t.is(s.get('User', 1), ada)
    t.is(s.query('User').get({ id: 1 }), ada)
    t.is(x.ops().length, 1)
    t.is(s.query('User').get(99), null)
    await x.raw.pair.create({ data: { x: 1, y: 2 } })
    s.rollback()
    t.is(s.query('Pair').get([1, 2])?.y, 2)
  },
  sync,
)

behaviour(
  'count() and exists() count the rows that all() would return, and autoflush',
  async (t, x) => {
    const s = await three(x)
    t.is(s.query('User').count(), 3)
    t.is(x.ops().length, 1)
    t.is(x.ops()[0]?.operation, 'count')
    t.is(s.query('User').filterBy({ kind: 'plain' }).count(), 2)
    t.is(s.query('User').limit(2).count(), 2)
    t.is(s.query('User').offset(2).count(), 1)
    t.is(s.query('User').orderBy('id').limit(5).offset(1).count(), 2)
    t.is(s.query('User').limit(0).count(), 0)
    t.true(s.query('User').exists())
    t.true(s.query('User').filterBy({ name: 'Bob' }).exists())
    t.false(s.query('User').filterBy({ name: 'nobody' }).exists())
    t.false(s.query('User').limit(0).exists())
    t.false(s.query('User').offset(3).exists())
    s.add('User', { name: 'Dan' })
    t.is(s.query('User').count(), 4)
    s.add('User', { name: 'Eve' })
    t.true(s.query('User').filterBy({ name: 'Eve' }).exists())
    t.is(s.new.size, 0)
    s.add('User', { name: 'Fay' })
    using _ = s.noAutoflush()
    t.is(s.query('User').count(), 5)
    t.false(s.query('User').filterBy({ name: 'Fay' }).exists())
    t.is(s.new.size, 1)
  },
  sync,
)

behaviour(
  'reading a query autoflushes and begins the transaction',
  async (t, x) => {
    const s = await three(x)
    const dan = s.add('User', { name: 'Dan' })
    t.is(s.query('User').filterBy({ name: 'Dan' }).one(), dan)
    t.deepEqual(x.wire(), ['BEGIN'])
    t.deepEqual(x.written(), ['INSERT User'])
    const eve = s.add('User', { name: 'Eve' })
    t.true([...s.query('User')].includes(eve))
    const fay = s.add('User', { name: 'Fay' })
    t.is(s.query('User').filterBy({ name: 'Fay' }).first(), fay)
    s.rollback()
    t.is(s.query('User').count(), 3)
  },
  sync,
)

behaviour(
  'update() of a query writes the rows and changes loaded objects',
  async (t, x) => {
    const s = await three(x)
    const [ada, bob, cyd] = s.query('User').orderBy('id').all()
    x.clear()
    t.is(s.query('User').filterBy({ kind: 'plain' }).update({ kind: 'guest' }), 2)
    t.is(x.ops().filter(({ operation }) => operation.startsWith('update')).length, 1)
    t.deepEqual([ada?.kind, bob?.kind, cyd?.kind], ['guest', 'admin', 'guest'])
    t.is(s.execute(update('User', { where: { kind: 'guest' }, data: { kind: 'plain' } })).rowCount, 2)
    t.is(s.query('User').filterBy({ name: 'nobody' }).update({ kind: 'guest' }), 0)
    t.is(s.query('User').update({ kind: 'all' }), 3)
    const dan = s.add('User', { name: 'Dan' })
    t.is(s.query('User').filterBy({ name: 'Dan' }).update({ kind: 'new' }), 1) // it was flushed
    t.is(s.scalars(select('User', { where: { name: 'Dan' } })).one(), dan)
    t.is(dan.kind, 'new')
    s.commit()
    t.is(await x.raw.user.count({ where: { kind: 'all' } }), 3)
  },
  sync,
)

behaviour(
  'delete() of a query deletes the rows and makes their objects deleted',
  async (t, x) => {
    const s = await three(x)
    const [ada, bob] = s.query('User').orderBy('id').all()
    t.is(s.query('User').filter({ name: 'Ada' }).delete(), 1)
    t.is(inspect(ada ?? {}).state, 'deleted')
    t.is(inspect(bob ?? {}).state, 'persistent')
    t.is(s.query('User').get(1), null)
    t.is(s.query('User').filterBy({ name: 'nobody' }).delete(), 0)
    t.is(s.execute(remove('User', { where: { name: 'Cyd' } })).rowCount, 1)
    t.is(s.query('User').delete(), 1)
    t.is(s.query('User').count(), 0)
    s.rollback()
    t.is(inspect(ada ?? {}).state, 'persistent')
    t.is(s.query('User').count(), 3)
  },
  sync,
)

behaviour(
  'a query never changes: each call returns a new one, and it can be read again',
  async (t, x) => {
    const s = await three(x)
    const all = s.query('User').orderBy('id')
    const plain = all.filterBy({ kind: 'plain' })
    const last = plain.offset(1).limit(1)
    t.not<unknown, unknown>(plain, all)
    t.deepEqual(names(last.all()), ['Cyd'])
    t.deepEqual(names(plain.all()), ['Ada', 'Cyd'])
    t.deepEqual(names(all.all()), ['Ada', 'Bob', 'Cyd'])
    t.deepEqual(names(plain.orderBy('name').all()), ['Ada', 'Cyd'])
    t.deepEqual(names(plain.limit(1).limit(2).all()), ['Ada', 'Cyd']) // the last one counts
    const where = { name: 'Ada' }
    const ada = s.query('User').filter(where)
    t.deepEqual(where, { name: 'Ada' })
    t.is(ada.count(), 1)
    s.add('User', { name: 'Ada' })
    t.is(ada.count(), 2)
  },
  sync,
)

behaviour(
  'a query refuses calls that its limit, offset, order or filter makes ambiguous',
  async (t, x) => {
    const s = await three(x)
    const limited = s.query('User').limit(1)
    const shifted = s.query('User').offset(1)
    for (const query of [limited, shifted]) {
      for (const call of [
        () => query.filter({ name: 'Ada' }),
        () => query.filterBy({ name: 'Ada' }),
        () => query.orderBy('name'),
      ])
        t.throws(call, { instanceOf: InvalidRequestError, message: /comes before limit\(\) and offset\(\)/ })
    }
    for (const query of [limited, shifted, s.query('User').orderBy('name')]) {
      for (const call of [() => query.update({ kind: 'all' }), () => query.delete()])
        t.throws(call, { instanceOf: InvalidRequestError, message: /a limit, an offset or an order: leave it out/ })
    }
    for (const query of [limited, shifted, s.query('User').orderBy('id'), s.query('User').filterBy({ name: 'Ada' })])
      t.throws(() => query.get(1), { instanceOf: InvalidRequestError, message: /use session\.get\(\)/ })
    t.deepEqual(x.ops(), [])
    t.is(await x.raw.user.count({ where: { kind: 'all' } }), 0)
  },
  sync,
)

behaviour(
  'building a query refuses invalid arguments, unknown fields and unknown models',
  async (t, x) => {
    const s = inSync(x.s)
    const query = loose(s.query('User'))
    const unknown = { instanceOf: ArgumentError, message: /User has no field 'nmae': use id, name/ }
    t.throws(() => query.filterBy?.({ nmae: 'Ada' }), unknown)
    t.throws(() => query.orderBy?.('nmae'), unknown)
    for (const value of [undefined, null, 5, 'name', () => 1, new Date()]) {
      t.throws(() => query.filter?.(value), { instanceOf: ArgumentError, message: /filter\(\) takes/ })
      t.throws(() => query.filterBy?.(value), { instanceOf: ArgumentError, message: /filterBy\(\) takes/ })
      if (typeof value !== 'string')
        t.throws(() => query.orderBy?.(value), { instanceOf: ArgumentError, message: /orderBy\(\) takes/ })
    }
    for (const value of [undefined, null, -1, 1.5, '1', Number.NaN, Number.POSITIVE_INFINITY]) {
      t.throws(() => query.limit?.(value), {
        instanceOf: ArgumentError,
        message: /limit\(\) takes a number of rows from 0/,
      })
      t.throws(() => query.offset?.(value), { instanceOf: ArgumentError, message: /offset\(\) takes a number of rows/ })
    }
    t.throws(() => loose(s).query?.('Nobody'), { instanceOf: UnmappedModelError, message: /Nobody/ })
    t.throws(() => loose(s).query?.(), { instanceOf: UnmappedModelError })
    t.deepEqual(x.ops(), [])
    t.deepEqual(x.wire(), [])
  },
  sync,
)

behaviour(
  'reading a query refuses unknown fields and passes on errors of Prisma, and the session goes on',
  async (t, x) => {
    const s = await three(x)
    const unknown = { instanceOf: ArgumentError, message: /User has no field 'nmae'/ }
    for (const query of [
      s.query('User').filter({ nmae: 1 } as object),
      s.query('User').orderBy({ nmae: 'asc' } as object),
    ])
      for (const verb of ['all', 'first', 'one', 'oneOrNone', 'count', 'exists'] as const)
        t.throws(() => query[verb](), unknown, verb)
    for (const verb of ['update', 'delete'])
      t.throws(() => loose(s.query('User').filter({ nmae: 1 } as object))[verb]?.({ kind: 'all' }), unknown, verb)
    t.deepEqual(x.wire(), [])
    const wrong = s.query('User').filter({ name: { contians: 'A' } } as object)
    for (const verb of ['all', 'first', 'one', 'count', 'exists', 'delete'] as const)
      t.throws(() => wrong[verb](), { name: 'PrismaClientValidationError' }, verb)
    await x.raw.user.update({ where: { id: 1 }, data: { email: 'taken' } })
    s.rollback()
    t.throws(() => s.query('User').filterBy({ name: 'Bob' }).update({ email: 'taken' }), { code: 'P2002' })
    t.is(s.isActive, x.database !== 'postgresql')
    if (!s.isActive) s.rollback()
    t.is(s.query('User').count(), 3)
  },
  sync,
)

behaviour(
  'filterBy() refuses undefined, which Prisma takes for no condition',
  async (t, x) => {
    const s = await three(x)
    const query = () => s.query('User').filterBy({ name: undefined } as never)
    const error = t.throws(query, { instanceOf: ArgumentError })
    t.regex(error.message, /name is undefined/)
    t.is(await x.raw.user.count(), 3)
  },
  sync,
)
