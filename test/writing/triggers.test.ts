// Values that a trigger changes: they are on the object, as after Prisma's own operation, and each object has its own row.
import type { Model } from '../../src/model/model.js'
import { bothWays, ranked, scalarsOf, wideModels } from '../helpers/both-ways.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'

const prepare = {
  postgresql: [
    `CREATE OR REPLACE FUNCTION louder() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW."e mail" = upper(NEW."e mail"); RETURN NEW; END $$`,
    'CREATE OR REPLACE TRIGGER "louder" BEFORE INSERT OR UPDATE ON "Parent" FOR EACH ROW EXECUTE FUNCTION louder()',
    `CREATE OR REPLACE FUNCTION loudest() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW."it's" = upper(NEW."it's"); RETURN NEW; END $$`,
    'CREATE OR REPLACE TRIGGER "loudest" BEFORE INSERT OR UPDATE ON "odd schema; --"."wide ?, $1; (table)" FOR EACH ROW EXECUTE FUNCTION loudest()',
  ],
  mariadb: ['INSERT', 'UPDATE'].flatMap((event) => [
    `CREATE OR REPLACE TRIGGER louder_${event} BEFORE ${event} ON \`Parent\` FOR EACH ROW SET NEW.\`e mail\` = upper(NEW.\`e mail\`)`,
    `CREATE OR REPLACE TRIGGER loudest_${event} BEFORE ${event} ON \`wide ?, $1; (table)\` FOR EACH ROW SET NEW.\`it's\` = upper(NEW.\`it's\`)`,
  ]),
}

for (const database of databases) {
  if (!(database.name in prepare)) continue // SQLite's triggers cannot change what is written
  const triggers = prepare[database.name as keyof typeof prepare]
  const models = wideModels(database.name)
  for (const [name, key, field] of [
    ['Parent', 'code', 'email'],
    ['Wide', null, 'text'],
  ] as const)
    for (const count of [1, 3])
      testOn(
        database,
        `values that a trigger changes are on ${count === 1 ? 'the object' : `each of ${count} objects`} of ${name} [${database.name}]`,
        async (t) => {
          const model = models.find((each) => each.name === name) as Model
          const work = async (session: Parameters<Parameters<typeof bothWays>[1]>[0]) => {
            const objects = Array.from({ length: count }, (_, n) =>
              session.add(name, { ...(key && { [key]: `key ${n}` }), [field]: `old ${n}` }),
            )
            await session.flush()
            const made = objects.map((object) => ({ ...scalarsOf(model, object) }))
            for (const [n, object] of objects.entries()) object[field] = `new ${n}`
            await session.flush()
            const changed = objects.map((object) => ({
              ...scalarsOf(model, object),
              isModified: session.isModified(object),
            }))
            await session.commit()
            return [...made, ...changed] as Record<string, unknown>[]
          }
          const { rowSets, prisma } = await bothWays(database, work, { prepare: triggers })
          t.deepEqual(ranked(rowSets, model.table), ranked(prisma, model.table))
          const values = rowSets.result?.map((row) => row[field])
          t.deepEqual(values, [
            ...Array.from({ length: count }, (_, n) => `OLD ${n}`),
            ...Array.from({ length: count }, (_, n) => `NEW ${n}`),
          ])
        },
      )
}

testOn(databases[2], 'a row that a trigger suppresses causes the same result as with Prisma', async (t) => {
  const { rowSets, prisma } = await bothWays(
    databases[2],
    async (session) => {
      for (const [code, owner] of [
        ['a', 'kept'],
        ['b', 'suppressed'],
        ['c', 'kept'],
      ])
        session.add('Parent', { code, must: owner })
      await session.commit()
    },
    {
      prepare: [
        `CREATE OR REPLACE FUNCTION silent() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF NEW."must" = 'suppressed' THEN RETURN NULL; END IF; RETURN NEW; END $$`,
        'CREATE OR REPLACE TRIGGER "silent" BEFORE INSERT ON "Parent" FOR EACH ROW EXECUTE FUNCTION silent()',
      ],
    },
  )
  t.deepEqual(rowSets, prisma)
  t.is(rowSets.error, null)
  t.is(rowSets.tables.Parent?.length, 2)
})
