import type { Session } from '../../src/index.js'
import type { PrismaClient } from '../../test/helpers/clients.js'
import { select, update } from '../built.ts'

/** Something that programs do with many objects. */
export interface Work {
  readonly name: string
  readonly schema: 'test' | 'edge'
  /** `mark` is called where the rows are prepared, and the work begins. */
  run(session: Session<PrismaClient>, objects: number, mark: () => void): Promise<unknown>
}

export const schemas = ['test', 'edge'] as const

/** Without those, a database looks through the whole table of the children for each parent that is deleted or moved. */
export const indexes: Readonly<Record<Work['schema'], readonly string[]>> = {
  test: ['Post.authorId', 'Item.ownerId', 'User.inviterId', 'Node.parentId', 'Use.codeId'].map(indexOn),
  edge: [indexOn('Pet.ownerSlug')],
}

function indexOn(column: string): string {
  const [table, name] = column.split('.')
  return `CREATE INDEX IF NOT EXISTS "${column}" ON "${table}" ("${name}")`
}

type Row = Record<string, unknown>

const work = (name: string, run: Work['run'], schema: Work['schema'] = 'test'): Work => ({ name, schema, run })

const numbers = (objects: number) => Array.from({ length: objects }, (_, index) => index + 1)

/** Rows with the keys 1 and on, written by Prisma. */
async function rows(session: Session<PrismaClient>, model: string, objects: number, row: (id: number) => Row) {
  const delegate = session.delegate(model as 'User')
  const data = numbers(objects).map((id) => ({ id, ...row(id) }))
  for (let at = 0; at < objects; at += 5000) await delegate.createMany({ data: data.slice(at, at + 5000) as never })
}

// biome-ignore lint/suspicious/noExplicitAny: objects of any model
async function loaded(session: Session<PrismaClient>, model: string, args: object = {}): Promise<any[]> {
  return (await session.scalars(select(model as 'User', { orderBy: { id: 'asc' }, ...args }))).all()
}

const users = (session: Session<PrismaClient>, objects: number) =>
  rows(session, 'User', objects, (id) => ({ name: `user ${id}`, email: `${id}@example.org` }))

const posts = (session: Session<PrismaClient>, objects: number, authorId: (id: number) => number | null) =>
  rows(session, 'Post', objects, (id) => ({ title: `post ${id}`, authorId: authorId(id) }))

const plain: readonly Work[] = [
  work('insert', async (s, n, mark) => {
    mark()
    for (const id of numbers(n)) s.add('User', { name: `user ${id}` })
    await s.flush()
  }),

  work('insert parents, each with a child', async (s, n, mark) => {
    mark()
    for (const id of numbers(n / 2)) s.add('User', { name: `user ${id}`, posts: [{ title: 'post' }] })
    await s.flush()
  }),

  work('load', async (s, n, mark) => {
    await users(s, n)
    mark()
    await loaded(s, 'User')
  }),

  work('load again what was read before a commit', async (s, n, mark) => {
    await users(s, n)
    await loaded(s, 'User')
    s.expireAll()
    mark()
    await loaded(s, 'User')
  }),

  work('update', async (s, n, mark) => {
    await users(s, n)
    const all = await loaded(s, 'User')
    mark()
    for (const user of all) user.name += ' anew'
    await s.flush()
  }),

  work('delete', async (s, n, mark) => {
    await posts(s, n, () => null)
    const all = await loaded(s, 'Post')
    mark()
    for (const post of all) s.delete(post)
    await s.flush()
  }),

  work('get one by one', async (s, n, mark) => {
    await users(s, n)
    mark()
    for (const id of numbers(n)) await s.get('User', id)
  }),

  work('getMany', async (s, n, mark) => {
    await users(s, n)
    mark()
    await s.getMany('User', numbers(n))
  }),

  work('expunge one by one', async (s, n, mark) => {
    await users(s, n)
    const all = await loaded(s, 'User')
    mark()
    for (const user of all) s.expunge(user)
  }),

  work('merge a list', async (s, n, mark) => {
    mark()
    await s.merge('User', { name: 'user', posts: numbers(n).map((id) => ({ title: `post ${id}` })) })
  }),

  work('flush, and take back by a savepoint', async (s, n, mark) => {
    await users(s, n)
    const all = await loaded(s, 'User')
    mark()
    const savepoint = await s.beginNested()
    for (const user of all) user.name += ' anew'
    await s.flush()
    await savepoint.rollback()
  }),

  work('link, a tag to each post', async (s, n, mark) => {
    await rows(s, 'Tag', n, (id) => ({ label: `tag ${id}` }))
    await posts(s, n, () => null)
    const tags = await loaded(s, 'Tag')
    const all = await loaded(s, 'Post', { include: { tags: true } })
    mark()
    for (const [index, post] of all.entries()) post.tags.push(tags[index])
    await s.flush()
  }),
]

