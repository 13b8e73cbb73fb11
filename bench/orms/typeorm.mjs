/** TypeORM 1: told over IPC which unit of work to do, answers with its milliseconds. Everything is taken back. */
import { DataSource, EntitySchema } from 'typeorm'

const User = new EntitySchema({
  name: 'User',
  tableName: 'User',
  columns: {
    id: { type: 'int', primary: true, generated: 'increment' },
    name: { type: 'text' },
    email: { type: 'text', nullable: true },
    kind: { type: 'text', default: 'plain' },
  },
})
const Post = new EntitySchema({
  name: 'Post',
  tableName: 'Post',
  columns: {
    id: { type: 'int', primary: true, generated: 'increment' },
    title: { type: 'text' },
    body: { type: 'text', nullable: true },
  },
  relations: { author: { type: 'many-to-one', target: 'User', joinColumn: { name: 'authorId' }, nullable: true } },
})

const { url, rows } = JSON.parse(process.argv[2])
const source = await new DataSource({ type: 'postgres', url, entities: [User, Post] }).initialize()
const numbers = Array.from({ length: rows }, (_, index) => index + 1)

const units = {
  async insert(em) {
    const users = await em.save(
      User,
      numbers.map((n) => ({ name: `new ${n}` })),
    )
    await em.save(
      Post,
      users.map((author, index) => ({ title: `post ${index + 1}`, author })),
    )
  },
  async update(em) {
    const users = await em.find(User)
    for (const user of users) user.name = `name ${user.id} anew`
    await em.save(User, users)
  },
  async remove(em) {
    await em.remove(Post, await em.find(Post))
  },
}

process.on('message', async (kind) => {
  const runner = source.createQueryRunner()
  await runner.startTransaction()
  const start = performance.now()
  await units[kind](runner.manager)
  const time = performance.now() - start
  await runner.rollbackTransaction()
  await runner.release()
  process.send(time)
})
process.on('disconnect', () => process.exit())
process.send('ready')
