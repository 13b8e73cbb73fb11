// Keys that change: of parents, of children whose own key contains the parent's, and of rows that take each other's place.
import { inspect } from '../../src/index.js'
import { type Related, related } from '../helpers/related.js'

async function order(x: Related, id = 1) {
  await x.raw.order.create({ data: { id, lines: { create: [{ no: 1 }, { no: 2 }] } } })
  await x.raw.part.createMany({ data: [{ orderId: id, lineNo: 1, no: 1 }] })
  return x.session.getOne('Order', id)
}

related('children whose key contains the key of their parent move with it, and their children too', async (t, x) => {
  const { session: s } = x
  const parent = await order(x)
  const line = await s.getOne('Line', [1, 1], { include: { order: true, parts: true } })
  const part = await s.getOne('Part', [1, 1, 1], { include: { line: true } })
  parent.id = 7
  await s.flush()
  t.deepEqual(
    [inspect(line).key, inspect(part).key],
    [
      [7, 1],
      [7, 1, 1],
    ],
  )
  t.deepEqual([line.orderId, part.orderId], [7, 7])
  t.is(await s.get('Line', [7, 1]), line as never)
  t.is(await s.get('Part', [7, 1, 1]), part as never)
  t.is(await s.get('Line', [1, 1]), null)
  t.is(line.order as unknown, parent)
  t.is(s.dirty.size, 0)
  line.qty = 2
  await s.flush()
  await s.delete(part)
  await s.commit()
  t.deepEqual(x.warnings, [])
  t.deepEqual(await x.raw.line.findMany({ orderBy: { no: 'asc' } }), [
    { orderId: 7, no: 1, qty: 2 },
    { orderId: 7, no: 2, qty: 1 },
  ])
  t.is(await x.raw.part.count(), 0)
})

related('a grandchild moves where the row between them is not loaded', async (t, x) => {
  const { session: s } = x
  const parent = await order(x)
  const part = await s.getOne('Part', [1, 1, 1])
  parent.id = 7
  await s.flush()
  t.deepEqual(inspect(part).key, [7, 1, 1])
  part.text = 'changed'
  await s.commit()
  t.is((await x.raw.part.findFirstOrThrow()).text, 'changed')
})

related('children are changed, deleted and added in the flush that moves their parent', async (t, x) => {
  const { session: s } = x
  const parent = await order(x)
  const [one, two] = await s.getMany('Line', [
    [1, 1],
    [1, 2],
  ])
  const part = await s.getOne('Part', [1, 1, 1])
  if (!one || !two) return t.fail()
  parent.id = 7
  one.qty = 5
  part.text = 'changed'
  await s.delete(two)
  const three = s.add('Line', { order: parent, no: 3 })
  await s.flush()
  t.deepEqual(
    [one, part, three].map((object) => inspect(object).key),
    [
      [7, 1],
      [7, 1, 1],
      [7, 3],
    ],
  )
  await s.commit()
  t.deepEqual(x.warnings, [])
  t.deepEqual(await x.raw.line.findMany({ orderBy: { no: 'asc' } }), [
    { orderId: 7, no: 1, qty: 5 },
    { orderId: 7, no: 3, qty: 1 },
  ])
  t.is((await x.raw.part.findFirstOrThrow()).text, 'changed')
})

related('a child may be given the new key of its parent by hand', async (t, x) => {
  const { session: s } = x
  const parent = await order(x)
  const line = await s.getOne('Line', [1, 1])
  parent.id = 7
  line.orderId = 7
  await s.commit()
  t.deepEqual(inspect(line).key, [7, 1])
  t.is(await x.raw.line.count({ where: { orderId: 7 } }), 2)
})

related('a line moves to a new order whose key the database makes, and its parts with it', async (t, x) => {
  const { session: s } = x
  await order(x, 50)
  const line = await s.getOne('Line', [50, 1])
  const part = await s.getOne('Part', [50, 1, 1])
  const next = s.add('Order', {})
  line.order = next as never
  part.text = 'changed'
  await s.flush()
  t.deepEqual(inspect(line).key, [next.id, 1])
  t.deepEqual(inspect(part).key, [next.id, 1, 1])
  await s.commit()
  t.deepEqual(await x.raw.part.findMany(), [{ orderId: next.id, lineNo: 1, no: 1, text: 'changed' }])
})

related('a rollback puts the keys of parents and children back', async (t, x) => {
  const { session: s } = x
  const parent = await order(x)
  const line = await s.getOne('Line', [1, 1])
  const part = await s.getOne('Part', [1, 1, 1])
  const savepoint = await s.beginNested()
  parent.id = 7
  await s.flush()
  await savepoint.rollback()
  t.deepEqual(
    [parent, line, part].map((object) => inspect(object).key),
    [[1], [1, 1], [1, 1, 1]],
  )
  t.is(await s.get('Line', [1, 1]), line as never)
  t.is(await s.get('Part', [1, 1, 1]), part as never)
  line.qty = 9
  await s.commit()
  t.is((await x.raw.line.findFirstOrThrow({ where: { no: 1 } })).qty, 9)
})

