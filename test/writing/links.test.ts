// Links of many-to-many relations: made and removed from both sides, in the columns where Prisma has each side.
import { deepStrictEqual } from 'node:assert'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Decimal } from '@prisma/client/runtime/client'
import { getDMMF } from '@prisma/get-dmmf'
import fc from 'fast-check'
import type { PrismaClient as EdgeClient } from '../../generated/edge/client.ts'
import { createSession, inspect } from '../../src/index.js'
import { bothWays } from '../helpers/both-ways.js'
import { behaviour } from '../helpers/conformance.js'
import { databases } from '../helpers/databases.js'
import { mk } from '../helpers/entities.js'
import { root } from '../helpers/project.js'
import { quotedFor } from '../helpers/sql.js'
import { testOn } from '../helpers/test-on.js'

behaviour('links of a many-to-many relation are written after both ends', async (t, x) => {
  const tags = ['red', 'blue'].map((label) => mk('Tag', { label }))
  const post = x.s.add(mk('Post', { title: 'one', tags }))
  await x.s.flush()
  t.is(inspect(tags[1] as object).state, 'persistent')
  const writes = x.written()
  const links = writes.findIndex((write) => write.includes('_PostToTag'))
  t.true(links > writes.indexOf('INSERT Post') && links > writes.indexOf('INSERT Tag'))
  t.deepEqual(await x.opsDuring(() => x.s.flush()), [])
  await x.s.commit()
  const stored = await x.raw.post.findUniqueOrThrow({ where: { id: post.id }, include: { tags: true } })
  t.deepEqual(stored.tags.map((tag) => tag.label).sort(), ['blue', 'red'])
})

behaviour('a link set from both sides is one link', async (t, x) => {
  const tag = mk('Tag', { label: 'red' })
  const post = mk('Post', { title: 'one', tags: [tag] })
  Object.assign(tag, { posts: [post] })
  x.s.add(tag)
  await x.s.commit()
  t.is(await x.raw.post.count({ where: { tags: { some: { label: 'red' } } } }), 1)
  t.deepEqual(await x.opsDuring(() => x.s.flush()), [])
})

behaviour('links between existing rows are made and removed from the other side', async (t, x) => {
  await x.raw.post.createMany({ data: [1, 2].map((id) => ({ id, title: `${id}` })) })
  const { id } = await x.raw.tag.create({ data: { label: 'red', posts: { connect: { id: 1 } } } })
  const tag = await x.s.getOne('Tag', id, { include: { posts: true } })
  ;(tag.posts as object[]).push((await x.s.getOne('Post', 2)) as object)
  await x.s.commit()
  t.is(await x.raw.post.count({ where: { tags: { some: { id } } } }), 2)
  ;(tag.posts as object[]).length = 0
  await x.s.commit()
  t.is(await x.raw.post.count({ where: { tags: { some: { id } } } }), 0)
})

behaviour('an object removed from a loaded many-to-many relation loses its link and keeps its row', async (t, x) => {
  const { id } = await x.raw.post.create({
    data: { title: 'one', tags: { create: [{ label: 'red' }, { label: 'blue' }] } },
  })
  const post = await x.s.getOne('Post', id, { include: { tags: true } })
  const tags = post.tags as unknown as { label: string }[]
  tags.splice(
    tags.findIndex((tag) => tag.label === 'red'),
    1,
  )
  tags.push(mk('Tag', { label: 'green' }) as unknown as { label: string })
  await x.s.commit()
  const stored = await x.raw.post.findUniqueOrThrow({ where: { id }, include: { tags: true } })
  t.deepEqual(stored.tags.map((tag) => tag.label).sort(), ['blue', 'green'])
  t.is(await x.raw.tag.count(), 3)
})

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
  testOn(database, `links are made and removed as Prisma does it [${database.name}]`, async (t) => {
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

for (const database of databases) {
  testOn(database, `a link causes Prisma's error when the table of links is missing [${database.name}]`, async (t) => {
    const [away, back] = ['ALTER TABLE "_HerdToZebra" RENAME TO "gone"', 'ALTER TABLE "gone" RENAME TO "_HerdToZebra"']
    const { rowSets, prisma } = await bothWays(database, async (session, raw) => {
      session.add('Zebra', { id: 1, herds: [{ name: 'one' }] })
      await raw.$executeRawUnsafe(quotedFor(database.name, away as string))
      try {
        await session.flush()
      } finally {
        await session.rollback()
        await raw.$executeRawUnsafe(quotedFor(database.name, back as string))
      }
    })
    t.truthy(rowSets.error?.code)
    t.is(rowSets.error?.name, prisma.error?.name)
    t.is(rowSets.error?.code, prisma.error?.code)
    t.deepEqual(rowSets.tables, prisma.tables)
  })
}

behaviour(
  'links of rows whose keys are fractions are written through Prisma, and so are changes and deletes of the rows',
  async (t, x) => {
    const s = createSession(x.client as unknown as EdgeClient)
    t.teardown(async () => void (await s.close()))
    const raw = x.raw as unknown as EdgeClient
    const mark = s.add('Mark', { id: 1, shares: [{ size: 0.5 }, { size: 0.25 }] })
    await s.commit()
    t.is(await raw.share.count({ where: { marks: { some: { id: 1 } } } }), 2)
    const share = await s.getOne('Share', new Decimal('0.5'))
    share.label = 'half'
    mark.shares = []
    const plan = s.explain()
    t.deepEqual(
      plan.map(({ model, way }) => [model, way]),
      [
        ['Share', 'prisma'],
        ['Mark', 'prisma'],
      ],
    )
    t.regex(plan[0]?.reason ?? '', /Share\.size/)
    t.regex(plan[1]?.reason ?? '', /Mark or Share/)
    await s.commit()
    t.is(await raw.share.count({ where: { marks: { some: { id: 1 } } } }), 0)
    t.is(await raw.share.count({ where: { label: 'half' } }), 1)
    await s.delete(share)
    t.is(s.explain()[0]?.way, 'prisma')
    await s.commit()
    t.is(await raw.share.count(), 1)
  },
  { schema: 'edge' },
)

testOn(databases[0], 'links between models in different schemas are written through Prisma', async (t) => {
  const database = await databases[0].create('wide')
  const client = database.connect()
  t.teardown(() => database.release(client))
  const document = getDMMF({ datamodel: readFileSync(join(root, 'prisma/wide.prisma'), 'utf8') })
  if (!('datamodel' in document)) throw document.error
  const models = document.datamodel.models.map((model) =>
    model.name === 'Herd' ? { ...model, schema: 'away' } : model,
  )
  const session = createSession(client, { models: { ...document.datamodel, models } })
  const add = session.add as unknown as (model: string, data: object) => void
  add('Zebra', { id: 1, herds: [{ name: 'one' }] })
  const links = session.explain().at(-1)
  t.is(links?.way, 'prisma')
  t.regex(links?.reason ?? '', /different schemas/)
  await session.commit()
  t.deepEqual(await client.$queryRawUnsafe('SELECT "A", "B" FROM "_HerdToZebra"'), [{ A: 'one', B: 1 }])
  await session.close()
})
