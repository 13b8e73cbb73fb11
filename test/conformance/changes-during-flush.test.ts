// What the program changes while a flush is under way waits for the next one, whatever its value.

import { createSession, inspect } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'

/** Calls `change` while the statements of `work` run: once, after the first of them has reached the database. */
async function during(x: Context, work: () => unknown, change: () => void): Promise<void> {
  let isArmed = true
  const client = x.client as unknown as { $on(event: 'query', listener: (query: { query: string }) => void): void }
  client.$on('query', ({ query }) => {
    if (!isArmed || !/^(INSERT|UPDATE|DELETE|WITH)/i.test(query)) return
    isArmed = false
    change()
  })
  await work()
  if (isArmed) throw new Error('nothing was written')
}

const async = { modes: ['async'] } as const

behaviour(
  'a value set while its flush is under way is written by the next one, also when it is the old value',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'idle' } })
    const user = await x.s.getOne('User', id)
    user.name = 'busy'
    await during(
      x,
      () => x.s.flush(),
      () => {
        user.name = 'idle'
      },
    )
    t.is(user.name, 'idle')
    t.true(x.s.isModified(user))
    await x.s.commit()
    t.is((await x.raw.user.findUniqueOrThrow({ where: { id } })).name, 'idle')
  },
  async,
)

behaviour(
  'null given to a new object during its INSERT is written by the next flush',
  async (t, x) => {
    const user = x.s.add('User', { name: 'a' })
    await during(
      x,
      () => x.s.flush(),
      () => {
        user.email = null
        Object.assign(user, { kind: 'other' })
      },
    )
    t.is<string | undefined, string>(user.kind, 'other')
    await x.s.commit()
    t.like(await x.raw.user.findFirst(), { name: 'a', email: null, kind: 'other' })
  },
  async,
)

behaviour(
  'JSON mutated back while its flush is under way is written by the next one',
  async (t, x) => {
    const { id } = await x.raw.everything.create({ data: { id: 1n, json: { a: 1 } } })
    const thing = await x.s.getOne('Everything', id)
    const meta = thing.json as { a: number }
    meta.a = 2
    await during(
      x,
      () => x.s.flush(),
      () => {
        meta.a = 1
      },
    )
    await x.s.commit()
    t.deepEqual((await x.raw.everything.findUniqueOrThrow({ where: { id } })).json, { a: 1 })
  },
  async,
)

behaviour(
  'a foreign key set while the relation beside it is written is written by the next flush',
  async (t, x) => {
    const [a, b] = [await x.raw.user.create({ data: { name: 'a' } }), await x.raw.user.create({ data: { name: 'b' } })]
    const { id } = await x.raw.post.create({ data: { title: 'p', authorId: a.id } })
    const post = await x.s.getOne('Post', id)
    const second = await x.s.getOne('User', b.id)
    Object.assign(post, { author: second })
    await during(
      x,
      () => x.s.flush(),
      () => {
        Object.assign(post, { author: null })
      },
    )
    await x.s.commit()
    t.is((await x.raw.post.findUniqueOrThrow({ where: { id } })).authorId, null)
    Object.assign(post, { author: await x.s.getOne('User', b.id) })
    await x.s.flush()
    t.is(post.authorId, b.id)
  },
  async,
)

behaviour(
  'members of lists that change while a flush is under way wait for the next one',
  async (t, x) => {
    const { id } = await x.raw.user.create({
      data: { name: 'a', posts: { create: [{ title: 'kept' }, { title: 'out' }] } },
    })
    const user = await x.s.getOne('User', id, { include: { posts: true } })
    const out = user.posts.find(({ title }) => title === 'out')
    const kept = user.posts.find(({ title }) => title === 'kept')
    if (!out || !kept) throw new Error('both were created')
    const fresh = x.s.add('Post', { title: 'new' })
    user.posts.splice(user.posts.indexOf(out), 1, fresh as typeof out)
    await during(
      x,
      () => x.s.flush(),
      () => {
        user.posts.splice(0, user.posts.length, kept, out) // the new one leaves again, the old one comes back
      },
    )
    t.deepEqual(user.posts.map(({ title }) => title).sort(), ['kept', 'out'])
    await x.s.commit()
    const rows = await x.raw.post.findMany({ orderBy: { title: 'asc' } })
    t.deepEqual(
      rows.map(({ title, authorId }) => [title, authorId]),
      [
        ['kept', id],
        ['new', null],
        ['out', id],
      ],
    )
  },
  async,
)

behaviour(
  'a one-to-one relation set while a flush is under way waits for the next one',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'a', profile: { create: { bio: 'old' } } } })
    const user = await x.s.getOne('User', id, { include: { profile: true } })
    const old = user.profile
    const next = x.s.add('Profile', { bio: 'new' })
    Object.assign(user, { profile: next })
    await during(
      x,
      () => x.s.flush(),
      () => {
        Object.assign(user, { profile: old })
      },
    )
    t.is(user.profile, old)
    await x.s.commit()
    const rows = await x.raw.profile.findMany({ orderBy: { id: 'asc' } })
    t.deepEqual(
      rows.map(({ bio, userId }) => [bio, userId]),
      [
        ['old', id],
        ['new', null],
      ],
    )
  },
  async,
)

behaviour(
  'an object expunged while its INSERT is under way stays out of the session',
  async (t, x) => {
    const s = createSession(x.client)
    const [gone] = s.addAll('User', [{ name: 'gone' }, { name: 'stays' }])
    if (!gone) throw new Error('two were added')
    await during(
      x,
      () => s.flush(),
      () => s.expunge(gone),
    )
    t.false(s.contains(gone))
    t.not(inspect(gone).state, 'persistent')
    await s.commit()
    t.is(await x.raw.user.count(), 2)
    await s.close()
  },
  async,
)

behaviour('values set in an afterFlush listener are written by the next flush', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'idle' } })
  const user = await x.s.getOne('User', id)
  user.name = 'busy'
  let isFirst = true
  x.s.on('afterFlush', () => {
    if (isFirst) user.name = 'idle'
    isFirst = false
  })
  await x.s.commit()
  t.is((await x.raw.user.findUniqueOrThrow({ where: { id } })).name, 'idle')
})
