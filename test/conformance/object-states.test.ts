// Each verb on an object of each state, and what moves an object from one state to the next.
import type { ExecutionContext } from 'ava'
import { InvalidRequestError, inspect, makeTransient, makeTransientToDetached } from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { mk, persistent, stateOf } from '../helpers/entities.js'
import { refused } from '../helpers/steps.js'

const states = {
  transient: async () => mk('User', { name: 'ada' }),
  pending: async (x: Context) => x.s.add('User', { name: 'ada' }),
  persistent: (x: Context) => persistent(x),
  marked: async (x: Context) => {
    const user = await persistent(x)
    await x.s.delete(user)
    return user
  },
  deleted: async (x: Context) => {
    const user = await persistent(x)
    await x.s.delete(user)
    await x.s.flush()
    return user
  },
  detached: async (x: Context) => {
    const user = await persistent(x)
    x.s.expunge(user)
    return user
  },
  gone: async (x: Context) => {
    const user = await persistent(x)
    await x.s.delete(user)
    await x.s.commit()
    return user
  },
} satisfies { [state: string]: (x: Context) => Promise<object> }

type State = keyof typeof states
const columns = Object.keys(states) as State[]

const phrases: Readonly<Record<State, string>> = {
  transient: 'a transient object',
  pending: 'a pending object',
  persistent: 'a persistent object',
  marked: 'an object scheduled for deletion',
  deleted: 'a deleted object',
  detached: 'a detached object',
  gone: 'an object whose deletion is committed',
}

const verbs: { [verb: string]: (x: Context, object: object) => unknown } = {
  add: (x, object) => x.s.add(object),
  delete: (x, object) => x.s.delete(object),
  expunge: (x, object) => x.s.expunge(object),
  refresh: (x, object) => x.s.refresh(object),
  expire: (x, object) => x.s.expire(object),
  merge: (x, object) => x.s.merge(object),
  flush: (x) => x.s.flush(),
  commit: (x) => x.s.commit(),
  rollback: (x) => x.s.rollback(),
  close: (x) => x.s.close(),
  expungeAll: (x) => x.s.expungeAll(),
  makeTransient: (_x, object) => makeTransient(object),
}

/**
 * In the order of `columns`. A word is the state afterwards; `-` unchanged; `!` InvalidRequestError and unchanged;
 * `deleted!` InvalidRequestError after the autoflush deleted it; `queued` in `deleted` again; `stale` to be read again at
 * the next load; for merge, what it returns and the state of the argument.
 */
const cells: { [verb: string]: string } = {
  add: 'pending pending persistent persistent ! persistent !',
  delete: '! ! marked marked queued marked queued',
  expunge: '! transient detached detached detached ! !',
  refresh: '! ! persistent deleted! ! ! !',
  expire: '! ! persistent marked ! ! !',
  merge: 'new:transient itself:persistent itself:persistent new:deleted new:deleted copy:detached new:gone',
  flush: '- persistent persistent deleted - - -',
  commit: '- persistent persistent+stale gone gone - -',
  rollback: '- transient persistent+stale persistent persistent - -',
  close: '- transient detached detached detached - -',
  expungeAll: '- transient detached detached detached - -',
  makeTransient: 'transient transient transient transient transient transient transient',
}

for (const [verb, row] of Object.entries(cells)) {
  const expectations = row.split(' ')
  for (const [index, state] of columns.entries()) {
    const cell = expectations[index] as string
    behaviour(titleOf(verb, state, cell), (t, x) => check(t, x, verb, state, cell))
  }
}

behaviour('add makes a transient object pending and sends nothing', async (t, x) => {
  const user = mk('User', { name: 'ada' })
  t.is(inspect(user).state, 'transient')
  t.is(inspect(user).session, null)
  t.is(x.s.add(user), user)
  t.is(inspect(user).state, 'pending')
  t.true(x.s.equals(inspect(user).session))
  t.is(inspect(user).key, null)
  t.true(x.s.new.has(user))
  t.true(x.s.contains(user))
  t.is(x.s.identityMap.size, 0)
  t.deepEqual([...x.s], [user])
  t.deepEqual(x.ops(), [])
  t.deepEqual(x.wire(), [])
})

