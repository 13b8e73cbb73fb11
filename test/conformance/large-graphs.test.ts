// Chains far deeper than a stack, and lists with more members than a call takes arguments. The core does no I/O, so that one
// database is enough where nothing is said of others.
import { inspect, makeTransient, select } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { mk } from '../helpers/entities.js'
import { related } from '../helpers/related.js'

const levels = 10_000
const members = 150_000
const anywhere = { databases: ['better-sqlite3'] } as const

interface Chained {
  id?: number
  name: string
  parentId?: number | null
  parent?: Chained | null
}

/** The innermost of a chain, whose parents stand in one another. */
function chain(length: number, at: (level: number) => Partial<Chained> = () => ({})): Chained {
  let node: Chained | null = null
  for (let level = 1; level <= length; level++) node = { name: `level ${level}`, parent: node, ...at(level) }
  return node as Chained
}

behaviour(
  'a chain of new objects is added and rolled back, however deep it is',
  async (t, x) => {
    const leaf = x.s.add('Node', chain(levels) as never)
    t.is(x.s.new.size, levels)
    await x.s.rollback()
    t.is(inspect(leaf).state, 'transient')
    x.s.addAll('Node', [leaf])
    t.is(x.s.new.size, levels)
    x.s.expunge(leaf)
    t.is(x.s.new.size, levels - 1)
  },
  anywhere,
)

behaviour(
  'a deep chain is written, loaded again and deleted level by level',
  async (t, x) => {
    const depth = 1500
    const leaf = x.s.add('Node', chain(depth) as never)
    await x.s.commit()
    t.is(await x.s.node.count(), depth)
    t.is(await x.s.node.count({ where: { parentId: null } }), 1)
    x.s.expungeAll()
    makeTransient(leaf)
    const nodes = (await x.s.scalars(select('Node'))).all()
    for (const node of nodes) x.s.delete(node)
    await x.s.commit()
    t.is(await x.raw.node.count(), 0)
  },
  { ...anywhere, modes: ['async'] },
)

behaviour(
  'a deep chain of new objects is merged, parents before children',
  async (t, x) => {
    const merged = (await x.s.merge('Node', chain(levels) as never)) as Chained
    t.is(x.s.new.size, levels)
    let depth = 0
    for (let node: Chained | null | undefined = merged; node; node = node.parent) depth++
    t.is(depth, levels)
    await x.s.rollback()
    t.is(x.s.new.size, 0)
  },
  anywhere,
)

behaviour(
  'a deeply nested row is attached, expired and expunged',
  async (t, x) => {
    const row = chain(levels, (level) => ({ id: level, parentId: level > 1 ? level - 1 : null }))
    const leaf = x.s.attach('Node', row as never) as Chained
    t.is([...x.s].length, levels)
    let depth = 0
    for (let node: Chained | null | undefined = leaf; node; node = node.parent) depth++
    t.is(depth, levels)
    t.is(x.s.dirty.size, 0)
    x.s.expireAll()
    x.s.expungeAll()
    t.is([...x.s].length, 0)
  },
  anywhere,
)

behaviour(
  'a list of very many members is put back by rollbacks and refresh',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
    const user = await x.s.getOne('User', id, { include: { posts: true } })
    const posts = Array.from({ length: members }, (_, index) => ({
      ...{ id: index + 1, title: 'post', body: null, authorId: id },
    }))
    x.s.expunge(user)
    const loaded = x.s.attach('User', { ...user, posts } as never) as { posts: object[] }
    const list = loaded.posts
    t.is(list.length, members)

    const savepoint = await x.s.beginNested()
    list.length = 3
    await savepoint.rollback()
    t.is(loaded.posts, list)
    t.is(list.length, members)

    list.length = 3
    await x.s.rollback()
    t.is(list.length, members)

    list.length = 3
    await x.s.refresh(loaded as never, ['posts'])
    t.is(loaded.posts.length, 0) // the rows were never there
  },
  anywhere,
)

behaviour(
  'very many new members of a list are gathered by one flush',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
    const user = await x.s.getOne('User', id, { include: { posts: true } })
    for (let index = 0; index < 20_000; index++) user.posts.push(mk('Post', { title: 'post' }) as never)
    await x.s.commit()
    t.is(await x.raw.post.count({ where: { authorId: id } }), 20_000)
  },
  { ...anywhere, modes: ['async'] },
)

related(
  'a cascade through a deep chain of loaded objects deletes them in memory as in the database',
  async (t, x) => {
    const depth = x.database === 'postgresql' ? 3000 : 900 // SQLite carries a cascade over a thousand levels
    const data = Array.from({ length: depth }, (_, index) => ({ id: index + 1, parentId: index || null }))
    for (let at = 0; at < depth; at += 500) await x.raw.branch.createMany({ data: data.slice(at, at + 500) })
    const branches = (await x.session.scalars(select('Branch', { orderBy: { id: 'asc' } }))).all()
    x.session.delete(branches[0] as object)
    await x.session.commit()
    t.true(branches.every((branch) => inspect(branch).wasDeleted))
    t.is(await x.raw.branch.count(), 0)
  },
  { databases: ['postgresql', 'better-sqlite3'], modes: ['async'] },
)
