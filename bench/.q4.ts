import { runAsync, runSync } from '../src/driver/run.js'
import { createSession } from '../src/index.js'
import { unitOf } from '../src/proxy/reflection.js'
import { flush } from '../src/session/flush/flush.js'
import { add } from '../src/session/verbs/add.js'
import { databases } from '../test/helpers/databases.js'

const row = databases.find((d) => d.name === (process.argv[2] ?? 'better-sqlite3'))!
const database = await row.create('test')
const client = database.connect()
let id = 0
let tAdd = 0,
  tFlush = 0,
  count = 0
const perform: any = {
  database: () => [{ ok: true, value: [{ id: ++id, name: 'x', email: null, kind: 'plain', inviterId: null }] }],
  user: () => {},
}
for (let n = 0; n < 20000; n++) {
  const s = createSession(client)
  const core = unitOf(s)!.core
  core.transaction ?? s.inTransaction()
  if (n === 0) {
  }
  for (let i = 0; i < 10; i++) {
    const a = performance.now()
    add(core, 'User', { name: 'x' })
    const b = performance.now()
    if (core.transaction) core.transaction.isOnWire = true
    runSync(flush(core), perform)
    const c = performance.now()
    if (i > 1 && n > 1000) {
      tAdd += b - a
      tFlush += c - b
      count++
    }
  }
}
console.log('add', ((tAdd / count) * 1000).toFixed(2), 'flush', ((tFlush / count) * 1000).toFixed(2))
process.exit()
