// Objects that cannot be written as they are: refused at the call or before anything of the flush is sent, and nothing is lost.
import { PrismaClientValidationError } from '@prisma/client/runtime/client'
import { ArgumentError, createSession, entity, FlushError, inspect } from '../../src/index.js'
import { behaviour } from '../helpers/conformance.js'
import { inOrder, refused } from '../helpers/steps.js'

type Loose = Record<string, (...args: unknown[]) => unknown>
const loose = (s: object) => s as unknown as Loose

behaviour(
  'missing required values of all objects are one error in Prisma’s words, before anything is sent',
  async (t, x) => {
    const s = loose(x.s)
    const complete = x.s.add('Tag', { label: 'fine' })
    const user = s.add?.('User', { email: 'ada@example.org' }) as { name?: string }
    const post = s.add?.('Post', {}) as { title?: string }
    s.add?.('Item', { label: 'without an owner' })
    const error = await refused(t, () => x.s.flush(), { name: 'PrismaClientValidationError' })
    t.true(error instanceof PrismaClientValidationError)
    t.regex(error.message, /3 objects lack required values/)
    t.regex(error.message, /- new User \(email: "ada@example\.org"\): Argument `name` is missing\./)
    t.regex(error.message, /- new Post: Argument `title` is missing\./)
    t.regex(error.message, /- new Item \(label: "without an owner"\): Argument `owner` is missing\./)
    t.notRegex(error.message, /Tag/)
    t.deepEqual([x.ops(), x.wire()], [[], []])

    t.true(x.s.isActive)
    t.is(inspect(complete).state, 'pending')
    user.name = 'Ada'
    post.title = 'Notes'
    for (const each of x.s.new) if (inspect(each).model === 'Item') x.s.expunge(each)
    await x.s.commit()
    t.deepEqual([await x.raw.user.count(), await x.raw.post.count(), await x.raw.tag.count()], [1, 1, 1])
  },
)

behaviour('null in a required field of a new and of a changed object is refused in the same way', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
  const user = await x.s.getOne('User', id)
  user.name = null as never
  loose(x.s).add?.('Post', { title: null })
  x.clear()
  const { message } = await refused(t, () => x.s.commit(), { name: 'PrismaClientValidationError' })
  t.regex(message, /- new Post: Argument `title` must not be null\./)
  t.regex(message, new RegExp(`- User ${id}: Argument \`name\` must not be null\\.`))
  t.deepEqual(x.ops(), [])
  user.name = 'Countess'
  for (const each of x.s.new) x.s.expunge(each)
  await x.s.commit()
  t.is((await x.raw.user.findFirstOrThrow()).name, 'Countess')
})

behaviour(
  'a required relation may be given by object, by key, by the parent’s list, or by a pending parent',
  async (t, x) => {
    const { id } = await x.raw.user.create({ data: { name: 'Ada' } })
    x.s.add('Item', { ownerId: id })
    x.s.add('Item', { owner: await x.s.getOne('User', id) })
    const bob = x.s.add('User', { name: 'bob', items: [{}] })
    x.s.add('Item', { owner: bob })
    await x.s.commit()
    t.is(await x.raw.item.count(), 4)
  },
)

behaviour(
  'an autoflush, and a transaction block, report missing values too; the block is rolled back',
  async (t, x) => {
    loose(x.s).add?.('Post', {})
    const { message } = await refused(t, () => x.s.user.count(), { name: 'PrismaClientValidationError' })
    t.regex(message, /raised by an autoflush/)
    x.s.expungeAll()
    t.is(await x.s.user.count(), 0)
    await x.s.rollback()
    await refused(t, () => x.s.transaction(() => inOrder(() => loose(x.s).add?.('Post', {}))), {
      name: 'PrismaClientValidationError',
    })
    t.is(x.s.new.size, 0)
    t.false(x.s.inTransaction())
  },
)

behaviour('where a query extension may add values, nothing is refused for want of them', async (t, x) => {
  const s = createSession(x.extended('rewriting'))
  loose(s).add?.('User', { email: 'ada@example.org' })
  await s.commit()
  t.like(await x.raw.user.findFirst(), { name: 'by the hook', email: 'ada@example.org' })
  await s.close()
})

