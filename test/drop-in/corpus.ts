/**
 * Programs written for PrismaClient, run on clients and on sessions alike. Each begins on the rows of `seed` and returns
 * what it has read.
 */
import { Prisma } from '../../generated/test/client.ts'
import type { PrismaClient } from '../helpers/clients.js'
import type { DatabaseName } from '../helpers/databases.js'

export type Program = (p: PrismaClient) => unknown

/** A client that emits its queries. */
interface Listening {
  $on(event: 'query', listener: (event: { query: string }) => void): unknown
}

export interface Case {
  readonly run: Program
  /** Only on these databases: the others lack it. */
  readonly databases?: readonly DatabaseName[]
}

export async function seed(p: PrismaClient): Promise<void> {
  await p.user.createMany({
    data: [
      { name: 'ada', email: 'ada@example.org', kind: 'admin' },
      { name: 'bob', email: 'bob@example.org', inviterId: 1 },
      { name: 'eve', inviterId: 1 },
    ],
  })
  await p.profile.create({ data: { bio: 'first', userId: 1 } })
  await p.post.create({ data: { title: 'one', authorId: 1, tags: { create: [{ label: 'x' }, { label: 'y' }] } } })
  await p.post.create({ data: { title: 'two', body: 'text', authorId: 1, tags: { connect: { id: 1 } } } })
  await p.post.create({ data: { title: 'three', authorId: 2 } })
  await p.item.createMany({ data: [{ ownerId: 1, label: 'a' }, { ownerId: 1 }, { ownerId: 2, label: 'c' }] })
  await p.pair.create({ data: { x: 1, y: 2, z: 'first', legs: { create: { note: 'left' } } } })
  await p.code.create({ data: { code: 'de', label: 'Germany', uses: { create: {} } } })
  await p.code.create({ data: { code: 'fr', label: 'France' } })
  await p.everything.create({
    data: {
      id: 9007199254740993n,
      int: 7,
      float: 0.5,
      decimal: '12.340',
      bool: true,
      text: 'ä',
      at: new Date('2026-01-02T03:04:05.678Z'),
      bytes: new Uint8Array([0, 1, 255]),
      json: { a: [1, null, { b: 'c' }] },
      mood: 'HAPPY',
    },
  })
  await p.everything.create({ data: { id: 2n, json: Prisma.JsonNull } })
}

