import test from 'ava'
import { rollbackEach } from '../../src/index.ts' // an application writes 'prisma-session-proxy'
import { prisma } from './database.ts'
import { signUp, trySignUp } from './sign-up.ts'

const tests = rollbackEach(prisma)
const { session } = tests

test.beforeEach(() => tests.before())
test.afterEach.always(() => tests.after())
test.after.always(() => prisma.$disconnect())

// The tests of a file share its session: serial, all of them. Files run side by side.
test.serial('signs up, and commits', async (t) => {
  const { id } = await signUp(session, 'Ada', 'ada@example.org')
  t.false(session.inTransaction())
  t.like(await session.profile.findUnique({ where: { userId: id } }), { bio: 'Ada is new here' })
})

test.serial('the test before has left nothing', async (t) => {
  t.is(await session.user.count(), 0)
  t.is(session.identityMap.size, 0)
})

test.serial('an address is taken once, and that is no end', async (t) => {
  const ada = await signUp(session, 'Ada', 'ada@example.org')
  t.is(await trySignUp(session, 'Adam', 'ada@example.org'), null)
  t.truthy(await trySignUp(session, 'Bob', 'bob@example.org'))
  t.is(await session.getOne('User', ada.id), ada)
  t.is(await session.user.count(), 2)
})

test.serial('a rollback of the code under test goes back to its own commit', async (t) => {
  const ada = await signUp(session, 'Ada', 'ada@example.org')
  ada.name = 'Countess'
  await session.flush()
  await session.rollback()
  t.is(ada.name, 'Ada')
  t.is(await session.user.count(), 1)
})
