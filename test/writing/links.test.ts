// Links of many-to-many relations: columns A and B are the sides that Prisma has in them.
import { deepStrictEqual } from 'node:assert'
import fc from 'fast-check'
import { bothWays } from '../helpers/both-ways.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'

type Zebra = { id: number; herds: object[]; friends: object[]; admirers: object[] }

interface Change {
  readonly zebra: number
  readonly relation: 'herds' | 'friends' | 'admirers'
  /** Its members from now on, by their places. */
  readonly members: readonly number[]
}

const size = 4
const changes = fc.array(
  fc.record<Change>({
    zebra: fc.nat(size - 1),
    relation: fc.constantFrom('herds', 'friends', 'admirers'),
    members: fc.uniqueArray(fc.nat(size - 1), { maxLength: size }),
  }),
  { minLength: 1, maxLength: 4 },
)

for (const database of databases) {
  testOn(database, `links that a flush makes and takes away are Prisma's [${database.name}]`, async (t) => {
    const property = fc.asyncProperty(fc.array(changes, { minLength: 1, maxLength: 3 }), async (rounds) => {
      const { rowSets, prisma } = await bothWays(database, async (session) => {
        const herds = Array.from({ length: size }, (_, index) => session.add('Herd', { name: `the "herd" ${index}` }))
        const zebras = Array.from(
          { length: size },
          (_, index) => session.add('Zebra', { id: index, herds: [], friends: [], admirers: [] }) as unknown as Zebra,
        )
        for (const round of rounds) {
          for (const { zebra, relation, members } of round) {
            const from: readonly object[] = relation === 'herds' ? herds : zebras
            const [owner] = [zebras[zebra] as Zebra]
            owner[relation].splice(0, owner[relation].length, ...members.map((place) => from[place] as object))
          }
          await session.flush()
        }
        await session.commit()
        return zebras.map(({ herds: some, friends, admirers }) => [some.length, friends.length, admirers.length])
      })
      deepStrictEqual(rowSets, prisma)
      deepStrictEqual(rowSets.error, null)
    })
    await t.notThrowsAsync(fc.assert(property, { numRuns: 15, includeErrorInReport: true }) as Promise<void>)
  })
}
