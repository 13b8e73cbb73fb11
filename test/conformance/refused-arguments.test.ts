// Arguments that a verb refuses at the call: nothing is sent, nothing is lost, and the message says what it takes.
import type { ExecutionContext, ThrowsExpectation } from 'ava'
import { Prisma } from '../../generated/test/client.ts'
import {
  ArgumentError,
  createSession,
  entity,
  InvalidRequestError,
  insert,
  makeTransientToDetached,
  remove,
  type SessionOptions,
  select,
  sessionMaker,
  UnmappedInstanceError,
  update,
} from '../../src/index.js'
import { behaviour, type Context } from '../helpers/conformance.js'
import { refused } from '../helpers/steps.js'

type Call = (...args: unknown[]) => unknown
const loose = (of: object) => of as Record<string, Call>

/** A call, and what its refusal says. */
type Refusal = readonly [
  call: () => unknown,
  message: RegExp,
  instanceOf?: NonNullable<ThrowsExpectation<Error>['instanceOf']>,
]

/** Nothing is sent, and what was pending before is pending still. */
async function allRefused(t: ExecutionContext, { s, ops, wire, clear }: Context, refusals: readonly Refusal[]) {
  const pending = [...s.new]
  clear()
  for (const [call, message, instanceOf = ArgumentError] of refusals)
    await refused(t, async () => call(), { instanceOf, message })
  t.deepEqual(ops(), [])
  t.deepEqual(wire(), [])
  t.deepEqual([...s.new], pending)
}

function pairMadeDetached(key: object): object {
  const pair = entity('Pair', key as never)
  makeTransientToDetached(pair)
  return pair
}

const statementMakers: Readonly<Record<string, Call>> = { select, insert, update, remove } as never

for (const [verb, make] of Object.entries(statementMakers)) {
  behaviour(`${verb}() refuses a call without a model, and arguments that it does not have`, async (t, x) => {
    const model = new RegExp(`${verb}\\(\\) takes the name of a model first: ${verb}\\('User'`)
    const nothing = verb === 'insert' ? [{ name: 'Ada' }] : []
    await allRefused(t, x, [
      [() => make(), model],
      [() => make(''), model],
      [() => make({ name: 'Ada' }), model],
      [() => make('User', ...nothing, 5), new RegExp(`${verb}\\(\\) takes an object after the model: \\{ `)],
      [() => make('User', ...nothing, { wher: {} }), new RegExp(`${verb}\\(\\) has no argument 'wher': use .*`)],
    ])
  })
}

behaviour('statements refuse values that their arguments cannot have', async (t, x) => {
  await allRefused(t, x, [
    ...[0, -1, 1.5, '10', null].map(
      (yieldPer): Refusal => [() => select('User', { yieldPer } as never), /yieldPer is a number of rows from 1, not /],
    ),
    [() => loose(statementMakers).update?.('User', { where: {} }), /takes \{ where, data \}, and data is missing/],
    [() => loose(statementMakers).insert?.('User', ['Ada']), /insert\(\) takes objects of fields, not "Ada"/],
    [() => loose(statementMakers).insert?.('User', null), /insert\(\) takes objects of fields, not null/],
    [() => loose(statementMakers).insert?.('User', [[]]), /insert\(\) takes objects of fields, not /],
  ])
})

behaviour('bulk statements refuse an unknown way to synchronize', async (t, x) => {
  const given = { synchronize: 'maybe' } as never
  const message = /synchronize cannot be maybe: use 'auto', 'evaluate', 'fetch' or false/
  await allRefused(t, x, [
    [() => update('User', { data: { name: 'Ada' } }, given), message],
    [() => remove('User', {}, given), message],
  ])
})

