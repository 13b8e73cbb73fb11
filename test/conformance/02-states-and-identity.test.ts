// behaviours.md 2: states and identity.
import { InvalidRequestError, inspect, makeTransient, makeTransientToDetached, select } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { mk, persistent } from '../helpers/entities.js'
import { refused } from '../helpers/steps.js'

behaviour('add makes a transient object pending and sends nothing', async (t, x) => {
  const user = mk('User', { name: 'ada' })
  t.is(inspect(user).state, 'transient')
  t.is(inspect(user).session, null)
  t.is(x.s.add(user), user)
  t.is(inspect(user).state, 'pending')
  t.true(x.s.equals(inspect(user).session))
  t.is(inspect(user).key, null)
  t.true(x.s.new.has(user))
  t.true(x.s.contains(user))
  t.is(x.s.identityMap.size, 0)
  t.deepEqual([...x.s], [user])
  t.deepEqual(x.ops(), [])
  t.deepEqual(x.wire(), [])
})

behaviour('add of a model and plain data returns that very object', async (t, x) => {
  const data = { name: 'ada' }
  const user = x.s.add('User', data)
  t.is<unknown, unknown>(user, data)
  t.deepEqual(Reflect.ownKeys(data), ['name'])
  t.is(inspect(data).model, 'User')
})

behaviour('flush makes a pending object persistent', async (t, x) => {
  const user = x.s.add('User', { name: 'ada' })
  await x.s.flush()
  t.is(inspect(user).state, 'persistent')
  t.deepEqual(inspect(user).key, [user.id])
  t.is(x.s.new.size, 0)
  t.true(x.s.contains(user))
  t.is(x.s.identityMap.get('User', user.id), user)
  t.is(x.s.identityMap.size, 1)
})

behaviour('a load gives the very object that was added', async (t, x) => {
  const user = x.s.add('User', { name: 'ada' })
  await x.s.flush()
  t.is<unknown, unknown>(await x.s.get('User', user.id), user)
  t.is((await x.s.scalars(select('User'))).one(), user)
  await x.s.commit()
  t.is((await x.s.scalars(select('User'))).one(), user)
})

behaviour('a flushed delete leaves the object deleted and tied to the session', async (t, x) => {
  const user = await persistent(x)
  await x.s.delete(user)
  await x.s.flush()
  t.is(inspect(user).state, 'deleted')
  t.false(x.s.contains(user))
  t.false(x.s.deleted.has(user))
  t.false(x.s.identityMap.has('User', user.id))
  t.true(x.s.equals(inspect(user).session))
  t.is(user.name, 'ada')
})

behaviour('commit detaches a deleted object', async (t, x) => {
  const user = await persistent(x)
  await x.s.delete(user)
  await x.s.flush()
  await x.s.commit()
  t.is(inspect(user).state, 'detached')
  t.is(inspect(user).session, null)
  t.true(inspect(user).wasDeleted)
  t.is(await x.raw.user.count(), 0)
})

behaviour('rollback makes a deleted object persistent again', async (t, x) => {
  const user = await persistent(x)
  await x.s.delete(user)
  await x.s.flush()
  await x.s.rollback()
  t.is(inspect(user).state, 'persistent')
  t.false(inspect(user).wasDeleted)
  t.is(x.s.identityMap.get('User', user.id), user)
  t.is(await x.s.get('User', user.id), user)
})

behaviour(
  'commit detaches a deleted object with expireOnCommit: false too',
  async (t, x) => {
    const user = await persistent(x)
    await x.s.delete(user)
    await x.s.commit()
    t.is(inspect(user).state, 'detached')
    t.true(inspect(user).wasDeleted)
    t.is(inspect(user).session, null)
  },
  { session: { expireOnCommit: false } },
)

for (const way of ['expunge', 'expungeAll', 'close'] as const) {
  behaviour(`${way} detaches and leaves the values readable`, async (t, x) => {
    const user = await persistent(x)
    x.clear()
    if (way === 'expunge') x.s.expunge(user)
    else await x.s[way]()
    t.is(inspect(user).state, 'detached')
    t.is(inspect(user).session, null)
    t.false(x.s.contains(user))
    t.is(x.s.identityMap.size, 0)
    t.is(user.name, 'ada')
    t.is(user.kind, 'plain')
    t.deepEqual(x.ops(), [])
  })
}

