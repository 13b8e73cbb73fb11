// What a database writes beside the statement, by triggers and in generated columns: it is on the objects, and no row is
// inserted twice for it.
import { createHash } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { createSession } from '../../src/index.js'
import { connectTo, isFile, listenTo, type PrismaClient } from '../helpers/clients.js'
import type { TestSession } from '../helpers/conformance.js'
import { type DatabaseName, type DatabaseRow, databases } from '../helpers/databases.js'
import { extensions } from '../helpers/extensions.js'
import { testOn } from '../helpers/test-on.js'

type Ddl = Partial<Record<DatabaseName, readonly string[]>>

/** A session on a database with the triggers, through either way of writing; and what it sends. */
async function open(t: ExecutionContext, row: DatabaseRow, ddl: Ddl, isHooked = false) {
  const variant = createHash('sha256').update(t.title).digest('hex').slice(0, 8)
  const { adapter, url, drop } = await row.create('test', variant)
  const client = await connectTo('test', adapter, url) // a kept one knows of no triggers
  t.teardown(() => client.$disconnect().then(drop))
  for (const sql of ddl[row.name] ?? []) await client.$executeRawUnsafe(sql)
  const sent: string[] = []
  listenTo(client, (sql) => sent.push(sql))
  const s = createSession(isHooked ? extensions.hooked(client) : client) as unknown as TestSession
  t.teardown(async () => void (await s.close()))
  const inserts = () => sent.filter((sql) => /^\s*INSERT/.test(sql)).length
  return { s, raw: client as PrismaClient, sent, inserts }
}

/** An audit row for each new post, and a title that comes back in lower case. */
const lowering: Ddl = {
  postgresql: [
    `CREATE FUNCTION lower_title() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.title = lower(NEW.title); INSERT INTO "Tag" (label) VALUES (NEW.title); RETURN NEW; END $$`,
    'CREATE TRIGGER lower_title BEFORE INSERT ON "Post" FOR EACH ROW EXECUTE FUNCTION lower_title()',
  ],
  mariadb: [
    'CREATE TRIGGER lower_title BEFORE INSERT ON `Post` FOR EACH ROW BEGIN SET NEW.title = lower(NEW.title); INSERT INTO `Tag` (label) VALUES (NEW.title); END',
  ],
}

const ways = [
  ['statements over row sets', false],
  ['Prisma', true],
] as const

for (const database of databases) {
  if (!(database.name in lowering)) continue // SQLite's triggers cannot change what is written
  for (const [way, isHooked] of ways) {
    testOn(
      database,
      `rows that come back changed and told apart are inserted once, through ${way} [${database.name}]`,
      async (t) => {
        const { s, raw, inserts } = await open(t, database, lowering, isHooked)
        const posts = Array.from({ length: 20 }, (_, n) => s.add('Post', { title: `TITLE ${n}`, body: `body ${n}` }))
        await s.commit()
        if (database.name !== 'mariadb' || !isHooked) t.is(inserts(), 1)
        t.is(await raw.tag.count(), 20)
        const rows = await raw.post.findMany()
        for (const [n, post] of posts.entries()) {
          t.is(post.title, `title ${n}`)
          t.is(rows.find(({ id }) => id === post.id)?.body, `body ${n}`)
        }
      },
    )

    testOn(
      database,
      `rows that nothing tells apart any more are inserted one by one, through ${way} [${database.name}]`,
      async (t) => {
        const { s, raw, inserts } = await open(t, database, lowering, isHooked)
        const add = () => Array.from({ length: 3 }, (_, n) => s.add('Post', { title: `TITLE ${n}` }))
        const first = add()
        await s.commit()
        t.is(await raw.tag.count(), 3)
        const before = inserts()
        const second = add()
        await s.commit()
        t.is(inserts() - before, 3)
        t.is(await raw.tag.count(), 6)
        const rows = await raw.post.findMany()
        for (const posts of [first, second])
          for (const [n, post] of posts.entries()) t.is(rows.find(({ id }) => id === post.id)?.title, `title ${n}`)
      },
    )
  }

  testOn(
    database,
    `an insert that fails in its savepoint leaves the transaction usable [${database.name}]`,
    async (t) => {
      const { s, raw } = await open(t, database, {
        postgresql: [...(lowering.postgresql ?? []), 'CREATE UNIQUE INDEX one_title ON "Post" (title)'],
        mariadb: [...(lowering.mariadb ?? []), 'CREATE UNIQUE INDEX one_title ON `Post` (title)'],
      })
      s.add('User', { name: 'kept' })
      await s.flush()
      const nested = await s.beginNested()
      s.addAll('Post', [{ title: 'SAME' }, { title: 'same' }])
      const error = await t.throwsAsync(async () => await s.flush())
      t.is((error as unknown as { code: string }).code, 'P2002')
      await nested.rollback()
      await s.commit()
      t.is(await raw.user.count(), 1)
      t.is(await raw.post.count(), 0)
    },
  )
}

