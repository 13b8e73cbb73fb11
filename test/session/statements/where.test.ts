// Conditions evaluated in memory, compared with the rows that findMany returns.
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import { evaluable, namedFields } from '../../../src/session/statements/where.js'
import type { PrismaClient } from '../../helpers/clients.js'
import { databases } from '../../helpers/databases.js'
import { modelNamed, testModels } from '../../model/schemas.js'

const model = modelNamed(testModels, 'Everything')

type Name = 'id' | 'int' | 'bool' | 'text' | 'at' | 'mood'
type Values = Record<string, unknown>
type Where = Record<string, unknown>

/** Few values, so that conditions meet rows. */
const values: Readonly<Record<Name, fc.Arbitrary<unknown>>> = {
  id: fc.oneof(fc.bigInt({ min: -3n, max: 3n }), fc.constantFrom(2n ** 53n + 1n, -(2n ** 63n), 2n ** 63n - 1n)),
  int: fc.oneof(fc.integer({ min: -2, max: 2 }), fc.constantFrom(2 ** 31 - 1, -(2 ** 31))),
  bool: fc.boolean(),
  text: fc.constantFrom('', 'a', 'A', 'b', 'ä', 'null', '%', "'", '1', '😀', 'a '),
  at: fc.oneof(
    fc.integer({ min: 0, max: 2 }).map((time) => new Date(time)),
    fc.constantFrom(...years('0001', '1969', '9999')),
  ),
  mood: fc.constantFrom('HAPPY', 'SAD'),
}

/** The same as Prisma takes them in conditions. */
const operands: Readonly<Record<Name, fc.Arbitrary<unknown>>> = {
  ...values,
  id: fc.oneof(values.id, fc.integer({ min: -3, max: 3 })),
  at: fc.oneof(
    values.at,
    values.at.map((value) => (value as Date).toISOString()),
  ),
}

const ordered: readonly Name[] = ['id', 'int', 'at']
const nullable = (name: Name) => name !== 'id'

const simple = conditions(false)
const rows = fc.uniqueArray(
  fc.record({
    id: values.id,
    ...Object.fromEntries(
      (['int', 'bool', 'text', 'at', 'mood'] as const).map((name) => [name, fc.option(values[name])]),
    ),
  }) as fc.Arbitrary<Values>,
  { minLength: 1, maxLength: 12, selector: ({ id }) => id },
)

test('a condition of plain comparisons gives the same rows in memory as in the database', async (t) => {
  const client = await open(t)
  const property = fc.asyncProperty(rows, fc.array(simple, { minLength: 1, maxLength: 10 }), async (all, wheres) => {
    const read = await fill(client, all)
    for (const where of wheres) {
      const holds = evaluable(model, where, true)
      if (!holds) return false // not as hard as that
      if (!(await agree(client, read, where, holds))) return false
    }
    return true
  })
  await t.notThrowsAsync(fc.assert(property, { numRuns: 120 }) as Promise<void>)
})

test('any condition gives the same rows in memory as in the database, or is left to the database', async (t) => {
  const client = await open(t)
  const odd = fc.array(conditions(true), { minLength: 1, maxLength: 10 })
  const property = fc.asyncProperty(rows, odd, async (all, wheres) => {
    const read = await fill(client, all)
    for (const where of wheres) {
      const holds = evaluable(model, where, true)
      if (holds && !(await agree(client, read, where, holds))) return false
    }
    return true
  })
  await t.notThrowsAsync(fc.assert(property, { numRuns: 150 }) as Promise<void>)
})

test('an empty condition matches every row, even one with nulls only', (t) => {
  for (const where of [undefined, null, {}, { int: undefined }]) t.true(evaluable(model, where, true)?.({ int: null }))
})

const known: readonly (readonly [where: Where, value: unknown, expected: boolean])[] = [
  [{ int: 1 }, 1, true],
  [{ int: 1 }, 2, false],
  [{ int: null }, null, true],
  [{ int: { not: null } }, null, false],
  [{ int: { not: 1 } }, null, false],
  [{ NOT: { int: 1 } }, null, false],
  [{ NOT: { int: 1 } }, 2, true],
  [{ int: { in: [1, 2] } }, 2, true],
  [{ int: { notIn: [1, 2] } }, null, false],
  [{ int: { notIn: [] } }, null, true],
  [{ int: { in: [] } }, 1, false],
  [{ int: { gt: 1, lte: 3 } }, 3, true],
  [{ int: { gt: 1, lte: 3 } }, 4, false],
  [{ int: { lt: 1 } }, null, false],
  [{ OR: [{ int: 1 }, { int: null }] }, null, true],
  [{ AND: [{ int: 1 }], NOT: [{ int: 2 }] }, 1, true],
]

for (const [where, value, expected] of known) {
  test(`${JSON.stringify(where)} ${expected ? 'matches' : 'does not match'} ${JSON.stringify(value)}`, (t) => {
    t.is(evaluable(model, where, true)?.({ int: value }), expected)
  })
}

const left: readonly Where[] = [
  { text: { contains: 'a' } },
  { text: { startsWith: 'a' } },
  { text: { equals: 'a', mode: 'insensitive' } },
  { text: { lt: 'b' } },
  { json: { equals: {} } },
  { json: null },
  { bytes: new Uint8Array([1]) },
  { decimal: 1 },
  { float: 0.1 },
  { int: { lt: null } },
  { int: { equals: { name: 'id' } } },
  { nobody: 1 },
  { AND: 'int' },
  { OR: [{ int: 1 }, { float: 1 }] },
  { NOT: { text: { endsWith: 'a' } } },
]