behaviour('an object of one session is refused by another', async (t, x) => {
  const user = await persistent(x)
  const pending = x.s.add('User', { name: 'bea' })
  const second = x.session()
  for (const call of [() => second.add(user), () => second.delete(user), () => second.add(pending)]) {
    await refused(t, call, { instanceOf: InvalidRequestError, message: /already attached/ })
  }
  t.is(second.new.size, 0)
  t.is(second.deleted.size, 0)
  t.is(second.identityMap.size, 0)
  t.true(x.s.equals(inspect(user).session))
})

behaviour('a deleted object cannot be added, a transient one made of it can', async (t, x) => {
  const user = await persistent(x)
  await x.s.delete(user)
  await x.s.flush()
  t.throws(() => x.s.add(user), { instanceOf: InvalidRequestError, message: /makeTransient/ })
  makeTransient(user)
  t.is(inspect(user).state, 'transient')
  x.s.add(user)
  await x.s.commit()
  t.is(inspect(user).state, 'persistent')
  t.deepEqual(await x.raw.user.findMany({ select: { name: true } }), [{ name: 'ada' }])
})

behaviour('nor can one whose delete is committed', async (t, x) => {
  const user = await persistent(x)
  await x.s.delete(user)
  await x.s.commit()
  t.throws(() => x.s.add(user), { instanceOf: InvalidRequestError, message: /makeTransient/ })
  makeTransient(user)
  t.false(inspect(user).wasDeleted)
  x.s.add(user)
  await x.s.commit()
  t.is(await x.raw.user.count(), 1)
})

behaviour('rollback takes the generated key from what was inserted and keeps the rest', async (t, x) => {
  const user = x.s.add('User', { name: 'ada' })
  await x.s.flush()
  t.is(typeof user.id, 'number')
  await x.s.rollback()
  t.is(inspect(user).state, 'transient')
  t.is(inspect(user).key, null)
  t.false('id' in user)
  t.is(user.name, 'ada')
  t.is(x.s.identityMap.size, 0)
  await x.raw.user.createMany({ data: [{ name: 'one' }, { name: 'two' }] })
  x.s.add(user)
  await x.s.commit()
  t.is((await x.raw.user.findUnique({ where: { id: user.id } }))?.name, 'ada')
  t.is(await x.raw.user.count(), 3)
})

behaviour('a key given by hand stays', async (t, x) => {
  const user = x.s.add('User', { id: 7, name: 'ada' })
  await x.s.flush()
  await x.s.rollback()
  t.is(inspect(user).state, 'transient')
  t.is(user.id, 7)
})

behaviour('makeTransientToDetached, then add: persistent, nothing sent, the unset expired', async (t, x) => {
  await x.raw.user.create({ data: { id: 1, name: 'ada' } })
  const user = mk('User', { id: 1 })
  makeTransientToDetached(user)
  t.is(inspect(user).state, 'detached')
  x.s.add(user)
  t.is(inspect(user).state, 'persistent')
  t.deepEqual(inspect(user).key, [1])
  t.is(x.s.identityMap.get('User', 1), user)
  t.true(inspect(user).expired.includes('name'))
  t.false(inspect(user).expired.includes('id'))
  t.deepEqual(x.ops(), [])
  await x.s.refresh(user)
  t.is(user.name, 'ada')
  t.deepEqual(inspect(user).expired, [])
})

behaviour('makeTransientToDetached refuses what is attached or has a key', async (t, x) => {
  const user = await persistent(x)
  const pending = x.s.add('User', { name: 'bea' })
  for (const object of [user, pending]) {
    t.throws(() => makeTransientToDetached(object), { instanceOf: InvalidRequestError })
  }
  x.s.expunge(user)
  t.throws(() => makeTransientToDetached(user), { instanceOf: InvalidRequestError })
  t.is(inspect(user).state, 'detached')
})

for (const [way, copyOf] of [
  ['structuredClone', <T>(value: T) => structuredClone(value)],
  ['JSON', <T>(value: T) => JSON.parse(JSON.stringify(value)) as T],
] as const) {
  behaviour(`a copy by ${way} is unrelated until flush`, async (t, x) => {
    const user = await persistent(x)
    const copy = x.s.add('User', copyOf(user))
    t.is(inspect(copy).state, 'pending')
    t.is(copy.id, user.id)
    t.is(inspect(user).state, 'persistent')
    copy.name = 'copied'
    t.is(user.name, 'ada')
    await refused(t, () => x.s.flush(), { code: 'P2002' })
  })
}
