import { createSession } from '../src/index.js'
import { databases, listenTo } from '../test/helpers/databases.js'

const row = databases.find((d) => d.name === (process.argv[2] ?? 'better-sqlite3'))!
const database = await row.create('test')
const client = database.connect()
listenTo(client, (q) => console.log(q))
await using s = createSession(client)
await s.connection()
for (let i = 0; i < 2; i++) {
  s.add('User', { name: 'x' })
  await s.flush()
}
console.log('--')
await s.user.create({ data: { name: 'y' } })
await s.rollback()
process.exit()
