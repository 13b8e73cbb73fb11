// The statements of the set-based writer: their text, their number, and explain(), which lists them before a flush.
import type { ExecutionContext } from 'ava'
import { createSession } from '../../src/index.js'
import type { Model } from '../../src/model/model.js'
import { mariadb } from '../../src/writing/dialects/mariadb.js'
import { postgresql } from '../../src/writing/dialects/postgresql.js'
import { sqlite } from '../../src/writing/dialects/sqlite.js'
import { bothWays, wideModels } from '../helpers/both-ways.js'
import { connectTo, listenTo, type PrismaClient } from '../helpers/clients.js'
import { type DatabaseRow, databases } from '../helpers/databases.js'
import { isQuestion, quotedFor } from '../helpers/sql.js'
import { testOn, testOnce } from '../helpers/test-on.js'
import { modelNamed, scalarNamed, testModels } from '../model/schemas.js'

const spelling = [
  `'; DROP TABLE "User"; --`,
  '"; DROP TABLE "User"; --',
  '`; DROP TABLE `User`; --',
  '\\"; --',
  "\\'; --",
  '$1',
  '?',
  '{"a":1}',
  '[["x"]]',
  '\u2028\u{1f600}',
]

for (const database of databases) {
  testOn(database, `values that look like SQL are written as they are [${database.name}]`, async (t) => {
    const { client, sent } = await open(t, database)
    const session = createSession(client)
    for (const isMany of [false, true]) {
      const users = (isMany ? spelling : spelling.slice(0, 1)).map((name) => session.add('User', { name, email: null }))
      await session.commit()
      for (const user of users) user.kind = user.name
      await session.commit()
      const rows = await client.user.findMany({
        where: { id: { in: users.map(({ id }) => id) } },
        orderBy: { id: 'asc' },
      })
      t.deepEqual(
        rows.map(({ name, kind }) => [name, kind]),
        users.map(({ name }) => [name, name]),
      )
    }
    t.false(sent.some((sql) => sql.includes('DROP TABLE')))
    t.is(await client.user.count(), spelling.length + 1)
    await session.close()
  })

  testOn(
    database,
    `an INSERT has one text for any number of rows and is one statement while they fit [${database.name}]`,
    async (t) => {
      const { client, sent } = await open(t, database)
      const session = createSession(client)
      for (const count of [2, 30, 5000]) {
        session.addAll(
          'User',
          Array.from({ length: count }, (_, n) => ({ name: `user ${n}` })),
        )
        await session.flush()
      }
      const inserts = () => sent.filter((sql) => /^INSERT/.test(sql))
      t.is(inserts().length, 3)
      t.is(new Set(inserts()).size, 1)
      sent.length = 0
      const users = session.addAll(
        'User',
        Array.from({ length: 5001 }, (_, n) => ({ name: `user ${n}` })),
      )
      await session.flush()
      t.is(inserts().length, 2)
      const first = users[0]?.id ?? 0
      const rows = await session.user.findMany({ where: { id: { gte: first } }, orderBy: { id: 'asc' } })
      t.deepEqual(
        rows.map(({ id, name }) => [id, name]),
        users.map(({ id }, n) => [id, `user ${n}`]),
      )
      await session.rollback()
      await session.close()
    },
  )

  testOn(
    database,
    `a statement is split where its parameter would have too many characters [${database.name}]`,
    async (t) => {
      const { client, sent } = await open(t, database)
      const session = createSession(client)
      const long = 'ü'.repeat(900_000)
      const docs = session.addAll(
        'Doc',
        Array.from({ length: 5 }, (_, n) => ({
          version: n,
          body: database.name === 'mariadb' ? long.slice(0, 190) : long,
        })),
      )
      await session.commit()
      t.is(sent.filter((sql) => /^INSERT/.test(sql)).length, database.name === 'mariadb' ? 1 : 3)
      const rows = await client.doc.findMany({ orderBy: { id: 'asc' } })
      t.deepEqual(
        rows.map(({ id, version }) => [id, version]),
        docs.map(({ id, version }) => [id, version]),
      )
      await session.close()
    },
  )

  testOn(database, `explain() lists the statements that flush() sends [${database.name}]`, async (t) => {
    const { client, sent } = await open(t, database)
    const session = createSession(client)
    const [user, other] = session.addAll('User', [{ name: 'a' }, { name: 'b' }])
    const doc = session.add('Doc', { version: 1, body: 'x' })
    await session.commit()
    if (!user || !other) return t.fail()
    user.name = 'aa'
    other.name = 'bb'
    session.delete(doc)
    session.add('Post', { title: 'p', author: user, tags: [{ label: 't' }] } as never)
    const told = session.explain()
    t.deepEqual(
      told.map(({ model, operation, rows, way }) => `${way} ${operation} ${model} ${rows}`),
      [
        'set-based UPDATE User 2',
        'set-based INSERT Post 1',
        'set-based INSERT Tag 1',
        'set-based INSERT of tags Post 1',
        'set-based DELETE Doc 1',
      ],
    )
    sent.length = 0
    await session.flush()
    const written = sent.filter((sql) => /^(INSERT|UPDATE|DELETE)/.test(sql))
    // An index by which rows are found is asked for when the first of them is.
    const plain = (sql = '') => sql.replace(/ FORCE INDEX \([^)]*\)/, '')
    t.deepEqual(
      written.map(plain),
      told.map(({ sql }) => plain(sql)),
    )
    t.deepEqual(session.explain(), [])
    await session.close()
  })

  testOn(database, `facts about a server are queried once for all of its clients [${database.name}]`, async (t) => {
    const { adapter, url, drop } = await database.create('test')
    const client = await connectTo('test', adapter, url) // a kept one has queried them already
    t.teardown(() => client.$disconnect().then(drop))
    const questions: string[] = []
    const source = client as unknown as { $on(event: 'query', listener: (event: { query: string }) => void): void }
    source.$on('query', ({ query }) => {
      if (isQuestion(query)) questions.push(query)
    })
    const made = new Date(0)
    for (const each of [client, client.$extends({ model: {} }) as unknown as PrismaClient]) {
      const session = createSession(each)
      const rows = session.addAll('Made', [
        { note: 'a', made },
        { note: 'b', made },
      ])
      await session.commit()
      for (const row of rows) row.note = `${row.note} anew`
      await session.commit()
      await session.close()
      await each.$transaction(async (tx) => {
        const inside = createSession(tx)
        inside.addAll('Made', [{ note: 'c' }, { note: 'd' }])
        await inside.commit()
        await inside.close()
      })
    }
    t.is(questions.length, new Set(questions).size, questions.join('\n'))
  })

  testOn(database, `explain() gives the reason where Prisma writes [${database.name}]`, async (t) => {
    const { client } = await open(t, database)
    const hooked = client.$extends({ query: { $allModels: { $allOperations: ({ args, query }) => query(args) } } })
    const session = createSession(hooked as unknown as PrismaClient)
    session.addAll('User', [{ name: 'a' }, { name: 'b' }])
    const [told] = session.explain()
    t.is(told?.way, 'prisma')
    t.regex(told?.reason ?? '', /query extensions/)
    await session.commit()
    t.is(await client.user.count(), 2)
    await session.close()

    const plain = createSession(client)
    plain.add('User', { name: 'half a pair \ud800' })
    const [second] = plain.explain()
    t.is(second?.way, 'prisma')
    t.regex(second?.reason ?? '', /User\.name/)
    plain.expungeAll()
    await plain.close()
  })

  testOn(database, `a floating-point number keeps every digit [${database.name}]`, async (t) => {
    const numbers = [0.1, 1 / 3, Math.PI, Number.MAX_VALUE, Number.EPSILON, -1e-300, 123456789.12345679, 5e-324]
    const { client } = await open(t, database)
    const session = createSession(client)
    for (const [id, float] of numbers.entries()) session.add('Everything', { id: BigInt(id), float })
    await session.commit()
    for (const [id, float] of numbers.entries()) {
      const compared =
        database.name === 'mariadb'
          ? `"float" = ${float.toExponential()}`
          : `"float" = CAST('${float}' AS ${database.name === 'postgresql' ? 'double precision' : 'REAL'})`
      const sql = `SELECT COUNT(*) AS "n" FROM "every thing" WHERE "id" = ${id} AND ${compared}`
      const [row] = await client.$queryRawUnsafe<{ n: unknown }[]>(quotedFor(database.name, sql))
      t.is(Number(row?.n), 1, `${float}`)
    }
    await session.close()
  })
}

