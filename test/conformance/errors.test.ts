// Errors of a flush and of forwarded calls, compared with the errors of Prisma itself.
import { inspect } from 'node:util'
import { Prisma } from '../../generated/test/client.ts'
import { type NoResultFoundError, SessionError, StaleDataError, select } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

type Known = Error & { code: string; meta: Record<string, unknown>; clientVersion: string }

/** Mistakes, each made through a flush of the session and through Prisma itself. */
const mistakes: {
  title: string
  code: string
  prepare?: (x: Context) => Promise<unknown>
  flush: (x: Context) => Promise<unknown>
  prisma: (x: Context) => Promise<unknown>
}[] = [
  {
    title: 'INSERT of a taken unique value',
    code: 'P2002',
    prepare: (x) => x.raw.user.create({ data: { name: 'first', email: 'taken' } }),
    flush: async (x) => {
      x.s.add('User', { name: 'second', email: 'taken' })
    },
    prisma: (x) => x.raw.user.create({ data: { name: 'second', email: 'taken' } }),
  },
  {
    title: 'INSERT of several rows, one with a taken unique value',
    code: 'P2002',
    prepare: (x) => x.raw.user.create({ data: { name: 'first', email: 'taken' } }),
    flush: async (x) => {
      x.s.addAll('User', [
        { name: 'a', email: 'a' },
        { name: 'b', email: 'taken' },
        { name: 'c', email: 'c' },
      ])
    },
    prisma: (x) => x.raw.user.create({ data: { name: 'b', email: 'taken' } }),
  },
  {
    title: 'INSERT of a taken primary key',
    code: 'P2002',
    prepare: (x) => x.raw.code.create({ data: { code: 'A', label: 'first' } }),
    flush: async (x) => {
      x.s.add('Code', { code: 'A', label: 'second' })
    },
    prisma: (x) => x.raw.code.create({ data: { code: 'A', label: 'second' } }),
  },
  {
    title: 'INSERT of a taken composite key',
    code: 'P2002',
    prepare: (x) => x.raw.pair.create({ data: { x: 1, y: 2 } }),
    flush: async (x) => {
      x.s.add('Pair', { x: 1, y: 2 })
    },
    prisma: (x) => x.raw.pair.create({ data: { x: 1, y: 2 } }),
  },
  {
    title: 'INSERT with a foreign key to a missing row',
    code: 'P2003',
    flush: async (x) => {
      x.s.add('Post', { title: 'a', authorId: 999 })
    },
    prisma: (x) => x.raw.post.create({ data: { title: 'a', authorId: 999 } }),
  },
  {
    title: 'UPDATE to a taken unique value',
    code: 'P2002',
    prepare: (x) =>
      x.raw.user.createMany({
        data: [
          { name: 'first', email: 'taken' },
          { name: 'second', email: 'free' },
        ],
      }),
    flush: async (x) => {
      const user = await x.s.getOne('User', 2)
      user.email = 'taken'
    },
    prisma: (x) => x.raw.user.update({ where: { id: 2 }, data: { email: 'taken' } }),
  },
  {
    title: 'UPDATE to a foreign key of a missing row',
    code: 'P2003',
    prepare: (x) => x.raw.post.create({ data: { title: 'a' } }),
    flush: async (x) => {
      const post = await x.s.getOne('Post', 1)
      post.authorId = 999
    },
    prisma: (x) => x.raw.post.update({ where: { id: 1 }, data: { authorId: 999 } }),
  },
  {
    title: 'DELETE of a row referred to with onDelete: Restrict',
    code: 'P2003',
    prepare: (x) => x.raw.code.create({ data: { code: 'A', label: 'a', uses: { create: {} } } }),
    flush: async (x) => {
      await x.s.delete(await x.s.getOne('Code', 'A'))
    },
    prisma: (x) => x.raw.code.delete({ where: { code: 'A' } }),
  },
]

