// The retry option of maker.begin(fn): which errors repeat the work, and in which session.
import { type AnySession, ArgumentError, PendingRollbackError, type Session, sessionMaker } from '../../src/index.js'
import type { PrismaClient } from '../helpers/clients.js'
import { behaviour, inClientTransaction } from '../helpers/conformance.js'
import { inOrder, refused } from '../helpers/steps.js'

/** The error that Prisma throws for a write conflict or a deadlock. */
const conflict = () => Object.assign(new Error('write conflict'), { code: 'P2034' })

type Body = (session: Session<PrismaClient>) => unknown

behaviour('retry runs the work again after a conflict, each time in a new session', async (t, x) => {
  const sessions: AnySession[] = []
  const body: Body = (session) => {
    sessions.push(session)
    return inOrder(
      () => session.add('User', { name: `attempt ${sessions.length}` }),
      () => session.flush(),
      () => {
        if (sessions.length < 3) throw conflict()
      },
    )
  }
  await sessionMaker(x.client).begin(body, { retry: { times: 2, delay: 1 } })
  t.is(new Set(sessions).size, 3)
  t.true(sessions.every((session) => session.isActive))
  t.deepEqual(
    (await x.raw.user.findMany()).map(({ name }) => name),
    ['attempt 3'],
  )
})

behaviour('retry throws the last conflict when its attempts are used up', async (t, x) => {
  const errors: Error[] = []
  const body: Body = () => {
    const error = conflict()
    errors.push(error)
    throw error
  }
  const error = await refused(t, () => sessionMaker(x.client).begin(body, { retry: { times: 3, delay: 0 } }))
  t.is(errors.length, 4)
  t.true(error === errors[3])
})

behaviour('retry does not repeat the work after other errors', async (t, x) => {
  let runs = 0
  const error = new RangeError('mine')
  const body: Body = () => {
    runs++
    throw error
  }
  t.is(await refused(t, () => sessionMaker(x.client).begin(body, { retry: 5 })), error)
  t.is(runs, 1)
})

behaviour('retry repeats the work after a PendingRollbackError caused by a conflict', async (t, x) => {
  let runs = 0
  const body: Body = () => {
    if (++runs === 1) throw new PendingRollbackError('the transaction has failed', { cause: conflict() })
  }
  await sessionMaker(x.client).begin(body, { retry: { times: 1, delay: 0 } })
  t.is(runs, 2)
})

behaviour('retry options are checked before anything runs', async (t, x) => {
  let runs = 0
  const body: Body = () => runs++
  for (const retry of [
    -1,
    1.5,
    Number.POSITIVE_INFINITY,
    '3',
    null,
    {},
    { times: 1, delay: -1 },
    { times: 1, wait: 2 },
  ])
    await refused(t, () => sessionMaker(x.client).begin(body, { retry } as object), { instanceOf: ArgumentError })
  t.is(runs, 0)
  t.deepEqual(x.wire(), [])
})

behaviour(
  'retry is refused over an external transaction client',
  async (t, x) => {
    const seen: unknown[] = []
    await inClientTransaction(x, (tx) =>
      inOrder(async () => {
        seen.push(await refused(t, () => sessionMaker(tx).begin(() => {}, { retry: 1 }), { instanceOf: ArgumentError }))
      }),
    )
    t.is(seen.length, 1)
  },
  { modes: ['async'] },
)