behaviour(
  'the undefined key of a pending object as a foreign key is refused, with the relation to set instead',
  async (t, x) => {
    const user = x.s.add('User', { name: 'Ada' })
    const error = t.throws(() => x.s.add('Post', { title: 'Notes', authorId: user.id }), { instanceOf: ArgumentError })
    t.regex(String(error?.message), /new Post: authorId is undefined/)
    t.regex(String(error?.message), /author: user/)
    t.throws(() => x.s.addAll('Post', [{ title: 'Notes', authorId: user.id }]), { instanceOf: ArgumentError })
    t.throws(() => x.s.add('Tag', { label: 'maths', posts: [{ title: 'Notes', authorId: user.id }] }), {
      instanceOf: ArgumentError,
    })
    t.is(x.s.new.size, 1)

    x.s.add('Post', { title: 'Notes', author: user, authorId: undefined as never })
    await x.s.flush()
    x.s.add('Post', { title: 'more', authorId: user.id })
    await x.s.commit()
    t.is(await x.raw.post.count({ where: { authorId: user.id } }), 2)
  },
)

behaviour(
  'an undefined key assigned to a new or loaded object is refused by the flush, and nothing is lost',
  async (t, x) => {
    const { id } = await x.raw.post.create({ data: { title: 'old' } })
    const loaded = await x.s.getOne('Post', id)
    const added = x.s.add('Post', { title: 'new' })
    const user = x.s.add('User', { name: 'Ada' })
    for (const post of [loaded, added]) {
      post.authorId = user.id
      x.clear()
      await refused(t, () => x.s.flush(), { instanceOf: ArgumentError, message: /authorId is undefined/ })
      t.deepEqual(x.ops(), [])
      t.is(x.s.new.size, 2)
      post.authorId = null
    }
    loaded.author = user
    await x.s.commit()
    t.deepEqual(
      (await x.raw.post.findMany({ orderBy: { id: 'asc' } })).map(({ authorId }) => authorId),
      [user.id, null],
    )
  },
)

behaviour('an undefined foreign key means "not given" where no new object could be meant', async (t, x) => {
  x.s.add('Tag', { label: 'maths' })
  x.s.add('Post', { title: 'anonymous', authorId: undefined as never })
  await x.s.commit()
  x.s.add('User', { name: 'Ada' })
  x.s.add('Post', { title: 'anonymous too' })
  await x.s.commit()
  x.s.expunge(x.s.add('User', { name: 'taken back' }))
  x.s.add('User', { name: 'undone' })
  await x.s.rollback()
  x.s.expunge(x.s.add('Post', { title: 'anonymous', authorId: undefined as never }))
  t.is(await x.raw.post.count({ where: { authorId: null } }), 2)
})

behaviour(
  'a plain object with a generated key in a relation is refused, with the ways to name the row',
  async (t, x) => {
    const row = await x.raw.user.create({ data: { name: 'Ada' } })
    for (const author of [row, { id: row.id }]) {
      const error = t.throws(() => x.s.add('Post', { title: 'Notes', author: author as typeof row }), {
        instanceOf: ArgumentError,
      })
      t.regex(String(error?.message), new RegExp(`ref\\('User', ${row.id}\\)`))
      t.regex(String(error?.message), /attach\('User', row\)/)
      t.regex(String(error?.message), /set authorId instead of author/)
    }
    t.throws(() => x.s.add('User', { name: 'bob', posts: [{ id: 5, title: 'old' }] }), {
      message: /User\.posts was given/,
    })
    t.false(x.s.inTransaction())

    x.s.add('Post', { title: 'by attach', author: x.s.attach('User', row) })
    x.s.add('Post', { title: 'by ref', author: x.s.ref('User', row.id) })
    x.s.add('Post', { title: 'by key', authorId: row.id })
    x.s.add('Post', { title: 'a new one', author: entity('User', { id: 500, name: 'new' }) as never })
    x.s.add('Use', { code: { code: 'natural', label: 'its key is the program’s' } })
    await x.s.commit()
    t.is(await x.raw.post.count({ where: { authorId: row.id } }), 3)
    t.is(await x.raw.user.count(), 2)
  },
)

behaviour(
  'a plain row assigned to a loaded object’s relation is refused by the flush, and nothing is lost',
  async (t, x) => {
    const row = await x.raw.user.create({ data: { name: 'Ada' } })
    const { id } = await x.raw.post.create({ data: { title: 'old' } })
    const post = await x.s.getOne('Post', id)
    x.s.add('Tag', { label: 'kept' })
    post.author = row
    await refused(t, () => x.s.commit(), {
      instanceOf: ArgumentError,
      message: /Post\.author was given a plain object/,
    })
    post.author = x.s.attach('User', row)
    await x.s.commit()
    t.is((await x.raw.post.findUniqueOrThrow({ where: { id } })).authorId, row.id)
    t.is(await x.raw.tag.count(), 1)
  },
)