for (const { title, code, prepare, flush, prisma } of mistakes) {
  behaviour(`a flush throws the error of Prisma: ${title}`, async (t, x) => {
    await prepare?.(x)
    const expected = (await t.throwsAsync(async () => void (await prisma(x)))) as Known
    t.is(expected.code, code)
    await flush(x)
    const error = (await t.throwsAsync(async () => void (await x.s.flush()))) as Known
    t.is(error.code, code)
    t.true(error instanceof Prisma.PrismaClientKnownRequestError)
    t.false(error instanceof SessionError)
    t.is(error.clientVersion, expected.clientVersion)
    t.is(error.meta?.modelName, expected.meta.modelName)
    t.deepEqual(cause(error), cause(expected))
  })
}

behaviour('a forwarded call throws the error of Prisma', async (t, x) => {
  await x.raw.user.create({ data: { name: 'first', email: 'taken' } })
  const call = (client: Pick<typeof x.raw, 'user'>) => client.user.create({ data: { name: 'b', email: 'taken' } })
  const expected = (await t.throwsAsync(async () => void (await call(x.raw)))) as Known
  const error = (await t.throwsAsync(async () => void (await call(x.s)))) as Known
  t.true(error instanceof Prisma.PrismaClientKnownRequestError)
  t.is(error.code, expected.code)
  t.deepEqual(error.meta, expected.meta)
})

behaviour(
  'forwarded calls throw the errors of Prisma for a missing row, an invalid argument and invalid SQL',
  async (t, x) => {
    const missing = (await t.throwsAsync(
      async () => void (await x.s.user.update({ where: { id: 999 }, data: { name: 'a' } })),
    )) as Known
    t.is(missing.code, 'P2025')
    t.false(missing instanceof SessionError)
    const invalid = await t.throwsAsync(async () => void (await x.s.user.findMany({ where: { nothing: 1 } as object })))
    t.true(invalid instanceof Prisma.PrismaClientValidationError)
    t.true(x.s.isActive) // neither was an error of the database
    const raw = (await t.throwsAsync(async () => void (await x.s.$queryRawUnsafe('SELECT nothing')))) as Known
    t.is(raw.code, 'P2010')
    t.is(x.s.isActive, x.database !== 'postgresql') // which refuses everything after an error of its own
  },
)

behaviour('the error of a select by an unknown field names the field, and the session stays usable', async (t, x) => {
  const statement = select('User', { where: { nothing: 1 } as object })
  const error = await t.throwsAsync(async () => void (await x.s.scalars(statement)))
  t.regex(error?.message ?? '', /nothing/)
  t.true(x.s.isActive)
  t.deepEqual((await x.s.scalars(select('User'))).all(), [])
})

behaviour('a flush of a row that is gone throws a StaleDataError that names the model', async (t, x) => {
  const user = x.s.add('User', { name: 'a' })
  await x.s.commit()
  await x.raw.user.delete({ where: { id: user.id } })
  user.name = 'b'
  const error = await refused<StaleDataError>(t, () => x.s.flush(), { instanceOf: StaleDataError })
  t.is(error.code, 'STALE_DATA')
  t.regex(error.message, /User/)
  if (error.cause !== undefined) t.is((error.cause as Known).code, 'P2025')
})

function cause(error: Known): unknown {
  const adapter = error.meta?.driverAdapterError as { cause?: object } | undefined
  return adapter?.cause
}

behaviour('an error names model and fields, and no value of a row', async (t, x) => {
  const secret = 'secret-4711@example.org'
  await x.raw.user.create({ data: { name: 'Ada', email: secret } })
  x.s.add('User', { name: 'bob', email: secret })
  const taken = await refused<Error & { meta: object }>(t, () => x.s.flush(), { code: 'P2002' })
  t.regex(taken.message, /INSERT on User: Unique constraint failed on /)
  await x.s.rollback()
  const missing = await refused<NoResultFoundError>(t, () => x.s.getOne('User', { email: `${secret}.uk` }))
  t.is(missing.message, 'no User with this key: use get() where it may be missing')
  t.deepEqual(missing.key, { email: `${secret}.uk` })
  for (const error of [taken, missing]) {
    t.notRegex(error.message, /secret/)
    t.notRegex(String(error.stack), /secret/)
  }
  t.notRegex(inspect(missing), /secret/)
})