for (const [name, dialect, quote] of [
  ['sqlite', sqlite, '"'],
  ['postgresql', postgresql, '"'],
  ['mariadb', mariadb, '`'],
] as const) {
  testOnce(`${name} statements quote names and double the quotes in them`, (t) => {
    const evil = `a${quote}; DROP TABLE x; --`
    const field = { ...scalarNamed(modelNamed(testModels, 'User'), 'name'), name: evil, column: evil }
    const table = { schema: evil, name: evil }
    const column = dialect.column(field)
    if (!column) return t.fail()
    const known = { altersRows: false, altersReturned: false, indexes: new Map([[evil, [evil]]]) }
    const server = { tables: new Map([[dialect.nameOf(table), known]]) }
    const texts = [
      dialect.insert(table, [column], [field]),
      dialect.one?.insert(table, [column], [field]) ?? '',
      dialect.update(table, [column], [column], [field], server),
      dialect.update(table, [column], [{ ...column, field: { ...field } }], [field], server),
      dialect.select(table, [column], [field], server),
      dialect.remove(table, [column], server),
      dialect.link(table, [column]),
    ]
    const doubled = evil.replaceAll(quote, quote + quote)
    for (const text of texts) {
      t.is(text.replaceAll(`${quote}${doubled}${quote}`, '').includes('DROP'), false, text)
    }
  })
}