behaviour('flush gives a pending object its key and puts it into the identity map', async (t, x) => {
  const user = x.s.add('User', { name: 'ada' })
  await x.s.flush()
  t.is(inspect(user).state, 'persistent')
  t.deepEqual(inspect(user).key, [user.id])
  t.is(x.s.new.size, 0)
  t.true(x.s.contains(user))
  t.is(x.s.identityMap.get('User', user.id), user)
  t.is(x.s.identityMap.size, 1)
})

behaviour('a flushed delete leaves the object deleted and attached to the session', async (t, x) => {
  const user = await persistent(x)
  await x.s.delete(user)
  await x.s.flush()
  t.is(inspect(user).state, 'deleted')
  t.false(x.s.contains(user))
  t.false(x.s.deleted.has(user))
  t.false(x.s.identityMap.has('User', user.id))
  t.true(x.s.equals(inspect(user).session))
  t.is(user.name, 'ada')
})

behaviour('commit detaches a deleted object', async (t, x) => {
  const user = await persistent(x)
  await x.s.delete(user)
  await x.s.flush()
  await x.s.commit()
  t.is(inspect(user).state, 'detached')
  t.is(inspect(user).session, null)
  t.true(inspect(user).wasDeleted)
  t.is(await x.raw.user.count(), 0)
})

behaviour('rollback makes a deleted object persistent again', async (t, x) => {
  const user = await persistent(x)
  await x.s.delete(user)
  await x.s.flush()
  await x.s.rollback()
  t.is(inspect(user).state, 'persistent')
  t.false(inspect(user).wasDeleted)
  t.is(x.s.identityMap.get('User', user.id), user)
  t.is(await x.s.get('User', user.id), user)
})

behaviour(
  'commit detaches a deleted object even with expireOnCommit: false',
  async (t, x) => {
    const user = await persistent(x)
    await x.s.delete(user)
    await x.s.commit()
    t.is(inspect(user).state, 'detached')
    t.true(inspect(user).wasDeleted)
    t.is(inspect(user).session, null)
  },
  { session: { expireOnCommit: false } },
)

for (const way of ['expunge', 'expungeAll', 'close'] as const) {
  behaviour(`${way} detaches an object and leaves its values readable`, async (t, x) => {
    const user = await persistent(x)
    x.clear()
    if (way === 'expunge') x.s.expunge(user)
    else await x.s[way]()
    t.is(inspect(user).state, 'detached')
    t.is(inspect(user).session, null)
    t.false(x.s.contains(user))
    t.is(x.s.identityMap.size, 0)
    t.is(user.name, 'ada')
    t.is(user.kind, 'plain')
    t.deepEqual(x.ops(), [])
  })
}

behaviour('a deleted object can be added only after makeTransient', async (t, x) => {
  const user = await persistent(x)
  await x.s.delete(user)
  await x.s.flush()
  t.throws(() => x.s.add(user), { instanceOf: InvalidRequestError, message: /makeTransient/ })
  makeTransient(user)
  t.is(inspect(user).state, 'transient')
  x.s.add(user)
  await x.s.commit()
  t.is(inspect(user).state, 'persistent')
  t.deepEqual(await x.raw.user.findMany({ select: { name: true } }), [{ name: 'ada' }])
})

behaviour('an object whose delete is committed can be added only after makeTransient', async (t, x) => {
  const user = await persistent(x)
  await x.s.delete(user)
  await x.s.commit()
  t.throws(() => x.s.add(user), { instanceOf: InvalidRequestError, message: /makeTransient/ })
  makeTransient(user)
  t.false(inspect(user).wasDeleted)
  x.s.add(user)
  await x.s.commit()
  t.is(await x.raw.user.count(), 1)
})

behaviour('rollback removes the generated key of an inserted object and keeps its other values', async (t, x) => {
  const user = x.s.add('User', { name: 'ada' })
  await x.s.flush()
  t.is(typeof user.id, 'number')
  await x.s.rollback()
  t.is(inspect(user).state, 'transient')
  t.is(inspect(user).key, null)
  t.false('id' in user)
  t.is(user.name, 'ada')
  t.is(x.s.identityMap.size, 0)
  await x.raw.user.createMany({ data: [{ name: 'one' }, { name: 'two' }] })
  x.s.add(user)
  await x.s.commit()
  t.is((await x.raw.user.findUnique({ where: { id: user.id } }))?.name, 'ada')
  t.is(await x.raw.user.count(), 3)
})

