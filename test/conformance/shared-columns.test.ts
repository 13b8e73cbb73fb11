// Relations that share a column of their foreign keys, as the tenant's in every relation of a multi-tenant schema.
import { FlushError } from '../../src/index.js'
import { related } from '../helpers/related.js'
import { refused } from '../helpers/steps.js'

related('relations of new objects give a column that they share once', async (t, x) => {
  const { session: s } = x
  const tenancy = s.add('Tenancy', {})
  const member = s.add('Member', { id: 1, tenancy })
  const project = s.add('Project', { id: 1, tenancy })
  const task = s.add('Task', { tenancy, member, project })
  await s.commit()
  t.deepEqual([task.tenancyId, task.memberId, task.projectId], [tenancy.id, 1, 1])
  t.is(await x.raw.task.count({ where: { tenancyId: tenancy.id, memberId: 1, projectId: 1 } }), 1)
})

related('a loaded parent, a new one and a plain key give a column that they share', async (t, x) => {
  await x.raw.tenancy.create({ data: { id: 3, projects: { create: { id: 7 } }, members: { create: { id: 9 } } } })
  const { session: s } = x
  const tenancy = await s.getOne('Tenancy', 3)
  const byObject = s.add('Task', { tenancy, member: { id: 1, tenancy }, projectId: 7 } as never)
  const byKey = s.add('Task', { tenancyId: 3, member: { id: 2, tenancy } } as never)
  const byBoth = s.add('Task', { tenancyId: 3, member: { id: 4, tenancyId: 3 }, projectId: 7 } as never)
  const byMember = s.add('Task', { member: await s.getOne('Member', [3, 9]) } as never)
  await s.commit()
  t.deepEqual(
    [byObject, byKey, byBoth, byMember].map(({ tenancyId, memberId, projectId }: Record<string, unknown>) => [
      tenancyId,
      memberId,
      projectId,
    ]),
    [
      [3, 1, 7],
      [3, 2, null],
      [3, 4, 7],
      [3, 9, null],
    ],
  )
})

related('relations that disagree on a column that they share are refused, and nothing is lost', async (t, x) => {
  await x.raw.tenancy.create({ data: { id: 1, members: { create: { id: 1 } } } })
  await x.raw.tenancy.create({ data: { id: 2, projects: { create: { id: 1 } } } })
  const { session: s } = x
  const member = await s.getOne('Member', [1, 1])
  const project = await s.getOne('Project', [2, 1])
  const task = s.add('Task', { member, project } as never) as unknown as { project: unknown; tenancyId: number }
  x.clear()
  const error = await refused(t, () => s.flush(), { instanceOf: FlushError })
  t.regex(error.message, /member \(Member 1, 1\) and project \(Project 2, 1\) disagree on tenancyId/)
  t.deepEqual(x.written(), [])
  task.project = null
  await s.commit()
  t.is(task.tenancyId, 1)
})

related('a new tenancy and the key of another disagree', async (t, x) => {
  await x.raw.tenancy.create({ data: { id: 1, members: { create: { id: 1 } } } })
  const { session: s } = x
  const member = await s.getOne('Member', [1, 1])
  s.add('Task', { member, tenancy: {} } as never)
  await refused(t, () => s.flush(), { instanceOf: FlushError })
})

related('relations that share a column follow in memory when one of them moves', async (t, x) => {
  for (const id of [1, 2])
    await x.raw.tenancy.create({ data: { id, members: { create: { id: 1 } }, projects: { create: { id: 1 } } } })
  await x.raw.task.create({ data: { tenancyId: 1, memberId: 1 } })
  const { session: s } = x
  const task = await s.getOne('Task', 1, { include: { tenancy: true, member: true, project: true } })
  const other = await s.getOne('Member', [2, 1], { include: { tasks: true } })
  const tenancy = await s.getOne('Tenancy', 2, { include: { tasks: true } })
  task.member = other as never
  await s.flush()
  t.is(task.tenancyId, 2)
  t.is(task.tenancy as unknown, tenancy)
  t.deepEqual(tenancy.tasks as unknown[], [task])
  t.deepEqual(other.tasks as unknown[], [task])
  t.false(s.isModified(task))
  await s.commit()
  t.is((await x.raw.task.findFirstOrThrow()).tenancyId, 2)
})

related('a relation that shares a column is unloaded when that leads to an object that is not loaded', async (t, x) => {
  for (const id of [1, 2]) await x.raw.tenancy.create({ data: { id, members: { create: { id: 1 } } } })
  await x.raw.task.create({ data: { tenancyId: 1, memberId: 1 } })
  const { session: s } = x
  const task = await s.getOne('Task', 1, { include: { tenancy: true } })
  task.member = (await s.getOne('Member', [2, 1])) as never
  await s.flush()
  t.false('tenancy' in task)
  t.is(task.tenancyId, 2)
})

related('a new object whose relation gave a shared column has its other relations by that column', async (t, x) => {
  await x.raw.tenancy.create({ data: { id: 1 } })
  const { session: s } = x
  const tenancy = await s.getOne('Tenancy', 1, { include: { tasks: true } })
  const task = s.add('Task', { member: { id: 1, tenancy } } as never) as object
  await s.flush()
  t.deepEqual(tenancy.tasks as unknown[], [task])
  await s.commit()
})

related('an emptied relation leaves a column that another shares', async (t, x) => {
  await x.raw.tenancy.create({ data: { id: 1, members: { create: { id: 1 } }, projects: { create: { id: 1 } } } })
  await x.raw.task.create({ data: { tenancyId: 1, memberId: 1, projectId: 1 } })
  const { session: s } = x
  const task = await s.getOne('Task', 1, { include: { project: true, member: true } })
  task.project = null
  await s.flush()
  t.deepEqual([task.tenancyId, task.memberId, task.projectId], [1, 1, null])
  t.is((task.member as { id: number }).id, 1)
  await s.commit()
})

related('a child follows a parent whose own key moves in the same flush', async (t, x) => {
  await x.raw.tenancy.create({ data: { id: 1, members: { create: { id: 1 } } } })
  await x.raw.tenancy.create({ data: { id: 2 } })
  const { session: s } = x
  const member = await s.getOne('Member', [1, 1])
  const tenancy = await s.getOne('Tenancy', 2)
  member.tenancy = tenancy as never
  const task = s.add('Task', { member, tenancy } as never) as unknown as { tenancyId: number }
  await s.commit()
  t.is(task.tenancyId, 2)
  t.is(await s.get('Member', [2, 1]), member as never)
  t.is(await x.raw.task.count({ where: { tenancyId: 2, memberId: 1 } }), 1)
})
