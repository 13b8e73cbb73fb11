import { createSession, select } from '../src/index.js'
import { databases } from '../test/helpers/databases.js'

const row = databases.find((d) => d.name === (process.argv[2] ?? 'better-sqlite3'))!
const kind = process.argv[3] ?? 'insert'
const database = await row.create('test')
const client = database.connect()
const ids = Array.from({ length: 1000 }, (_, i) => i + 1)
await client.user.createMany({ data: ids.map((id) => ({ id, name: `user ${id}` })) })
await client.post.createMany({ data: ids.map((id) => ({ id, title: `post ${id}`, authorId: id })) })
for (const table of ['User', 'Post'])
  await client.$executeRawUnsafe(`SELECT setval(pg_get_serial_sequence('"${table}"', 'id'), 100000)`).catch(() => {})
const T: Record<string, number[]> = {}
const t = (k: string, ms: number) => (T[k] ??= []).push(ms)
for (let n = 0; n < Number(process.argv[4] ?? 60); n++) {
  const s = createSession(client) as any
  await s.connection()
  let a = performance.now()
  const mark = (k: string) => {
    const b = performance.now()
    t(k, b - a)
    a = b
  }
  if (kind === 'insert') {
    for (const n of ids) s.add('User', { name: `new ${n}`, posts: [{ title: `post ${n}` }] })
    mark('add')
  } else if (kind === 'update') {
    const u = (await s.scalars(select('User'))).all()
    mark('load')
    for (const x of u) x.name = `name ${x.id} anew`
    mark('assign')
  } else if (kind === 'delete') {
    const u = (await s.scalars(select('Post'))).all()
    mark('load')
    for (const x of u) s.delete(x)
    mark('delete')
  } else {
    for (let i = 0; i < 20; i++) {
      s.add('User', { name: 'x' })
      await s.flush()
    }
    mark('one')
    for (let i = 0; i < 20; i++) await s.flush()
    mark('empty flush')
    if (kind === 'all')
      await client
        .$transaction(async (tx) => {
          a = performance.now()
          for (let i = 0; i < 100; i++) await tx.user.create({ data: { name: 'x' } })
          mark('create')
          for (let i = 0; i < 100; i++)
            await tx.$queryRawUnsafe(`INSERT INTO "User" ("name", "kind") VALUES ('x', 'plain') RETURNING *`)
          mark('raw')
          throw new Error('x')
        })
        .catch(() => {})
  }
  await s.flush()
  mark('flush')
  await s.rollback()
  await s.close()
}
for (const [k, v] of Object.entries(T)) {
  v.sort((a, b) => a - b)
  console.log(k, v[v.length >> 1]!.toFixed(2), v[0]!.toFixed(2))
}
process.exit()