/** They write nothing, and share one database. */
export const reads: Readonly<Record<string, Program>> = {
  findMany: (p) => p.user.findMany(),
  'findMany where, orderBy, skip, take': (p) =>
    p.user.findMany({
      where: { OR: [{ name: { contains: 'a' } }, { email: null }] },
      orderBy: { name: 'desc' },
      skip: 1,
      take: 1,
    }),
  'findMany cursor': (p) => p.user.findMany({ cursor: { id: 2 }, take: 2, orderBy: { id: 'asc' } }),
  'findMany take backwards': (p) => p.user.findMany({ cursor: { id: 3 }, take: -2, orderBy: { id: 'asc' } }),
  'findMany distinct': (p) => p.item.findMany({ distinct: ['ownerId'], orderBy: { id: 'asc' } }),
  'findMany include': (p) =>
    p.user.findMany({ include: { posts: { include: { tags: true } }, profile: true, inviter: true } }),
  'findMany select, nested': (p) =>
    p.user.findMany({ select: { name: true, posts: { select: { title: true }, orderBy: { title: 'asc' } } } }),
  'findMany omit': (p) => p.user.findMany({ omit: { email: true } }),
  'findMany _count': (p) =>
    p.user.findMany({ include: { _count: { select: { posts: true, items: { where: { label: 'a' } } } } } }),
  'findMany relation filters': (p) =>
    p.user.findMany({ where: { posts: { some: { tags: { every: { label: 'x' } } } }, profile: { isNot: null } } }),
  'findMany order by relation': (p) => p.post.findMany({ orderBy: [{ author: { name: 'desc' } }, { id: 'asc' }] }),
  'findMany order by count': (p) => p.user.findMany({ orderBy: { posts: { _count: 'desc' } }, take: 2 }),
  'findMany nulls last': (p) => p.user.findMany({ orderBy: { email: { sort: 'asc', nulls: 'last' } } }),
  'findMany field references': (p) => p.user.findMany({ where: { name: { equals: p.user.fields.name } } }),
  'every type': (p) => p.everything.findMany({ orderBy: { id: 'asc' } }),
  'every type, filters': (p) =>
    p.everything.findMany({
      where: { decimal: { gt: 12 }, at: { lte: new Date('2026-01-03') }, mood: { in: ['HAPPY'] }, id: { gt: 1n } },
    }),
  'undefined in a condition': (p) => p.user.findMany({ where: { name: undefined, email: undefined } }),
  findFirst: (p) => p.user.findFirst({ where: { kind: 'plain' }, orderBy: { id: 'desc' } }),
  'findFirst nothing': (p) => p.user.findFirst({ where: { name: 'nobody' } }),
  findFirstOrThrow: (p) => p.user.findFirstOrThrow({ where: { name: 'nobody' } }),
  findUnique: (p) => p.user.findUnique({ where: { email: 'ada@example.org' }, include: { items: true } }),
  'findUnique composite': (p) => p.pair.findUnique({ where: { x_y: { x: 1, y: 2 } }, include: { legs: true } }),
  'findUnique nothing': (p) => p.user.findUnique({ where: { id: 99 } }),
  'findUnique with more conditions': (p) => p.user.findUnique({ where: { id: 1, name: 'bob' } }),
  findUniqueOrThrow: (p) => p.user.findUniqueOrThrow({ where: { id: 99 } }),
  count: (p) => p.user.count({ where: { kind: 'plain' } }),
  'count select': (p) => p.user.count({ select: { _all: true, email: true } }),
  aggregate: (p) =>
    p.item.aggregate({ _max: { label: true }, _avg: { ownerId: true }, _count: true, where: { id: { lt: 3 } } }),
  'aggregate of every type': (p) =>
    p.everything.aggregate({ _sum: { decimal: true, int: true, id: true }, _min: { at: true } }),
  groupBy: (p) => p.item.groupBy({ by: ['ownerId'], _count: { _all: true }, orderBy: { ownerId: 'asc' } }),
  'groupBy having': (p) =>
    p.item.groupBy({
      by: ['ownerId'],
      _count: true,
      having: { ownerId: { _count: { gt: 1 } } },
      orderBy: { ownerId: 'asc' },
    }),
  'fluent: one to many': (p) => p.user.findUnique({ where: { id: 1 } }).posts({ orderBy: { id: 'desc' } }),
  'fluent: to one and on': (p) =>
    p.post
      .findUnique({ where: { id: 3 } })
      .author()
      .inviter(),
  'fluent: nothing there': (p) => p.user.findUnique({ where: { id: 99 } }).posts(),
  'fluent: OrThrow': (p) => p.user.findUniqueOrThrow({ where: { id: 99 } }).profile(),
  'fluent: findFirst': (p) => p.user.findFirst({ where: { name: 'ada' } }).profile({ select: { bio: true } }),
  'several at once': (p) =>
    Promise.all([p.user.findUnique({ where: { id: 1 } }), p.user.findUnique({ where: { id: 2 } }), p.post.count()]),
  'several at once, one fails': (p) =>
    Promise.allSettled([
      p.user.findUniqueOrThrow({ where: { id: 1 } }),
      p.user.findUniqueOrThrow({ where: { id: 77 } }),
    ]).then((all) => all.map(({ status }) => status)),
  'then, catch, finally': async (p) => {
    const seen: unknown[] = []
    await p.user.count().then((count) => seen.push(count))
    await p.user.findFirstOrThrow({ where: { id: 0 } }).catch((error: { code: string }) => seen.push(error.code))
    await p.user.count().finally(() => seen.push('finally'))
    return seen
  },
  'awaited twice': async (p) => {
    const call = p.user.findMany({ where: { id: 1 } })
    return [await call, await call]
  },
  'the promise, looked at': (p) => {
    const call = p.user.findMany()
    return [Object.prototype.toString.call(call), typeof call.then, call[Symbol.toStringTag]]
  },
  'a method taken off its delegate': (p) => {
    const { findMany, count } = p.user
    return Promise.all([findMany({ take: 1 }), count()])
  },
  $queryRaw: (p) => p.$queryRaw`SELECT "name", "id" FROM "User" WHERE "id" < ${3} ORDER BY "id"`,
  '$queryRaw Prisma.sql': (p) =>
    p.$queryRaw(
      Prisma.sql`SELECT "name" FROM "User" WHERE "id" IN (${Prisma.join([1, 2])}) ORDER BY ${Prisma.raw('"id"')}`,
    ),
  $queryRawUnsafe: (p) => p.$queryRawUnsafe('SELECT COUNT(*) AS "n" FROM "User"'),
  '$queryRaw nothing': (p) => p.$queryRaw`SELECT "id" FROM "User" WHERE "id" = 99`,
  '$transaction of an array': (p) =>
    p.$transaction([p.user.count(), p.user.findFirst({ where: { id: 2 } }), p.$queryRaw`SELECT 1 AS "one"`]),
  '$transaction of an empty array': (p) => p.$transaction([]),
  '$transaction of fluent calls': (p) =>
    p.$transaction([p.user.findUnique({ where: { id: 1 } }).posts(), p.post.findUnique({ where: { id: 1 } }).tags()]),
  '$transaction of a function': (p) => p.$transaction(async (tx) => [await tx.user.count(), await tx.post.count()]),
  '$transaction with options': (p) =>
    p.$transaction(async (tx) => tx.user.count(), { isolationLevel: 'Serializable', maxWait: 5000, timeout: 20_000 }),
  'unknown field': (p) => p.user.findMany({ where: { nope: 1 } as never }),
  'wrong type': (p) => p.user.findMany({ where: { id: 'one' as never } }),
  'missing argument': (p) => p.user.findUnique({} as never),
  'select and include': (p) => p.user.findMany({ select: { id: true }, include: { posts: true } } as never),
  'include of a scalar': (p) => p.user.findMany({ include: { name: true } as never }),
  'wrong order': (p) => p.user.findMany({ orderBy: { name: 'up' as never } }),
  'cursor that is not there': (p) => p.user.findMany({ cursor: { id: 99 }, take: 2 }),
  'delegates, looked at': (p) => [
    'user' in p,
    'nope' in p,
    typeof p.user.findMany,
    typeof (p.user as unknown as Record<string, unknown>).nope,
    Object.keys(p.user.fields).join(),
    typeof p.$transaction,
    typeof (p as unknown as Record<string, unknown>).nope,
  ],
  $connect: async (p) => [await p.$connect(), await p.user.count()],
}

