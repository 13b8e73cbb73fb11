// Random programs on a session over a real database, compared with a model of the table and of the objects of its rows.
import { isDeepStrictEqual } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import fc from 'fast-check'
import {
  type AsyncSession,
  createSession,
  type Entity,
  inspect,
  makeTransient,
  type SessionOptions,
  type SessionTransaction,
} from '../../src/index.js'
import type { PrismaClient } from '../helpers/clients.js'
import { databases } from '../helpers/databases.js'

type Code = Entity<PrismaClient, 'Code'>

/** A row as it should be. Its object is null while the session holds none. */
interface Expected {
  readonly object: Code | null
  readonly label: string
}

type Rows = ReadonlyMap<string, Expected>

/** The model: what should be now, and what was when each open level began. The first level's is what is committed. */
class Model {
  rows: Rows = new Map()
  before: Rows[] = [this.rows]
  /** Objects without a row that may be added again: an insert of theirs was undone, or they were deleted. */
  readonly loose = new Set<Code>()
  /** An expunged object, and the one that was loaded in its place. */
  readonly replaced = new Map<Code, Code | null>()
  /** Objects whose values a rollback cannot put back: they were loaded or expired on the way. */
  readonly shaky = new Set<Code>()
  /** Objects that have to be read again before their values can be relied on. */
  readonly unread = new Set<Code>()

  set(code: string, object: Code | null, label: string): void {
    if (object) this.loose.delete(object)
    this.rows = new Map(this.rows).set(code, { object, label })
  }

  drop(code: string): void {
    const object = this.rows.get(code)?.object
    if (object) this.loose.add(object)
    const rows = new Map(this.rows)
    rows.delete(code)
    this.rows = rows
  }

  /** Undoes the levels from that one on. */
  undoFrom(level: number): void {
    const held = new Set([...this.rows.values()].map(({ object }) => object))
    this.rows = new Map([...(this.before[level] as Rows)].map(([code, row]) => [code, rowNow(this, code, row)]))
    for (const object of held) if (object) this.loose.add(object)
    for (const { object } of this.rows.values()) if (object) this.loose.delete(object)
    for (const object of this.shaky) this.unread.add(object)
    this.before = level === 0 ? [this.rows] : this.before.slice(0, level)
  }

  /** Whether a rollback may bring it back: then it is nobody's to add. */
  mayComeBack(object: Code): boolean {
    const isThere = (rows: Rows) => [...rows.values()].some((row) => row.object === object)
    return this.before.some(isThere) || [...this.replaced.values()].includes(object)
  }

  commit(): void {
    this.before = [this.rows]
  }
}

class Real {
  readonly client: PrismaClient
  readonly session: AsyncSession<PrismaClient>
  readonly savepoints: SessionTransaction<'async'>[] = []

  constructor(client: PrismaClient, options: SessionOptions) {
    this.client = client
    this.session = createSession(client, options)
  }
}

/** One thing that a program does, with its arguments; `check` says where it can be done. */
class Step {
  readonly #text: string
  readonly check: (model: Model) => boolean
  readonly run: (model: Model, real: Real) => Promise<unknown>

  constructor(text: string, check: Step['check'], run: Step['run']) {
    this.#text = text
    this.check = check
    this.run = run
  }

  /** For the counterexample. */
  [fc.toStringMethod](): string {
    return this.#text
  }
}

const always = () => true
const keys = ['A', 'B', 'C'] as const
const places = fc.nat(11)
const labels = fc.constantFrom('x', 'y', 'z')

/** Taken round and round, so that most numbers name something. */
function at<T>(list: readonly T[], place: number): T {
  return list[place % list.length] as T
}

function freeKeys({ rows }: Model): string[] {
  return keys.filter((code) => !rows.has(code))
}

function held({ rows }: Model): (readonly [code: string, object: Code, label: string])[] {
  return [...rows].flatMap(([code, { object, label }]) => (object ? [[code, object, label] as const] : []))
}

