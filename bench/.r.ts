import { databases } from '../test/helpers/databases.js'

const row = databases.find((d) => d.name === (process.argv[2] ?? 'better-sqlite3'))!
const database = await row.create('test')
const client = database.connect()
const pg = process.argv[2] === 'postgresql'
const json = pg
  ? `INSERT INTO "public"."User" ("name","kind") SELECT "r"."name","r"."kind" FROM json_populate_recordset(NULL::"public"."User", $1::json) AS "r" RETURNING "id" AS "id","name" AS "name","email" AS "email","kind" AS "kind","inviterId" AS "inviterId"`
  : `INSERT INTO "main"."User" ("name","kind") SELECT value ->> 0,value ->> 1 FROM json_each(?) RETURNING "id" AS "id","name" AS "name","email" AS "email","kind" AS "kind","inviterId" AS "inviterId"`
const text = pg ? '[{"name":"x","kind":"plain"}]' : '[["x","plain"]]'
const plain = pg
  ? `INSERT INTO "User" ("name", "kind") VALUES ($1, $2) RETURNING *`
  : `INSERT INTO "User" ("name", "kind") VALUES (?, ?) RETURNING *`
const T: any = { create: [], json: [], plain: [], exec: [] }
for (let n = 0; n < 60; n++)
  await client
    .$transaction(async (tx) => {
      const t = async (k: string, f: () => Promise<unknown>) => {
        const a = performance.now()
        for (let i = 0; i < 50; i++) await f()
        T[k].push((performance.now() - a) * 20)
      }
      await t('create', () => tx.user.create({ data: { name: 'x' } }))
      await t('json', () => tx.$queryRawUnsafe(json, text))
      await t('plain', () => tx.$queryRawUnsafe(plain, 'x', 'plain'))
      await t('exec', () => tx.$executeRawUnsafe(plain, 'x', 'plain'))
      throw 1
    })
    .catch(() => {})
for (const k in T) {
  T[k].sort((a: number, b: number) => a - b)
  console.log(k, T[k][30].toFixed(1), 'µs')
}
process.exit()
