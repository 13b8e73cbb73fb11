import test from 'ava'
import { rollbackEach } from '../../src/index.ts' // an application writes 'prisma-session-proxy'
import { prisma } from './database.ts'
import { moveProfile } from './sign-up.ts'

// As a client alone behaves: what fails undoes itself and nothing else.
const tests = rollbackEach(prisma, { autobegin: false })
const { session } = tests

test.beforeEach(() => tests.before())
test.afterEach.always(() => tests.after())
test.after.always(() => prisma.$disconnect())

test.serial('a profile moves', async (t) => {
  const [from, to] = await twoUsers()
  await moveProfile(session, from, to)
  t.like(await session.profile.findFirst(), { userId: to })
})

test.serial('to a user that is not there it does not', async (t) => {
  const [from, to] = await twoUsers()
  await session.user.delete({ where: { id: to } })
  await t.throwsAsync(() => moveProfile(session, from, to))
  t.like(await session.profile.findFirst(), { userId: from })
})

test.serial('nothing is left of either', async (t) => {
  t.deepEqual(await session.$transaction([session.user.count(), session.profile.count()]), [0, 0])
})

/** Their addresses are those of the other file's users: nothing that one file writes is seen by another. */
async function twoUsers(): Promise<[number, number]> {
  const ada = await session.user.create({
    data: { name: 'Ada', email: 'ada@example.org', profile: { create: { bio: 'counts' } } },
  })
  const bob = await session.user.create({ data: { name: 'Bob', email: 'bob@example.org' } })
  return [ada.id, bob.id]
}
