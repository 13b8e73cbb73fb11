import { invoke } from '../src/driver/invoke.js'
import { createSession } from '../src/index.js'
import { databases } from '../test/helpers/databases.js'

const row = databases.find((d) => d.name === (process.argv[2] ?? 'better-sqlite3'))!
const database = await row.create('test')
const client = database.connect()
const pg = process.argv[2] === 'postgresql'
const json = pg
  ? `INSERT INTO "public"."User" ("name","kind") SELECT "r"."name","r"."kind" FROM json_populate_recordset(NULL::"public"."User", $1::json) AS "r" RETURNING "id" AS "id","name" AS "name","email" AS "email","kind" AS "kind","inviterId" AS "inviterId"`
  : `INSERT INTO "main"."User" ("name","kind") SELECT value ->> 0,value ->> 1 FROM json_each(?) RETURNING "id" AS "id","name" AS "name","email" AS "email","kind" AS "kind","inviterId" AS "inviterId"`
const text = pg ? '[{"name":"x","kind":"plain"}]' : '[["x","plain"]]'
const N = 10
const T: Record<string, number[]> = {}
const med = (v: number[]) => {
  v.sort((a, b) => a - b)
  return (v[v.length >> 1]! * 1000).toFixed(0)
}
for (let n = 0; n < 400; n++) {
  await using s = createSession(client)
  const tx = (await s.connection()) as typeof client
  const t = async (k: string, f: () => Promise<unknown>) => {
    for (let i = 0; i < N; i++) {
      const a = performance.now()
      await f()
      if (i > 1) (T[k] ??= []).push(performance.now() - a)
    }
  }
  await t('create', () => tx.user.create({ data: { name: 'x' } }))
  await t('raw', () => tx.$queryRawUnsafe(json, text))
  await t('invoke', () => invoke(tx, { delegate: null, method: '$queryRawUnsafe', args: [json, text] }))
  await t('flush', () => {
    s.add('User', { name: 'x' })
    return s.flush()
  })
  await t('forward', () => s.$queryRawUnsafe(json, text))
  await t('forwarded create', () => s.user.create({ data: { name: 'x' } }))
  await s.rollback()
}
for (const k in T) console.log(k, med(T[k]!))
process.exit()
