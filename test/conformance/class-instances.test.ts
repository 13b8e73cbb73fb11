// Arguments that are instances of classes, as request handlers make them: taken wherever Prisma takes them.
import { runInNewContext } from 'node:vm'
import { ArgumentError, insert, remove, select, update } from '../../src/index.js'
import { type BehaviourOptions, behaviour } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

/** An instance of a class with the fields, and one of another realm. */
class Instance {
  constructor(fields: object) {
    Object.assign(this, fields)
  }
}
const ways: readonly (readonly [string, <T extends object>(fields: T) => T])[] = [
  ['instances of classes', <T extends object>(fields: T) => new Instance(fields) as T],
  ['objects of another realm', (fields) => runInNewContext('(fields) => Object.assign({}, fields)')(fields)],
  ['objects without a prototype', (fields) => Object.assign(Object.create(null), fields)],
]

for (const [what, of] of ways) {
  // What crosses to another thread is plain data.
  const modes: BehaviourOptions = what === 'instances of classes' ? { modes: ['async'] } : {}
  behaviour(`keys and options can be ${what}`, async (t, x) => {
    const user = await x.raw.user.create({
      data: { name: 'ada', email: 'ada@example.org', posts: { create: { title: 'p' } } },
    })
    await x.raw.pair.create({ data: { x: 1, y: 2 } })
    const loaded = await x.s.getOne('User', of({ id: user.id }), of({ include: of({ posts: true }) }))
    t.is(loaded.posts.length, 1)
    t.is(await x.s.get('User', of({ email: 'ada@example.org' })), loaded)
    t.deepEqual(await x.s.getMany('User', [of({ id: user.id })]), [loaded])
    t.is((await x.s.getOne('Pair', of({ x: 1, y: 2 }))).y, 2)
    t.is((await x.s.getOne('Pair', of({ x_y: of({ x: 1, y: 2 }) }))).y, 2)
    t.is((await x.s.getOne('User', of({ id: user.id }), of({ autoflush: true }))).id, user.id)
  })

  behaviour(
    `statements take ${what}`,
    async (t, x) => {
      await x.s.execute(insert('User', [of({ name: 'ada' }), of({ name: 'bob' })], of({ skipDuplicates: undefined })))
      const named = of({ where: of({ name: of({ equals: 'ada' }) }), orderBy: of({ id: 'asc' as const }) })
      const [ada] = (await x.s.scalars(select('User', named))).all()
      t.is(ada?.name, 'ada')
      const change = of({ where: of({ name: 'ada' }), data: of({ kind: 'new' }) })
      t.is((await x.s.execute(update('User', change))).rowCount, 1)
      t.is(ada?.kind, 'new')
      t.is((await x.s.execute(remove('User', of({ where: of({ name: 'bob' }) })))).rowCount, 1)
      t.is(await x.s.user.count(), 1)
    },
    modes,
  )

  behaviour(`new objects and their members can be ${what}`, async (t, x) => {
    const user = x.s.add('User', of({ name: 'ada', posts: [of({ title: 'one' })] }))
    await x.s.flush()
    t.is((await x.s.getOne('User', user.id)) as unknown, user)
    await x.s.commit()
    t.is(await x.raw.post.count(), 1)
    await refused(
      t,
      async () => x.s.add('Doc', of({ version: of({ increment: 1 }) as unknown as number, body: 'b' })),
      {
        instanceOf: ArgumentError,
      },
    )
  })
}

behaviour('an insert of no rows inserts none, as createMany does', async (t, x) => {
  t.is((await x.s.execute(insert('User', []))).rowCount, 0)
  t.is((await x.s.execute(insert('User'), [])).rowCount, 0)
  t.deepEqual(await x.s.user.createMany({ data: [] }), { count: 0 })
  if (x.database === 'mariadb') return
  t.deepEqual((await x.s.execute(insert('User', [], { select: { id: true } }))).all(), [])
})
