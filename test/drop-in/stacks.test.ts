// Stacks of errors: each has the line that made the call, as with Prisma itself.
import type { ExecutionContext } from 'ava'
import { type AsyncSession, createSession, type SessionOptions } from '../../src/index.js'
import type { PrismaClient } from '../helpers/clients.js'
import { databases } from '../helpers/databases.js'
import { testOn } from '../helpers/test-on.js'

type Session = AsyncSession<PrismaClient>

/** Each fails: its name is to stand in the stack, and that of who called it. */
const failing = {
  async write(s: Session) {
    return await s.user.create({ data: { name: 'b', email: 'taken' } })
  },
  async read(s: Session) {
    return await s.user.findFirstOrThrow({ where: { name: 'nobody' } })
  },
  async raw(s: Session) {
    return await s.$executeRawUnsafe('UPDATE "Nobody" SET "name" = 1')
  },
  async flushed(s: Session) {
    s.add('User', { name: 'b', email: 'taken' })
    await s.flush()
  },
  async committed(s: Session) {
    s.add('User', { name: 'b', email: 'taken' })
    await s.commit()
  },
  async got(s: Session) {
    return await s.getOne('User', 99)
  },
  async inTransaction(s: Session) {
    return await s.transaction(async function body() {
      return await s.user.create({ data: { name: 'b', email: 'taken' } })
    })
  },
} as const

const outside: readonly (keyof typeof failing)[] = ['write', 'read', 'raw']

async function caller(work: (s: Session) => Promise<unknown>, session: Session): Promise<unknown> {
  return await work(session)
}

async function stackOf(t: ExecutionContext, name: keyof typeof failing, session: Session): Promise<string[]> {
  const error = await t.throwsAsync(() => caller(failing[name] as (s: Session) => Promise<unknown>, session))
  return (error?.stack ?? '').split('\n').filter((line) => /^ +at /.test(line))
}

for (const row of databases.filter(({ name }) => name === 'better-sqlite3')) {
  const settings: readonly [string, SessionOptions, readonly string[]][] = [
    ['default', {}, Object.keys(failing)],
    ['autobegin: false', { autobegin: false }, outside],
  ]
  for (const [setting, options, names] of settings)
    testOn(row, `the stack of an error has the line of the caller [${setting}, ${row.name}]`, async (t) => {
      const database = await row.create('test')
      const client = database.connect()
      await client.user.create({ data: { name: 'a', email: 'taken' } })
      for (const name of names) {
        const session = createSession(client, options)
        const stack = await stackOf(t, name as keyof typeof failing, session)
        t.true(
          stack.some(
            (line) => line.includes(name === 'inTransaction' ? 'body' : name) && line.includes('stacks.test.ts'),
          ),
          `${name}: ${stack.join('\n')}`,
        )
        if (name !== 'inTransaction')
          t.true(
            stack.some((line) => line.includes('at async caller')),
            name,
          )
        await session.close()
      }
      await database.release(client)
      await database.drop()
    })
}
