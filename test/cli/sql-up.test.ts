// `prisma-session sql up`: Prisma's own migrations, applied as its schema engine applies them.

import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { pathToFileURL } from 'node:url'
import { PrismaBetterSqlite3 } from '@prisma/adapter-better-sqlite3'
import { PrismaPg } from '@prisma/adapter-pg'
import type { SqlDriverAdapter } from '@prisma/driver-adapter-utils'
import type { ExecutionContext } from 'ava'
import { openEngine } from '../../scripts/schema-engine.ts'
import { clientFile } from '../../scripts/test/package.js'
import { CommandProject } from '../helpers/command.js'
import { databases } from '../helpers/databases.js'
import { servers } from '../helpers/servers.js'
import { testOn } from '../helpers/test-on.js'

const onEach = databases.filter(({ name }) => name !== 'libsql')

function migration(project: CommandProject, name: string, sql: string): string {
  mkdirSync(project.path('prisma/migrations', name), { recursive: true })
  writeFileSync(project.path('prisma/migrations', name, 'migration.sql'), sql)
  return createHash('sha256').update(sql).digest('hex')
}

/** A connection of the test's own. */
async function connected(
  t: ExecutionContext,
  name: string,
  url: string,
): Promise<(sql: string) => Promise<unknown[][]>> {
  const factory =
    name === 'postgresql' || name === 'mariadb'
      ? (await servers[name].adapter())(1, url)
      : new PrismaBetterSqlite3({ url })
  const connection: SqlDriverAdapter = await factory.connect()
  t.teardown(() => connection.dispose())
  return async (sql) => (await connection.queryRaw({ sql, args: [], argTypes: [] })).rows
}

for (const row of onEach.filter(({ name }) => name !== 'mariadb')) {
  testOn(row, `sql up applies new migrations in order and records them as Prisma does [${row.name}]`, async (t) => {
    const project = await CommandProject.createEmpty(t, row.name)
    const ask = await connected(t, row.name, project.url)
    const second = migration(
      project,
      '20260102_fill',
      `-- the order is that of the names;\nINSERT INTO a (b) VALUES ('one;two');\n-- end`,
    )
    const first = migration(project, '20260101_init', `CREATE TABLE a (b TEXT NOT NULL);\r\nCREATE INDEX a_b ON a (b);`)
    writeFileSync(
      project.path('prisma/migrations/migration_lock.toml'),
      `provider = "${row.name === 'postgresql' ? 'postgresql' : 'sqlite'}"\n`,
    )

    const dry = await project.run('sql', 'up', '--dry-run')
    t.is(dry.out, 'to be applied: 20260101_init, 20260102_fill\n', dry.err)
    const up = await project.run('sql', 'up')
    t.is(up.code, 0, up.err)
    t.regex(
      up.out,
      /^to be applied: .*\n20260101_init runs\n20260101_init done, .*\n20260102_fill runs\n20260102_fill done/,
    )
    t.deepEqual(await ask('SELECT b FROM a'), [['one;two']])
    const noted = await ask(
      'SELECT migration_name, checksum, applied_steps_count, logs, rolled_back_at FROM _prisma_migrations WHERE finished_at IS NOT NULL AND started_at IS NOT NULL ORDER BY migration_name',
    )
    t.deepEqual(
      noted.map((each) => [...each.slice(0, 2), Number(each[2]), ...each.slice(3)]),
      [
        ['20260101_init', first, 1, null, null],
        ['20260102_fill', second, 1, null, null],
      ],
    )
    const [[id]] = (await ask('SELECT id FROM _prisma_migrations')) as [[string]]
    t.regex(id, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f-]{21}$/)

    // Lines that end otherwise are the same file; another text is not.
    migration(project, '20260101_init', `CREATE TABLE a (b TEXT NOT NULL);\nCREATE INDEX a_b ON a (b);`)
    t.is((await project.run('sql', 'up')).out, 'Nothing to apply: every migration is.\n')
    rmSync(project.path('prisma/migrations/20260101_init'), { recursive: true })
    const less = await project.run('sql', 'up')
    t.is(less.code, 0, less.err)
    t.regex(less.out, /^warning: 20260101_init is applied, and its folder is not in .*migrations\nNothing to apply/)
    migration(project, '20260102_fill', 'SELECT 1')
    const edited = await project.run('sql', 'up')
    t.is(edited.code, 4)
    t.regex(edited.err, /20260102_fill has changed since it was applied/)
  })
}

