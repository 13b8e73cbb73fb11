import { createSession } from '../src/index.js'
import { databases } from '../test/helpers/databases.js'

const row = databases.find((d) => d.name === (process.argv[2] ?? 'better-sqlite3'))!
const database = await row.create('test')
const client = database.connect()
let total = 0,
  count = 0
for (let n = 0; n < 6000; n++) {
  await using s = createSession(client)
  await s.connection()
  for (let i = 0; i < 10; i++) {
    s.add('User', { name: 'x' })
    const a = performance.now()
    await s.flush()
    if (i > 1) {
      total += performance.now() - a
      count++
    }
  }
  await s.rollback()
}
console.log(((total / count) * 1000).toFixed(1))
process.exit()
