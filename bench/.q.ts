import { createSession } from '../src/index.js'
import { databases } from '../test/helpers/databases.js'

const row = databases.find((d) => d.name === (process.argv[2] ?? 'better-sqlite3'))!
const database = await row.create('test')
const client = database.connect()
const N = 10
const times = Array.from({ length: N }, () => [] as number[])
const adds = Array.from({ length: N }, () => [] as number[])
for (let n = 0; n < 400; n++) {
  await using s = createSession(client)
  await s.connection()
  for (let i = 0; i < N; i++) {
    const a = performance.now()
    s.add('User', { name: 'x' })
    const b = performance.now()
    await s.flush()
    adds[i]!.push(b - a)
    times[i]!.push(performance.now() - b)
  }
  await s.rollback()
}
const med = (v: number[]) => {
  v.sort((a, b) => a - b)
  return (v[v.length >> 1]! * 1000).toFixed(0)
}
console.log('flush', times.map(med).join(' '), 'add', adds.map(med).join(' '))
const c = Array.from({ length: N }, () => [] as number[])
for (let n = 0; n < 400; n++)
  await client
    .$transaction(async (tx) => {
      for (let i = 0; i < N; i++) {
        const b = performance.now()
        await tx.user.create({ data: { name: 'x' } })
        c[i]!.push(performance.now() - b)
      }
      throw 1
    })
    .catch(() => {})
console.log('create', c.map(med).join(' '))
process.exit()
