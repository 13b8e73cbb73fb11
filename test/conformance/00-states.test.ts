// behaviours.md 0.1: every verb on an object of every state.
import type { ExecutionContext } from 'ava'
import { InvalidRequestError, inspect, makeTransient } from '../../src/index.js'
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
    behaviour(`${verb} of a ${state} object: ${cell}`, (t, x) => check(t, x, verb, state, cell))
  }
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
