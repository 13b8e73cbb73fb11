// What commit() says is true, whatever listeners do around it.
import { AfterCommitError, PendingRollbackError, type SessionEvent, sessionMaker } from '../../src/index.js'
import { behaviour, type Context, type TestSession } from '../helpers/conformance.js'
import { listen } from '../helpers/observe.js'
import { catching, inOrder, refused } from '../helpers/steps.js'

const failing: readonly SessionEvent[] = [
  'beforeCommit',
  'beforeFlush',
  'afterFlush',
  'afterFlushPostexec',
  'pendingToPersistent',
]

/** A listener whose statement fails, and that keeps the error to itself. */
function swallowIn(s: TestSession, event: SessionEvent): unknown[] {
  const caught: unknown[] = []
  listen(s, event, () => inOrder(catching(caught, () => s.$executeRawUnsafe('SELECT * FROM nowhere'))))
  return caught
}

for (const event of failing) {
  behaviour(
    `commit() throws after a listener of ${event} has swallowed the error of a statement`,
    async (t, x) => {
      const caught = swallowIn(x.s, event)
      let isCommitted = false
      listen(x.s, 'afterCommit', () => {
        isCommitted = true
      })
      x.s.add('User', { name: 'lost' })
      const error = await refused(t, () => x.s.commit(), { instanceOf: PendingRollbackError })
      t.is(error.cause, caught[0])
      t.false(isCommitted)
      await x.s.rollback()
      t.is(await x.raw.user.count(), 0)
    },
    { databases: ['postgresql'] },
  )

  behaviour(
    `maker.begin(fn) throws after a listener of ${event} has swallowed the error of a statement`,
    async (t, x) => {
      await refused(
        t,
        () =>
          sessionMaker(x.client).begin((session) => {
            swallowIn(session as TestSession, event)
            session.add('User', { name: 'lost' })
          }),
        { instanceOf: PendingRollbackError },
      )
      t.is(await x.raw.user.count(), 0)
    },
    { databases: ['postgresql'] },
  )

  behaviour(
    `commit() writes what was flushed when a statement of a listener of ${event} fails and the transaction lives`,
    async (t, x) => {
      const caught = swallowIn(x.s, event)
      x.s.add('User', { name: 'kept' })
      await x.s.commit()
      t.true(caught.length > 0)
      t.is(await x.raw.user.count(), 1)
    },
    { databases: ['better-sqlite3', 'libsql', 'mariadb'] },
  )
}

const afterwards: readonly SessionEvent[] = ['afterCommit', 'afterTransactionEnd']

for (const event of afterwards) {
  behaviour(`an error of a listener of ${event} is an AfterCommitError, and the rows are written`, async (t, x) => {
    const mistake = Object.assign(new Error('in the hook'), { code: 'P2034' })
    const off = failOnce(x, event, mistake)
    const user = x.s.add('User', { name: 'written' })
    const error = await refused<AfterCommitError>(t, () => x.s.commit(), { instanceOf: AfterCommitError })
    t.is(error.cause, mistake)
    t.is(error.code, 'AFTER_COMMIT')
    t.true(off.hasFired)
    t.false(x.s.inTransaction())
    t.true(x.s.contains(user))
    t.is(await x.raw.user.count(), 1)
    user.name = 'usable'
    await x.s.commit()
    t.is(await x.raw.user.count({ where: { name: 'usable' } }), 1)
  })

  behaviour(`retry does not run work again that a listener of ${event} fails after its COMMIT`, async (t, x) => {
    let runs = 0
    const error = await refused(t, () =>
      sessionMaker(x.client).begin(
        (session) => {
          runs++
          listen(session, event, () => {
            throw Object.assign(new Error('a conflict of the hook'), { code: 'P2034' })
          })
          session.add('User', { name: 'once' })
        },
        { retry: { times: 3, delay: 0 } },
      ),
    )
    t.true(error instanceof AfterCommitError)
    t.is(runs, 1)
    t.is(await x.raw.user.count(), 1)
  })
}

function failOnce(x: Context, event: SessionEvent, error: Error): { hasFired: boolean } {
  const state = { hasFired: false }
  listen(x.s, event, () => {
    if (state.hasFired) return
    state.hasFired = true
    throw error
  })
  return state
}

behaviour('an error of a listener after the release of a savepoint is its own', async (t, x) => {
  const mistake = new Error('in the hook')
  listen(x.s, 'afterCommit', ({ transaction }) => {
    if (transaction.nested) throw mistake
  })
  const savepoint = await x.s.beginNested()
  x.s.add('User', { name: 'kept' })
  t.is(await refused(t, () => savepoint.commit()), mistake)
  t.false(x.s.inNestedTransaction())
  await x.s.commit()
  t.is(await x.raw.user.count(), 1)
})
