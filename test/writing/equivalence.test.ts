// Programs of rows and changes, written once through statements over row sets and once through Prisma's own operations:
// the tables, the objects and the errors are equal.
import { deepStrictEqual } from 'node:assert'
import fc from 'fast-check'
import type { Model } from '../../src/model/model.js'
import { bothWays, type Outcome, ranked, scalarsOf, type WideSession, wideModels } from '../helpers/both-ways.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'
import { copyOf } from '../model/arbitraries.js'
import { givenValues } from './given-values.js'

type Values = Record<string, unknown>

interface Action {
  readonly what: 'add' | 'change' | 'remove'
  readonly at: number
  readonly data: Values
}

const runs = 30

/** Each round is flushed by itself. */
type Program = readonly (readonly Action[])[]

for (const database of databases) {
  const models = wideModels(database.name)
  const named = (name: string) => models.find((model) => model.name === name) as Model

  testOn(
    database,
    `values of every type and native type are written as Prisma writes them [${database.name}]`,
    async (t) => {
      const wide = named('Wide')
      let sets = 0
      const property = fc.asyncProperty(programsOf(wide), async (program) => {
        const { rowSets, prisma } = await bothWays(database, async (session) => {
          const objects: Values[] = []
          const gone = new Set<Values>()
          for (const actions of program) {
            const fresh = objects.length
            for (const action of actions) await perform(session, wide, objects, gone, fresh, action)
            if (session.explain().some(({ way }) => way === 'set-based')) sets++
            await session.flush()
          }
          await session.commit()
          const rows = objects.filter((object) => !gone.has(object))
          return rows.map((object) => ({ ...scalarsOf(wide, object), isModified: session.isModified(object) }))
        })
        same(ranked(rowSets, wide.table), ranked(prisma, wide.table))
      })
      await t.notThrowsAsync(fc.assert(property, { numRuns: runs, includeErrorInReport: true }) as Promise<void>)
      t.true(sets > runs / 3, `only ${sets} flushes had statements over row sets`)
    },
  )
}

/** Of the objects those from `fresh` on have no row yet. */
async function perform(
  session: WideSession,
  model: Model,
  objects: Values[],
  gone: Set<Values>,
  fresh: number,
  { what, at, data }: Action,
): Promise<void> {
  const place = at % objects.length
  const object = objects[place]
  if (what === 'add') objects.push(session.add(model.name, copyOf(data)))
  else if (!object || gone.has(object)) return
  else if (what === 'change') Object.assign(object, copyOf(data))
  else if (place < fresh) {
    await session.delete(object)
    gone.add(object)
  }
}

function programsOf(model: Model): fc.Arbitrary<Program> {
  const fields = model.scalars.filter(({ isKey }) => !isKey)
  const data = fc.record(Object.fromEntries(fields.map((field) => [field.name, givenValues(field)])), {
    requiredKeys: [],
    noNullPrototype: true,
  })
  const few = fc
    .subarray(
      fields.map(({ name }) => name),
      { maxLength: 3 },
    )
    .chain((names) => data.map((all) => picked(all, names)))
  const action = fc.record<Action>({
    what: fc.oneof(
      { arbitrary: fc.constant('add' as const), weight: 4 },
      { arbitrary: fc.constant('change' as const), weight: 4 },
      fc.constant('remove' as const),
    ),
    at: fc.nat(5),
    data: fc.oneof(few, data),
  })
  return fc.array(fc.array(action, { minLength: 1, maxLength: 5 }), { minLength: 1, maxLength: 3 })
}

function picked(values: Values, names: readonly string[]): Values {
  return Object.fromEntries(Object.entries(values).filter(([name]) => names.includes(name)))
}

/** Throws, for fast-check to find the smallest program for which it does. */
function same<T>(rowSets: Outcome<T>, prisma: Outcome<T>): void {
  deepStrictEqual(rowSets.error, prisma.error)
  deepStrictEqual(rowSets.tables, prisma.tables)
  deepStrictEqual(rowSets.result, prisma.result)
}