for (const where of left) {
  test(`${JSON.stringify(where)} is left to the database`, (t) => {
    t.is(evaluable(model, where, true), null)
  })
}

test('conditions on relations and composite keys are left to the database', (t) => {
  t.is(evaluable(modelNamed(testModels, 'Post'), { author: { name: 'ada' } }, true), null)
  t.is(evaluable(modelNamed(testModels, 'User'), { posts: { some: {} } }, true), null)
  t.is(evaluable(modelNamed(testModels, 'Pair'), { x_y: { x: 1, y: 2 } }, true), null)
})

test('text is compared in memory only if the database is case-sensitive', (t) => {
  t.truthy(evaluable(model, { text: 'a' }, true))
  t.is(evaluable(model, { text: 'a' }, false), null)
  t.truthy(evaluable(model, { int: 1, mood: 'SAD' }, false))
})

test('namedFields() finds the fields of a condition at any depth', (t) => {
  const where = { AND: [{ int: 1 }, { OR: [{ text: 'a' }, { NOT: { bool: true } }] }], id: { in: [1n] } }
  t.deepEqual(namedFields(model, where).sort(), ['bool', 'id', 'int', 'text'])
  t.deepEqual(namedFields(model, undefined), [])
})

/** Conditions that are to be judged in memory, or, where `isOdd`, with the oddities among them that Prisma takes its own way. */
function conditions(isOdd: boolean): fc.Arbitrary<Where> {
  const list = (where: fc.Arbitrary<Where>) => fc.array(where, { minLength: isOdd ? 0 : 1, maxLength: 3 })
  return fc.letrec<{ where: Where; group: Where; field: Where }>((tie) => ({
    where: fc.oneof({ maxDepth: 3 }, { arbitrary: tie('field'), weight: 3 }, { arbitrary: tie('group'), weight: 2 }),
    field: fieldConditions(isOdd),
    group: fc
      .oneof(
        fc.tuple(fc.constantFrom('AND', 'NOT'), fc.oneof(tie('where'), list(tie('where')))),
        fc.tuple(fc.constant('OR'), list(tie('where'))),
      )
      .chain(([name, inner]) => fc.option(tie('field'), { nil: {} }).map((beside) => ({ [name]: inner, ...beside }))),
  })).where
}

function fieldConditions(isOdd: boolean): fc.Arbitrary<Where> {
  const names = Object.keys(values) as Name[]
  const fields = fc.oneof(...names.map((name) => fieldCondition(name, isOdd).map((filter) => ({ [name]: filter }))))
  if (!isOdd) return fields
  return fc.oneof(
    { arbitrary: fields, weight: 6 },
    fc.constant({}),
    fc.constantFrom(...names).map((name) => ({ [name]: undefined })),
  )
}

function fieldCondition(name: Name, isOdd: boolean): fc.Arbitrary<unknown> {
  const operand = operands[name]
  const orNull = nullable(name) ? fc.option(operand) : operand
  const list = fc.array(operand, { maxLength: 3 })
  const operations: Record<string, fc.Arbitrary<unknown>> = { equals: orNull, not: orNull }
  if (name !== 'bool') Object.assign(operations, { in: list, notIn: list })
  if (ordered.includes(name)) for (const each of ['lt', 'lte', 'gt', 'gte']) operations[each] = operand
  const keys = Object.keys(operations)
  const one = fc
    .constantFrom(...keys)
    .chain((key) => (operations[key] as fc.Arbitrary<unknown>).map((value) => ({ [key]: value })))
  const { not: _, ...rest } = operations
  const inner = fc
    .constantFrom(...Object.keys(rest))
    .chain((key) => (rest[key] as fc.Arbitrary<unknown>).map((value) => ({ [key]: value })))
  const several = fc.tuple(one, one).map(([a, b]) => ({ ...a, ...b }))
  const plain = fc.oneof(
    orNull,
    one,
    several,
    inner.map((not) => ({ not })),
  )
  if (!isOdd) return plain
  const nested = fc.oneof(one, several, fc.constant({}), fc.constant({ equals: undefined })).map((not) => ({ not }))
  return fc.oneof({ arbitrary: plain, weight: 4 }, nested, fc.constant({}), fc.constant({ in: undefined }))
}

async function agree(
  client: PrismaClient,
  read: Values[],
  where: Where,
  holds: (row: Values) => boolean,
): Promise<boolean> {
  const found = await client.everything.findMany({ where, select: { id: true } })
  const expected = new Set(found.map(({ id }) => id))
  return read.every((row) => holds(row) === expected.has(row.id as bigint))
}

async function fill(client: PrismaClient, all: readonly Values[]): Promise<Values[]> {
  await client.everything.deleteMany()
  await client.everything.createMany({ data: all as never })
  return client.everything.findMany()
}

async function open(t: ExecutionContext): Promise<PrismaClient> {
  const database = await databases[0].create('test')
  const client = database.connect()
  t.teardown(async () => {
    await client.$disconnect()
    await database.drop()
  })
  return client
}

function years(...all: string[]): Date[] {
  return all.map((year) => new Date(`${year}-06-01T12:00:00.001Z`))
}
