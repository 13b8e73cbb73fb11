// What a flush does for each object does not grow with their number: looks at loaded objects and at members of lists are counted.
import type { ExecutionContext } from 'ava'
import type { PrismaClient as EdgeClient } from '../../generated/edge/client.ts'
import { type AsyncSession, select, update } from '../../src/index.js'
import { IdentityMap } from '../../src/session/objects/identity-map.js'
import { behaviour, type Context } from '../helpers/conformance.js'

const many = 150
/** A search for each object takes as many looks at each as there are objects. */
const few = 20
const anywhere = { databases: ['better-sqlite3'] } as const

behaviour(
  'children that move between loaded lists are looked at a few times each',
  async (t, x) => {
    const [from, to] = await usersWithPosts(x, 2)
    const looks = countLooks(t, from, to)
    for (const post of from.posts) to.posts.push(post)
    from.posts.length = 0
    await x.s.flush()
    t.is(to.posts.length, many)
    t.true(looks() <= few * many, `${looks()} looks`)
  },
  anywhere,
)

behaviour(
  'the list of a parent is gone through a few times for all children that it is given, by object, key or statement',
  async (t, x) => {
    const [from, ...others] = await usersWithPosts(x, 4)
    const posts = [...from.posts]
    const looks = countLooks(t, from, ...others)
    for (const post of posts) post.author = others[0] as (typeof others)[0]
    await x.s.flush()
    for (const post of posts) post.authorId = others[1]?.id ?? null
    await x.s.flush()
    await x.s.execute(update('Post', { data: { authorId: others[2]?.id ?? null } }))
    t.is(others[2]?.posts.length, many)
    t.true(looks() <= 3 * few * many, `${looks()} looks`)
  },
  anywhere,
)

behaviour(
  'a loaded list is gone through a few times for all its new children, and when it is replaced',
  async (t, x) => {
    const [author] = await usersWithPosts(x, 1)
    const looks = countLooks(t, author)
    for (let index = 0; index < many; index++) x.s.add('Post', { title: 'new', author })
    await x.s.flush()
    t.is(author.posts.length, 2 * many)
    const { posts } = author
    author.posts = listened(posts.slice(many), looks)
    await x.s.flush()
    t.is(await x.s.post.count({ where: { authorId: null } }), many)
    t.true(looks() <= 4 * few * many, `${looks()} looks`)
  },
  anywhere,
)

behaviour(
  'a loaded list is gone through a few times for all links that are made from the other side',
  async (t, x) => {
    const { id } = await x.raw.tag.create({ data: { label: 'tag' } })
    await x.raw.post.createMany({ data: Array.from({ length: many }, (_, index) => ({ title: `${index}` })) })
    const tag = await x.s.getOne('Tag', id, { include: { posts: true } })
    const posts = (await x.s.scalars(select('Post', { include: { tags: true } }))).all()
    const looks = countLooks(t, tag)
    for (const post of posts) post.tags.push(tag)
    await x.s.flush()
    t.is(tag.posts.length, many)
    t.true(looks() <= few * many, `${looks()} looks`)
  },
  anywhere,
)

behaviour(
  'objects are looked at a few times each for all parents that change their keys or are deleted',
  async (t, x) => {
    const numbers = Array.from({ length: many }, (_, index) => index + 1)
    await x.raw.code.createMany({ data: numbers.map((n) => ({ code: `${n}`, label: '' })) })
    await x.raw.use.createMany({ data: numbers.map((n) => ({ codeId: `${n}` })) })
    await x.raw.user.createMany({ data: numbers.map((id) => ({ id, name: '', email: `${id}` })) })
    await x.raw.item.createMany({ data: numbers.map((ownerId) => ({ ownerId })) })
    const [codes, uses] = [await all(x, 'Code'), await all(x, 'Use')]
    const [users, items] = [await all(x, 'User'), await all(x, 'Item')]
    const looks = countLooks(t)
    for (const code of codes) code.code += ' anew'
    for (const user of users) x.s.delete(user)
    for (const user of users) x.s.add('User', { name: '', email: user.email as string })
    await x.s.flush()
    t.true(uses.every(({ codeId }) => String(codeId).endsWith(' anew')))
    t.false(items.some((item) => x.s.contains(item)))
    t.true(looks() <= 2 * few * many, `${looks()} looks`)
  },
  anywhere,
)

behaviour(
  'objects are looked at a few times each for all foreign keys to a unique that is not the key',
  async (t, x) => {
    const s = x.s as unknown as AsyncSession<EdgeClient>
    const raw = x.raw as unknown as EdgeClient
    const numbers = Array.from({ length: many }, (_, index) => index + 1)
    await raw.owner.createMany({ data: numbers.map((id) => ({ id, slug: `${id}` })) })
    await raw.pet.createMany({ data: numbers.map((n) => ({ name: '', ownerSlug: `${n}` })) })
    const owners = (await s.scalars(select('Owner', { include: { pets: true } }))).all()
    const pets = (await s.scalars(select('Pet', { include: { owner: true } }))).all()
    const looks = countLooks(t)
    for (const [index, pet] of pets.entries()) pet.ownerSlug = owners[(index + 1) % many]?.slug ?? null
    await s.flush()
    t.is(pets[0]?.owner, owners[1])
    t.deepEqual(owners[1]?.pets, [pets[0]])
    t.true(looks() <= few * many, `${looks()} looks`)
  },
  { ...anywhere, schema: 'edge' },
)

/** Users, of whom the first has all posts. */
async function usersWithPosts(x: Context, users: number) {
  for (let id = 1; id <= users; id++) await x.raw.user.create({ data: { id, name: `user ${id}` } })
  await x.raw.post.createMany({ data: Array.from({ length: many }, () => ({ title: 'post', authorId: 1 })) })
  const found = (await x.s.scalars(select('User', { include: { posts: true }, orderBy: { id: 'asc' } }))).all()
  return found as [(typeof found)[0], (typeof found)[0], ...typeof found]
}

async function all(x: Context, model: string): Promise<Record<string, unknown>[]> {
  return (await x.s.scalars(select(model as 'User'))).all() as never
}

interface Looks {
  (): number
  add(): void
}

/** Counts how many loaded objects of a model are gone through, and how many members of the objects' lists are read. */
function countLooks(t: ExecutionContext, ...owners: { posts: object[] }[]): Looks {
  let count = 0
  const looks = Object.assign(() => count, { add: () => void count++ })
  const { statesOf } = IdentityMap.prototype
  IdentityMap.prototype.statesOf = function* (model) {
    for (const state of statesOf.call(this, model)) {
      looks.add()
      yield state
    }
  }
  t.teardown(() => {
    IdentityMap.prototype.statesOf = statesOf
  })
  for (const owner of owners) owner.posts = listened(owner.posts, looks)
  return looks
}

function listened<T extends object[]>(list: T, looks: Looks): T {
  return new Proxy(list, {
    get: (target, key, receiver) => {
      if (typeof key === 'string' && /^\d+$/.test(key)) looks.add()
      return Reflect.get(target, key, receiver)
    },
  })
}
