// Entities that the program has frozen, sealed, or given accessors: they can be read, and stand in nobody's way.
import { select } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'

function deepFreeze(value: object): void {
  if (Object.isFrozen(value)) return
  Object.freeze(value)
  for (const each of Object.values(value)) if (typeof each === 'object' && each !== null) deepFreeze(each)
}

async function userWithPosts(x: Context) {
  await x.raw.user.create({ data: { name: 'ada', posts: { create: [{ title: 'one' }, { title: 'two' }] } } })
  const [user] = (await x.s.scalars(select('User', { include: { posts: { include: { author: true } } } }))).all()
  return user as unknown as { id: number; name: string; posts: { title: string }[] }
}

const ways: readonly (readonly [string, (user: object) => void])[] = [
  ['frozen', Object.freeze],
  ['deeply frozen', deepFreeze],
  ['sealed', Object.seal],
  ['not extensible', Object.preventExtensions],
]

for (const [how, close] of ways) {
  behaviour(`a ${how} entity survives rollbacks, and nothing of it is written`, async (t, x) => {
    const user = await userWithPosts(x)
    close(user)
    const other = x.s.add('User', { name: 'new' })
    await x.s.flush()
    await x.s.rollback()
    t.is(user.name, 'ada')
    t.false(x.s.isModified(user))
    t.is(other.id as unknown, undefined)
    await x.s.beginNested()
    await x.s.rollback()
    x.s.add('User', { name: 'next' })
    await x.s.commit()
    x.s.expireAll()
    await x.s.refresh(user)
    t.is(user.name, 'ada')
    t.is(user.posts.length, 2)
    x.clear()
    await x.s.commit()
    t.deepEqual(x.written(), [])
    t.is(await x.raw.user.count(), 2)
  })

  behaviour(`what was changed before an entity was ${how} is written once`, async (t, x) => {
    const user = await userWithPosts(x)
    user.name = 'countess'
    close(user)
    await x.s.flush()
    t.false(x.s.isModified(user))
    x.clear()
    await x.s.commit()
    t.deepEqual(x.written(), [])
    t.is((await x.raw.user.findFirstOrThrow()).name, 'countess')
  })

  behaviour(`a change that a ${how} entity holds after a rollback is not written again`, async (t, x) => {
    const user = await userWithPosts(x)
    user.name = 'countess'
    close(user)
    await x.s.rollback()
    t.is(user.name, Object.isFrozen(user) ? 'countess' : 'ada')
    t.false(x.s.isModified(user))
    await x.s.commit()
    t.is((await x.raw.user.findFirstOrThrow()).name, 'ada')
  })

  behaviour(`the row of a ${how} entity can change elsewhere without being written back`, async (t, x) => {
    const user = await userWithPosts(x)
    close(user)
    await x.s.rollback()
    await x.raw.user.updateMany({ data: { name: 'lovelace' } })
    await x.s.getOne('User', user.id)
    t.is(user.name, Object.isFrozen(user) ? 'ada' : 'lovelace')
    t.false(x.s.isModified(user))
    await x.s.commit()
    t.is((await x.raw.user.findFirstOrThrow()).name, 'lovelace')
  })

  behaviour(`a ${how} entity and its members are deleted as others are`, async (t, x) => {
    const user = await userWithPosts(x)
    const [post] = user.posts
    close(user)
    await x.s.delete(post as object)
    await x.s.flush()
    if (how !== 'deeply frozen' && how !== 'frozen') t.is(user.posts.length, 1)
    await x.s.delete(user)
    await x.s.commit()
    t.is(await x.raw.post.count(), 1)
    t.is(await x.raw.user.count(), 0)
  })
}

behaviour('an accessor on an entity is read, and what it gives is written', async (t, x) => {
  const user = await userWithPosts(x)
  let name = 'given'
  Object.defineProperty(user, 'name', { get: () => name, enumerable: true, configurable: true })
  await x.s.flush()
  t.is((await x.s.user.findFirstOrThrow()).name, 'given')
  await x.s.rollback()
  t.is(user.name, 'given')
  name = 'given later'
  t.true(x.s.isModified(user))
  await x.s.commit()
  t.is((await x.raw.user.findFirstOrThrow()).name, 'given later')
})

behaviour('a frozen entity with expired attributes can be refreshed', async (t, x) => {
  const user = await userWithPosts(x)
  x.s.expire(user)
  Object.freeze(user)
  await x.s.refresh(user)
  t.is(user.name, 'ada')
  t.false(x.s.isModified(user))
  await x.s.rollback()
  t.is(user.name, 'ada')
})

behaviour('a new object can be frozen before the flush', async (t, x) => {
  const user = x.s.add('User', { name: 'ada' })
  Object.freeze(user)
  await x.s.commit()
  t.false(x.s.isModified(user))
  const { id } = await x.raw.user.findFirstOrThrow()
  t.is(await x.s.getOne('User', id), user)
  await x.s.delete(user)
  await x.s.commit()
  t.is(await x.raw.user.count(), 0)
})
