// New rows that set different columns: keys in the order of `add`, in one statement where that is possible.
import type { PrismaClient as EdgeClient } from '../../generated/edge/client.ts'
import { createSession } from '../../src/index.js'
import { behaviour, type Context, type TestSession } from '../helpers/conformance.js'

const isAscending = (list: readonly { id: number }[]) =>
  list.every(({ id }, n) => n === 0 || id > (list[n - 1]?.id ?? 0))

for (const way of ['set-based', 'through Prisma'] as const) {
  const sessionOf = (x: Context) =>
    way === 'set-based' ? x.s : (createSession(x.extended('hooked')) as unknown as TestSession)

  behaviour(`rows that set different columns get keys in the order of add, ${way}`, async (t, x) => {
    const s = sessionOf(x)
    const posts = Array.from({ length: 9 }, (_, n) =>
      s.add('Post', {
        title: `post ${n}`,
        ...(n % 2 === 1 && { body: `body ${n}` }),
        ...(n % 3 === 0 && { authorId: null }),
      }),
    )
    await s.commit()
    // SQLite has no DEFAULT for one row of many: Prisma's own createMany parts the rows there.
    const isParted = way === 'through Prisma' && (x.database === 'better-sqlite3' || x.database === 'libsql')
    if (!isParted) t.true(isAscending(posts))
    const rows = await x.raw.post.findMany({ orderBy: { id: 'asc' } })
    t.deepEqual(
      [...posts].sort((a, b) => a.id - b.id).map(({ id, title, body }) => [id, title, body]),
      rows.map(({ id, title, body }) => [id, title, body]),
    )
    t.deepEqual(
      posts.map(({ body }) => body),
      posts.map((_, n) => (n % 2 === 1 ? `body ${n}` : null)),
    )
    await s.close()
  })

  behaviour(`defaults of columns that other rows set are those of the schema, ${way}`, async (t, x) => {
    const s = sessionOf(x)
    const [plain, named, nulled, mooded] = [
      s.add('Made', {}),
      s.add('Made', { uuid: 'mine', note: 'given', flag: false }),
      s.add('Made', { note: null }),
      s.add('Made', { mood: 'HAPPY', made: new Date(5) }),
    ]
    await s.commit()
    t.deepEqual(
      [plain, named, nulled, mooded].map(({ note, flag, mood }) => [note, flag, mood]),
      [
        [null, true, 'SAD'],
        ['given', false, 'SAD'],
        [null, true, 'SAD'],
        [null, true, 'HAPPY'],
      ],
    )
    t.is(named.uuid, 'mine')
    t.not(plain.uuid, nulled.uuid)
    t.true(plain.made.getTime() > 1e12)
    const rows = await x.raw.made.findMany()
    for (const made of [plain, named, nulled, mooded])
      t.deepEqual(
        { ...made },
        rows.find(({ id }) => id === made.id),
      )
    await s.close()
  })
}

behaviour('rows of many sets of columns are one statement', async (t, x) => {
  const names = ['int', 'float', 'bool', 'text', 'at', 'json', 'mood'] as const
  const values = { int: 1, float: 0.5, bool: true, text: 'x', at: new Date(0), json: { a: 1 }, mood: 'SAD' }
  const rows = Array.from({ length: 2 ** names.length }, (_, bits) => {
    const given = Object.fromEntries(
      names.flatMap((name, place) => ((bits >> place) & 1 ? [[name, values[name]]] : [])),
    )
    return x.s.add('Everything', { id: BigInt(bits), ...given })
  })
  await x.s.flush()
  t.deepEqual(x.written(), ['INSERT every thing'])
  await x.s.commit()
  const stored = await x.raw.everything.findMany({ orderBy: { id: 'asc' } })
  t.deepEqual(
    stored,
    rows.map((row) => ({ ...row })),
  )
})

behaviour('rows with keys of their own and rows without are two statements, each in the order of add', async (t, x) => {
  const users = Array.from({ length: 6 }, (_, n) =>
    x.s.add('User', { name: `user ${n}`, ...(n % 2 === 0 && { id: 1000 + n }), ...(n % 3 === 0 && { kind: 'x' }) }),
  )
  await x.s.flush()
  t.deepEqual(x.written(), ['INSERT User', 'INSERT User'])
  t.true(isAscending(users.filter((_, n) => n % 2 === 0)))
  t.true(isAscending(users.filter((_, n) => n % 2 === 1)))
  await x.s.commit()
  t.is(await x.raw.user.count({ where: { kind: 'x' } }), 2)
})

behaviour('children get their keys in the order of add, with parents new, known and none', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'known' } })
  const known = await x.s.getOne('User', id)
  const posts = [
    x.s.add('Post', { title: '0', author: { name: 'new' } }),
    x.s.add('Post', { title: '1' }),
    x.s.add('Post', { title: '2', author: known }),
    x.s.add('Post', { title: '3', authorId: id, body: 'b' }),
    x.s.add('Post', { title: '4', author: { name: 'newer' } }),
  ]
  await x.s.commit()
  const rows = await x.raw.post.findMany({ orderBy: { title: 'asc' }, include: { author: true } })
  t.deepEqual(
    rows.map(({ author }) => author?.name ?? null),
    ['new', null, 'known', 'known', 'newer'],
  )
  t.deepEqual(
    posts.map((post) => post.id),
    rows.map((row) => row.id),
  )
})

behaviour(
  'a value that some rows leave out and the column requires is refused as Prisma refuses it',
  async (t, x) => {
    const s = createSession(x.client as unknown as EdgeClient)
    s.addAll('Reading', [{ value: 1 }, {} as { value: number }])
    await t.throwsAsync(async () => await s.flush(), { message: /value/ })
    await s.rollback()
    t.is(await (x.raw as unknown as EdgeClient).reading.count(), 0)
    await s.close()
  },
  { schema: 'edge' },
)