/** Each has a database of its own. */
export const writes: Readonly<Record<string, Case>> = {
  create: { run: (p) => p.user.create({ data: { name: 'new' } }) },
  'create with select': { run: (p) => p.user.create({ data: { name: 'new' }, select: { id: true, kind: true } }) },
  'create with nested rows': {
    run: (p) =>
      p.user.create({
        data: {
          name: 'new',
          profile: { create: { bio: 'b' } },
          posts: { create: [{ title: 't', tags: { connectOrCreate: { where: { id: 1 }, create: { label: 'z' } } } }] },
          inviter: { connect: { email: 'ada@example.org' } },
        },
        include: { posts: { include: { tags: true } }, profile: true },
      }),
  },
  'create with a taken unique value': {
    run: (p) => p.user.create({ data: { name: 'new', email: 'ada@example.org' } }),
  },
  'create with a foreign key to a missing row': { run: (p) => p.item.create({ data: { ownerId: 99 } }) },
  'create connected to a missing row': {
    run: (p) => p.post.create({ data: { title: 't', author: { connect: { id: 99 } } } }),
  },
  'create without a required field': { run: (p) => p.user.create({ data: {} as never }) },
  'create with null in a required field': { run: (p) => p.user.create({ data: { name: null as never } }) },
  'create with every type': {
    run: (p) =>
      p.everything.create({
        data: {
          id: 5n,
          decimal: new Prisma.Decimal('0.1'),
          at: '2026-01-02T03:04:05Z',
          json: [1, 'two'],
          bytes: new Uint8Array([7]),
          mood: 'SAD',
        },
      }),
  },
  createMany: { run: (p) => p.user.createMany({ data: [{ name: 'b' }, { name: 'c' }] }) },
  'createMany with skipDuplicates': {
    run: (p) =>
      p.user.createMany({
        data: [{ name: 'b', email: 'ada@example.org' }, { name: 'c' }],
        skipDuplicates: true,
      } as never),
    databases: ['postgresql'],
  },
  createManyAndReturn: {
    run: (p) => p.user.createManyAndReturn({ data: [{ name: 'b' }, { name: 'c' }], select: { id: true, name: true } }),
  },
  'createManyAndReturn with a taken unique value': {
    run: (p) => p.user.createManyAndReturn({ data: [{ name: 'b' }, { name: 'c', email: 'ada@example.org' }] }),
  },
  update: { run: (p) => p.user.update({ where: { id: 1 }, data: { name: 'changed' } }) },
  'update with nested rows': {
    run: (p) =>
      p.user.update({
        where: { id: 1 },
        data: {
          posts: {
            update: { where: { id: 1 }, data: { title: 'changed', tags: { disconnect: { id: 1 } } } },
            delete: { id: 2 },
          },
          profile: { upsert: { create: { bio: 'c' }, update: { bio: 'u' } } },
          items: { deleteMany: { label: 'a' }, updateMany: { where: {}, data: { label: 'all' } } },
        },
        include: { posts: { include: { tags: true } }, profile: true, items: true },
      }),
  },
  'update with number operations': {
    run: (p) =>
      p.everything.update({
        where: { id: 9007199254740993n },
        data: { int: { increment: 2 }, decimal: { multiply: 2 } },
      }),
  },
  'update with set': {
    run: (p) => p.post.update({ where: { id: 1 }, data: { tags: { set: [{ id: 2 }] } }, include: { tags: true } }),
  },
  'update of a missing row': { run: (p) => p.user.update({ where: { id: 99 }, data: { name: 'x' } }) },
  'update to a taken unique value': {
    run: (p) => p.user.update({ where: { id: 2 }, data: { email: 'ada@example.org' } }),
  },
  'update of a key that cascades': {
    run: (p) => p.code.update({ where: { code: 'de' }, data: { code: 'at' }, include: { uses: true } }),
  },
  updateMany: { run: (p) => p.user.updateMany({ where: { kind: 'plain' }, data: { kind: 'changed' } }) },
  'updateMany with limit': {
    run: (p) => p.user.updateMany({ where: { name: { gt: 'bob' } }, data: { kind: 'changed' }, limit: 1 }),
  },
  updateManyAndReturn: {
    run: (p) =>
      p.user.updateManyAndReturn({
        where: { inviterId: 1 },
        data: { kind: 'changed' },
        select: { id: true, kind: true },
      }),
  },
  'upsert of an existing row': {
    run: (p) => p.user.upsert({ where: { email: 'ada@example.org' }, create: { name: 'n' }, update: { name: 'u' } }),
  },
  'upsert of a missing row': {
    run: (p) =>
      p.user.upsert({
        where: { email: 'new@example.org' },
        create: { name: 'n', email: 'new@example.org' },
        update: {},
        include: { posts: true },
      }),
  },
  delete: { run: (p) => p.user.delete({ where: { id: 1 }, include: { posts: true } }) },
  'delete of a missing row': { run: (p) => p.user.delete({ where: { id: 99 } }) },
  'delete of a restricted row': { run: (p) => p.code.delete({ where: { code: 'de' } }) },
  'delete by a composite key': { run: (p) => p.pair.delete({ where: { x_y: { x: 1, y: 2 } } }) },
  deleteMany: { run: (p) => p.post.deleteMany({ where: { authorId: 1 } }) },
  'deleteMany of every row': { run: (p) => p.item.deleteMany() },
  $executeRaw: { run: (p) => p.$executeRaw`UPDATE "User" SET "kind" = ${'raw'} WHERE "id" <= ${2}` },
  $executeRawUnsafe: { run: (p) => p.$executeRawUnsafe(`UPDATE "User" SET "kind" = 'raw'`) },
  '$executeRaw with invalid SQL': { run: (p) => p.$executeRaw`UPDATE "Nobody" SET "kind" = 'raw'` },
  '$executeRaw with a taken unique value': { run: (p) => p.$executeRaw`UPDATE "User" SET "email" = 'same'` },
  'a call that is never awaited and never sent': {
    run: async (p) => {
      void p.user.deleteMany()
      void p.user.create({ data: { name: 'lazy' } })
      await new Promise((resolve) => setTimeout(resolve, 20))
      return p.user.count()
    },
  },
  'a call awaited twice and sent once': {
    run: async (p) => {
      const call = p.user.create({ data: { name: 'once' } })
      const both = [await call, await call]
      return [both, await p.user.count()]
    },
  },
  'a fluent call after a write': {
    run: async (p) => [
      await p.user.update({ where: { id: 1 }, data: { name: 'x' } }).posts(),
      await p.post.create({ data: { title: 't', authorId: 2 } }).author(),
    ],
  },
  'an error that the program handles': {
    run: async (p) => {
      const code = await p.user
        .create({ data: { name: 'x', email: 'ada@example.org' } })
        .catch((error: { code: string }) => error.code)
      return [code, await p.user.count()]
    },
    databases: ['better-sqlite3'],
  },
  '$transaction of an array that writes': {
    run: (p) =>
      p.$transaction([
        p.user.create({ data: { name: 'a' } }),
        p.user.update({ where: { id: 1 }, data: { name: 'b' } }),
        p.user.count(),
      ]),
  },
  '$transaction of an array in which a call fails': {
    run: (p) =>
      p.$transaction([
        p.user.deleteMany({ where: { id: 3 } }),
        p.user.create({ data: { name: 'x', email: 'ada@example.org' } }),
      ]),
  },
  '$transaction of a function that writes': {
    run: (p) =>
      p.$transaction(async (tx) => {
        const { id } = await tx.user.create({ data: { name: 'in' } })
        await tx.post.create({ data: { title: 'of it', authorId: id } })
        return tx.user.findMany({ where: { id }, include: { posts: true } })
      }),
  },
  '$transaction of a function that throws': {
    run: (p) =>
      p.$transaction(async (tx) => {
        await tx.user.deleteMany({ where: { id: 3 } })
        throw new RangeError('undone')
      }),
  },
  '$transaction of a function in which a call fails': {
    run: (p) =>
      p.$transaction(async (tx) => {
        await tx.item.deleteMany()
        await tx.user.create({ data: { name: 'x', email: 'ada@example.org' } })
      }),
  },
  '$transaction inside $transaction': {
    run: (p) =>
      p.$transaction(async (tx) => {
        await tx.user.create({ data: { name: 'outer' } })
        const nested = tx as unknown as PrismaClient
        await nested
          .$transaction(async (inner) => {
            await inner.user.create({ data: { name: 'inner' } })
            throw new RangeError('only the inner one')
          })
          .catch(() => {})
        return tx.user.count()
      }),
  },
  'writes made at once': {
    run: async (p) => {
      await Promise.all(['a', 'a', 'a'].map((name) => p.user.create({ data: { name } })))
      return p.user.findMany({ where: { name: 'a' }, orderBy: { id: 'asc' } })
    },
  },
  '$on(query)': {
    run: async (p) => {
      const seen: string[] = []
      const chained = (p as unknown as Listening).$on('query', ({ query }) => seen.push(query))
      await p.user.count()
      return [seen.filter((query) => query.includes('COUNT(*)')).length, typeof chained]
    },
  },
  'calls after $disconnect': {
    run: async (p) => {
      await p.user.count()
      const nothing = await p.$disconnect()
      return [nothing, await p.item.count()]
    },
  },
  '$extends in the program': {
    run: async (p) => {
      const extended = p.$extends({
        result: { user: { first: { needs: { name: true }, compute: ({ name }) => name[0] } } },
        query: { item: { findMany: ({ args, query }) => query({ ...args, take: 1 }) } },
      })
      const [user] = await extended.user.findMany({ where: { id: 2 }, select: { first: true } })
      const items = await extended.item.findMany()
      await extended.$disconnect() // of a session it is one of its own
      return [user?.first, items, 'first' in ((await p.user.findFirst()) ?? {})]
    },
    databases: ['postgresql'],
  },
  'reads after writes': {
    run: async (p) => {
      await p.user.update({ where: { id: 1 }, data: { name: 'x' } })
      const seen = await p.user.findMany({ orderBy: { id: 'asc' } })
      await p.user.deleteMany({ where: { id: 2 } })
      return [seen, await p.user.count()]
    },
  },
}