const lists: readonly Work[] = [
  work('move children between loaded lists', async (s, n, mark) => {
    await users(s, 2)
    await posts(s, n, () => 1)
    const [from, to] = await loaded(s, 'User', { include: { posts: true } })
    mark()
    for (const post of from.posts) to.posts.push(post)
    from.posts.length = 0
    await s.flush()
  }),

  work('new children of a parent whose list is loaded', async (s, n, mark) => {
    await users(s, 1)
    const [author] = await loaded(s, 'User', { include: { posts: true } })
    mark()
    for (const id of numbers(n)) s.add('Post', { title: `post ${id}`, author })
    await s.flush()
  }),

  work('one pushed onto a loaded list', async (s, n, mark) => {
    await users(s, 1)
    await posts(s, n, () => 1)
    const [author] = await loaded(s, 'User', { include: { posts: true } })
    mark()
    author.posts.push({ title: 'one more' })
    await s.flush()
  }),

  work('a loaded list replaced', async (s, n, mark) => {
    await users(s, 1)
    await posts(s, n, (id) => (id % 2 ? 1 : null))
    const [author] = await loaded(s, 'User', { include: { posts: true } })
    const others = await loaded(s, 'Post', { where: { authorId: null } })
    mark()
    author.posts = others
    await s.flush()
  }),

  work('children given a loaded parent', async (s, n, mark) => {
    await users(s, 1)
    await posts(s, n, () => null)
    const [author] = await loaded(s, 'User', { include: { posts: true } })
    const all = await loaded(s, 'Post')
    mark()
    for (const post of all) post.author = author
    await s.flush()
  }),

  work('children given to a loaded parent by a statement', async (s, n, mark) => {
    await users(s, 1)
    await posts(s, n, () => null)
    const [author] = await loaded(s, 'User', { include: { posts: true } })
    await loaded(s, 'Post')
    mark()
    await s.execute(update('Post', { data: { authorId: author.id } }))
  }),

  work('many links from the other side', async (s, n, mark) => {
    await rows(s, 'Tag', 1, () => ({ label: 'tag' }))
    await posts(s, n, () => null)
    const [tag] = await loaded(s, 'Tag', { include: { posts: true } })
    const all = await loaded(s, 'Post', { include: { tags: true } })
    mark()
    for (const post of all) post.tags.push(tag)
    await s.flush()
  }),
]

const keys: readonly Work[] = [
  work('keys of parents changed', async (s, n, mark) => {
    const half = n / 2
    const data = numbers(half).map((id) => ({ code: `code ${id}`, label: 'code' }))
    for (let at = 0; at < half; at += 5000) await s.code.createMany({ data: data.slice(at, at + 5000) })
    await rows(s, 'Use', half, (id) => ({ codeId: `code ${id}` }))
    const codes = await loaded(s, 'Code', { orderBy: { code: 'asc' } })
    await loaded(s, 'Use', { include: { code: true } })
    mark()
    for (const code of codes) code.code += ' anew'
    await s.flush()
  }),

  work('deletes that cascade', async (s, n, mark) => {
    await users(s, n / 2)
    await rows(s, 'Item', n / 2, (id) => ({ ownerId: id }))
    const all = await loaded(s, 'User')
    await loaded(s, 'Item')
    mark()
    for (const user of all) s.delete(user)
    await s.flush()
  }),

  work('delete a chain that is not cascaded', async (s, n, mark) => {
    await rows(s, 'Node', n, (id) => ({ name: `node ${id}`, parentId: id > 1 ? id - 1 : null }))
    const all = await loaded(s, 'Node')
    mark()
    for (const node of all) s.delete(node)
    await s.flush()
  }),

  work('insert a chain', async (s, n, mark) => {
    mark()
    let parent: object | null = null
    for (const id of numbers(n)) parent = s.add('Node', { name: `node ${id}`, parent: parent as never })
    await s.flush()
  }),

  work('delete, and add others with the same unique values', async (s, n, mark) => {
    await users(s, n / 2)
    const all = await loaded(s, 'User')
    mark()
    for (const user of all) s.delete(user)
    for (const { email } of all) s.add('User', { name: 'another', email })
    await s.flush()
  }),

  work('hand unique values from row to row', async (s, n, mark) => {
    await users(s, n)
    const all = await loaded(s, 'User')
    mark()
    const emails = all.map(({ email }) => email)
    for (const [index, user] of all.entries()) user.email = emails[index + 1] ?? 'last@example.org'
    await s.flush()
  }),

  work('insert pairs that point to each other', async (s, n, mark) => {
    mark()
    for (const _ of numbers(n / 2)) {
      const a = s.add('A', {})
      a.b = s.add('B', { a })
    }
    await s.flush()
  }),
]

/** Foreign keys to a unique that is not the key: Pet.ownerSlug. */
const uniques: readonly Work[] = [
  work(
    'foreign keys to a unique set',
    async (s, n, mark) => {
      const owners = await ownersWithPets(s, n / 2)
      const pets = await loaded(s, 'Pet', { include: { owner: true } })
      mark()
      for (const [index, pet] of pets.entries()) pet.ownerSlug = owners[(index + 1) % owners.length].slug
      await s.flush()
    },
    'edge',
  ),

  work(
    'uniques that children refer to changed',
    async (s, n, mark) => {
      const owners = await ownersWithPets(s, n / 2)
      await loaded(s, 'Pet', { include: { owner: true } })
      mark()
      for (const owner of owners) owner.slug += ' anew'
      await s.flush()
    },
    'edge',
  ),
]

async function ownersWithPets(session: Session<PrismaClient>, objects: number) {
  await rows(session, 'Owner', objects, (id) => ({ slug: `slug ${id}` }))
  await rows(session, 'Pet', objects, (id) => ({ name: `pet ${id}`, ownerSlug: `slug ${id}` }))
  return loaded(session, 'Owner', { include: { pets: true } })
}

export const works: readonly Work[] = [...plain, ...lists, ...keys, ...uniques]
