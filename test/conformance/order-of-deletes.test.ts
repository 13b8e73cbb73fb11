// Which rows a flush deletes first, and what has to happen before they can go.
import { CircularDependencyError, inspect } from '../../src/index.js'
import { related } from '../helpers/related.js'
import { refused } from '../helpers/steps.js'

related(
  'a row is deleted before the one that its required key refers to, whatever nullable keys point back',
  async (t, x) => {
    const { session: s } = x
    const person = s.add('Person', {})
    const paper = s.add('Paper', { owner: person })
    await s.commit()
    for (const objects of [
      [paper, person],
      [person, paper],
    ] as const) {
      for (const object of objects) await s.delete(object)
      x.clear()
      await s.flush()
      t.deepEqual(x.written(), ['DELETE Paper', 'DELETE Person'])
      await s.rollback()
    }
    t.deepEqual(x.warnings, [])
  },
)

related('a nullable key that the database sets to null needs no UPDATE before its row is deleted', async (t, x) => {
  const { session: s } = x
  const person = s.add('Person', {})
  const paper = s.add('Paper', { owner: person, fans: [person] })
  await s.commit()
  t.is(person.favoriteId, paper.id)
  await s.delete(person)
  await s.delete(paper)
  x.clear()
  await s.commit()
  t.deepEqual(x.written(), ['DELETE Paper', 'DELETE Person'])
  t.deepEqual([await x.raw.person.count(), await x.raw.paper.count()], [0, 0])
})

related(
  'a nullable key that restricts a delete is emptied where it points to a row that is deleted too',
  async (t, x) => {
    const { session: s } = x
    const [person, other] = s.addAll('Person', [{}, {}])
    const paper = s.add('Paper', { owner: person, pins: [person, other] } as never) as { id: number }
    const kept = s.add('Paper', { owner: other } as never)
    await s.commit()
    for (const object of [person, other, paper, kept]) await s.delete(object as object)
    x.clear()
    await s.commit()
    t.deepEqual(x.written(), ['UPDATE Person', 'DELETE Paper', 'DELETE Person'])
    t.deepEqual([await x.raw.person.count(), await x.raw.paper.count()], [0, 0])
  },
)

related('a row that leaves a deleted one is updated before that is deleted', async (t, x) => {
  const { session: s } = x
  const person = s.add('Person', {})
  const [old, next] = s.addAll('Paper', [{ owner: person }, { owner: person }] as never) as { id: number }[]
  person.pinned = old as never
  await s.commit()
  person.pinned = next as never
  await s.delete(old as object)
  await s.commit()
  t.is((await x.raw.person.findFirstOrThrow()).pinnedId, next?.id as number)
})

for (const options of [{}, { session: { versionFields: { Plan: 'version', Branch: 'version' } } }]) {
  const kind = options.session ? 'versioned' : 'unversioned'

  related(
    `${kind} rows of a circle with a cascade are deleted without a warning`,
    async (t, x) => {
      const { session: s } = x
      const team = s.add('Team', {})
      const plan = s.add('Plan', { team, current: [team] })
      s.add('Plan', { team })
      await s.commit()
      await s.delete(team)
      await s.delete(plan)
      await s.commit()
      t.deepEqual(x.warnings, [])
      t.deepEqual([await x.raw.team.count(), await x.raw.plan.count()], [0, 0])
    },
    options,
  )

  related(
    `${kind} rows of a tree with a cascade are deleted together without a warning`,
    async (t, x) => {
      const { session: s } = x
      const root = s.add('Branch', {})
      const middle = s.add('Branch', { parent: root })
      const leaf = s.add('Branch', { parent: middle })
      const beside = s.add('Branch', { parent: root })
      await s.commit()
      for (const object of [root, middle, leaf]) await s.delete(object)
      await s.commit()
      t.deepEqual(x.warnings, [])
      t.is(inspect(beside).state, 'detached')
      t.is(await x.raw.branch.count(), 0)
    },
    options,
  )

  related(
    `${kind} rows of a tree are deleted without a warning where the row between them is not loaded`,
    async (t, x) => {
      await x.raw.branch.createMany({ data: [{ id: 1 }, { id: 2, parentId: 1 }, { id: 3, parentId: 2 }] })
      const { session: s } = x
      for (const object of await s.getMany('Branch', [1, 3])) await s.delete(object as object)
      await s.commit()
      t.deepEqual(x.warnings, [])
      t.is(await x.raw.branch.count(), 0)
    },
    options,
  )
}