function changeable(model: Model): ReturnType<typeof held> {
  return held(model).filter(([, object]) => !model.unread.has(object))
}

/** Not what was loaded under a key that may itself be undone. */
function movable(model: Model): ReturnType<typeof held> {
  return held(model).filter(([, object]) => !model.shaky.has(object))
}

function addable(model: Model): Code[] {
  return [...model.loose].filter((object) => !model.rows.has(object.code) && !model.mayComeBack(object))
}

const add = fc.tuple(places, labels).map(
  ([place, label]) =>
    new Step(
      `add ${place} ${label}`,
      (model) => freeKeys(model).length > 0,
      async (model, { session }) => {
        const code = at(freeKeys(model), place)
        model.set(code, session.add('Code', { code, label }), label)
      },
    ),
)

const beginnings = keys.map(
  (code) =>
    new Step(`begin with ${code}`, always, async (model, { session }) =>
      model.set(code, session.add('Code', { code, label: 'x' }), 'x'),
    ),
)

const addAgain = places.map(
  (place) =>
    new Step(
      `add again ${place}`,
      (model) => addable(model).length > 0,
      async (model, { session }) => {
        const object = at(addable(model), place)
        if (session.deleted.has(object)) await session.flush()
        if (inspect(object).state !== 'transient') makeTransient(object)
        if (object.label === undefined) object.label = 'x' // it was expired when its row went
        model.set(object.code, session.add(object), object.label)
      },
    ),
)

const change = fc.tuple(places, labels).map(
  ([place, label]) =>
    new Step(
      `change ${place} to ${label}`,
      (model) => changeable(model).length > 0,
      async (model) => {
        const [code, object] = at(changeable(model), place)
        object.label = label
        model.set(code, object, label)
      },
    ),
)

const move = fc.tuple(places, places).map(
  ([place, to]) =>
    new Step(
      `move ${place} to ${to}`,
      (model) => movable(model).length > 0 && freeKeys(model).length > 0,
      async (model, { session }) => {
        const [from, object, label] = at(movable(model), place)
        const code = at(freeKeys(model), to)
        await session.flush() // what is under the new key has to be gone
        object.code = code
        model.drop(from)
        model.set(code, object, label)
        await session.flush()
      },
    ),
)

const remove = places.map(
  (place) =>
    new Step(
      `delete ${place}`,
      (model) => held(model).length > 0,
      async (model, { session }) => {
        const [code, object] = at(held(model), place)
        if (session.new.has(object)) session.expunge(object)
        else await session.delete(object)
        model.drop(code)
      },
    ),
)

const expunge = places.map(
  (place) =>
    new Step(
      `expunge ${place}`,
      (model) => held(model).length > 0,
      async (model, { session }) => {
        const [code, object, label] = at(held(model), place)
        await session.flush()
        session.expunge(object)
        model.replaced.set(object, null)
        model.set(code, null, label)
      },
    ),
)

const expire = places.map(
  (place) =>
    new Step(
      `expire ${place}`,
      (model) => held(model).length > 0,
      async (model, { session }) => {
        const [, object] = at(held(model), place)
        await session.flush()
        session.expire(object)
        model.shaky.add(object)
        model.unread.add(object)
      },
    ),
)

const get = fc.constantFrom(...keys).map(
  (code) =>
    new Step(`get ${code}`, always, async (model, { session }) => {
      if (session.deleted.size > 0) await session.flush() // a marked object is still a hit
      take(model, code, await session.get('Code', code))
    }),
)

const getMany = fc.constant(
  new Step('getMany', always, async (model, { session }) => {
    if (session.deleted.size > 0) await session.flush()
    const found = await session.getMany('Code', keys)
    for (const [index, code] of keys.entries()) take(model, code, found[index] as Code | null)
  }),
)

const read = fc.constant(
  new Step('read', always, async (model, { session }) => {
    checkRows(model, await session.code.findMany())
  }),
)

