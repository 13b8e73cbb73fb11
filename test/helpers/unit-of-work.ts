import { type AsyncSession, select, update } from '../../src/index.js'
import type { PrismaClient } from './clients.js'

type Session = AsyncSession<PrismaClient>

/** Rows by their own names: users by email with their name, posts by title with the email of their author. */
export interface World {
  readonly users: ReadonlyMap<string, string>
  readonly posts: ReadonlyMap<string, string | null>
}

export const actions = [
  ...(['add', 'add', 'addPost', 'rename', 'rename', 'delete', 'flush', 'create', 'createTwo'] as const),
  ...(['bulk', 'raw', 'read', 'refresh', 'nest', 'release', 'undo'] as const),
]
export type Action = readonly [name: (typeof actions)[number], a: number, b: number]

export async function worldOf(client: PrismaClient): Promise<World> {
  const users = await client.user.findMany({ orderBy: { email: 'asc' } })
  const posts = await client.post.findMany({ include: { author: true }, orderBy: { title: 'asc' } })
  return {
    users: new Map(users.map(({ email, name }) => [email as string, name])),
    posts: new Map(posts.map(({ title, author }) => [title, author?.email ?? null])),
  }
}

/** In an order of its own, to be compared. */
export function rowsOf({ users, posts }: World): unknown {
  const sorted = (map: ReadonlyMap<string, unknown>) => [...map].sort(([a], [b]) => (a < b ? -1 : 1))
  return { users: sorted(users), posts: sorted(posts) }
}

/** Carries actions out on a session, and knows what they make of the rows. */
export class UnitOfWork {
  readonly #s: Session
  readonly #prefix: string
  readonly #savepoints: { readonly handle: { commit(): unknown; rollback(): unknown }; readonly world: World }[] = []
  #users: Map<string, string>
  #posts: Map<string, string | null>
  #count = 0

  constructor(s: Session, prefix: string, before: World) {
    this.#s = s
    this.#prefix = prefix
    this.#users = new Map(before.users)
    this.#posts = new Map(before.posts)
  }

  /** The rows as they are once this has been committed. */
  get world(): World {
    return { users: new Map(this.#users), posts: new Map(this.#posts) }
  }

  async play([action, a, b]: Action): Promise<void> {
    const s = this.#s
    const email = [...this.#users.keys()][a % Math.max(this.#users.size, 1)]
    const made = `${this.#prefix}${++this.#count}`
    switch (action) {
      case 'add':
        s.add('User', { email: made, name: made })
        this.#users.set(made, made)
        return
      case 'addPost': {
        const author = email === undefined ? null : await s.getOne('User', { email })
        s.add('Post', { title: made, author })
        this.#posts.set(made, email ?? null)
        return
      }
      case 'create':
        await s.user.create({ data: { email: made, name: made } })
        this.#users.set(made, made)
        return
      case 'createTwo':
        await s.user.create({ data: { email: made, name: made, posts: { create: { title: made } } } })
        this.#users.set(made, made)
        this.#posts.set(made, made)
        return
      case 'rename':
        if (email === undefined) return
        ;(await s.getOne('User', { email })).name = made
        this.#users.set(email, made)
        return
      case 'bulk':
        if (email === undefined) return
        await s.execute(update('User', { where: { email }, data: { name: made } }))
        this.#users.set(email, made)
        return
      case 'delete': {
        if (email === undefined) return
        await s.delete(await s.getOne('User', { email }))
        this.#users.delete(email)
        for (const [title, author] of this.#posts) if (author === email) this.#posts.set(title, null)
        return
      }
      case 'flush':
        return s.flush()
      case 'raw':
        await s.$queryRawUnsafe('SELECT 1')
        return
      case 'read':
        ;(await s.scalars(select('User'))).all()
        return
      case 'refresh':
        if (email !== undefined) await s.refresh(await s.getOne('User', { email }), ['name', 'posts'])
        return
      case 'nest':
        if (this.#savepoints.length < 2 + (b % 2)) {
          const { world } = this
          this.#savepoints.push({ handle: await s.beginNested(), world })
        }
        return
      case 'release':
        await this.#savepoints.pop()?.handle.commit()
        return
      case 'undo': {
        const savepoint = this.#savepoints.pop()
        if (!savepoint) return
        await savepoint.handle.rollback()
        this.#users = new Map(savepoint.world.users)
        this.#posts = new Map(savepoint.world.posts)
      }
    }
  }
}