for (const row of onEach) {
  testOn(
    row,
    `a failed migration is rolled back where the database can, and refused afterwards where it cannot [${row.name}]`,
    async (t) => {
      const project = await CommandProject.createEmpty(t, row.name)
      const ask = await connected(t, row.name, project.url)
      migration(project, '1_init', 'CREATE TABLE a (b INTEGER);')
      migration(
        project,
        '2_bad',
        'CREATE TABLE c (d INTEGER);\nINSERT INTO c (d) VALUES (1);\nINSERT INTO nowhere (d) VALUES (1);',
      )
      const failed = await project.run('sql', 'up')
      t.is(failed.code, 1)
      t.regex(failed.err, /^error: 2_bad failed: .*nowhere/)
      const isLeft = row.name === 'mariadb' // statements that make tables commit
      t.is((await ask('SELECT 1 FROM _prisma_migrations WHERE finished_at IS NULL')).length, isLeft ? 1 : 0)
      if (isLeft) {
        t.regex(
          failed.err,
          /What it did before stays, and it is noted as failed[\s\S]*prisma migrate resolve --rolled-back 2_bad/,
        )
        const [, resolution = ''] = /without the schema engine: (UPDATE .* IS NULL)/.exec(failed.err) ?? []
        const refused = await project.run('sql', 'up')
        t.is(refused.code, 4)
        t.regex(refused.err, /2_bad was begun before and has failed \(Prisma's P3009\)/)
        await ask('DROP TABLE c')
        await ask(resolution)
      } else t.regex(failed.err, /All that it did is rolled back\. Mend it, and run the same command again/)
      migration(project, '2_bad', 'CREATE TABLE c (d INTEGER);')
      const mended = await project.run('sql', 'up')
      t.is(mended.code, 0, mended.err)
      t.deepEqual(await ask('SELECT d FROM c'), [])
    },
  )
}

for (const row of onEach.filter(({ name }) => name === 'postgresql')) {
  testOn(
    row,
    'sql up sends function bodies, and statements that PostgreSQL runs outside of transactions only',
    async (t) => {
      const project = await CommandProject.createEmpty(t, row.name)
      const ask = await connected(t, row.name, project.url)
      migration(
        project,
        '1_body',
        `
      CREATE TABLE a (b INTEGER);
      CREATE FUNCTION twice(n INTEGER) RETURNS INTEGER AS $$ BEGIN n := n * 2; RETURN n; END; $$ LANGUAGE plpgsql;
      SET search_path TO pg_catalog;`,
      )
      migration(project, '2_alone', 'CREATE INDEX CONCURRENTLY a_b ON a (b)')
      migration(project, '3_own', 'BEGIN;\nINSERT INTO a VALUES (twice(4));\nCOMMIT;')
      migration(project, '4_both', 'CREATE TABLE c (d INTEGER);\nCREATE INDEX CONCURRENTLY c_d ON c (d);')
      const up = await project.run('sql', 'up')
      t.is(up.code, 1)
      t.regex(up.out, /2_alone done[\s\S]*3_own done[\s\S]*4_both +failed/)
      t.regex(up.err, /4_both failed: CREATE INDEX CONCURRENTLY cannot (be executed from a|run inside a transaction)/)
      t.deepEqual(await ask('SELECT b FROM a'), [[8]])
      t.is((await ask("SELECT 1 FROM pg_indexes WHERE indexname = 'a_b'")).length, 1)
      // Prisma's engine fails at it too, and notes that.
      t.deepEqual(
        await ask(
          "SELECT migration_name FROM _prisma_migrations WHERE finished_at IS NULL AND logs LIKE '%CONCURRENTLY%'",
        ),
        [['4_both']],
      )
    },
  )

  testOn(row, 'a migration is rolled back when its connection is lost', async (t) => {
    const project = await CommandProject.createEmpty(t, row.name)
    const ask = await connected(t, row.name, project.url)
    migration(project, '1_init', 'CREATE TABLE a (b INTEGER);')
    migration(project, '2_ends', 'INSERT INTO a VALUES (1); SELECT pg_terminate_backend(pg_backend_pid());')
    const ended = await project.run('sql', 'up')
    t.is(ended.code, 1)
    t.regex(ended.err, /^error: 2_ends failed: .*terminat.*\nAll that it did is rolled back/)
    t.regex(ended.out, /1_init +done[\s\S]*2_ends +failed/)
    t.deepEqual(await ask('SELECT b FROM a'), [])
  })

  testOn(row, 'two runs at once apply a migration once, and tables without a history are refused', async (t) => {
    const project = await CommandProject.createEmpty(t, row.name)
    const ask = await connected(t, row.name, project.url)
    migration(project, '1_init', 'CREATE TABLE a (b INTEGER); SELECT pg_sleep(0.5);')
    const both = await Promise.all([project.run('sql', 'up'), project.runAlone('sql', 'up')])
    t.deepEqual(
      both.map(({ code }) => code),
      [0, 0],
      both.map(({ err }) => err).join(),
    )
    t.is((await ask('SELECT 1 FROM _prisma_migrations')).length, 1)
    await ask('DROP TABLE _prisma_migrations')
    const used = await project.run('sql', 'up')
    t.is(used.code, 4)
    t.regex(used.err, /the database has tables \(a\) and no history of migrations \(Prisma's P3005\)/)
  })
}

for (const row of onEach.filter(({ name }) => name === 'better-sqlite3')) {
  testOn(row, 'a table rebuilt with foreign keys off keeps the rows that reference it', async (t) => {
    const project = await CommandProject.createEmpty(t, row.name)
    const ask = await connected(t, row.name, project.url)
    migration(
      project,
      '1_init',
      `
      CREATE TABLE p (id INTEGER PRIMARY KEY);
      CREATE TABLE c (id INTEGER PRIMARY KEY, p INTEGER REFERENCES p (id) ON DELETE CASCADE);
      INSERT INTO p VALUES (1);
      INSERT INTO c VALUES (1, 1);`,
    )
    const anew = (before: string, after: string) => `${before}
      -- RedefineTables
      PRAGMA defer_foreign_keys=ON;
      PRAGMA foreign_keys=OFF;
      CREATE TABLE new_p (id INTEGER PRIMARY KEY, name TEXT);
      INSERT INTO new_p (id) SELECT id FROM p;
      DROP TABLE p;
      ALTER TABLE new_p RENAME TO p;
      PRAGMA foreign_keys=ON;
      PRAGMA defer_foreign_keys=OFF;
      ${after}`
    migration(project, '2_anew', anew('', 'CREATE INDEX p_name ON p (name);'))
    migration(project, '3_again', anew('CREATE TABLE x (y INTEGER);', ''))
    migration(project, '4_vacuum', 'VACUUM;')
    const up = await project.run('sql', 'up')
    t.is(up.code, 0, up.err)
    t.deepEqual(
      (await ask('SELECT id, p FROM c')).map((each) => each.map(Number)),
      [[1, 1]],
    )

    migration(project, '5_bad', anew('', 'INSERT INTO nowhere VALUES (1);'))
    const failed = await project.run('sql', 'up')
    t.is(failed.code, 1)
    t.regex(failed.err, /5_bad failed: .*What it did before stays, and it is noted as failed/s)
    migration(project, '1_init', 'SELECT 1')
    t.regex((await project.run('sql', 'up')).err, /5_bad was begun before and has failed/)
  })

  testOn(row, 'a migration that fails in its own transaction is recorded as failed', async (t) => {
    const project = await CommandProject.createEmpty(t, row.name)
    migration(project, '1_own', 'BEGIN;\nCREATE TABLE a (b INTEGER);\nINSERT INTO nowhere VALUES (1);\nCOMMIT;')
    const failed = await project.run('sql', 'up')
    t.is(failed.code, 1)
    t.regex(failed.err, /1_own failed: .*nowhere.*\nWhat it did before stays, and it is noted as failed/)
    migration(project, '1_own', 'CREATE TABLE a (b INTEGER);')
    const ask = await connected(t, row.name, project.url)
    await ask("UPDATE _prisma_migrations SET rolled_back_at = 1 WHERE logs LIKE '%nowhere%'")
    t.is((await project.run('sql', 'up')).code, 0)
  })
}

for (const row of onEach.filter(({ name }) => name !== 'mariadb')) {
  testOn(row, `Prisma's schema engine and sql up continue from each other's migrations [${row.name}]`, async (t) => {
    const project = await CommandProject.createEmpty(t, row.name)
    const ask = await connected(t, row.name, project.url)
    // On SQLite it keeps the file to itself for as long as it is connected.
    const apply = async () => {
      const adapter =
        row.name === 'postgresql' ? new PrismaPg(project.url) : new PrismaBetterSqlite3({ url: project.url })
      const connect = adapter.connect.bind(adapter)
      const connections: SqlDriverAdapter[] = []
      adapter.connect = async () => {
        const connection = await connect()
        connections.push(connection)
        return connection as never
      }
      try {
        return (await (await openEngine(adapter)).applyMigrations(list())).appliedMigrationNames
      } finally {
        for (const connection of connections) await connection.dispose()
      }
    }
    const texts = new Map<string, string>()
    const write = (name: string, sql: string) => {
      texts.set(name, sql)
      migration(project, name, sql)
    }
    const list = () => ({
      migrationsList: {
        baseDir: project.path('prisma/migrations'),
        lockfile: {
          path: 'migration_lock.toml',
          content: `provider = "${row.name === 'postgresql' ? row.name : 'sqlite'}"`,
        },
        shadowDbInitScript: '',
        migrationDirectories: [...texts].map(([path, value]) => ({
          path,
          migrationFile: { path: 'migration.sql', content: { tag: 'ok', value } },
        })),
      },
      filters: { externalTables: [], externalEnums: [] },
    })

    write('1_init', 'CREATE TABLE a (b INTEGER);')
    write('2_fill', 'INSERT INTO a VALUES (1);')
    t.is((await project.run('sql', 'up')).code, 0)
    write('3_more', 'INSERT INTO a VALUES (2);')
    t.deepEqual(await apply(), ['3_more'])
    write('4_last', 'INSERT INTO a VALUES (3);')
    const up = await project.run('sql', 'up')
    t.is(up.code, 0, up.err)
    t.regex(up.out, /^to be applied: 4_last\n/)
    const noted = await ask(`SELECT migration_name, applied_steps_count, rolled_back_at, logs FROM _prisma_migrations`)
    t.is(new Set(noted.map(([, ...rest]) => rest.join())).size, 1, JSON.stringify(noted)) // theirs are as ours

    write('5_bad', 'INSERT INTO nowhere VALUES (1);')
    await t.throwsAsync(apply(), { message: /nowhere/ })
    const refused = await project.run('sql', 'up')
    t.is(refused.code, 4)
    t.regex(refused.err, /5_bad was begun before and has failed \(Prisma's P3009\)[\s\S]*nowhere/)
    const [, resolution = ''] = /without the schema engine: (UPDATE .* IS NULL)/.exec(refused.err) ?? []
    await ask(resolution)
    write('5_bad', 'INSERT INTO a VALUES (4);')
    t.is((await project.run('sql', 'up')).code, 0)
    t.deepEqual(await apply(), [])
    t.deepEqual(
      (await ask('SELECT b FROM a ORDER BY b')).map(([b]) => Number(b)),
      [1, 2, 3, 4],
    )
  })
}

for (const row of onEach.filter(({ name }) => name === 'better-sqlite3')) {
  testOn(row, 'sql up applies migrations up to the one that is named', async (t) => {
    const project = await CommandProject.createEmpty(t, row.name)
    for (const name of ['1_a', '2_b', '3_c']) migration(project, name, `CREATE TABLE t${name} (x INTEGER);`)
    const unknown = await project.run('sql', 'up', '--to', '4_d')
    t.is(unknown.code, 2)
    t.is(unknown.err, 'error: --to 4_d: there is no such migration\n')
    t.regex((await project.run('sql', 'up', '--to', '2_b')).out, /^to be applied: 1_a, 2_b\n/)
    t.regex((await project.run('sql', 'up')).out, /^to be applied: 3_c\n/)
  })

  testOn(row, 'migrations that cannot be applied are refused before any is', async (t) => {
    const project = await CommandProject.createEmpty(t, row.name)
    const refused = async (code: number, message: RegExp) => {
      const up = await project.run('sql', 'up')
      t.is(up.code, code)
      t.regex(up.err, message)
    }
    await refused(2, /^error: there is no folder .*prisma.migrations: --dir says where Prisma's migrations are\n$/)
    migration(project, '1_init', 'CREATE TABLE a (b INTEGER);')
    mkdirSync(project.path('prisma/migrations/2_none'))
    await refused(
      4,
      /^error: 2_none has no migration\.sql \(Prisma's P3015\): put the file back, or remove the folder\n$/,
    )
    writeFileSync(project.path('prisma/migrations/migration_lock.toml'), 'provider = "postgresql"\n')
    await refused(
      4,
      /were made for postgresql, and the client is for sqlite \(Prisma's P3019\): they cannot be applied/,
    )
    const ask = await connected(t, row.name, project.url)
    t.deepEqual(await ask("SELECT name FROM sqlite_master WHERE name <> '_prisma_session_lock'"), [])
  })

  testOn(row, 'a migration with a backslash in its name is refused', async (t) => {
    const project = await CommandProject.createEmpty(t, row.name)
    migration(project, '1_a\\b', 'CREATE TABLE a (b INTEGER);')
    const up = await project.run('sql', 'up')
    t.is(up.code, 2)
    t.regex(up.err, /^error: 1_a\\b has a backslash in its name: rename it\n$/)
  })
}

/** The client with another adapter, which has no pool that files could be sent through. */
const otherAdapter = `
  const connect = adapter.connect.bind(adapter)
  adapter.connect = async () => {
    const connection = await connect()
    const get = (target, key) => {
      if (key === 'client') return undefined
      return key === 'adapterName' ? 'another-adapter' : target[key]?.bind?.(target) ?? target[key]
    }
    return new Proxy(connection, { get })
  }
  export const prisma = new PrismaClient({ adapter })`

/** A module in which `adapter` is the client's adapter, and which goes on with that. */
function writeAdapter(project: CommandProject, rest: string): void {
  const text = readFileSync(project.path('db.mjs'), 'utf8')
  const [, head, adapter] = /^([\s\S]*)export const prisma = new PrismaClient\(\{ adapter: (.*) \}\)/.exec(text) ?? []
  project.write('db.mjs', `${head}const adapter = ${adapter}\n${rest}`)
}

for (const row of onEach.filter(({ name }) => name !== 'better-sqlite3')) {
  testOn(row, `sql up refuses an adapter that it cannot send files through [${row.name}]`, async (t) => {
    const project = await CommandProject.createEmpty(t, row.name)
    migration(project, '1_init', 'CREATE TABLE a (b INTEGER);')
    writeAdapter(project, otherAdapter)
    const up = await project.run('sql', 'up')
    t.is(up.code, 2, up.err)
    t.regex(
      up.err,
      /^error: sql up sends files through \w+, and another-adapter keeps none that it can use: use another/,
    )
  })
}

for (const row of onEach.filter(({ name }) => name === 'postgresql')) {
  testOn(row, 'sql up refuses a client without an adapter, and one with a pool of one connection', async (t) => {
    const project = await CommandProject.createEmpty(t, row.name)
    migration(project, '1_init', 'CREATE TABLE a (b INTEGER);')
    project.write(
      'db.mjs',
      `import { PrismaPg } from '@prisma/adapter-pg'
      import pg from 'pg'
      import { PrismaClient } from '${pathToFileURL(clientFile('postgresql')).href}'
      export const single = new PrismaClient({
        adapter: new PrismaPg(new pg.Pool({ connectionString: '${project.url}', max: 1 }), { disposeExternalPool: true }),
      })
      export const remote = new PrismaClient({ accelerateUrl: 'prisma://127.0.0.1/?api_key=none' })`,
    )
    const single = await project.run('sql', 'up', '--client', 'db.mjs#single')
    t.is(single.code, 2)
    t.regex(single.err, /^error: sql up needs two connections at once, and the pool .* has one: give it max: 2\n$/)
    const remote = await project.run('sql', 'up', '--client', 'db.mjs#remote')
    t.is(remote.code, 2)
    t.regex(remote.err, /^error: sql up needs a client that was made with a driver adapter: new PrismaClient\(/)
  })

  testOn(row, "sql up waits for Prisma's schema engine, and gives up in time", async (t) => {
    const project = await CommandProject.createEmpty(t, row.name)
    const ask = await connected(t, row.name, project.url)
    migration(project, '1_init', 'CREATE TABLE a (b INTEGER);')
    await ask('SELECT 1 FROM pg_advisory_lock(72707369)')
    const refused = await project.run('sql', 'up', '--wait', '0')
    t.is(refused.code, 5)
    t.regex(refused.err, /^error: prisma migrate, or another prisma-session sql up, is at work on this database: wait/)
    await ask('SELECT pg_advisory_unlock(72707369)')
    t.is((await project.run('sql', 'up', '--wait', '0')).code, 0)
  })
}

for (const row of onEach.filter(({ name }) => name === 'mariadb')) {
  testOn(row, 'sql up asks for an adapter that takes several statements at once', async (t) => {
    const project = await CommandProject.createEmpty(t, row.name)
    migration(project, '1_init', 'CREATE TABLE a (b INTEGER);')
    project.write('db.mjs', readFileSync(project.path('db.mjs'), 'utf8').replace('?multipleStatements=true', ''))
    const up = await project.run('sql', 'up')
    t.is(up.code, 2)
    t.regex(up.err, /^error: sql up sends each file whole, .*: give its adapter multipleStatements: true\n$/)
  })

  testOn(
    row,
    'a migration that removes the history and fails leaves a failure that says what to look at',
    async (t) => {
      const project = await CommandProject.createEmpty(t, row.name)
      migration(project, '1_bad', 'DROP TABLE _prisma_migrations;\nINSERT INTO nowhere VALUES (1);')
      const up = await project.run('sql', 'up')
      t.is(up.code, 1)
      t.regex(
        up.err,
        /^error: 1_bad failed: .*nowhere.*\nWhat is left of it could not be found out \(.*\): look whether _prisma_migrations/s,
      )
    },
  )

  testOn(row, 'a second sql up waits for the first, which stops when its lock is taken', async (t) => {
    const project = await CommandProject.createEmpty(t, row.name)
    const ask = await connected(t, row.name, project.url)
    migration(project, '1_init', 'CREATE TABLE a (b INTEGER);')
    t.is((await project.run('sql', 'up')).code, 0)
    const gate = `'gate ${process.pid}'` // its name is the whole server's
    await ask(`SELECT GET_LOCK(${gate}, 0)`)
    migration(project, '2_waits', `INSERT INTO a VALUES (1); SELECT GET_LOCK(${gate}, 60);`)
    const first = project.start('sql', 'up')
    await first.printed('2_waits runs')
    const holder = `process ${first.child.pid} on \\S+ \\(sql up\\)`
    const refused = await project.run('sql', 'up', '--wait', '0')
    t.is(refused.code, 5)
    t.regex(refused.err, new RegExp(`^error: ${holder}, since .* is running scripts on this database`))
    const second = project.start('sql', 'up', '--wait', '60')
    await second.printed(new RegExp(`^waiting for ${holder}`))

    t.is((await project.run('migrate', 'unlock', '--yes')).code, 0)
    await first.printed('the lock is lost: its row belongs to somebody else')
    await ask(`SELECT RELEASE_LOCK(${gate})`)
    const { code, err } = await first.ended
    t.is(code, 5)
    t.regex(
      err,
      /^error: another runner has taken the lock: what was not committed is rolled back\. See what is applied/,
    )
    t.is((await second.ended).code, 0)
    t.deepEqual(
      (await ask('SELECT b FROM a')).map(([b]) => Number(b)),
      [1],
    )
  })
}