const flush = fc.constant(
  new Step('flush', always, async (model, real) => {
    await real.session.flush()
    checkMap(model, real)
  }),
)

const savepoint = fc.constant(
  new Step(
    'savepoint',
    ({ before }) => before.length < 4,
    async (model, { session, savepoints }) => {
      savepoints.push(await session.beginNested())
      model.before.push(model.rows)
    },
  ),
)

const release = places.map(
  (place) =>
    new Step(
      `release ${place}`,
      ({ before }) => before.length > 1,
      async (model, { savepoints }) => {
        const level = place % savepoints.length
        await savepoints[level]?.commit()
        savepoints.length = level
        model.before.length = level + 1
      },
    ),
)

const rollBackTo = places.map(
  (place) =>
    new Step(
      `roll back to ${place}`,
      ({ before }) => before.length > 1,
      async (model, real) => {
        const level = place % real.savepoints.length
        await real.savepoints[level]?.rollback()
        real.savepoints.length = level
        model.undoFrom(level + 1)
        checkMap(model, real)
      },
    ),
)

const rollback = fc.constant(
  new Step('rollback', always, async (model, real) => {
    await real.session.rollback()
    real.savepoints.length = 0
    model.undoFrom(0)
    checkMap(model, real)
    checkRows(model, await real.client.code.findMany())
  }),
)

const work = fc.oneof(
  ...[add, add, addAgain, change, change, change, move, move, remove, remove, expunge, expire, get, getMany, read],
  ...[flush, flush, savepoint, savepoint, release, release, rollBackTo, rollback, rollback],
  fc.constant(new Step('commit', always, commit)),
)
/** Most begin with rows that are there already. */
const programs = fc
  .tuple(fc.constantFrom(0, 1, 2, 3), fc.array(work, { minLength: 5, maxLength: 30, size: 'max' }))
  .map(([rows, steps]) => [...beginnings.slice(0, rows), new Step('commit', always, commit), ...steps])

/** More programs on request; FUZZ_SEED gives others. */
const numRuns = Number(process.env.FUZZ_RUNS ?? 300)

const variants: readonly SessionOptions[] = [{}, { expireOnCommit: false }]

for (const options of variants) {
  test(`a random program leaves the table and the objects as the model expects ${JSON.stringify(options)}`, async (t) => {
    const database = await databases[0].create('test')
    const client = database.connect()
    t.teardown(async () => {
      await client.$disconnect()
      await database.drop()
    })
    const property = fc.asyncProperty(programs, async (program) => {
      await client.code.deleteMany()
      const model = new Model()
      const real = new Real(client, options)
      try {
        for (const step of program) {
          if (!step.check(model)) continue
          await step.run(model, real)
          checkObjects(model)
        }
        await commit(model, real)
      } finally {
        await real.session.close()
      }
    })
    await t.notThrowsAsync(fc.assert(property, { numRuns, includeErrorInReport: true }) as Promise<void>)
  })
}

test('an object loaded in place of an expunged one is gone after the rollback of its row', async (t) => {
  const { session } = await open(t)
  const savepoint = await session.beginNested()
  const added = session.add('Code', { code: 'A', label: 'x' })
  await session.flush()
  session.expunge(added)
  t.is((await session.get('Code', 'A'))?.label, 'x')
  await savepoint.rollback()
  t.is(await session.get('Code', 'A'), null)
})

test('an object loaded in place of an expunged one is read again after its row was rolled back', async (t) => {
  const { session } = await open(t)
  const first = session.add('Code', { code: 'A', label: 'x' })
  const savepoint = await session.beginNested()
  first.label = 'y'
  await session.flush()
  session.expunge(first)
  t.is((await session.get('Code', 'A'))?.label, 'y')
  await savepoint.rollback()
  t.is((await session.get('Code', 'A'))?.label, 'x')
})

