import { isDeepStrictEqual } from 'node:util'
import { Decimal } from '@prisma/client/runtime/client'
import test from 'ava'
import fc from 'fast-check'
import {
  ArgumentError,
  MultipleResultsFoundError,
  NoResultFoundError,
  ResourceClosedError,
} from '../../../src/errors.js'
import { track } from '../../../src/session/objects/state.js'
import { fetchedCount, fetchedEntities, fetchedRecords } from '../../../src/session/statements/fetched.js'
import { Result } from '../../../src/session/statements/result.js'
import type { Row } from '../../../src/session/statements/row.js'
import { copyOf, valuesOf } from '../../model/arbitraries.js'
import { modelNamed, testModels } from '../../model/schemas.js'

interface Record {
  readonly [column: string]: unknown
}

const columns = ['id', 'at', 'json'] as const
const records: fc.Arbitrary<Record[]> = fc.array(
  fc.record({ id: valuesOf.Int, at: valuesOf.DateTime, json: valuesOf.Json }, { noNullPrototype: true }),
  { maxLength: 8 },
)
/** Records of which some are the same by value, in any order. */
const repeated: fc.Arbitrary<Record[]> = fc.oneof(
  repeating(records),
  repeating(recordsOf('Decimal')),
  repeating(recordsOf('Bytes')),
)
const sizes = fc.integer({ min: 1, max: 5 })

/** The forms in which a result is handed out, each as a view of it. */
const views = {
  rows: (result: Result) => result,
  mappings: (result: Result) => result.mappings(),
  'two columns': (result: Result) => result.columns(1, 0),
  scalars: (result: Result) => result.scalars(),
  'scalars of the last column': (result: Result) => result.scalars(-1),
}

for (const [name, view] of Object.entries(views)) {
  const open = (all: readonly Record[]) => view(resultOf(all))

  test(`${name}: partitions have every value, none is empty, and only the last is short`, (t) => {
    const property = fc.property(repeated, sizes, fc.boolean(), (all, size, isUnique) => {
      const read = () => (isUnique ? open(all).unique() : open(all))
      const parts = [...read().partitions(size)]
      return (
        isDeepStrictEqual(plain(parts.flat()), plain(read().all())) &&
        parts.every(
          (part, index) =>
            part.length === size || (index === parts.length - 1 && part.length > 0 && part.length < size),
        )
      )
    })
    t.notThrows(() => fc.assert(property))
  })

  test(`${name}: any mix of reads returns every value once and in order`, (t) => {
    const steps = fc.array(fc.constantFrom('fetchMany', 'next', 'partition'), { maxLength: 6 })
    const property = fc.property(repeated, steps, (all, how) => {
      const result = open(all)
      const read: unknown[] = []
      for (const step of how) {
        if (step === 'fetchMany') read.push(...result.fetchMany(2))
        if (step === 'partition') for (const part of result.partitions(1)) if (read.push(...part)) break
        if (step === 'next') for (const each of result) if (read.push(each)) break
      }
      read.push(...result.all())
      return isDeepStrictEqual(plain(read), plain(open(all).all())) && result.all().length === 0 && !result.closed
    })
    t.notThrows(() => fc.assert(property))
  })

  test(`${name}: unique() keeps the first of each value, in order`, (t) => {
    const property = fc.property(repeated, (all) => {
      const each = plain(open(all).all()) as unknown[]
      const expected = each.filter(
        (value, index) => each.findIndex((other) => isDeepStrictEqual(other, value)) === index,
      )
      return isDeepStrictEqual(plain(open(all).unique().all()), expected)
    })
    t.notThrows(() => fc.assert(property, { numRuns: 300 }))
  })

  test(`${name}: unique(fn) compares the values that fn returns`, (t) => {
    const property = fc.property(repeated, fc.integer({ min: 1, max: 3 }), (all, modulus) => {
      let calls = 0
      const kept = open(all)
        .unique(() => calls++ % modulus)
        .all()
      return kept.length === Math.min(modulus, all.length) && calls === all.length
    })
    t.notThrows(() => fc.assert(property))
  })

  test(`${name}: a frozen result returns the remaining values every time, and the original is used up`, (t) => {
    const property = fc.property(repeated, fc.nat(3), fc.boolean(), (all, readBefore, isUnique) => {
      const twin = open(all)
      const result = open(all)
      if (readBefore > 0) {
        twin.fetchMany(readBefore)
        result.fetchMany(readBefore)
      }
      if (isUnique) for (const each of [twin, result]) each.unique()
      const expected = plain(twin.all())
      const thaw = result.freeze()
      if (result.all().length > 0) return false
      const first = thaw()
      return (
        isDeepStrictEqual(plain(first.all()), expected) &&
        first.all().length === 0 &&
        isDeepStrictEqual(plain(thaw().all()), expected) &&
        [...thaw().partitions(2)].flat().length === expected.length
      )
    })
    t.notThrows(() => fc.assert(property))
  })

  test(`${name}: first(), one() and oneOrNone() check the number of values`, (t) => {
    const property = fc.property(repeated, (all) => {
      const values = plain(open(all).all())
      const first = open(all)
      const found = first.first()
      return (
        isDeepStrictEqual(plain([found]), plain([open(all).all()[0] ?? null])) &&
        first.closed &&
        thrownBy(() => open(all).one()) ===
          (values.length === 1 ? undefined : values.length ? MultipleResultsFoundError : NoResultFoundError) &&
        thrownBy(() => open(all).oneOrNone()) === (values.length > 1 ? MultipleResultsFoundError : undefined)
      )
    })
    t.notThrows(() => fc.assert(property))
  })

  test(`${name}: a closed result refuses every read`, (t) => {
    const readings: ((result: ReturnType<typeof open>) => unknown)[] = [
      (result) => result.all(),
      (result) => result.first(),
      (result) => result.one(),
      (result) => result.oneOrNone(),
      (result) => result.fetchMany(1),
      (result) => [...result.partitions(1)],
      (result) => [...result],
      (result) => result.freeze(),
    ]
    for (const reading of readings) {
      const result = open([{ id: 1, at: new Date(0), json: 1 }])
      result.close()
      t.true(result.closed)
      t.throws(() => reading(result), { instanceOf: ResourceClosedError, message: /closed/ })
    }
  })
}