testOn(
  databases[2],
  'every object has the key of its own row where the database generates keys in no order',
  async (t) => {
    const ways: unknown[] = []
    const { rowSets } = await bothWays(databases[2], async (session, raw) => {
      const times = Array.from({ length: 40 }, (_, n) => new Date(n * 1000))
      const objects = times.map((at) => session.add('Random', { kind: 'all alike', at }))
      ways.push(session.explain()[0]?.way)
      await session.commit()
      const rows = await raw.$queryRawUnsafe<{ id: string; at: Date }[]>('SELECT id, at FROM "Random"')
      const byId = new Map(rows.map(({ id, at }) => [id, at.getTime()]))
      return objects.map(({ id, at }, n) => byId.get(id as string) === n * 1000 && (at as Date).getTime() === n * 1000)
    })
    t.is(rowSets.error, null)
    t.is(rowSets.result?.filter(Boolean).length, 40)
    t.deepEqual(ways, ['set-based', 'prisma'])
  },
)

testOn(databases[0], 'a table of any name is written by a set-based statement', async (t) => {
  const models = wideModels('better-sqlite3').map(({ name }: Model) => name)
  t.true(models.includes('Wide'))
  const { rowSets } = await bothWays(databases[0], async (session) => {
    session.add('Wide', { text: 'x', needed: '"' })
    const told = session.explain()
    await session.commit()
    return told.map(({ way, sql }) => [way, sql?.includes('"wide ?, $1; (table)"')])
  })
  t.deepEqual(rowSets.result, [['set-based', true]])
})

async function open(t: ExecutionContext, row: DatabaseRow): Promise<{ client: PrismaClient; sent: string[] }> {
  const database = await row.create('test')
  const client = database.connect()
  const sent: string[] = []
  listenTo(client, (sql) => sent.push(sql))
  t.teardown(async () => {
    listenTo(client, () => {})
    await database.release(client)
    await database.drop()
  })
  return { client, sent }
}
