// A row is read by its key without a look at every loaded object for changes to flush first.
import { behaviour, type Context, inSync } from '../helpers/conformance.js'
import { mk, persistentAll } from '../helpers/entities.js'

behaviour('get of a row that is not loaded leaves the changes of other objects to a later flush', async (t, x) => {
  const [first, second] = await twoUsers(x)
  x.s.expunge(second)
  first.name = 'Ada anew'
  x.clear()
  t.is((await x.s.getOne('User', second.id)).name, 'Ben')
  t.deepEqual(x.written(), [])
  await x.s.user.count()
  t.deepEqual(x.written(), ['UPDATE User'])
})

behaviour('get flushes first what is new, to be deleted, or changed in the object itself', async (t, x) => {
  const [kept, gone] = await twoUsers(x)
  x.s.expunge(kept)
  const added = x.s.add('User', { id: 4711, name: 'new' })
  t.is(await x.s.get('User', 4711), added)
  x.s.delete(gone)
  x.clear()
  const again = await x.s.getOne('User', kept.id)
  t.deepEqual(x.written(), ['DELETE User'])
  await x.s.commit()
  again.name = 'Ada anew'
  x.clear()
  t.is(await x.s.get('User', kept.id), again)
  t.deepEqual(x.written(), ['UPDATE User'])
})

behaviour('get of a key that no row has flushes, and finds the object whose key was changed to it', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'a' } })
  const code = await x.s.getOne('Code', 'A')
  code.code = 'B'
  t.is(await x.s.get('Code', 'B'), code)
})

behaviour('get of a key that no row has finds the new member of a changed list', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const author = await x.s.getOne('User', id, { include: { posts: true } })
  const post = mk('Post', { id: 4711, title: 'new' })
  author.posts.push(post as (typeof author.posts)[number])
  t.is(await x.s.get('Post', 4711), post)
})

behaviour('a row read ahead of the flush that moves it follows in memory', async (t, x) => {
  await x.raw.code.create({ data: { code: 'A', label: 'a' } })
  const { id } = await x.raw.use.create({ data: { codeId: 'A' } })
  const code = await x.s.getOne('Code', 'A')
  code.code = 'B'
  const use = await x.s.getOne('Use', id)
  t.is(use.codeId, 'A')
  await x.s.flush()
  t.is(use.codeId, 'B')
  t.false(x.s.isModified(use))
})

behaviour('objects read one by one are looked at a few times, however many are loaded', async (t, x) => {
  await x.raw.user.createMany({ data: Array.from({ length: 60 }, (_, index) => ({ name: `user ${index}` })) })
  const ids = (await x.raw.user.findMany({ orderBy: { id: 'asc' } })).map(({ id }) => id)
  const first = await x.s.getOne('User', ids[0] as number)
  let looks = 0
  const { name } = first
  Object.defineProperty(first, 'name', {
    get: () => {
      looks++
      return name
    },
    enumerable: true,
    configurable: true,
  })
  for (const id of ids.slice(1)) await x.s.get('User', id)
  t.true(looks <= 2, `${looks} looks`)
})

behaviour(
  'expired columns are read without a look at the other objects',
  async (t, x) => {
    const [changed, user] = await twoUsers(x)
    const s = inSync(x.s)
    s.expire(user, ['name'])
    changed.name = 'Ada anew'
    x.clear()
    t.is(user.name, 'Ben')
    t.deepEqual(x.written(), [])
    s.flush()
    t.deepEqual(x.written(), ['UPDATE User'])
  },
  { modes: ['sync'] },
)

async function twoUsers(x: Context) {
  const [first, second] = await persistentAll(x, { name: 'Ada' }, { name: 'Ben' })
  if (!first || !second) throw new Error('there are two')
  return [first, second] as const
}