test('a row has its columns by name and by index, and no other properties', (t) => {
  const property = fc.property(records, (all) =>
    (resultOf(all).all() as Row[]).every((row, index) => {
      const record = all[index] as Record
      return (
        isDeepStrictEqual(Object.keys(row), [...columns]) &&
        columns.every((name, place) => row[name] === record[name] && row[place] === record[name]) &&
        isDeepStrictEqual(
          [...row],
          columns.map((name) => record[name]),
        ) &&
        isDeepStrictEqual(row._mapping, record) &&
        row.length === columns.length
      )
    }),
  )
  t.notThrows(() => fc.assert(property))
})

test('a mapping is a plain object of the chosen columns', (t) => {
  const property = fc.property(records, (all) =>
    isDeepStrictEqual(
      resultOf(all).mappings().columns('json', 'id').all(),
      all.map(({ json, id }) => ({ json, id })),
    ),
  )
  t.notThrows(() => fc.assert(property))
})

test('columns are chosen by name or by index from either end', (t) => {
  const all = [{ id: 1, at: 2, json: 3 }]
  t.deepEqual(resultOf(all).scalars('at').all(), [2])
  t.deepEqual(resultOf(all).scalars(-1).all(), [3])
  t.deepEqual(resultOf(all).columns('json', 0).keys(), ['json', 'id'])
  t.is(resultOf(all).scalar(), 1)
  t.is(resultOf(all).columns(2).scalarOne(), 3)
  for (const bad of ['no', 3, -4, 'length']) t.throws(() => resultOf(all).scalars(bad), { instanceOf: ArgumentError })
})

test('fetchMany() and partitions() refuse an invalid size', (t) => {
  for (const size of [0, -1, 1.5, Number.NaN, '2' as never, null as never]) {
    t.throws(() => resultOf([]).fetchMany(size), { instanceOf: ArgumentError })
    t.throws(() => [...resultOf([]).partitions(size)], { instanceOf: ArgumentError })
  }
})

test('partitions() uses yieldPer when no size is given', (t) => {
  const result = new Result(fetchedRecords(['id'], [{ id: 1 }, { id: 2 }, { id: 3 }], 2))
  t.deepEqual(
    [...result.partitions()].map(({ length }) => length),
    [2, 1],
  )
})

test('views of one result continue where the other stopped', (t) => {
  const result = resultOf([1, 2, 3].map((id) => ({ id, at: new Date(id), json: id })))
  t.is((result.fetchOne() as Row)?.id, 1)
  t.deepEqual(result.scalars().fetchMany(1), [2])
  t.is((result.fetchOne() as Row)?.id, 3)
  t.is(result.fetchOne(), null)
  t.false(result.closed)
  result.scalars().first()
  t.true(result.closed)
})

