import assert from 'node:assert/strict'
import { after, afterEach, beforeEach, test } from 'node:test'
import { rollbackEach } from '../../src/index.ts' // an application writes 'prisma-session-proxy'
import { prisma } from './database.ts'
import { moveProfile } from './sign-up.ts'

// As a client alone behaves: what fails undoes itself and nothing else.
const tests = rollbackEach(prisma, { autobegin: false })
const { session } = tests

beforeEach(() => tests.before())
afterEach(() => tests.after())
after(() => prisma.$disconnect())

test('a profile moves', async () => {
  const [from, to] = await twoUsers()
  await moveProfile(session, from, to)
  assert.equal((await session.profile.findFirst())?.userId, to)
})

test('to a user that is not there it does not', async () => {
  const [from, to] = await twoUsers()
  await session.user.delete({ where: { id: to } })
  await assert.rejects(moveProfile(session, from, to))
  assert.equal((await session.profile.findFirst())?.userId, from)
})

test('nothing is left of either', async () => {
  assert.deepEqual(await session.$transaction([session.user.count(), session.profile.count()]), [0, 0])
})

/** Their addresses are those of the other file's users: nothing that one file writes is seen by another. */
async function twoUsers(): Promise<[number, number]> {
  const ada = await session.user.create({
    data: { name: 'Ada', email: 'ada@example.org', profile: { create: { bio: 'counts' } } },
  })
  const bob = await session.user.create({ data: { name: 'Bob', email: 'bob@example.org' } })
  return [ada.id, bob.id]
}