related('a row of a tree with a cascade that is gone already is warned of', async (t, x) => {
  await x.raw.branch.createMany({ data: [{ id: 1 }, { id: 2 }] })
  const { session: s } = x
  const [one, two] = await s.getMany('Branch', [1, 2])
  await s.commit()
  await x.raw.branch.delete({ where: { id: 2 } })
  for (const object of [one, two]) await s.delete(object as object)
  await s.commit()
  t.deepEqual(
    x.warnings.map((message) => /DELETE on Branch expected to match 2 row\(s\), 1 matched/.test(message)),
    [true],
  )
})

related('rows that refer to each other by a unique field are inserted and deleted in their order', async (t, x) => {
  const { session: s } = x
  for (const [code, partOf] of [
    ['c', 'b'],
    ['b', 'a'],
    ['a', null],
  ] as const)
    s.add('Place', { code, partOf })
  await s.commit()
  for (const place of await s.getMany('Place', [1, 2, 3])) await s.delete(place as object)
  await s.commit()
  t.is(await x.raw.place.count(), 0)
})

related('a linked list closes over a deleted row in one flush', async (t, x) => {
  const { session: s } = x
  const c = s.add('Link', { name: 'c' })
  const b = s.add('Link', { name: 'b', next: c })
  const a = s.add('Link', { name: 'a', next: b })
  await s.commit()
  a.next = c
  await s.delete(b)
  await s.commit()
  const rows = await x.raw.link.findMany({
    select: { name: true, next: { select: { name: true } } },
    orderBy: { name: 'asc' },
  })
  t.deepEqual(rows, [
    { name: 'a', next: { name: 'c' } },
    { name: 'c', next: null },
  ])
  t.is(a.next as unknown, c)
  t.is(a.nextId, c.id)
  t.false(s.isModified(a))
})

related('two rows of a list change places', async (t, x) => {
  const { session: s } = x
  const [d, c] = [s.add('Link', { name: 'd' }), s.add('Link', { name: 'c' })]
  const [b, a] = [s.add('Link', { name: 'b', next: d }), s.add('Link', { name: 'a', next: c })]
  await s.commit()
  a.next = d
  b.next = c
  await s.commit()
  t.deepEqual([a.nextId, b.nextId], [d.id, c.id])
  const rows = await x.raw.link.findMany({ where: { nextId: { not: null } }, orderBy: { name: 'asc' } })
  t.deepEqual(
    rows.map(({ nextId }) => nextId),
    [d.id, c.id],
  )
})

related('a key is handed over by a deleted row, and by one that gets another key', async (t, x) => {
  const { session: s } = x
  const [one, two, three] = s.addAll('Order', [
    { id: 1, note: 'one' },
    { id: 2, note: 'two' },
    { id: 3, note: 'three' },
  ])
  await s.commit()
  await s.delete(one as object)
  Object.assign(two as object, { id: 1 })
  Object.assign(three as object, { id: 2 })
  await s.commit()
  t.deepEqual(await x.raw.order.findMany({ orderBy: { id: 'asc' } }), [
    { id: 1, note: 'two' },
    { id: 2, note: 'three' },
  ])
  t.is(await s.get('Order', 1), two as never)
  t.is(await s.get('Order', 2), three as never)
})

related(
  'values of a unique that rows pass on in a circle are refused by its name, and nothing is lost',
  async (t, x) => {
    const { session: s } = x
    const [a, b] = s.addAll('Place', [{ code: 'a' }, { code: 'b' }]) as { code: string }[]
    await s.commit()
    if (!a || !b) return t.fail()
    a.code = 'b'
    b.code = 'a'
    const error = await refused(t, () => s.flush(), { instanceOf: CircularDependencyError })
    t.regex(error.message, /values of code in a circle/)
    a.code = 'x'
    await s.flush()
    a.code = 'b'
    await s.commit()
    t.deepEqual(
      (await x.raw.place.findMany({ orderBy: { id: 'asc' } })).map(({ code }) => code),
      ['b', 'a'],
    )
  },
)

related('a row that points to itself is deleted', async (t, x) => {
  const { session: s } = x
  const link = s.add('Link', {})
  await s.flush()
  link.next = link
  await s.commit()
  await s.delete(link)
  await s.commit()
  t.is(await x.raw.link.count(), 0)
})