test('a result without rows has a count and cannot be read', (t) => {
  const result = new Result(fetchedCount(3))
  t.is(result.rowCount, 3)
  t.false(result.returnsRows)
  for (const read of [() => result.all(), () => result.scalars(), () => result.scalar(), () => [...result]])
    t.throws(read, { instanceOf: ResourceClosedError, message: /does not return rows/ })
})

const user = modelNamed(testModels, 'User')

test('entities are unique by identity in rows, scalars and mappings', (t) => {
  const [ada, twin] = [entity({ id: 1, name: 'ada' }), entity({ id: 1, name: 'ada' })]
  const open = () => new Result(fetchedEntities('User', [ada, twin, ada]))
  const expected = [ada, twin]
  t.is(open().unique().all().length, 2)
  t.true(sameObjects(open().unique().scalars().all(), expected))
  t.true(sameObjects(open().scalars().unique().all(), expected))
  const mapped = open().mappings().unique().all() as { User: object }[]
  t.true(
    sameObjects(
      mapped.map(({ User }) => User),
      expected,
    ),
  )
})

test('entities that refer to each other are unique by identity in every form', (t) => {
  const ada: Record = entity({ id: 1, name: 'ada' })
  const post = { id: 1, author: ada }
  Object.assign(ada, { posts: [post] })
  const open = () => new Result(fetchedEntities('User', [ada, ada]))
  t.is(open().unique().all().length, 1)
  t.is(open().scalars().unique().all().length, 1)
  t.is(open().mappings().unique().all().length, 1)
})

const different: readonly (readonly [what: string, values: readonly unknown[]])[] = [
  ['a Json object and a string of its text', [{ a: 1 }, '{"a":1}']],
  ['a Json list and a string of its text', [[1], '[1]']],
  ['a date and a string that looks like its key', [new Date(0), 'date 0']],
  ['a bigint and a string', [1n, '1n']],
  ['null, the infinities and NaN', [null, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN]],
  ['bytes and a Json object of their indexes', [new Uint8Array([1]), { 0: 1 }]],
  ['a Decimal and its text', [new Decimal(1), '"1"']],
]

for (const [what, values] of different) {
  test(`unique() keeps ${what} apart`, (t) => {
    const all = values.map((value) => ({ id: 1, json: value }))
    const open = () => new Result(fetchedRecords(['id', 'json'], all))
    t.is(open().scalars('json').unique().all().length, values.length, 'scalars')
    t.is(open().columns('json').unique().all().length, values.length, 'rows of one column')
    t.is(open().unique().all().length, values.length, 'rows')
    t.is(open().mappings().unique().all().length, values.length, 'mappings')
  })
}

test('unique() compares Json by value, regardless of the order of its keys', (t) => {
  const all = [{ json: { a: 1, b: [2] } }, { json: { b: [2], a: 1 } }]
  t.is(new Result(fetchedRecords(['json'], all)).unique().all().length, 1)
})

function resultOf(all: readonly Record[]): Result {
  return new Result(fetchedRecords(columns, all))
}

function recordsOf(kind: 'Decimal' | 'Bytes'): fc.Arbitrary<Record[]> {
  const record = fc.record(
    { id: valuesOf.BigInt, at: fc.option(valuesOf.Float), json: valuesOf[kind] },
    { noNullPrototype: true },
  )
  return fc.array(record, { maxLength: 5 })
}

function repeating(all: fc.Arbitrary<Record[]>): fc.Arbitrary<Record[]> {
  return all.chain((some) => {
    const places = fc.array(fc.nat(Math.max(0, some.length - 1)), { maxLength: 6 })
    return places.map((again) => [...some, ...again.flatMap((place) => (some[place] ? [copyOf(some[place])] : []))])
  })
}

/** Rows as arrays, so that they compare by value. */
function plain(values: readonly unknown[]): readonly unknown[] {
  const isRow = (value: unknown): value is Row => typeof value === 'object' && value !== null && '_mapping' in value
  return values.map((value) => (isRow(value) ? [...value] : value))
}

function thrownBy(run: () => unknown): unknown {
  try {
    run()
  } catch (error) {
    return (error as object).constructor
  }
}

function entity(values: object): Record {
  return track(values, user).object
}

function sameObjects(found: readonly unknown[], expected: readonly unknown[]): boolean {
  return found.length === expected.length && found.every((each, index) => each === expected[index])
}
