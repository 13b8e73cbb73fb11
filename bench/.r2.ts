import { databases } from '../test/helpers/databases.js'

const row = databases.find((d) => d.name === (process.argv[2] ?? 'better-sqlite3'))!
const database = await row.create('test')
const client = database.connect()
const pg = process.argv[2] === 'postgresql'
const ret = `RETURNING "id","name","email","kind","inviterId"`
const ways: any = pg
  ? {
      recordset: [
        `INSERT INTO "public"."User" ("name","kind") SELECT "r"."name","r"."kind" FROM json_populate_recordset(NULL::"public"."User", $1::json) AS "r" ${ret}`,
        '[{"name":"x","kind":"plain"}]',
      ],
      record: [
        `INSERT INTO "public"."User" ("name","kind") SELECT "name","kind" FROM json_populate_record(NULL::"public"."User", $1::json) ${ret}`,
        '{"name":"x","kind":"plain"}',
      ],
      values: [`INSERT INTO "public"."User" ("name","kind") VALUES ($1,$2) ${ret}`, 'x', 'plain'],
    }
  : {
      each: [
        `INSERT INTO "main"."User" ("name","kind") SELECT value ->> 0,value ->> 1 FROM json_each(?) ${ret}`,
        '[["x","plain"]]',
      ],
      one: [`INSERT INTO "main"."User" ("name","kind") VALUES (? ->> '$',? ->> '$') ${ret}`, '"x"', '"plain"'],
      values: [`INSERT INTO "main"."User" ("name","kind") VALUES (?,?) ${ret}`, 'x', 'plain'],
    }
const T: any = { create: [] }
for (const k in ways) T[k] = []
for (let n = 0; n < 100; n++)
  await client
    .$transaction(async (tx) => {
      const t = async (k: string, f: () => Promise<unknown>) => {
        for (let i = 0; i < 30; i++) {
          const a = performance.now()
          await f()
          T[k].push((performance.now() - a) * 1000)
        }
      }
      await t('create', () => tx.user.create({ data: { name: 'x' } }))
      for (const k in ways) await t(k, () => (tx.$queryRawUnsafe as any)(...ways[k]))
      throw 1
    })
    .catch((e) => {
      if (e !== 1) {
        console.log(String(e).slice(0, 300))
        process.exit()
      }
    })
for (const k in T) {
  T[k].sort((a: number, b: number) => a - b)
  console.log(k, T[k][T[k].length >> 1].toFixed(1), 'µs')
}
process.exit()