related('orders take over each other’s keys with their lines, one after the other', async (t, x) => {
  const { session: s } = x
  await x.raw.order.create({ data: { id: 1, note: 'one', lines: { create: { no: 1 } } } })
  await x.raw.order.create({ data: { id: 2, note: 'two', lines: { create: { no: 1 } } } })
  const [one, two] = await s.getMany('Order', [1, 2])
  const [first, second] = await s.getMany('Line', [
    [1, 1],
    [2, 1],
  ])
  if (!one || !two || !first || !second) return t.fail()
  one.id = 3
  two.id = 1
  await s.flush()
  t.deepEqual(
    [inspect(first).key, inspect(second).key],
    [
      [3, 1],
      [1, 1],
    ],
  )
  t.is(await s.get('Line', [1, 1]), second as never)
  await s.commit()
  t.deepEqual(
    (await x.raw.order.findMany({ orderBy: { id: 'asc' } })).map(({ note }) => note),
    ['two', 'one'],
  )
})

related('a one-to-one row whose key is the foreign key moves with its parent', async (t, x) => {
  const { session: s } = x
  const person = s.add('Person', { badge: { text: 'hello' } } as never) as unknown as { id: number; badge: object }
  await s.commit()
  const { badge, id } = person
  person.id = id + 10
  await s.flush()
  t.deepEqual(inspect(badge).key, [id + 10])
  t.is(await s.get('Badge', id + 10), badge as never)
  await s.commit()
  t.is(await x.raw.badge.count({ where: { personId: id + 10 } }), 1)
})

related('links of a many-to-many relation are written in the flush that moves the key of their owner', async (t, x) => {
  const { session: s } = x
  const [red, blue] = s.addAll('Mark', [{ label: 'red' }, { label: 'blue' }])
  const paper = s.add('Paper', { owner: {}, marks: [red] } as never) as unknown as { id: number; marks: object[] }
  await s.commit()
  paper.id += 10
  paper.marks = [blue as object]
  await s.commit()
  const stored = await x.raw.paper.findFirstOrThrow({ include: { marks: true } })
  t.deepEqual([stored.id, stored.marks.map(({ label }) => label)], [paper.id, ['blue']])
})

related('rows of key columns only are deleted and added again', async (t, x) => {
  const { session: s } = x
  const old = s.add('Pass', { a: 1, b: 1 })
  await s.commit()
  await s.delete(old)
  const fresh = s.add('Pass', { a: 1, b: 1 })
  x.clear()
  await s.flush()
  t.deepEqual(x.written(), [])
  t.is(inspect(fresh).state, 'persistent')
  t.is(await s.get('Pass', [1, 1]), fresh)
  await s.rollback()
  t.is(inspect(old).state, 'persistent')
  t.is(inspect(fresh).state, 'transient')
  await s.delete(old)
  s.add('Pass', { a: 1, b: 1 })
  await s.commit()
  t.is(await x.raw.pass.count(), 1)
})

for (const [title, key] of [
  ['its relation', {}],
  ['its relation and the field', { personId: 1 }],
] as const) {
  related(`merge takes a key from ${title}, and an equal row sends nothing`, async (t, x) => {
    await x.raw.person.create({ data: { id: 1, name: 'ada', badge: { create: { text: 'hello' } } } })
    const { session: s } = x
    const badge = await s.merge('Badge', { ...key, text: 'hello', person: { id: 1, name: 'ada' } })
    x.clear()
    await s.flush()
    t.deepEqual(x.written(), [])
    t.is(await s.get('Badge', 1), badge as never)
    await s.merge('Badge', { ...key, text: 'changed', person: { id: 1, name: 'ada' } })
    await s.commit()
    t.is((await x.raw.badge.findFirstOrThrow()).text, 'changed')
  })
}

related('grandchildren of a deleted row are not those of new rows with its key and that of its child', async (t, x) => {
  await x.raw.tenancy.create({ data: { id: 1, members: { create: { id: 1 } } } })
  const { session: s } = x
  const [old, member] = [await s.getOne('Tenancy', 1), await s.getOne('Member', [1, 1])]
  await s.delete(old)
  const tenancy = s.add('Tenancy', { id: 1, tasks: [] })
  const task = s.add('Task', { tenancy, member: { id: 1, tenancy } } as never) as object
  await s.flush()
  t.is(inspect(member).state === 'persistent', false)
  t.is(inspect(task).state, 'persistent')
  t.deepEqual(tenancy.tasks as unknown[], [task])
  await s.commit()
  t.is(await x.raw.task.count(), 1)
})
