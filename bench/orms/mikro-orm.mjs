/** MikroORM 7: told over IPC which unit of work to do, answers with its milliseconds. Everything is taken back. */
import { defineEntity, MikroORM, p } from '@mikro-orm/postgresql'

const User = defineEntity({
  name: 'User',
  tableName: 'User',
  properties: {
    id: p.integer().primary(),
    name: p.string(),
    email: p.string().nullable(),
    kind: p.string().default('plain'),
  },
})
const Post = defineEntity({
  name: 'Post',
  tableName: 'Post',
  properties: {
    id: p.integer().primary(),
    title: p.string(),
    body: p.string().nullable(),
    author: () => p.manyToOne(User).fieldName('authorId').nullable(),
  },
})

const { url, rows } = JSON.parse(process.argv[2])
const orm = await MikroORM.init({ clientUrl: url, entities: [User, Post], ensureDatabase: false })
const numbers = Array.from({ length: rows }, (_, index) => index + 1)

const units = {
  async insert(em) {
    for (const n of numbers)
      em.create(Post, { title: `post ${n}`, author: em.create(User, { name: `new ${n}`, kind: 'plain' }) })
    await em.flush()
  },
  async update(em) {
    for (const user of await em.find(User, {})) user.name = `name ${user.id} anew`
    await em.flush()
  },
  async remove(em) {
    for (const post of await em.find(Post, {})) em.remove(post)
    await em.flush()
  },
}

process.on('message', async (kind) => {
  const em = orm.em.fork()
  await em.begin()
  const start = performance.now()
  await units[kind](em)
  const time = performance.now() - start
  await em.rollback()
  process.send(time)
})
process.on('disconnect', () => process.exit())
process.send('ready')
