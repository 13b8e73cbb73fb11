// Events of state changes: each fires once, after the change.

import { inspect, type SessionEvent, select } from '../../src/index.js'
import { behaviour, type Context, type TestSession } from '../helpers/conformance.js'
import { listen } from '../helpers/observe.js'
import { lifecycleEvents } from '../helpers/session-events.js'

/** State changes: how the object is prepared, and the step that fires the event. */
const transitions: {
  event: SessionEvent
  title: string
  state: string
  prepare?: (x: Context) => Promise<object>
  fire: (s: TestSession, entity: object) => unknown
}[] = [
  { event: 'transientToPending', title: 'add', state: 'pending', prepare: transient, fire: (s, user) => s.add(user) },
  { event: 'pendingToPersistent', title: 'flush', state: 'persistent', prepare: pending, fire: (s) => s.flush() },
  {
    event: 'pendingToTransient',
    title: 'expunge',
    state: 'transient',
    prepare: pending,
    fire: (s, user) => s.expunge(user),
  },
  {
    event: 'pendingToTransient',
    title: 'expungeAll',
    state: 'transient',
    prepare: pending,
    fire: (s) => s.expungeAll(),
  },
  { event: 'pendingToTransient', title: 'rollback', state: 'transient', prepare: pending, fire: (s) => s.rollback() },
  { event: 'pendingToTransient', title: 'close', state: 'transient', prepare: pending, fire: (s) => s.close() },
  {
    event: 'persistentToDeleted',
    title: 'delete and flush',
    state: 'deleted',
    prepare: marked,
    fire: (s) => s.flush(),
  },
  {
    event: 'persistentToDetached',
    title: 'expunge',
    state: 'detached',
    prepare: persistent,
    fire: (s, user) => s.expunge(user),
  },
  {
    event: 'persistentToDetached',
    title: 'expungeAll',
    state: 'detached',
    prepare: persistent,
    fire: (s) => s.expungeAll(),
  },
  { event: 'persistentToDetached', title: 'close', state: 'detached', prepare: persistent, fire: (s) => s.close() },
  {
    event: 'persistentToTransient',
    title: 'rollback of its INSERT',
    state: 'transient',
    prepare: flushed,
    fire: (s) => s.rollback(),
  },
  { event: 'deletedToPersistent', title: 'rollback', state: 'persistent', prepare: deleted, fire: (s) => s.rollback() },
  { event: 'deletedToDetached', title: 'commit', state: 'detached', prepare: deleted, fire: (s) => s.commit() },
  {
    event: 'deletedToDetached',
    title: 'expunge',
    state: 'detached',
    prepare: deleted,
    fire: (s, user) => s.expunge(user),
  },
  { event: 'deletedToDetached', title: 'close', state: 'detached', prepare: deleted, fire: (s) => s.close() },
  {
    event: 'detachedToPersistent',
    title: 'add',
    state: 'persistent',
    prepare: detached,
    fire: (s, user) => s.add(user),
  },
]

for (const { event, title, state, prepare, fire } of transitions) {
  behaviour(`${title} fires ${event} once, after the change of state`, async (t, x) => {
    const entity = (await prepare?.(x)) ?? {}
    const seen: { event: string; entity: boolean; session: boolean; state: string }[] = []
    for (const name of lifecycleEvents) {
      listen(x.s, name, (payload) => {
        seen.push({
          event: name,
          entity: payload.entity === entity,
          session: payload.session === x.s,
          state: inspect(payload.entity).state,
        })
      })
    }
    await fire(x.s, entity)
    t.deepEqual(seen, [{ event, entity: true, session: true, state }])
  })
}

behaviour('get, select and refresh of a relation fire loadedAsPersistent once per object', async (t, x) => {
  const ada = await x.raw.user.create({
    data: { name: 'ada', posts: { create: [{ title: 'one' }, { title: 'two' }] } },
  })
  const seen = x.events(x.s, lifecycleEvents)
  const user = await x.s.getOne('User', ada.id)
  t.deepEqual(
    seen.map(({ event }) => event),
    ['loadedAsPersistent'],
  )
  t.is(seen[0]?.payload.entity, user)
  await x.s.scalars(select('User'))
  await x.s.get('User', ada.id)
  t.is(seen.length, 1)
  await x.s.refresh(user, ['posts'])
  t.deepEqual(
    seen.map(({ event, payload }) => [event, inspect(payload.entity as object).model]),
    [
      ['loadedAsPersistent', 'User'],
      ['loadedAsPersistent', 'Post'],
      ['loadedAsPersistent', 'Post'],
    ],
  )
})

behaviour(
  'attach() of a row read elsewhere fires loadedAsPersistent or detachedToPersistent, and nothing else',
  async (t, x) => {
    const row = await x.raw.user.create({ data: { name: 'a' } })
    const seen = x.events(x.s, lifecycleEvents)
    const user = x.s.attach('User', row)
    t.is(seen.length, 1)
    t.true(['loadedAsPersistent', 'detachedToPersistent'].includes(seen[0]?.event ?? ''))
    t.is(seen[0]?.payload.entity, user)
  },
)

async function transient(x: Context): Promise<object> {
  const user = x.s.add('User', { name: 'a' })
  x.s.expunge(user)
  return user
}

async function pending(x: Context): Promise<object> {
  return x.s.add('User', { name: 'a' })
}

async function flushed(x: Context): Promise<object> {
  const user = x.s.add('User', { name: 'a' })
  await x.s.flush()
  return user
}

async function persistent(x: Context): Promise<object> {
  const user = x.s.add('User', { name: 'a' })
  await x.s.commit()
  return user
}

async function marked(x: Context): Promise<object> {
  const user = await persistent(x)
  await x.s.delete(user)
  return user
}

async function deleted(x: Context): Promise<object> {
  const user = await marked(x)
  await x.s.flush()
  return user
}

async function detached(x: Context): Promise<object> {
  const user = await persistent(x)
  x.s.expunge(user)
  return user
}