behaviour('execute refuses rows where they have no place, and fields that are not columns', async (t, x) => {
  const execute = loose(x.s).execute as Call
  const change = { name: 'Ada' }
  await allRefused(t, x, [
    [() => execute(insert('User')), /insert\('User'\) has no rows: give them to insert\(\), or to execute\(\)/],
    [() => execute(insert('User', change), change), /rows were given to both insert\(\) and execute\(\): use one/],
    [() => execute(select('User'), change), /only insert\(\) takes rows after the statement/],
    [() => execute(Prisma.sql`SELECT 1`, [1]), /values of raw SQL go into its template/],
    [() => execute(insert('User', { nmae: 'Ada' } as never)), /insert\(\): User has no field 'nmae': use id, name/],
    [() => execute(update('User', { data: { nmae: 'Ada' } } as never)), /User has no field 'nmae': use id, name/],
    [() => execute(insert('Post', { title: 'a', author: {} } as never)), /'author' is a relation: set authorId/],
    [() => execute(insert('User', { name: 'a', posts: [] } as never)), /set the foreign key on the other side/],
  ])
})

behaviour("synchronize: 'evaluate' refuses a condition that only the database can evaluate", async (t, x) => {
  await x.raw.user.create({ data: { name: 'Ada' } })
  const [ada] = await (await x.s.scalars(select('User'))).all()
  const where = { posts: { some: { title: 'a' } } }
  x.clear()
  for (const statement of [
    update('User', { where, data: { name: 'Bea' } }, { synchronize: 'evaluate' }),
    remove('User', { where }, { synchronize: 'evaluate' }),
  ])
    await refused(t, () => x.s.execute(statement), {
      instanceOf: ArgumentError,
      message: /synchronize: 'fetch', or 'auto'/,
    })
  t.deepEqual(x.ops(), [])
  t.is(ada?.name, 'Ada')
})

behaviour('verbs that take objects refuse what is no object of the session, and lose nothing', async (t, x) => {
  const { s } = x
  const verbs = loose(s)
  const ada = s.add('User', { name: 'Ada' })
  const detached = pairMadeDetached({ x: 1, y: 2 })
  s.add(detached)
  await allRefused(t, x, [
    [() => verbs.add?.('Post', ada), /add\(\): this object is a User, not a Post/],
    [() => verbs.add?.('User', 5), /5 is not data for a User: pass an object of its fields/, UnmappedInstanceError],
    [() => verbs.add?.('User', []), /is not data for a User/, UnmappedInstanceError],
    [() => verbs.add?.('User'), /add\(\) got "User" and no object/, UnmappedInstanceError],
    [() => verbs.addAll?.('User', { name: 'Bob' }), /addAll\(\) takes an array of objects, not /],
    [() => verbs.addAll?.(ada), /addAll\(\) takes an array of objects, not /],
    [() => verbs.attach?.('User', { name: 'Bob' }), /attach\(\): the row has no key: it needs id/],
    [() => verbs.attach?.('Pair', { x: 1 }), /attach\(\): the row has no key: it needs x, y/],
    [() => s.add(pairMadeDetached({ x: 1, y: 2 })), /as another object/, InvalidRequestError],
    [() => verbs.merge?.('Post', { title: 'a', author: 5 }), /Post.author takes /],
    [() => verbs.merge?.('User', { name: 'Bob', posts: [5] }), /User.posts takes objects, not 5/],
    [() => verbs.add?.('Post', { title: 'a', tags: 5 }), /Post.tags takes an array of objects, not 5/],
    [() => verbs.add?.('Post', { title: 'a', author: s.add(detached) }), /Post.author takes a User, not a Pair/],
  ])
  await s.flush()
  t.true(ada.id > 0)
})

behaviour('entity() refuses an object of another model', async (t, x) => {
  const node = entity('Node', { name: 'n' })
  t.is<object, object>(entity('Node', node), node)
  t.throws(() => entity('User', node), { instanceOf: ArgumentError, message: /is a Node already, not a User/ })
  const user = x.s.add('User', { name: 'u' })
  t.throws(() => entity('Node', user), { instanceOf: ArgumentError, message: /is a User already, not a Node/ })
})

