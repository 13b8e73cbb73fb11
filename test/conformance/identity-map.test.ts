// Identity: one object for each row in a session; and the map that holds them.
import { createSession, InvalidRequestError, inspect, select } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { persistent } from '../helpers/entities.js'
import { collectUntil } from '../helpers/observe.js'
import { refused } from '../helpers/steps.js'

behaviour('a load returns the very object that was added', async (t, x) => {
  const user = x.s.add('User', { name: 'ada' })
  await x.s.flush()
  t.is<unknown, unknown>(await x.s.get('User', user.id), user)
  t.is((await x.s.scalars(select('User'))).one(), user)
  await x.s.commit()
  t.is((await x.s.scalars(select('User'))).one(), user)
})

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

for (const [way, copyOf] of [
  ['structuredClone', <T>(value: T) => structuredClone(value)],
  ['JSON', <T>(value: T) => JSON.parse(JSON.stringify(value)) as T],
] as const) {
  behaviour(`a copy by ${way} is unrelated to its original until the flush`, async (t, x) => {
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

behaviour('the identity map finds and lists objects by model and primary key', async (t, x) => {
  const user = x.s.add('User', { name: 'a' })
  const code = x.s.add('Code', { code: 'A', label: 'a' })
  const pair = x.s.add('Pair', { x: 1, y: 2 })
  await x.s.flush()
  const { identityMap } = x.s
  t.is(identityMap.size, 3)
  t.is(identityMap.get('User', user.id), user)
  t.is(identityMap.get('Code', 'A'), code)
  t.is(identityMap.get('Pair', [1, 2]), pair)
  t.is(identityMap.get('Pair', { x: 1, y: 2 }), pair)
  t.is(identityMap.get('Post', user.id), undefined)
  t.true(identityMap.has('User', user.id))
  t.false(identityMap.has('User', 999))
  t.false(identityMap.has('Pair', [2, 1]))
  t.true([user, code, pair].every((object) => [...identityMap.values()].includes(object)))
  t.is([...identityMap.values()].length, 3)
  t.deepEqual([...identityMap], [...identityMap.values()])
  const keys = [...identityMap.keys()]
  t.deepEqual(keys.map(([model]) => model).sort(), ['Code', 'Pair', 'User'])
  const found = new Set(keys.map(([model, key]) => identityMap.get(model, key)))
  t.true([user, code, pair].every((object) => found.has(object)))
})

behaviour('the identity map holds persistent objects only', async (t, x) => {
  const kept = x.s.add('User', { name: 'kept' })
  const doomed = x.s.add('User', { name: 'doomed' })
  t.is(x.s.identityMap.size, 0)
  await x.s.flush()
  const expunged = x.s.add('User', { name: 'expunged' })
  t.is(x.s.identityMap.size, 2)
  await x.s.flush()
  x.s.expunge(expunged)
  await x.s.delete(doomed)
  t.true(x.s.identityMap.has('User', doomed.id))
  await x.s.flush()
  t.is(x.s.identityMap.size, 1)
  t.is([...x.s.identityMap.values()][0], kept)
})

behaviour('changing the session during an iteration does not break the iteration', async (t, x) => {
  const users = x.s.addAll('User', [{ name: 'a' }, { name: 'b' }, { name: 'c' }])
  await x.s.flush()
  const met = new Set<object>()
  for (const user of x.s.identityMap.values()) {
    met.add(user)
    x.s.expunge(user)
    x.s.add('User', { name: 'more' })
  }
  t.true(users.length === met.size && users.every((user) => met.has(user)))
  t.is(x.s.identityMap.size, 0)
  t.is(x.s.new.size, 3)
  for (const user of x.s) x.s.expunge(user)
  t.is(x.s.new.size, 0)
})

behaviour('iterating the session yields its pending and persistent objects', async (t, x) => {
  const loaded = x.s.add('User', { name: 'a' })
  await x.s.flush()
  const pending = x.s.add('User', { name: 'b' })
  const met = new Set(x.s)
  t.is(met.size, 2)
  t.true(met.has(loaded) && met.has(pending))
})

behaviour('the identity map keeps every object, and a change to an unreferenced one is written', async (t, x) => {
  await x.raw.user.createMany({ data: Array.from({ length: 50 }, (_, index) => ({ name: `user ${index}` })) })
  await load(x.s)
  await (async () => {
    const user = await x.s.getOne('User', 1)
    user.name = 'changed'
  })()
  t.false(await collectUntil(() => x.s.identityMap.size < 50, 300))
  await x.s.commit()
  t.is((await x.raw.user.findUniqueOrThrow({ where: { id: 1 } })).name, 'changed')
})

behaviour('objects of a collected session are detached and can be added to another session', async (t, x) => {
  await x.raw.user.create({ data: { name: 'a' } })
  const user = await (async () => {
    const dropped = createSession(x.client)
    const found = await dropped.getOne('User', 1)
    await dropped.rollback()
    return found
  })()
  t.is(inspect(user).state, 'persistent')
  t.true(await collectUntil(() => inspect(user).state === 'detached'))
  t.is(inspect(user).session, null)
  x.s.add(user)
  t.is(inspect(user).state, 'persistent')
  t.is(await x.s.get('User', 1), user)
})

behaviour('a dropped session rolls back and releases its connection', async (t, x) => {
  await (async () => {
    const dropped = createSession(x.client)
    dropped.add('User', { name: 'a' })
    await dropped.flush()
  })()
  t.deepEqual(x.wire(), ['BEGIN'])
  t.true(await collectUntil(() => x.wire().includes('ROLLBACK')))
  t.is(await x.raw.user.count(), 0)
  t.is(await x.s.user.count(), 0)
})

behaviour('a dropped session is collected although its listeners and its info refer to it', async (t, x) => {
  await (async () => {
    const info: { session?: object } = {}
    const dropped = createSession(x.client, { info })
    info.session = dropped
    Object.assign(dropped.info, { session: dropped })
    dropped.on('afterCommit', () => void dropped.add('User', { name: 'more' }))
    dropped.add('User', { name: 'a' })
    await dropped.flush()
  })()
  t.true(await collectUntil(() => x.wire().includes('ROLLBACK')))
  t.is(await x.raw.user.count(), 0)
})

async function load(s: { scalars(statement: object): PromiseLike<{ all(): object[] }> }): Promise<void> {
  ;(await s.scalars(select('User'))).all()
}
