import type { AsyncSession, SessionTransaction } from '../../src/types/index.js'
import { type C, createSession, open, prisma } from './clients.ts'
import { expectType } from './equal.ts'

const session = createSession(prisma)

session
  .on('pendingToPersistent', ({ session, entity }) => {
    expectType<AsyncSession<C>>()(session)
    expectType<object>()(entity)
  })
  .on('afterBegin', ({ transaction }) => expectType<SessionTransaction>()(transaction))
  .on('beforeFlush', async ({ session }) => void session.add('User', { name: 'a' }))
  .on('warning', ({ message }) => expectType<string>()(message))
  .on('doExecute', (payload) => {
    payload.statement = {}
  })
  .commit()
open.on('afterCommit', ({ session }) => session.inTransaction())

const listener = (payload: object) => payload
session.on('afterFlush', listener).off('afterFlush', listener)

// @ts-expect-error no such event
session.on('afterFlsh', () => {})
// @ts-expect-error a flush has no entity
session.on('afterFlush', ({ entity }) => entity)
// @ts-expect-error no function
session.on('afterFlush', 1)