behaviour('entity() refuses a call without a model and what is no object of fields', async (t, x) => {
  const mark = entity as unknown as Call
  const model = /entity\(\) takes the name of a model first/
  await allRefused(t, x, [
    [() => mark(), model],
    [() => mark(''), model],
    [() => mark({ name: 'Ada' }), model],
    ...[undefined, null, 5, ['Ada']].map(
      (data): Refusal => [() => mark('User', data), /takes an object of fields, not /, UnmappedInstanceError],
    ),
  ])
})

behaviour('an object made detached with half a key is refused', async (t, x) => {
  const half = pairMadeDetached({ x: 1 })
  await allRefused(t, x, [
    [() => x.s.add(half), /this Pair was made detached and has no complete key: it needs x, y/, InvalidRequestError],
  ])
})

behaviour('reading verbs refuse keys, options and names in another form', async (t, x) => {
  const verbs = loose(x.s)
  await x.raw.user.create({ data: { id: 1, name: 'Ada' } })
  const ada = await x.s.getOne('User', 1)
  await allRefused(t, x, [
    [() => verbs.getMany?.('User', 1), /getMany\(\) takes an array of keys/],
    [() => verbs.getMany?.('User'), /getMany\(\) takes an array of keys/],
    [() => verbs.get?.('User', 1, 5), /the options of get\(\) are an object: \{ include, populateExisting, /],
    [() => verbs.get?.('User', 1, { withForUpdat: true }), /get\(\) has no option 'withForUpdat': use include, /],
    [() => verbs.refresh?.(ada, 'name'), /refresh\(\) takes an array of field names, not "name"/],
    [() => verbs.expire?.(ada, 'name'), /expire\(\) takes an array of field names, not "name"/],
    [() => verbs.isModified?.(ada, true), /the options of isModified\(\) are an object: \{ includeCollections \}/],
  ])
})

behaviour('members of a session refuse arguments of another type', async (t, x) => {
  const verbs = loose(x.s)
  const listener = () => {}
  await allRefused(t, x, [
    [() => verbs.supports?.(), /supports\(\) takes a name: 'stream'/],
    [() => verbs.noAutoflush?.(5), /noAutoflush\(\) takes a function, or nothing for a scope/],
    [() => verbs.on?.('beforeFlsh', listener), /no event 'beforeFlsh': use one of .*beforeFlush/],
    [() => verbs.on?.('beforeFlush', 'listener'), /the listener of 'beforeFlush' must be a function/],
    [() => verbs.$transaction?.(5), /\$transaction\(\) takes a function or an array of calls/],
    [() => verbs.begin?.(5), /transaction options are an object: \{ isolationLevel, maxWait, timeout \}/],
    [() => createSession(x.client, 5 as unknown as SessionOptions), /the options of a session are an object/],
    [() => loose(sessionMaker(x.client)).begin?.(5), /a session maker takes a function: maker\.begin\(/],
    [() => loose(sessionMaker(x.client)).with?.(), /a session maker takes a function/],
  ])
})

behaviour(
  'a stream refuses an order that it cannot page by',
  async (t, x) => {
    const stream = (orderBy: unknown) => x.s.stream(select('User', { orderBy } as never))
    await allRefused(t, x, [
      [() => stream('name'), /stream\(\): User cannot be paged in the order of name: order by scalar fields/],
      [() => stream({ name: 'up' }), /orderBy: name is 'asc' or 'desc', not up/],
      [() => stream({ inviter: { posts: 'asc' } }), /User cannot be paged in the order of inviter\.posts/],
    ])
  },
  { modes: ['async'] },
)

behaviour('a result refuses to tell rows apart by what is no function', async (t, x) => {
  const result = await x.s.execute(select('User'))
  t.throws(() => loose(result).unique?.('name'), { instanceOf: ArgumentError, message: /unique\(\) takes a function/ })
  t.deepEqual(result.all(), [])
})