behaviour('merge takes rows with keys in relations, as ever', async (t, x) => {
  const row = await x.raw.user.create({ data: { name: 'Ada' } })
  await x.s.merge('Post', { title: 'Notes', author: { ...row, name: 'Countess' } })
  await x.s.commit()
  t.like(await x.raw.user.findFirst(), { id: row.id, name: 'Countess' })
  t.is(await x.raw.user.count(), 1)
})

behaviour('a foreign key may be undefined where the list that holds the object gives it', async (t, x) => {
  const user = x.s.add('User', {
    name: 'Ada',
    posts: [{ title: 'Notes', authorId: undefined }],
    profile: { bio: 'x', userId: undefined },
    invited: [{ name: 'bob', inviterId: undefined }],
  } as never) as { id: number }
  await x.s.commit()
  t.like(await x.raw.post.findFirst(), { authorId: user.id })
  t.like(await x.raw.profile.findFirst(), { userId: user.id })
  t.is(await x.raw.user.count({ where: { inviterId: user.id } }), 1)
})

behaviour('a foreign key may be undefined beside a relation that is null', async (t, x) => {
  x.s.add('User', { name: 'Ada' })
  x.s.add('Post', { title: 'of nobody', author: null, authorId: undefined } as never)
  await x.s.commit()
  t.like(await x.raw.post.findFirst(), { authorId: null })
})

behaviour('rows that are added together may leave a key of their own model undefined', async (t, x) => {
  x.s.addAll('User', [
    { name: 'a', inviterId: undefined },
    { name: 'b', inviterId: undefined },
  ] as never)
  await x.s.commit()
  t.is(await x.raw.user.count({ where: { inviterId: null } }), 2)
})

behaviour('null in a required field with a default is refused before anything is sent', async (t, x) => {
  x.s.add('Tag', { label: 'kept' })
  x.s.add('User', { name: 'Ada', kind: null } as never)
  const error = await refused(t, () => x.s.flush(), { name: 'PrismaClientValidationError' })
  t.regex(error.message, /Argument `kind` must not be null/)
  t.true(x.s.isActive)
  t.is(x.s.new.size, 2)
  t.deepEqual(x.written(), [])
})

behaviour('what the plan of a flush refuses leaves the transaction and the work as they are', async (t, x) => {
  const { id } = await x.raw.user.create({ data: { name: 'Ada', items: { create: { label: 'pen' } } } })
  const user = await x.s.getOne('User', id, { include: { items: true } })
  x.s.add('Tag', { label: 'kept' })
  const [item] = user.items
  user.items = []
  await refused(t, () => x.s.flush(), { instanceOf: FlushError, message: /cannot be null/ })
  t.true(x.s.isActive)
  t.is(x.s.new.size, 1)
  await x.s.delete(item as object)
  await x.s.commit()
  t.is(await x.raw.tag.count(), 1)
  t.is(await x.raw.item.count(), 0)
})

behaviour(
  'an operation in the place of a value is refused, wherever it comes from, and executed by nobody',
  async (t, x) => {
    const { id } = await x.raw.doc.create({ data: { version: 1, body: 'first' } })
    const hostile = { increment: 1_000_000 } as never
    t.throws(() => x.s.add('Doc', { version: hostile, body: 'x' }), {
      instanceOf: ArgumentError,
      message: /Doc\.version/,
    })
    await refused(t, () => loose(x.s).merge?.('Doc', { id, version: hostile }), { instanceOf: ArgumentError })
    const doc = await x.s.getOne('Doc', id)
    doc.version = hostile
    await refused(t, () => x.s.flush(), { instanceOf: ArgumentError, message: /takes a value, not an operation/ })
    t.true(x.s.isActive)
    doc.version = 2
    doc.body = { set: 'second' } as never
    await refused(t, () => x.s.commit(), { instanceOf: ArgumentError })
    doc.body = 'second'
    await x.s.commit()
    t.like(await x.raw.doc.findUnique({ where: { id } }), { version: 2, body: 'second' })
  },
)