test('rollback restores deleted objects of which one had moved to the key of the other', async (t) => {
  const { session } = await open(t)
  const [a, b] = session.addAll('Code', [
    { code: 'A', label: 'x' },
    { code: 'B', label: 'x' },
  ]) as [Code, Code]
  await session.commit()
  await session.delete(a)
  await session.flush()
  b.code = 'A'
  await session.flush()
  await session.delete(b)
  await session.flush()
  await session.rollback()
  t.is(b.code, 'B')
  t.is(session.identityMap.get('Code', 'A'), a)
  t.is(session.identityMap.get('Code', 'B'), b)
})

test('an object that took over a deleted row is unmodified after the flush', async (t) => {
  const { session } = await open(t)
  const [a, b] = session.addAll('Code', [
    { code: 'A', label: 'x' },
    { code: 'B', label: 'x' },
  ]) as [Code, Code]
  await session.commit()
  await session.delete(a)
  b.label = 'z'
  const next = session.add('Code', { code: 'A', label: 'z' })
  await session.flush()
  t.false(session.isModified(next))
  t.false(session.isModified(b))
})

async function open(t: ExecutionContext): Promise<Real> {
  const database = await databases[0].create('test')
  const real = new Real(database.connect(), {})
  t.teardown(async () => {
    await real.session.close()
    await real.client.$disconnect()
    await database.drop()
  })
  return real
}

/** A row that is put back, with the object that stands for it now. */
function rowNow({ replaced }: Model, code: string, { object, label }: Expected): Expected {
  let now = object
  while (now && replaced.has(now)) now = replaced.get(now) as Code | null
  // What was loaded in its place under a key that is undone cannot be known for the same row.
  return { object: now === object || now?.code === code ? now : null, label }
}

async function commit(model: Model, real: Real): Promise<void> {
  await real.session.commit()
  real.savepoints.length = 0
  model.commit()
  checkMap(model, real)
  checkRows(model, await real.client.code.findMany())
}

/** What `get` gave for a key. */
function take(model: Model, code: string, object: Code | null): void {
  const row = model.rows.get(code)
  check(Boolean(row) === Boolean(object), `get ${code} gives ${object ? 'an object' : 'null'}`)
  if (!row || !object) return
  check(row.object === object || row.object === null, `get ${code} gives another object`)
  if (row.object === null) {
    for (const [gone, next] of model.replaced) if (next === null && gone.code === code) model.replaced.set(gone, object)
    model.shaky.add(object)
    model.set(code, object, row.label)
  }
  model.unread.delete(object)
  checkObjects(model)
}

function checkObjects({ rows, unread }: Model): void {
  for (const [code, { object, label }] of rows) {
    if (!object) continue
    check(object.code === code, `the object of ${code} says ${object.code}`)
    if (!unread.has(object)) check(object.label === label, `${code} should be ${label}, and is ${object.label}`)
  }
}

/** The identity map, where everything has been flushed. An object that was read may stand for a row that is undone since. */
function checkMap({ rows, shaky }: Model, { session }: Real): void {
  const objects = [...rows].flatMap(([code, { object }]) => (object ? [[code, object] as const] : []))
  const others = [...session.identityMap.values()].filter((each) => !objects.some(([, object]) => object === each))
  check(
    others.every((each) => shaky.has(each as Code)),
    `${others.length} more objects than there should be`,
  )
  for (const [code, object] of objects) {
    check(session.identityMap.get('Code', code) === object, `${code} stands for another object`)
    check(inspect(object).state === 'persistent', `${code} is ${inspect(object).state}`)
    check(!session.isModified(object), `${code} is modified`)
  }
  check(session.new.size + session.deleted.size + session.dirty.size === 0, 'work is left')
}

function checkRows({ rows }: Model, found: readonly { code: string; label: string }[]): void {
  const expected = [...rows].map(([code, { label }]) => `${code} ${label}`).sort()
  const actual = found.map(({ code, label }) => `${code} ${label}`).sort()
  check(isDeepStrictEqual(actual, expected), `the table has ${actual}, not ${expected}`)
}

function check(holds: boolean, otherwise: string): void {
  if (!holds) throw new Error(otherwise)
}
