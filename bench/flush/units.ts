/** Units of work, each done in the ways that a program could do it. */
import type { Session } from '../../src/index.js'
import type { PrismaClient } from '../../test/helpers/clients.js'
import { createSession, select } from '../built.ts'
import type { ByHand, Tx } from './by-hand.ts'
import { type Mark, timed, timedInTransaction, type Way } from './ways.ts'

/** Rows of the bulk units; the database holds as many users, of the names `user 1` and on, and a post of each. */
export const rows = 1000

export interface UnitOfWork {
  readonly name: string
  readonly session: Way
  /** SQL written by hand, its rows one JSON parameter, through `$queryRaw`. */
  readonly byHand: Way
  /** Prisma's operations on many rows. */
  readonly many?: Way
  /** Prisma's operations on one row, in a loop. */
  readonly loop: Way
}

export function unitsOfWork(
  client: PrismaClient,
  hand: ByHand,
): Record<'insert' | 'update' | 'remove' | 'mixed', UnitOfWork> {
  const inSession = (work: (s: Session<PrismaClient>, mark: Mark) => Promise<unknown>): Way => sessionWay(client, work)
  const inTransaction =
    (work: (tx: Tx, mark: Mark) => Promise<unknown>): Way =>
    () =>
      timedInTransaction(client, work)
  const numbers = Array.from({ length: rows }, (_, index) => index + 1)
  const [third, two] = [numbers.slice(0, rows / 4), numbers.slice(rows / 4, rows / 2)]
  const newUsers = numbers.map((n) => ({ name: `new ${n}` }))

  return {
    insert: {
      name: `insert ${rows} users and a post of each`,
      session: inSession(async (s, mark) => {
        for (const n of numbers) s.add('User', { name: `new ${n}`, posts: [{ title: `post ${n}` }] })
        mark()
        await s.flush()
      }),
      byHand: inTransaction(async (tx) => {
        const users = await hand.insertUsers(tx, newUsers)
        await hand.insertPosts(
          tx,
          users.map(({ id }, index) => ({ title: `post ${index + 1}`, author: id })),
        )
      }),
      many: inTransaction(async (tx) => {
        const users = await tx.user.createManyAndReturn({ data: newUsers })
        await tx.post.createManyAndReturn({
          data: users.map(({ id }, index) => ({ title: `post ${index + 1}`, authorId: id })),
        })
      }),
      loop: inTransaction(async (tx) => {
        for (const n of numbers) {
          const { id } = await tx.user.create({ data: { name: `new ${n}` } })
          await tx.post.create({ data: { title: `post ${n}`, authorId: id } })
        }
      }),
    },

    update: {
      name: `load ${rows} users and give each a name of its own`,
      session: inSession(async (s, mark) => {
        for (const user of (await s.scalars(select('User'))).all()) user.name = `name ${user.id} anew`
        mark()
        await s.flush()
      }),
      byHand: inTransaction(async (tx, mark) => {
        const users = await tx.$queryRawUnsafe<{ id: number }[]>('SELECT * FROM "User"')
        mark()
        await hand.updateUsers(
          tx,
          users.map(({ id }) => ({ id, name: `name ${id} anew` })),
        )
      }),
      many: inTransaction(async (tx, mark) => {
        const users = await tx.user.findMany()
        mark()
        for (const { id } of users) await tx.user.updateMany({ where: { id }, data: { name: `name ${id} anew` } })
      }),
      loop: inTransaction(async (tx, mark) => {
        const users = await tx.user.findMany()
        mark()
        for (const { id } of users) await tx.user.update({ where: { id }, data: { name: `name ${id} anew` } })
      }),
    },

    remove: {
      name: `load and delete ${rows} posts`,
      session: inSession(async (s, mark) => {
        for (const post of (await s.scalars(select('Post'))).all()) s.delete(post)
        mark()
        await s.flush()
      }),
      byHand: inTransaction(async (tx, mark) => {
        const posts = await tx.$queryRawUnsafe<{ id: number }[]>('SELECT * FROM "Post"')
        mark()
        await hand.deletePosts(
          tx,
          posts.map(({ id }) => id),
        )
      }),
      many: inTransaction(async (tx, mark) => {
        const posts = await tx.post.findMany()
        mark()
        await tx.post.deleteMany({ where: { id: { in: posts.map(({ id }) => id) } } })
      }),
      loop: inTransaction(async (tx, mark) => {
        const posts = await tx.post.findMany()
        mark()
        for (const { id } of posts) await tx.post.delete({ where: { id } })
      }),
    },

    mixed: {
      name: `load ${rows} users, rename a quarter, insert ${rows / 4} with a post, delete ${rows / 4} posts`,
      session: inSession(async (s, mark) => {
        const users = (await s.scalars(select('User'))).all()
        for (const user of users.slice(0, rows / 4)) user.name = `name ${user.id} anew`
        for (const n of third) s.add('User', { name: `new ${n}`, posts: [{ title: `post ${n}` }] })
        for (const post of await s.noAutoflush(() => s.getMany('Post', two))) if (post) s.delete(post)
        mark()
        await s.flush()
      }),
      byHand: inTransaction(async (tx, mark) => {
        const users = await tx.$queryRawUnsafe<{ id: number }[]>('SELECT * FROM "User"')
        const posts = await hand.posts(tx, two)
        mark()
        await hand.updateUsers(
          tx,
          users.slice(0, rows / 4).map(({ id }) => ({ id, name: `name ${id} anew` })),
        )
        const made = await hand.insertUsers(tx, newUsers.slice(0, rows / 4))
        await hand.insertPosts(
          tx,
          made.map(({ id }, index) => ({ title: `post ${index + 1}`, author: id })),
        )
        await hand.deletePosts(
          tx,
          posts.map(({ id }) => id),
        )
      }),
      loop: inTransaction(async (tx, mark) => {
        const users = await tx.user.findMany()
        mark()
        for (const { id } of users.slice(0, rows / 4))
          await tx.user.update({ where: { id }, data: { name: `name ${id} anew` } })
        for (const n of third) {
          const { id } = await tx.user.create({ data: { name: `new ${n}` } })
          await tx.post.create({ data: { title: `post ${n}`, authorId: id } })
        }
        for (const id of two) await tx.post.delete({ where: { id } })
      }),
    },
  }
}

/** The session's work in a transaction that is open already, and taken back. */
function sessionWay(client: PrismaClient, work: (s: Session<PrismaClient>, mark: Mark) => Promise<unknown>): Way {
  return async () => {
    await using s = createSession(client)
    await s.connection()
    const times = await timed((mark) => work(s, mark))
    await s.rollback()
    return times
  }
}
