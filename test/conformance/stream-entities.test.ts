// The entities of a stream: which stay in the session, which are detached when their page has passed.

import { inspect, select } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { addUsers, ids, streaming, upTo } from '../helpers/stream-rows.js'

behaviour(
  'streamed entities enter the identity map, and track: false returns plain objects that do not',
  async (t, x) => {
    await addUsers(x, 6)
    const known = await x.s.getOne('User', 3)
    known.name = 'mine'
    const users = await x.s.noAutoflush(async () => (await x.s.streamScalars(select('User'), { yieldPer: 2 })).all())
    t.is(users[2], known)
    t.is(known.name, 'mine')
    t.true(users.every((user) => x.s.contains(user)))
    const plain = await (await x.s.streamScalars(select('User'), { yieldPer: 2, track: false })).all()
    const kept = new Set(x.s.identityMap.values())
    t.false(plain.some((user) => kept.has(user)))
    t.not(plain[2], known)
    const own = await (await x.s.streamScalars(select('User', { track: false }), { yieldPer: 2 })).all()
    t.false(own.some((user) => kept.has(user)))
    t.is(x.s.identityMap.size, kept.size)
  },
  streaming,
)

behaviour(
  'changes made while streaming are written, on the last page and on those before',
  async (t, x) => {
    await addUsers(x, 9)
    for await (const user of await x.s.streamScalars(select('User'), { yieldPer: 2 }))
      if (user.id % 2) user.name = `changed ${user.id}`
    await x.s.commit()
    const names = (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map(({ name }) => name)
    t.deepEqual(
      names.map((name) => name.startsWith('changed')),
      upTo(9).map((id) => id % 2 === 1),
    )
  },
  streaming,
)

behaviour(
  'objects of passed pages are detached, except changed ones, their relations, and objects loaded before',
  async (t, x) => {
    await addUsers(x, 60)
    await x.raw.user.updateMany({ where: { id: { gt: 40, lt: 45 } }, data: { inviterId: 3 } })
    const known = await x.s.getOne('User', 9)
    const seen: { id: number; name: string; inviter?: object | null }[] = []
    for await (const user of await x.s.streamScalars(select('User', { include: { inviter: true } }), {
      yieldPer: 10,
    })) {
      t.true(x.s.contains(user)) // as long as its page is read
      seen.push(user)
      if (user.id === 6 || user.id === 41) user.name = 'changed'
      if (user.id === 7) await x.s.delete(user)
    }
    const kept = seen.filter((user) => x.s.contains(user)).map(({ id }) => id)
    t.deepEqual(kept.slice(0, 4), [6, 7, 9, 41])
    t.true(kept.length <= 4 + 20)
    t.true(x.s.contains(seen[40]?.inviter as object))
    t.is(seen[8], known)
    t.is(inspect(seen[4] as object).state, 'detached')
    const again = await x.s.getOne('User', 5)
    t.not(again as object, seen[4])
    const held = seen[7] as (typeof seen)[0]
    x.s.add(held)
    held.name = 'taken back'
    await x.s.commit()
    const names = await x.raw.user.findMany({
      where: { name: { in: ['changed', 'taken back'] } },
      orderBy: { id: 'asc' },
    })
    t.deepEqual(ids(names), [6, 8, 41])
    t.is(await x.raw.user.findUnique({ where: { id: 7 } }), null)
  },
  streaming,
)

behaviour(
  'objects that one call returns stay in the session, however many pages it read',
  async (t, x) => {
    await addUsers(x, 20)
    const users = await x.s.streamScalars(select('User'), { yieldPer: 3 })
    for (const size of [7, 13]) {
      const batch = await users.fetchMany(size)
      t.true(batch.every((user) => x.s.contains(user)))
      for (const user of batch) user.name = `batch of ${size}`
    }
    await x.s.commit()
    t.is(await x.raw.user.count({ where: { name: { startsWith: 'batch' } } }), 20)
    const all = await (await x.session().streamScalars(select('User'), { yieldPer: 3 })).all()
    t.true(all.every((user) => inspect(user).state === 'persistent'))
  },
  streaming,
)

behaviour(
  'new objects may refer to objects of passed pages',
  async (t, x) => {
    await addUsers(x, 10)
    for await (const user of await x.s.streamScalars(select('User'), { yieldPer: 2 }))
      x.s.add('Post', { title: `by ${user.id}`, author: user })
    await x.s.commit()
    const posts = await x.raw.post.findMany()
    t.is(posts.length, 10)
    for (const post of posts) t.is(post.title, `by ${post.authorId}`)
  },
  streaming,
)

behaviour(
  'a row of a passed page is read again by get, and its change is written',
  async (t, x) => {
    await addUsers(x, 30)
    for await (const _ of await x.s.streamScalars(select('User'), { yieldPer: 10 }));
    for (const id of upTo(30)) await rename(x, id)
    await x.s.commit()
    t.is(await x.raw.user.count({ where: { name: 'changed' } }), 30)
  },
  streaming,
)

async function rename(x: Context, id: number): Promise<void> {
  const user = await x.s.getOne('User', id)
  user.name = 'changed'
}

behaviour(
  'a second stream over the same rows keeps no more objects than the first',
  async (t, x) => {
    await addUsers(x, 40)
    for (const _ of [1, 2]) {
      for await (const _ of await x.s.streamScalars(select('User'), { yieldPer: 5 }));
      t.true(x.s.identityMap.size <= 10)
    }
  },
  streaming,
)

behaviour(
  'an object expunged and added again stays in the session after its page has passed',
  async (t, x) => {
    await addUsers(x, 4)
    const stream = await x.s.streamScalars(select('User'), { yieldPer: 2 })
    const [first] = await stream.fetchMany(2)
    if (!first) throw new Error('no user')
    x.s.expunge(first)
    x.s.add(first)
    await stream.fetchMany(2)
    await stream.close()
    t.is(inspect(first).state, 'persistent')
    t.is(await x.s.get('User', first.id), first)
  },
  streaming,
)
