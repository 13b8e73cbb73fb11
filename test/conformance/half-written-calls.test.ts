// Calls of Prisma's that take several statements, and fail in the middle.
import { insert } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

/** Each writes a row before Prisma itself refuses the rest. */
const nested: Readonly<Record<string, (x: Context, id: number) => unknown>> = {
  'a create that connects a row that is not there': ({ s }) =>
    s.user.create({ data: { name: 'half', posts: { connect: { id: 99 } } } }),
  'an update of that kind': ({ s }, id) =>
    s.user.update({ where: { id }, data: { name: 'half', posts: { create: { title: 'half' }, connect: { id: 99 } } } }),
  'an upsert of that kind': ({ s }, id) =>
    s.user.upsert({
      where: { id },
      create: { name: 'new' },
      update: { name: 'half', posts: { update: { where: { id: 99 }, data: { title: 'x' } } } },
    }),
  'a create whose nested row breaks a unique': ({ s }, id) =>
    s.post.create({
      data: {
        title: 'half',
        author: {
          create: {
            name: 'half',
            profile: { create: { bio: 'x' } },
            invited: { create: { name: 'half', email: 'ada@example.org' } },
          },
        },
        tags: { create: { label: `${id}` } },
      },
    }),
}

for (const [what, call] of Object.entries(nested))
  behaviour(`${what} leaves nothing behind when it fails, and the transaction goes on`, async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'Ada', email: 'ada@example.org' } })
    x.s.add('Tag', { label: 'kept' })
    await x.s.flush()
    await refused(t, () => call(x, id))
    t.true(x.s.isActive)
    await x.s.commit()
    t.deepEqual(
      (await x.raw.user.findMany()).map(({ name }) => name),
      ['Ada'],
    )
    t.is(await x.raw.post.count(), 0)
    t.deepEqual(
      (await x.raw.tag.findMany()).map(({ label }) => label),
      ['kept'],
    )
  })

const many = Array.from({ length: 70_000 }, (_, index) => ({ id: index + 1, label: `tag ${index}` }))

behaviour(
  'many rows, of which one of the last breaks a constraint, are all written or none',
  async (t, x) => {
    const rows = x.database === 'better-sqlite3' || x.database === 'libsql' ? many.slice(0, 20_000) : many
    const twice = [...rows, { id: 1, label: 'again' }]
    await refused(t, () => x.s.tag.createMany({ data: twice }), { code: 'P2002' })
    if (!x.s.isActive) await x.s.rollback()
    await refused(t, () => x.s.execute(insert('Tag', twice)), { code: 'P2002' })
    if (!x.s.isActive) await x.s.rollback()
    await x.s.commit()
    t.is(await x.raw.tag.count(), 0)
  },
  { modes: ['async'] },
)

behaviour('a call of one statement gets no savepoint', async (t, x) => {
  await x.s.user.create({ data: { name: 'Ada' } })
  await x.s.user.updateMany({ data: { name: 'b' } })
  await x.s.commit()
  t.false(x.wire().includes('SAVEPOINT'))
})