/** A body that is the title in upper case: by a trigger, or as a generated column. */
const upper: Readonly<Record<string, Ddl>> = {
  'a trigger': {
    postgresql: [
      `CREATE FUNCTION upper_body() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.body = upper(NEW.title); RETURN NEW; END $$`,
      'CREATE TRIGGER upper_body BEFORE INSERT OR UPDATE ON "Post" FOR EACH ROW EXECUTE FUNCTION upper_body()',
    ],
    mariadb: ['INSERT', 'UPDATE'].map(
      (event) =>
        `CREATE TRIGGER upper_body_${event} BEFORE ${event} ON \`Post\` FOR EACH ROW SET NEW.body = upper(NEW.title)`,
    ),
  },
  'a trigger that runs afterwards': {
    postgresql: [
      `CREATE FUNCTION upper_body() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN UPDATE "Post" SET body = upper(title) WHERE id = NEW.id; RETURN NULL; END $$`,
      'CREATE TRIGGER upper_body AFTER INSERT OR UPDATE OF title ON "Post" FOR EACH ROW EXECUTE FUNCTION upper_body()',
    ],
    ...Object.fromEntries(
      ['better-sqlite3', 'libsql'].map((name) => [
        name,
        ['INSERT', 'UPDATE OF title'].map(
          (event, n) =>
            `CREATE TRIGGER upper_body_${n} AFTER ${event} ON "Post" BEGIN UPDATE "Post" SET body = upper(title) WHERE id = NEW.id; END`,
        ),
      ]),
    ),
  },
  'a generated column': {
    postgresql: [
      'ALTER TABLE "Post" DROP COLUMN body',
      'ALTER TABLE "Post" ADD COLUMN body text GENERATED ALWAYS AS (upper(title)) STORED',
    ],
    mariadb: [
      'ALTER TABLE `Post` DROP COLUMN body',
      'ALTER TABLE `Post` ADD COLUMN body varchar(191) AS (upper(title)) STORED',
    ],
    ...Object.fromEntries(
      ['better-sqlite3', 'libsql'].map((name) => [
        name,
        ['ALTER TABLE "Post" DROP COLUMN body', 'ALTER TABLE "Post" ADD COLUMN body TEXT AS (upper(title)) VIRTUAL'],
      ]),
    ),
  },
}

for (const [what, ddl] of Object.entries(upper)) {
  for (const database of databases) {
    if (!(database.name in ddl)) continue
    for (const [way, isHooked] of ways) {
      // What a trigger does afterwards a session learns from the server, which hooks would see.
      if (what === 'a trigger that runs afterwards' && isHooked) continue
      for (const count of [1, 3])
        testOn(
          database,
          `a column that ${what} sets is read back for ${count}, through ${way} [${database.name}]`,
          async (t) => {
            const { s, raw } = await open(t, database, ddl, isHooked)
            const posts = Array.from({ length: count }, (_, n) => s.add('Post', { title: `old ${n}` }))
            await s.flush()
            const bodies = async () => {
              for (const post of posts) await s.get('Post', post.id) // a query only where it is stale
              return posts.map(({ body }) => body)
            }
            t.deepEqual(
              await bodies(),
              posts.map((_, n) => `OLD ${n}`),
            )
            for (const post of posts) post.title = post.title.replace('old', 'new')
            await s.flush()
            t.deepEqual(
              await bodies(),
              posts.map((_, n) => `NEW ${n}`),
            )
            t.is(s.dirty.size, 0)
            for (const post of posts) post.title = 'same'
            await s.flush()
            t.deepEqual(
              await bodies(),
              posts.map(() => 'SAME'),
            )
            await s.commit()
            t.deepEqual(
              (await raw.post.findMany()).map(({ body }) => body),
              posts.map(() => 'SAME'),
            )
          },
        )
    }
  }
}

testOn(databases[3], 'a time that MariaDB sets at every update is read back', async (t) => {
  const { s, raw } = await open(t, databases[3], {
    mariadb: [
      'ALTER TABLE `Made` MODIFY `made` DATETIME(3) NOT NULL DEFAULT CURRENT_TIMESTAMP(3) ON UPDATE CURRENT_TIMESTAMP(3)',
    ],
  })
  const made = s.add('Made', { made: new Date(5) })
  await s.flush()
  made.note = 'new'
  await s.flush()
  await s.commit()
  const row = await raw.made.findFirstOrThrow()
  t.true(row.made.getTime() > 1e12)
  t.deepEqual(made.made, row.made)
})

for (const database of databases)
  testOn(
    database,
    `a table without triggers costs no savepoint and returns what was written [${database.name}]`,
    async (t) => {
      const { s, sent } = await open(t, database, {})
      const posts = s.addAll('Post', [{ title: 'a' }, { title: 'b' }])
      await s.flush()
      for (const post of posts) post.title += '!'
      await s.flush()
      await s.commit()
      t.false(sent.some((sql) => sql.includes('SAVEPOINT')))
      const update = sent.find((sql) => /^UPDATE/.test(sql))
      if (isFile(database.name) || database.name === 'postgresql') t.false(/RETURNING.*body/.test(String(update)))
    },
  )
