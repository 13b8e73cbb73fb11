import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, test } from 'node:test'
import { rollbackEach } from '../../src/index.ts' // an application writes 'prisma-session-proxy'
import { prisma } from './database.ts'
import { signUp, trySignUp } from './sign-up.ts'

const tests = rollbackEach(prisma)
const { session } = tests

beforeEach(() => tests.before())
afterEach(() => tests.after())
after(() => prisma.$disconnect())

// node:test runs the tests of a file one after the other, and files side by side.
test('signs up, and commits', async () => {
  const { id } = await signUp(session, 'Ada', 'ada@example.org')
  assert.equal(session.inTransaction(), false)
  assert.equal((await session.profile.findUnique({ where: { userId: id } }))?.bio, 'Ada is new here')
})

test('the test before has left nothing', async () => {
  assert.equal(await session.user.count(), 0)
  assert.equal(session.identityMap.size, 0)
})

test('an address is taken once, and that is no end', async () => {
  const ada = await signUp(session, 'Ada', 'ada@example.org')
  assert.equal(await trySignUp(session, 'Adam', 'ada@example.org'), null)
  assert.ok(await trySignUp(session, 'Bob', 'bob@example.org'))
  assert.equal(await session.getOne('User', ada.id), ada)
  assert.equal(await session.user.count(), 2)
})

test('a rollback of the code under test goes back to its own commit', async () => {
  const ada = await signUp(session, 'Ada', 'ada@example.org')
  ada.name = 'Countess'
  await session.flush()
  await session.rollback()
  assert.equal(ada.name, 'Ada')
  assert.equal(await session.user.count(), 1)
})