behaviour('rollback keeps a key that the program set', async (t, x) => {
  const user = x.s.add('User', { id: 7, name: 'ada' })
  await x.s.flush()
  await x.s.rollback()
  t.is(inspect(user).state, 'transient')
  t.is(user.id, 7)
})

behaviour(
  'add after makeTransientToDetached makes an object persistent without SQL and expires its unset fields',
  async (t, x) => {
    await x.raw.user.create({ data: { id: 1, name: 'ada' } })
    const user = mk('User', { id: 1 })
    makeTransientToDetached(user)
    t.is(inspect(user).state, 'detached')
    x.s.add(user)
    t.is(inspect(user).state, 'persistent')
    t.deepEqual(inspect(user).key, [1])
    t.is(x.s.identityMap.get('User', 1), user)
    t.true(inspect(user).expired.includes('name'))
    t.false(inspect(user).expired.includes('id'))
    t.deepEqual(x.ops(), [])
    await x.s.refresh(user)
    t.is(user.name, 'ada')
    t.deepEqual(inspect(user).expired, [])
  },
)

behaviour('makeTransientToDetached refuses an object that is attached or has a key', async (t, x) => {
  const user = await persistent(x)
  const pending = x.s.add('User', { name: 'bea' })
  for (const object of [user, pending]) {
    t.throws(() => makeTransientToDetached(object), { instanceOf: InvalidRequestError })
  }
  x.s.expunge(user)
  t.throws(() => makeTransientToDetached(user), { instanceOf: InvalidRequestError })
  t.is(inspect(user).state, 'detached')
})

/** The state of the object afterwards, in words. */
function titleOf(verb: string, state: State, cell: string): string {
  const object = phrases[state]
  if (cell === '!') return `${verb} of ${object} is refused`
  if (cell === 'deleted!') return `${verb} of ${object} is refused once its autoflush has deleted it`
  if (cell === 'queued') return `${verb} schedules ${object} for deletion again`
  if (verb === 'merge') {
    const [what, argument] = cell.split(':') as ['new' | 'itself' | 'copy', string]
    const returned = { new: 'a new object', itself: 'the object itself', copy: 'a persistent copy' }[what]
    const fate = argument === state ? 'leaves the argument as it is' : `makes the argument ${argument}`
    return `merge of ${object} returns ${returned} and ${fate}`
  }
  const [after, stale] = (cell === '-' ? state : cell).split('+') as [string, string?]
  if (after === state) return `${verb} leaves ${object} ${stale ? `${after} and stale` : 'as it is'}`
  if (after === 'marked') return `${verb} schedules ${object} for deletion`
  const outcome = after === 'gone' ? 'detached after its deletion' : after
  return `${verb} makes ${object} ${outcome}${stale ? ' and stale' : ''}`
}

async function check(t: ExecutionContext, x: Context, verb: string, state: State, cell: string): Promise<void> {
  const user = await states[state](x)
  t.is(stateOf(x, user), state, 'arranged')
  x.clear()
  const run = () => verbs[verb]?.(x, user)

  if (cell.endsWith('!')) {
    await refused(t, run, { instanceOf: InvalidRequestError })
    t.is(stateOf(x, user), cell === '!' ? state : cell.slice(0, -1))
    return
  }
  const returned = await run()
  if (verb === 'merge') {
    const [what, argument] = cell.split(':') as ['new' | 'itself' | 'copy', string]
    t.is(returned === user, what === 'itself')
    t.is(inspect(returned as object).state, what === 'new' ? 'pending' : 'persistent')
    t.is(stateOf(x, user), argument)
    return
  }
  if (verb === 'refresh') t.is(x.ops().length, 1)
  if (cell === 'queued') {
    t.true(x.s.deleted.has(user))
    return
  }
  const [after, stale] = (cell === '-' ? state : cell).split('+') as [string, string?]
  // An object taken out after its DELETE was flushed is detached like any other.
  t.is(after === 'detached' ? inspect(user).state : stateOf(x, user), after)
  if (stale) t.true(inspect(user).stale)
}

behaviour('makeTransient forgets what has expired', async (t, x) => {
  const user = x.s.add('User', { name: 'ada', kind: 'admin' })
  await x.s.flush()
  x.s.expire(user, ['kind'])
  makeTransient(user)
  t.is(inspect(user).state, 'transient')
  t.false('kind' in user)
  t.deepEqual(inspect(user).expired, [])
  t.is(user.name, 'ada')
})
