// Writes of a client with relationMode = "prisma", which does what foreign keys would.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaClient } from '../../generated/emulated/client.ts'
import { createSession } from '../../src/index.js'
import { root } from '../helpers/project.js'
import { testOnce } from '../helpers/test-on.js'

testOnce('a delete that an emulated relation refuses names the relation that Prisma’s delete() names', async (t) => {
  const client = new PrismaClient({ adapter: new PrismaBetterSqlite3({ url: ':memory:' }) })
  t.teardown(() => client.$disconnect())
  const ddl = readFileSync(join(root, 'generated/emulated.sql'), 'utf8')
  for (const statement of ddl.split(';')) if (statement.trim()) await client.$executeRawUnsafe(statement)
  await client.owner.create({ data: { id: 1, apple: { create: {} }, zebra: { create: {} } } })
  await client.owner.create({ data: { id: 2, apple: { create: {} } } })
  await client.owner.create({ data: { id: 3 } })
  for (const ids of [[1], [2], [3, 2]]) {
    const { id } = await client.owner.findFirstOrThrow({ where: { id: Math.min(...ids) } })
    const own = await t.throwsAsync(client.owner.delete({ where: { id } }))
    const session = createSession(client)
    for (const owner of await session.getMany('Owner', ids)) await session.delete(owner as object)
    const refused = await t.throwsAsync(session.flush())
    t.like(refused, { code: 'P2014', meta: (own as unknown as { meta: object }).meta })
    await session.close()
  }
  t.is(await client.owner.count(), 3)
})
